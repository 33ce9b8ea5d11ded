using System.Text.Json;
using System.Text.Json.Nodes;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Blocking;
using ArchiveService.Features.Records;
using ArchiveService.Features.Secrecy;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Replay;

/// <summary>Something that happened, with what the caller may read of it.</summary>
public sealed record ReplayEvent(
    Guid Id, long Sequence, string Type, string Title, DateTimeOffset ValidAt, DateTimeOffset RecordedAt, Guid? Actor, string? ActorName, string? ActedBy, string? Certainty,
    IReadOnlyList<string> Grounds, bool? Emergency, string? Motivation, string? LegalReference, string? Note, string? Text, bool Destroyed, Guid? Record, Guid? Account, string Access, JsonNode? Facts);

public sealed record ReplayTimelinePage(ReplayOf Of, Guid Id, DateTimeOffset KnownAt, Vouched? Checkpoint, IReadOnlyList<ReplayEvent> Items, string? Next);

/// <summary>What happened to an account, in a channel, to a record or by a person, newest first; as far as a checkpoint vouches for.</summary>
public sealed class ReplayTimeline(Databases databases, SealedLog log, RecordReads reads)
{
    /// <summary>Parts of events outside records that a reader of the time line is shown.</summary>
    private static readonly string[] Shown = [Parts.Text, "handle", "url", "purpose", "targetGroup", Parts.AuthorDisplayName, Parts.AuthorHandle, Parts.Motivation, "proportionality", "reason", "notice", "evaluation", "note", "terms"];

    public async Task<ReplayTimelinePage> Read(ReplaySubject subject, TimelineQuestion asked, Vouched known, Caller caller, string? reason, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var found = new List<ReplayEvent>();
        var beside = new Dictionary<Guid, Recorded>();
        found.AddRange(subject.Of == ReplayOf.Record ? await OfRecord(subject, asked, known, sight, caller, reason, ct) : await Acts(subject, asked, known, sight, caller, ct));
        switch (subject.Of)
        {
            case ReplayOf.Account or ReplayOf.Channel:
                found.AddRange(await Streams(subject, asked, known, sight, caller, beside, ct));
                break;
            case ReplayOf.Person:
                found.AddRange(await OwnStream(subject, asked, known, caller, ct));
                found.AddRange(await Deeds(subject, asked, known, sight, caller, ct));
                break;
        }

        // PostgreSQL and .NET order ids alike: by their bytes, the most significant first.
        List<ReplayEvent> page = [.. found.OrderByDescending(e => e.ValidAt).ThenByDescending(e => e.Id).Take(asked.Limit + 1)];
        string? next = null;
        if (page.Count > asked.Limit)
        {
            page.RemoveAt(asked.Limit);
            next = new ReplayCursor(page[^1].ValidAt, page[^1].Id).Written;
        }

        page = await Opened(page, beside, ct);
        var names = await RecordViews.Names(sight, page.Select(e => e.Actor).OfType<Guid>(), ct);
        return new(subject.Of, subject.Id, asked.KnownAt, known.Sequence == 0 ? null : known,
            [.. page.Select(e => e.Actor is { } actor && names.TryGetValue(actor, out var name) ? e with { ActorName = name } : e).OrderByDescending(e => e.ValidAt).ThenByDescending(e => e.Sequence)], next);
    }

    private const string ActColumns = """
        a.record_id, a.event_id, a.seq, a.name, a.valid_at, a.recorded_at, a.actor_id, a.acted_by, a.certainty, a.grounds, a.emergency, a.facts, a.key_class, a.motivation, a.legal_reference, a.note
        """;

