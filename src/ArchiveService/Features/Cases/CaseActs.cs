using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Substitutes;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Cases;

/// <summary>What a decision about a case stands on: the case, its authority with the policy in force, who decides and when.</summary>
public sealed record CaseMoment(CaseState State, Authority Authority, Caller By, DateTimeOffset Now)
{
    public int PolicyVersion => Authority.Policy.Version;

    public DateOnly Today => PageParts.Swedish.Day(Now);

    public int NextDocument => State.LastDocument + 1;

    public bool IsRegistrator => By.May(State.Authority, Role.Registrator);

    /// <summary>A registrator, or the case's own officer, or the officer's substitute.</summary>
    public bool MayHandle => IsRegistrator || By.IsOrStandsInFor(State.Authority, State.Officer);

    /// <summary>Under which substitution the caller handles the case, when it is the officer's own to handle and not the caller's.</summary>
    public StandIn? InPlaceOf => IsRegistrator || State.Officer == By.PersonId ? null : By.StandsInFor(State.Authority, State.Officer);

    public Refusal? NotHandled(string what) => MayHandle ? null : Refusal.NotAllowed($"Bara ärendets handläggare eller en registrator får {what}.");

    public Refusal? NotOpen() =>
        State.Voided ? new("case-voided", $"{State.DiaryNumber} har utgått och används inte mer.")
        : State.ClosedAt is not null ? new("case-closed", "Ärendet är avslutat. Återöppna det först, med skäl.")
        : null;
}

/// <summary>What else belongs in the transaction of a decision about a case.</summary>
public sealed record CaseBeside(IReadOnlyList<Draft> Drafts, IReadOnlyList<NpgsqlBatchCommand> Statements, Refusal? Refused = null)
{
    public static CaseBeside Empty { get; } = new([], []);
}

/// <summary>Loads a case, lets a pure decision speak, and writes what it says with the inline rows in one transaction.</summary>
public sealed class CaseActs(SealedLog log, Databases databases, AuthorityRegister authorities, TimeProvider clock)
{
    public static Refusal Unknown { get; } = Refusal.Unknown("case", "Ärendet finns inte, eller så får du inte se det.");

    /// <summary>The case as the caller may act on it; null when they may not know of it.</summary>
    public async Task<CaseMoment?> Find(Guid id, Caller caller, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        if (history is not [{ Event: CaseOpened opened }, ..] || !caller.IsStaffOf(opened.Authority)) return null;
        return new(CaseState.From(id, history), (await authorities.Find(opened.Authority, ct))!, caller, clock.GetUtcNow());
    }

    /// <param name="decide">On what stands before the lock is taken; whoever changed the case meanwhile makes it decide again.</param>
    /// <param name="along">The other cases that are written to: their streams are locked with this one's in id order, so that two that meet wait for each other and never both.</param>
    public Task<Outcome> Decide(
        Guid id, IfMatch expected, Caller caller, Func<CaseMoment, Decision> decide, CancellationToken ct, Func<NpgsqlTransaction, CaseMoment, Decision, Task<CaseBeside>>? also = null,
        IReadOnlyList<Guid>? along = null) => Decide(id, expected, caller, (at, _) => Task.FromResult(decide(at)), locked: false, ct, also, along);

    /// <summary>As the other, but decided while the case is locked: what else of it the decision reads, as its documents, is then not from before somebody else's.</summary>
    public Task<Outcome> DecideLocked(Guid id, IfMatch expected, Caller caller, Func<CaseMoment, NpgsqlTransaction, Task<Decision>> decide, CancellationToken ct) =>
        Decide(id, expected, caller, (at, transaction) => decide(at, transaction!), locked: true, ct);

