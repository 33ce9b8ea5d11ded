using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using Microsoft.Extensions.Diagnostics.HealthChecks;
using Quartz;

namespace ArchiveService.Features.Backups;

/// <summary>Gallringar whose final step is still to come: until the epoch key is rotated, a backup from before can be opened (disposal.finalDays, T-20).</summary>
/// <param name="Waiting">Runs that are destroyed and wait for a rotation.</param>
/// <param name="Earliest">When the first of them has to be final.</param>
/// <param name="Overdue">Those whose day has passed.</param>
public sealed record FinalStanding(long Waiting, DateOnly? Earliest, long Overdue);

public sealed class FinalStep(Databases databases, TimeProvider clock)
{
    public DateOnly Today => Swedish.Day(clock.GetUtcNow());

    public async Task<FinalStanding> Now(CancellationToken ct)
    {
        // A rotation that began before the destruction was done may have carried a key over that was destroyed after it.
        await using var query = databases.Writer.CreateCommand("""
            select count(*), min(r.final_on), count(*) filter (where r.final_on < $1) from archive.disposal_runs r
            where r.destroyed_at is not null and r.final_on is not null
              and not exists (select from archive.key_rotations k where k.destroyed_at is not null and k.started_at >= r.destroyed_at)
            """);
        query.Parameters.Add(new() { Value = Today });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(row.GetInt64(0), row.GetFieldValue<DateOnly?>(1), row.GetInt64(2));
    }
}

/// <summary>Degraded, not down: the archive can be used, but a promise on a certificate is broken.</summary>
public sealed class FinalStepHealth(FinalStep step) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var now = await step.Now(cancellationToken);
            var figures = new Dictionary<string, object>(StringComparer.Ordinal) { ["waiting"] = now.Waiting, ["overdue"] = now.Overdue };
            if (now.Earliest is { } day) figures["finalOn"] = day;
            return now.Overdue > 0 ? HealthCheckResult.Degraded("A gallring is not final in time: run ./run keys rotate.", data: figures) : HealthCheckResult.Healthy(data: figures);
        }
        catch (Npgsql.NpgsqlException error)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", error);
        }
    }
}

/// <summary>Rotates the epoch key some days before the first gallring has to be final; where there is no place for its backup, or it fails, it says so every night.</summary>
[DisallowConcurrentExecution]
public sealed partial class NightlyRotation(FinalStep step, KeyRotation rotation, BackupPlace place, IConfiguration configuration, ILogger<NightlyRotation> logger) : IJob
{
    private const int DaysBefore = 7;

    public async ValueTask Execute(IJobExecutionContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var standing = await step.Now(cancellationToken);
            var before = configuration.GetValue<int?>("Keys:RotateDaysBefore") ?? DaysBefore;
            if (place.Folder is { } folder && standing.Earliest is { } day && day <= step.Today.AddDays(before))
            {
                var done = await rotation.Run(Caller.System, folder, null, cancellationToken);
                LogRotated(logger, done.OldKek, done.Keys);
                standing = await step.Now(cancellationToken);
            }

            if (standing.Overdue > 0) LogOverdue(logger, standing.Overdue, standing.Earliest!.Value);
        }
        catch (Exception error) when (!cancellationToken.IsCancellationRequested)
        {
            // Type and SQLSTATE only, or our own sentence: an error's text may quote what it could not read.
            LogFailed(logger, error is CannotStart why ? why.Message : error is Npgsql.PostgresException refused ? refused.SqlState : error.GetType().Name);
        }
    }

    [LoggerMessage(1911, LogLevel.Information, "The epoch key was rotated: {Old} is destroyed, {Keys} keys go on. Copy the key file to its safe places again.")]
    private static partial void LogRotated(ILogger logger, Guid old, long keys);

    [LoggerMessage(1912, LogLevel.Error, "{Overdue} disposal runs are not final in time (the first was to be on {Day}): backups from before still open. Run ./run keys rotate.")]
    private static partial void LogOverdue(ILogger logger, long overdue, DateOnly day);

    [LoggerMessage(1913, LogLevel.Error, "The epoch key could not be rotated: {Problem} Nothing is lost; it is tried again tomorrow, or run ./run keys rotate.")]
    private static partial void LogFailed(ILogger logger, string problem);
}

public static class BackupRegistration
{
    public static IServiceCollection AddBackups(this IServiceCollection services) => services
        .AddSingleton(s => BackupPlace.From(s.GetRequiredService<IConfiguration>(), s.GetRequiredService<Installation>()))
        .AddSingleton<Backup>().AddSingleton<BackupTrial>().AddSingleton<KeyRotation>().AddSingleton<KeyExport>()
        .AddSingleton<LedgerReplay>().AddSingleton<ErasedStreams>().AddSingleton<FinalStep>()
        .AddHostedService<ReplayAtStart>();
}
