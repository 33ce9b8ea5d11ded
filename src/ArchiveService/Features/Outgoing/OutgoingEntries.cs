using System.Text.Json.Serialization;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Outgoing;

/// <summary>
/// What another diary system is told of an entry. <paramref name="Id"/> is the event's: the same message again has the same one. <paramref name="Place"/> counts
/// an authority's messages without gaps. The third and fourth facts of OSL 5:2 are absent when <paramref name="Withheld"/>.
/// </summary>
public sealed record OutgoingMessage(
    Guid Id, long Place, string Type, string Authority, string DiaryNumber, int DocumentNumber, string? ExternalSystem, string? Direction, string? RecordType, DateTimeOffset? ReceivedAt,
    DateTimeOffset RecordedAt, int? Correction, IReadOnlyList<string>? Changed, string? ToAuthority, string? ToDiaryNumber, int? ToDocumentNumber, int? RecordsInThread,
    string? Subject, string? SenderRecipient, bool Withheld, bool Destroyed)
{
    /// <summary>Behind which wall the record stands; decides who may be told, and is not told itself.</summary>
    [JsonIgnore]
    public string Wall { get; init; } = "open";

    [JsonIgnore]
    public Guid Record { get; init; }
}

/// <summary>One intent of the outbox.</summary>
public sealed record OutgoingIntent(Guid Event, Guid Authority, long Place, Guid Record, long Version, string Type);

/// <summary>An intent as it is shown to those who look after the transfer. Numbers are always open (OSL 5:2).</summary>
public sealed record OutgoingStanding(Guid Id, long Place, string Type, string DiaryNumber, int DocumentNumber, DateTimeOffset RecordedAt, int Attempts, bool Dead, string? Problem, DateTimeOffset? DueAt);

/// <summary>A registration in the postlista to other diaries, told or not.</summary>
public sealed record OutgoingEntry(long Place, string DiaryNumber, int DocumentNumber, DateTimeOffset RecordedAt, DateTimeOffset? SentAt);

/// <param name="Items">What was tried and did not get through.</param>
public sealed record OutgoingQueue(string Authority, bool Configured, long Waiting, long Sent, long Dead, IReadOnlyList<OutgoingStanding> Items);

/// <summary>Who is told what.</summary>
public enum OutgoingSight
{
    /// <summary>What the public diary shows.</summary>
    Public,

    /// <summary>All of it: the receiver is the same authority.</summary>
    All,
}

/// <summary>
/// The outbox. An intent is made in the transaction of the registration, the correction or the transfer, or of the decision, the appeal on paper or the closing that makes an entry of
/// what a case has of its own; it holds no content: what is said is read from the
/// log when it is told, so that a secrecy mark or a gallring meanwhile counts.
/// </summary>
public sealed class OutgoingEntries(SealedLog log, Databases databases, AuthorityRegister authorities, Disclosures.CaseDocuments caseDocuments, IReadOnlyList<ExternalDiary> receivers)
{
    public const int MostRead = 500;

    /// <summary>For the transaction of an append: intents for what was appended to the record after a version.</summary>
    public static NpgsqlBatchCommand Statement(Guid record, long after) => new("select archive.enqueue_outgoing($1, $2)") { Parameters = { new() { Value = record }, new() { Value = after } } };

    /// <summary>For the transaction of an append to a case: intents for the notes, decisions and appeals on paper that became entries of the diary by it.</summary>
    public static NpgsqlBatchCommand DocumentsStatement(Guid caseId, long after) => new("select archive.enqueue_outgoing_documents($1, $2)") { Parameters = { new() { Value = caseId }, new() { Value = after } } };

    public ExternalDiary? ReceiverOf(Authority authority) => authority.Policy["diary.mode"] == "own" ? null : receivers.FirstOrDefault(r => r.Authority == authority.Code);

