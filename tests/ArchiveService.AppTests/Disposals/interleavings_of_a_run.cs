using ArchiveService.Features.Disposals;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Verify;
using ArchiveService.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Disposals;

/// <summary>
/// Approve, start, hold, lift, cancel, change of rule, review and execute, in every order and at the same time: a held or kept record never dies, a cancelled run destroys
/// nothing, and no run whose rule has changed does. <c>INTERLEAVINGS=all</c> takes every form of hold and every order of the real commands as well.
/// </summary>
[Trait("Requirement", "I4")]
public sealed class Interleavings_of_a_run
{
    private static readonly bool All = Environment.GetEnvironmentVariable("INTERLEAVINGS") == "all";

    public enum Act
    {
        Approve,
        Start,
        Hold,
        Lift,
        Cancel,
        Rule,
        Keep,
        Execute,
    }

    /// <summary>What the tables say after some acts.</summary>
    private sealed record Model(RunState State, bool Held, bool WasHeld, bool Changed, bool Kept)
    {
        public Model? After(Act act) => act switch
        {
            Act.Approve => State is RunState.Proposed ? this with { State = RunState.Approved } : null,
            Act.Start => State is RunState.Approved ? this with { State = RunState.Executing } : null,
            Act.Cancel => State is RunState.Proposed or RunState.Approved ? this with { State = RunState.Cancelled } : null,
            Act.Hold => WasHeld ? null : this with { Held = true, WasHeld = true },
            Act.Lift => Held ? this with { Held = false } : null,
            Act.Rule => Changed ? null : this with { Changed = true },
            Act.Keep => Kept || State is RunState.Cancelled ? null : this with { Kept = true },
            _ => null,
        };

        public bool Destroys(bool first) => State is RunState.Executing && !Changed && !(first && (Held || Kept));
    }

    public static TheoryData<string, Act[]> Trees
    {
        get
        {
            var trees = new TheoryData<string, Act[]> { { "record", [Act.Approve, Act.Start, Act.Hold, Act.Lift, Act.Cancel, Act.Keep] }, { "search", [Act.Approve, Act.Start, Act.Hold, Act.Lift, Act.Rule] } };
            if (!All) return trees;
            foreach (var kind in new[] { "record", "account", "search" }) trees.Add(kind, [Act.Approve, Act.Start, Act.Hold, Act.Lift, Act.Cancel, Act.Rule, Act.Keep]);
            return trees;
        }
    }

    /// <summary>The tables alone, so that no decision in the service helps: after every beginning of every order somebody tries to execute.</summary>
    [Theory]
    [MemberData(nameof(Trees))]
    public async Task in_every_order_are_stood_by_the_database_alone(string kind, Act[] acts)
    {
        await using var world = await World.Make(projecting: false);
        var records = await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2"));
        var run = await world.Proposed(await world.Rule());
        await using var connection = await world.Database.Owner.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var tree = new Tree(world, connection, run, records, kind);

        await tree.Grow(new(RunState.Proposed, false, false, false, false), acts, []);

        await transaction.RollbackAsync();
        Assert.True(tree.Tried > 80, $"{tree.Tried} beginnings");
        Assert.True(tree.Destroyed >= 10, $"{tree.Destroyed} destroyed something");
    }

    private sealed class Tree(World world, NpgsqlConnection connection, DisposalRun run, IReadOnlyList<Guid> records, string kind)
    {
        private Guid hold;

        public int Tried { get; private set; }

        public int Destroyed { get; private set; }

        public async Task Grow(Model now, Act[] left, Act[] done)
        {
            await TryToExecute(now, done);
            foreach (var act in left)
            {
                if (now.After(act) is not { } next) continue;
                var (mark, before) = ($"s{done.Length}", hold);
                await Do($"savepoint {mark}");
                await Apply(act);
                await Grow(next, [.. left.Where(a => a != act)], [.. done, act]);
                await Do($"rollback to savepoint {mark}");
                hold = before;
            }
        }