    /// <summary>Acts on records, by an index that begins with what is asked for.</summary>
    /// <param name="sight">What the caller may know of.</param>
    /// <param name="of">Whose time line.</param>
    /// <param name="id">Which.</param>
    /// <param name="asked">The filter.</param>
    /// <param name="known">The last event known.</param>
    /// <param name="only">Only of these authorities; null is all that the caller may know of.</param>
    public static SqlText ActsSql(RecordViewSight sight, ReplayOf of, Guid id, TimelineQuestion asked, long known, Guid[]? only = null)
    {
        var sql = new SqlText();
        var names = asked.Names;
        List<string> all =
        [
            $"a.{of switch { ReplayOf.Channel => "channel_id", ReplayOf.Account => "author_id", _ => "actor_id" }} = {sql.Value(id)}", $"a.seq <= {sql.Value(known)}", sight.Allows(sql, "r"),
        ];
        if (only is not null) all.Add($"r.authority_id = any ({sql.Value(only)})");
        if (names is not null) all.Add($"a.name = any ({sql.Value(names.ToArray())})");
        if (of == ReplayOf.Person || (names is not null && !names.Intersect(ReplayWords.Captured).Any())) all.AddRange(ReplayWords.Captured.Select(name => $"a.name <> '{name}'"));
        if (asked.From is { } from) all.Add($"a.valid_at >= {sql.Value(from.ToUniversalTime())}");
        if (asked.To is { } to) all.Add($"a.valid_at <= {sql.Value(to.ToUniversalTime())}");
        if (asked.Actor is { } actor) all.Add($"a.actor_id = {sql.Value(actor)}");
        if (asked.After is { } after) all.Add($"(a.valid_at, a.event_id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})");
        return sql.Add($"""
            select c.*, v.text, v.destroyed from (
              select {ActColumns}, r.wall, r.author_id
              from {sight.Acts} a join {sight.Records} r on r.record_id = a.record_id and r.wall = a.wall
              where {string.Join("\n    and ", all)}
              order by a.valid_at desc, a.event_id desc limit {sql.Value(asked.Limit + 1)}
            ) c left join {sight.Versions} v on v.record_id = c.record_id and v.wall = c.wall and v.event_id = c.event_id
            """);
    }

    private static async Task<IReadOnlyList<ReplayEvent>> Acts(ReplaySubject subject, TimelineQuestion asked, Vouched known, RecordViewSight sight, Caller caller, CancellationToken ct)
    {
        // Of a colleague the reviewer sees what was done at the authorities that are reviewed, whatever other roles the reviewer has.
        var only = subject.Of == ReplayOf.Person && subject.Id != caller.PersonId ? caller.AuthoritiesWith(Role.Revisor)?.ToArray() : null;
        await using var query = ActsSql(sight, subject.Of, subject.Id, asked, known.Sequence, only).Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<ReplayEvent>();
        while (await rows.ReadAsync(ct)) found.Add(Act(ActRow(rows), rows.GetString(16), rows.GetFieldValue<Guid?>(17), rows.Text(18), rows.GetFieldValue<bool?>(19) ?? false));
        return found;
    }

    private static RecordActRow ActRow(NpgsqlDataReader rows) => new(
        rows.GetGuid(0), rows.GetGuid(1), rows.GetInt64(2), rows.GetString(3), rows.GetFieldValue<DateTimeOffset>(4), rows.GetFieldValue<DateTimeOffset>(5), rows.GetFieldValue<Guid?>(6),
        rows.Text(7), rows.Text(8), rows.GetFieldValue<string[]>(9), rows.GetFieldValue<bool?>(10), rows.GetString(11), rows.Text(12), rows.Text(13), rows.Text(14), rows.Text(15));

    /// <summary>Behind a wall what was written is read by opening the record, which is noted.</summary>
    private static ReplayEvent Act(RecordActRow act, string wall, Guid? account, string? text, bool destroyed, bool whole = false)
    {
        var open = whole || wall == RecordStates.Stored(Wall.Open);
        return new(
            act.EventId, act.Seq, act.Name, RecordViewWords.Act(act, new Dictionary<Guid, string>()).Title, act.ValidAt, act.RecordedAt, act.ActorId, null, act.ActedBy, act.Certainty, act.Grounds, act.Emergency,
            open ? act.Motivation : null, open ? act.LegalReference : null, open ? act.Note : null, open ? text : null, destroyed, act.RecordId, account, wall, open ? JsonNode.Parse(act.Facts) : null);
    }

    private async Task<IReadOnlyList<ReplayEvent>> OfRecord(ReplaySubject subject, TimelineQuestion asked, Vouched known, RecordViewSight sight, Caller caller, string? reason, CancellationToken ct)
    {
        if (await RecordViews.Find(sight, subject.Id, ct) is not { } record) return [];
        await reads.Note(caller, [(subject.Id, record.Wall)], ct, reason);
        var texts = (await RecordViews.Observations(sight, subject.Id, ct)).ToDictionary(v => v.EventId);
        return
        [
            .. (await RecordViews.Acts(sight, subject.Id, ct)).Select(a => Act(a, record.Wall, record.Row.AuthorId, texts.GetValueOrDefault(a.EventId)?.Text, texts.GetValueOrDefault(a.EventId)?.Destroyed == true, whole: true))
                .Where(e => Wanted(e, asked, known)),
        ];
    }

    private static bool Wanted(ReplayEvent e, TimelineQuestion asked, Vouched known) =>
        e.Sequence <= known.Sequence && (asked.Names is not { } names || names.Contains(e.Type)) && (asked.From is not { } from || e.ValidAt >= from) && (asked.To is not { } to || e.ValidAt <= to)
        && (asked.Actor is not { } actor || e.Actor == actor) && (asked.After is not { } after || e.ValidAt < after.At || (e.ValidAt == after.At && e.Id.CompareTo(after.Id) < 0));

