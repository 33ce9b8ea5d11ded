using System.Diagnostics;
using System.Globalization;
using System.Reflection;
using ArchiveService.EventStore;

namespace ArchiveService.Testing;

/// <summary>What nodes that were killed left.</summary>
/// <param name="Log">Sequence numbers in the log, in order.</param>
/// <param name="Witnessed">What the nodes saw, in the order they wrote it down.</param>
/// <param name="Position">Where the projection stands.</param>
/// <param name="Kills">Nodes killed.</param>
/// <param name="Midway">Times a page had been written and was taken back.</param>
/// <param name="TakenOver">How long after its leader was dead the next one had committed a page, of those where one stood by.</param>
public sealed record Outlived(IReadOnlyList<long> Log, IReadOnlyList<long> Witnessed, long Position, int Kills, int Midway, IReadOnlyList<TimeSpan> TakenOver)
{
    public bool ExactlyOnce => Witnessed.SequenceEqual(Log) && Position == Log[^1];
}

/// <summary>Kills processes that project (<see cref="ProjectionNode"/>) at any moment, while somebody appends and rolls back.</summary>
public sealed class NodeKills : IAsyncDisposable
{
    private static readonly TimeSpan AtMost = TimeSpan.FromMinutes(2);

    private readonly List<ProjectionNode> nodes = [];
    private readonly CancellationTokenSource finish = new();
    private readonly TestDatabase database;
    private readonly Assembly program;
    private readonly Random dice;
    private readonly Task appending;
    private int kills;

    private NodeKills(TestDatabase database, Assembly program, int seed)
    {
        (this.database, this.program, dice) = (database, program, new Random(seed));
        appending = Task.Run(() => Append(new Random(seed + 1)));
    }

    /// <summary>One node after the other: a third of them while they start, the others while they are at it.</summary>
    public static async Task<Outlived> OneByOne(Assembly program, int kills, int seed)
    {
        await using var database = await PostgresServer.NewDatabase();
        await ProjectionNode.MakeTable(database);
        await using var run = new NodeKills(database, program, seed);
        for (var n = 0; n < kills; n++)
        {
            var node = run.Start();
            if (run.dice.Next(3) > 0) await run.Until($"{node.Name} has written", $"exists (select from archive.witnessed where by = '{node.Name}')");
            await Task.Delay(run.dice.Next(200));
            await run.Kill(node);
        }

        run.Start();
        return await run.Finish([]);
    }

    /// <summary>Two nodes at a time: the leader is killed, the other goes on, a new one stands by.</summary>
    public static async Task<Outlived> Leaders(Assembly program, int kills, int seed)
    {
        await using var database = await PostgresServer.NewDatabase();
        await ProjectionNode.MakeTable(database);
        await using var run = new NodeKills(database, program, seed);
        var takenOver = new List<TimeSpan>();
        var leader = run.Start();
        await run.Until("the first leads", $"exists (select from archive.witnessed where by = '{leader.Name}')");
        for (var n = 0; n < kills; n++)
        {
            // One session listens, the other asks for the lock.
            var other = run.Start();
            await run.Until($"{other.Name} stands by", $"(select count(*) >= 2 from pg_stat_activity where application_name = '{other.Name}')");
            await Task.Delay(run.dice.Next(300));
            await run.Kill(leader);
            var dead = Stopwatch.GetTimestamp();
            await run.Until($"{other.Name} has taken over", $"exists (select from archive.witnessed where by = '{other.Name}')");
            takenOver.Add(Stopwatch.GetElapsedTime(dead));
            leader = other;
        }

        return await run.Finish(takenOver);
    }

    public async ValueTask DisposeAsync()
    {
        await finish.CancelAsync();
        await appending;
        foreach (var node in nodes) node.Dispose();
        finish.Dispose();
    }

    private ProjectionNode Start()
    {
        var node = ProjectionNode.Start(program, database, string.Create(CultureInfo.InvariantCulture, $"node-{nodes.Count + 1}"), typeof(NodeKills).Assembly);
        nodes.Add(node);
        return node;
    }

    private async Task Kill(ProjectionNode node)
    {
        if (node.HasEnded) throw new InvalidOperationException($"{node.Name} had ended by itself.");
        await node.Kill();
        kills++;
    }

    private async Task<Outlived> Finish(IReadOnlyList<TimeSpan> takenOver)
    {
        await finish.CancelAsync();
        await appending;
        await Until("the last one is through", "(select last_seq_id from archive.mt_event_progression where name = 'archive:witness:v1') = (select max(seq_id) from archive.mt_events)");
        await using var query = database.Superuser.CreateCommand("""
            select (select array_agg(seq_id order by seq_id) from archive.mt_events),
                   (select array_agg(seq_id order by nth) from archive.witnessed),
                   (select last_seq_id from archive.mt_event_progression where name = 'archive:witness:v1'),
                   (select count(*)::int from archive.witnessed w where nth > 1 and not exists (select from archive.witnessed b where b.nth = w.nth - 1))
            """);
        await using var row = await query.ExecuteReaderAsync();
        await row.ReadAsync();
        return new(row.GetFieldValue<long[]>(0), row.GetFieldValue<long[]>(1), row.GetInt64(2), kills, row.GetInt32(3), takenOver);
    }

    /// <summary>A little less than a node gets through, so that there is always something to do and it still comes to an end.</summary>
    private async Task Append(Random moments)
    {
        var store = new PostgresEventStore(database.Writer, new(typeof(NodeKills).Assembly));
        while (!finish.IsCancellationRequested)
        {
            try
            {
                var stream = new StreamChange(Guid.CreateVersion7(), "soak", ExpectedVersion.NewStream, [.. Enumerable.Range(0, moments.Next(1, 5)).Select(n => new NewEvent(Guid.CreateVersion7(), new SoakWritten(n)))]);
                await store.Append([stream], new(), moments.Next(10) == 0 ? [new("select 1/0")] : null);
            }
            catch (Npgsql.PostgresException error) when (error.SqlState == Npgsql.PostgresErrorCodes.DivisionByZero)
            {
                // Rolled back on purpose: a hole.
            }

            await Task.Delay(moments.Next(1, 12));
        }
    }

    private async Task Until(string what, string condition)
    {
        await using var query = database.Superuser.CreateCommand($"select coalesce({condition}, false)");
        var start = Stopwatch.GetTimestamp();
        while (!(bool)(await query.ExecuteScalarAsync())!)
        {
            if (nodes.TrueForAll(node => node.HasEnded)) throw new InvalidOperationException($"No node is left before {what}.");
            if (Stopwatch.GetElapsedTime(start) > AtMost) throw new TimeoutException($"It did not happen that {what}.");
            await Task.Delay(10);
        }
    }
}