        private async Task TryToExecute(Model now, Act[] done)
        {
            Tried++;
            await Do("savepoint try");
            var said = string.Join(", ", done);
            try
            {
                await Do("select archive.dispose_batch($1, $2)", run.Id, records.ToArray());
                Assert.True(now.State is RunState.Executing, $"executed though {now.State}: {said}");
            }
            catch (PostgresException refused)
            {
                Assert.True(now.State is not RunState.Executing && refused.SqlState == "AS020", $"{refused.SqlState} {refused.MessageText}: {said}");
                await Do("rollback to savepoint try");
            }

            for (var i = 0; i < records.Count; i++)
            {
                await using var query = new NpgsqlCommand(
                    "select (select disposed_at is not null from archive.record_states where record_id = $1), (select count(*) = 0 from archive.record_keys where stream_id = $1)", connection);
                query.Parameters.Add(new() { Value = records[i] });
                await using var row = await query.ExecuteReaderAsync();
                await row.ReadAsync();
                Assert.True((row.GetBoolean(0), row.GetBoolean(1)) == (now.Destroys(i == 0), now.Destroys(i == 0)), $"record {i + 1}, destroyed {row.GetBoolean(0)}, key gone {row.GetBoolean(1)}: {said}");
            }

            if (now.Destroys(false)) Destroyed++;
            await Do("rollback to savepoint try");
        }

        private async Task Apply(Act act)
        {
            switch (act)
            {
                case Act.Approve:
                    await Do("update archive.disposal_runs set state = 'approved', approved_by = $2, approved_at = clock_timestamp(), cooling_off_until = clock_timestamp() where run_id = $1", run.Id, world.Bo.PersonId);
                    break;
                case Act.Start:
                    await Do("update archive.disposal_runs set state = 'executing', started_by = $2, started_at = clock_timestamp(), final_on = current_date where run_id = $1", run.Id, world.Anna.PersonId);
                    break;
                case Act.Cancel:
                    await Do("update archive.disposal_runs set state = 'cancelled' where run_id = $1", run.Id);
                    break;
                case Act.Hold:
                    hold = Guid.CreateVersion7();
                    await Do("insert into archive.holds (hold_id, authority_id, kind, target_id, ground, received_to, accounts) select $1, $2, $3, $4, 'police', case when $3 = 'search' then date '2020-12-31' end, case when $3 = 'search' then array[$5] end",
                        hold, run.Authority, kind, kind switch { "record" => records[0], "account" => world.Account(), _ => hold }, world.Account());
                    break;
                case Act.Lift:
                    await Do("update archive.holds set lifted_at = clock_timestamp() where hold_id = $1", hold);
                    break;
                case Act.Rule:
                    await Do("update archive.retention_rules set ended_at = clock_timestamp() where rule_id = $1 and ended_at is null", run.Rule);
                    break;
                case Act.Keep:
                    await Do("select archive.keep_item($1, $2, $3, $4)", run.Id, records[0], Guid.CreateVersion7(), world.Registrar.PersonId);
                    break;
                default:
                    throw new NotSupportedException($"{act}");
            }
        }

        private async Task Do(string sql, params object[] values)
        {
            await using var command = new NpgsqlCommand(sql, connection);
            foreach (var value in values) command.Parameters.Add(new() { Value = value });
            await command.ExecuteNonQueryAsync();
        }
    }

    [Fact]
    public async Task in_many_orders_of_the_real_commands()
    {
        await using var world = await World.Make(projecting: false);
        var decision = await world.Decision();
        var dice = new Random(20261127);
        var orders = All ? Orders([.. Enum.GetValues<Act>()]).Where(o => Array.IndexOf(o, Act.Approve) < Array.IndexOf(o, Act.Start) && Array.IndexOf(o, Act.Start) < Array.IndexOf(o, Act.Execute)).ToList()
            : [.. Enumerable.Range(0, 14).Select(_ => Likely(dice))];
        foreach (var (order, n) in orders.Select((o, n) => (o, n))) await Play(world, decision, order, n);
        await Nothing_held_died(world);
    }

    /// <summary>Any order in which a run can come as far as to execute.</summary>
    private static Act[] Likely(Random dice)
    {
        var order = Enum.GetValues<Act>();
        do
        {
            dice.Shuffle(order);
        }
        while (Array.IndexOf(order, Act.Approve) > Array.IndexOf(order, Act.Start) || Array.IndexOf(order, Act.Start) > Array.IndexOf(order, Act.Execute) || Array.IndexOf(order, Act.Hold) > Array.IndexOf(order, Act.Lift));

        return order;
    }

