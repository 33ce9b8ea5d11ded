using ArchiveService.EventStore;
using ArchiveService.Features.Operations;

namespace ArchiveService.Tests.Operations;

public sealed class Resuming_a_projection
{
    [Fact]
    public void is_for_one_that_has_stopped()
    {
        Assert.Null(ResumeProjection.Decide(In(ProjectionState.Stopped)));
        Assert.All([ProjectionState.Idle, ProjectionState.Leading, ProjectionState.StandingBy, ProjectionState.Retrying], state => Assert.Equal("projection-not-stopped", ResumeProjection.Decide(In(state))?.Code));
    }

    [Fact]
    public void of_an_unknown_name_is_refused_as_unknown() => Assert.Equal(("projection-unknown", 404), (ResumeProjection.Decide(null)?.Code, ResumeProjection.Decide(null)?.Status));

    private static ProjectionStanding In(ProjectionState state) => new("records", 1, 6, 7, 1, 0.5, state, true, false, null, null, null);
}
