using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Quartz;

namespace ArchiveService.AppTests.Operations;

/// <summary>docs/adr/0010: by the clock, on one node.</summary>
public sealed class Schedules_of_the_night
{
    [Fact]
    public async Task run_once_on_two_nodes_and_are_declared_with_ids_only()
    {
        await using var one = await ServedArchive.Start(Impatient);
        var settings = new Dictionary<string, string?>(one.Database!.Settings)
        {
            ["Keys:MasterKeyFile"] = Path.Combine(one.DataFolder, "keys.json"),
            ["Erasure:Ledger"] = Path.Combine(one.DataFolder, "erasure-ledger.jsonl"),
        };
        await using var two = await ServedArchive.Start(Impatient, settings: settings);
        await Until(async () => await one.Value<long>("select count(*) from work.qrtz_scheduler_state") == 2);
        Assert.Equal("completeness 0 0 2 * * ? Europe/Stockholm, missing-items 0 15 6,10,14,18,22 * * ? Europe/Stockholm, raw-data 0 0 3 * * ? Europe/Stockholm, read-review 0 0 5 * * ? Europe/Stockholm, reconcile 0 30 2 * * ? Europe/Stockholm, rotate 0 30 4 * * ? Europe/Stockholm, subscriptions 0 0 6 * * ? Europe/Stockholm, sweep 0 30 3 * * ? Europe/Stockholm, websub 0 40 * * * ? Europe/Stockholm", await one.Value<string>("""
            select string_agg(trigger_name || ' ' || cron_expression || ' ' || time_zone_id, ', ' order by trigger_name) from work.qrtz_cron_triggers
            """));
        Assert.Equal(0L, await one.Value<long>("select count(*) from work.qrtz_triggers where length(job_data) > 2"));

        var asked = two.Program(await two.Token("Greta Granskare", [new("revisor")]));
        await Until(async () => (await Commands.CommandArchive.Ok(await asked.GetAsync(Commands.CommandArchive.At("/api/v1/projections")))).GetProperty("items")[0] is var there
            && there.GetProperty("state").GetString() == "standingBy" && !there.GetProperty("ledHere").GetBoolean());

        // It is half past two.
        await one.Value<int>($"update work.qrtz_triggers set next_fire_time = {DateTimeOffset.UnixEpoch.Ticks} + (extract(epoch from clock_timestamp()) * 1000)::bigint * 10000 where trigger_name = 'reconcile'");
        await Until(async () => await one.Value<long>("select count(*) from archive.reconciliations where finished_at is not null") > 0);
        await Task.Delay(2500);

        Assert.Equal(1L, await one.Value<long>("select count(*) from archive.reconciliations"));
        Assert.True(await one.Value<bool>("select started_by is null and problem is null and errors = 0 from archive.reconciliations"));

        // The pool is everybody's: a scheduler that stops leaves it open.
        await (await two.Services.GetRequiredService<ISchedulerFactory>().GetScheduler()).Shutdown();
        await using var query = two.Databases.Writer.CreateCommand("select 1");
        Assert.Equal(1, await query.ExecuteScalarAsync());
    }

    private static void Impatient(Microsoft.AspNetCore.Builder.WebApplicationBuilder builder) => builder.Services.Configure<QuartzSchedulerOptions>(quartz => quartz.IdleWaitTime = TimeSpan.FromSeconds(1));

    private static async Task Until(Func<Task<bool>> so)
    {
        for (var i = 0; i < 300; i++)
        {
            if (await so()) return;
            await Task.Delay(50);
        }

        throw new TimeoutException("It did not come about.");
    }
}
