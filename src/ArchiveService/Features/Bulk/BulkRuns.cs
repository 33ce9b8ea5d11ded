using System.Collections.Concurrent;
using ArchiveService.Access;
using ArchiveService.Features.Allotments;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Bulk;

/// <summary>
/// Chosen, looked at beforehand, carried out record by record through the ordinary commands. What was written for the act stands in the memory of the process that carries it
/// out and in the events of the records, nowhere else: a run that was stopped in the middle says so, and is begun anew with what is left.
/// </summary>
public sealed partial class BulkRuns(
    Databases databases, RecordBatches batches, AuthorityRegister authorities, DisposalDecisions decisions, RecordAssessments assessments, AllotmentHandler allotments, AnswerHandler answers,
    RouteRecordHandler routing, HoldHandler holds, Principals principals, TimeProvider clock, IHostApplicationLifetime life, ILogger<BulkRuns> logger) : IDisposable
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(2);

    // Each decision takes a connection: many runs at once would starve those who work one record at a time.
    private readonly SemaphoreSlim turns = new(2);

    public void Dispose() => turns.Dispose();

    private readonly ConcurrentDictionary<Guid, Task> going = new();

    /// <summary>What would come of each, in the order given; the ids once each.</summary>
    public async Task<IReadOnlyList<BulkItem>> Preview(BulkAct command, Caller caller, CancellationToken ct)
    {
        List<Guid> ids = [.. command.Ids!.Distinct()];
        var read = (await batches.Read(ids, ct)).ToDictionary(r => r.Id);
        var worlds = new Worlds();
        var items = new List<BulkItem>();
        foreach (var id in ids)
        {
            if (!read.TryGetValue(id, out var record) || Records.Records.Invisible(record.State, caller))
            {
                items.Add(new(id, null, BulkOutcome.Unknown, "record-unknown", Unseen));
                continue;
            }

            var state = record.State;
            if (command.Versions?.TryGetValue(id, out var version) == true && version != state.Version)
            {
                items.Add(new(id, state.Version, BulkOutcome.Changed, "changed-meanwhile", Refusal.ChangedMeanwhile(state.Version).Explanation, state, record.Text));
                continue;
            }

            var world = await World(worlds, command, caller, id, state, ct);
            var decision = command.Filled(world.Policy).Decide(state, world, caller);
            items.Add(decision.Refused is { } why
                ? new(id, state.Version, BulkOutcome.Refused, why.Code, why.Explanation, state, record.Text)
                : new(id, state.Version, decision.Events.Count == 0 ? BulkOutcome.Nothing : BulkOutcome.Done, null, null, state, record.Text));
        }

        return items;
    }

    /// <summary>Remembers what was chosen; nothing is done with it yet.</summary>
    public async Task<Guid> Choose(BulkAct command, Caller caller, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        await using var batch = databases.Writer.CreateBatch();
        batch.BatchCommands.Add(new("insert into work.bulk_runs (bulk_id, person_id, act, chosen_at) values ($1, $2, $3, $4)")
        {
            Parameters = { new() { Value = id }, new() { Value = caller.PersonId }, new() { Value = command.Act! }, new() { Value = clock.GetUtcNow() } },
        });
        batch.BatchCommands.Add(new("insert into work.bulk_items (bulk_id, place, record_id) select $1, i.place, i.id from unnest($2) with ordinality i(id, place)")
        {
            Parameters = { new() { Value = id }, new() { Value = command.Ids!.Distinct().ToArray() } },
        });
        await batch.ExecuteNonQueryAsync(ct);
        return id;
    }

    /// <summary>Begins it, once: sent twice, the second time leads to the run of the first.</summary>
    /// <returns>False when it had been begun already.</returns>
    public async Task<bool> Begin(Guid run, BulkAct command, Caller caller, CancellationToken ct)
    {
        await using (var begin = databases.Writer.CreateCommand("update work.bulk_runs set started_at = $3, seen_at = clock_timestamp() where bulk_id = $1 and person_id = $2 and started_at is null"))
        {
            begin.Parameters.Add(new() { Value = run });
            begin.Parameters.Add(new() { Value = caller.PersonId });
            begin.Parameters.Add(new() { Value = clock.GetUtcNow() });
            if (await begin.ExecuteNonQueryAsync(ct) == 0) return false;
        }

        if (command.Versions is { Count: > 0 } versions)
        {
            await using var seen = databases.Writer.CreateCommand("update work.bulk_items i set version = v.version from unnest($2, $3) v(id, version) where i.bulk_id = $1 and i.record_id = v.id");
            seen.Parameters.Add(new() { Value = run });
            seen.Parameters.Add(new() { Value = versions.Keys.ToArray() });
            seen.Parameters.Add(new() { Value = versions.Values.ToArray() });
            await seen.ExecuteNonQueryAsync(ct);
        }

        going[run] = Task.Run(() => Carry(run, command, caller, life.ApplicationStopping), CancellationToken.None);
        return true;
    }

    /// <summary>Waits for a run of this process; for no longer than a reader waits for a page, or to its end.</summary>
    public async Task WaitFor(Guid run, bool toTheEnd, CancellationToken ct)
    {
        if (!going.TryGetValue(run, out var task)) return;
        try
        {
            await task.WaitAsync(toTheEnd ? Timeout.InfiniteTimeSpan : Patience, ct);
        }
        catch (TimeoutException)
        {
            // It goes on; the page tells how far it has come.
        }
    }

    /// <summary>One's own run; of somebody else there is none.</summary>
    public async Task<BulkRun?> Find(Guid run, Caller caller, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select r.act, r.chosen_at, r.started_at, r.finished_at, coalesce(r.seen_at < clock_timestamp() - interval '2 minutes', false), i.record_id, i.version, i.outcome, i.code, i.said
            from work.bulk_runs r join work.bulk_items i using (bulk_id) where r.bulk_id = $1 and r.person_id = $2 order by i.place
            """);
        query.Parameters.Add(new() { Value = run });
        query.Parameters.Add(new() { Value = caller.PersonId });
        await using var row = await query.ExecuteReaderAsync(ct);
        BulkRun? found = null;
        var items = new List<BulkItem>();
        while (await row.ReadAsync(ct))
        {
            found ??= new(run, caller.PersonId, row.GetString(0), row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset?>(2), row.GetFieldValue<DateTimeOffset?>(3), row.GetBoolean(4), items);
            items.Add(new(row.GetGuid(5), row.GetFieldValue<long?>(6), StoredWord.Find<BulkOutcome>(row.GetString(7)) ?? BulkOutcome.Waiting, row.IsDBNull(8) ? null : row.GetString(8), row.IsDBNull(9) ? null : row.GetString(9)));
        }

        return found is { } one && BulkAct.KindOf(one.Act) is not null ? one : null;
    }

    private const string Unseen = "Handlingen finns inte, eller så får du inte se den.";

    private async Task Carry(Guid run, BulkAct command, Caller caller, CancellationToken stopping)
    {
        try
        {
            await turns.WaitAsync(stopping);
            try
            {
                Caller? asNow = caller;
                var place = 0;
                foreach (var id in command.Ids!.Distinct())
                {
                    stopping.ThrowIfCancellationRequested();
                    place++;
                    // A role taken away meanwhile is taken away here too.
                    if (place % 10 == 0) asNow = await AsNow(caller, stopping);
                    var item = asNow is null
                        ? new(id, null, BulkOutcome.Refused, "not-allowed", "Du får inte längre göra detta.")
                        : await One(id, command, asNow, stopping);
                    await Note(run, place, item);
                }

                await using var finish = databases.Writer.CreateCommand("update work.bulk_runs set finished_at = $2, seen_at = clock_timestamp() where bulk_id = $1");
                finish.Parameters.Add(new() { Value = run });
                finish.Parameters.Add(new() { Value = clock.GetUtcNow() });
                await finish.ExecuteNonQueryAsync(CancellationToken.None);
            }
            finally
            {
                turns.Release();
            }
        }
        catch (Exception error)
        {
            // Type and SQLSTATE only: an error's text may quote what it refused. The run is told as interrupted.
            LogStopped(logger, error is PostgresException refused ? refused.SqlState : error.GetType().Name);
        }
        finally
        {
            going.TryRemove(run, out _);
        }
    }

    private async Task<Caller?> AsNow(Caller caller, CancellationToken ct)
    {
        if (caller.IsService) return caller;
        return await principals.OfPerson(caller.PersonId, ct) is not { } now ? null : caller with
        {
            Grants = Principals.Common(now.Grants, caller.Grants),
            Clearance = caller.Clearance && now.Clearance,
            ClearedIn = [.. caller.ClearedIn.Intersect(now.ClearedIn)],
        };
    }

    private async Task<BulkItem> One(Guid id, BulkAct command, Caller caller, CancellationToken ct)
    {
        var version = command.Versions?.TryGetValue(id, out var read) == true ? read : (long?)null;
        if (await batches.Read([id], ct) is not [{ State: var state }, ..] || Records.Records.Invisible(state, caller)) return new(id, version, BulkOutcome.Unknown, "record-unknown", Unseen);
        if (version is { } was && was != state.Version) return Told(Refusal.ChangedMeanwhile(state.Version));
        // What the single pages do not show there is no button for there either; the commands decide the rest again.
        if (state.DisposedAt is not null || (MadeHere.Is(state.RecordType) && command.Act is not BulkAct.Hold) || !caller.May(state.Authority, BulkAct.KindOf(command.Act)!.Roles))
            return Told(command.Decide(state, new(id, (await authorities.Find(state.Authority, ct))!.Policy, clock.GetUtcNow()), caller).Refused!);
        // Whatever was read is what is decided on: without a version from the preview the one just read.
        var expected = new IfMatch(version ?? state.Version);
        var outcome = command.Act switch
        {
            BulkAct.KeepOrdered => await assessments.Decide(id, expected, caller, new KeepOrdered().Decide, ct),
            BulkAct.Exempt => await assessments.Decide(id, expected, caller, new ExemptRecord(command.Reason, command.DisposalDecision).Decide, ct),
            BulkAct.Allot => await allotments.Allot(id, new(command.Officer, command.Unit, command.Note), expected, caller, ct),
            BulkAct.Forward => await answers.Forward(id, new(command.Owner, command.Notice), expected, caller, ct),
            BulkAct.Close => await answers.Close(id, new(command.Reason, command.DisposalDecision), expected, caller, ct),
            BulkAct.Route => await routing.Route(id, new(command.Target, command.ReceivingUnit, command.Receipt, null, command.Provision), expected, caller, ct),
            _ => await holds.Place(new(null, id, null, null, command.Ground, command.Reason, null, command.Mandate), caller, ct) is { Refused: { } no } ? no : new Outcome.Done(1, state.Version),
        };
        return outcome switch
        {
            Outcome.Done { LastSequence: 0 } done => new(id, done.Version, BulkOutcome.Nothing, null, null),
            Outcome.Done done => new(id, done.Version, BulkOutcome.Done, null, null),
            Outcome.Refused { Why: var why } => Told(why),
            _ => throw new System.Diagnostics.UnreachableException(),
        };

        BulkItem Told(Refusal why) => new(id, version, why switch
        {
            { Status: StatusCodes.Status412PreconditionFailed } => BulkOutcome.Changed,
            { Code: "record-unknown" } => BulkOutcome.Unknown,
            _ => BulkOutcome.Refused,
        }, why.Code, why.Explanation);
    }

    private async Task Note(Guid run, int place, BulkItem item)
    {
        await using var batch = databases.Writer.CreateBatch();
        batch.BatchCommands.Add(new("update work.bulk_items set outcome = $3, code = $4, said = $5 where bulk_id = $1 and place = $2")
        {
            Parameters =
            {
                new() { Value = run }, new() { Value = place }, new() { Value = item.Stored },
                new() { Value = (object?)item.Code ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = (object?)item.Said ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
            },
        });
        batch.BatchCommands.Add(new("update work.bulk_runs set seen_at = clock_timestamp() where bulk_id = $1") { Parameters = { new() { Value = run } } });
        await batch.ExecuteNonQueryAsync(CancellationToken.None);
    }

    [LoggerMessage(1640, LogLevel.Error, "An act on many records stopped in the middle: {Error}")]
    private static partial void LogStopped(ILogger logger, string error);

    private async Task<BulkWorld> World(Worlds known, BulkAct command, Caller caller, Guid id, RecordState state, CancellationToken ct)
    {
        if (!known.Policies.TryGetValue(state.Authority, out var policy)) known.Policies[state.Authority] = policy = (await authorities.Find(state.Authority, ct))!.Policy;
        var world = new BulkWorld(id, policy, clock.GetUtcNow());
        switch (command.Act)
        {
            case BulkAct.Allot when command.Officer is { } person:
                if (!known.Officers.TryGetValue(state.Authority, out var officer)) known.Officers[state.Authority] = officer = await allotments.Officer(person, state.Authority, ct);
                return world with { Officer = officer };
            case BulkAct.Close:
                if (!known.InForce.TryGetValue((state.Authority, state.RecordType), out var inForce))
                    known.InForce[(state.Authority, state.RecordType)] = inForce = command.DisposalDecision is not { } decision || await decisions.IsInForce(decision, state.Authority, state.RecordType, ct);
                return world with { DecisionInForce = inForce };
            case BulkAct.Forward:
                if (!known.Unassigned.TryGetValue(state.Channel, out var missing))
                    known.Unassigned[state.Channel] = missing = await new AssignmentDemand(policy, AssignmentUse.Answer, ManagerToo: true).Missing(databases, state.Authority, state.Channel, caller, Swedish.Day(world.Now), ct);
                return world with { Unassigned = missing };
            default:
                return world;
        }
    }

    /// <summary>What decisions go by, asked once for all records alike.</summary>
    private sealed class Worlds
    {
        public Dictionary<Guid, Policy> Policies { get; } = [];

        public Dictionary<Guid, OfficerAsked?> Officers { get; } = [];

        public Dictionary<(Guid, string), bool> InForce { get; } = [];

        public Dictionary<Guid, Refusal?> Unassigned { get; } = [];
    }
}
