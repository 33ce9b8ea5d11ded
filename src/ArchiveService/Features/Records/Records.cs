using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>Loads a record, lets a pure decision speak, and writes what it says, with the inline row and the wall, in one transaction.</summary>
public sealed class Records(SealedLog log, Databases databases, TimeProvider clock) : IDisposable
{
    // A decision holds one connection and asks through others: not so many at once that each waits for one that another holds.
    private readonly SemaphoreSlim turns = new(Math.Max(1, new NpgsqlConnectionStringBuilder(databases.Connections.Writer).MaxPoolSize / 4));

    public void Dispose() => turns.Dispose();

    /// <param name="also">Further drafts and statements that belong in the same transaction, made after the decision; may refuse.</param>
    public Task<Outcome> Decide(
        Guid id, IfMatch expected, Caller caller, Func<RecordState, Decision> decide,
        Func<NpgsqlTransaction, RecordState, CancellationToken, Task<Beside>>? also = null, CancellationToken ct = default) => Decide(id, expected, caller, null, decide, also, ct);

    /// <param name="demand">The assignment that the command asks for in the record's channel (I11); null for none.</param>
    /// <param name="also">Further drafts and statements that belong in the same transaction, made after the decision; may refuse.</param>
    public async Task<Outcome> Decide(
        Guid id, IfMatch expected, Caller caller, AssignmentDemand? demand, Func<RecordState, Decision> decide,
        Func<NpgsqlTransaction, RecordState, CancellationToken, Task<Beside>>? also = null, CancellationToken ct = default)
    {
        await turns.WaitAsync(ct);
        try
        {
            return await DecideNow(id, expected, caller, demand, decide, also, ct);
        }
        finally
        {
            turns.Release();
        }
    }

    private async Task<Outcome> DecideNow(
        Guid id, IfMatch expected, Caller caller, AssignmentDemand? demand, Func<RecordState, Decision> decide,
        Func<NpgsqlTransaction, RecordState, CancellationToken, Task<Beside>>? also, CancellationToken ct)
    {
        for (var attempt = 1; ; attempt++)
        {
            var state = RecordState.From(await log.Store.ReadStream(id, ct: ct));
            if (Invisible(state, caller)) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
            if (expected.Version is { } version && version != state.Version) return Refusal.ChangedMeanwhile(state.Version);
            if (state.DisposedAt is not null) return new Refusal("record-disposed", "Handlingen är gallrad. Inget mer kan göras med den.");

            var decision = decide(state);
            if (decision.Refused is { } why) return why;

            await using var connection = await databases.Writer.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            if (demand is not null && decision.Events.Count > 0
                && await demand.Missing(transaction, state.Authority, state.Channel, caller, Swedish.Day(clock.GetUtcNow()), ct) is { } unassigned) return unassigned;
            // Before what others wait for, such as the number of a series, is held.
            var keys = await log.Keys([id], ct);
            var beside = also is null ? Beside.Empty : await also(transaction, decision.Events.Aggregate(state, (s, e) => s.After((RecordEvent)e.Event, s.CapturedAt)), ct);
            if (beside.Refused is not null) return beside.Refused;
            IReadOnlyList<Happened> events = [.. decision.Events, .. beside.RecordEvents];
            if (events.Count == 0) return new Outcome.Done(0, state.Version);

            if (beside.Drafts.Where(d => d.Expected != ExpectedVersion.NewStream).Select(d => d.StreamId).ToList() is { Count: > 0 } others) await keys.Load(databases.Writer, [id, .. others], ct);
            var draft = new Draft(id, "record", ExpectedVersion.Exactly(state.Version), events);
            Appended appended;
            try
            {
                appended = await log.Append(transaction, [draft, .. beside.Drafts], keys, new(caller.PersonId.ToString("D")), beside.Statements, ct);
            }
            catch (PostgresException error) when (Cases.Registration.OpenedMeanwhile(error) && attempt < 5)
            {
                continue;
            }

            if (appended is Appended.Conflict)
            {
                await transaction.RollbackAsync(ct);
                if (expected.Version is not null || attempt == 5) return Refusal.ChangedMeanwhile(state.Version + 1);
                continue;
            }

            var done = (Appended.Done)appended;
            var after = events.Aggregate(state, (s, e) => s.After((RecordEvent)e.Event, done.RecordedAt));
            await RecordStates.Write(transaction, [(id, after)], ct);
            if (after.Wall != state.Wall) await Walls.Move(transaction, id, ct);
            if (after.Locked && !state.Locked) await Walls.Lock(transaction, id, ct);
            await transaction.CommitAsync(ct);
            return new Outcome.Done(done.LastSequence, done.Versions[id]);
        }
    }

    public async Task<RecordState?> Find(Guid id, Caller caller, CancellationToken ct)
    {
        var state = RecordState.From(await log.Store.ReadStream(id, ct: ct));
        return Invisible(state, caller) ? null : state;
    }

    /// <summary>What the caller may not know of does not exist for them.</summary>
    public static bool Invisible(RecordState state, Caller caller) =>
        !state.Exists || !caller.IsStaffOf(state.Authority)
        || (state.Wall == Wall.Secret && !caller.MayReadSecret(state.Authority))
        || (state.Wall == Wall.Unassessed && !caller.MayAssess(state.Authority));
}

/// <summary>What else a command writes in its transaction.</summary>
public sealed record Beside(IReadOnlyList<Happened> RecordEvents, IReadOnlyList<Draft> Drafts, IReadOnlyList<NpgsqlBatchCommand> Statements, Refusal? Refused = null)
{
    public static Beside Empty { get; } = new([], [], []);
}