    /// <summary>The account's or the channel's own stream, and what belongs to the channel elsewhere: its assignments, and who was blocked in it. They are short.</summary>
    private async Task<IReadOnlyList<ReplayEvent>> Streams(ReplaySubject subject, TimelineQuestion asked, Vouched known, RecordViewSight sight, Caller caller, Dictionary<Guid, Recorded> beside, CancellationToken ct)
    {
        var streams = new List<Guid> { subject.Id };
        var blocks = new HashSet<Guid>();
        if (subject.Of == ReplayOf.Channel)
        {
            var sql = new SqlText();
            sql.Add($"select assignment_id, null::uuid from archive.assignments where channel_id = {sql.Value(subject.Id)}")
                .Add($"union all select b.account_id, b.block_id from archive.blocks b join {sight.Accounts} k on k.account_id = b.account_id where b.authority_id = {sql.Value(subject.Authority!.Value)} and b.channel_id = {sql.Value(subject.Id)} and {sight.Allows(sql, "k")}");
            await using var query = sql.Command(sight.Db);
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                streams.Add(rows.GetGuid(0));
                if (!rows.IsDBNull(1)) blocks.Add(rows.GetGuid(1));
            }
        }

        var cleared = caller.MayReadSecret(subject.Authority!.Value);
        var found = new List<ReplayEvent>();
        foreach (var recorded in (await log.Store.ReadStreams([.. streams.Distinct()], upToVersion: null, ct)).SelectMany(s => s.Value))
        {
            // That somebody once had a protected identity is read by the cleared alone, also when the flag is gone.
            if (!cleared && recorded.Event is (IdentityProtected or IdentityProtectionReviewed or IdentityProtectionLifted or ProtectedIdentityMentioned)) continue;
            if (subject.Of == ReplayOf.Channel && recorded.Event is AccountEvent && !(BlockOf(recorded.Event) is { } block && blocks.Contains(block))) continue;
            var shown = Other(recorded.Id, recorded.Sequence, recorded.Name, recorded.Time, recorded.Actor, recorded.Event) with
            {
                ValidAt = recorded.Event is AccountSeen { SeenAt: { } seen } ? seen : recorded.Time,
                Account = recorded.Event is AccountEvent ? recorded.StreamId : null,
            };
            if (!Wanted(shown, asked, known)) continue;
            found.Add(shown);
            beside[recorded.Id] = recorded;
        }