    private async Task<Outcome> Decide(
        Guid id, IfMatch expected, Caller caller, Func<CaseMoment, NpgsqlTransaction?, Task<Decision>> decide, bool locked, CancellationToken ct,
        Func<NpgsqlTransaction, CaseMoment, Decision, Task<CaseBeside>>? also = null, IReadOnlyList<Guid>? along = null)
    {
        for (var attempt = 1; ; attempt++)
        {
            if (await Find(id, caller, ct) is not { } moment) return Unknown;
            if (expected.Version is { } version && version != moment.State.Version) return Refusal.ChangedMeanwhile(moment.State.Version);
            var decision = locked ? Decision.Nothing : await decide(moment, null);
            if (decision.Refused is { } why) return why;
            if (!locked && decision.Events.Count == 0) return new Outcome.Done(0, moment.State.Version);

            await using var connection = await databases.Writer.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            if (along is { Count: > 0 }) await Registration.Lock(transaction, [id, .. along], ct);
            if (!await Lock(transaction, id, moment.State.Version, ct))
            {
                if (expected.Version is not null || attempt == 5) return Refusal.ChangedMeanwhile(moment.State.Version + 1);
                continue;
            }

            if (locked)
            {
                decision = await decide(moment, transaction);
                if (decision.Refused is { } no) return no;
                if (decision.Events.Count == 0) return new Outcome.Done(0, moment.State.Version);
            }

            var beside = also is null ? CaseBeside.Empty : await also(transaction, moment, decision);
            if (beside.Refused is not null) return beside.Refused;
            var keys = await log.Keys([id, .. beside.Drafts.Select(d => d.StreamId)], ct);
            Draft draft = new(id, "case", ExpectedVersion.Exactly(moment.State.Version), decision.Events);
            IReadOnlyList<NpgsqlBatchCommand> rows = [.. Rows(moment.State, decision.Events), .. Told(moment.State, decision.Events), .. beside.Statements, .. Placing(moment.State, decision.Events)];
            List<Draft> drafts = [draft, .. beside.Drafts];
            if (moment.InPlaceOf is { } standIn)
            {
                var (noted, note) = SubstituteRegister.Noted(standIn, caller, "case", "case", id, moment.PolicyVersion, clock.GetUtcNow());
                drafts.Add(noted);
                rows = [.. rows, note];
            }

            try
            {
                if (await log.Append(transaction, drafts, keys, new(caller.PersonId.ToString("D")), rows, ct) is Appended.Done done)
                {
                    await transaction.CommitAsync(ct);
                    return new Outcome.Done(done.LastSequence, done.Versions[id]);
                }
            }
            catch (PostgresException error) when (SubstituteRegister.HasEnded(error))
            {
                return SubstituteRegister.Ended;
            }

            if (expected.Version is not null || attempt == 5) return Refusal.ChangedMeanwhile(moment.State.Version + 1);
        }
    }

