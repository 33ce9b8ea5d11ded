using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Deliveries;

/// <summary>
/// Reads what arrived as it arrived. It may hold anything, so it is for those cleared for every authority that it concerns, and each reading is an event on the delivery,
/// with the reason sealed, and stands in the read log of every record behind a wall that came with it.
/// </summary>
public sealed record OpenDelivery(string? Reason)
{
    public const int LongestReason = 1000;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/deliveries/{id:guid}/open", async (Guid id, OpenDelivery command, Caller caller, OpenDeliveryHandler handler, CancellationToken ct) =>
            await handler.Open(id, command, caller, ct) switch
            {
                (null, { } why) => Problems.Refused(why),
                ({ } opened, _) => (IResult)TypedResults.Bytes(opened.Body, "application/octet-stream", $"leverans-{id:D}.bin"),
                _ => throw new System.Diagnostics.UnreachableException(),
            })
        .WithName("open-delivery");

    /// <summary>Pure: what happened to the delivery so far, oldest first.</summary>
    public Decision Decide(IReadOnlyList<DeliveryEvent> history)
    {
        if (history is not [DeliveryReceived, ..]) return Refusal.Unknown("delivery", "Leveransen finns inte.");
        if (history.Any(e => e is DeliveryDisposed)) return new Refusal("delivery-disposed", "Leveransen är redan gallrad.");
        return Reason?.Trim() is { Length: > 2 and <= LongestReason } reason
            ? new Happened(new DeliveryOpened(), KeyClass.Delivery, new Parts().With("reason", reason))
            : Refusal.Input("reason-missing", "Skriv varför du öppnar leveransen, högst 1000 tecken.");
    }
}

public sealed class OpenDeliveryHandler(SealedLog log, Deliveries deliveries, ChannelRegister channels, RecordReads reads, Secrecy.ProtectedDeliveries walled, Databases databases)
{
    /// <summary>Whether the caller might open any delivery at all; <see cref="Open"/> decides on the one.</summary>
    public static bool MayOpenAny(Caller caller) => DeadLetters.MayList(caller) && caller.ReadsSecrets;

    public async Task<(Deliveries.Opened? Opened, Refusal? Refused)> Open(Guid id, OpenDelivery command, Caller caller, CancellationToken ct)
    {
        if (!DeadLetters.MayList(caller)) return (null, DeadLetters.No);
        var history = await log.Store.ReadStream(id, ct: ct);
        var decision = command.Decide([.. history.Select(h => h.Event).OfType<DeliveryEvent>()]);
        if (decision.Refused is { Status: StatusCodes.Status404NotFound } unknown) return (null, unknown);
        if (await walled.IsOfOthers(id, caller, ct)) return (null, Refusal.Unknown("delivery", "Leveransen finns inte."));
        var records = await Records(id, ct);
        if (!await MayOpen((DeliveryReceived)history[0].Event, records, caller, ct))
            return (null, Refusal.NotAllowed("Bara den som får läsa det som är sekretessmarkerat hos varje myndighet som leveransen rör får öppna den. En leverans som inte har hittat sin kanal kräver behörighet för alla."));
        if (records.Exists(r => r.Locked)) return (null, new("content-locked", "Leveransen rör en handling med låst innehåll och visas inte.", StatusCodes.Status403Forbidden));
        if (decision.Refused is { } why) return (null, why);

        // Durable before the content is given out.
        await log.Append([new(id, "delivery", ExpectedVersion.Any, decision.Events)], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), ct: ct);
        await reads.Note(caller, records.Select(r => (r.Id, r.Wall)), ct, command.Reason);
        return await deliveries.Open(id, ct) is { } opened ? (opened, null) : (null, new("delivery-disposed", "Leveransen är redan gallrad."));
    }

    private async Task<bool> MayOpen(DeliveryReceived received, IReadOnlyList<(Guid Id, Guid Authority, string Wall, bool Locked)> records, Caller caller, CancellationToken ct)
    {
        var concerned = records.Select(r => r.Authority).ToHashSet();
        if (received.Channel is { } channel && await channels.Find(channel, ct) is { } found) concerned.Add(found.Authority);
        return concerned.Count > 0 ? concerned.All(caller.MayReadSecret) : caller.Clearance && !caller.IsService;
    }

    private async Task<List<(Guid Id, Guid Authority, string Wall, bool Locked)>> Records(Guid delivery, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select s.record_id, s.authority_id, s.wall, s.locked from archive.delivery_records d join archive.record_states s using (record_id) where d.delivery_id = $1");
        query.Parameters.Add(new() { Value = delivery });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<(Guid, Guid, string, bool)>();
        while (await rows.ReadAsync(ct)) found.Add((rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.GetBoolean(3)));
        return found;
    }
}
