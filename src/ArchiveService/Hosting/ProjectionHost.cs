using ArchiveService.EventStore;
using ArchiveService.Features.Operations;
using ArchiveService.Features.Rebuild;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ArchiveService.Hosting;

/// <summary>Runs the projections beside the web application; a verb may run them for as long as it needs its own writes in the views.</summary>
public sealed partial class ProjectionHost : BackgroundService
{
    private readonly RebuildViews rebuild;
    private readonly ILogger<ProjectionHost> logger;

    public ProjectionHost(Databases databases, EventTypes types, IEnumerable<Projection> projections, RebuildViews rebuild, ILogger<ProjectionHost> logger)
    {
        (this.rebuild, this.logger) = (rebuild, logger);
        Worker = new(databases.Writer, types, [.. projections], new() { Alarm = Alarm });
    }

    public ProjectionWorker Worker { get; }

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        await BeOfThisVersion(stoppingToken);
        await Worker.Run(stoppingToken);
    }

    /// <summary>A build whose projection folds otherwise builds its views first; until then people read those of the build before.</summary>
    private async Task BeOfThisVersion(CancellationToken ct)
    {
        while (true)
        {
            try
            {
                await rebuild.ClearAway(ct);
                if (!await rebuild.IsOfAnotherVersion(ct)) return;
                LogUpgrading(logger);
                await rebuild.Run(acceptDifferences: true, null, ct);
                LogUpgraded(logger);
                return;
            }
            catch (Exception error) when (error is RebuildRunning or RebuildStopped or Npgsql.NpgsqlException)
            {
                LogWaiting(logger, error is Npgsql.PostgresException refused ? $"the database refused with {refused.SqlState}" : error.Message);
                await Task.Delay(TimeSpan.FromSeconds(5), ct);
            }
        }
    }

    [LoggerMessage(1002, LogLevel.Information, "The views are of another version: they are built anew beside, and the old ones are read meanwhile.")]
    private static partial void LogUpgrading(ILogger logger);

    [LoggerMessage(1003, LogLevel.Information, "The views of this version are in use.")]
    private static partial void LogUpgraded(ILogger logger);

    [LoggerMessage(1004, LogLevel.Error, "The views of this version could not be built yet; it is tried again: {Why}")]
    private static partial void LogWaiting(ILogger logger, string why);

    private void Alarm(ProjectionStop stop) => LogStopped(logger, stop.Name, stop.Sequence, stop.Error);

    [LoggerMessage(1001, LogLevel.Critical, "Projection {Projection} stopped at sequence {Sequence}: {Error}. Nothing is skipped; it goes on when the cause is mended.")]
    private static partial void LogStopped(ILogger logger, string projection, long sequence, string error);
}

/// <summary>A projection that has stopped makes the service not ready: what it shows would be silently old.</summary>
public sealed class ProjectionHealth(ProjectionStandings standings) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            var all = await standings.All(cancellationToken);
            var figures = new Dictionary<string, object>(StringComparer.Ordinal)
            {
                ["projections"] = all.Select(p => new { p.Name, p.Version, p.Position, p.Head, p.LagEvents, p.LagSeconds, p.State, p.WaitsForWriter, p.Error }).ToList(),
            };
            return all.Any(p => p.State == ProjectionState.Stopped) ? HealthCheckResult.Unhealthy("A projection has stopped.", data: figures) : HealthCheckResult.Healthy(data: figures);
        }
        catch (Npgsql.NpgsqlException error)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", error);
        }
    }
}