    private static async Task Play(World world, Guid decision, Act[] order, int n)
    {
        var (one, two) = ($"p{n}-1", $"p{n}-2");
        var records = await world.Capture(World.Comment(one, author: $"p{n}-a"), World.Comment(two, author: $"p{n}-b"));
        var (rule, _, _) = await world.Get<AdoptRuleHandler>().Adopt(null, new("KS", decision, $"Regel {n}", null, "received", null, ["content", "register"]), world.Anna, default);
        var run = await world.Proposed(rule!.Id);
        var (said, happened, hold) = (string.Join(", ", order), new HashSet<Act>(), Guid.Empty);
        foreach (var act in order)
        {
            var commands = world.Get<RunCommands>();
            Refusal? refused = null;
            switch (act)
            {
                case Act.Approve: refused = (await commands.Approve(run.Id, world.Bo, default)).Refused; break;
                case Act.Start: refused = (await commands.Start(run.Id, world.Anna, default)).Refused; break;
                case Act.Cancel: refused = (await commands.Cancel(run.Id, world.Anna, default)).Refused; break;
                case Act.Keep: refused = (await commands.Review(run.Id, records[0], new(true, "Behövs"), world.Registrar, default)).Refused; break;
                case Act.Rule: await world.Get<AdoptRuleHandler>().Repeal(rule.Id, world.Anna, default); break;
                case Act.Hold: hold = await world.Hold(record: records[0]); break;
                case Act.Lift: refused = (await world.Get<HoldHandler>().Lift(hold, world.Anna, default) as Outcome.Refused)?.Why; break;
                case Act.Execute:
                    var (held, kept, cancelled, changed) = (happened.Contains(Act.Hold) && !happened.Contains(Act.Lift), happened.Contains(Act.Keep), happened.Contains(Act.Cancel), happened.Contains(Act.Rule));
                    await Execute(world, run.Id, records);
                    var (first, second) = (await world.IsDisposed(records[0]), await world.IsDisposed(records[1]));
                    if (held || kept || cancelled || changed) Assert.False(first, said);
                    if (cancelled || changed) Assert.False(second, said);
                    if (happened.Contains(Act.Start) && !changed) Assert.True(second, said);
                    break;
            }

            if (refused is null) happened.Add(act);
        }

        // The rule ends with the game, so that the next one's is the longest.
        if (!happened.Contains(Act.Rule)) await world.Get<AdoptRuleHandler>().Repeal(rule.Id, world.Anna, default);
    }

    private static async Task Execute(World world, Guid run, IReadOnlyList<Guid> records)
    {
        try
        {
            await world.Batch(run, records);
        }
        catch (PostgresException refused) when (refused.SqlState == "AS020")
        {
        }
    }

    private static IEnumerable<Act[]> Orders(Act[] of) => of.Length == 1 ? [of] : of.SelectMany(first => Orders([.. of.Where(o => o != first)]).Select(rest => (Act[])[first, .. rest]));

    /// <summary>Every place where a batch can wait for somebody: its own steps lie between them.</summary>
    private static readonly (string Name, string Block)[] Pauses =
    [
        ("the run", "select from archive.disposal_runs where run_id = '{run}' for update"),
        ("the record", "select from archive.mt_streams where id = '{record}' for update"),
        ("the gate of holds", "select pg_advisory_xact_lock(archive.hold_gate('{authority}'))"),
        ("the gate of accounts", "select pg_advisory_xact_lock_shared(4712)"),
        ("the views", "select pg_advisory_xact_lock_shared(4711)"),
        ("the rule", "select from archive.retention_rules where rule_id = '{rule}' for update"),
        ("an item", "select from archive.disposal_items where run_id = '{run}' and record_id = '{record}' for update"),
    ];

    [Fact]
    public async Task at_the_same_time_with_the_batch_stopped_between_any_two_of_its_steps()
    {
        await using var world = await World.Make(projecting: false);
        var decision = await world.Decision();
        var n = 0;
        foreach (var act in new[] { Act.Hold, Act.Lift, Act.Cancel, Act.Rule, Act.Keep })
        {
            foreach (var pause in Pauses) await Race(world, decision, act, pause, n++);
        }

        await Nothing_held_died(world);
    }