    /// <summary>Null when the event is not there any more as it was.</summary>
    public async Task<OutgoingMessage?> Message(OutgoingIntent intent, Func<RecordState, OutgoingSight> sightOf, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(intent.Record, ct: ct);
        if (history.FirstOrDefault(h => h.Id == intent.Event) is not { } recorded) return null;
        if (recorded.Event is CaseEvent) return await Document(intent, recorded, history, sightOf, ct);
        var state = RecordState.From(history);
        var code = (await authorities.Find(intent.Authority, ct))!.Code;
        var entries = history.Where(h => h.Event is RecordRegistered or RegistrationCorrected or RecordTransferred).ToList();
        var opened = await log.Open(entries, ct);
        var destroyed = opened.GetValueOrDefault(recorded.Id) is { IsDestroyed: true };
        var versions = RegistrationVersion.Fold([.. entries.Select(e => (e, opened.GetValueOrDefault(e.Id)?.Parts))]);
        var sight = sightOf(state);

        // To others only what the public diary shows now: what stood there before a correction is not told anew.
        var shown = sight == OutgoingSight.All || (state.Wall == Wall.Open && !state.Locked && state.DiaryReleased && state.Authority == intent.Authority);
        var version = sight == OutgoingSight.All ? versions[entries.FindIndex(e => e.Id == recorded.Id)] : versions[^1];
        var subject = !shown || destroyed ? null : sight == OutgoingSight.All ? version.Subject : version.PublicSubject ?? version.Subject;
        var sender = !shown || destroyed ? null : version.SenderRecipient;
        return recorded.Event switch
        {
            RecordRegistered e => new OutgoingMessage(
                recorded.Id, intent.Place, "registered", code, e.DiaryNumber, e.DocumentNumber, e.ExternalSystem, RecordStates.Stored(e.Direction), e.RecordType, e.ReceivedAt, e.RegisteredAt,
                null, null, null, null, null, history.Select(h => h.Event).OfType<ThreadRegistered>().FirstOrDefault() is { } thread ? thread.Members + 1 : null, subject, sender, !shown, destroyed),
            RegistrationCorrected e => new(
                recorded.Id, intent.Place, "corrected", code, e.DiaryNumber, e.DocumentNumber, null, null, e.RecordType, e.ReceivedAt, e.CorrectedAt,
                e.Correction, e.Changed, null, null, null, null, subject, sender, !shown, destroyed),
            RecordTransferred e => new(
                recorded.Id, intent.Place, "transferred", code, e.FromDiaryNumber, e.FromDocumentNumber, null, null, null, null, recorded.Time,
                null, null, (await authorities.Find(e.ToAuthority, ct))?.Code, e.ToDiaryNumber, e.ToDocumentNumber, null, null, null, true, destroyed),
            _ => throw new System.Diagnostics.UnreachableException($"{recorded.Name} is not told to other diaries."),
        } with
        { Wall = RecordStates.Stored(state.Wall), Record = intent.Record };
    }

    /// <summary>A note, a decision or an appeal on paper that a case has of its own. To others only what the public diary shows now.</summary>
    private async Task<OutgoingMessage?> Document(OutgoingIntent intent, Recorded recorded, IReadOnlyList<Recorded> history, Func<RecordState, OutgoingSight> sightOf, CancellationToken ct)
    {
        var (number, type, at) = recorded.Event switch
        {
            CaseNoteWritten e => (e.DocumentNumber, "note", e.WrittenAt),
            CaseDecisionMade e => (e.DocumentNumber, "decision", e.RecordedAt),
            CaseAppealReceived { Record: null } e => (e.DocumentNumber, "appeal", e.RegisteredAt),
            _ => throw new System.Diagnostics.UnreachableException($"{recorded.Name} is not told to other diaries."),
        };
        if (await caseDocuments.At(intent.Record, number, ct) is not { } place || CaseState.From(intent.Record, history).Own.GetValueOrDefault(number) is not { } own) return null;
        var opened = (await log.Open([recorded], ct)).GetValueOrDefault(recorded.Id);
        var destroyed = opened is { IsDestroyed: true };
        var all = sightOf(place.State) == OutgoingSight.All;
        var shown = all || (place.State.Wall == Wall.Open && own.Released);
        var said = shown && !destroyed ? opened?.Parts : null;
        return new OutgoingMessage(
            recorded.Id, intent.Place, type, (await authorities.Find(intent.Authority, ct))!.Code, place.State.DiaryNumber!, number, null, RecordStates.Stored(place.State.Direction), type,
            place.State.ReceivedAt, at, null, null, null, null, null, null,
            said is null ? null : (all ? null : said[CaseDocumentTables.PublicPart]) ?? said[Parts.Subject] ?? CaseWords.Of(own.Kind), said?["with"] ?? said?["appellant"], !shown, destroyed)
        {
            Wall = RecordStates.Stored(place.State.Wall),
            Record = place.Entry,
        };
    }

    /// <summary>For systems that ask: an authority's messages after a place, in the order of their commits. What the reader may not know is withheld; what stands behind a wall is noted as read.</summary>
    public async Task<(IReadOnlyList<OutgoingMessage> Items, long Next, bool More)> After(Authority authority, long place, int limit, Caller caller, CancellationToken ct)
    {
        var intents = new List<OutgoingIntent>();
        await using (var query = databases.Writer.CreateCommand("select event_id, authority_id, place, record_id, version, type from archive.outgoing_entries where authority_id = $1 and place > $2 order by place limit $3"))
        {
            query.Parameters.Add(new() { Value = authority.Id });
            query.Parameters.Add(new() { Value = place });
            query.Parameters.Add(new() { Value = limit + 1 });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) intents.Add(Intent(rows));
        }

        var more = intents.Count > limit;
        if (more) intents.RemoveAt(limit);
        var items = new List<OutgoingMessage>();
        foreach (var intent in intents)
        {
            if (await Message(intent, state => Features.Records.Records.Invisible(state, caller) ? OutgoingSight.Public : OutgoingSight.All, ct) is { } message) items.Add(message);
        }

