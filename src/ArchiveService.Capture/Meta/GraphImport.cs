using System.Globalization;
using System.Runtime.CompilerServices;
using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Meta;

/// <summary>Answers of the Graph API that somebody has saved: one file, or a folder or archive of them.</summary>
public sealed class GraphImport : ImportFile
{
    private readonly ArchiveFiles? files;
    private readonly string? single;
    private readonly List<string> paths;
    private long read;
    private int filesRead;

    private GraphImport(ArchiveFiles? files, string? single, List<string> paths, long bytes) => (this.files, this.single, this.paths, Bytes) = (files, single, paths, bytes);

    /// <summary>As <c>graph-api</c>, to channels of Meta's platforms.</summary>
    public static ImportForm Form { get; } = new("graph-api", ["facebook", "instagram", "messenger"], TakesFolder: true, Open);

    /// <inheritdoc />
    public override long Bytes { get; }

    /// <inheritdoc />
    public override long BytesRead => read;

    /// <inheritdoc />
    public override IReadOnlyList<ArchiveProblem> Problems => files?.Problems ?? [];

    /// <inheritdoc />
    public override IReadOnlyList<string> Summary => [string.Create(CultureInfo.InvariantCulture, $"Saved answers: {filesRead} of {paths.Count} read")];

    /// <inheritdoc />
    public override bool IsPartial => files is { IsTruncated: true } || Problems.Count > 0;

    /// <inheritdoc />
    public override async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        var place = 0L;
        foreach (var path in paths)
        {
            var body = await Body(path, ct);
            filesRead++;
            if (body is null)
            {
                yield return new ReadAct.Rejected(++place, RefusalCodes.LineTooLong, $"A saved answer is larger than {CaptureLimits.MaxRequestBytes / 1024 / 1024} MiB, or damaged.");
                continue;
            }

            read += body.Length;

            // When it was saved is not told, so nothing is said of when it was seen.
            foreach (var act in MetaGraph.Read(GraphTokens.Scrub(body), GraphContext.OfFile(path), now)) yield return Placed(act, ++place, path);
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
        if (File.Exists(path) && await IsJson(path, ct)) return new ImportOpened.Ready(new GraphImport(null, path, [path], new FileInfo(path).Length));
        var (files, refused) = await ArchiveOpening.Open(path, new ArchiveLimits(), ct);
        if (refused is not null || files is null) return new ImportOpened.Refused(refused!.Code, refused.Detail);
        var paths = files.Paths.Where(name => name.EndsWith(".json", StringComparison.OrdinalIgnoreCase)).Order(StringComparer.Ordinal).ToList();
        if (paths.Count > 0) return new ImportOpened.Ready(new GraphImport(files, null, paths, paths.Sum(name => files.Length(name) ?? 0)));
        await files.DisposeAsync();
        return new ImportOpened.Refused("no-answers", "There is no .json file in it. Save each answer of the Graph API as a file of its own.");
    }

    private static async Task<bool> IsJson(string path, CancellationToken ct)
    {
        await using var file = File.OpenRead(path);
        var begins = new byte[64];
        var length = await file.ReadAtLeastAsync(begins, begins.Length, throwOnEndOfStream: false, ct);
        var text = begins.AsSpan(0, length);
        if (text.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) text = text[3..];
        return text.TrimStart(" \t\r\n"u8) is [(byte)'{' or (byte)'[', ..];
    }

    private async Task<byte[]?> Body(string path, CancellationToken ct)
    {
        try
        {
            await using var stream = single is not null ? File.OpenRead(single) : files!.Open(path);
            if (stream is null) return null;
            using var all = new MemoryStream();
            var block = new byte[81920];
            for (var count = await stream.ReadAsync(block, ct); count > 0; count = await stream.ReadAsync(block, ct))
            {
                if (all.Length + count > CaptureLimits.MaxRequestBytes) return null;
                all.Write(block, 0, count);
            }

            return all.ToArray();
        }
        catch (Exception damage) when (damage is InvalidDataException or ArchiveLimitException)
        {
            return null;
        }
    }

    private ReadAct Placed(ReadAct act, long place, string path) => act switch
    {
        ReadAct.Accepted accepted => accepted with
        {
            Place = place,

            // Saved at a time that nobody knows: the item's own time says when it was, and a state without one says nothing of when.
            Act = accepted.Act with { ObservedAt = null, RawPointer = single is null ? $"{path}#{accepted.Act.RawPointer}" : accepted.Act.RawPointer },
        },
        ReadAct.Rejected rejected => rejected with { Place = place },
        ReadAct.NotARecord other => other with { Place = place },
        _ => act,
    };
}
