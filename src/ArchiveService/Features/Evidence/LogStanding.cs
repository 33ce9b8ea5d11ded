using ArchiveService.Features.Cases;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Evidence;

/// <summary>
/// Whether this archive may go on where its log stands. It starts read-only and compares with what is known outside; if it is behind, it goes on by itself under the
/// next name, or waits until an administrator says so (architecture §5). It starts before everything else that writes.
/// </summary>
public sealed partial class LogStanding(LogComparison comparison, LogBehind ledger, ResumeLog resume, EvidenceLog log, KeyRotation rotation, EvidenceOptions options, AppendGate gate, ILogger<LogStanding> logger)
    : BackgroundService
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private volatile Compared? compared;
    private volatile bool behindLedger;

    /// <summary>What the last comparison led to; null before the first.</summary>
    public Compared? Last => compared;

    /// <summary>The erasure ledger knows of gallring that is not here: no diary number is given and no checkpoint signed until somebody has said where the log goes on.</summary>
    public bool BehindLedger => behindLedger;

    public bool IsReadOnly => gate.IsClosed;

    /// <summary>Nothing is vouched for under a name under which more may have been vouched for already.</summary>
    public bool MaySign => !gate.IsClosed && !behindLedger;

    public override async Task StartAsync(CancellationToken cancellationToken)
    {
        gate.Close();
        await rotation.CarryOver(cancellationToken);
        await Look(cancellationToken);
        if (compared is { State: LogState.Behind or LogState.Differs })
        {
            if (options.ResumesByItself)
            {
                var done = await resume.ByItself(cancellationToken);
                if (done.Refused is { } why) LogWaits(logger, why.Code);
                else if (done.Origin is { } origin) LogResumedBy(logger, origin, done.Resumed.Sum(one => one.Numbers.Count));
                await Look(cancellationToken);
            }
            else
            {
                LogWaits(logger, "Evidence__Resume=confirm");
            }
        }

        if (behindLedger) LogBehindLedger(logger);
        await base.StartAsync(cancellationToken);
    }

    /// <summary>Compares now.</summary>
    public async Task Look(CancellationToken ct)
    {
        var found = await comparison.Run(ct);
        behindLedger = await ledger.Is(ct);
        compared = found;
        if (found.State == LogState.Level) gate.Open();
        else gate.Close();
    }

    /// <summary>As a verb sees it: what is in disorder is said by whoever serves, not by every verb.</summary>
    public async Task LookBeforeVerb(CancellationToken ct)
    {
        try
        {
            await Look(ct);
        }
        catch (CannotStart)
        {
            gate.Open();
        }
    }

    /// <summary>Another process may have resumed the log.</summary>
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!MaySign && !stoppingToken.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(Rest, stoppingToken);
                await Look(stoppingToken);
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Npgsql.NpgsqlException error)
            {
                LogTrouble(logger, error.SqlState ?? error.GetType().Name);
            }
        }

        if (MaySign) await log.Begin(stoppingToken);
    }

    [LoggerMessage(1804, LogLevel.Critical, "The database is behind the copies of its checkpoints outside, or differs from them. The archive is read-only until an administrator has said where the log goes on: /bevis or ./run resume-log ({Why}).")]
    private static partial void LogWaits(ILogger logger, string why);

    [LoggerMessage(1805, LogLevel.Warning, "The database came back from an older copy. The evidence log goes on as {Origin}; {Numbers} diary numbers stand as utgår (återläsning).")]
    private static partial void LogResumedBy(ILogger logger, string origin, int numbers);

    [LoggerMessage(1806, LogLevel.Critical, "The erasure ledger knows of gallring that the database does not: it came back from an older copy. No diary number is given and no checkpoint is signed until ./run resume-log has been run.")]
    private static partial void LogBehindLedger(ILogger logger);

    [LoggerMessage(1807, LogLevel.Error, "The log could not be compared with the copies outside: {Error}. It is tried again.")]
    private static partial void LogTrouble(ILogger logger, string error);
}
