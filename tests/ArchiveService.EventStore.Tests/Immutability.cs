using ArchiveService.Testing;
using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

public sealed class The_log_cannot_be_changed(StoreFixture fixture) : IClassFixture<StoreFixture>, IAsyncLifetime
{
    private const string Refused = "AS001";
    private const string NoRight = PostgresErrorCodes.InsufficientPrivilege;

    private readonly Guid stream = AStream();

    /// <summary>A change of every column. What an update may move, version and time of a stream, is moved back.</summary>
    private static readonly (string Table, string Column, string Value)[] Columns =
    [
        ("mt_events", "seq_id", "seq_id + 1000000"), ("mt_events", "id", "gen_random_uuid()"), ("mt_events", "stream_id", "gen_random_uuid()"),
        ("mt_events", "version", "version + 1000"), ("mt_events", "data", "'{}'"), ("mt_events", "bdata", "'x'"), ("mt_events", "type", "'other'"),
        ("mt_events", "timestamp", "now()"), ("mt_events", "tenant_id", "'other'"), ("mt_events", "mt_dotnet_type", "'other'"),
        ("mt_events", "correlation_id", "'other'"), ("mt_events", "causation_id", "'other'"), ("mt_events", "headers", "'{}'"),
        ("mt_events", "user_name", "'other'"), ("mt_events", "is_archived", "true"),
        ("mt_streams", "id", "gen_random_uuid()"), ("mt_streams", "type", "'other'"), ("mt_streams", "created", "now()"),
        ("mt_streams", "tenant_id", "'other'"), ("mt_streams", "is_archived", "true"),
        ("mt_streams", "version", "version - 1"), ("mt_streams", "timestamp", "timestamp - interval '1 day'"),
    ];

    public static TheoryData<string> Attempts => new(
    [
        .. Columns.Select(c => $"update archive.{c.Table} set {c.Column} = {c.Value}"),
        "delete from archive.mt_events",
        "delete from archive.mt_streams",
        "truncate archive.mt_events",
        "truncate archive.mt_events, archive.mt_streams restart identity",
        "truncate archive.mt_streams cascade",
        "insert into archive.mt_events select * from archive.mt_events on conflict (seq_id) do update set data = '{}'",
        "insert into archive.mt_streams select * from archive.mt_streams on conflict (id) do update set is_archived = true",
        "merge into archive.mt_events e using archive.mt_streams s on s.id = e.stream_id when matched then delete",
        "merge into archive.mt_streams s using archive.mt_events e on s.id = e.stream_id and e.version = 1 when matched then update set type = 'other'",
    ]);

