using ArchiveService.Attachments;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Retention;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.AppTests.Disposals;

public sealed class Stopping_in_the_middle
{
    [Fact]
    public async Task of_a_batch_leaves_nothing_of_it_done()
    {
        await using var world = await World.Make(projecting: false);
        var records = await world.Capture([.. Enumerable.Range(1, 20).Select(i => World.Comment($"c-{i}"))]);
        var run = await world.Started(await world.Rule());

        // A reader of the views holds the lock the batch needs, after its streams are locked; there its backend is ended.
        await using var reader = await world.Database.Owner.OpenConnectionAsync();
        await Run(reader, "begin; select pg_advisory_xact_lock_shared(4711)");
        var batch = world.Batch(run.Id, records);
        await Until(world, "select exists (select from pg_locks where locktype = 'advisory' and objid = 4711 and not granted)");
        await world.Do(world.Database.Superuser, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and objid = 4711 and not granted");
        await Assert.ThrowsAnyAsync<NpgsqlException>(() => batch);
        await Run(reader, "rollback");

        Assert.Equal((0L, 20L), (await world.Ask<long>("select count(*) from archive.destruction_marks"), await world.Ask<long>("select count(*) from archive.disposal_items where state = 'pending'")));
        Assert.Equal((20, 0), ((await world.Batch(run.Id, records)).Destroyed, (await world.Batch(run.Id, records)).Destroyed));
        Assert.Equal(20L, await world.Ask<long>("select count(*) from archive.mt_events where type = 'item_disposed'"));
    }

    [Fact]
    public async Task between_batches_is_taken_up_where_it_stood()
    {
        await using var world = await World.Make();
        var records = await world.Capture([.. Enumerable.Range(1, 30).Select(i => World.Comment($"c-{i}"))]);
        var run = await world.Started(await world.Rule());

        // The process died after the first commit: neither the ledger nor anything after it was written.
        await world.Batch(run.Id, records[..10]);
        Assert.Empty(world.Get<ErasureLedger>().Read());

        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));

        Assert.Equal([1, 2], world.Get<ErasureLedger>().Read().Select(line => line.Entry.Batch));
        Assert.Equal(30L, await world.Ask<long>("select count(*) from archive.disposal_items where state = 'destroyed'"));
        Assert.Equal(30L, await world.Ask<long>("select count(*) from archive.mt_events where type = 'item_disposed'"));
    }

    [Fact]
    public async Task after_the_ledger_line_was_written_writes_it_no_second_time()
    {
        await using var world = await World.Make();
        var records = await world.Capture(World.Comment("c-1"));
        var run = await world.Started(await world.Rule());
        await world.Batch(run.Id, records);
        await world.Get<LedgerKeeping>().CarryOver(default);
        await world.Do(world.Database.Owner, "update archive.disposal_batches set ledger_entry = null");

        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));

        Assert.Single(world.Get<ErasureLedger>().Read());
        Assert.Equal(1L, await world.Ask<long>("select ledger_entry from archive.disposal_batches"));
    }

    [Fact]
    public async Task with_the_object_store_away_waits_and_tries_again()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1", attachments: new { fileName = "bild.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(new byte[5000]) }));
        var run = await world.Started(await world.Rule());
        var marker = Path.Combine(world.DataFolder, "attachments", "store");
        File.Move(marker, marker + ".away");

        Assert.False(await world.Get<DisposalExecutor>().Run(run.Id, default));
        var waiting = (await world.Get<DisposalRuns>().Find(run.Id, default))!;
        Assert.Equal((RunState.Executing, "objects-left: store-unavailable"), (waiting.State, waiting.Problem));
        Assert.Equal(0L, await world.Keys(world.Record("c-1")));

        File.Move(marker + ".away", marker);
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));
        Assert.Equal(0, await world.Get<IObjectStore>().List("", default).CountAsync());
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task by_a_hold_never_destroys_what_is_held()
    {
        // Property: whatever the order of holds, lifts and batches, no record is destroyed at a moment when a hold stands.
        await using var world = await World.Make(projecting: false);
        var random = new Random(4711);
        var records = await world.Capture([.. Enumerable.Range(1, 60).Select(i => World.Comment($"c-{i}", author: $"author-{i % 7}"))]);
        var run = await world.Started(await world.Rule());
        var order = records.OrderBy(_ => random.Next()).ToList();

        var holding = Task.Run(async () =>
        {
            var mine = new Random(17);
            for (var i = 0; i < 40; i++)
            {
                var record = records[mine.Next(records.Count)];
                var (id, _, _, refused) = await world.Get<HoldHandler>().Place(
                    mine.Next(2) == 0 ? new("KS", record, null, null, "police", "Prov") : new("KS", null, null, world.Account($"author-{mine.Next(7)}"), "police", "Prov"), world.Anna, default);
                Assert.Null(refused);
                if (mine.Next(3) == 0) await world.Get<HoldHandler>().Lift(id, world.Anna, default);
            }
        });
        var destroying = Task.Run(async () =>
        {
            foreach (var some in order.Chunk(3)) await world.Batch(run.Id, some);
        });
        await Task.WhenAll(holding, destroying);

        // The hold was placed before the record went, and was still standing then.
        Assert.Equal(0L, await world.Ask<long>("""
            select count(*) from archive.record_states s join archive.holds h on h.target_id in (s.record_id, s.account_id)
            where s.disposed_at is not null and h.placed_at < s.disposed_at and (h.lifted_at is null or h.lifted_at > s.disposed_at)
            """));
        Assert.True(await world.Ask<long>("select count(*) from archive.disposal_items where state = 'skipped' and reason = 'held'") > 0);
        Assert.True(await world.Ask<long>("select count(*) from archive.disposal_items where state = 'destroyed'") > 0);
    }

    private static async Task Until(World world, string condition)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await world.Ask<bool>(condition)) return;
            await Task.Delay(25);
        }

        Assert.Fail($"Never became true: {condition}");
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
