using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Substitutes;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Disposals;

/// <summary>Approves, cancels and starts gallring runs: the inline row moves in the transaction of the event.</summary>
public sealed class RunCommands(SealedLog log, Databases databases, AuthorityRegister authorities, RetentionRegister register, DisposalRuns runs, DelegationCheck delegation, SubstituteRegister substitutes, TimeProvider clock)
{
    private const string Approved = """
        update archive.disposal_runs r
        set state = 'approved', approved_by = $2, approved_at = s.timestamp, cooling_off_until = s.timestamp + make_interval(days => $3)
        from archive.mt_streams s where s.id = r.run_id and r.run_id = $1
        """;

    private const string Started = """
        update archive.disposal_runs r set state = 'executing', started_by = $2, started_at = s.timestamp, final_on = archive.swedish_date(s.timestamp) + $3
        from archive.mt_streams s where s.id = r.run_id and r.run_id = $1
        """;

    public Task<(DisposalRun? Run, long LastSequence, Refusal? Refused)> Approve(Guid id, Caller caller, CancellationToken ct) =>
        Decide(id, caller, "godkänna gallring", (run, now, by) => run.Approve(by, now),
            happened => DisposalRuns.Set(Approved, id, caller.PersonId, ((DisposalApproved)happened).CoolingOffDays), DelegationUse.Decides, ct);

    public Task<(DisposalRun? Run, long LastSequence, Refusal? Refused)> Cancel(Guid id, Caller caller, CancellationToken ct) =>
        Decide(id, caller, "avbryta gallring", (run, now, by) => run.Cancel(by, now.Policy),
            _ => DisposalRuns.Set("update archive.disposal_runs set state = 'cancelled' where run_id = $1", id), DelegationUse.None, ct);

    /// <summary>The run is on its way when this returns; <see cref="DisposalExecutor"/> does the work.</summary>
    public Task<(DisposalRun? Run, long LastSequence, Refusal? Refused)> Start(Guid id, Caller caller, CancellationToken ct) =>
        Decide(id, caller, "verkställa gallring", (run, now, by) => run.Execute(by, now),
            happened => DisposalRuns.Set(Started, id, caller.PersonId, ((DisposalExecutionStarted)happened).FinalDays), DelegationUse.CarriesOut, ct);

