using Microsoft.Extensions.Diagnostics.HealthChecks;
using Npgsql;

namespace ArchiveService.Hosting;

/// <summary>Ready means that the database takes appends now.</summary>
public sealed class DatabaseHealth(Databases databases) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        try
        {
            await using var query = databases.Writer.CreateCommand("select not pg_is_in_recovery() and current_setting('transaction_read_only') = 'off'");
            return await query.ExecuteScalarAsync(cancellationToken) is true
                ? HealthCheckResult.Healthy()
                : HealthCheckResult.Unhealthy("The database is read-only.");
        }
        catch (NpgsqlException error)
        {
            return HealthCheckResult.Unhealthy("The database does not answer.", error);
        }
    }
}
