using System.Text.Json;
using ArchiveService.EventStore;
using ArchiveService.Testing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Benchmarks;

/// <summary>
/// What an append costs beside the least that PostgreSQL can be asked to do for the same rows: a bare table with the same columns, its key, the unique
/// index and the sequence; no streams, no foreign key, no triggers, no checks.
/// </summary>
internal static class AppendBenchmark
{
    private static readonly AppendContext By = new("0199cccc-0000-7000-8000-000000000001");

    public static async Task Run()
    {
        await using var database = await PostgresServer.NewDatabase();
        await database.Owner.Execute("""
            create table archive.raw_events (like archive.mt_events including defaults);
            alter table archive.raw_events add primary key (seq_id);
            create unique index on archive.raw_events (stream_id, version);
            create sequence archive.raw_sequence;
            grant select, insert on archive.raw_events to archive_writer;
            grant usage on sequence archive.raw_sequence to archive_writer;
            """);
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Connections.Writer) { MaxPoolSize = 32, MaxAutoPrepare = 20, AutoPrepareMinUsages = 2 }.ConnectionString);
        var store = new PostgresEventStore(db, new(typeof(AppendBenchmark).Assembly));

        Console.WriteLine("Events per second, events of about 1 KB, medians of interleaved rounds; the last column is ours / raw.");
        var grown = Enumerable.Range(0, 16).Select(_ => (Id: Id(), Version: 0L)).ToArray();
        async Task<int> One(int writer)
        {
            var done = (Appended.Done)await store.Append([Change(grown[writer].Id, ExpectedVersion.Exactly(grown[writer].Version), 1)], By);
            grown[writer].Version = done.Versions[grown[writer].Id];
            return 1;
        }

        await Measured.Compare("one event per commit, one stream, sequential", 1, ("ours", One), ("raw", _ => Raw(db, 1)));
        await Measured.Compare("one event per commit, 16 at once", 16, ("ours", One), ("raw", _ => Raw(db, 1)));
        await Measured.Compare("new stream per commit, sequential", 1, ("ours", _ => New(store, 1)), ("raw", _ => Raw(db, 1)));
        await Measured.Compare("100 new streams per commit, sequential", 1, ("ours", _ => New(store, 100)), ("raw", _ => Raw(db, 100)));
        await Measured.Compare("100 new streams per commit, 8 at once", 8, ("ours", _ => New(store, 100)), ("raw", _ => Raw(db, 100)));
    }

    private static Guid Id() => Guid.CreateVersion7();

    private static StreamChange Change(Guid stream, ExpectedVersion expected, int events) =>
        new(stream, "thing", expected, [.. Enumerable.Range(0, events).Select(n => new NewEvent(Id(), ThingHappened.Nth(n)))]);

    private static async Task<int> New(PostgresEventStore store, int streams)
    {
        await store.Append([.. Enumerable.Range(0, streams).Select(_ => Change(Id(), ExpectedVersion.NewStream, 1))], By);
        return streams;
    }

    private static async Task<int> Raw(NpgsqlDataSource db, int events)
    {
        await using var insert = db.CreateCommand("""
            insert into archive.raw_events (seq_id, id, stream_id, version, data, type, timestamp, mt_dotnet_type, user_name)
            select nextval('archive.raw_sequence'), id, stream, 1, body, 'thing_happened', clock_timestamp(), 'ArchiveService.Benchmarks.ThingHappened, ArchiveService.Benchmarks', $4
            from unnest($1, $2, $3) u(id, stream, body)
            """);
        insert.Parameters.Add(new() { Value = Enumerable.Range(0, events).Select(_ => Id()).ToArray() });
        insert.Parameters.Add(new() { Value = Enumerable.Range(0, events).Select(_ => Id()).ToArray() });
        insert.Parameters.Add(new()
        {
            Value = Enumerable.Range(0, events).Select(n => JsonSerializer.SerializeToUtf8Bytes(ThingHappened.Nth(n), EventTypes.Json)).ToArray(),
            NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Jsonb,
        });
        insert.Parameters.Add(new() { Value = By.Actor! });
        await insert.ExecuteNonQueryAsync();
        return events;
    }
}
