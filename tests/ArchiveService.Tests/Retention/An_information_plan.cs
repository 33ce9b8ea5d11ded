using ArchiveService.Features.Retention;

namespace ArchiveService.Tests.Retention;

/// <summary>The informationshanteringsplan as a file, against its last version and against the rules (T-18, V-11).</summary>
public sealed class An_information_plan
{
    private const string File = """
        handlingstyp;benämning;klass;hantering;åtgärd;räknas från;dag;frist;lagstöd
        kommentar;Kommentarer;1.7;Hålls ordnade;gallras;received;;2 år;AL 10 §
        post;;;;bevaras;;;;
        comment;Avtal;;;granskas;event-date;avtalet upphör;P5Y;
        """;

    private static readonly DateOnly Today = new(2026, 6, 1);

    [Fact]
    [Trait("Requirement", "T-18")]
    public void is_read_with_swedish_or_stored_words()
    {
        var (rows, faults) = InformationPlanFile.Read(File);

        Assert.Empty(faults);
        Assert.Equal(
            [
                new("comment", "Kommentarer", "1.7", "Hålls ordnade", RuleAction.Destroy, CountedFrom.Received, null, new(2, 0, 0), "AL 10 §"),
                new("post", "Inlägg", null, "", RuleAction.Preserve, null, null, null, null),
                new("comment", "Avtal", null, "", RuleAction.Review, CountedFrom.EventDate, "avtalet upphör", new(5, 0, 0), null),
            ],
            rows);
        Assert.Empty(InformationPlan.Faults(rows));
        Assert.Equal(rows, InformationPlanFile.Read(InformationPlanFile.Write(rows)).Rows);
    }

    [Theory]
    [InlineData("tweet;gallras;captured;P2Y", "Handlingstypen")]
    [InlineData("comment;gallras;captured;", "Fristen saknas")]
    [InlineData("comment;gallras;;P2Y", "räknas från")]
    [InlineData("comment;bevaras;;P2Y", "ingen frist")]
    [InlineData("comment;bränns;captured;P2Y", "Åtgärden")]
    [InlineData("comment;gallras;captured;snart", "går inte att läsa")]
    [InlineData("comment;gallras enligt särskild lag;captured;P2Y", "lagrummet")]
    [InlineData("comment;gallras;event-date;P2Y", "ha ett namn")]
    [Trait("Requirement", "T-17")]
    public void says_all_that_is_wrong_with_it(string line, string what)
    {
        var (rows, faults) = InformationPlanFile.Read($"handlingstyp;åtgärd;räknas från;frist\n{line}");

        Assert.Contains(faults.Count > 0 ? faults : InformationPlan.Faults(rows), fault => fault.What.Contains(what, StringComparison.Ordinal));
    }

    [Fact]
    public void is_compared_with_the_version_before()
    {
        var before = new InformationPlan(default, 1, InformationPlanFile.Read(File).Rows, null, default);
        var rows = before.Rows.Skip(1).Select(r => r.RecordType == "post" ? r with { Handling = "Exporteras" } : r).Append(before.Rows[0] with { Title = "Annat" }).ToList();

        Assert.Equal(["added", "changed", "removed"], InformationPlan.Compare(before, rows).Select(c => c.Change));
        Assert.Empty(InformationPlan.Compare(before, before.Rows));
    }

    [Fact]
    public void shows_where_the_rules_do_something_else()
    {
        var plan = new InformationPlan(default, 1, [.. InformationPlanFile.Read(File).Rows.Take(2)], null, default);

        Assert.Equal(["rule-missing"], plan.Against([], Today).Select(g => g.Gap));
        Assert.Empty(plan.Against([Rule("comment", 2)], Today));
        Assert.Equal(["differs"], plan.Against([Rule("comment", 3)], Today).Select(g => g.Gap));
        Assert.Equal(["rule-missing", "differs"], plan.Against([Rule("post", 3)], Today).Select(g => g.Gap));
        Assert.Equal(["not-in-plan"], plan.Against([Rule("comment", 2), Rule("direct-message", 2)], Today).Select(g => g.Gap));

        // A rule that is not in force yet does nothing.
        Assert.Equal(["rule-missing"], plan.Against([Rule("comment", 2) with { ValidFrom = Today.AddDays(1) }], Today).Select(g => g.Gap));
        Assert.Equal(["rule-missing", "not-in-plan"], plan.Against([Rule("comment", 2) with { Scope = new(["2"], null, null, null) }], Today).Select(g => g.Gap));
    }

    private static RetentionRule Rule(string type, int years) =>
        new(Guid.Parse("0199aaaa-0000-7000-8000-0000000000e1"), 1, default, default, "Regel", [type], CountedFrom.Received, new(years, 0, 0), ["content"], default, null);
}
