using ArchiveService.Http;

namespace ArchiveService.Features.Classification;

public enum ClassChange
{
    Added,
    Changed,

    /// <summary>In the plan before, not in the file: closed the day before the new plan.</summary>
    Closed,
}

/// <param name="OpenCases">Cases that stand under it and are not closed: they keep their class.</param>
public sealed record ClassDifference(string Code, ClassChange Change, string Before, string After, long OpenCases);

/// <summary>An authority's plan in force.</summary>
public sealed record ClassificationPlan(Guid Stream, int Version, IReadOnlyList<RecordClass> Classes, string? DecisionReference, DateTimeOffset AdoptedAt)
{
    public RecordClass? Find(string code) => Classes.FirstOrDefault(c => c.Code == code);

    /// <summary>A case that is opened gets a class that may be chosen that day; cases that are there keep theirs.</summary>
    public Refusal? Refuse(string code, DateOnly day)
    {
        if (Find(code) is { } known)
        {
            return known.IsValidOn(day) ? null
                : known.ValidFrom > day ? new("class-not-yet", $"Klassen {code} {known.Title} gäller först från {known.ValidFrom:yyyy-MM-dd}.")
                : new("class-closed", $"Klassen {code} {known.Title} upphörde {known.ValidUntil:yyyy-MM-dd}.{Instead(code, day)}");
        }

        return Classes.Any(c => c.Replaces.Contains(code))
            ? new("class-closed", $"Koden {code} hör till en tidigare plan.{Instead(code, day)}")
            : Refusal.Input("class-unknown", $"Klassen {code} finns inte i myndighetens plan.");
    }

    private string Instead(string code, DateOnly day) =>
        Classes.FirstOrDefault(c => c.Replaces.Contains(code) && c.IsValidOn(day)) is { } instead ? $" Den ersätts av {instead.Code} {instead.Title}." : "";

    /// <summary>Pure: the next plan. What the file leaves out is not forgotten but closed, so that cases under it can still be understood.</summary>
    public static IReadOnlyList<RecordClass> Next(ClassificationPlan? before, IReadOnlyList<RecordClass> file, DateOnly today) =>
    [
        .. file,
        .. (before?.Classes ?? []).Where(c => !file.Any(f => f.Code == c.Code)).Select(c => c.ValidUntil is { } until && until < today ? c : c with { ValidUntil = today.AddDays(-1) }),
    ];

    public static IReadOnlyList<ClassDifference> Compare(ClassificationPlan? before, IReadOnlyList<RecordClass> after, IReadOnlyDictionary<string, long> openCases, DateOnly today)
    {
        var differences = new List<ClassDifference>();
        foreach (var one in after)
        {
            var was = before?.Find(one.Code);
            if (was is not null && Said(was) == Said(one)) continue;
            var change = was is null ? ClassChange.Added : was.IsValidOn(today) && !one.IsValidOn(today) ? ClassChange.Closed : ClassChange.Changed;
            differences.Add(new(one.Code, change, was is null ? "" : Said(was), Said(one), openCases.GetValueOrDefault(one.Code)));
        }

        return differences;
    }

    private static string Said(RecordClass c) =>
        $"{c.Title}{(c.ValidFrom is { } from ? $", från {from:yyyy-MM-dd}" : "")}{(c.ValidUntil is { } until ? $", till {until:yyyy-MM-dd}" : "")}{(c.Replaces.Count > 0 ? $", ersätter {string.Join(", ", c.Replaces)}" : "")}";
}
