using ArchiveService.Features.Classification;

namespace ArchiveService.Tests.Classification;

public sealed class Reading_a_plan
{
    private static readonly DateOnly Today = new(2026, 11, 27);

    [Theory]
    [InlineData("kod;titel;giltig från;giltig till;ersätter\n1.7.9;Leda kommunikation;2026-01-01;;956 957\n")]
    [InlineData("\uFEFFcode,title,valid_from,valid_until,replaces\r\n1.7.9,Leda kommunikation,20260101,,956|957\r\n")]
    [InlineData("Titel\tErsätter\tKlass\tGiltig från\nLeda kommunikation\t956,957\t1.7.9\t2026-01-01\n")]
    public void takes_the_forms_that_plans_come_in(string csv)
    {
        var file = PlanFile.Read(csv);

        Assert.Empty(file.Faults);
        var one = Assert.Single(file.Classes);
        Assert.Equal(("1.7.9", "Leda kommunikation", new DateOnly(2026, 1, 1), null), (one.Code, one.Title, one.ValidFrom, one.ValidUntil));
        Assert.Equal(["956", "957"], one.Replaces);
    }

    [Theory]
    [InlineData("", 1, "tom")]
    [InlineData("a;b\n1;2\n", 1, "kod och titel")]
    [InlineData("kod;titel\n1;\n", 2, "Titeln")]
    [InlineData("kod;titel\n;Utan kod\n", 2, "Koden")]
    [InlineData("kod;titel\n1;A\n1;B\n", 3, "redan")]
    [InlineData("kod;titel;giltig från\n1;A;i går\n", 2, "ingen dag")]
    [InlineData("kod;titel;giltig från;giltig till\n1;A;2026-02-01;2026-01-01\n", 2, "upphör före")]
    [InlineData("kod;titel;ersätter\n1;A;9\n2;B;9\n", 0, "ersätts av flera")]
    [InlineData("kod;titel\n", 1, "inga klasser")]
    public void says_what_is_wrong_and_where(string csv, int line, string what)
    {
        var fault = Assert.Single(PlanFile.Read(csv).Faults);

        Assert.Equal(line, fault.Line);
        Assert.Contains(what, fault.What, StringComparison.Ordinal);
    }

    [Fact]
    public void closes_what_the_file_leaves_out_and_keeps_what_was_closed_before()
    {
        var before = new ClassificationPlan(Guid.Empty, 1, [new("1", "A", null, null, []), new("2", "B", null, new(2020, 1, 1), []), new("3", "C", null, null, [])], null, default);

        var next = ClassificationPlan.Next(before, [new("3", "C", null, null, []), new("4", "D", null, null, ["1"])], Today);

        Assert.Equal([("3", null), ("4", null), ("1", Today.AddDays(-1)), ("2", new(2020, 1, 1))], next.Select(c => (c.Code, c.ValidUntil)));
        Assert.Equal([("4", ClassChange.Added, 0L), ("1", ClassChange.Closed, 7L)], ClassificationPlan.Compare(before, next, new Dictionary<string, long> { ["1"] = 7 }, Today).Select(d => (d.Code, d.Change, d.OpenCases)));
    }

    [Theory]
    [InlineData("1", "class-closed", "ersätts av 4 D")]
    [InlineData("956", "class-closed", "ersätts av 4 D")]
    [InlineData("5", "class-not-yet", "2027-01-01")]
    [InlineData("77", "class-unknown", "finns inte")]
    [InlineData("4", null, null)]
    public void lets_a_case_be_opened_under_a_class_of_the_day(string code, string? refused, string? says)
    {
        var plan = new ClassificationPlan(Guid.Empty, 1, [new("1", "A", null, Today.AddDays(-1), []), new("4", "D", null, null, ["1", "956"]), new("5", "E", new(2027, 1, 1), null, [])], null, default);

        var why = plan.Refuse(code, Today);

        Assert.Equal(refused, why?.Code);
        if (says is not null) Assert.Contains(says, why!.Explanation, StringComparison.Ordinal);
    }
}
