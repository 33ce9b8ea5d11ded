using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Replay;

/// <summary>How an account, a channel, a record or a person was at an instant, as far as a checkpoint vouches for; and two instants beside each other.</summary>
public sealed class ReplayStates(Databases databases, SealedLog log, RecordReads reads)
{
    public async Task<ReplayState> At(ReplaySubject subject, StateQuestion asked, Vouched known, Caller caller, string? reason, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var fields = await Fields(subject, asked.At, known, sight, caller, reason, ct);
        var checkpoint = known.Sequence == 0 ? null : known;
        if (subject.Of is ReplayOf.Record or ReplayOf.Person) return new(subject.Of, subject.Id, asked.At, asked.KnownAt, checkpoint, fields, null, [], null);
        var (items, next) = await StandingItems.Read(sight, subject.Of, subject.Id, asked.At, known.Sequence, asked.After, ct);
        return new(subject.Of, subject.Id, asked.At, asked.KnownAt, checkpoint, fields, await StandingItems.Count(sight, subject.Of, subject.Id, asked.At, known.Sequence, ct), items, next);
    }

    /// <param name="subject">What is compared.</param>
    /// <param name="asked">Two instants, or one as it was known at two times.</param>
    /// <param name="known">What the later is known as far as.</param>
    /// <param name="caller">Who asks.</param>
    /// <param name="reason">Why a record behind a wall is read.</param>
    /// <param name="ct">Cancels.</param>
    /// <param name="knownBefore">What the earlier is known as far as; the same when absent.</param>
    public async Task<ReplayComparison> Between(ReplaySubject subject, CompareQuestion asked, Vouched known, Caller caller, string? reason, CancellationToken ct, Vouched? knownBefore = null)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var before = await Fields(subject, asked.From, knownBefore ?? known, sight, caller, reason, ct);
        var after = await Fields(subject, asked.To, known, sight, caller, reason, ct);
        IReadOnlyList<ItemChange> items = [];
        string? next = null;
        if (subject.Of is ReplayOf.Account or ReplayOf.Channel) (items, next) = await ChangedItems.Read(sight, subject.Of, subject.Id, asked, (knownBefore ?? known).Sequence, known.Sequence, ct);
        return new(subject.Of, subject.Id, asked.From, asked.To, asked.KnownAt, known.Sequence == 0 ? null : known, VersionDiff.Fields(before, after), items, next)
        {
            KnownFrom = asked.KnownFrom,
            CheckpointFrom = knownBefore is { Sequence: > 0 } ? knownBefore : null,
        };
    }

    private Task<IReadOnlyList<ReplayField>> Fields(ReplaySubject subject, DateTimeOffset at, Vouched known, RecordViewSight sight, Caller caller, string? reason, CancellationToken ct) => subject.Of switch
    {
        ReplayOf.Account => OfAccount(subject, at, known, sight, ct),
        ReplayOf.Channel => OfChannel(subject, at, known, sight, ct),
        ReplayOf.Record => OfRecord(subject, at, known, sight, caller, reason, ct),
        _ => OfPerson(subject, at, known, caller, ct),
    };

    private async Task<IReadOnlyList<Recorded>> History(Guid stream, DateTimeOffset at, Vouched known, CancellationToken ct) =>
        [.. (await log.Store.ReadStream(stream, until: null, ct)).Where(r => r.Sequence <= known.Sequence && r.Time <= at)];

    private async Task<IReadOnlyList<ReplayField>> OfAccount(ReplaySubject subject, DateTimeOffset at, Vouched known, RecordViewSight sight, CancellationToken ct)
    {
        var fields = new List<ReplayField>();
        var sql = new SqlText();
        sql.Add($"""
            select n.name, n.handle, n.destroyed from {sight.AccountNames} n
            where n.account_id = {sql.Value(subject.Id)} and n.valid_at <= {sql.Value(at.ToUniversalTime())} and n.seq <= {sql.Value(known.Sequence)} order by n.valid_at desc, n.seq desc limit 1
            """);
        await using (var query = sql.Command(sight.Db))
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            if (await row.ReadAsync(ct))
            {
                fields.Add(new("name", "Namn", row.Text(0), row.GetBoolean(2)));
                fields.Add(new("handle", "Kontonamn", row.Text(1), row.GetBoolean(2)));
            }
        }

        // As it was decided: until a day, or until further notice with a day of review.
        Recorded? blocked = null;
        foreach (var recorded in await History(subject.Id, at, known, ct))
        {
            if (recorded.Event is Blocking.SenderBlocked or Blocking.SenderUnblocked) blocked = recorded.Event is Blocking.SenderBlocked ? recorded : null;
        }

        if (blocked?.Event is Blocking.SenderBlocked block && (block.Until is not { } until || Swedish.Day(at) <= until))
            fields.Add(new("block", "Blockerad", $"{Swedish.Date(blocked.Time)}, {(block.Until ?? block.ReviewOn) switch { { } day => $"{(block.Until is null ? "omprövas" : "till")} {Swedish.Date(day)}", _ => "tills vidare" }}: {string.Join(", ", block.Grounds.Select(RecordViewWords.Ground))}"));
        return fields;
    }

    private async Task<IReadOnlyList<ReplayField>> OfChannel(ReplaySubject subject, DateTimeOffset at, Vouched known, RecordViewSight sight, CancellationToken ct)
    {
        var history = await History(subject.Id, at, known, ct);
        if (history.Count == 0) return [];
        var fields = new List<ReplayField>();
        var life = ChannelLife.From(history);
        var texts = history.Where(r => r.Event is ChannelTextWritten).GroupBy(r => ((ChannelTextWritten)r.Event).Kind).Select(g => g.Last()).OrderBy(r => ((ChannelTextWritten)r.Event).Kind, StringComparer.Ordinal).ToList();
        var registered = history.First(r => r.Event is ChannelRegistered);
        var paused = life.Paused is null ? null : history.Last(r => r.Event is ChannelPaused);
        var opened = await log.Open([registered, .. texts, .. paused is null ? (Recorded[])[] : [paused]], ct);
        ReplayField Said(string key, string name, Recorded from, string part) => new(key, name, RecordViewText.Clean(opened.GetValueOrDefault(from.Id)?.Parts?[part]), opened.GetValueOrDefault(from.Id)?.IsDestroyed == true);

        fields.Add(new("platform", "Plattform", RecordViewWords.Platform(((ChannelRegistered)registered.Event).Platform)));
        fields.AddRange([Said("handle", "Kontonamn", registered, "handle"), Said("url", "Adress", registered, "url"), Said("purpose", "Ändamål", registered, "purpose"), Said("targetGroup", "Målgrupp", registered, "targetGroup")]);
        var policy = await PolicyAt(subject.Authority!.Value, at, known, ct);
        fields.Add(new("state", "Läge", policy is null ? null : ChannelWords.Of(life.State(policy), life.Paused).Word));
        if (paused is not null) fields.Add(Said("notice", "Meddelande vid paus", paused, "notice"));
        fields.Add(new("policy", "Policyversion", policy is null ? null : $"{policy.Version} ({policy.PresetName})"));
        foreach (var text in texts) fields.Add(Said($"text:{((ChannelTextWritten)text.Event).Kind}", ChannelDemands.TextTitle(((ChannelTextWritten)text.Event).Kind), text, Parts.Text));
        if (life.Plan is { } plan) fields.Add(new("plan", "Aktivitetsplan", $"version {plan.Number}"));
        if (life.ClosedAt is { } closed) fields.Add(new("closed", "Avslutad", Swedish.DateAndClock(closed)));

        var (assignments, blocked) = (await Assignments(subject, at, known, ct), await Blocked(subject, at, known, sight, ct));
        var substitutes = await Substitutes([.. assignments.Select(a => a.Id)], at, known, ct);
        var names = await RecordViews.Names(sight, [.. life.Administrators.Select(a => a.Person), .. assignments.Select(a => a.Person), .. substitutes.Select(s => s.Substitute.Person)], ct);
        foreach (var one in life.Administrators.OrderBy(a => a.Function, StringComparer.Ordinal).ThenBy(a => a.Person))
            fields.Add(new($"administrator:{one.Function}:{one.Person:D}", FunctionWord(one.Function), names.GetValueOrDefault(one.Person, one.Person.ToString("D"))));
        foreach (var one in assignments)
            fields.Add(new($"assignment:{one.Id:D}", "Uppdrag", $"{names.GetValueOrDefault(one.Person, one.Person.ToString("D"))}, {one.Function switch { "administrator" => "administrerar", "moderator" => "modererar", _ => "svarar" }}"));
        foreach (var (assignment, substitute) in substitutes)
        {
            fields.Add(new(
                $"substitute:{assignment:D}:{substitute.Person:D}:{Swedish.Date(substitute.From)}", "Ersättare i uppdrag",
                $"{names.GetValueOrDefault(substitute.Person, substitute.Person.ToString("D"))} för {names.GetValueOrDefault(assignments.First(a => a.Id == assignment).Person, "någon")}, {Swedish.Date(substitute.From)} till {Swedish.Date(substitute.Until)}"));
        }

        fields.AddRange(blocked);
        return fields;
    }

    /// <summary>Who acted in somebody's place that day, by the assignments that stood (H-07).</summary>
    private async Task<IReadOnlyList<(Guid Assignment, Substitute Substitute)>> Substitutes(IReadOnlyCollection<Guid> assignments, DateTimeOffset at, Vouched known, CancellationToken ct)
    {
        if (assignments.Count == 0) return [];
        var day = Swedish.Day(at);
        return
        [
            .. (await log.Store.ReadStreams(assignments, upToVersion: null, ct)).OrderBy(s => s.Key)
                .SelectMany(s => s.Value.Where(r => r.Sequence <= known.Sequence && r.Time <= at).Select(r => r.Event).OfType<AssignmentSubstituteNamed>()
                    .Where(e => e.From <= day && e.Until >= day).Select(e => (s.Key, new Substitute(e.Person, e.From, e.Until)))),
        ];
    }

    private static string FunctionWord(string function) => function switch
    {
        "responsible" => "Ansvarig",
        "substitute" => "Ersättare",
        "daily-operator" => "Daglig skötsel",
        _ => "Administratör",
    };

    /// <summary>The policy in force at the instant, by what the log said then.</summary>
    private async Task<Policy?> PolicyAt(Guid authority, DateTimeOffset at, Vouched known, CancellationToken ct)
    {
        var day = Swedish.Day(at);
        return (await History(authority, at, known, ct))
            .Select(r => r.Event switch
            {
                PolicyDecided e => (From: e.EffectiveFrom, Policy: new Policy(e.Version, e.Preset, e.Values)),
                PolicyAdopted e => (From: Swedish.Day(r.Time), Policy: new Policy(e.Version, e.Preset, e.Values)),
                _ => (From: DateOnly.MaxValue, Policy: (Policy?)null),
            })
            .Where(v => v.Policy is not null && v.From <= day).OrderByDescending(v => v.From).ThenByDescending(v => v.Policy!.Version).FirstOrDefault().Policy;
    }

    private async Task<IReadOnlyList<(Guid Id, Guid Person, string Function)>> Assignments(ReplaySubject channel, DateTimeOffset at, Vouched known, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select a.assignment_id, a.person_id, a.function from archive.assignments a
            join archive.mt_events g on g.stream_id = a.assignment_id and g.version = 1 and g.seq_id <= $4 and g.timestamp <= $3
            where a.authority_id = $1 and (a.channel_id is null or a.channel_id = $2) and a.valid_from <= $5 and (a.valid_until is null or a.valid_until >= $5)
              and (not a.needs_authorisation or exists (
                select from archive.mt_events e where e.stream_id = a.assignment_id and e.type = 'assignment_authorised' and e.seq_id <= $4 and e.timestamp <= $3))
              and not exists (select from archive.mt_events e where e.stream_id = a.assignment_id and e.type = 'assignment_ended' and e.seq_id <= $4 and e.timestamp <= $3)
            order by a.function, a.assignment_id
            """);
        query.Parameters.Add(new() { Value = channel.Authority!.Value });
        query.Parameters.Add(new() { Value = channel.Id });
        query.Parameters.Add(new() { Value = at.ToUniversalTime() });
        query.Parameters.Add(new() { Value = known.Sequence });
        query.Parameters.Add(new() { Value = Swedish.Day(at) });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<(Guid, Guid, string)>();
        while (await rows.ReadAsync(ct)) found.Add((rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2)));
        return found;
    }

    /// <summary>Those who were blocked in the channel, of whom the caller may know.</summary>
    private static async Task<IReadOnlyList<ReplayField>> Blocked(ReplaySubject channel, DateTimeOffset at, Vouched known, RecordViewSight sight, CancellationToken ct)
    {
        var sql = new SqlText();
        var (when, until, day) = (sql.Value(at.ToUniversalTime()), sql.Value(known.Sequence), sql.Value(Swedish.Day(at)));
        sql.Add($"""
            select b.block_id, n.name, n.handle, b.until_day, k.destroyed from archive.blocks b join {sight.Accounts} k on k.account_id = b.account_id
            left join lateral (
              select n.name, n.handle from {sight.AccountNames} n where n.account_id = k.account_id and n.wall = k.wall and n.valid_at <= {when} and n.seq <= {until} order by n.valid_at desc, n.seq desc limit 1
            ) n on true
            where b.authority_id = {sql.Value(channel.Authority!.Value)} and b.channel_id = {sql.Value(channel.Id)} and {sight.Allows(sql, "k")} and b.blocked_at <= {when} and (b.until_day is null or b.until_day >= {day})
              and exists (select from archive.mt_events e where e.stream_id = b.account_id and e.type = 'sender_blocked' and e.data ->> 'block' = b.block_id::text and e.seq_id <= {until} and e.timestamp <= {when})
              and not exists (select from archive.mt_events e where e.stream_id = b.account_id and e.type = 'sender_unblocked' and e.data ->> 'block' = b.block_id::text and e.seq_id <= {until} and e.timestamp <= {when})
            order by b.blocked_at, b.block_id limit 500
            """);
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<ReplayField>();
        while (await rows.ReadAsync(ct))
        {
            var last = rows.IsDBNull(3) ? "" : $", till {Swedish.Date(rows.GetFieldValue<DateOnly>(3))}";
            found.Add(new($"blocked:{rows.GetGuid(0):D}", "Blockerad", RecordViewWords.Sender(rows.Text(1), rows.Text(2), rows.GetBoolean(4)) + last, rows.GetBoolean(4)));
        }

        return found;
    }

    private async Task<IReadOnlyList<ReplayField>> OfRecord(ReplaySubject subject, DateTimeOffset at, Vouched known, RecordViewSight sight, Caller caller, string? reason, CancellationToken ct)
    {
        if (await RecordViews.Find(sight, subject.Id, ct) is not { } record) return [];
        await reads.Note(caller, [(subject.Id, record.Wall)], ct, reason);
        var acts = (await RecordViews.Acts(sight, subject.Id, ct)).ToList();
        return RecordInstant.Of(acts, await RecordViews.Observations(sight, subject.Id, ct), at, known.Sequence);
    }

    private async Task<IReadOnlyList<ReplayField>> OfPerson(ReplaySubject subject, DateTimeOffset at, Vouched known, Caller caller, CancellationToken ct)
    {
        var history = await History(subject.Id, at, known, ct);
        var person = history.Aggregate(new Person(subject.Id), (before, recorded) => before.After(recorded.Event));
        if (!person.Known) return [];
        var authorities = await Codes(ct);
        var mine = subject.Id == caller.PersonId ? null : caller.AuthoritiesWith(Role.Revisor);
        bool Shown(Guid? authority) => mine is null || authority is not { } one || mine.Contains(one);
        string At(Guid? authority) => authority is { } one ? authorities.GetValueOrDefault(one, one.ToString("D")) : "alla myndigheter";
        return
        [
            new("standing", "Läge", person.Closed ? "har slutat" : person.Service ? "program" : "verksam"),
            .. person.Grants.Where(g => Shown(g.Authority)).OrderBy(g => g.Role).ThenBy(g => At(g.Authority), StringComparer.Ordinal)
                .Select(g => new ReplayField($"role:{g.Role}:{g.Authority:D}", "Roll", $"{Swedish.Role(g.Role.ToString())}, {At(g.Authority)}")),
            .. person.Clearance ? (ReplayField[])[new("clearance", "Läser sekretess", "vid alla myndigheter")] : [],
            .. person.ClearedIn.Where(c => Shown(c.Authority)).OrderBy(c => At(c.Authority), StringComparer.Ordinal).ThenBy(c => c.Role)
                .Select(c => new ReplayField($"clearance:{c.Role}:{c.Authority:D}", "Läser sekretess", $"{At(c.Authority)}{(c.Role is { } role ? $", som {Swedish.Role(role.ToString())}" : "")}")),
        ];
    }

    private async Task<IReadOnlyDictionary<Guid, string>> Codes(CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select authority_id, code from archive.authorities");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var codes = new Dictionary<Guid, string>();
        while (await rows.ReadAsync(ct)) codes[rows.GetGuid(0)] = rows.GetString(1);
        return codes;
    }
}

/// <summary>One record at an instant, from what happened to it. Pure: the same rows in any order give the same answer.</summary>
public static class RecordInstant
{
    private static readonly string[] Moves = ["item_hidden", "item_unpublished", "item_deleted_from_channel", "item_restored"];

    /// <param name="acts">All that is known of the record.</param>
    /// <param name="versions">Every observation of its content.</param>
    /// <param name="at">As it was then.</param>
    /// <param name="known">As far as this event.</param>
    public static IReadOnlyList<ReplayField> Of(IReadOnlyList<RecordActRow> acts, IReadOnlyList<RecordVersionRow> versions, DateTimeOffset at, long known)
    {
        var then = acts.Where(a => a.Seq <= known && a.ValidAt <= at).OrderBy(a => a.ValidAt).ThenBy(a => a.Seq).ToList();
        if (then.Count == 0) return [];
        var fields = new List<ReplayField>();
        var move = then.Where(a => Moves.Contains(a.Name)).OrderBy(a => a.ValidAt).ThenBy(a => Array.IndexOf(["item_restored", "item_hidden", "item_unpublished", "item_deleted_from_channel"], a.Name)).ThenBy(a => a.Seq).LastOrDefault();
        var text = versions.Where(v => v.Seq <= known && v.ValidAt <= at).OrderBy(v => v.ValidAt).ThenBy(v => v.Content, StringComparer.Ordinal).ThenBy(v => v.Seq).LastOrDefault();
        fields.Add(new("state", "I kanalen", Marks.Visibility(StandingItems.State(move?.Name), false, move?.ActedBy).Word));
        if (move is not null) fields.Add(new("stateAt", "Sedan", Swedish.DateAndClock(move.ValidAt)));
        if (text is not null)
        {
            fields.Add(new("text", "Lydelse", text.Text, text.Destroyed));
            foreach (var (i, attachment) in text.AttachmentIds.Index()) fields.Add(new($"attachment:{attachment:D}", "Bilaga", text.AttachmentNames?.ElementAtOrDefault(i) is { Length: > 0 } name ? name : "utan namn", text.Destroyed));
        }

        var grounds = then.SelectMany(a => a.Grounds).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal).Select(RecordViewWords.Ground).ToList();
        if (grounds.Count > 0) fields.Add(new("grounds", "Grunder", string.Join(", ", grounds)));
        if (then.LastOrDefault(a => a.Name is "record_registered" or "record_joined_registration" or "record_kept_ordered" or "record_exempted" or "record_routed" or "record_settled_by_rule" or "rule_settlement_withdrawn") is { } registration)
            fields.Add(new("registration", "Registrering", RecordViewWords.Act(registration, new Dictionary<Guid, string>()).Title));
        if (then.LastOrDefault(a => a.Name is "secrecy_marked" or "secrecy_lifted") is { } secrecy) fields.Add(new("secrecy", "Sekretess", secrecy.Name == "secrecy_marked" ? "markerad" : "markeringen borttagen"));
        if (then.Any(a => a.Name == "content_locked")) fields.Add(new("locked", "Innehållet", "låst"));
        if (acts.FirstOrDefault(a => a.Name == "item_disposed") is { } disposed)
        {
            fields.Add(new("disposed", "Gallrad", Swedish.Date(disposed.RecordedAt), true));
            fields.Add(new("disposedIn", "Gallrad i körning", System.Text.Json.Nodes.JsonNode.Parse(disposed.Facts)?["run"]?.ToString(), true));
        }

        return fields;
    }
}
