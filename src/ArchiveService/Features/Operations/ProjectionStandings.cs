using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Operations;

/// <summary>Where a projection stands. Numbers, and the kind of an error; never what an event said.</summary>
/// <param name="Name">Which.</param>
/// <param name="Version">Of its fold.</param>
/// <param name="Position">Everything up to this event is in the views.</param>
/// <param name="Head">The last event in the log.</param>
/// <param name="LagEvents">Numbers between the two.</param>
/// <param name="LagSeconds">Age of the oldest event that is not in the views.</param>
/// <param name="State">What it is doing, seen from this node.</param>
/// <param name="LedHere">Whether this node runs it.</param>
/// <param name="WaitsForWriter">This node runs it and waits for a transaction that may still write the next number. For long, that session hangs.</param>
/// <param name="Error">Type of the last error, or null.</param>
/// <param name="StoppedOnEvent">The event it stopped on, or null.</param>
/// <param name="StoppedSince">When it stopped, or null.</param>
public sealed record ProjectionStanding(
    string Name, int Version, long Position, long Head, long LagEvents, double LagSeconds, ProjectionState State, bool LedHere, bool WaitsForWriter, string? Error, long? StoppedOnEvent, DateTimeOffset? StoppedSince)
{
    public static ProjectionStanding Of(ProjectionStatus status) => new(
        status.Name, status.Version, status.Position, status.HeadSequence, status.LagEvents, Math.Round(status.LagSeconds, 3), status.State, status.LedHere, status.WaitsAtHole, status.LastError, status.StoppedAt, status.StoppedSince);
}

public sealed class ProjectionStandings(ProjectionHost host)
{
    public static void Map(IEndpointRouteBuilder routes) =>
        routes.MapGet("/api/v1/projections", async (Caller caller, ProjectionStandings standings, CancellationToken ct) =>
            Operations.MaySee(caller) ? TypedResults.Ok(new { items = await standings.All(ct) }) : (IResult)Problems.Refused(Operations.No)).WithName("projections");

    public async Task<IReadOnlyList<ProjectionStanding>> All(CancellationToken ct) => [.. (await host.Worker.Status(ct)).Select(ProjectionStanding.Of)];
}
