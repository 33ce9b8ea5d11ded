namespace ArchiveService.Features.Verify;

public enum Severity
{
    /// <summary>Worth knowing; nothing is wrong.</summary>
    Note,

    /// <summary>Should be looked at; nothing is lost or altered.</summary>
    Warning,

    /// <summary>Something is lost, altered, not destroyed, or cannot be read.</summary>
    Error,
}

/// <summary>One thing the verification found. Names ids only, never content.</summary>
public sealed record Finding(Severity Severity, string Code, string What, Guid? Subject = null, long? Sequence = null);

/// <summary>What was looked at, what was found, and what this check cannot show.</summary>
public sealed record Verification(IReadOnlyDictionary<string, long> Counts, IReadOnlyList<Finding> Findings, IReadOnlyList<string> CannotShow)
{
    public bool IsSound => Findings.All(f => f.Severity != Severity.Error);
}
