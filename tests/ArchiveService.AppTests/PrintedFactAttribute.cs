using ArchiveService.Printing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;

namespace ArchiveService.AppTests;

/// <summary>A test in which the service's own browser draws; skipped with the reason where there is none, or where the kernel does not let it be confined.</summary>
internal sealed class PrintedFactAttribute : FactAttribute
{
    private static readonly Lazy<string?> Why = new(() =>
    {
        using var pdf = new Pdf(PdfOptions.From(new ConfigurationBuilder().AddEnvironmentVariables().Build()), NullLogger<Pdf>.Instance);
        return pdf.Standing(CancellationToken.None).GetAwaiter().GetResult() switch
        {
            { Available: true } => null,
            { Browser: null } => "chromium is not installed: no page is drawn.",
            _ => "the kernel does not permit user namespaces, which chromium's sandbox needs: no page is drawn.",
        };
    });

    public PrintedFactAttribute() => Skip = Why.Value;
}
