namespace ArchiveService.Capture.Ndjson;

/// <summary>A file in our own form, lines or an array.</summary>
public sealed class NdjsonImport : ImportFile
{
    private readonly FileStream file;

    private NdjsonImport(FileStream file) => this.file = file;

    /// <summary>As <c>ndjson</c>, to a channel of any platform.</summary>
    public static ImportForm Form { get; } = new("ndjson", [], TakesFolder: false, (path, _) => Task.FromResult<ImportOpened>(new ImportOpened.Ready(new NdjsonImport(File.OpenRead(path)))));

    /// <inheritdoc />
    public override long Bytes => file.Length;

    /// <inheritdoc />
    public override long BytesRead => file.Position;

    /// <inheritdoc />
    public override IAsyncEnumerable<ReadAct> ReadActs(DateTimeOffset now, CancellationToken ct) => ActReader.Read(file, now, ActForm.Either, ct);

    /// <inheritdoc />
    public override async ValueTask DisposeAsync()
    {
        await file.DisposeAsync();
        await base.DisposeAsync();
    }
}