        return found;
    }

    private static Guid? BlockOf(object happened) => happened switch
    {
        SenderBlocked blocked => blocked.Block,
        SenderUnblocked lifted => lifted.Block,
        _ => null,
    };

    private static ReplayEvent Other(Guid id, long sequence, string name, DateTimeOffset at, string? actor, object happened)
    {
        var facts = JsonSerializer.SerializeToNode(happened, happened.GetType(), EventTypes.Json) as JsonObject;
        facts?.Remove("sealed");
        return Other(id, sequence, name, at, Guid.TryParse(actor, out var by) ? by : null, facts);
    }

    private static ReplayEvent Other(Guid id, long sequence, string name, DateTimeOffset at, Guid? actor, JsonNode? facts) => new(
        id, sequence, name, ReplayWords.Of(name).Title, at, at, actor, null, null, null, facts?["grounds"] is JsonArray grounds ? [.. grounds.Select(g => g!.ToString())] : [], null, null, null, null, null, false,
        null, null, RecordStates.Stored(Wall.Open), facts);

    /// <summary>What stands on the person's own stream: roles, clearances and readings, of records that the caller may know of.</summary>
    private async Task<IReadOnlyList<ReplayEvent>> OwnStream(ReplaySubject subject, TimelineQuestion asked, Vouched known, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        List<string> all = [$"e.stream_id = {sql.Value(subject.Id)}", $"e.seq_id <= {sql.Value(known.Sequence)}"];
        if (subject.Id != caller.PersonId)
        {
            var readable = $"exists (select from archive.record_states s where s.record_id = (e.data ->> 'record')::uuid and {sight.AllowsAmongAll(sql, "s")})";
            all.Add(caller.AuthoritiesWith(Role.Revisor) is { } mine
                ? $"case e.type when 'record_opened' then {readable} else (e.data ->> 'authority')::uuid = any ({sql.Value(mine.ToArray())}) end"
                : $"(e.type <> 'record_opened' or {readable})");
        }

        if (asked.Names is { } names) all.Add($"e.type = any ({sql.Value(names.ToArray())})");
        if (asked.From is { } from) all.Add($"e.timestamp >= {sql.Value(from.ToUniversalTime())}");
        if (asked.To is { } to) all.Add($"e.timestamp <= {sql.Value(to.ToUniversalTime())}");
        if (asked.Actor is { } actor) all.Add($"e.user_name = {sql.Value(actor.ToString("D"))}");
        if (asked.After is { } after) all.Add($"(e.timestamp, e.id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})");

        // Recorded time never goes back in a stream, so its own index gives the order; what shares the last moment is taken along.
        sql.Add($"select e.id, e.seq_id, e.type, e.timestamp, e.user_name, e.data - 'sealed' from archive.mt_events e where {string.Join(" and ", all)} order by e.version desc limit {sql.Value(asked.Limit + 1 + SameMoment)}");
        await using var query = sql.Command(databases.Writer);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<ReplayEvent>();
        while (await rows.ReadAsync(ct))
        {
            var facts = JsonNode.Parse(rows.GetString(5));
            found.Add(Other(rows.GetGuid(0), rows.GetInt64(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3), Guid.TryParse(rows.Text(4), out var by) ? by : null, facts) with
            {
                Record = rows.GetString(2) == "record_opened" && Guid.TryParse(facts?["record"]?.ToString(), out var record) ? record : null,
            });
        }

        return found;
    }

    /// <summary>As many events as one append puts on a person's stream at one moment: a thread that is read.</summary>
    private const int SameMoment = 250;

    private static async Task<IReadOnlyList<ReplayEvent>> Deeds(ReplaySubject subject, TimelineQuestion asked, Vouched known, RecordViewSight sight, Caller caller, CancellationToken ct)
    {
        var sql = new SqlText();
        List<string> all = [$"d.actor_id = {sql.Value(subject.Id)}", $"d.seq <= {sql.Value(known.Sequence)}"];
        if (subject.Id != caller.PersonId && caller.AuthoritiesWith(Role.Revisor) is { } mine) all.Add($"d.authority_id = any ({sql.Value(mine.ToArray())})");

        // Behind the wall: only what belongs to an authority whose secrets the caller reads.
        if (sight.SeesBehindWalls && caller.ReadsSecretsOf is { } cleared) all.Add($"(d.wall = 'open' or d.authority_id = any ({sql.Value(cleared.ToArray())}))");
        if (asked.Names is { } names) all.Add($"d.name = any ({sql.Value(names.ToArray())})");
        if (asked.From is { } from) all.Add($"d.recorded_at >= {sql.Value(from.ToUniversalTime())}");
        if (asked.To is { } to) all.Add($"d.recorded_at <= {sql.Value(to.ToUniversalTime())}");
        if (asked.Actor is { } actor && actor != subject.Id) return [];
        if (asked.After is { } after) all.Add($"(d.recorded_at, d.event_id) < ({sql.Value(after.At.ToUniversalTime())}, {sql.Value(after.Id)})");
        sql.Add($"select d.event_id, d.seq, d.name, d.recorded_at, d.stream_type, d.stream_id from {(sight.SeesBehindWalls ? "views.all_deeds" : "views.deeds")} d where {string.Join(" and ", all)} order by d.recorded_at desc, d.event_id desc limit {sql.Value(asked.Limit + 1)}");
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<ReplayEvent>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(Other(rows.GetGuid(0), rows.GetInt64(1), rows.GetString(2), rows.GetFieldValue<DateTimeOffset>(3), subject.Id, new JsonObject { ["stream"] = rows.GetString(4), ["of"] = rows.GetGuid(5).ToString("D") }) with
            {
                Account = rows.GetString(4) == "account" ? rows.GetGuid(5) : null,
            });
        }

        return found;
    }

    /// <summary>Opens what stands sealed beside the page's events outside records.</summary>
    private async Task<List<ReplayEvent>> Opened(List<ReplayEvent> page, Dictionary<Guid, Recorded> beside, CancellationToken ct)
    {
        Recorded[] outside = [.. page.Where(e => e.Type.StartsWith("channel_", StringComparison.Ordinal) || e.Type is "sender_blocked" or "sender_unblocked" or "account_seen").Select(e => beside.GetValueOrDefault(e.Id)).OfType<Recorded>()];
        if (outside.Length == 0) return page;
        var opened = await log.Open(outside, ct);
        return
        [
            .. page.Select(e => opened.TryGetValue(e.Id, out var said)
                ? e with
                {
                    Destroyed = said.IsDestroyed,
                    Note = string.Join('\n', Shown.Select(part => RecordViewText.Clean(said.Parts?[part])).Where(text => text is { Length: > 0 })) is { Length: > 0 } all ? all : null,
                }
                : e),
        ];
    }
}