    /// <summary>The stream before the row, as a registration into the case takes them.</summary>
    private static async Task<bool> Lock(NpgsqlTransaction transaction, Guid id, long version, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(
            "select s.version from archive.cases c join archive.mt_streams s on s.id = c.case_id where c.case_id = $1 for update of s, c", transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = id });
        return await query.ExecuteScalarAsync(ct) is long now && now == version;
    }

    /// <summary>The inline rows that the events make, from what the case says after them.</summary>
    internal static IEnumerable<NpgsqlBatchCommand> Rows(CaseState before, IReadOnlyList<Happened> events)
    {
        var after = before;
        foreach (var happened in events)
        {
            after = after.After((CaseEvent)happened.Event);
            var turn = happened.Event switch
            {
                CaseClosed e => ("closed", e.ClosedAt, null),
                CaseReopened e => ("reopened", e.ReopenedAt, null),
                CaseOfficerAssigned e => ("assigned", e.AssignedAt, e.Officer),
                _ => default((string Kind, DateTimeOffset At, Guid? Officer)?),
            };
            if (turn is { } taken) yield return Turn(before.Id, after.Version, taken.Kind, taken.At, taken.Officer);
            if (DocumentRow(before.Id, before.Authority, happened.Event) is { } document) yield return document;
        }

        yield return new("update archive.cases set last_document = $2, closed_at = $3, officer_id = $4, officer_since = $5, open_appeals = $6, archived_on = $7, marked = $8 where case_id = $1")
        {
            Parameters =
            {
                new() { Value = before.Id }, new() { Value = after.LastDocument },
                new() { Value = (object?)after.ClosedAt?.ToUniversalTime() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.TimestampTz },
                new() { Value = (object?)after.Officer ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = (object?)after.OfficerSince ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date },
                new() { Value = after.OpenAppeals }, new() { Value = (object?)after.ArchivedOn ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date },
                new() { Value = after.Provision is not null },
            },
        };
    }

    private static NpgsqlBatchCommand? DocumentRow(Guid id, Guid authority, SealableEvent happened)
    {
        NpgsqlBatchCommand Made(int number, string kind, Records.Direction direction, DateOnly date, DateTimeOffset registered, string? provision) => new("""
            insert into archive.case_documents (case_id, document_number, authority_id, kind, direction, diary_date, registered_at, marked, entered)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $4 <> 'note')
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = number }, new() { Value = authority }, new() { Value = kind }, new() { Value = Records.RecordStates.Stored(direction) },
                new() { Value = date }, new() { Value = registered.ToUniversalTime() }, new() { Value = provision is not null },
            },
        };
        NpgsqlBatchCommand Set(int number, string what) => new($"update archive.case_documents set {what} where case_id = $1 and document_number = $2") { Parameters = { new() { Value = id }, new() { Value = number } } };
        return happened switch
        {
            CaseNoteWritten e => Made(e.DocumentNumber, "note", Records.Direction.DrawnUp, PageParts.Swedish.Day(e.OccurredAt), e.WrittenAt, e.Provision),
            CaseDecisionMade e => Made(e.DocumentNumber, "decision", Records.Direction.DrawnUp, e.DecidedOn, e.RecordedAt, e.Provision),
            CaseProtocolRegistered e => Made(e.DocumentNumber, "protocol", Records.Direction.DrawnUp, e.DrawnUpOn, e.RegisteredAt, null),
            CaseAppealReceived { Record: null } e => Made(e.DocumentNumber, "appeal", Records.Direction.Received, e.ReceivedOn, e.RegisteredAt, e.Provision),
            CaseDocumentMarked e => Set(e.DocumentNumber, "marked = true, released = false"),
            CaseDocumentMarkLifted e => Set(e.DocumentNumber, "marked = false"),
            CaseDocumentReleased e => Set(e.DocumentNumber, "released = true"),
            CaseDocumentWithheld e => Set(e.DocumentNumber, "released = false"),
            CaseClosed => new("update archive.case_documents set entered = true where case_id = $1 and not entered") { Parameters = { new() { Value = id } } },
            _ => null,
        };
    }

    /// <summary>What became an entry of the diary is told to other diaries.</summary>
    private static IEnumerable<NpgsqlBatchCommand> Told(CaseState before, IReadOnlyList<Happened> events)
    {
        if (events.Any(e => e.Event is CaseDecisionMade or CaseAppealReceived { Record: null } or CaseClosed)) yield return Outgoing.OutgoingEntries.DocumentsStatement(before.Id, before.Version);
    }

    /// <summary>What people read is moved in the same transaction, as that of a record is (see <see cref="Records.Walls"/>).</summary>
    private static IEnumerable<NpgsqlBatchCommand> Placing(CaseState before, IReadOnlyList<Happened> events)
    {
        var marks = events.Any(e => e.Event is CaseTitleMarked or CaseTitleMarkLifted);
        if (!marks && !events.Any(e => e.Event is CaseDocumentMarked or CaseDocumentMarkLifted or CaseDocumentReleased or CaseDocumentWithheld) && !(events.Any(e => e.Event is CaseClosed) && before.Notes.Count > 0)) yield break;
        yield return new("select pg_advisory_xact_lock($1)") { Parameters = { new() { Value = Records.Walls.LockKey } } };
        if (marks) yield return new("select views.place_cases(array[$1])") { Parameters = { new() { Value = before.Id } } };
        yield return new("select views.place_case_documents(array[$1])") { Parameters = { new() { Value = before.Id } } };
    }

    private static NpgsqlBatchCommand Turn(Guid id, long version, string kind, DateTimeOffset at, Guid? officer) =>
        new("insert into archive.case_turns (case_id, version, kind, at, officer_id) values ($1, $2, $3, $4, $5)")
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = version }, new() { Value = kind }, new() { Value = at.ToUniversalTime() },
                new() { Value = (object?)officer ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
            },
        };
}
