using ArchiveService.AppTests.Disposals;
using ArchiveService.Features.Operations;
using ArchiveService.Features.Rebuild;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Operations;

/// <summary>What the nightly reconcile names when the log and what is derived from it no longer agree.</summary>
public sealed class Reconciling
{
    [Fact]
    public async Task finds_nothing_in_an_archive_that_is_whole_and_at_work()
    {
        await using var world = await Filled();
        Assert.Empty((await Reconcile(world)).Findings);

        using var enough = new CancellationTokenSource();
        var writing = Task.Run(async () =>
        {
            for (var i = 0; !enough.IsCancellationRequested; i++) await world.Capture(World.Comment($"w-{i}"), World.Comment($"v-{i}", "Hej", "author-2"));
        });
        var counted = new List<Reconciled>();
        for (var i = 0; i < 15 || (counted[^1].UpTo == counted[0].UpTo && i < 500); i++) counted.Add(await Reconcile(world));
        await enough.CancelAsync();
        await writing;

        Assert.Empty(counted.SelectMany(c => c.Findings));
        Assert.True(counted[^1].UpTo > counted[0].UpTo, "Nothing was written meanwhile.");
        Assert.Equal(
            await world.Ask<long>("select count(*) from archive.mt_events where seq_id <= (select max(last_seq) from archive.log_ranges)"),
            await world.Ask<long>("select sum(events)::bigint from archive.log_ranges"));
    }

    [Fact]
    public async Task finds_nothing_while_the_views_are_built_anew_and_switched()
    {
        await using var world = await Filled();
        using var enough = new CancellationTokenSource();
        var counting = Task.Run(async () =>
        {
            var found = new List<Finding>();
            while (!enough.IsCancellationRequested) found.AddRange((await Reconcile(world)).Findings);
            return found;
        });
        for (var i = 0; i < 3; i++) Assert.True((await world.Get<RebuildViews>().Run(acceptDifferences: false, null, default)).Switched);
        await enough.CancelAsync();

        Assert.Empty(await counting);
    }

    [Fact]
    public async Task names_every_view_that_has_lost_rows_and_the_events_it_no_longer_shows()
    {
        await using var world = await Filled();
        await Tamper(world, "delete from views.all_records; delete from views.all_versions; delete from views.all_diary; delete from views.diary_public; delete from views.all_cases; delete from views.all_acts where seq = (select max(seq) from views.all_acts)");
        var last = await world.Ask<long>("select max(e.seq_id) from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id where s.type = 'record'");

        var findings = (await Reconcile(world)).Findings;

        Assert.Equal(["views.all_acts", "views.all_cases", "views.all_diary", "views.all_records", "views.all_versions", "views.diary_public"], findings.Where(f => f.Code == "view-differs").Select(f => f.What.Split(' ')[0]).Order(StringComparer.Ordinal));
        Assert.Equal(last, Assert.Single(findings, f => f.Code == "event-unseen").Sequence);
        Assert.All(findings, f => Assert.Equal(Severity.Error, f.Severity));
    }

    [Fact]
    public async Task names_a_row_put_in_the_place_of_another()
    {
        await using var world = await Filled();
        await Tamper(world, "update views.all_acts set event_id = gen_random_uuid(), seq = 999999 where seq = (select max(seq) from views.all_acts)");

        Assert.Equal(["event-unseen"], (await Reconcile(world)).Findings.Select(f => f.Code));
    }

    [Theory]
    [InlineData("delete from archive.record_states; delete from archive.diary_entries", "diary-differs", "inline-records-differ")]
    [InlineData("update archive.mt_events set type = 'record_noticed' where type = 'case_opened'", "cases-differ")]
    [InlineData("insert into archive.projection_stops (name, seq_id, error) values ('archive:records:v3', 3, 'KeyMissing')", "projection-stopped")]
    [InlineData("update archive.mt_event_progression set last_seq_id = last_seq_id - 1; update archive.mt_events set timestamp = timestamp - interval '1 hour' where seq_id = (select max(seq_id) from archive.mt_events)", "projection-behind")]
    [InlineData("select setval('archive.mt_events_sequence', 2)", "sequence-behind")]
    [InlineData("update archive.log_passed set seq_id = 999999", "sequence-behind")]
    [InlineData("update archive.mt_streams set version = version + 1 where type = 'record'", "stream-with-holes")]
    public async Task names_what_was_done_by_hand(string done, params string[] codes)
    {
        await using var world = await Filled();
        await Tamper(world, done);

        var found = (await Reconcile(world)).Findings.Select(f => f.Code).ToList();
        Assert.All(codes, code => Assert.Contains(code, found));
    }

