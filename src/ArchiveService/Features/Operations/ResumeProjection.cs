using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Operations;

/// <summary>Lets a stopped projection try its event again, on whatever node it is led. Nothing is skipped: without a mend it stops again.</summary>
public static class ResumeProjection
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapPost("/api/v1/projections/{name}/resume", async (string name, Caller caller, ResumeProjectionHandler handler, CancellationToken ct) =>
            await handler.Resume(name, caller, ct) is { } refused ? Problems.Refused(refused) : (IResult)TypedResults.NoContent()).WithName("resume-projection");

    public static Refusal? Decide(ProjectionStanding? standing) => standing switch
    {
        null => Refusal.Unknown("projection", "Det finns ingen vy med det namnet. Namnen står på sidan Drift."),
        { State: not ProjectionState.Stopped } => NotStopped,
        _ => null,
    };

    public static Refusal NotStopped => new("projection-not-stopped", "Vyn är inte stannad, så det finns inget att försöka igen.");
}

public sealed partial class ResumeProjectionHandler(ProjectionHost host, ProjectionStandings standings, ILogger<ResumeProjectionHandler> logger)
{
    public async Task<Refusal?> Resume(string name, Caller caller, CancellationToken ct)
    {
        if (!Operations.MayAct(caller)) return Operations.OnlyAdmin;
        if (ResumeProjection.Decide((await standings.All(ct)).FirstOrDefault(p => p.Name == name)) is { } refused) return refused;
        if (!await host.Worker.Resume(name, ct)) return ResumeProjection.NotStopped;
        LogResumed(logger, name, caller.PersonId);
        return null;
    }

    [LoggerMessage(1005, LogLevel.Warning, "Projection {Projection} was told to go on by person {Person}.")]
    private static partial void LogResumed(ILogger logger, string projection, Guid person);
}
