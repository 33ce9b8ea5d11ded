using ArchiveService.Testing;
using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

public sealed class The_log_cannot_be_changed(StoreFixture fixture) : IClassFixture<StoreFixture>, IAsyncLifetime
{
    private const string Refused = "AS001";
    private const string NoRight = PostgresErrorCodes.InsufficientPrivilege;

    private readonly Guid stream = AStream();

    public static TheoryData<string> Attempts => new(
        "delete from archive.mt_events",
        "delete from archive.mt_streams",
        "truncate archive.mt_events",
        "truncate archive.mt_streams cascade",
        "update archive.mt_events set data = '{}'",
        "update archive.mt_events set id = gen_random_uuid()",
        "update archive.mt_events set version = version + 1000",
        "update archive.mt_events set timestamp = now()",
        "update archive.mt_events set is_archived = true",
        "update archive.mt_events set headers = null, user_name = null",
        "update archive.mt_streams set is_archived = true",
        "update archive.mt_streams set type = 'other'",
        "update archive.mt_streams set id = gen_random_uuid()",
        "update archive.mt_streams set created = now()");

    public Task InitializeAsync() => fixture.Store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(1), Counted(2)));

    public Task DisposeAsync() => Task.CompletedTask;

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task by_the_service(string attempt)
    {
        Assert.Equal(NoRight, await fixture.Writer.StateOfRefusal(attempt));
        await NothingChanged();
    }

    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task by_the_owner(string attempt)
    {
        Assert.Equal(Refused, await fixture.Database.Owner.StateOfRefusal(attempt));
        await NothingChanged();
    }

    /// <summary>session_replication_role = replica turns ordinary triggers and foreign keys off; ours are ENABLE ALWAYS.</summary>
    [Theory]
    [MemberData(nameof(Attempts))]
    public async Task by_a_superuser_in_replication_mode(string attempt)
    {
        await using var connection = await fixture.Database.Superuser.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"set session_replication_role = replica; {attempt}", connection);

        Assert.Equal(Refused, (await Assert.ThrowsAsync<PostgresException>(() => command.ExecuteNonQueryAsync())).SqlState);
        await NothingChanged();
    }

    [Fact]
    public async Task by_lowering_a_version_or_a_time()
    {
        Assert.Equal(Refused, await fixture.Writer.StateOfRefusal($"update archive.mt_streams set version = 1 where id = '{stream}'"));
        Assert.Equal(Refused, await fixture.Writer.StateOfRefusal($"update archive.mt_streams set timestamp = '2001-01-01' where id = '{stream}'"));
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
    [InlineData("delete from archive.log_passed")]
    [InlineData("delete from archive.mt_event_progression")]
    public async Task by_the_service_lifting_what_protects_it(string attempt) =>
        Assert.Equal(NoRight, await fixture.Writer.StateOfRefusal(attempt));

    [Fact]
    public async Task by_moving_the_readers_position_back()
    {
        await fixture.Writer.Run("update archive.log_passed set seq_id = 1 where seq_id < 1");

        Assert.Equal(Refused, await fixture.Writer.StateOfRefusal("update archive.log_passed set seq_id = 0"));
    }

    [Theory]
    [InlineData("archive_public", false)]
    [InlineData("archive_staff", true)]
    [InlineData("archive_cleared", true)]
    public async Task by_a_login_that_reads(string login, bool mayRead)
    {
        var db = login switch { "archive_public" => fixture.Database.Public, "archive_staff" => fixture.Database.Staff, _ => fixture.Database.Cleared };

        foreach (var attempt in new[] { "insert into archive.mt_streams (id, version) values (gen_random_uuid(), 1)", "delete from archive.mt_events", "update archive.mt_streams set version = 9" })
            Assert.Contains(await db.StateOfRefusal(attempt), new[] { NoRight, PostgresErrorCodes.ReadOnlySqlTransaction });
        if (mayRead) Assert.True(await db.Scalar<long>("select count(*) from archive.mt_events") > 0);
        else Assert.Equal(NoRight, await db.StateOfRefusal("select count(*) from archive.mt_events"));
    }

    private async Task NothingChanged()
    {
        var read = await fixture.Store.ReadStream(stream);
        Assert.Equal([new ThingCounted(1), new ThingCounted(2)], read.Select(r => r.Event));
        Assert.Equal([1L, 2L], read.Select(r => r.Version));
        Assert.Equal("thing 2 False", await fixture.Writer.Scalar<string>($"select concat_ws(' ', type, version, case when is_archived then 'True' else 'False' end) from archive.mt_streams where id = '{stream}'"));
    }
}
