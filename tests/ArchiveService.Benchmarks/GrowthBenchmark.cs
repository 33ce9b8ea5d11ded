using System.Diagnostics;
using ArchiveService.EventStore;
using ArchiveService.Testing;
using Npgsql;

namespace ArchiveService.Benchmarks;

/// <summary>Whether an event costs the same whatever the log holds: appends, stream reads and pages at 10 thousand to 10 million events; then the whole log read, and what memory that took.</summary>
internal static class GrowthBenchmark
{
    private static readonly long[] Sizes = [10_000, 100_000, 1_000_000, 10_000_000];
    private static readonly AppendContext By = new();

    public static async Task Run()
    {
        await using var database = await PostgresServer.NewDatabase();
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Connections.Writer) { MaxPoolSize = 32, MaxAutoPrepare = 64, AutoPrepareMinUsages = 2 }.ConnectionString);
        var types = new EventTypes(typeof(GrowthBenchmark).Assembly);
        var store = new PostgresEventStore(db, types);

        // Once without being counted: the first ones pay for what is compiled and prepared.
        await Cost(1000, 1, () => store.Append([New()], By));
        await Cost(50, 100, () => store.Append([.. Enumerable.Range(0, 100).Select(_ => New())], By));
        Console.WriteLine("Microseconds an event, medians: appended alone, appended with 99 others, read with its stream of 10, read with a page of 1,000 at the end");
        foreach (var size in Sizes)
        {
            await Fill(database, size);
            var some = await Streams(database);
            await using var reader = new HoleSafeReader(db, types);
            var end = await Head(database) - 1000;
            await reader.Read(end, 1000);
            var row = new[]
            {
                await Cost(600, 1, () => store.Append([New()], By)),
                await Cost(100, 100, () => store.Append([.. Enumerable.Range(0, 100).Select(_ => New())], By)),
                await Cost(600, 10, n => store.ReadStream(some[n % some.Length])),
                await Cost(60, 1000, () => reader.Read(end, 1000)),
            };
            Console.WriteLine($"| {Measured.Number(size)} events | {string.Join(" | ", row.Select(us => us.ToString("N1", System.Globalization.CultureInfo.InvariantCulture)))} |");
        }

        await ReadEverything(db, types);
    }

    private static async Task ReadEverything(NpgsqlDataSource db, EventTypes types)
    {
        await using var reader = new HoleSafeReader(db, types);
        var (after, read, marks) = (0L, 0L, new List<string>());
        var start = Stopwatch.GetTimestamp();
        while (await reader.Read(after, 2000) is { Events.Count: > 0 } page)
        {
            after = page.UpTo;
            read += page.Events.Count;
            if (marks.Count < 10 && read >= Sizes[^1] / 10 * (marks.Count + 1)) marks.Add($"{GC.GetTotalMemory(forceFullCollection: true) / 1024.0 / 1024:N1}/{Process.GetCurrentProcess().WorkingSet64 / 1024 / 1024}");
        }

        Console.WriteLine($"All {Measured.Number(read)} events read and deserialized, {Measured.Number(read / Stopwatch.GetElapsedTime(start).TotalSeconds)} a second. Memory in use / of the process in MB at every tenth: {string.Join("  ", marks)}");
    }

    /// <summary>Streams of ten events, made on the server through the checks and triggers of every append, up to a number of events.</summary>
    private static async Task Fill(TestDatabase database, long size)
    {
        const int AtATime = 20_000;
        for (var there = await Head(database); there < size; there = await Head(database))
        {
            await database.Owner.Execute($$"""
                with s as materialized (select gen_random_uuid() as id, n from generate_series(1, {{Math.Min(AtATime, size - there) / 10}}) n),
                     made as (insert into archive.mt_streams (id, type, version) select id, 'thing', 10 from s)
                insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type)
                select nextval('archive.mt_events_sequence'), gen_random_uuid(), s.id, v, jsonb_build_object('number', s.n, 'kind', 'comment', 'commitments', jsonb_build_array(repeat('a', 62), repeat('b', 62))),
                       'thing_happened', clock_timestamp(), 'ArchiveService.Benchmarks.ThingHappened, ArchiveService.Benchmarks'
                from s cross join generate_series(1, 10) v order by s.n, v
                """);
        }

        foreach (var settle in new[] { "vacuum analyze archive.mt_events", "vacuum analyze archive.mt_streams", "checkpoint" }) await database.Superuser.Execute(settle);
    }

    private static async Task<long> Head(TestDatabase database)
    {
        await using var query = database.Owner.CreateCommand("select coalesce(max(seq_id), 0) from archive.mt_events");
        return (long)(await query.ExecuteScalarAsync())!;
    }

    private static async Task<Guid[]> Streams(TestDatabase database)
    {
        await using var query = database.Owner.CreateCommand("select array_agg(distinct stream_id) from archive.mt_events where seq_id in (select (random() * (select max(seq_id) from archive.mt_events))::bigint from generate_series(1, 700))");
        query.CommandTimeout = 300;
        return (Guid[])(await query.ExecuteScalarAsync())!;
    }

    private static StreamChange New() => new(Guid.CreateVersion7(), "thing", ExpectedVersion.NewStream, [new(Guid.CreateVersion7(), ThingHappened.Nth(1))]);

    private static Task<double> Cost<T>(int times, int events, Func<Task<T>> once) => Cost(times, events, _ => once());

    private static async Task<double> Cost<T>(int times, int events, Func<int, Task<T>> once)
    {
        var costs = new List<double>();
        for (var n = 0; n < times; n++)
        {
            var start = Stopwatch.GetTimestamp();
            await once(n);
            costs.Add(Stopwatch.GetElapsedTime(start).TotalMicroseconds / events);
        }

        return Measured.Median(costs);
    }
}
