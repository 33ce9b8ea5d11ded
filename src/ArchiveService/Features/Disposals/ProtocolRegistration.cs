using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using Registration = ArchiveService.Features.Cases.Registration;

namespace ArchiveService.Features.Disposals;

/// <summary>
/// Issues the gallringsprotokoll and registers it in the diary, in one transaction: it becomes the next document of the authority's case for gallring of the year, which is opened with the
/// first. A crash leaves both or neither, and a run that is completed is left alone, so no protocol gets two numbers.
/// </summary>
public sealed class ProtocolRegistration(SealedLog log, Databases databases, AuthorityRegister authorities, RetentionRegister register, Registration registration)
{
    /// <summary>Where the diary is kept in another system (diary.mode external), that system gives the number.</summary>
    public const string External = "external";

    public static string CaseTitle(int year) => $"Gallring {year}";

    private static string Collective(int year) => $"disposals-{year}";

    /// <returns>Null when it is done; else what it waits for.</returns>
    public async Task<string?> Issue(DisposalRun run, IReadOnlyList<string> remainsIn, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            try
            {
                var (done, waits) = await Try(run, remainsIn, ct);
                if (done || waits is not null) return waits;
            }
            catch (PostgresException error) when (attempt < 5 && (Registration.OpenedMeanwhile(error) || error.SqlState is PostgresErrorCodes.DeadlockDetected or PostgresErrorCodes.SerializationFailure))
            {
                // Somebody registered in the same moment: again, on what stands now.
            }

            if (attempt == 5) return "protocol-not-registered";
        }
    }

    private async Task<(bool Done, string? Waits)> Try(DisposalRun run, IReadOnlyList<string> remainsIn, CancellationToken ct)
    {
        var authority = (await authorities.Find(run.Authority, ct))!;
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var turn = new NpgsqlCommand("select pg_advisory_xact_lock(hashtextextended('archive:protocol:' || $1, 0))", connection, transaction))
        {
            turn.Parameters.Add(new() { Value = run.Authority.ToString("D") });
            await turn.ExecuteNonQueryAsync(ct);
        }

        await using (var state = new NpgsqlCommand("select state = 'completed' from archive.disposal_runs where run_id = $1", connection, transaction))
        {
            state.Parameters.Add(new() { Value = run.Id });
            if (await state.ExecuteScalarAsync(ct) is true) return (true, null);
        }

        var now = await Registration.Lock(transaction, [], ct);
        var year = Swedish.Day(now).Year;
        List<Draft> drafts = [];
        List<NpgsqlBatchCommand> statements = [];
        var issued = new DisposalProtocolIssued(run.FinalOn!.Value, remainsIn, NotRegistered: External);
        var keys = log.NewKeySet();
        var (found, draft, opened, refused) = await Case(transaction, authority, year, ct);
        if (refused is { Code: "log-behind" }) return (false, "diary-behind");
        if (refused is { Code: not "diary-mode" }) issued = issued with { NotRegistered = refused.Code };
        if (found is { } at)
        {
            var document = at.LastDocument + 1;
            var rule = (await register.FindRule(run.Rule, run.RuleVersion, ct))!;
            var decision = (await register.FindDecision(run.Decision, ct))!;
            var registered = new Happened(
                new CaseProtocolRegistered(document, run.Id, Swedish.Day(now), now, authority.Policy.Version), KeyClass.Case, new Parts().With(Parts.Subject, Subject(run, rule, decision)));
            if (draft is null) keys = await log.Keys([at.Id], ct);
            drafts.Add(draft is null ? new(at.Id, "case", ExpectedVersion.Exactly(at.Version), [registered]) : draft with { Events = [.. draft.Events, registered] });
            statements.AddRange(opened);
            statements.AddRange(CaseActs.Rows(at, [registered]));
            issued = issued with { Case = at.Id, DiaryNumber = at.DiaryNumber, DocumentNumber = document, NotRegistered = null };
        }

        statements.Add(DisposalRuns.Set("""
            update archive.disposal_runs r set completed_at = s.timestamp, problem = null, state = 'completed' from archive.mt_streams s where s.id = r.run_id and r.run_id = $1
            """, run.Id));
        drafts.Add(new(run.Id, "disposal_run", ExpectedVersion.Any, [new(issued)]));
        if (await log.Append(transaction, drafts, keys, new(run.StartedBy!.Value.ToString("D")), statements, ct) is not Appended.Done) return (false, null);
        await transaction.CommitAsync(ct);
        return (true, null);
    }

    /// <summary>The case of the year that stands open, with its stream and row locked; else a new one.</summary>
    private async Task<(CaseState? State, Draft? Draft, IReadOnlyList<NpgsqlBatchCommand> Opened, Refusal? Refused)> Case(NpgsqlTransaction transaction, Authority authority, int year, CancellationToken ct)
    {
        Guid? id;
        await using (var query = new NpgsqlCommand("""
            select c.case_id from archive.cases c join archive.mt_streams s on s.id = c.case_id
            where c.authority_id = $1 and c.collective = $2 and c.closed_at is null and c.voided_at is null for update of s, c
            """, transaction.Connection, transaction))
        {
            query.Parameters.Add(new() { Value = authority.Id });
            query.Parameters.Add(new() { Value = Collective(year) });
            id = (Guid?)await query.ExecuteScalarAsync(ct);
        }

        if (id is { } open) return (CaseState.From(open, await log.Store.ReadStream(open, ct: ct)), null, [], null);

        var (made, _, beside) = await registration.OpenEmpty(transaction, authority, new(CaseTitle(year), null), CaseInitiative.Authority, CaseTitle(year), ct);
        if (beside.Refused is not null) return (null, null, [], beside.Refused);
        var draft = beside.Drafts.Single();
        NpgsqlBatchCommand named = DisposalRuns.Set("update archive.cases set collective = $2 where case_id = $1", made, Collective(year));
        var state = (CaseState.None with { Id = made }).After((CaseEvent)draft.Events.Single().Event);
        return (state, draft, [.. beside.Statements, named], null);
    }

    /// <summary>Nothing of what was destroyed: which types, which time, under which decision.</summary>
    internal static string Subject(DisposalRun run, RetentionRule rule, DisposalDecision decision) =>
        $"Gallringsprotokoll: {GallringModel.Types(rule.RecordTypes)}, {(run.Oldest == run.Newest ? Swedish.Date(run.Oldest) : $"{Swedish.Date(run.Oldest)} – {Swedish.Date(run.Newest)}")}, enligt {decision.Reference}";
}
