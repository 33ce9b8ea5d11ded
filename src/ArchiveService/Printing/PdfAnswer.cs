using ArchiveService.Http;

namespace ArchiveService.Printing;

public static class PdfAnswer
{
    public static IServiceCollection AddPrinting(this IServiceCollection services, IConfiguration configuration)
    {
        services.AddSingleton(PdfOptions.From(configuration)).AddSingleton<Pdf>();
        services.AddHealthChecks().AddCheck<PdfHealth>("pdf");
        return services;
    }

    /// <summary>The document as a file, or the problem 503 <c>pdf-unavailable</c>. Never stored by a cache on the way.</summary>
    public static async Task<IResult> Answer(this Pdf pdf, PdfDocument document, string fileName, CancellationToken ct)
    {
        try
        {
            return TypedResults.File(await pdf.Of(document, ct), "application/pdf", fileName);
        }
        catch (PdfUnavailable no)
        {
            return Problems.Refused(no.Why);
        }
    }
}