    private static async Task Race(World world, Guid decision, Act act, (string Name, string Block) pause, int n)
    {
        var records = await world.Capture(World.Comment($"r{n}-1", author: $"r{n}-a"), World.Comment($"r{n}-2", author: $"r{n}-b"));
        var rule = (await world.Get<AdoptRuleHandler>().Adopt(null, new("KS", decision, $"Regel {n}", null, "received", null, ["content", "register"]), world.Anna, default)).Rule!.Id;
        var run = await world.Started(rule);
        var hold = act is Act.Lift ? await world.Hold(record: records[0]) : Guid.Empty;

        await using var blocker = await world.Database.Superuser.OpenConnectionAsync();
        await using var block = await blocker.BeginTransactionAsync();
        var sql = pause.Block.Replace("{run}", $"{run.Id}", StringComparison.Ordinal).Replace("{record}", $"{records[0]}", StringComparison.Ordinal)
            .Replace("{authority}", $"{run.Authority}", StringComparison.Ordinal).Replace("{rule}", $"{rule}", StringComparison.Ordinal);
        await using (var command = new NpgsqlCommand(sql, blocker, block)) await command.ExecuteNonQueryAsync();

        var batch = world.Batch(run.Id, records);
        await Waiting(world, 1, batch);
        var acting = Command(world, act, run, records[0], rule, hold);
        await Waiting(world, 2, acting);
        await block.RollbackAsync();
        var (_, destroyed, _) = await batch;
        var refused = await acting;

        var (first, second, said) = (await world.IsDisposed(records[0]), await world.IsDisposed(records[1]), $"{act} while the batch waited for {pause.Name}");
        Assert.True(destroyed == (first ? 1 : 0) + (second ? 1 : 0), said);
        switch (act)
        {
            case Act.Cancel: Assert.True(refused == "already-executing" && first && second, said); break;
            case Act.Keep: Assert.True(refused is null ? !first : first && refused == "item-not-pending", $"{said}: {refused}"); Assert.True(second, said); break;
            case Act.Hold or Act.Lift: Assert.True(second, said); break;
            case Act.Rule: Assert.True(first == second, said); break;
        }

        if (act is Act.Rule)
        {
            // All or nothing, by which of the two was first; and never a second time.
            Assert.Equal(0, (await world.Batch(run.Id, records)).Destroyed);
        }
        else
        {
            await world.Get<AdoptRuleHandler>().Repeal(rule, world.Anna, default);
        }
    }

    private static async Task<string?> Command(World world, Act act, DisposalRun run, Guid record, Guid rule, Guid hold) => act switch
    {
        Act.Hold => (await world.Get<HoldHandler>().Place(new("KS", null, null, null, "police", "Prov", new(Accounts: [await world.Ask<Guid>("select account_id from archive.record_states where record_id = $1", record)])), world.Anna, default)).Refused?.Code,
        Act.Lift => (await world.Get<HoldHandler>().Lift(hold, world.Anna, default) as Outcome.Refused)?.Why.Code,
        Act.Cancel => (await world.Get<RunCommands>().Cancel(run.Id, world.Anna, default)).Refused?.Code,
        Act.Rule => (await world.Get<AdoptRuleHandler>().Repeal(rule, world.Anna, default) as Outcome.Refused)?.Why.Code,
        _ => (await world.Get<RunCommands>().Review(run.Id, record, new(true, "Behövs"), world.Registrar, default)).Refused?.Code,
    };

    /// <summary>Until so many wait for a lock, or the work is done because nothing stands in its way.</summary>
    private static async Task Waiting(World world, int many, Task work)
    {
        for (var i = 0; i < 400; i++)
        {
            if (work.IsCompleted) return;
            if (await world.Sessions("wait_event_type = 'Lock'") >= many) return;
            await Task.Delay(5);
        }

        Assert.Fail($"Fewer than {many} came to wait.");
    }

    private static async Task Nothing_held_died(World world)
    {
        var findings = (await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings;
        Assert.Empty(findings.Where(f => f.Code is "held-and-destroyed" or "kept-and-destroyed" or "reviews-differ" or "disposals-differ" or "holds-differ").Select(f => $"{f.Code}: {f.What}"));
        Assert.Equal(0L, await world.Ask<long>("select count(*) from (select stream_id from archive.mt_events where type = 'item_disposed' group by 1 having count(*) > 1) twice"));
    }
}
