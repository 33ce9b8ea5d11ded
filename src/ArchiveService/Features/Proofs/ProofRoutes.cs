using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Evidence;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Records;
using ArchiveService.Http;

namespace ArchiveService.Features.Proofs;

/// <summary>Proof bundles over HTTP. What they prove can be verified by anybody without this service.</summary>
public static class ProofRoutes
{
    public static IServiceCollection AddProofs(this IServiceCollection services) => services.AddSingleton<ProofHandler>().AddSingleton<ProofFiles>();

    public static void MapProofs(this IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/records/{id:guid}/proof", OfRecord).WithName("record-proof").WithTags("Evidence").WithSummary("A proof bundle: an authentic copy, or that the record existed.");
        routes.MapGet("/api/v1/disposals/{id:guid}/proof", OfDisposal).WithName("disposal-proof").WithTags("Evidence").WithSummary("A proof bundle: the run, and with record= that this record was lawfully destroyed.");
        routes.MapGet("/evidence/consistency", Consistency).AllowAnonymous().WithTags("Evidence").WithSummary("A proof bundle: the log at one checkpoint extends the log at another. from and to are numbers of events.");
    }

    private static async Task<IResult> OfRecord(Guid id, HttpContext http, Caller caller, ProofHandler proofs, CancellationToken ct, string? kind = null, DateTimeOffset? at = null, string[]? parts = null)
    {
        if (!BundleKinds.ByWord.TryGetValue(kind ?? (at is null ? "authentic-copy" : "existed"), out var asked)) return Problems.Refused(Refusal.Input("proof-kind", "Ange kind=authentic-copy eller kind=existed."));
        if (at is not null && asked != BundleKind.Existed) return Problems.Refused(Refusal.Input("proof-kind", "En tidpunkt (at) hör till kind=existed."));
        var wanted = parts is null or [] ? null : parts.SelectMany(p => p.Split(',', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)).Distinct(StringComparer.Ordinal).ToList();
        var (bundle, refused) = await proofs.OfRecord(id, new(asked, at, wanted), caller, ReadReasons.Said(http.Request), ct);
        return refused is not null ? Problems.Refused(refused) : File(http, bundle!, string.Create(CultureInfo.InvariantCulture, $"bevis-{id:N}"));
    }

    private static async Task<IResult> OfDisposal(Guid id, HttpContext http, Caller caller, DisposalRuns runs, ProofHandler proofs, CancellationToken ct, Guid? record = null)
    {
        if (await DisposalRoutes.Visible(id, caller, runs, ct) is not { } run) return Problems.Refused(Refusal.Unknown("disposal", "Det finns ingen gallring med det id:t."));
        var (bundle, refused) = await proofs.OfDisposal(run, record, caller, ct);
        return refused is not null ? Problems.Refused(refused) : File(http, bundle!, string.Create(CultureInfo.InvariantCulture, $"gallringsbevis-{record ?? id:N}"));
    }

    private static async Task<IResult> Consistency(HttpContext http, ProofHandler proofs, CancellationToken ct, long? from = null, long? to = null)
    {
        if (from is not { } begin || begin < 1 || to < 1) return Problems.Refused(Refusal.Input("checkpoint-size", "Ange from, och om du vill to: så många händelser som står på andra raden i de två kontrollpunkterna."));
        var (bundle, refused) = await proofs.Extension(begin, to, ct);
        if (refused is not null) return Problems.Refused(refused);

        // What witnesses and time-stamping authorities sign of the two comes later, and goes along then.
        http.Response.Headers.CacheControl = "no-cache";
        return Results.Bytes(bundle!.Write(), "application/json", string.Create(CultureInfo.InvariantCulture, $"loggbevis-{begin}.json"));
    }

    private static IResult File(HttpContext http, ProofBundle bundle, string name)
    {
        http.Response.Headers.CacheControl = "private, no-store";
        return Results.Bytes(bundle.Write(), "application/json", name + ".json");
    }
}
