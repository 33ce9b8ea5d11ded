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
    IReadOnlyList<TimelineItem> History)
{
    /// <summary>Which reader reads it; null for a platform's webhook.</summary>
    public string? Form { get; init; }

    /// <summary>What was asked for, where it was asked for.</summary>
    public string? Request { get; init; }

    public string? FileName { get; init; }

    public IReadOnlyDictionary<string, string> Headers { get; init; } = new Dictionary<string, string>(StringComparer.Ordinal);

    /// <summary>What became of it the last time it was read.</summary>
    public DeliveryProcessed? Read { get; init; }

    /// <summary>Those of its records that the reader may know of; the first hundred.</summary>
    public IReadOnlyList<DeliveredRecord> Records { get; init; } = [];
}

public sealed record DeliveredRecord(Guid Id, string Kind, string Platform, string? Channel, DateTimeOffset? OccurredAt);

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
    private const int MostRecords = 100;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/deliveries/{id:guid}", async (Guid id, Caller caller, DeliveryView view, CancellationToken ct) =>
            !DeadLetters.MayList(caller) ? Http.Problems.Refused(DeadLetters.No)
            : await view.Find(id, caller, ct) is not { } found ? Http.Problems.Refused(Http.Refusal.Unknown("delivery", "Leveransen finns inte."))
            : (IResult)TypedResults.Ok(new
            {
                found.Id,
                found.Platform,
                found.Means,
                found.Signature,
                found.Bytes,
                found.ReceivedAt,
                standing = System.Text.Json.JsonNamingPolicy.CamelCase.ConvertName(found.Standing.ToString()),
                found.Problem,
                explanation = found.Problem is { } what ? InboxProblems.What(what) : null,
                whatToDo = found.Problem is { } todo ? InboxProblems.Do(todo) : null,
                found.Accounts,
                found.Form,
                found.Request,
                found.FileName,
                found.Headers,
                read = found.Read is { } r ? new { r.Accepted, r.Duplicates, r.Disposed, r.Unknown, r.Rejected, r.Problems } : null,
                found.Records,
            }))
        .WithName("delivery");

    public async Task<DeliveryDetails?> Find(Guid id, Caller caller, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        if (history is not [{ Event: DeliveryReceived received } first, ..] || await hidden.IsHidden(id, caller, ct)) return null;
        var opened = await log.Open([.. history.Where(h => h.Event is DeliveryReceived or DeliveryDiscarded or DeliveryOpened)], ct);
        var kept = opened.GetValueOrDefault(first.Id)?.Parts;
        var names = await RecordViews.Names(views.Sight(caller), history.Select(h => Guid.TryParse(h.Actor, out var actor) ? actor : Guid.Empty), ct);
        var waiting = await Waiting(id, ct);
        var standing = history.Any(h => h.Event is DeliveryDisposed) ? DeliveryStanding.Destroyed
            : waiting is { Dead: true } ? DeliveryStanding.Dead
            : waiting is not null ? DeliveryStanding.Waiting
            : received.Means == "import" && history.Last(h => h.Event is not DeliveryOpened).Event is DeliveryFailed ? DeliveryStanding.Dead
            : history.Last(h => h.Event is not DeliveryOpened).Event is DeliveryDiscarded ? DeliveryStanding.Discarded
            : DeliveryStanding.Processed;
        return new(
            id, received.Platform, received.Means, received.Signature, received.Bytes, first.Time, standing, waiting?.Problem ?? (standing == DeliveryStanding.Dead ? history.Select(h => h.Event).OfType<DeliveryFailed>().Last().Problem : null), standing == DeliveryStanding.Destroyed ? [] : await Accounts(id, received, ct),
            [.. history.Reverse().Select(h => Said(h, opened.GetValueOrDefault(h.Id), h.Actor is { } actor && Guid.TryParse(actor, out var person) ? names.GetValueOrDefault(person) : null))])
        {
            Form = kept?["form"],
            // A form filled in by hand stands in the body; what was asked for is an address.
            Request = kept?["request"] is { } asked && asked.StartsWith('/') ? asked : null,
            FileName = kept?["fileName"],
            Headers = kept?["headers"] is { } headers ? System.Text.Json.JsonSerializer.Deserialize<Dictionary<string, string>>(headers)! : new Dictionary<string, string>(StringComparer.Ordinal),
            Read = history.Select(h => h.Event).OfType<DeliveryProcessed>().LastOrDefault(),
            Records = standing == DeliveryStanding.Destroyed ? [] : await Records(id, views.Sight(caller), ct),
        };
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

    /// <summary>Which records came with it is known to no reader's login; what the reader may know of them is asked by theirs.</summary>
    private async Task<List<DeliveredRecord>> Records(Guid delivery, RecordViewSight sight, CancellationToken ct)
    {
        var ids = new List<Guid>();
        await using (var all = databases.Writer.CreateCommand("select record_id from archive.delivery_records where delivery_id = $1 limit 10000"))
        {
            all.Parameters.Add(new() { Value = delivery });
            await using var row = await all.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) ids.Add(row.GetGuid(0));
        }

        if (ids.Count == 0) return [];
        var sql = new SqlText();
        sql.Add("select r.record_id, r.kind, r.platform, c.handle, r.occurred_at")
            .Add($"from {sight.Records} r left join views.channel_register c using (channel_id)")
            .Add($"where r.record_id = any ({sql.Value(ids.ToArray())}) and {sight.Allows(sql, "r")} order by r.occurred_at nulls last, r.record_id limit {MostRecords}");
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<DeliveredRecord>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetString(2), rows.Text(3), rows.GetFieldValue<DateTimeOffset?>(4)));
        return found;
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
            Facts = [$"{InboxProblems.What(e.Problem)}.", $"{Swedish.Sentence(Swedish.Count(e.Attempts, "försök", "försök"))}."],
        },
        DeliveryDiscarded e => new(recorded.Time, Icon.Struck, "Avskriven", by)
        {
            Facts = [$"Skäl: {(DiscardDelivery.Reasons.GetValueOrDefault(e.Reason, e.Reason))}."],
            Reason = opened is { IsDestroyed: true } ? "[gallrad]" : opened?.Parts?["note"],
        },
        DeliveryOpened => new(recorded.Time, Icon.Search, "Öppnad och läst", by) { Reason = opened is { IsDestroyed: true } ? "[gallrad]" : opened?.Parts?["reason"] },
        DeliveryDisposed => new(recorded.Time, Icon.Destroyed, "Gallrad"),
        _ => new(recorded.Time, Icon.Info, recorded.Name),
    };
}
