using ArchiveService.Access;
using ArchiveService.Capture.Meta;
using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Deliveries;

/// <summary>A delivery as its page shows it: where it stands, whose accounts it names, and what has happened to it. Never what it says.</summary>
public sealed record DeliveryDetails(
    Guid Id, string Platform, string Means, string Signature, long Bytes, DateTimeOffset ReceivedAt, DeliveryStanding Standing, string? Problem, IReadOnlyList<string> Accounts,
    IReadOnlyList<TimelineItem> History);

public enum DeliveryStanding
{
    /// <summary>Waits for its turn, or for the next attempt.</summary>
    Waiting,

    /// <summary>Given up: somebody has to read it again or discard it.</summary>
    Dead,
    Processed,
    Discarded,
    Destroyed,
}

public sealed class DeliveryView(SealedLog log, Deliveries deliveries, Databases databases, RecordViews views, Secrecy.ProtectedDeliveries hidden, TimeProvider clock)
{
    public async Task<DeliveryDetails?> Find(Guid id, Caller caller, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        if (history is not [{ Event: DeliveryReceived received } first, ..] || await hidden.IsHidden(id, caller, ct)) return null;
        var opened = await log.Open([.. history.Where(h => h.Event is DeliveryDiscarded)], ct);
        var names = await RecordViews.Names(views.Sight(caller), history.Select(h => Guid.TryParse(h.Actor, out var actor) ? actor : Guid.Empty), ct);
        var waiting = await Waiting(id, ct);
        var standing = history.Any(h => h.Event is DeliveryDisposed) ? DeliveryStanding.Destroyed
            : waiting is { Dead: true } ? DeliveryStanding.Dead
            : waiting is not null ? DeliveryStanding.Waiting
            : history[^1].Event is DeliveryDiscarded ? DeliveryStanding.Discarded
            : DeliveryStanding.Processed;
        return new(
            id, received.Platform, received.Means, received.Signature, received.Bytes, first.Time, standing, waiting?.Problem, standing == DeliveryStanding.Destroyed ? [] : await Accounts(id, received, ct),
            [.. history.Reverse().Select(h => Said(h, opened.GetValueOrDefault(h.Id), h.Actor is { } actor && Guid.TryParse(actor, out var person) ? names.GetValueOrDefault(person) : null))]);
    }

    /// <summary>The page or account each part is meant for: what the channel register has to know before it can be read.</summary>
    private async Task<IReadOnlyList<string>> Accounts(Guid id, DeliveryReceived received, CancellationToken ct)
    {
        if (received is not { Platform: "meta", Means: "webhook" } || await deliveries.Body(id, ct) is not { } body) return [];
        return [.. MetaWebhook.Read(body, clock.GetUtcNow()).Where(e => e.EntryId is not null).Select(e => $"{(e.ObjectKind == "instagram" ? "Instagram" : "Facebook")} {e.EntryId}").Distinct().Take(20)];
    }

    private async Task<(bool Dead, string? Problem)?> Waiting(Guid id, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select dead, problem from work.inbox where delivery_id = $1");
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetBoolean(0), row.IsDBNull(1) ? null : row.GetString(1)) : null;
    }

    private static TimelineItem Said(Recorded recorded, Opened? opened, string? by) => recorded.Event switch
    {
        DeliveryReceived e => new(recorded.Time, Icon.Incoming, "Mottagen och förseglad") { Facts = [$"{Swedish.Bytes(e.Bytes)}."] },
        DeliveryProcessed e => new(recorded.Time, Icon.Ok, "Inläst")
        {
            Facts = [$"{Swedish.Count(e.Accepted, "ny händelse", "nya händelser")}, {Swedish.Count(e.Duplicates, "dubblett", "dubbletter")}."],
        },
        DeliveryFailed e => new(recorded.Time, Icon.Stop, "Gick inte att läsa in")
        {
            Facts = [$"{IntakeModel.Problem(e.Problem)}.", $"{Swedish.Sentence(Swedish.Count(e.Attempts, "försök", "försök"))}."],
        },
        DeliveryDiscarded e => new(recorded.Time, Icon.Struck, "Avskriven", by)
        {
            Facts = [$"Skäl: {(DiscardDelivery.Reasons.GetValueOrDefault(e.Reason, e.Reason))}."],
            Reason = opened is { IsDestroyed: true } ? "[gallrad]" : opened?.Parts?["note"],
        },
        DeliveryDisposed => new(recorded.Time, Icon.Destroyed, "Gallrad"),
        _ => new(recorded.Time, Icon.Info, recorded.Name),
    };
}
