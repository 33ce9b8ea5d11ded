using System.Globalization;
using System.Runtime.CompilerServices;
using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.ActivityStreams;

/// <summary>Documents of ActivityStreams 2.0: one file, or all that lie in a folder, zip or tar, in the order of their names.</summary>
public sealed class ActivityStreamsImport : ImportFile
{
    /// <summary>The longest document that is read: it is held whole. An account's outbox is imported as <c>mastodon</c>, which holds one item at a time.</summary>
    public const int MaxDocumentBytes = 16 * 1024 * 1024;

    private readonly ArchiveFiles? files;
    private readonly string? single;
    private readonly string[] paths;
    private long read;

    private ActivityStreamsImport(ArchiveFiles files)
    {
        this.files = files;
        paths = [.. files.Paths.Where(IsDocument).Order(StringComparer.Ordinal)];
    }

    private ActivityStreamsImport(string single)
    {
        this.single = single;
        paths = [Path.GetFileName(single)];
    }

    /// <summary>As <c>activitystreams</c>, to a channel of any platform: many speak ActivityPub.</summary>
    public static ImportForm Form { get; } = new("activitystreams", [], TakesFolder: true, Open);

    /// <inheritdoc />
    public override long Bytes => single is null ? paths.Sum(path => files!.Length(path) ?? 0) : new FileInfo(single).Length;

    /// <inheritdoc />
    public override long BytesRead => read;

    /// <inheritdoc />
    public override IReadOnlyList<ArchiveProblem> Problems => files?.Problems ?? [];

    /// <inheritdoc />
    public override IReadOnlyList<string> Summary => [string.Create(CultureInfo.InvariantCulture, $"Documents: {paths.Length}")];

    /// <inheritdoc />
    public override bool IsPartial => files?.IsTruncated == true;

    /// <inheritdoc />
    public override async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        read = 0;
        var place = 1L;
        foreach (var path in paths)
        {
            foreach (var act in await ReadDocument(path, now, place, ct))
            {
                place = act.Place + 1;
                yield return act;
            }
        }
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (files is not null) await files.DisposeAsync();
        await base.DisposeAsync();
    }

    private static async Task<ImportOpened> Open(string path, CancellationToken ct)
    {
        if (File.Exists(path) && IsDocument(path)) return new ImportOpened.Ready(new ActivityStreamsImport(path));
        var (files, refused) = await ArchiveOpening.Open(path, new ArchiveLimits(), ct);
        if (files is null) return new ImportOpened.Refused(refused!.Code, refused.Detail);
        var import = new ActivityStreamsImport(files);
        if (import.paths.Length > 0) return new ImportOpened.Ready(import);
        await files.DisposeAsync();
        return new ImportOpened.Refused("no-documents", "There is no document in it whose name ends in .json, .jsonld or .activity.");
    }

    private static bool IsDocument(string path) => Path.GetExtension(path).ToLowerInvariant() is ".json" or ".jsonld" or ".activity";

    private async Task<IReadOnlyList<ReadAct>> ReadDocument(string path, DateTimeOffset now, long place, CancellationToken ct)
    {
        try
        {
            await using var stream = single is null ? files!.Open(path)! : File.OpenRead(single);
            using var bytes = new MemoryStream();
            var buffer = new byte[64 * 1024];
            for (int count; (count = await stream.ReadAsync(buffer, ct)) > 0;)
            {
                read += count;
                bytes.Write(buffer, 0, count);
                if (bytes.Length > MaxDocumentBytes) return [new ReadAct.Rejected(place, RefusalCodes.LineTooLong, $"{path}: Longer than {MaxDocumentBytes} bytes.")];
            }

            return ActivityStreamsDocument.Read(bytes.GetBuffer().AsMemory(0, (int)bytes.Length), now, place, path);
        }
        catch (ArchiveLimitException limit)
        {
            return [new ReadAct.Rejected(place, ArchiveProblemCodes.Bomb, $"{path}: {limit.Message}")];
        }
        catch (Exception damage) when (ArchiveFiles.IsDamage(damage))
        {
            return [new ReadAct.Rejected(place, ArchiveProblemCodes.Damaged, $"{path}: The file is damaged or cut off.")];
        }
    }
}
