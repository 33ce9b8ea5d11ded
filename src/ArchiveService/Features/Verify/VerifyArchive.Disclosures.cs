using ArchiveService.EventStore;
using ArchiveService.Features.Disclosures;
using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    private sealed record RequestFacts(
        Guid Authority, string Reference, string Channel, string Form, DateTimeOffset ReceivedAt, DateTimeOffset? AnsweredAt, string? Answer, DateTimeOffset? ClosedAt, Guid? Case, bool Appealed, DateTimeOffset? DisposedAt);

    private sealed record ItemFacts(string Kind, Guid Target, string? Outcome, bool Examined, bool? MayBeSecret, DateTimeOffset AddedAt, DateTimeOffset? ReleasedAt);

    private sealed record PauseFacts(string Reason, DateTimeOffset Since, DateTimeOffset? Until);

    /// <summary>The requests, what was found for them and what their clocks go by, against a fold of each request's own events: a hold that is missing here holds nothing.</summary>
    private async Task Disclosures(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var (requests, items, pauses) = await ToldOfRequests(snapshot, ct);
        var known = new Dictionary<Guid, RequestFacts>();
        await Each(snapshot, "select request_id, authority_id, reference, channel, form, received_at, answered_at, answer, closed_at, case_id, appealed, disposed_at from archive.disclosure_requests", row =>
            known[row.GetGuid(0)] = new(
                row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), row.GetFieldValue<DateTimeOffset?>(6), row.IsDBNull(7) ? null : row.GetString(7),
                row.GetFieldValue<DateTimeOffset?>(8), row.GetFieldValue<Guid?>(9), row.GetBoolean(10), row.GetFieldValue<DateTimeOffset?>(11)), ct);
        Compare("archive.disclosure_requests", requests, known, id => id);

        var found = new Dictionary<(Guid, int), ItemFacts>();
        await Each(snapshot, "select request_id, place, kind, target_id, outcome, examined, may_be_secret, added_at, released_at from archive.disclosure_items", row =>
            found[(row.GetGuid(0), row.GetInt32(1))] = new(
                row.GetString(2), row.GetGuid(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetBoolean(5), row.GetFieldValue<bool?>(6), row.GetFieldValue<DateTimeOffset>(7), row.GetFieldValue<DateTimeOffset?>(8)), ct);
        Compare("archive.disclosure_items", items, found, key => key.Item1);

        var stood = new Dictionary<(Guid, int), PauseFacts>();
        await Each(snapshot, "select request_id, place, reason, since, until from archive.disclosure_pauses", row =>
            stood[(row.GetGuid(0), row.GetInt32(1))] = new(row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset?>(4)), ct);
        Compare("archive.disclosure_pauses", pauses, stood, key => key.Item1);

        counts["requests for documents"] = requests.Count;
        await Each(snapshot, "select r.request_id from archive.disclosure_requests r where r.disposed_at is not null and exists (select from archive.record_keys k where k.stream_id = r.request_id)",
            row => findings.Add(new(Severity.Error, "not-destroyed", $"Request {row.GetGuid(0)} is disposed of, but its key still stands.", row.GetGuid(0))), ct);
    }

    private async Task<(Dictionary<Guid, RequestFacts> Requests, Dictionary<(Guid, int), ItemFacts> Items, Dictionary<(Guid, int), PauseFacts> Pauses)> ToldOfRequests(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var (requests, items, pauses) = (new Dictionary<Guid, RequestFacts>(), new Dictionary<(Guid, int), ItemFacts>(), new Dictionary<(Guid, int), PauseFacts>());
        var (id, state) = (Guid.Empty, DisclosureState.None);
        await Each(snapshot, """
            select e.stream_id, e.id, e.type, e.data, e.timestamp, e.user_name from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id
            where s.type = 'disclosure_request' order by e.stream_id, e.version
            """, row =>
        {
            if (row.GetGuid(0) != id) (id, state) = (row.GetGuid(0), DisclosureState.None);
            // What cannot be read has been reported where every event is.
            if (Read(row.GetString(2), row.GetFieldValue<byte[]>(3)) is not { } happened) return;
            var at = row.GetFieldValue<DateTimeOffset>(4);
            var before = state;
            state = state.After(happened, row.GetGuid(1), at, row.IsDBNull(5) ? null : row.GetString(5));
            requests[id] = new(
                state.Authority, state.Reference, DisclosureWords.Stored(state.Channel), DisclosureWords.Stored(state.Form), Stored(state.ReceivedAt), state.AnsweredAt is { } answered ? Stored(answered) : null,
                state.Answer is { } answer ? DisclosureWords.Stored(answer) : null, state.ClosedAt, state.Case, state.AppealedOn is not null, state.DisposedAt);
            foreach (var item in state.Items)
            {
                items[(id, item.Place)] = new(
                    DisclosureWords.Stored(item.Kind), item.Target, item.Outcome is { } outcome ? DisclosureWords.Stored(outcome) : null, item.Steps.Count > 0, item.MayBeSecret, item.FoundAt, state.ClosedAt);
            }

            // Let go stays as it stood.
            foreach (var gone in before.Items.Where(i => state.Find(i.Target) is null)) items[(id, gone.Place)] = items[(id, gone.Place)] with { ReleasedAt = at };
            foreach (var (place, pause) in state.Pauses.Index())
                pauses[(id, place)] = new(DisclosureWords.Stored(pause.Reason), Stored(pause.Since), pause.Until is { } until ? Stored(until) : null);
        }, ct);
        return (requests, items, pauses);
    }

    private DisclosureRequestEvent? Read(string type, byte[] data)
    {
        try
        {
            return types.Read(type, data) as DisclosureRequestEvent;
        }
        catch (System.Text.Json.JsonException)
        {
            return null;
        }
    }

    /// <summary>As the database keeps times.</summary>
    private static DateTimeOffset Stored(DateTimeOffset at) => new(at.UtcTicks / TimeSpan.TicksPerMicrosecond * TimeSpan.TicksPerMicrosecond, TimeSpan.Zero);

    private void Compare<TKey, T>(string table, Dictionary<TKey, T> told, Dictionary<TKey, T> stands, Func<TKey, Guid> request)
        where TKey : notnull
    {
        foreach (var key in told.Keys.Union(stands.Keys).Where(k => !Equals(told.GetValueOrDefault(k), stands.GetValueOrDefault(k))))
            findings.Add(new(Severity.Error, "disclosures-differ", $"{table} does not say of request {request(key)} what the log says: {told.GetValueOrDefault(key)?.ToString() ?? "nothing"} by the log, {stands.GetValueOrDefault(key)?.ToString() ?? "nothing"} in the table.", request(key)));
    }
}
