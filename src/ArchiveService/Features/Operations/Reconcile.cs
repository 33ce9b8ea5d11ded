using ArchiveService.Access;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Quartz;

namespace ArchiveService.Features.Operations;

/// <summary>Asks for a reconcile now, and shows the latest.</summary>
public sealed class Reconcile(Reconciliations runs, ISchedulerFactory schedulers)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/reconciliation", async (Caller caller, Reconcile reconcile, CancellationToken ct) =>
            !Operations.MayAct(caller) ? Problems.Refused(Operations.OnlyAdmin)
            : (IResult)TypedResults.Accepted("/api/v1/reconciliation", await reconcile.Start(caller, ct))).WithName("start-reconciliation");
        routes.MapGet("/api/v1/reconciliation", async (Caller caller, Reconciliations runs, CancellationToken ct) =>
            !Operations.MaySee(caller) ? Problems.Refused(Operations.No) : await runs.Latest(ct) is { } run ? TypedResults.Ok(run) : (IResult)Problems.Refused(None)).WithName("reconciliation");
    }

    private static Refusal None => Refusal.Unknown("reconciliation", "Ingen avstämning är gjord än. Den görs varje natt, eller när någon startar en.");

    /// <summary>Begins one on one of the nodes, or joins the one that is running.</summary>
    public async Task<Reconciliation> Start(Caller by, CancellationToken ct)
    {
        var (id, isNew) = await runs.Begin(by, ct);
        if (isNew)
        {
            try
            {
                var scheduler = await schedulers.GetScheduler(ct);
                await scheduler.TriggerJob(Schedules.Reconcile, new JobDataMap { [NightlyReconcile.Run] = id.ToString("D") }, ct);
            }
            catch
            {
                await runs.GiveUp(id, CancellationToken.None);
                throw;
            }
        }

        return (await runs.Find(id, ct))!;
    }
}

/// <summary>The reconcile of every night, and the one somebody asked for.</summary>
[DisallowConcurrentExecution]
public sealed partial class NightlyReconcile(Reconciliations runs, ReconcileArchive reconcile, ILogger<NightlyReconcile> logger) : IJob
{
    /// <summary>In the job's data: the run that somebody began.</summary>
    public const string Run = "run";

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        if (context.MergedJobDataMap.TryGetValue(Run, out var begun) && Guid.TryParse(begun as string, out var asked)) await Carry(asked, cancellationToken);
        else if (await runs.Begin(null, cancellationToken) is { IsNew: true, Id: var id }) await Carry(id, cancellationToken);
    }

    private async Task Carry(Guid id, CancellationToken ct)
    {
        try
        {
            if (await reconcile.Run(ct) is not { } report)
            {
                await runs.GiveUp(id, ct);
                return;
            }

            await runs.Finish(id, report, ct);
            if (report.Findings.Any(f => f.Severity == Severity.Error))
                LogDiffers(logger, report.Findings.Count(f => f.Severity == Severity.Error), string.Join(", ", report.Findings.Select(f => f.Code).Distinct()));
            else
                LogAgrees(logger, report.Counts["events"]);
        }
        catch (Exception error)
        {
            // Type and SQLSTATE only: an error's text may quote what it could not read.
            var what = error is Npgsql.PostgresException refused ? refused.SqlState : error.GetType().Name;
            if (!ct.IsCancellationRequested) LogFailed(logger, what);
            using var last = new CancellationTokenSource(TimeSpan.FromSeconds(3));
            try
            {
                await (ct.IsCancellationRequested ? runs.GiveUp(id, last.Token) : runs.Fail(id, what, last.Token));
            }
            catch (Exception unsaid) when (unsaid is Npgsql.NpgsqlException or OperationCanceledException or ObjectDisposedException)
            {
                // Nobody holds its lock any more, which says the same in a while.
            }
        }
    }

    [LoggerMessage(1601, LogLevel.Error, "The reconcile found that the log and what is derived from it differ, {Errors} times: {Codes}. See /drift.")]
    private static partial void LogDiffers(ILogger logger, int errors, string codes);

    [LoggerMessage(1602, LogLevel.Information, "The reconcile counted {Events} events; everything agrees.")]
    private static partial void LogAgrees(ILogger logger, long events);

    [LoggerMessage(1603, LogLevel.Error, "A reconcile could not be carried through: {Problem}.")]
    private static partial void LogFailed(ILogger logger, string problem);
}
