using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ArchiveService.Printing;

/// <summary>Says whether PDFs can be made and how confined the browser is. An archive without PDFs is still ready: its pages print.</summary>
public sealed class PdfHealth(Pdf pdf) : IHealthCheck
{
    public async Task<HealthCheckResult> CheckHealthAsync(HealthCheckContext context, CancellationToken cancellationToken = default)
    {
        var here = await pdf.Standing(cancellationToken);
        return HealthCheckResult.Healthy(data: new Dictionary<string, object>(StringComparer.Ordinal)
        {
            ["available"] = here.Available,
            ["browserInstalled"] = here.Browser is not null,
            ["sandbox"] = here.Sandbox,
            ["ownNetwork"] = here.OwnNetwork,
        });
    }
}
