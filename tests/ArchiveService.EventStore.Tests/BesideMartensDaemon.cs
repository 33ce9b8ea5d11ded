using System.Text.RegularExpressions;
using ArchiveService.Testing;
using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

/// <summary>What Marten's async daemon and its Quick append send, by a login with the rights of docs/marten.md and no other.</summary>
public sealed partial class A_login_for_marten : IAsyncLifetime
{
    private static readonly string Login = $"reports_{Environment.ProcessId}";

    private TestDatabase database = null!;
    private NpgsqlDataSource reports = null!;

    public async Task InitializeAsync()
    {
        database = await PostgresServer.NewDatabase();
        await database.Superuser.Run($"drop role if exists {Login}; {Documented().Replace("reports", Login, StringComparison.Ordinal)}; grant connect on database {await database.Superuser.Scalar<string>("select current_database()::text")} to {Login}");
        reports = NpgsqlDataSource.Create(new NpgsqlConnectionStringBuilder(database.Connections.Writer) { Username = Login, Password = "…", MaxPoolSize = 4 }.ConnectionString);
    }

    public async Task DisposeAsync()
    {
        await reports.DisposeAsync();
        await database.Superuser.Run($"drop owned by {Login}; drop role {Login}");
        await database.DisposeAsync();
    }

    [Fact]
    public async Task runs_the_daemon()
    {
        var store = new PostgresEventStore(database.Writer, StoreFixture.Types);
        await store.MustAppend(Stream(1).To(ExpectedVersion.NewStream, Counted(1), Counted(2)));

        // Where the log ends, where the mark stands, the mark, a projection's progress, an event page.
        Assert.Equal(2L, await reports.Scalar<long>("select last_value from archive.mt_events_sequence"));
        await reports.Run("select archive.mt_mark_event_progression('HighWaterMark', 1)");
        await reports.Run("select archive.mt_mark_event_progression('HighWaterMark', 2)");
        Assert.Equal(2L, await reports.Scalar<long>("select last_seq_id from archive.mt_event_progression where name = 'HighWaterMark'"));
        await reports.Run("insert into archive.mt_event_progression (name, last_seq_id) values ('Report:All', 1)");
        await reports.Run("update archive.mt_event_progression set last_seq_id = 2 where name = 'Report:All' and last_seq_id = 1");
        await reports.Run("delete from archive.mt_event_progression where name = 'Report:All'");
        Assert.Equal(2L, await reports.Scalar<long>("select count(*) from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id where e.seq_id > 0"));
    }

    [Theory]
    [InlineData(null, 9L, 4L, 9L, 1L, "the first mark there is")]
    [InlineData(4L, 9L, 4L, 9L, 1L, "it stands where the daemon saw it")]
    [InlineData(5L, 9L, 4L, 5L, 0L, "another node has moved it")]
    [InlineData(4L, 4L, 4L, 4L, 0L, "nothing was skipped")]
    public async Task marks_what_it_skipped(long? stands, long ending, long starting, long answer, long skips, string because)
    {
        if (stands is { } at) await reports.Run($"select archive.mt_mark_event_progression('HighWaterMark', {at})");

        var now = await reports.Scalar<long>($"select archive.mt_mark_progression_with_skip('HighWaterMark', {ending}, {starting})");

        Assert.True(now == answer, because);
        Assert.Equal(answer, await reports.Scalar<long>("select last_seq_id from archive.mt_event_progression where name = 'HighWaterMark'"));
        Assert.Equal(skips, await reports.Scalar<long>("select count(*) from archive.mt_high_water_skips"));
        if (skips > 0) await reports.Run($"select archive.mt_mark_progression_with_skip('Another', {ending}, {starting})");
    }

    [Fact]
    public async Task appends_in_quick_mode()
    {
        await reports.Run($$"""
            select archive.mt_quick_append_events('{{Stream(2)}}', 'thing', '*DEFAULT*', array[gen_random_uuid()], '{thing_counted}', '{A}',
              array['{"number":1}']::jsonb[], array[null]::bytea[], '{c}', '{c}', array['{}']::jsonb[], '{u}', array[now()]::timestamptz[], 0)
            """);

        Assert.Equal([new ThingCounted(1)], (await new PostgresEventStore(database.Writer, StoreFixture.Types).ReadStream(Stream(2))).Select(r => r.Event));
    }

    [Theory]
    [InlineData("select archive.mt_mark_event_progression('archive:seen:v1', 99)")]
    [InlineData("select archive.mt_mark_progression_with_skip('archive:seen:v1', 99, 7)")]
    [InlineData("update archive.mt_event_progression set last_seq_id = 99 where name = 'archive:seen:v1'")]
    [InlineData("update archive.mt_event_progression set name = 'mine' where name = 'archive:seen:v1'")]
    [InlineData("update archive.mt_event_progression set name = 'archive:other:v1' where name = 'theirs'")]
    [InlineData("insert into archive.mt_event_progression (name, last_seq_id) values ('archive:new:v1', 99)")]
    [InlineData("delete from archive.mt_event_progression")]
    [InlineData("select ciphertext from archive.sealed_content")]
    [InlineData("delete from archive.mt_events")]
    [InlineData("update archive.mt_streams set is_archived = true")]
    public async Task may_not_touch_what_is_ours(string attempt)
    {
        await database.Writer.Run("insert into archive.mt_event_progression (name, last_seq_id) values ('archive:seen:v1', 7), ('theirs', 7)");

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await reports.StateOfRefusal(attempt));
        Assert.Equal(7L, await database.Writer.Scalar<long>("select last_seq_id from archive.mt_event_progression where name = 'archive:seen:v1'"));
    }

    [Fact]
    public async Task may_not_archive_a_stream_and_neither_may_anybody()
    {
        await new PostgresEventStore(database.Writer, StoreFixture.Types).MustAppend(Stream(3).To(ExpectedVersion.NewStream, Counted(1)));

        Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, await reports.StateOfRefusal($"select archive.mt_archive_stream('{Stream(3)}')"));
        Assert.Equal("AS001", await database.Owner.StateOfRefusal($"select archive.mt_archive_stream('{Stream(3)}')"));
    }

    private static string Documented()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "docs", "marten.md"))) return SqlBlock.Match(File.ReadAllText(Path.Combine(at.FullName, "docs", "marten.md"))).Groups["rights"].Value;
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }

    [GeneratedRegex("```sql\n(?<rights>create role reports.*?)```", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex SqlBlock { get; }
}
