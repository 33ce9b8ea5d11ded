using System.Globalization;
using System.Runtime.CompilerServices;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Ndjson;

namespace ArchiveService.Capture.Warc;

/// <summary>
/// A WARC, ARC or WACZ file as an import: it is kept whole and sealed as every import is, and the records that this program wrote of captured acts are read in again. What others wrote
/// in it is not taken for messages: it is counted, and stays in the sealed file.
/// </summary>
public sealed class WarcImport : ImportFile
{
    /// <summary>How the block of a record of ours is named that holds a captured act in our own form.</summary>
    public const string ActType = "application/json; profile=\"urn:archiveservice:act\"";

    private readonly string path;
    private readonly ArchiveFiles? package;
    private readonly WarcLimits limits = new();
    private readonly List<ArchiveProblem> problems = [];
    private readonly SortedDictionary<string, long> others = new(StringComparer.Ordinal);
    private long read;

    private WarcImport(string path, ArchiveFiles? package) => (this.path, this.package) = (path, package);

    /// <summary>As <c>warc</c>, to a channel of any platform.</summary>
    public static ImportForm Form { get; } = new("warc", [], TakesFolder: false, Open);

    /// <inheritdoc />
    public override long Bytes => new FileInfo(path).Length;

    /// <inheritdoc />
    public override long BytesRead => read;

    /// <inheritdoc />
    public override IReadOnlyList<ArchiveProblem> Problems => problems;

    /// <inheritdoc />
    public override bool IsPartial => problems.Count > 0;

    /// <inheritdoc />
    public override IReadOnlyList<string> Summary => others.Count == 0 ? [] :
        [$"Records that hold no captured act and stay in the sealed file: {string.Join(", ", others.Select(o => string.Create(CultureInfo.InvariantCulture, $"{o.Value} {o.Key}")))}"];

    /// <inheritdoc />
    public override async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        long place = 0;
        foreach (var open in Files())
        {
            using var reader = new WarcReader(open(), limits);
            while (reader.Next() is { } record)
            {
                ct.ThrowIfCancellationRequested();
                place++;
                read = package is null ? reader.StoredOffset : read + record.ContentLength;
                if (record.Type != WarcTypes.Metadata || record.Headers["Content-Type"] != ActType)
                {
                    var type = WarcTypes.IsKnown(record.Type) ? record.Type : "other";
                    others[type] = others.GetValueOrDefault(type) + 1;
                    continue;
                }

                if (record.ReadAll(CaptureLimits.MaxLineBytes) is not { } block) yield return new ReadAct.Rejected(place, RefusalCodes.LineTooLong, $"Longer than {CaptureLimits.MaxLineBytes} bytes.");
                else if (block.Length < record.ContentLength) yield return new ReadAct.Rejected(place, WarcCodes.BlockTruncated, "The record is cut off.");
                else yield return ActJson.Read(block, place, place.ToString(CultureInfo.InvariantCulture), now);
            }

            problems.AddRange(reader.Problems.Where(p => p.IsError).Take(100).Select(p => new ArchiveProblem(p.Code, $"{p.Detail} (at byte {p.Offset})")));
        }

        await Task.CompletedTask;
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        if (package is not null) await package.DisposeAsync();
        await base.DisposeAsync();
    }

    private static async Task<ImportOpened> Open(string path, CancellationToken ct)
    {
        if (!await WarcReport.IsZip(path, ct)) return new ImportOpened.Ready(new WarcImport(path, null));
        var report = await WaczReader.Verify(path, ct: ct);

        // Nothing is read from a package whose hashes do not hold.
        if (report.Problems.FirstOrDefault(p => p.IsError) is { } wrong) return new ImportOpened.Refused(wrong.Code, wrong.Detail);
        var (files, refused) = await ArchiveOpening.Open(path, new(), ct);
        return files is null ? new ImportOpened.Refused(refused!.Code, refused.Detail) : new ImportOpened.Ready(new WarcImport(path, files));
    }

    private IEnumerable<Func<Stream>> Files()
    {
        if (package is null) return [() => File.OpenRead(path)];
        return WaczReader.WarcFiles(package).Select(name => new Func<Stream>(() => package.Open(name)!));
    }
}
