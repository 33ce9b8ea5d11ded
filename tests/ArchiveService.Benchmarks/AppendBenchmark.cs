using System.Diagnostics;
using ArchiveService.EventStore;
using ArchiveService.Testing;
using Npgsql;

namespace ArchiveService.Benchmarks;

/// <summary>What an append costs beside the same rows by plain SQL, on a server that flushes.</summary>
internal static class AppendBenchmark
{
    private static readonly AppendContext By = new("0199cccc-0000-7000-8000-000000000001");

    public static async Task Run()
    {
        await using var database = await PostgresServer.NewDatabase();
        await using var db = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Connections.Writer) { MaxPoolSize = 32, MaxAutoPrepare = 64, AutoPrepareMinUsages = 2 }.ConnectionString);
        var types = new EventTypes(typeof(AppendBenchmark).Assembly);
        var store = new PostgresEventStore(db, types);
        var plain = new PlainSql(db);
        await plain.Prepare(database.Owner);

        Console.WriteLine("Events a second, events of about 1 KB: ours, the same rows by plain SQL in Marten's tables, the events alone in a bare table; ours / plain, ours / bare; bytes allocated an event");
        var grown = Enumerable.Range(0, 16).Select(_ => (Id: Id(), Version: 0L)).ToArray();
        async Task<int> One(int writer)
        {
            var done = (Appended.Done)await store.Append([Change(grown[writer].Id, ExpectedVersion.Exactly(grown[writer].Version), 1)], By);
            grown[writer].Version = done.Versions[grown[writer].Id];
            return 1;
        }

        // Every way until it is compiled for good: what a process does in its first seconds is the runtime's work.
        foreach (var once in new Func<Task<int>>[] { () => One(0), () => plain.One(0, bare: false), () => plain.One(0, bare: true), () => New(store, 1), () => plain.New(1, bare: false), () => New(store, 100), () => plain.New(100, bare: false), () => Copy(store, 100, 10), () => plain.Copy(100, 10, bare: false) })
        {
            for (var start = Stopwatch.GetTimestamp(); Stopwatch.GetElapsedTime(start) < TimeSpan.FromSeconds(4);) await once();
        }

        await Measured.Compare("one event a commit, sequential", 1, new("ours", One), new("plain", w => plain.One(w, bare: false)), new("bare", w => plain.One(w, bare: true)));
        await Measured.Compare("one event a commit, 16 at once", 16, new("ours", One), new("plain", w => plain.One(w, bare: false)), new("bare", w => plain.One(w, bare: true)));
        await Measured.Compare("one new stream a commit, sequential", 1, new("ours", _ => New(store, 1)), new("plain", _ => plain.New(1, bare: false)), new("bare", _ => plain.New(1, bare: true)));
        await Measured.Compare("100 new streams a commit, sequential", 1, new("ours", _ => New(store, 100)), new("plain", _ => plain.New(100, bare: false)), new("bare", _ => plain.New(100, bare: true)));
        await Measured.Compare("100 new streams a commit, 8 at once", 8, new("ours", _ => New(store, 100)), new("plain", _ => plain.New(100, bare: false)), new("bare", _ => plain.New(100, bare: true)));
        await Measured.Compare("COPY, 100 new streams of 10 events", 1, new("ours", _ => Copy(store, 100, 10)), new("plain", _ => plain.Copy(100, 10, bare: false)), new("bare", _ => plain.Copy(100, 10, bare: true)));
    }

    private static Guid Id() => Guid.CreateVersion7();

    private static StreamChange Change(Guid stream, ExpectedVersion expected, int events) =>
        new(stream, "thing", expected, [.. Enumerable.Range(0, events).Select(n => new NewEvent(Id(), ThingHappened.Nth(n)))]);

    private static async Task<int> New(PostgresEventStore store, int streams)
    {
        await store.Append([.. Enumerable.Range(0, streams).Select(_ => Change(Id(), ExpectedVersion.NewStream, 1))], By);
        return streams;
    }

    private static async Task<int> Copy(PostgresEventStore store, int streams, int eventsEach)
    {
        await store.AppendNew([.. Enumerable.Range(0, streams).Select(_ => Change(Id(), ExpectedVersion.NewStream, eventsEach))], By);
        return streams * eventsEach;
    }
}
