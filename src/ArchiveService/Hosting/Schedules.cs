using ArchiveService.Features.Backups;
using ArchiveService.Features.Operations;
using ArchiveService.Features.Records;
using Quartz;

namespace ArchiveService.Hosting;

/// <summary>What runs by the clock, on one node at a time (architecture §2, docs/adr/0010). Declared anew at every start; a job's data holds ids only.</summary>
public static class Schedules
{
    public static JobKey Reconcile { get; } = new("reconcile");

    public static JobKey Sweep { get; } = new("sweep");

    public static JobKey Rotate { get; } = new("rotate");

    public static JobKey ReadReview { get; } = new("read-review");

    public static JobKey RawData { get; } = new("raw-data");

    public static JobKey Completeness { get; } = new("completeness");

    public static JobKey Missing { get; } = new("missing-items");

    public static JobKey WebSub { get; } = new("websub");

    private const string EveryHour = "0 40 * * * ?";
    private const string EveryFourHours = "0 15 6,10,14,18,22 * * ?";
    private const string AtTwo = "0 0 2 * * ?";
    public static JobKey Subscriptions { get; } = new("subscriptions");

    private const string AtHalfPastTwo = "0 30 2 * * ?";
    private const string AtThree = "0 0 3 * * ?";
    private const string AtHalfPastThree = "0 30 3 * * ?";
    private const string AtHalfPastFour = "0 30 4 * * ?";
    private const string AtFive = "0 0 5 * * ?";
    private const string AtSix = "0 0 6 * * ?";

    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    public static IServiceCollection AddSchedules(this IServiceCollection services)
    {
        services.AddQuartz(quartz =>
        {
            quartz.UseDefaultThreadPool(2);
            quartz.ConfigureScheduler(scheduler =>
            {
                scheduler.InstanceName = "archive";
                scheduler.ShutdownJobInterruption = ShutdownJobInterruption.Always;
            });
            quartz.UsePersistentStore(store =>
            {
                store.UsePostgres(source => source.DataSourceFactory = provided => provided.GetRequiredService<Databases>().Writer);
                store.ConfigureStore(kept => (kept.TablePrefix, kept.StoreJobDataAsStrings) = ("work.qrtz_", true));
                store.UseClustering();
            });
            quartz.ScheduleJob<Features.Completeness.NightlyCompleteness>(trigger => EveryDay(trigger, Completeness, AtTwo), job => job.WithIdentity(Completeness));
            quartz.ScheduleJob<Features.Sources.YouTube.RenewWebSub>(trigger => EveryDay(trigger, WebSub, EveryHour), job => job.WithIdentity(WebSub));
            quartz.ScheduleJob<Features.Completeness.MissingItems>(trigger => EveryDay(trigger, Missing, EveryFourHours), job => job.WithIdentity(Missing));
            quartz.ScheduleJob<NightlyReconcile>(trigger => EveryDay(trigger, Reconcile, AtHalfPastTwo), job => job.WithIdentity(Reconcile));
            quartz.ScheduleJob<Features.Deliveries.NightlyRawDisposal>(trigger => EveryDay(trigger, RawData, AtThree), job => job.WithIdentity(RawData));
            quartz.ScheduleJob<NightlySweep>(trigger => EveryDay(trigger, Sweep, AtHalfPastThree), job => job.WithIdentity(Sweep));
            quartz.ScheduleJob<NightlyRotation>(trigger => EveryDay(trigger, Rotate, AtHalfPastFour), job => job.WithIdentity(Rotate));
            quartz.ScheduleJob<Features.Replay.NightlyReadReview>(trigger => EveryDay(trigger, ReadReview, AtFive), job => job.WithIdentity(ReadReview));
            quartz.ScheduleJob<Features.Sources.Meta.DailySubscriptionCheck>(trigger => EveryDay(trigger, Subscriptions, AtSix), job => job.WithIdentity(Subscriptions));
        });

        // A start neither forgets nor repeats what the night did.
        services.Configure<QuartzOptions>(quartz => quartz.Scheduling.ScheduleTriggerRelativeToReplacedTrigger = true);
        services.AddQuartzHostedService(hosted => hosted.WaitForJobsToComplete = true);
        return services;
    }

    /// <summary>A night on which no node ran is made up for at the next start.</summary>
    private static void EveryDay<TJob>(ITriggerConfigurator<TJob> trigger, JobKey job, string at)
        where TJob : IJob => trigger
        .WithIdentity(job.Name)
        .WithCronSchedule(at, cron => cron.InTimeZone(Stockholm).WithMisfireInstruction(CronTriggerMisfireInstruction.FireAndProceed));
}
