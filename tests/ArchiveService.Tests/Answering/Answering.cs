using ArchiveService.Capture;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Records;
using ArchiveService.Tests.Records;

namespace ArchiveService.Tests.Answering;

public sealed class Answering
{
    private static readonly Guid ReplyId = new("0199aaaa-0000-7000-8000-000000000009");

    private static RecordState Reply(Guid? channel = null, Direction direction = Direction.DrawnUp) => RecordState.None.After(
        new ItemCaptured(Given.Authority, channel ?? Given.Channel, "facebook", 1, ItemKind.Comment, direction, Audience.Public, null, null, null, null, "comment", Wall.Open,
            true, true, "c2", TextFormat.Plain, [], null, Given.Observed("a2"), 3), Given.Noon);

    private static RecordState Removed => Given.A_captured_comment().With(new ItemUnpublished(ActedBy.Authority, new(["INSULT"], false, true, null, 3), null));

    [Fact]
    [Trait("Requirement", "N-12")]
    public void is_done_by_a_captured_reply_of_the_channels_own_also_on_what_is_removed()
    {
        var decision = new AnswerRecord(ReplyId, null, null).Decide(Removed, Reply(), Given.PolicyOf("norrkoping"));

        var answered = Assert.IsType<RecordAnswered>(Assert.Single(decision.Events).Event);
        Assert.Equal((ReplyId, 3), (answered.Reply, answered.PolicyVersion));
        var after = Removed.With(answered);
        Assert.NotNull(after.AnsweredAt);
        Assert.Empty(new AnswerRecord(ReplyId, null, null).Decide(after, Reply(), Given.PolicyOf("norrkoping")).Events);
    }

    [Fact]
    public void is_told_in_words_and_sealed()
    {
        var told = Assert.Single(new AnswerRecord(null, " Vi öppnar klockan 9. ", "Per telefon").Decide(Given.A_captured_comment(), null, Given.PolicyOf("vastarvet")).Events);

        Assert.Equal(ArchiveService.Sealing.KeyClass.Register, told.Under);
        Assert.Equal(("Vi öppnar klockan 9.", "Per telefon"), (told.Parts!["text"], told.Parts["where"]));
    }

    [Fact]
    public void wants_something_that_answers() => Assert.Equal("answer-missing", new AnswerRecord(null, " ", null).Decide(Given.A_captured_comment(), null, Given.PolicyOf("vastarvet")).Refused?.Code);

    [Fact]
    public void takes_no_reply_of_a_stranger_or_of_another_channel()
    {
        var command = new AnswerRecord(ReplyId, null, null);
        Assert.Equal("reply-not-ours", command.Decide(Given.A_captured_comment(), Reply(direction: Direction.Received), Given.PolicyOf("vastarvet")).Refused?.Code);
        Assert.Equal("reply-not-ours", command.Decide(Given.A_captured_comment(), Reply(Given.Authority), Given.PolicyOf("vastarvet")).Refused?.Code);
        Assert.Equal("reply-unknown", command.Decide(Given.A_captured_comment(), null, Given.PolicyOf("vastarvet")).Refused?.Code);
    }

    [Fact]
    public void is_for_what_came_in() => Assert.Equal("not-received", new AnswerRecord(null, "Hej", null).Decide(Reply(), null, Given.PolicyOf("vastarvet")).Refused?.Code);

    [Fact]
    [Trait("Requirement", "H-10")]
    public void passed_on_must_be_told_in_the_channel_and_stays_open()
    {
        var comment = Given.A_captured_comment();
        Assert.Equal("notice-missing", new ForwardRecord("Gatukontoret", null).Decide(comment, Given.PolicyOf("herrljunga")).Refused?.Code);
        Assert.Equal("owner-missing", new ForwardRecord(" ", "Vi har skickat frågan vidare.").Decide(comment, Given.PolicyOf("herrljunga")).Refused?.Code);

        var forwarded = Assert.Single(new ForwardRecord("Gatukontoret", "Vi har skickat frågan vidare.").Decide(comment, Given.PolicyOf("herrljunga")).Events);
        Assert.Equal(("Gatukontoret", "Vi har skickat frågan vidare."), (forwarded.Parts!["owner"], forwarded.Parts["notice"]));
        var after = comment.With((RecordForwarded)forwarded.Event);
        Assert.False(after.AnswerGiven);
        Assert.NotNull(after.ForwardedAt);
    }