        await new RecordReads(log).Note(caller, items.Where(i => !i.Withheld && !i.Destroyed).Select(i => (i.Record, i.Wall)).Distinct(), ct);
        return (items, intents.Count == 0 ? place : intents[^1].Place, more);
    }

    public async Task<OutgoingQueue> Standing(Authority authority, CancellationToken ct)
    {
        long waiting, sent, dead;
        var receiver = ReceiverOf(authority);

        // Places are counted without gaps, so what is sent is the rest of them: it grows for ever and is not counted. Where nothing is sent it is the other way round.
        await using (var query = databases.Writer.CreateCommand("""
            select (select count(*) from archive.outgoing_entries where authority_id = $1 and sent_at is null and not dead and recorded_at >= coalesce($2::date::timestamp at time zone 'Europe/Stockholm', '-infinity') and $3),
                   (select count(*) from archive.outgoing_entries where authority_id = $1 and dead),
                   case when $3 then coalesce((select last from archive.outgoing_counters where authority_id = $1), 0) - (select count(*) from archive.outgoing_entries where authority_id = $1 and sent_at is null and $3)
                        else (select count(*) from archive.outgoing_entries where authority_id = $1 and sent_at is not null and not $3) end
            """))
        {
            query.Parameters.Add(new() { Value = authority.Id });
            query.Parameters.Add(From(receiver));
            query.Parameters.Add(new() { Value = receiver is not null });
            await using var row = await query.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            (waiting, dead, sent) = (row.GetInt64(0), row.GetInt64(1), row.GetInt64(2));
        }

        var items = new List<OutgoingStanding>();
        await using (var query = databases.Writer.CreateCommand("""
            select o.event_id, o.place, o.type, coalesce(e.data->>'diaryNumber', e.data->>'fromDiaryNumber', (select c.diary_number from archive.cases c where c.case_id = o.record_id)), coalesce(e.data->>'documentNumber', e.data->>'fromDocumentNumber')::int,
                   o.recorded_at, o.attempts, o.dead, o.problem, o.due_at
            from archive.outgoing_entries o join archive.mt_events e on e.stream_id = o.record_id and e.version = o.version
            where o.authority_id = $1 and o.sent_at is null and (o.dead or o.attempts > 0) order by o.dead desc, o.place limit 200
            """))
        {
            query.Parameters.Add(new() { Value = authority.Id });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                items.Add(new(
                    rows.GetGuid(0), rows.GetInt64(1), rows.GetString(2), rows.GetString(3), rows.GetInt32(4), rows.GetFieldValue<DateTimeOffset>(5), rows.GetInt32(6), rows.GetBoolean(7),
                    rows.IsDBNull(8) ? null : rows.GetString(8), rows.GetBoolean(7) ? null : rows.GetFieldValue<DateTimeOffset>(9)));
            }
        }

        return new(authority.Code, receiver is not null, waiting, sent, dead, items);
    }

    /// <summary>The registrations made last. Corrections are left out: that a withheld entry was put right is not told here.</summary>
    public async Task<IReadOnlyList<OutgoingEntry>> Latest(Authority authority, int most, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select o.place, coalesce(e.data->>'diaryNumber', (select c.diary_number from archive.cases c where c.case_id = o.record_id)), (e.data->>'documentNumber')::int, o.recorded_at, o.sent_at
            from archive.outgoing_entries o join archive.mt_events e on e.stream_id = o.record_id and e.version = o.version
            where o.authority_id = $1 and o.type in ('record_registered', 'case_decision_made', 'case_appeal_received', 'case_note_written') order by o.place desc limit $2
            """);
        query.Parameters.Add(new() { Value = authority.Id });
        query.Parameters.Add(new() { Value = most });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<OutgoingEntry>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetInt64(0), rows.GetString(1), rows.GetInt32(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetFieldValue<DateTimeOffset?>(4)));
        return found;
    }

    /// <summary>Tries again what waits or was given up; false for what is sent or unknown. <paramref name="id"/> null: all that was given up.</summary>
    public async Task<bool> Retry(Authority authority, Guid? id, CancellationToken ct)
    {
        await using var again = databases.Writer.CreateCommand("""
            update archive.outgoing_entries set dead = false, attempts = 0, due_at = clock_timestamp(), problem = null
            where authority_id = $1 and sent_at is null and (event_id = $2 or ($2 is null and dead))
            """);
        again.Parameters.Add(new() { Value = authority.Id });
        again.Parameters.Add(new() { Value = (object?)id ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid });
        return await again.ExecuteNonQueryAsync(ct) > 0;
    }

    internal static OutgoingIntent Intent(NpgsqlDataReader row) => new(row.GetGuid(0), row.GetGuid(1), row.GetInt64(2), row.GetGuid(3), row.GetInt64(4), row.GetString(5));

    internal static NpgsqlParameter From(ExternalDiary? receiver) => new() { Value = (object?)receiver?.From ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Date };
}
