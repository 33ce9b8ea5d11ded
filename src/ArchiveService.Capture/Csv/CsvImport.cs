using System.Runtime.CompilerServices;

namespace ArchiveService.Capture.Csv;

/// <summary>Rows of a table that become acts by a mapping; memory does not grow with the file.</summary>
public sealed class CsvImport : ImportFile
{
    /// <summary>A quotation mark is out of place.</summary>
    public const string QuoteOpen = "csv-quote";

    /// <summary>A row has another number of columns than the first.</summary>
    public const string Columns = "csv-columns";

    private readonly FileStream file;
    private readonly CsvRows rows;
    private readonly CsvActs acts;
    private CsvRow? first;

    private CsvImport(FileStream file, CsvRows rows, CsvActs acts, CsvRow? first) => (this.file, this.rows, this.acts, this.first) = (file, rows, acts, first);

    /// <summary>As <c>csv</c>, to a channel of any platform, with columns that are called what the fields are called.</summary>
    public static ImportForm Form { get; } = With(CsvMapping.None);

    /// <summary>The same by a mapping.</summary>
    public static ImportForm With(CsvMapping mapping) => new("csv", [], TakesFolder: false, (path, ct) => Open(path, mapping, ct));

    /// <inheritdoc />
    public override long Bytes => file.Length;

    /// <inheritdoc />
    public override long BytesRead => file.Position;

    /// <inheritdoc />
    public override async IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, [EnumeratorCancellation] CancellationToken ct)
    {
        if (first is { } row && acts.Read(row, now) is { } begins) yield return begins;
        first = null;
        while (await rows.Next(ct) is { } next)
        {
            if (acts.Read(next, now) is { } act) yield return act;
        }
    }

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await file.DisposeAsync();
        await base.DisposeAsync();
    }

    private static async Task<ImportOpened> Open(string path, CsvMapping mapping, CancellationToken ct)
    {
        var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read);
        try
        {
            var opened = await Open(file, mapping, ct);
            if (opened is ImportOpened.Refused) await file.DisposeAsync();
            return opened;
        }
        catch
        {
            await file.DisposeAsync();
            throw;
        }
    }

    private static async Task<ImportOpened> Open(FileStream file, CsvMapping mapping, CancellationToken ct)
    {
        var rows = new CsvRows(file, (byte)mapping.Separator);
        var begins = await rows.Peek(3, ct);
        if (begins.Span is [0xFF, 0xFE, ..] or [0xFE, 0xFF, ..]) return new ImportOpened.Refused("csv-encoding", "The file is UTF-16 (Unicode text). Save it as CSV UTF-8.");
        if (begins.Span is [0xEF, 0xBB, 0xBF]) rows.Skip(3);
        for (var i = 0; i < mapping.SkipLines; i++) await rows.SkipLine(ct);
        CsvRow? first;
        do first = await rows.Next(ct);
        while (first is { End: CsvEnd.Whole, Bytes: var bytes } && !bytes.AsSpan().ContainsAnyExcept(" \t\r"u8));

        if (first is not { } head) return new ImportOpened.Refused("csv-empty", "The file has no rows.");
        var cells = new List<string>();
        if (head.End != CsvEnd.Whole || !CsvCells.Split(mapping.Encoding.GetString(head.Bytes), mapping.Separator, cells))
            return new ImportOpened.Refused(QuoteOpen, $"Line {head.Line} is not a row: a quotation mark is out of place, or the line is longer than {CaptureLimits.MaxLineBytes} bytes.");
        var (acts, code, problem) = CsvActs.For(mapping, cells);
        return acts is null ? new ImportOpened.Refused(code!, problem!) : new ImportOpened.Ready(new CsvImport(file, rows, acts, mapping.Header ? null : first));
    }
}