    [Fact]
    [Trait("Requirement", "T-04")]
    public void passed_on_may_be_untold_where_the_guideline_does_not_ask_it()
    {
        var forwarded = Assert.Single(new ForwardRecord("Gatukontoret", null).Decide(Given.A_captured_comment(), Given.PolicyOf("toreboda")).Events);
        Assert.False(((RecordForwarded)forwarded.Event).ToldInChannel);
    }

    [Fact]
    [Trait("Requirement", "N-12")]
    [Trait("Requirement", "N-16")]
    public void may_be_left_out_only_for_what_is_disposable_where_everybody_is_answered()
    {
        var policy = Given.PolicyOf("norrkoping");
        var minor = Given.A_captured_comment().With(Given.Minor);

        Assert.Equal("not-assessed-minor", new CloseUnanswered("Skräp", ReplyId).Decide(Given.A_captured_comment(), policy, true).Refused?.Code);
        Assert.Equal("disposal-decision-missing", new CloseUnanswered("Skräp", null).Decide(minor, policy, false).Refused?.Code);
        Assert.Equal("disposal-decision-missing", new CloseUnanswered("Skräp", ReplyId).Decide(minor, policy, false).Refused?.Code);
        Assert.Equal("reason-missing", new CloseUnanswered(null, ReplyId).Decide(minor, policy, true).Refused?.Code);
        var closed = Assert.Single(new CloseUnanswered("En tumme upp", ReplyId).Decide(minor, policy, true).Events);
        Assert.True(minor.With((RecordClosedUnanswered)closed.Event).AnswerGiven);
    }

    [Fact]
    [Trait("Requirement", "V-03")]
    public void may_be_left_out_with_a_reason_where_only_questions_are_answered() =>
        Assert.Single(new CloseUnanswered("Avsändaren tog tillbaka frågan", null).Decide(Given.A_captured_comment(), Given.PolicyOf("vastarvet"), false).Events);

    [Fact]
    public void is_not_passed_on_or_closed_once_it_is_given()
    {
        var answered = Given.A_captured_comment().With(new RecordAnswered(null, 3));
        Assert.Equal("already-answered", new ForwardRecord("X", "Y").Decide(answered, Given.PolicyOf("herrljunga")).Refused?.Code);
        Assert.Equal("already-answered", new CloseUnanswered("X", null).Decide(answered, Given.PolicyOf("herrljunga"), false).Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "T-14")]
    public void leaves_the_clock_of_secrecy_alone()
    {
        var suspected = Given.A_captured_comment().With(new RecordAssessed(false, true, true, 3));
        Assert.NotNull(suspected.SecrecySince);
        Assert.Equal(suspected.SecrecySince, suspected.With(Given.Secret).SecrecySince);
        Assert.NotNull(suspected.With(new RecordAnswered(null, 3)).SecrecySince);
        Assert.Null(suspected.With(new RecordAssessed(false, false, true, 3)).SecrecySince);
        Assert.Null(suspected.With(Given.Secret, new SecrecyLifted(Given.Authority, Given.Noon, 3)).SecrecySince);
    }

    [Fact]
    public void counts_as_having_been_looked_at_and_what_the_platform_does_not()
    {
        Assert.Null(Given.A_captured_comment().With(new ItemHidden(ActedBy.Platform, null, Given.Observed("h"))).ReviewedAt);
        Assert.NotNull(Removed.ReviewedAt);
        Assert.NotNull(Given.A_captured_comment().With(new RecordAnswered(null, 3)).ReviewedAt);
    }
}
