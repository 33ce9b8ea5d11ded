namespace ArchiveService.Features.Verify;

public enum Severity
{
    Info,
    Warning,
    Error,
}

/// <summary>One thing that is not as it should be.</summary>
/// <param name="Check">Which check found it, in kebab-case.</param>
/// <param name="Subject">What it concerns: an event, key, stream, object or table; never content.</param>
/// <param name="Detail">A sentence for the operator.</param>
public sealed record Finding(Severity Severity, string Check, string Subject, string Detail);

/// <summary>What was checked, everything that was found, and what no check of this kind can show.</summary>
public sealed class Findings
{
    private readonly List<Finding> found = [];
    private readonly Dictionary<string, long> counted = new(StringComparer.Ordinal);

    public IReadOnlyList<Finding> All => found;

    public IReadOnlyDictionary<string, long> Counted => counted;

    public bool Ok => found.TrueForAll(f => f.Severity != Severity.Error);

    public void Error(string check, object subject, string detail) => found.Add(new(Severity.Error, check, $"{subject}", detail));

    public void Warn(string check, object subject, string detail) => found.Add(new(Severity.Warning, check, $"{subject}", detail));

    public void Count(string what, long more = 1) => counted[what] = counted.GetValueOrDefault(what) + more;

    public static IReadOnlyList<string> CannotShow { get; } =
    [
        "Without a checkpoint kept elsewhere it cannot be shown that the whole database was not replaced by another that is consistent in itself.",
        "What a platform never delivered, and what was lost before it was captured, leaves no trace here.",
        "Copies outside this installation (backups, paper, disclosed copies, the channel itself) are not looked at.",
    ];
}
