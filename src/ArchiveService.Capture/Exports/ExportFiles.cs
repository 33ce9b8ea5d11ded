using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Exports;

/// <summary>
/// The files of an export that may have come in several parts: one archive, an unpacked folder, or a folder in which the parts lie packed.
/// The parts are read as one; a file that several parts have is kept under a name of its own for each.
/// </summary>
internal sealed class ExportFiles : IAsyncDisposable
{
    private readonly List<ArchiveFiles> parts;
    private readonly Dictionary<string, (ArchiveFiles Part, string Path)> files = new(StringComparer.Ordinal);

    private ExportFiles(List<ArchiveFiles> parts)
    {
        this.parts = parts;
        foreach (var (number, part) in parts.Index())
        {
            foreach (var path in part.Paths.Order(StringComparer.Ordinal))
            {
                if (!files.TryAdd(path, (part, path))) files[$"~{number + 1}/{path}"] = (part, path);
            }
        }
    }

    public IReadOnlyCollection<string> Paths => files.Keys;

    public int Parts => parts.Count;

    public IReadOnlyList<ArchiveProblem> Problems => [.. parts.SelectMany(part => part.Problems)];

    public bool IsTruncated => parts.Exists(part => part.IsTruncated);

    /// <summary>How much was read of those that were opened for their acts.</summary>
    public long BytesRead { get; private set; }

    public static async Task<(ExportFiles? Files, ArchiveProblem? Refused)> Open(string path, ArchiveLimits limits, CancellationToken ct)
    {
        var parts = new List<ArchiveFiles>();
        var (first, refused) = await ArchiveOpening.Open(path, limits, ct);
        if (first is null) return (null, refused);
        parts.Add(first);
        try
        {
            foreach (var packed in Directory.Exists(path) ? Packed(path) : [])
            {
                var (part, problem) = await ArchiveOpening.Open(packed, limits, ct);
                if (part is not null) parts.Add(part);
                else first.Note(problem!.Code, $"The part “{Path.GetFileName(packed)}” was left out: {problem.Detail}");
            }
        }
        catch
        {
            foreach (var part in parts) await part.DisposeAsync();
            throw;
        }

        return (new ExportFiles(parts), null);
    }

    public bool Has(string path) => files.ContainsKey(path);

    public long? Length(string path) => files.TryGetValue(path, out var file) ? file.Part.Length(file.Path) : null;

    /// <summary>As <see cref="ArchiveFiles.Open"/>, which says what may be thrown.</summary>
    public Stream? Open(string path) => files.TryGetValue(path, out var file) && file.Part.Open(file.Path) is { } stream ? new Tallied(stream, this) : null;

    public Stream? OpenMedia(string path) => files.TryGetValue(path, out var file) ? file.Part.Open(file.Path) : null;

    public void Note(string code, string detail) => parts[0].Note(code, detail);

    public async ValueTask DisposeAsync()
    {
        foreach (var part in parts) await part.DisposeAsync();
    }

    private static IEnumerable<string> Packed(string folder) => Directory.EnumerateFiles(folder)
        .Where(file => file.EndsWith(".zip", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".tgz", StringComparison.OrdinalIgnoreCase) || file.EndsWith(".tar.gz", StringComparison.OrdinalIgnoreCase))
        .Order(StringComparer.Ordinal);

    private sealed class Tallied(Stream inner, ExportFiles files) : WatchedStream(inner)
    {
        private long told;

        protected override void Watch()
        {
            files.BytesRead += Count - told;
            told = Count;
        }
    }
}
