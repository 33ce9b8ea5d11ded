using System.CommandLine;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Backups;

/// <summary><c>./run backup DIR</c>.</summary>
public static class BackupVerb
{
    public static Command Verb(OpenArchive open)
    {
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "An empty or new folder, or one with an unfinished backup, which is gone on with" };
        var verb = new Command("backup", "Log, wrapped keys and attachments at one moment, while the archive is used; never the epoch keys, nor what is unsealed for searching.") { folder };
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            await archive.Services.MustStoreAttachments(ct);
            BackupManifest? done = null;
            await Shown.Progress(async progress => done = await archive.Services.GetRequiredService<Backup>().Run(parsed.GetRequiredValue(folder).FullName, progress, ct));
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                $"Backup {done!.Id}: {done.Counts["events"]} events up to number {done.LastSequence}, {done.Counts["keys"]} keys, {done.Counts["objects"] - done.Counts["objectsMissing"]} attachments.");
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                $"It opens with epoch key {string.Join(", ", done.KeysByKek.Keys)} only, until the next ./run keys rotate. Key file and erasure ledger are not in it: keep them apart.");
            return 0;
        });
        return verb;
    }
}
