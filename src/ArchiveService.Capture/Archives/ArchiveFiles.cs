using System.Diagnostics.CodeAnalysis;

namespace ArchiveService.Capture.Archives;

/// <summary>The files of a zip, tar, tar.gz or folder by clean path. One reader at a time.</summary>
internal abstract class ArchiveFiles(ArchiveLimits limits) : IAsyncDisposable
{
    private const int MaxTold = 20;

    private readonly Dictionary<string, int> counts = new(StringComparer.Ordinal);
    private readonly List<ArchiveProblem> problems = [];

    public ArchiveLimits Limits => limits;

    /// <summary>Each code is told in full a few times and then only counted, so that a hostile archive cannot flood the answer.</summary>
    public IReadOnlyList<ArchiveProblem> Problems =>
        [.. problems, .. counts.Where(code => code.Value > MaxTold).Select(code => new ArchiveProblem(code.Key, $"{code.Value - MaxTold} more of this sort."))];

    /// <summary>Ends in the middle or is damaged: what is missing may have been there.</summary>
    public bool IsTruncated => counts.ContainsKey(ArchiveProblemCodes.Truncated);

    public abstract IReadOnlyCollection<string> Paths { get; }

    public abstract bool Has(string path);

    /// <summary>The unpacked length where the archive says it.</summary>
    public abstract long? Length(string path);

    /// <summary>The unpacked bytes, or null when there is no such file. Reading throws <see cref="ArchiveLimitException"/> over a limit and <see cref="InvalidDataException"/> on damage.</summary>
    public abstract Stream? Open(string path);

    public abstract ValueTask DisposeAsync();

    public void Note(string code, string detail)
    {
        counts[code] = counts.GetValueOrDefault(code) + 1;
        if (counts[code] <= MaxTold) problems.Add(new ArchiveProblem(code, detail));
    }

    /// <summary>What reading a damaged archive may throw.</summary>
    public static bool IsDamage(Exception error) =>
        error is InvalidDataException or EndOfStreamException or NotSupportedException or OverflowException or ArgumentException or IOException and not ArchiveLimitException;

    /// <summary>A file that was cut off is of use only when the part that is left can be told from the rest.</summary>
    protected static bool IsReadableInPart(string path) => Path.GetExtension(path).ToLowerInvariant() is ".json" or ".js" or ".csv";

    protected bool IsKept(string name, Func<string, bool> known, int kept, [NotNullWhen(true)] out string? path)
    {
        path = CleanPath.Of(name);
        if (path is null) Note(ArchiveProblemCodes.UnsafePath, $"“{Shown(name)}” leads outside the archive and was left out.");
        else if (kept >= limits.MaxFiles) throw new ArchiveLimitException($"Holds more than {limits.MaxFiles} files.");
        else if (known(path)) Note(ArchiveProblemCodes.DuplicateName, $"“{Shown(name)}” is there more than once; the first counts.");
        else return true;
        return false;
    }

    protected static string Shown(string name) => new([.. name.Take(100).Select(c => char.IsControl(c) || char.IsSurrogate(c) ? '\uFFFD' : c)]);
}
