using ArchiveService.Access;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Deliveries;

/// <summary>Deliveries that found no place: visible, explained, retryable, never dropped.</summary>
public static class DeadLetters
{
    public sealed record Waiting(Guid Id, string Platform, DateTimeOffset ReceivedAt, int Attempts, bool Dead, string? Problem);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/deliveries", async (Caller caller, Databases databases, Secrecy.ProtectedDeliveries hidden, CancellationToken ct) =>
            MayList(caller) ? TypedResults.Ok(new { items = await List(databases, hidden, caller, ct) }) : (IResult)Problems.Refused(No)).WithName("deliveries");
        routes.MapPost("/api/v1/deliveries/{id:guid}/retry", async (Guid id, Caller caller, Databases databases, Secrecy.ProtectedDeliveries hidden, InboxBell bell, CancellationToken ct) =>
            !MayRetry(caller) ? Problems.Refused(No)
            : !await hidden.IsHidden(id, caller, ct) && await Retry(id, databases, bell, ct) ? TypedResults.Accepted((string?)null)
            : (IResult)Problems.Refused(Refusal.Unknown("delivery", "Leveransen väntar inte i inkorgen."))).WithName("retry-delivery");
        DiscardDelivery.Map(routes);
    }

    public static bool MayList(Caller caller) => caller.MayAnywhere(Role.Admin, Role.Kommunikator, Role.Moderator);

    public static bool MayRetry(Caller caller) => caller.MayAnywhere(Role.Admin, Role.Kommunikator);

    private static Refusal No => Refusal.NotAllowed("Bara kommunikatör eller administratör får läsa in en leverans igen, och bara de och moderatorer ser inkorgen.");

    /// <summary>Those the caller may know of.</summary>
    public static async Task<List<Waiting>> List(Databases databases, Secrecy.ProtectedDeliveries walled, Caller caller, CancellationToken ct)
    {
        var all = await List(databases, ct);
        var hidden = await walled.Hidden([.. all.Select(w => w.Id)], caller, ct);
        return [.. all.Where(w => !hidden.Contains(w.Id))];
    }

    public static async Task<List<Waiting>> List(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select delivery_id, platform, received_at, attempts, dead, problem from work.inbox order by received_at desc limit 500");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Waiting>();
        while (await rows.ReadAsync(ct))
            found.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetInt32(3), rows.GetBoolean(4), rows.IsDBNull(5) ? null : rows.GetString(5)));
        return found;
    }

    /// <summary>Reads a waiting delivery again, or one that was discarded and is not destroyed; false for any other.</summary>
    public static async Task<bool> Retry(Guid id, Databases databases, InboxBell bell, CancellationToken ct)
    {
        await using var again = databases.Writer.CreateCommand("""
            with discarded as (delete from work.discarded_deliveries where delivery_id = $1 returning delivery_id, platform, received_at)
            insert into work.inbox (delivery_id, platform, received_at)
            select delivery_id, platform, received_at from discarded
            union all
            select delivery_id, platform, received_at from work.inbox where delivery_id = $1
            on conflict (delivery_id) do update set dead = false, attempts = 0, due_at = clock_timestamp()
            """);
        again.Parameters.Add(new() { Value = id });
        var found = await again.ExecuteNonQueryAsync(ct) > 0;
        bell.Ring();
        return found;
    }
}
