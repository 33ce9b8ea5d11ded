using System.Collections.Concurrent;
using System.Diagnostics;
using ArchiveService.EventStore;
using Npgsql;

namespace ArchiveService.Testing;

[EventName("crossing_written")]
public sealed record CrossingWritten(long Number);

/// <summary>What crossing writers came to.</summary>
/// <param name="Appends">Appends that were done.</param>
/// <param name="Events">Events they wrote.</param>
/// <param name="Conflicts">Appends that were told of a conflict: a stream was not new any more.</param>
/// <param name="Failures">Errors, deadlocks (40P01) above all, with how often each came. There should be none.</param>
/// <param name="Faults">What the log says that it must not say afterwards.</param>
public sealed record Crossed(long Appends, long Events, long Conflicts, IReadOnlyDictionary<string, int> Failures, IReadOnlyList<string> Faults);

/// <summary>32 writers append to shuffled, overlapping sets of 2 to 500 streams, old and new, of any version and claimed new, mixed in one append.</summary>
public sealed class CrossingWriters
{
    private const int Writers = 32;
    private const int Streams = 600;
    private static readonly EventTypes Types = new(typeof(CrossingWriters).Assembly);

    private readonly ConcurrentDictionary<string, int> failures = new(StringComparer.Ordinal);
    private long appends;
    private long events;
    private long conflicts;

    public static async Task<Crossed> Run(TimeSpan length)
    {
        await using var database = await PostgresServer.NewDatabase();
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Connections.Writer) { MaxPoolSize = Writers, MaxAutoPrepare = 20, AutoPrepareMinUsages = 2 }.ConnectionString);
        var crossing = new CrossingWriters();
        var store = new PostgresEventStore(db, Types);
        var start = Stopwatch.GetTimestamp();
        await Task.WhenAll(Enumerable.Range(0, Writers).Select(writer => Task.Run(async () =>
        {
            var dice = new Random(writer);
            for (var round = 0; Stopwatch.GetElapsedTime(start) < length; round++) await crossing.Append(store, dice, Fresh(writer, round));
        })));
        return new(crossing.appends, crossing.events, crossing.conflicts, crossing.failures, await Faults(db, crossing.events));
    }

    private async Task Append(PostgresEventStore store, Random dice, Func<int, Guid> fresh)
    {
        var size = dice.Next(10) == 0 ? dice.Next(2, 500) : dice.Next(2, 20);
        var chosen = Enumerable.Range(0, size).Select(_ => dice.Next(Streams)).Distinct().ToArray();
        dice.Shuffle(chosen);
        var changes = dice.Next(8) == 0
            ? chosen.Select((n, nth) => Change(dice.Next(5) == 0 ? Shared(n) : fresh(nth), ExpectedVersion.NewStream, dice)).ToArray()
            : [.. chosen.Select(n => Change(Shared(n), dice.Next(40) == 0 ? ExpectedVersion.NewStream : ExpectedVersion.Any, dice))];
        try
        {
            if (await store.Append(changes, new()) is Appended.Conflict)
            {
                Interlocked.Increment(ref conflicts);
                return;
            }

            Interlocked.Increment(ref appends);
            Interlocked.Add(ref events, changes.Sum(change => change.Events.Count));
        }
        catch (PostgresException error)
        {
            failures.AddOrUpdate($"{error.SqlState} {error.MessageText}", 1, (_, n) => n + 1);
        }
    }

    private static Guid Shared(int nth) => new($"0199bbbb-0000-7000-8000-{nth:x12}");

    private static Func<int, Guid> Fresh(int writer, int round) => nth => new($"0199bbbb-{writer:x4}-7000-8000-{((long)round << 16) + nth:x12}");

    private static StreamChange Change(Guid stream, ExpectedVersion expected, Random dice) =>
        new(stream, "crossing", expected, [.. Enumerable.Range(0, dice.Next(1, 3)).Select(n => new NewEvent(Guid.CreateVersion7(), new CrossingWritten(n)))]);

    private static async Task<List<string>> Faults(NpgsqlDataSource db, long written)
    {
        var faults = new List<string>();
        foreach (var (fault, sql) in new[]
        {
            ($"other events than the {written} that were acknowledged", $"select abs(count(*) - {written}) from archive.mt_events"),
            ("streams whose version or time is not their last event's", """
                select count(*) from archive.mt_streams s left join (
                  select stream_id, count(*) as n, max(version) as last, (array_agg(timestamp order by version desc))[1] as at from archive.mt_events group by stream_id) e on e.stream_id = s.id
                where s.version is distinct from e.n or s.version is distinct from e.last or s.timestamp is distinct from e.at
                """),
            ("events whose number or time goes back in their stream", """
                select count(*) from (select seq_id, lag(seq_id) over w as seq_before, timestamp, lag(timestamp) over w as time_before
                                      from archive.mt_events window w as (partition by stream_id order by version)) e
                where e.seq_id <= e.seq_before or e.timestamp < e.time_before
                """),
        })
        {
            await using var query = db.CreateCommand(sql);
            query.CommandTimeout = 300;
            if ((long)(await query.ExecuteScalarAsync())! is > 0 and var count) faults.Add($"{count} × {fault}");
        }

        return faults;
    }
}
