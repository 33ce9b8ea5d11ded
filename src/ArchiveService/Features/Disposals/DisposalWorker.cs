using System.Collections.Concurrent;

namespace ArchiveService.Features.Disposals;

/// <summary>Carries started runs through beside the web application, takes up what a stop left, and tries again what the object store refused.</summary>
public sealed partial class DisposalWorker(
    DisposalExecutor executor, DisposalRuns runs, LedgerKeeping ledger, ObjectDeletions objects, ILogger<DisposalWorker> logger, TimeProvider clock) : BackgroundService
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(15);

    private readonly SemaphoreSlim bell = new(0);
    private readonly ConcurrentQueue<Guid> rung = new();

    /// <summary>Starts on the run at once.</summary>
    public void Ring(Guid run)
    {
        rung.Enqueue(run);
        bell.Release();
    }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            await Try("the runs", async () =>
            {
                // The ledger before anything else: what was committed before a crash counts as done only when it stands there.
                await ledger.CarryOver(stoppingToken);
                var started = await runs.Unfinished(stoppingToken);
                while (rung.TryDequeue(out var run))
                {
                    if (!started.Contains(run)) started.Add(run);
                }

                foreach (var run in started) await Try($"run {run}", () => executor.Run(run, stoppingToken), stoppingToken);
                await objects.Drain(null, stoppingToken);
            }, stoppingToken);
            await bell.WaitAsync(Rest, stoppingToken);
        }
    }

    /// <summary>Waits a little for a run to be completed or to say what it waits for; the answer shows how far it came.</summary>
    public async Task<DisposalRun?> WaitFor(Guid run, TimeSpan atMost, CancellationToken ct)
    {
        var until = clock.GetTimestamp();
        while (true)
        {
            var now = await runs.Find(run, ct);
            if (now is not { State: RunState.Executing, Problem: null } || clock.GetElapsedTime(until) > atMost) return now;
            await Task.Delay(TimeSpan.FromMilliseconds(100), ct);
        }
    }

    private async Task Try(string what, Func<Task> work, CancellationToken ct)
    {
        try
        {
            await work();
        }
        catch (Exception error) when (!ct.IsCancellationRequested)
        {
            // Type and SQLSTATE only: an error's text may quote what it refused.
            LogFailed(logger, what, error is Npgsql.PostgresException refused ? $"{refused.SqlState} {(refused.SqlState.StartsWith("AS", StringComparison.Ordinal) ? refused.MessageText : "")}" : error.GetType().Name);
        }
    }

    [LoggerMessage(1401, LogLevel.Error, "Gallring: {What} stopped and will be tried again: {Error}")]
    private static partial void LogFailed(ILogger logger, string what, string error);
}
