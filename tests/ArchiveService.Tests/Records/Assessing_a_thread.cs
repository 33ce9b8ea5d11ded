using ArchiveService.Capture;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

public sealed class Assessing_a_thread
{
    private static readonly Guid Run = new("0199aaaa-0000-7000-8000-0000000000ff");

    private static readonly AssessThread Minor = new(false, null, "minor", false, null, null, "keepOrdered", "Drev om skolskjutsen");

    private static (ThreadMember Item, IReadOnlyList<Happened> Events) Decide(RecordState state, string text = "Skärpning", AssessThread? command = null) =>
        (command ?? Minor).Decide(new(Channel, state, text), PolicyOf("herrljunga"), Run, []);

    [Fact]
    [Trait("Requirement", "H-24")]
    public void says_the_same_of_each_and_names_itself()
    {
        var (item, events) = Decide(A_captured_comment());

        Assert.Equal(ThreadFate.Assess, item.Fate);
        Assert.Equal([typeof(RecordAssessed), typeof(AssessmentDetailed), typeof(RecordKeptOrdered)], events.Select(e => e.Event.GetType()));
        Assert.Equal(Run, ((AssessmentDetailed)events[1].Event).Thread);
        Assert.Equal("Drev om skolskjutsen", events[0].Parts!["note"]);
    }

    [Fact]
    [Trait("Requirement", "N-08")]
    [Trait("Requirement", "T-14")]
    public void keeps_apart_what_is_behind_a_wall_or_has_something_to_look_at()
    {
        Assert.Equal("behind-wall", Decide(A_captured_comment(wall: Wall.Unassessed)).Item.Why);
        Assert.Equal("behind-wall", Decide(A_captured_comment() with { RecordType = "direct-message" }).Item.Why);
        Assert.Equal("hint", Decide(A_captured_comment(), "hennes nummer är 19810107-9294").Item.Why);
        Assert.Equal("hint", Decide(A_captured_comment(), "Det brinner i skolan").Item.Why);
        Assert.Equal("taken-out", Decide(A_captured_comment(), command: Minor with { Except = [Channel] }).Item.Why);
        Assert.Equal("content-missing", Decide(A_captured_comment(content: false)).Item.Why);
        Assert.Empty(Decide(A_captured_comment(), "Det brinner i skolan").Events);
    }

    [Fact]
    public void adds_nothing_the_second_time_unless_it_was_edited_since()
    {
        var once = A_captured_comment().With([.. Decide(A_captured_comment()).Events.Select(e => (RecordEvent)e.Event)]);

        Assert.Equal(ThreadFate.Unchanged, Decide(once).Item.Fate);
        Assert.Empty(Decide(once).Events);
        Assert.Equal(ThreadFate.Assess, Decide(once.With(new ItemEdited("c2", TextFormat.Plain, [], Observed("e", 9)))).Item.Fate);
    }

    [Fact]
    public void asks_for_one_motivation_and_for_what_the_policy_permits()
    {
        Assert.Equal("motivation-missing", (Minor with { Motivation = " " }).Refuse(PolicyOf("herrljunga"))?.Code);
        Assert.Null((Minor with { Motivation = null, Preview = true }).Refuse(PolicyOf("herrljunga")));
        Assert.Equal("policy-registers-all", Minor.Refuse(PolicyOf("trosa"))?.Code);
        Assert.Equal("policy-keeps-minor-ordered", (Minor with { Then = "exempt" }).Refuse(PolicyOf("vastarvet"))?.Code);
        Assert.Equal("exempt-not-minor", (Minor with { Then = "exempt", Significance = "ordinary" }).Refuse(PolicyOf("toreboda"))?.Code);
        Assert.Equal("then-unknown", (Minor with { Then = "register" }).Refuse(PolicyOf("toreboda"))?.Code);
    }
}
