using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <summary>Proposes a gallring run: everything the rule has made due by the day (that day included), frozen as a manifest. What is held stays out.</summary>
public sealed record ProposeDisposal(Guid? Rule, DateOnly? DueBefore)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/disposals", async (ProposeDisposal command, Caller caller, ProposeDisposalHandler handler, DisposalPresentation show, CancellationToken ct) =>
        {
            var (run, last, refused) = await handler.Propose(command, caller, ct);
            return refused is not null
                ? Problems.Refused(refused)
                : (IResult)TypedResults.Created($"/api/v1/disposals/{run!.Id}", await show.Of(run, last, ct));
        })
        .WithName("propose-disposal");

    /// <summary>Pure: whether a run may be proposed at all; the manifest is drawn up afterwards.</summary>
    public static Refusal? Refuse(RetentionRule rule, DisposalDecision decision, DateOnly today) =>
        rule.EndedAt is not null ? new Refusal("rule-repealed", "Gallringsregeln är upphävd.")
        : !rule.Destroys ? new Refusal("rule-does-not-destroy", $"Regeln säger att handlingarna {(rule.Action == RuleAction.Transfer ? "lämnas över" : "bevaras")}: den gallrar inget.")
        : !decision.IsInForce(today) ? new Refusal("decision-not-in-force", $"Gallringsbeslutet {decision.Reference} gäller inte i dag. Utan gällande beslut gallras inget (arkivlagen 10 §).")
        : rule.RecordTypes.FirstOrDefault(t => !decision.RecordTypes.Contains(t)) is { } outside
            ? new Refusal("outside-decision-scope", $"Beslutet {decision.Reference} omfattar inte handlingstypen {Words.RecordTypes.Said(outside)} (V-11).")
        : null;
}

public sealed class ProposeDisposalHandler(SealedLog log, Databases databases, AuthorityRegister authorities, RetentionRegister register, DisposalRuns runs, TimeProvider clock)
{
    // Due under the rule, no other rule keeps it longer, not held, and in no other run that is under way.
    private const string DrawUp = """
        with due as (
          select x.record_id, x.due_on, archive.swedish_date(x.received_at) as received_on, archive.is_held(x.authority_id, x.record_id, x.case_id, x.account_id) as held
          from archive.rules_of_records x
          where x.rule_id = $2 and x.due_on <= $3
            and not exists (select from archive.rules_of_records o where o.record_id = x.record_id and (o.due_on is null or o.due_on > $3))
            and not exists (select from archive.disposal_items i join archive.disposal_runs u using (run_id)
                            where i.record_id = x.record_id and i.state = 'pending' and u.state in ('proposed', 'approved', 'executing'))
        ), placed as (
          select row_number() over (order by due_on, record_id)::int as place, record_id, due_on, received_on from due where not held
        ), listed as (
          insert into archive.disposal_items (run_id, place, record_id, due_on) select $1, place, record_id, due_on from placed
        )
        select (select count(*)::int from placed), (select count(*)::int from due where held), (select min(received_on) from placed), (select max(received_on) from placed),
               (select encode(sha256(convert_to('archiveservice/manifest/v1', 'UTF8') || uuid_send($1)
                         || string_agg(uuid_send(record_id) || convert_to(to_char(due_on, 'YYYY-MM-DD'), 'UTF8'), ''::bytea order by place)), 'hex') from placed),
               (select coalesce(sum(octet_length(c.ciphertext)), 0)::bigint from placed p join archive.record_keys k on k.stream_id = p.record_id and k.class = any ($4)
                join archive.mt_events e on e.stream_id = p.record_id and e.data #>> '{sealed,key}' = k.key_id::text join archive.sealed_content c on c.event_id = e.id),
               (select count(*)::int from placed join archive.attachments a using (record_id)), (select coalesce(sum(a.bytes), 0)::bigint from placed join archive.attachments a using (record_id))
        """;

