using ArchiveService.Access;
using ArchiveService.Features.Bulk;
using ArchiveService.Features.Records;
using ArchiveService.Tests.Records;

namespace ArchiveService.Tests.Bulk;

public sealed class Deciding_of_many
{
    private static readonly Caller Registrator = new(new("0199aaaa-0000-7000-8000-00000000000a"), "Rut", [new(Role.Registrator, Given.Authority)], false, false, []);

    private static BulkWorld World(string preset = "toreboda") => new(new("0199aaaa-0000-7000-8000-00000000000b"), Given.PolicyOf(preset), Given.Noon.AddHours(2));

    private static BulkAct Of(string act) => new(act, [World().Record]);

    [Fact]
    [Trait("Requirement", "T-15")]
    public void is_as_the_single_act_decides_of_each()
    {
        Assert.IsType<RecordKeptOrdered>(Assert.Single(Of(BulkAct.KeepOrdered).Decide(Given.A_captured_comment(), World(), Registrator).Events).Event);
        Assert.Equal("already-registered", Of(BulkAct.KeepOrdered).Decide(Given.A_captured_comment().With(Given.Registered), World(), Registrator).Refused?.Code);
        Assert.Equal("secrecy-possible", Of(BulkAct.KeepOrdered).Decide(Given.A_captured_comment(wall: Wall.Unassessed), World(), Registrator).Refused?.Code);
        Assert.Empty(Of(BulkAct.KeepOrdered).Decide(Given.A_captured_comment().With(new RecordKeptOrdered(3)), World(), Registrator).Events);
        Assert.Equal("policy-keeps-minor-ordered", (Of(BulkAct.Exempt) with { Reason = "Tummen upp" }).Decide(Given.A_captured_comment(), World("vastarvet"), Registrator).Refused?.Code);
        Assert.Equal("not-registered", (Of(BulkAct.Allot) with { Unit = "Kansliet" }).Decide(Given.A_captured_comment(), World(), Registrator).Refused?.Code);
    }

    [Fact]
    public void tells_beforehand_only_what_the_record_forbids()
    {
        foreach (var kind in BulkAct.Kinds.Where(k => k.Code is BulkAct.Exempt or BulkAct.Forward or BulkAct.Hold))
        {
            var act = Of(kind.Code);
            Assert.NotNull(act.Decide(Given.A_captured_comment(), World(), Registrator with { Grants = [new(Role.Registrator, null)] }).Refused);
            Assert.Null(act.Filled(World().Policy).Decide(Given.A_captured_comment(), World(), Registrator).Refused);
        }
    }

    [Fact]
    public void asks_of_each_whether_the_role_holds_where_it_is()
    {
        var elsewhere = Registrator with { Grants = [new(Role.Registrator, Given.Channel)] };
        Assert.Equal("not-allowed", Of(BulkAct.KeepOrdered).Decide(Given.A_captured_comment(), World(), elsewhere).Refused?.Code);
        Assert.Equal("not-allowed", Of(BulkAct.Hold).Decide(Given.A_captured_comment(), World(), Registrator with { Grants = [new(Role.Moderator, null)] }).Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "H-25")]
    [Trait("Requirement", "N-09")]
    public void takes_nothing_down_and_registers_nothing()
    {
        foreach (var act in (string[])["unpublish", "hide", "delete-from-channel", "register", "secrecy", "restore", "assess"]) Assert.Equal("act-unknown", Of(act).Check()?.Code);
        Assert.Equal("records-missing", new BulkAct(BulkAct.Exempt, []).Check()?.Code);
        Assert.Equal("too-many-records", new BulkAct(BulkAct.Exempt, [.. Enumerable.Range(0, BulkAct.Most + 1).Select(_ => Guid.Empty)]).Check()?.Code);
        Assert.Null(Of(BulkAct.Exempt).Check());
    }

    [Fact]
    public void offers_each_role_what_it_may()
    {
        Assert.Equal([BulkAct.Hold], BulkAct.For(Registrator with { Grants = [new(Role.Arkivarie, null)] }).Select(k => k.Code));
        Assert.Equal([BulkAct.Forward], BulkAct.For(Registrator with { Grants = [new(Role.Kommunikator, null)] }).Select(k => k.Code));
        Assert.Empty(BulkAct.For(Registrator with { Grants = [new(Role.Revisor, null)] }));
        Assert.Equal(BulkAct.Kinds.Count, BulkAct.For(Registrator).Count);
    }
}
