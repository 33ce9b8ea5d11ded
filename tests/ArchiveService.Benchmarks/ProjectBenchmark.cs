using System.Diagnostics;
using ArchiveService.EventStore;
using ArchiveService.Testing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Benchmarks;

/// <summary>
/// How fast a projection of one plain row per event goes through a log (async and rebuild are the same run), beside reading the log and doing nothing
/// with it, and beside the least: the rows made from the events by one statement on the server.
/// </summary>
internal static class ProjectBenchmark
{
    private const int Events = 300_000;
    private const int Rounds = 3;

    public static async Task Run()
    {
        await using var database = await PostgresServer.NewDatabase();
        await database.Owner.Execute("create table archive.things (seq_id bigint primary key, stream_id uuid not null, number bigint not null, at timestamptz not null); grant select, insert on archive.things to archive_writer");
        var types = new EventTypes(typeof(ProjectBenchmark).Assembly);
        var store = new PostgresEventStore(database.Writer, types);
        for (var n = 0; n < Events; n += 500)
            await store.AppendNew([.. Enumerable.Range(n, 500).Select(i => new StreamChange(Guid.CreateVersion7(), "thing", ExpectedVersion.NewStream, [new(Guid.CreateVersion7(), ThingHappened.Nth(i))]))], new());
        await database.Owner.Execute("analyze archive.mt_events");

        var ways = new (string Name, Func<int, Task> Go)[]
        {
            ("read and deserialize, nothing done", _ => Read(database, types)),
            ("projection, page 500", round => Project(database, types, 500, round)),
            ("projection, page 2,000", round => Project(database, types, 2000, round)),
            ("projection, page 5,000", round => Project(database, types, 5000, round)),
            ("one statement on the server", _ => database.Writer.Execute("insert into archive.things select seq_id, stream_id, (data ->> 'number')::bigint, timestamp from archive.mt_events order by seq_id")),
        };
        var rates = ways.ToDictionary(way => way.Name, _ => new List<double>(), StringComparer.Ordinal);
        for (var round = 0; round < Rounds; round++)
        {
            foreach (var (name, go) in ways)
            {
                await database.Owner.Execute("truncate archive.things");
                var start = Stopwatch.GetTimestamp();
                await go(round);
                rates[name].Add(Events / Stopwatch.GetElapsedTime(start).TotalSeconds);
            }
        }

        Console.WriteLine($"Events a second through a log of {Measured.Number(Events)} events of about 1 KB, one row each, medians of {Rounds} rounds");
        foreach (var (name, _) in ways) Console.WriteLine($"| {name} | {Measured.Number(Measured.Median(rates[name]))} |");
    }

    private static async Task Read(TestDatabase database, EventTypes types)
    {
        await using var reader = new HoleSafeReader(database.Writer, types);
        var after = 0L;
        while (await reader.Read(after, 5000) is { Events.Count: > 0 } page) after = page.UpTo;
    }

    private static async Task Project(TestDatabase database, EventTypes types, int pageSize, int round)
    {
        using var stop = new CancellationTokenSource();
        var things = new Things($"things-{pageSize}-{round}");
        var worker = new ProjectionWorker(database.Writer, types, [things], new() { PageSize = pageSize });
        var run = worker.Run(stop.Token);
        if (!await worker.WaitFor(things.Name, Events, TimeSpan.FromMinutes(5))) throw new InvalidOperationException("The projection did not get through.");
        await stop.CancelAsync();
        await run;
    }

    private sealed class Things(string name) : Projection
    {
        public override string Name { get; } = name;

        public override async Task Write(NpgsqlTransaction transaction, IReadOnlyList<Recorded> page, CancellationToken ct)
        {
            await using var insert = new NpgsqlCommand("insert into archive.things select * from unnest($1, $2, $3, $4)", transaction.Connection, transaction);
            insert.Parameters.Add(new() { Value = page.Select(e => e.Sequence).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Bigint });
            insert.Parameters.Add(new() { Value = page.Select(e => e.StreamId).ToArray() });
            insert.Parameters.Add(new() { Value = page.Select(e => ((ThingHappened)e.Event).Number).ToArray() });
            insert.Parameters.Add(new() { Value = page.Select(e => e.Time).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.TimestampTz });
            await insert.ExecuteNonQueryAsync(ct);
        }
    }
}