    public Task InitializeAsync() => fixture.Store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(1), Counted(2)));

    public Task DisposeAsync() => Task.CompletedTask;

    [Fact]
    public async Task in_any_column() =>
        Assert.Equal(
            string.Join(' ', Columns.Select(c => $"{c.Table}.{c.Column}").Order(StringComparer.Ordinal)),
            await fixture.Writer.Scalar<string>("""
                select string_agg(name, ' ' order by name) from (
                  select (table_name || '.' || column_name) collate "C" as name from information_schema.columns
                  where table_schema = 'archive' and table_name in ('mt_events', 'mt_streams')) columns
                """));

    /// <summary>The service may move a stream's version and time, so that those are the trigger's to refuse.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task by_the_service(string attempt)
    {
        var moves = attempt.Contains("mt_streams set version", StringComparison.Ordinal) || attempt.Contains("mt_streams set timestamp", StringComparison.Ordinal);

        Assert.Equal(moves ? Refused : NoRight, await fixture.Writer.StateOfRefusal(attempt));
        await NothingChanged();
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task by_the_owner(string attempt)
    {
        Assert.Equal(Refused, await fixture.Database.Owner.StateOfRefusal(attempt));
        await NothingChanged();
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task by_a_superuser(string attempt)
    {
        Assert.Equal(Refused, await fixture.Database.Superuser.StateOfRefusal(attempt));
        await NothingChanged();
    }

    /// <summary>session_replication_role = replica turns ordinary triggers and foreign keys off; ours are ENABLE ALWAYS.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task by_a_superuser_in_replication_mode(string attempt)
    {
        Assert.Equal(Refused, await fixture.Database.Superuser.StateOfRefusal($"begin; set local session_replication_role = replica; {attempt}"));
        await NothingChanged();
    }

    /// <summary>Read-only by default, which such a login can lift, and without the right, which it cannot.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task by_logins_that_read(string attempt)
    {
        foreach (var db in new[] { fixture.Database.Public, fixture.Database.Staff, fixture.Database.Cleared })
        {
            Assert.Equal(NoRight, await db.StateOfRefusal($"begin read write; {attempt}"));
            Assert.Contains(await db.StateOfRefusal(attempt), new[] { NoRight, PostgresErrorCodes.ReadOnlySqlTransaction });
        }

        await NothingChanged();
    }

    /// <summary>A role without DELETE on a child table empties it through the parent's ON DELETE CASCADE, unless the child says no itself.</summary>
    [Fact]
    public async Task through_the_cascade_from_a_stream_whose_own_guard_was_lifted()
    {
        foreach (var db in new[] { fixture.Database.Owner, fixture.Database.Superuser })
        {
            await using var connection = await db.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using var attempt = new NpgsqlCommand($"alter table archive.mt_streams disable trigger user; delete from archive.mt_streams where id = '{stream}'", connection, transaction);

            var refused = await Assert.ThrowsAsync<PostgresException>(() => attempt.ExecuteNonQueryAsync());

            Assert.Equal(Refused, refused.SqlState);
            Assert.Contains("archive.mt_events", refused.MessageText, StringComparison.Ordinal);
            await transaction.RollbackAsync();
        }

        await NothingChanged();
    }

    [Theory]
    [InlineData("mt_streams (id, type, version)", "{stream}\tother\t9")]
    [InlineData("mt_events (seq_id, id, stream_id, version, data, type, timestamp)", "{first}\t{stream}\t{stream}\t3\t{}\tother\t2026-03-01")]
    [InlineData("mt_events (seq_id, id, stream_id, version, data, type, timestamp)", "{next}\t{stream}\t{stream}\t1\t{}\tother\t2026-03-01")]
    public async Task by_copying_over_what_is_there(string table, string row)
    {
        var first = await fixture.Writer.Scalar<long>($"select min(seq_id) from archive.mt_events where stream_id = '{stream}'");
        var next = await fixture.Writer.Scalar<long>("select nextval('archive.mt_events_sequence')");
        row = row.Replace("{stream}", $"{stream}", StringComparison.Ordinal).Replace("{first}", $"{first}", StringComparison.Ordinal).Replace("{next}", $"{next}", StringComparison.Ordinal);

        foreach (var (db, before, state) in new[]
        {
            (fixture.Writer, "select 1", PostgresErrorCodes.UniqueViolation), (fixture.Database.Owner, "select 1", PostgresErrorCodes.UniqueViolation),
            (fixture.Database.Superuser, "set local session_replication_role = replica", PostgresErrorCodes.UniqueViolation),
            (fixture.Database.Public, "set transaction read write", NoRight), (fixture.Database.Staff, "set transaction read write", NoRight), (fixture.Database.Cleared, "set transaction read write", NoRight),
        })
        {
            await using var connection = await db.OpenConnectionAsync();
            await using var transaction = await connection.BeginTransactionAsync();
            await using (var prepare = new NpgsqlCommand(before, connection, transaction)) await prepare.ExecuteNonQueryAsync();

            var refused = await Assert.ThrowsAsync<PostgresException>(async () =>
            {
                await using var copy = await connection.BeginTextImportAsync($"copy archive.{table} from stdin");
                await copy.WriteLineAsync(row);
            });

            Assert.Equal(state, refused.SqlState);
        }

        await NothingChanged();
    }

    [Theory]
    [InlineData("set session_replication_role = replica")]
    [InlineData("alter table archive.mt_events disable trigger all")]
    [InlineData("drop trigger mt_events_immutable on archive.mt_events")]
    [InlineData("alter table archive.mt_events drop constraint fkey_mt_events_stream_id")]
    [InlineData("create or replace function archive.refuse_change() returns trigger language plpgsql as 'begin return old; end'")]
    [InlineData("create table archive.own (n int)")]
    [InlineData("alter sequence archive.mt_events_sequence cache 100")]
    [InlineData("select setval('archive.mt_events_sequence', 1)")]
    [InlineData("set role archive_owner")]
    [InlineData("alter table archive.mt_streams disable trigger user")]
    [InlineData("drop table archive.mt_events")]
    [InlineData("drop function archive.refuse_change() cascade")]
    [InlineData("create rule lost as on insert to archive.mt_events do instead nothing")]
    [InlineData("create trigger lost before insert on archive.mt_events for each row execute function archive.refuse_change()")]
    [InlineData("alter sequence archive.mt_events_sequence restart")]
    [InlineData("truncate archive.log_passed")]
    [InlineData("delete from archive.log_passed")]
    [InlineData("delete from archive.mt_event_progression")]
    public async Task by_the_service_lifting_what_protects_it(string attempt) =>
        Assert.Equal(NoRight, await fixture.Writer.StateOfRefusal(attempt));

    [Fact]
    public async Task by_the_owner_in_replication_mode() =>
        Assert.Equal(NoRight, await fixture.Database.Owner.StateOfRefusal("set session_replication_role = replica"));

    [Fact]
    public async Task by_moving_the_readers_position_back()
    {
        await fixture.Writer.Run("update archive.log_passed set seq_id = 1 where seq_id < 1");

        Assert.Equal(Refused, await fixture.Writer.StateOfRefusal("update archive.log_passed set seq_id = 0"));
        foreach (var attempt in new[] { "update archive.log_passed set seq_id = 0", "delete from archive.log_passed", "truncate archive.log_passed" })
        {
            Assert.Equal(Refused, await fixture.Database.Owner.StateOfRefusal(attempt));
            Assert.Equal(Refused, await fixture.Database.Superuser.StateOfRefusal($"begin; set local session_replication_role = replica; {attempt}"));
        }
    }

    [Theory]
    [InlineData("archive_public", false)]
    [InlineData("archive_staff", true)]
    [InlineData("archive_cleared", true)]
    public async Task by_a_login_that_may_at_most_read(string login, bool mayRead)
    {
        var db = login switch { "archive_public" => fixture.Database.Public, "archive_staff" => fixture.Database.Staff, _ => fixture.Database.Cleared };

        foreach (var table in new[] { "mt_events", "mt_streams", "mt_event_progression" })
        {
            Assert.Equal(mayRead ? "SELECT" : null, await Granted(login, table));
            if (mayRead) Assert.True(await db.Scalar<long>($"select count(*) from archive.{table}") >= 0);
            else Assert.Equal(NoRight, await db.StateOfRefusal($"select count(*) from archive.{table}"));
        }

        Assert.Equal(NoRight, await db.StateOfRefusal("begin read write; select nextval('archive.mt_events_sequence')"));
        Assert.Equal(NoRight, await db.StateOfRefusal("begin read write; insert into archive.mt_streams (id, version) values (gen_random_uuid(), 1)"));
    }

    [Fact]
    public async Task because_the_service_may_add_to_it_and_nothing_else()
    {
        // PostgreSQL answers this with a warning and does nothing.
        await fixture.Writer.Run("grant update, delete on archive.mt_events to archive_writer");

        Assert.Equal("INSERT SELECT", await Granted("archive_writer", "mt_events"));
        Assert.Equal("INSERT SELECT", await Granted("archive_writer", "mt_streams"));
        Assert.Equal("timestamp version", await fixture.Writer.Scalar<string>("""
            select string_agg(column_name, ' ' order by column_name) from information_schema.column_privileges
            where grantee = 'archive_writer' and privilege_type = 'UPDATE' and table_schema = 'archive' and table_name in ('mt_events', 'mt_streams')
            """));
    }

    private async Task<string?> Granted(string login, string table)
    {
        await using var query = fixture.Database.Superuser.CreateCommand("""
            select string_agg(privilege_type, ' ' order by privilege_type) from information_schema.table_privileges
            where grantee = $1 and table_schema = 'archive' and table_name = $2
            """);
        query.Parameters.Add(new() { Value = login });
        query.Parameters.Add(new() { Value = table });
        return await query.ExecuteScalarAsync() as string;
    }

    private async Task NothingChanged()
    {
        var read = await fixture.Store.ReadStream(stream);
        Assert.Equal([new ThingCounted(1), new ThingCounted(2)], read.Select(r => r.Event));
        Assert.Equal([1L, 2L], read.Select(r => r.Version));
        Assert.Equal("thing 2 False", await fixture.Writer.Scalar<string>($"select concat_ws(' ', type, version, case when is_archived then 'True' else 'False' end) from archive.mt_streams where id = '{stream}'"));
    }
}
