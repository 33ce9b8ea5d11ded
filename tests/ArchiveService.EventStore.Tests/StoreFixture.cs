using ArchiveService.Testing;
using Npgsql;

namespace ArchiveService.EventStore.Tests;

[EventName("thing_counted")]
public sealed record ThingCounted(long Number, string? Who = null);

[EventName("thing_renamed")]
public sealed record ThingRenamed(string NewName);

[EventName("thing_measured")]
public sealed record ThingMeasured(double Size);

/// <summary>A database of the test class's own, and a store on it as the service's login.</summary>
public sealed class StoreFixture : IAsyncLifetime
{
    public static EventTypes Types { get; } = new(typeof(StoreFixture).Assembly);

    public TestDatabase Database { get; private set; } = null!;

    public NpgsqlDataSource Writer => Database.Writer;

    public PostgresEventStore Store { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Database = await PostgresServer.NewDatabase();
        Store = new(Database.Writer, Types);
    }

    public async Task DisposeAsync() => await Database.DisposeAsync();
}

internal static class Scenarios
{
    public static readonly AppendContext Nobody = new();

    private static int given;

    /// <summary>Fixed ids: the nth stream of a test run never collides with another.</summary>
    public static Guid AStream() => Stream(Interlocked.Increment(ref given));

    public static Guid Stream(int nth) => new($"0199aaaa-0000-7000-8000-{nth:x12}");

    public static NewEvent Event(object data) => new(Guid.CreateVersion7(DateTimeOffset.UnixEpoch), data);

    public static NewEvent Counted(long number, string? who = null) => Event(new ThingCounted(number, who));

    public static StreamChange To(this Guid stream, ExpectedVersion expected, params NewEvent[] events) => new(stream, "thing", expected, events);

    public static async Task<Appended.Done> MustAppend(this PostgresEventStore store, params StreamChange[] changes) =>
        Assert.IsType<Appended.Done>(await store.Append(changes, Nobody));

    public static async Task<T> Scalar<T>(this NpgsqlDataSource db, string sql, params object[] values)
    {
        await using var command = db.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(new() { Value = value });
        return (T)(await command.ExecuteScalarAsync())!;
    }

    public static async Task Run(this NpgsqlDataSource db, string sql)
    {
        await using var command = db.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    /// <summary>What no login can do while the log is guarded: the owner lifts its triggers, and puts them back in the same transaction.</summary>
    public static Task Unguarded(this TestDatabase database, string sql) => database.Owner.Run($"""
        alter table archive.mt_streams disable trigger user;
        alter table archive.mt_events disable trigger user;
        {sql};
        do $$
        declare
          guard record;
        begin
          for guard in select tgrelid::regclass as on_table, tgname from pg_trigger
                       where tgrelid in ('archive.mt_streams'::regclass, 'archive.mt_events'::regclass) and not tgisinternal loop
            execute format('alter table %s enable always trigger %I', guard.on_table, guard.tgname);
          end loop;
        end $$
        """);

    public static async Task<string> StateOfRefusal(this NpgsqlDataSource db, string sql) =>
        (await Assert.ThrowsAsync<PostgresException>(() => db.Run(sql))).SqlState;
}
