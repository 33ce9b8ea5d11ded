using System.Globalization;
using ArchiveService.AppTests.Hosting;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Verify;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Disposals;

/// <summary>
/// The whole service is killed (SIGKILL) again and again while it carries a run through: each time a batch is whole or nothing, the next one goes on where it stood, and in the end everything is
/// destroyed once and stands in the ledger. <c>KILLS=30</c> kills it so many times.
/// </summary>
public sealed class Killing_a_run
{
    private static readonly int Kills = int.TryParse(Environment.GetEnvironmentVariable("KILLS"), NumberStyles.None, CultureInfo.InvariantCulture, out var many) ? many : 2;

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task at_any_moment_leaves_every_batch_whole_and_nothing_destroyed_twice()
    {
        await using var world = await World.Make(projecting: false);
        var dice = new Random(1127);
        var count = 40 * (Kills + 2);
        for (var i = 0; i < count; i += 200) await world.Capture([.. Enumerable.Range(i, Math.Min(200, count - i)).Select(n => World.Comment($"c-{n}", author: $"author-{n % 50}"))]);
        var run = await world.Started(await world.Rule());

        // Ten items a batch, and a breath in each, so that most moments lie inside one.
        await world.Do(world.Database.Superuser, """
            create function archive.breathe() returns trigger language plpgsql as $$ begin perform pg_sleep(0.02); return new; end $$;
            create trigger breathe before insert on archive.disposal_batches for each row execute function archive.breathe();
            create trigger breathe before insert on archive.destruction_marks for each statement execute function archive.breathe();
            create trigger breathe after insert on archive.object_deletions for each statement execute function archive.breathe()
            """);

        for (var kill = 0; kill < Kills; kill++)
        {
            await using var service = new RunningProgram(world.DataFolder, [], Settings(world), "--urls=http://127.0.0.1:0");
            var before = await world.Ask<long>("select count(*) from archive.disposal_batches");
            for (var i = 0; i < 2000 && await world.Ask<long>("select count(*) from archive.disposal_batches") == before && await Executing(world, run.Id); i++) await Task.Delay(10);
            await Task.Delay(dice.Next(120));
            await service.KillAtOnce();
            await NobodyWrites(world);
            await Whole(world, run.Id);
        }

        world.Project();
        for (var i = 0; i < 20 && !await world.Get<DisposalExecutor>().Run(run.Id, default); i++) await Task.Delay(100);

        var done = (await world.Get<DisposalRuns>().Find(run.Id, default))!;
        Assert.Equal((RunState.Completed, (long)count), (done.State, await world.Ask<long>("select count(*) from archive.disposal_items where state = 'destroyed'")));
        Assert.Equal((long)count, await world.Ask<long>("select count(*) from archive.mt_events where type = 'item_disposed'"));
        Assert.Equal(await world.Ask<long>("select count(*) from archive.disposal_batches where records + deliveries > 0"), world.Get<ErasureLedger>().Read().Count());
        Assert.Equal((long)count, world.Get<ErasureLedger>().Read().Sum(l => (long)l.Entry.Records));
        Assert.Empty((await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code}: {f.What}"));
    }

    private static Dictionary<string, string> Settings(World world)
    {
        var settings = world.Database.Settings.ToDictionary(s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value!);
        settings["Keys__MasterKeyFile"] = Path.Combine(world.DataFolder, "keys.json");
        settings["Erasure__Ledger"] = Path.Combine(world.DataFolder, "erasure-ledger.jsonl");
        settings["Disposal__BatchSize"] = "10";
        return settings;
    }

    private static Task<bool> Executing(World world, Guid run) => world.Ask<bool>("select state = 'executing' and exists (select from archive.disposal_items i where i.run_id = r.run_id and i.state = 'pending') from archive.disposal_runs r where run_id = $1", run);

    /// <summary>A backend whose client died may still end its statement: either way the transaction is whole.</summary>
    private static async Task NobodyWrites(World world)
    {
        for (var i = 0; i < 500; i++)
        {
            if (await world.Sessions("state <> 'idle'") == 0) return;
            await Task.Delay(10);
        }

        Assert.Fail("Somebody still writes.");
    }

    /// <summary>Every item is either as it was, or gone with its key, its ciphertext, its state and an event, in a batch that counts it.</summary>
    private static async Task Whole(World world, Guid run)
    {
        Assert.Equal(0L, await world.Ask<long>("""
            select count(*) from archive.disposal_items i join archive.record_states s using (record_id)
            where i.run_id = $1 and not (
              (i.state = 'pending') = (s.disposed_at is null)
              and (s.disposed_at is null) = exists (select from archive.record_keys k where k.stream_id = i.record_id and k.class = 'content')
              and (s.disposed_at is null) = exists (select from archive.mt_events e join archive.sealed_content c on c.event_id = e.id where e.stream_id = i.record_id)
              and (case when s.disposed_at is null then 0 else 1 end) = (select count(*) from archive.mt_events e where e.stream_id = i.record_id and e.type = 'item_disposed'))
            """, run));
        Assert.Equal(
            await world.Ask<long>("select count(*) from archive.disposal_items where run_id = $1 and state = 'destroyed'", run),
            await world.Ask<long>("select coalesce(sum(records), 0)::bigint from archive.disposal_batches where run_id = $1", run));
    }
}
