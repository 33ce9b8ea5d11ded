using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Import;
using ArchiveService.Features.Sources;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Seed;

/// <summary>How the demo's channel is fetched: a source that stands paused, as there is nobody to ask, and a file that somebody read in of what was there already.</summary>
public sealed class DemoIntake(SourceHandler sources, SourceMeans means, Imports imports, ImportWorker worker, SealedLog log, KeyedIds ids)
{
    private const string FileName = "uttag.ndjson";

    /// <summary>How many steps were left to take.</summary>
    public async Task<int> Run(Channel channel, IReadOnlyList<object> acts, string account, Caller kim, CancellationToken ct)
    {
        var done = 0;
        if (means.Polled.Contains(channel.Platform) && !SourceState.From(await log.Store.ReadStream(ids.Source(channel.Id), ct: ct)).Exists)
        {
            if (await sources.SetUp(channel.Id, new("https://graph.example", account, "poll", 60, Enabled: false), kim, ct) is Outcome.Refused { Why: var why }) DemoArchive.Must(why);
            done++;
        }

        if ((await imports.Recent(kim, 1000, ct)).Any(row => row.Channel == channel.Id)) return done;
        var folder = Directory.CreateTempSubdirectory("archiveservice-demo-");
        try
        {
            // Two that are there already, and a line that was cut off.
            var file = Path.Combine(folder.FullName, FileName);
            await File.WriteAllLinesAsync(file, [.. acts.Take(2).Select(act => JsonSerializer.Serialize(act, JsonSerializerOptions.Web)), "{\"act\":\"create\",\"nativeId\":"], ct);
            DemoArchive.Must(await imports.TakeFile("ndjson", channel, file, FileName, kim, ct));
        }
        finally
        {
            folder.Delete(recursive: true);
        }

        while (await worker.WorkOne(ct))
        {
        }

        return done + 1;
    }
}
