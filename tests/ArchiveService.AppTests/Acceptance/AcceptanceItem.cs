using ArchiveService.Features.Authorities;

namespace ArchiveService.AppTests.Acceptance;

internal enum TakingDown
{
    /// <summary>Nothing to take down.</summary>
    None,
    Permitted,
    Required,
}

internal enum SecrecyOf
{
    None,

    /// <summary>It may be secret; somebody has to assess it.</summary>
    Assess,
    Marked,
}

/// <summary>Something that was written, as the platform tells of it.</summary>
/// <param name="Revisions">All texts it had, the last one last.</param>
internal sealed record AcceptanceItem(string Id, string Kind, bool Own, string Author, IReadOnlyList<string> Revisions, bool DeletedByAuthor, bool WithAttachment)
{
    public bool Direct => Kind == "direct_message";
}

/// <summary>What is allowed to come of it under one guideline: sets, because law allows several ways.</summary>
/// <param name="Registration">REGISTER, KEEP_ORDERED, NO_ACTION, ROUTE.</param>
/// <param name="Grounds">Grounds it may be taken down on.</param>
/// <param name="Refused">Grounds that this guideline does not have.</param>
/// <param name="Minor">Of so little significance that it may be deleted under a gallringsbeslut.</param>
/// <param name="Hinted">Holds a personnummer or samordningsnummer.</param>
internal sealed record Allowed(
    IReadOnlySet<string> Registration, TakingDown TakingDown, IReadOnlyList<string> Grounds, IReadOnlyList<string> Refused, SecrecyOf Secrecy, string? Provision, bool Minor, bool Hinted)
{
    /// <summary>More than the least is lawful; Trosa registers everything, Västarvet keeps the minor ordered too (V-10), and what may be secret is registered (OSL 5:1).</summary>
    public static IReadOnlySet<string> Ways(string preset, bool minor, SecrecyOf secrecy, IEnumerable<string> asked)
    {
        var ways = asked.Append("REGISTER").ToHashSet();
        if (ways.Contains("NO_ACTION")) ways.Add("KEEP_ORDERED");
        if (minor && ways.Contains("KEEP_ORDERED")) ways.Add("NO_ACTION");
        if (preset == "trosa") ways.Remove("KEEP_ORDERED");
        if (preset == "vastarvet") ways.Remove("NO_ACTION");
        if (secrecy != SecrecyOf.None) ways.ExceptWith(["KEEP_ORDERED", "NO_ACTION"]);
        return ways;
    }

    public static bool Knows(string preset, string ground) => Preset.All[preset].Whole.TryGetValue($"ground.{ground}", out var threshold) && threshold != "none";
}
