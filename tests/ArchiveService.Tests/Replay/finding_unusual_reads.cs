using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Replay;

namespace ArchiveService.Tests.Replay;

public sealed class Finding_unusual_reads
{
    private static readonly Guid Kim = new("0195aaaa-0000-7000-8000-00000000000a");
    private static readonly Guid Authority = new("0195aaaa-0000-7000-8000-00000000000b");

    private static Policy Under(params (string Key, string Value)[] set) => new(1, "trosa", new Dictionary<string, string>
    {
        ["reads.perHour"] = "0",
        ["reads.hours"] = "06:00-19:00",
        ["reads.offHours"] = "0",
        ["reads.colleague"] = "0",
        ["reads.unreasoned"] = "0",
        ["reads.samePerson"] = "0",
    }.Concat(set.ToDictionary(s => s.Key, s => s.Value)).GroupBy(p => p.Key).ToDictionary(g => g.Key, g => g.Last().Value));

    /// <summary>A Thursday, Swedish time.</summary>
    private static DateTimeOffset At(int hour, int minute = 0) => new(2026, 11, 26, hour, minute, 0, TimeSpan.FromHours(1));

    private static ObservedRead Read(DateTimeOffset at, bool reasoned = true, bool colleague = false, Guid? record = null) => new(Kim, record ?? Guid.CreateVersion7(), at, Secret: true, reasoned, colleague);

    [Fact]
    public void many_in_an_hour_wherever_the_hour_begins_and_each_counted_once()
    {
        var policy = Under((UnusualReadRules.PerHour, "3"));
        ObservedRead[] reads = [Read(At(8)), Read(At(9, 50)), Read(At(10)), Read(At(10, 40)), Read(At(10, 45)), Read(At(13))];
        var found = Assert.Single(UnusualReadRules.Find(policy, reads, []));
        Assert.Equal((UnusualReadRules.PerHour, 4, 3, At(9, 50)), (found.Rule, found.Count, found.Threshold, found.Since));
        Assert.True(found.Secret);
        Assert.Equal(found, Assert.Single(UnusualReadRules.Find(policy, [.. reads.Reverse()], [])));
        Assert.Empty(UnusualReadRules.Find(Under((UnusualReadRules.PerHour, "5")), reads, []));
        Assert.Empty(UnusualReadRules.Find(Under(), reads, []));
    }

    [Fact]
    public void outside_the_usual_hours_and_on_days_off()
    {
        var policy = Under((UnusualReadRules.OffHours, "2"));
        Assert.Equal(2, Assert.Single(UnusualReadRules.Find(policy, [Read(At(5, 59)), Read(At(6)), Read(At(18, 59)), Read(At(19))], [])).Count);
        DateTimeOffset saturday = new(2026, 11, 28, 10, 0, 0, TimeSpan.FromHours(1));
        Assert.Equal(UnusualReadRules.OffHours, Assert.Single(UnusualReadRules.Find(policy, [Read(saturday), Read(saturday.AddMinutes(1))], [])).Rule);
    }

    [Fact]
    public void of_a_colleague_without_a_reason_and_the_same_person_again_and_again()
    {
        var record = Guid.CreateVersion7();
        var colleague = Assert.Single(UnusualReadRules.Find(Under((UnusualReadRules.Colleague, "1")), [Read(At(9), colleague: true, record: record), Read(At(10))], []));
        Assert.Equal((UnusualReadRules.Colleague, record), (colleague.Rule, colleague.Record));
        Assert.Equal(2, Assert.Single(UnusualReadRules.Find(Under((UnusualReadRules.Unreasoned, "2")), [Read(At(9), reasoned: false), Read(At(10)), Read(At(11), reasoned: false)], [])).Count);
        ObservedSearch[] searches = [new(Kim, At(9), "person: nils"), new(Kim, At(10), "person: nils"), new(Kim, At(10), "person: eva"), new(Kim, At(11), "person: nils")];
        var same = Assert.Single(UnusualReadRules.Find(Under((UnusualReadRules.SamePerson, "3")), [], searches));
        Assert.Equal((3, false, At(9)), (same.Count, same.Secret, same.Since));
    }

    private static Caller Reviewer(Guid id) => new(id, "Rolf Granskare", [new(Role.Revisor, Authority)], Clearance: true, IsService: false, []);

    [Fact]
    public void are_examined_once_by_somebody_else_with_a_reason()
    {
        var other = Guid.CreateVersion7();
        string? Code(ExamineUnusualReads command, Caller caller, bool examined = false) => command.Decide(Authority, Kim, examined, 4, caller).Refused?.Code;
        Assert.Null(Code(new("Kim handlade ärendet."), Reviewer(other)));
        Assert.Equal("not-allowed", Code(new("Jag gjorde inget."), Reviewer(Kim)));
        Assert.Equal("not-allowed", Code(new("x"), Reviewer(other) with { Grants = [new(Role.Registrator, Authority)] }));
        Assert.Equal("not-allowed", Code(new("x"), Reviewer(other) with { IsService = true }));
        Assert.Equal("reason-missing", Code(new(" "), Reviewer(other)));
        Assert.Equal("already-examined", Code(new("Igen."), Reviewer(other), examined: true));
    }

    [Fact]
    public void every_rule_has_a_threshold_in_every_preset()
    {
        foreach (var preset in Preset.All.Values)
        {
            var policy = new Policy(1, preset.Name, preset.Whole);
            foreach (var rule in UnusualReadRules.All) Assert.True(UnusualReadRules.Threshold(policy, rule.Key) >= 0);
            Assert.NotEmpty(policy["reads.hours"]);
        }
    }
}
