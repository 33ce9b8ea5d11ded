using ArchiveService.EventStore;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ArchiveService.Hosting;

/// <summary>Runs the projections beside the web application; a verb may run them for as long as it needs its own writes in the views.</summary>
public sealed partial class ProjectionHost : BackgroundService
{
    private readonly ILogger<ProjectionHost> logger;

    public ProjectionHost(Databases databases, EventTypes types, IEnumerable<Projection> projections, ILogger<ProjectionHost> logger)
    {
        this.logger = logger;
        Worker = new(databases.Writer, types, [.. projections], new() { Alarm = Alarm });
    }

    public ProjectionWorker Worker { get; }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Worker.Run(stoppingToken);

    private void Alarm(ProjectionStop stop) => LogStopped(logger, stop.Name, stop.Sequence, stop.Error);

    [LoggerMessage(1001, LogLevel.Critical, "Projection {Projection} stopped at sequence {Sequence}: {Error}. Nothing is skipped; it goes on when the cause is mended.")]
    private static partial void LogStopped(ILogger logger, string projection, long sequence, string error);
}

/// <summary>A projection that has stopped makes the service not ready: what it shows would be silently old.</summary>
public sealed class ProjectionHealth(ProjectionHost host) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var stopped = (await host.Worker.Status(cancellationToken)).Where(p => p.State == ProjectionState.Stopped).ToList();
        return stopped.Count == 0
            ? HealthCheckResult.Healthy()
            : HealthCheckResult.Unhealthy(string.Join("; ", stopped.Select(p => $"{p.Name} stopped at {p.Position}: {p.LastError}")));
    }
}
