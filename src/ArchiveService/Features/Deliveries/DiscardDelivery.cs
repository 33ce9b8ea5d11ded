using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Deliveries;

/// <summary>
/// Decides that a dead letter is not to be read (avskriva). It leaves the inbox by this event alone; what arrived stays sealed in the log, can be found,
/// and can be read in again. The reason is a word of the list; what the official wrote stands sealed under the delivery's key.
/// </summary>
public sealed record DiscardDelivery(string? Reason, string? Note)
{
    public static IReadOnlyDictionary<string, string> Reasons { get; } = new Dictionary<string, string>(StringComparer.Ordinal)
    {
        ["not-ours"] = "kontot är inte vårt",
        ["test"] = "provleverans från plattformen",
        ["unreadable"] = "innehållet går inte att läsa",
        ["captured-otherwise"] = "innehållet är fångat på annat sätt",
        ["other"] = "annat skäl",
    };

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/deliveries/{id:guid}/discard", async (Guid id, DiscardDelivery command, Caller caller, DiscardDeliveryHandler handler, CancellationToken ct) =>
            (await handler.Discard(id, command, caller, ct)).Answer())
        .WithName("discard-delivery");

    /// <summary>Pure: what happened to the delivery so far, oldest first.</summary>
    public Decision Decide(IReadOnlyList<DeliveryEvent> history)
    {
        if (history is not [DeliveryReceived, ..]) return Refusal.Unknown("delivery", "Leveransen finns inte.");
        if (history.Any(e => e is DeliveryDisposed)) return new Refusal("delivery-disposed", "Leveransen är redan gallrad.");
        var latest = history.Last(e => e is not DeliveryOpened);
        if (latest is DeliveryDiscarded) return Decision.Nothing;
        if (latest is not DeliveryFailed) return NotDead;
        if (Reason is null || !Reasons.ContainsKey(Reason)) return Refusal.Input("discard-reason", $"Ange skäl: {string.Join(", ", Reasons.Keys)}.");
        return Note?.Trim() is { Length: > 0 and <= 2000 } note
            ? new Happened(new DeliveryDiscarded(Reason), KeyClass.Delivery, new Parts().With("note", note))
            : Refusal.Input("reason-missing", "Skriv varför leveransen inte ska läsas in, högst 2000 tecken.");
    }

    internal static Refusal NotDead => new("delivery-not-dead", "Leveransen väntar inte på något beslut: den är inläst eller på väg att läsas in.");
}

public sealed class DiscardDeliveryHandler(SealedLog log, Databases databases, Secrecy.ProtectedDeliveries hidden)
{
    public async Task<Outcome> Discard(Guid id, DiscardDelivery command, Caller caller, CancellationToken ct)
    {
        if (!DeadLetters.MayRetry(caller)) return Refusal.NotAllowed("Bara kommunikatör eller administratör får avskriva en leverans.");
        if (await hidden.IsHidden(id, caller, ct)) return Refusal.Unknown("delivery", "Leveransen finns inte.");
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // Whoever retries or works on the delivery holds its row: one of the two comes first, and the other sees it.
        var dead = await TakeOut(transaction, id, ct);
        var history = await log.Store.ReadStream(id, ct: ct);
        var decision = command.Decide([.. history.Select(h => h.Event).OfType<DeliveryEvent>()]);
        if (decision.Refused is { } why) return why;
        if (decision.Events is []) return new Outcome.Done(0, history.Count);
        if (!dead) return DiscardDelivery.NotDead;

        var keys = await log.Keys([id], ct);
        var by = new AppendContext(caller.PersonId.ToString("D"));
        var draft = new Draft(id, "delivery", ExpectedVersion.Exactly(history.Count), decision.Events);
        if (await log.Append(transaction, [draft], keys, by, [Listed(id, history[0], command.Reason!)], ct) is not Appended.Done done)
            return Refusal.ChangedMeanwhile(history.Count + 1);
        await transaction.CommitAsync(ct);
        return new Outcome.Done(done.LastSequence, done.Versions[id]);
    }

    private static NpgsqlBatchCommand Listed(Guid id, Recorded received, string reason) => new(
        "insert into work.discarded_deliveries (delivery_id, platform, received_at, reason) values ($1, $2, $3, $4) on conflict (delivery_id) do nothing")
    {
        Parameters = { new() { Value = id }, new() { Value = ((DeliveryReceived)received.Event).Platform }, new() { Value = received.Time.ToUniversalTime() }, new() { Value = reason } },
    };

    private static async Task<bool> TakeOut(NpgsqlTransaction transaction, Guid id, CancellationToken ct)
    {
        await using var take = new NpgsqlCommand("delete from work.inbox where delivery_id = $1 and dead", transaction.Connection, transaction);
        take.Parameters.Add(new() { Value = id });
        return await take.ExecuteNonQueryAsync(ct) > 0;
    }
}
