using System.Diagnostics;
using System.Globalization;
using ArchiveService.EventStore;
using ArchiveService.Testing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Benchmarks;

/// <summary>How fast a projection of one plain row per event goes through a log, beside reading the log and doing nothing with it.</summary>
internal static class ProjectBenchmark
{
    private const int Events = 300_000;

    public static async Task Run()
    {
        await using var database = await PostgresServer.NewDatabase();
        await database.Owner.Execute("create table archive.things (seq_id bigint primary key, stream_id uuid not null, number bigint not null, at timestamptz not null); grant select, insert on archive.things to archive_writer");
        var types = new EventTypes(typeof(ProjectBenchmark).Assembly);
        var store = new PostgresEventStore(database.Writer, types);
        for (var n = 0; n < Events; n += 500)
            await store.Append([.. Enumerable.Range(n, 500).Select(i => new StreamChange(Guid.CreateVersion7(), "thing", ExpectedVersion.NewStream, [new(Guid.CreateVersion7(), ThingHappened.Nth(i))]))], new());

        await using (var reader = new HoleSafeReader(database.Writer, types))
        {
            var start = Stopwatch.GetTimestamp();
            var after = 0L;
            while (await reader.Read(after, 5000) is { Events.Count: > 0 } page) after = page.UpTo;
            Print("read and deserialize", start);
        }

        foreach (var pageSize in (int[])[500, 2000, 5000])
        {
            using var stop = new CancellationTokenSource();
            var worker = new ProjectionWorker(database.Writer, types, [new Things(pageSize)], new() { PageSize = pageSize });
            var start = Stopwatch.GetTimestamp();
            var run = worker.Run(stop.Token);
            if (!await worker.WaitFor($"things-{pageSize}", Events, TimeSpan.FromMinutes(5))) throw new InvalidOperationException("The projection did not get through.");
            Print($"projection, one row per event, page {pageSize}", start);
            await stop.CancelAsync();
            await run;
            await database.Owner.Execute("truncate archive.things");
        }
    }

    private static void Print(string path, long start) =>
        Console.WriteLine($"| {path} | {(Events / Stopwatch.GetElapsedTime(start).TotalSeconds).ToString("N0", CultureInfo.InvariantCulture)} |");

    private sealed class Things(int pageSize) : Projection
    {
        public override string Name { get; } = $"things-{pageSize}";

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