    [Fact]
    public async Task names_what_came_into_or_went_out_of_numbers_counted_before()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));

        // An append that was given up leaves a number behind.
        var hole = await world.Ask<long>("select nextval('archive.mt_events_sequence')");
        await world.Capture(World.Comment("c-2"), World.Comment("c-3"));
        Assert.True(await world.Projected());
        Assert.Empty((await Reconcile(world)).Findings);
        Assert.True(await world.Ask<long>("select max(last_seq) from archive.log_ranges") > hole);

        await Tamper(world, $"""
            insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            select {hole}, gen_random_uuid(), stream_id, 2, '{"{}"}', 'record_no_longer_current', now() from archive.mt_events e where type = 'item_captured' order by seq_id limit 1;
            update archive.mt_streams set version = 2 where id = (select stream_id from archive.mt_events where seq_id = {hole});
            """);
        var late = (await Reconcile(world)).Findings;
        Assert.Contains("1 came behind the readers", Assert.Single(late, f => f.Code == "late-comer").What, StringComparison.Ordinal);
        Assert.Equal(hole, Assert.Single(late, f => f.Code == "event-unseen").Sequence);
        Assert.Contains("late-comer", (await Verify(world)).Findings.Select(f => f.Code));

        // It does not become right by being counted again.
        Assert.Contains("late-comer", (await Reconcile(world)).Findings.Select(f => f.Code));

        await Tamper(world, "delete from archive.mt_events where seq_id = (select max(seq_id) from archive.mt_events)");
        Assert.Contains("events-exchanged", (await Reconcile(world)).Findings.Select(f => f.Code));

        await Tamper(world, "delete from archive.mt_events where seq_id = (select max(seq_id) from archive.mt_events)");
        var gone = (await Reconcile(world)).Findings.Select(f => f.Code).ToList();
        Assert.Contains("events-gone", gone);
        Assert.Contains("stream-with-holes", gone);
    }

    [Fact]
    public async Task is_done_by_one_at_a_time()
    {
        await using var world = await World.Make(projecting: false);
        await using var other = await world.Database.Writer.OpenConnectionAsync();
        await using var hold = new NpgsqlCommand($"select pg_advisory_lock({ReconcileArchive.LockKey})", other);
        await hold.ExecuteNonQueryAsync();

        Assert.Null(await world.Get<ReconcileArchive>().Run(default));
    }

    /// <summary>Three comments, one of which is registered.</summary>
    private static async Task<World> Filled()
    {
        var world = await World.Make();
        var records = await world.Capture(World.Comment("c-1"), World.Comment("c-2", "Ett", "author-2"), World.Comment("c-3", "Två", "author-2"));
        var (_, registered) = await world.Get<RegisterRecordHandler>().Register(records[0], new(null, new("Ett ärende", null), null, "Fråga om snöröjning", "Namn author-1", null), default, world.Registrar, default);
        Assert.NotNull(registered);
        Assert.True(await world.Projected());
        return world;
    }

    private static async Task<Reconciled> Reconcile(World world) => (await world.Get<ReconcileArchive>().Run(default))!;

    private static Task<Verification> Verify(World world) => ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default);

    /// <summary>As a superuser who first takes every trigger away: the database's own refusals have tests of their own.</summary>
    private static Task Tamper(World world, string sql) => world.Do(world.Database.Superuser, $"""
        do $$ declare t record; begin
          for t in select distinct tgrelid::regclass as tab from pg_trigger where not tgisinternal loop execute format('alter table %s disable trigger all', t.tab); end loop;
        end $$;
        {sql}
        """);
}
