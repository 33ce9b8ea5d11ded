using ArchiveService.Access;
using ArchiveService.Http;

namespace ArchiveService.Features.Bulk;

public static class BulkRoutes
{
    public static IServiceCollection AddBulk(this IServiceCollection services) => services.AddSingleton<BulkRuns>();

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/bulk", async (BulkAct command, Caller caller, BulkRuns runs, CancellationToken ct) =>
        {
            if (command.Check() is { } wrong) return Problems.Refused(wrong);
            if (!caller.MayAnywhere(BulkAct.KindOf(command.Act)!.Roles)) return Problems.Refused(Refusal.NotAllowed("Din roll får inte göra detta."));
            if (command.DryRun) return TypedResults.Ok(new { id = (Guid?)null, dryRun = true, items = (await runs.Preview(command, caller, ct)).Select(Told) });
            var id = await runs.Choose(command, caller, ct);
            await runs.Begin(id, command, caller, ct);
            // Once begun it is carried through, whoever goes away.
            await runs.WaitFor(id, toTheEnd: true, CancellationToken.None);
            return (IResult)TypedResults.Ok(Told((await runs.Find(id, caller, ct))!));
        }).WithName("bulk-act");
        routes.MapGet("/api/v1/bulk/{id:guid}", async (Guid id, Caller caller, BulkRuns runs, CancellationToken ct) =>
            await runs.Find(id, caller, ct) is { } run ? TypedResults.Ok(Told(run)) : (IResult)Problems.Refused(Refusal.Unknown("bulk-act", "Åtgärden finns inte, eller så är den någon annans."))).WithName("get-bulk-act");
    }

    private static object Told(BulkRun run) => new
    {
        id = (Guid?)run.Id,
        dryRun = false,
        act = run.Act,
        finished = run.FinishedAt is not null,
        interrupted = run.Interrupted,
        done = run.Items.Count(i => i.Outcome == BulkOutcome.Done),
        items = run.Items.Select(Told),
    };

    private static object Told(BulkItem item) => new { id = item.Id, outcome = item.Stored, version = item.Version, code = item.Code, why = item.Said };
}