    public async Task<(DisposalRun? Run, long LastSequence, Refusal? Refused)> Propose(ProposeDisposal command, Caller caller, CancellationToken ct)
    {
        if (Archivists.RefuseService(caller, "föreslå gallring") is { } isService) return (null, 0, isService);
        if (command.Rule is not { } ruleId) return (null, 0, Refusal.Input("rule-missing", "Ange vilken gallringsregel (rule) körningen ska tillämpa."));
        if (command.DueBefore is not { } dueBefore) return (null, 0, Refusal.Input("due-missing", "Ange till och med vilken dag (dueBefore) det som ska gallras har fallit för fristen."));
        if (await register.FindRule(ruleId, ct) is not { } rule || !caller.IsStaffOf(rule.Authority)) return (null, 0, Refusal.Unknown("rule", "Det finns ingen gallringsregel med det id:t."));
        if (Archivists.Refuse(caller, rule.Authority, "föreslå gallring") is { } notAllowed) return (null, 0, notAllowed);
        var decision = (await register.FindDecision(rule.Decision, ct))!;
        var today = await register.Today(ct);
        if (ProposeDisposal.Refuse(rule, decision, today) is { } why) return (null, 0, why);
        var authority = (await authorities.Find(rule.Authority, ct))!;

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // One proposal at a time for an authority: two would both take the same records.
        await using (var turn = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('archive:disposal-proposal:' || $1, 0))", connection, transaction))
        {
            turn.Parameters.Add(new() { Value = rule.Authority.ToString("D") });
            await turn.ExecuteNonQueryAsync(ct);
        }

        await using (var open = new NpgsqlCommand("""
            insert into archive.disposal_runs
              (run_id, authority_id, rule_id, rule_version, decision_id, due_before, state, manifest_digest, items, oldest, newest, proposed_by, proposed_at)
            values ($1, $2, $3, $4, $5, $6, 'proposed', '', 1, $6, $6, $7, clock_timestamp())
            """, connection, transaction))
        {
            foreach (var value in (object[])[id, rule.Authority, rule.Id, rule.Version, rule.Decision, dueBefore, caller.PersonId]) open.Parameters.Add(new() { Value = value });
            await open.ExecuteNonQueryAsync(ct);
        }

        int items, held;
        DateOnly oldest, newest;
        string digest;
        RunSize size;
        await using (var draw = new NpgsqlCommand(DrawUp, connection, transaction) { CommandTimeout = 0 })
        {
            foreach (var value in (object[])[id, rule.Id, dueBefore < today ? dueBefore : today, rule.Classes.ToArray()]) draw.Parameters.Add(new() { Value = value });
            await using var row = await draw.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            (items, held) = (row.GetInt32(0), row.GetInt32(1));
            if (items == 0)
            {
                return (null, 0, held == 0
                    ? new Refusal("nothing-due", $"Inget har fallit för gallringsfristen till och med {Swedish.Date(dueBefore)}.")
                    : new Refusal("held", $"Allt som fallit för gallringsfristen är stoppat från gallring ({held} handlingar).", More: new Dictionary<string, object?>(StringComparer.Ordinal) { ["held"] = held }));
            }

            (oldest, newest, digest) = (row.GetFieldValue<DateOnly>(2), row.GetFieldValue<DateOnly>(3), row.GetString(4));
            size = new(row.GetInt64(5), row.GetInt32(6), row.GetInt64(7));
        }

        var proposed = new DisposalProposed(
            rule.Authority, rule.Id, rule.Version, rule.Decision, dueBefore, items, digest, oldest, newest, held, DisposalRun.RoleWord, authority.Policy.Version,
            size.ContentBytes, size.Attachments, size.AttachmentBytes);
        var beside = DisposalRuns.Set("""
            update archive.disposal_runs r set manifest_digest = $2, items = $3, oldest = $4, newest = $5, content_bytes = $6, attachments = $7, attachment_bytes = $8, proposed_at = s.timestamp
            from archive.mt_streams s where s.id = r.run_id and r.run_id = $1
            """, id, digest, items, oldest, newest, size.ContentBytes, size.Attachments, size.AttachmentBytes);
        if (await log.Append(transaction, [new(id, "disposal_run", ExpectedVersion.NewStream, [DisposalRun.Signed(proposed, caller)])], log.NewKeySet(), new(caller.PersonId.ToString("D")), [beside], ct) is not Appended.Done done)
            return (null, 0, Refusal.ChangedMeanwhile(0));
        await transaction.CommitAsync(ct);
        return (await runs.Find(id, ct), done.LastSequence, null);
    }
}
