using ArchiveService.Features.Authorities;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Replay;

/// <summary>A reading, as far as a rule asks.</summary>
/// <param name="Person">Who read.</param>
/// <param name="Record">What.</param>
/// <param name="At">When.</param>
/// <param name="Secret">It was marked secret; else nobody had assessed it.</param>
/// <param name="Reasoned">The reader said why.</param>
/// <param name="Colleague">Its sender has the name of somebody else who works here.</param>
public sealed record ObservedRead(Guid Person, Guid Record, DateTimeOffset At, bool Secret, bool Reasoned, bool Colleague);

/// <summary>A search for a person or an account; <paramref name="Asked"/> is the same for the same words.</summary>
public sealed record ObservedSearch(Guid Person, DateTimeOffset At, string Asked);

/// <summary>More of something in a stretch of time than the policy says is usual.</summary>
public sealed record UnusualReading(Guid Person, string Rule, Guid? Record, DateTimeOffset Since, DateTimeOffset Until, int Count, int Threshold, bool Secret);

/// <summary>A rule: the key of its threshold in the policy, and what it says of what it found.</summary>
public sealed record UnusualReadRule(string Key, string Title, string Explains);

/// <summary>
/// What is unusual, as data: each rule has a threshold in the authority's policy, 0 puts it out of use. Pure; one Swedish day at a time, so that looking
/// again finds the same. (OSL 8 kap., dataskyddsförordningen art. 5.1 f and 32: who has access is followed up.)
/// </summary>
public static class UnusualReadRules
{
    public const string PerHour = "reads.perHour";
    public const string OffHours = "reads.offHours";
    public const string Colleague = "reads.colleague";
    public const string Unreasoned = "reads.unreasoned";
    public const string SamePerson = "reads.samePerson";

    public static IReadOnlyList<UnusualReadRule> All { get; } =
    [
        new(PerHour, "Många läsningar på en timme", "Så många handlingar bakom sekretess inom en timme är ovanligt. Det kan vara en utredning eller en begäran om handlingar, eller någon som läser utan anledning."),
        new(OffHours, "Läsningar utanför arbetstid", "Läst utanför de tider som policyn anger, eller en helgdag. Det kan vara jour."),
        new(Colleague, "Läsning av en kollegas handling", "Avsändaren heter som någon annan som arbetar här. Det kan vara en namne, och den som handlägger ärendet får läsa."),
        new(Unreasoned, "Läsningar utan angivet skäl", "Läst bakom sekretess utan att säga varför. Fråga vilken uppgift det gällde."),
        new(SamePerson, "Många sökningar på samma person", "Samma person eller konto har sökts många gånger på en dag. Det kan vara ett ärende, eller nyfikenhet."),
    ];

    public static UnusualReadRule Of(string key) => All.First(rule => rule.Key == key);

    /// <param name="policy">The authority's.</param>
    /// <param name="reads">Of one Swedish day, at the authority.</param>
    /// <param name="searches">Of the same day.</param>
    public static IReadOnlyList<UnusualReading> Find(Policy policy, IReadOnlyCollection<ObservedRead> reads, IReadOnlyCollection<ObservedSearch> searches)
    {
        var found = new List<UnusualReading>();
        foreach (var person in reads.GroupBy(read => read.Person).OrderBy(g => g.Key))
        {
            var mine = person.OrderBy(read => read.At).ToList();
            found.AddRange(InAnHour(mine, Threshold(policy, PerHour)));
            found.AddRange(InADay(OffHours, [.. mine.Where(read => !IsUsual(policy, read.At))], Threshold(policy, OffHours)));
            found.AddRange(InADay(Unreasoned, [.. mine.Where(read => !read.Reasoned)], Threshold(policy, Unreasoned)));
            foreach (var record in mine.Where(read => read.Colleague).GroupBy(read => read.Record))
                found.AddRange(InADay(Colleague, [.. record], Threshold(policy, Colleague), record.Key));
        }

        var often = Threshold(policy, SamePerson);
        foreach (var same in searches.GroupBy(search => (search.Person, search.Asked)).Where(g => often > 0 && g.Count() >= often).GroupBy(g => g.Key.Person).OrderBy(g => g.Key))
        {
            // One finding a day: which words it was is not said here.
            var most = same.OrderByDescending(g => g.Count()).ThenBy(g => g.Min(s => s.At)).First();
            found.Add(new(same.Key, SamePerson, null, most.Min(s => s.At), After(most.Max(s => s.At)), most.Count(), often, Secret: false));
        }

        return found;
    }

    public static int Threshold(Policy policy, string rule) => int.Parse(
        rule switch
        {
            PerHour => policy["reads.perHour"],
            OffHours => policy["reads.offHours"],
            Colleague => policy["reads.colleague"],
            Unreasoned => policy["reads.unreasoned"],
            SamePerson => policy["reads.samePerson"],
            _ => throw new System.Diagnostics.UnreachableException(rule),
        },
        System.Globalization.CultureInfo.InvariantCulture);

    private static bool IsUsual(Policy policy, DateTimeOffset at) =>
        (WorkingHours.Parse(policy["reads.hours"], "whole") ?? WorkingHours.Usual).On(Swedish.Day(at)) is { } open && at >= open.From && at < open.To;

    private static IEnumerable<UnusualReading> InADay(string rule, IReadOnlyList<ObservedRead> reads, int threshold, Guid? record = null)
    {
        if (threshold > 0 && reads.Count >= threshold)
            yield return new(reads[0].Person, rule, record, reads[0].At, After(reads[^1].At), reads.Count, threshold, reads.Any(read => read.Secret));
    }

    /// <summary>From the first reading on, each stretch of an hour that holds as many; what lies in one is not counted again.</summary>
    private static IEnumerable<UnusualReading> InAnHour(List<ObservedRead> reads, int threshold)
    {
        if (threshold <= 0) yield break;
        for (var first = 0; first + threshold <= reads.Count; first++)
        {
            if (reads[first + threshold - 1].At - reads[first].At > TimeSpan.FromHours(1)) continue;
            var within = reads.Skip(first).TakeWhile(read => read.At - reads[first].At <= TimeSpan.FromHours(1)).ToList();
            yield return new(reads[first].Person, PerHour, null, reads[first].At, After(within[^1].At), within.Count, threshold, within.Any(read => read.Secret));
            first += within.Count - 1;
        }
    }

    private static DateTimeOffset After(DateTimeOffset last) => last.AddTicks(TimeSpan.TicksPerMicrosecond);
}