    /// <summary>A reviewer's word about an item (arkivarie, registrator or chef), by somebody who may know of the record. Keeping moves the item out of the run in the transaction of the event.</summary>
    public async Task<(DisposalRun? Run, long LastSequence, Refusal? Refused)> Review(Guid id, Guid record, ReviewItem command, Caller caller, CancellationToken ct)
    {
        if (Archivists.RefuseService(caller, "granska gallring") is { } isService) return (null, 0, isService);
        if (await runs.Find(id, ct) is not { } run || !caller.IsStaffOf(run.Authority)) return (null, 0, Refusal.Unknown("disposal", "Det finns ingen gallring med det id:t."));
        if (Reviewers.Cast<Role?>().FirstOrDefault(r => caller.May(run.Authority, r!.Value)) is not { } role)
            return (null, 0, Refusal.NotAllowed("Bara en arkivarie, registrator eller chef vid myndigheten kan granska en gallring."));
        if (await runs.Item(id, record, ct) is not { } item || !MayKnow(caller, run.Authority, item)) return (null, 0, Refusal.Unknown("item", "Handlingen finns inte i listan, eller så får du inte se den."));
        var policy = (await authorities.Find(run.Authority, ct))!.Policy;
        var decided = run.Review(caller, role, item, command.Keep ?? false, command.Remark, policy);
        if (decided.Refused is { } why) return (null, 0, why);

        var eventId = Guid.CreateVersion7(clock.GetUtcNow());
        var beside = DisposalRuns.Set(
            command.Keep == true ? "select archive.keep_item($1, $2, $3, $4)" : "insert into archive.disposal_remarks (run_id, record_id, event_id, by, keeps) values ($1, $2, $3, $4, false)",
            id, record, eventId, caller.PersonId);
        try
        {
            // Reviewers do not wait for each other's versions: each word stands by itself.
            return await log.Append([new(id, "disposal_run", ExpectedVersion.Any, [decided.Events[0] with { EventId = eventId }])], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
                ? (await runs.Find(id, ct), done.LastSequence, null)
                : (null, 0, Refusal.ChangedMeanwhile(run.Version + 1));
        }
        catch (PostgresException gone) when (gone.SqlState == "AS021")
        {
            return (null, 0, gone.MessageText == "run-not-open"
                ? new Refusal("run-not-open", "Gallringen är redan avslutad.")
                : new Refusal("item-not-pending", "Handlingen är redan gallrad, eller har redan hoppats över."));
        }
    }

    public static Role[] Reviewers => [Role.Arkivarie, Role.Registrator, Role.Chef];

    /// <summary>What stands behind a wall is reviewed by those who may look over it.</summary>
    public static bool MayKnow(Caller caller, Guid authority, ListedItem item) => item.Wall switch
    {
        "open" => true,
        "unassessed" => caller.MayAssess(authority),
        _ => caller.MayReadSecret(authority),
    };

    private async Task<(DisposalRun? Run, long LastSequence, Refusal? Refused)> Decide(
        Guid id, Caller caller, string what, Func<DisposalRun, Circumstances, Caller, Decision> decide, Func<DisposalEvent, NpgsqlBatchCommand> move, DelegationUse use, CancellationToken ct)
    {
        if (Archivists.RefuseService(caller, what) is { } isService) return (null, 0, isService);
        if (await runs.Find(id, ct) is not { } run || !caller.IsStaffOf(run.Authority)) return (null, 0, Refusal.Unknown("disposal", "Det finns ingen gallring med det id:t."));
        // An arkivarie's substitute approves in the arkivarie's place, but not what the arkivarie proposed: the one and the other would be the same (I4).
        if (use is DelegationUse.Decides && caller.StandIns.Any(s => s.Person == run.ProposedBy))
        {
            var asked = caller;
            caller = caller with { StandIns = [.. caller.StandIns.Where(s => s.Person != run.ProposedBy)] };
            if (asked.StandsInAs(run.Authority, Role.Arkivarie) is not null && caller.StandsInAs(run.Authority, Role.Arkivarie) is null)
                return (null, 0, new("same-person", "Den du ersätter har föreslagit gallringen, och då kan du inte godkänna den i samma persons ställe. Be en annan arkivarie."));
        }

        var standIn = use is DelegationUse.Decides ? caller.StandsInAs(run.Authority, Role.Arkivarie) : null;
        if (standIn is null && Archivists.Refuse(caller, run.Authority, what) is { } notAllowed) return (null, 0, notAllowed);
        if (standIn is not null) caller = caller with { Name = $"{caller.Name}, {SubstitutionWords.InPlaceOf(await substitutes.NameOf(standIn.Person, ct))}" };
        var now = await Now(run, ct);
        var decided = decide(run, now, caller);
        if (decided.Refused is { } why) return (null, 0, why);
        if (decided.Events is []) return (run, 0, null);

        // No point, no decision, once a delegationsordning is adopted. The approval is the decision that is reported to the nämnd; the execution carries it out.
        var delegated = use is DelegationUse.None ? null : await delegation.Under(run.Authority, DelegationKinds.Dispose, caller, ct);
        if (delegated?.Refused is { } missing) return (null, 0, missing);
        var (drafts, notes) = use is DelegationUse.Decides ? delegated!.Noted("disposal_run", id, caller, now.Policy.Version, clock.GetUtcNow()) : ([], []);

        if (standIn is not null && delegated?.InPlaceOf?.Substitution != standIn.Substitution)
        {
            var (noted, note) = SubstituteRegister.Noted(standIn, caller, "disposal-approved", "disposal_run", id, now.Policy.Version, clock.GetUtcNow());
            (drafts, notes) = ([.. drafts, noted], [.. notes, note]);
        }

        var keys = await log.Keys([id], ct);
        var moved = move((DisposalEvent)decided.Events[0].Event);
        try
        {
            return await log.Append([new(id, "disposal_run", ExpectedVersion.Exactly(run.Version), decided.Events), .. drafts], keys, new(caller.PersonId.ToString("D")), [moved, .. notes], ct) is Appended.Done done
                ? (await runs.Find(id, ct), done.LastSequence, null)
                : (null, 0, Refusal.ChangedMeanwhile(run.Version + 1));
        }
        catch (PostgresException error) when (SubstituteRegister.HasEnded(error))
        {
            return (null, 0, SubstituteRegister.Ended);
        }
    }

    private enum DelegationUse
    {
        None,
        Decides,
        CarriesOut,
    }

    /// <summary>By the database's clock: dispose_batch goes by it too.</summary>
    private async Task<Circumstances> Now(DisposalRun run, CancellationToken ct)
    {
        var decision = (await register.FindDecision(run.Decision, ct))!;
        var rule = await register.FindRule(run.Rule, ct);
        var policy = (await authorities.Find(run.Authority, ct))!.Policy;
        await using var query = databases.Writer.CreateCommand("""
            select t, archive.swedish_date(t),
                   (select count(*) from archive.disposal_items i left join archive.record_states s using (record_id) left join archive.disclosure_requests q on q.request_id = i.record_id
                    where i.run_id = $1 and i.state = 'pending' and archive.is_held(coalesce(s.authority_id, q.authority_id), i.record_id, coalesce(s.case_id, q.case_id), s.account_id)),
                   (select count(*) from archive.disposal_items i where i.run_id = $1 and i.reason = 'kept')
            from (select clock_timestamp() as t) now
            """);
        query.Parameters.Add(new() { Value = run.Id });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(decision, rule, policy, row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateOnly>(1), row.GetInt64(2)) { Kept = row.GetInt64(3) };
    }
}
