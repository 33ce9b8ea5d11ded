using ArchiveService.Access;
using ArchiveService.Http;

namespace ArchiveService.Features.Disposals;

/// <summary>A reviewer's word about an item of a proposed run. What is to be kept is out of the run for good: the executor, and the lock on the keys, ask for it again.</summary>
/// <param name="Keep">The item is to be kept; absent means only a remark.</param>
/// <param name="Remark">Why, or what there is to say. It stands sealed.</param>
public sealed record ReviewItem(bool? Keep, string? Remark)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/disposals/{id:guid}/items/{record:guid}/review", async (Guid id, Guid record, ReviewItem command, Caller caller, RunCommands commands, DisposalPresentation show, CancellationToken ct) =>
        {
            var (run, last, refused) = await commands.Review(id, record, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(await show.Of(run!, last, ct));
        }).WithName("review-disposal-item");

        routes.MapGet("/api/v1/disposals/{id:guid}/items", async (Guid id, Caller caller, DisposalRuns runs, CancellationToken ct, int beyond = 0, int limit = 100) =>
        {
            if (await DisposalRoutes.Visible(id, caller, runs, ct) is not { } run) return Problems.Refused(Refusal.Unknown("disposal", "Det finns ingen gallring med det id:t."));
            var size = Math.Clamp(limit, 1, 500);
            var items = await runs.WithRemarks(id, await runs.Items(id, Math.Max(0, beyond), size, ct), ct);
            return (IResult)TypedResults.Ok(new
            {
                items = items.Select(i => new
                {
                    i.Place,
                    i.Record,
                    i.RecordType,
                    receivedOn = PageParts.Swedish.Day(i.ReceivedAt),
                    i.DueOn,
                    i.State,
                    i.Reason,
                    i.Held,
                    i.Grounds,
                    // A remark may tell what the item says.
                    remarks = i.Remarks.Select(r => new { r.Keeps, r.By, r.Role, r.At, remark = RunCommands.MayKnow(caller, run.Authority, i) ? r.Remark : null }),
                }),
                next = items.Count == size ? items[^1].Place : (int?)null,
            });
        }).WithName("disposal-items");
    }
}
