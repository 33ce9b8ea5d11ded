using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Disclosures;

/// <summary>Destroyed in the period, under one decision: how many and by which rule.</summary>
public sealed record DestroyedUnder(string Decision, string Rule, int Records);

/// <summary>Where the archive does not hold everything, and why.</summary>
/// <param name="Kind"><c>not-yet-kept</c>: the channel was not archived then; <c>access-lost</c>: the platform shut us out; <c>content-missing</c>: known, but never captured.</param>
public sealed record CaptureGap(string Kind, Guid Channel, DateOnly From, int? Records)
{
    public string InSwedish => Kind switch
    {
        "not-yet-kept" => $"En kanal finns i arkivet först från {Swedish.Date(From)}.",
        "access-lost" => $"Plattformen släppte inte in arkivet från {Swedish.Date(From)}: det kan saknas handlingar.",
        _ => $"{Swedish.Count(Records ?? 0, "handling är känd, men innehållet hann", "handlingar är kända, men innehållet hann")} aldrig fångas.",
    };
}

/// <summary>What the archive knows today of a period: whole, destroyed in part under a rule, or with gaps.</summary>
public sealed record CoverageAnswer(DateOnly From, DateOnly To, Guid? Channel, int Kept, IReadOnlyList<DestroyedUnder> Destroyed, IReadOnlyList<CaptureGap> Gaps)
{
    public bool Whole => Destroyed.Count == 0 && Gaps.Count == 0;

    public string InSwedish
    {
        get
        {
            var period = $"{Swedish.Date(From)} till {Swedish.Date(To)}";
            var said = new List<string> { $"Vi har sökt bland {Swedish.Count(Kept, "handling", "handlingar")} från {period} och inte funnit det du begär." };
            if (Whole) said.Add("Arkivet är helt för perioden: inget är gallrat, och vi känner inte till någon lucka i fångsten.");
            said.AddRange(Destroyed.Select(d => $"{Swedish.Count(d.Records, "handling är gallrad", "handlingar är gallrade")} enligt {d.Decision} ({d.Rule})."));
            said.AddRange(Gaps.Select(g => g.InSwedish));
            return string.Join(' ', said);
        }
    }
}

/// <summary>
/// Reads what a "nothing found" may say: from the inline tables and the log, never from the views. What the caller may not know of is not counted: the number would tell of it, to
/// them and to whoever asked.
/// </summary>
public sealed class Coverage(Databases databases)
{
    public async Task<CoverageAnswer> Of(Guid authority, DateOnly from, DateOnly to, Guid? channel, Caller caller, CancellationToken ct)
    {
        NpgsqlParameter[] Where() =>
        [
            new() { Value = authority }, new() { Value = from }, new() { Value = to }, new() { Value = (object?)channel ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
            new() { Value = caller.MayReadSecret(authority) }, new() { Value = caller.MayAssess(authority) },
        ];
        async Task<List<T>> Read<T>(string sql, Func<NpgsqlDataReader, T> of)
        {
            await using var query = databases.Writer.CreateCommand(sql);
            query.Parameters.AddRange(Where());
            await using var rows = await query.ExecuteReaderAsync(ct);
            var found = new List<T>();
            while (await rows.ReadAsync(ct)) found.Add(of(rows));
            return found;
        }

        const string within = "s.authority_id = $1 and archive.swedish_date(s.received_at) between $2 and $3 and ($4::uuid is null or s.channel_id = $4) and (s.wall = 'open' or (s.wall = 'secret' and $5) or (s.wall = 'unassessed' and $6))";
        var kept = (await Read($"select count(*)::int from archive.record_states s where {within} and s.disposed_at is null", row => row.GetInt32(0)))[0];
        var destroyed = await Read($"""
            select d.reference, r.name, count(*)::int from archive.record_states s
            join archive.disposal_items i on i.record_id = s.record_id and i.state = 'destroyed'
            join archive.disposal_runs u using (run_id)
            join archive.retention_rules r on r.rule_id = u.rule_id and r.version = u.rule_version
            join archive.retention_decisions d on d.decision_id = u.decision_id
            where {within} and s.disposed_at is not null group by 1, 2 order by 1, 2
            """, row => new DestroyedUnder(row.GetString(0), row.GetString(1), row.GetInt32(2)));
        // A channel answers for the time before it was registered only as far as an import reached back.
        var gaps = await Read("""
            select 'not-yet-kept', c.channel_id, archive.swedish_date(m.created), null::int
            from archive.channels c join archive.mt_streams m on m.id = c.channel_id
            where c.authority_id = $1 and ($4::uuid is null or c.channel_id = $4) and archive.swedish_date(m.created) > $2
              and not exists (select from archive.record_states s where s.channel_id = c.channel_id and archive.swedish_date(s.received_at) <= $2 and (s.wall = 'open' or (s.wall = 'secret' and $5) or (s.wall = 'unassessed' and $6)))
            union all
            select 'access-lost', c.channel_id, archive.swedish_date(coalesce((e.data->>'occurredAt')::timestamptz, e.timestamp)), null::int
            from archive.channels c join archive.mt_events e on e.stream_id = c.channel_id and e.type = 'channel_access_lost'
            where c.authority_id = $1 and ($4::uuid is null or c.channel_id = $4) and archive.swedish_date(coalesce((e.data->>'occurredAt')::timestamptz, e.timestamp)) <= $3
            union all
            select 'content-missing', s.channel_id, min(archive.swedish_date(s.received_at)), count(*)::int
            from archive.record_states s
            where s.authority_id = $1 and archive.swedish_date(s.received_at) between $2 and $3 and ($4::uuid is null or s.channel_id = $4) and s.disposed_at is null
              and (s.wall = 'open' or (s.wall = 'secret' and $5) or (s.wall = 'unassessed' and $6))
              and exists (select from archive.mt_events e where e.stream_id = s.record_id and e.type = 'item_captured' and e.data->>'contentCaptured' = 'false')
              and not exists (select from archive.mt_events e where e.stream_id = s.record_id and (e.type = 'item_edited' or (e.type = 'item_captured' and e.data->>'contentCaptured' = 'true')))
            group by s.channel_id
            order by 3, 1
            """, row => new CaptureGap(row.GetString(0), row.GetGuid(1), row.GetFieldValue<DateOnly>(2), row.GetFieldValue<int?>(3)));
        return new(from, to, channel, kept, destroyed, gaps);
    }
}

/// <summary>Answers that there is nothing, and whether that is because there never was, because it is gallrat, or because it was never captured.</summary>
public sealed record AnswerNothingFound(DateOnly? From, DateOnly? To, Guid? Channel = null, string? Note = null)
{
    public Refusal? Check(DateOnly today) =>
        From is not { } from || To is not { } to || from > to || to > today ? Refusal.Input("period-missing", "Ange vilken period du har sökt i, till och med senast i dag.") : null;

    public Decision Decide(DisclosureState state, CoverageAnswer known, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Items.Count > 0) return new Refusal("items-found", "Begäran har handlingar som är funna. Pröva dem, eller ta bort dem ur begäran med en motivering.");
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        var answered = new Happened(
            new DisclosureNothingFound(known.From, known.To, known.Channel, known.Whole, known.Destroyed.Sum(d => d.Records), known.Gaps.Count, policy.Version), KeyClass.Request,
            new Parts().With("answer", known.InSwedish).With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
        return RegisterRequest.Missing(state, policy) ? answered : new Decision([answered, new(new DisclosureClosed(policy.Version), KeyClass.Request)]);
    }
}
