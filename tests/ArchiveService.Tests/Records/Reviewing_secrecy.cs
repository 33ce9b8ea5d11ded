using ArchiveService.Features.Records;
using static ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Records;

/// <summary>A mark is a warning and holds no longer than its ground (OSL 5:5).</summary>
public sealed class Reviewing_secrecy
{
    private static readonly RecordState Marked = A_captured_comment().With(Secret);

    private static IReadOnlyList<Type> Types(ReviewSecrecy command) => [.. command.Decide(Marked, PolicyOf("herrljunga"), Noon).Events.Select(e => e.Event.GetType())];

    private static string? Refused(ReviewSecrecy command, RecordState? state = null) => command.Decide(state ?? Marked, PolicyOf("herrljunga"), Noon).Refused?.Code;

    [Fact]
    [Trait("Requirement", "I3")]
    public void leaves_changes_or_lifts_the_mark()
    {
        Assert.Equal([typeof(SecrecyReviewed)], Types(new("stands", "Skälen finns kvar.")));
        Assert.Equal([typeof(SecrecyReviewed), typeof(SecrecyMarked)], Types(new("changed", "En annan.", "OSL 26 kap. 1 §")));
        Assert.Equal([typeof(SecrecyReviewed), typeof(SecrecyLifted)], Types(new("lifted", "Inget skadar längre.")));
        Assert.Equal(Wall.Secret, Marked.With(new SecrecyReviewed(Authority, SecrecyOutcome.Stands, Noon, 3)).Wall);
    }

    [Fact]
    public void is_refused_without_mark_outcome_reason_or_provision()
    {
        Assert.Equal("not-marked", Refused(new("stands", "Skäl"), A_captured_comment()));
        Assert.Equal("outcome-unknown", Refused(new("kanske", "Skäl")));
        Assert.Equal("reason-missing", Refused(new("stands", " ")));
        Assert.Equal("provision-missing", Refused(new("changed", "Skäl")));
        Assert.Equal("provision-unexpected", Refused(new("stands", "Skäl", "OSL 26 kap. 1 §")));
    }
}
