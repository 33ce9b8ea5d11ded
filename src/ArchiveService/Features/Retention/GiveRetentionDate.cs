using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Retention;

/// <summary>Notes the day that a rule counts from on a record or a case: the day an agreement ended. Said again, the later word holds; without a day it is taken back.</summary>
public sealed record GiveRetentionDate(DateOnly? On, string? Note)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/api/v1/records/{id:guid}/dates/{name}", async (Guid id, string name, GiveRetentionDate command, Caller caller, RetentionDateHandler handler, CancellationToken ct) =>
            (await handler.Give(HoldKind.Record, id, name, command, caller, ct)).Answer()).WithName("give-retention-date-of-record");
        routes.MapPut("/api/v1/cases/{id:guid}/dates/{name}", async (Guid id, string name, GiveRetentionDate command, Caller caller, RetentionDateHandler handler, CancellationToken ct) =>
            (await handler.Give(HoldKind.Case, id, name, command, caller, ct)).Answer()).WithName("give-retention-date-of-case");
    }

    /// <summary>Pure.</summary>
    /// <param name="known">The names that the authority's rules and plan use.</param>
    public Decision Decide(Guid authority, HoldKind kind, Guid target, string name, IReadOnlyCollection<string> known, int policyVersion)
    {
        if (AdoptRule.Named(name) is not { } said || !known.Contains(said))
        {
            return Refusal.Input("date-name-unknown", known.Count == 0
                ? "Ingen gallringsregel hos myndigheten räknar från en antecknad dag."
                : $"Ingen gallringsregel hos myndigheten räknar från {name}. Möjliga: {string.Join(", ", known)}.");
        }

        if (On is { Year: < 1800 or > 2200 }) return Refusal.Input("date-unlikely", "Dagen kan inte vara rätt. Skriv den som 2026-01-31.");
        if (Note is { Length: > 4000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 4 000 tecken.");
        return new Happened(
            new RetentionDateGiven(authority, kind, target, said, On, policyVersion), KeyClass.Office, new Parts().With("note", string.IsNullOrWhiteSpace(Note) ? null : Note.Trim()));
    }
}

public sealed record NotedDate(string Name, DateOnly? On, bool OnCase);

public sealed class RetentionDateHandler(SealedLog log, Databases databases, AuthorityRegister authorities, Records.Records records, TimeProvider clock)
{
    public async Task<Outcome> Give(HoldKind kind, Guid target, string name, GiveRetentionDate command, Caller caller, CancellationToken ct)
    {
        var owner = kind == HoldKind.Record ? (await records.Find(target, caller, ct))?.Authority : await CaseOwner(databases, target, ct);
        if (owner is not { } id || !caller.IsStaffOf(id) || await authorities.Find(id, ct) is not { } authority)
            return kind == HoldKind.Record ? Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.") : Refusal.Unknown("case", "Det finns inget ärende med det id:t.");
        if (!caller.May(id, Role.Arkivarie, Role.Registrator)) return Refusal.NotAllowed("Bara en registrator eller arkivarie antecknar en dag som gallringsfristen räknas från.");
        var decision = command.Decide(id, kind, target, name, await Names(id, ct), authority.Policy.Version);
        if (decision.Refused is not null) return decision.Refused;

        var e = (RetentionDateGiven)decision.Events[0].Event;
        var (stream, version) = await Stream("select stream_id from archive.retention_dates where target_id = $1 and name = $2", target, e.Name, ct);
        NpgsqlBatchCommand beside = new("""
            insert into archive.retention_dates (target_id, name, authority_id, kind, stream_id, on_day) values ($1, $2, $3, $4, $5, $6)
            on conflict (target_id, name) do update set on_day = excluded.on_day, stream_id = excluded.stream_id
            """)
        {
            Parameters =
            {
                new() { Value = target }, new() { Value = e.Name }, new() { Value = id }, new() { Value = e.Kind.Stored() }, new() { Value = stream },
                new() { Value = (object?)e.On ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date },
            },
        };
        return await log.Append([new(stream, "retention_date", ExpectedVersion.Exactly(version), decision.Events)], await log.Keys([stream], ct), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[stream])
            : Refusal.ChangedMeanwhile(version + 1);
    }

    /// <summary>The names that rules in force, or the plan, count from.</summary>
    public async Task<IReadOnlyList<string>> Names(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select date_name from archive.retention_rules where authority_id = $1 and ended_at is null and date_name is not null
            union select date_name from archive.information_plan_rows w where authority_id = $1 and date_name is not null
              and w.version = (select max(version) from archive.information_plans where authority_id = $1)
            order by 1
            """);
        query.Parameters.Add(new() { Value = authority });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var names = new List<string>();
        while (await rows.ReadAsync(ct)) names.Add(rows.GetString(0));
        return names;
    }

    /// <summary>What is noted on a record and on its case.</summary>
    public async Task<IReadOnlyList<NotedDate>> Of(Guid record, Guid? caseId, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select name, on_day, kind = 'case' from archive.retention_dates where target_id in ($1, $2) and on_day is not null order by name, kind");
        query.Parameters.Add(new() { Value = record });
        query.Parameters.Add(new() { Value = (object?)caseId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var noted = new List<NotedDate>();
        while (await rows.ReadAsync(ct)) noted.Add(new(rows.GetString(0), rows.GetFieldValue<DateOnly>(1), rows.GetBoolean(2)));
        return noted;
    }

    public static async Task<Guid?> CaseOwner(Databases databases, Guid id, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select authority_id from archive.cases where case_id = $1");
        query.Parameters.Add(new() { Value = id });
        return (Guid?)await query.ExecuteScalarAsync(ct);
    }

    private async Task<(Guid Stream, long Version)> Stream(string sql, Guid target, string name, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.Parameters.Add(new() { Value = target });
        query.Parameters.Add(new() { Value = name });
        return await query.ExecuteScalarAsync(ct) is Guid known ? (known, (await log.Store.ReadStream(known, ct: ct)).Count) : (Guid.CreateVersion7(clock.GetUtcNow()), 0);
    }
}

/// <summary>A record that a rule says is to be reviewed, or handed over, when its day has come.</summary>
public sealed record WaitingRecord(Guid Record, Guid Rule, string RuleName, string RecordType, Guid Authority, DateOnly On, DateOnly Received, string Action, string DecisionReference);

/// <summary>Decides of a record whose rule says review: keep, or destroy as the rule's decision allows.</summary>
public sealed record ReviewRetention(Guid? Record, Guid? Rule, string? Outcome, string? Reason)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/retention/reviews", async (ReviewRetention command, Caller caller, ReviewHandler handler, CancellationToken ct) =>
            (await handler.Review(command, caller, ct)).Answer()).WithName("review-retention");
        routes.MapGet("/api/v1/retention/reviews", async (Caller caller, ReviewHandler handler, CancellationToken ct, Guid? after = null, int limit = 100) =>
            await Waiting("review", caller, handler, after, limit, ct)).WithName("list-retention-reviews");
        routes.MapGet("/api/v1/retention/transfers", async (Caller caller, ReviewHandler handler, CancellationToken ct, Guid? after = null, int limit = 100) =>
            await Waiting("transfer", caller, handler, after, limit, ct)).WithName("list-retention-transfers");
        foreach (var address in (string[])["/api/v1/retention/transfers.csv", "/gallring/overlamna.csv"])
        {
            var route = routes.MapGet(address, async (Caller caller, ReviewHandler handler, CancellationToken ct) =>
            {
                var seen = caller.AuthoritiesWith(Worklist.Readers);
                return caller.IsService || seen is []
                    ? Problems.Refused(Refusal.NotAllowed("Bara arkivarie, registrator, chef och granskare ser vad som väntar."))
                    : (IResult)TypedResults.File(await handler.TransferFile(seen, caller, ct), CsvText.MediaType, "vantar-pa-overlamnande.csv");
            });
            if (address.StartsWith("/api/", StringComparison.Ordinal)) route.WithName("list-retention-transfers-csv");
            else route.ExcludeFromDescription();
        }
    }

    private static async Task<IResult> Waiting(string action, Caller caller, ReviewHandler handler, Guid? after, int limit, CancellationToken ct)
    {
        var seen = caller.AuthoritiesWith(Worklist.Readers);
        if (caller.IsService || seen is []) return Problems.Refused(Refusal.NotAllowed("Bara arkivarie, registrator, chef och granskare ser vad som väntar."));
        var size = Math.Clamp(limit, 1, 500);
        var items = await handler.Waiting(action, seen, caller, after, size + 1, ct);
        return TypedResults.Ok(new { items = items.Take(size), next = items.Count > size ? items[size - 1].Record : (Guid?)null });
    }

    /// <summary>Pure.</summary>
    public Decision Decide(RetentionRule rule, DisposalDecision decision, Guid record, DateOnly? actsOn, DateOnly today, int policyVersion)
    {
        if (rule.EndedAt is not null || rule.Action != RuleAction.Review) return new Refusal("rule-without-review", "Regeln säger inte att handlingen ska granskas.");
        if (actsOn is not { } day || day > today)
            return new Refusal("review-not-due", actsOn is { } later ? $"Handlingen ska granskas {Swedish.Date(later)}." : "Fristen har inte börjat löpa för handlingen.");
        if (Outcome is not ("keep" or "destroy")) return Refusal.Input("review-outcome", "Utfallet kan vara keep (bevaras) eller destroy (gallras).");
        if (Reason?.Trim() is not { Length: > 0 and <= 4000 } reason) return Refusal.Input("reason-missing", "Skriv varför, högst 4 000 tecken.");
        // I4: without a gallringsbeslut in force that covers it, a review can only keep.
        if (Outcome == "destroy" && (decision.Kind == DecisionKind.Preservation || !decision.IsInForce(today)))
            return new Refusal("decision-not-in-force", $"Beslutet {decision.Reference} medger ingen gallring i dag. Utan gällande beslut gallras inget (arkivlagen 10 §).");
        return new Happened(
            new RetentionReviewed(rule.Authority, record, rule.Id, rule.Version, Outcome == "keep" ? ReviewOutcome.Keep : ReviewOutcome.Destroy, policyVersion), KeyClass.Office, new Parts().With("reason", reason));
    }
}

public sealed class ReviewHandler(SealedLog log, Databases databases, AuthorityRegister authorities, RetentionRegister register, Records.Records records, TimeProvider clock)
{
    // More than the rules that can cover one record.
    private const int PageOfFile = 5000;

    public async Task<Outcome> Review(ReviewRetention command, Caller caller, CancellationToken ct)
    {
        if (command.Record is not { } record || await records.Find(record, caller, ct) is not { } state) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        if (command.Rule is not { } ruleId || await register.FindRule(ruleId, ct) is not { } rule || rule.Authority != state.Authority) return Refusal.Unknown("rule", "Det finns ingen gällande regel med det id:t.");
        if (Archivists.Refuse(caller, state.Authority, "granska vad som ska gallras") is { } notAllowed) return notAllowed;
        if (state.DisposedAt is not null) return new Refusal("record-disposed", "Handlingen är gallrad. Inget mer kan göras med den.");
        var (actsOn, stream) = await Standing(record, ruleId, ct);
        var decision = command.Decide(rule, (await register.FindDecision(rule.Decision, ct))!, record, actsOn, await register.Today(ct), (await authorities.Find(state.Authority, ct))!.Policy.Version);
        if (decision.Refused is not null) return decision.Refused;

        var id = stream ?? Guid.CreateVersion7(clock.GetUtcNow());
        var version = stream is null ? 0 : (await log.Store.ReadStream(id, ct: ct)).Count;
        NpgsqlBatchCommand beside = new("""
            insert into archive.retention_reviews (record_id, rule_id, authority_id, stream_id, outcome, reviewed_at)
            select $1, $2, $3, $4, $5, s.timestamp from archive.mt_streams s where s.id = $4
            on conflict (record_id, rule_id) do update set outcome = excluded.outcome, reviewed_at = excluded.reviewed_at, stream_id = excluded.stream_id
            """)
        {
            Parameters = { new() { Value = record }, new() { Value = ruleId }, new() { Value = state.Authority }, new() { Value = id }, new() { Value = command.Outcome! } },
        };
        return await log.Append([new(id, "retention_review", ExpectedVersion.Exactly(version), decision.Events)], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : Refusal.ChangedMeanwhile(version + 1);
    }

    /// <summary>Whose day has come and nobody has reviewed; what waits to be handed over.</summary>
    public async Task<List<WaitingRecord>> Waiting(string action, IReadOnlyList<Guid>? authorities, Caller caller, Guid? after, int limit, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select x.record_id, x.rule_id, r.name, x.record_type, x.authority_id, x.acts_on, archive.swedish_date(x.received_at), x.action, d.reference
            from archive.rules_of_records x
            join archive.retention_rules r on r.rule_id = x.rule_id and r.version = x.rule_version
            join archive.retention_decisions d on d.decision_id = x.decision_id
            where x.action = $1 and ($2::uuid[] is null or x.authority_id = any ($2)) and x.acts_on <= archive.swedish_date(now()) and ($5::uuid is null or x.record_id > $5)
              and (x.action = 'transfer' or not exists (select from archive.retention_reviews v where v.record_id = x.record_id and v.rule_id = x.rule_id))
              and (x.wall = 'open' or (x.wall = 'secret' and ($3::uuid[] is null or x.authority_id = any ($3))) or (x.wall = 'unassessed' and ($4::uuid[] is null or x.authority_id = any ($4))))
            order by x.record_id, x.rule_id limit $6
            """);
        query.Parameters.Add(new() { Value = action });
        query.Parameters.Add(RetentionRegister.Authorities(authorities));
        query.Parameters.Add(RetentionRegister.Authorities(caller.ReadsSecretsOf));
        query.Parameters.Add(RetentionRegister.Authorities(caller.IsService ? [] : caller.AuthoritiesWith(Role.Moderator, Role.Registrator)));
        query.Parameters.Add(new() { Value = (object?)after ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = limit });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<WaitingRecord>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.GetString(3), rows.GetGuid(4), rows.GetFieldValue<DateOnly>(5), rows.GetFieldValue<DateOnly>(6), rows.GetString(7), rows.GetString(8)));
        }

        return found;
    }

    /// <summary>All that waits to be handed over, for whoever packs it: ids, what it is, by which rule and decision, since when. Nothing it says.</summary>
    public async Task<byte[]> TransferFile(IReadOnlyList<Guid>? seen, Caller caller, CancellationToken ct)
    {
        var codes = (await authorities.All(ct)).ToDictionary(a => a.Id, a => a.Code);
        var lines = new List<IEnumerable<string?>>();
        for (Guid? after = null; ;)
        {
            // A page ends with all rules of its last record: the next begins after the record.
            var page = await Waiting("transfer", seen, caller, after, PageOfFile, ct);
            var whole = page.Count < PageOfFile ? page : [.. page.Where(w => w.Record != page[^1].Record)];
            lines.AddRange(whole.Select(w => (IEnumerable<string?>)
                [w.Record.ToString("D"), codes[w.Authority], w.RecordType, PageParts.Swedish.Date(w.Received), w.RuleName, w.DecisionReference, PageParts.Swedish.Date(w.On)]));
            if (page.Count < PageOfFile || whole.Count == 0) return CsvText.File(["Handling", "Myndighet", "Handlingstyp", "Kom in", "Regel", "Beslut", "Väntar sedan"], lines);
            after = whole[^1].Record;
        }
    }

    private async Task<(DateOnly? ActsOn, Guid? Stream)> Standing(Guid record, Guid rule, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select (select x.acts_on from archive.rules_of_records x where x.record_id = $1 and x.rule_id = $2),
                   (select v.stream_id from archive.retention_reviews v where v.record_id = $1 and v.rule_id = $2)
            """);
        query.Parameters.Add(new() { Value = record });
        query.Parameters.Add(new() { Value = rule });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.IsDBNull(0) ? null : row.GetFieldValue<DateOnly>(0), row.IsDBNull(1) ? null : row.GetGuid(1));
    }
}
