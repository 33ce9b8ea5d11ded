using ArchiveService.Access;
using ArchiveService.Http;
using ArchiveService.Printing;

namespace ArchiveService.Features.Disclosures;

/// <summary>What is given out, as PDF/A: the copies with what is masked, the written decision, the receipt.</summary>
public sealed class DisclosurePrints(DisclosurePackages packages, CopyPaper paper, Requests requests)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/disclosures/{id:guid}/copy.pdf", (Guid id, Guid? item, HttpResponse response, Caller caller, DisclosurePrints prints, Pdf pdf, CancellationToken ct) =>
            prints.Copy(id, i => item is null || i.Target == item, response, caller, pdf, ct)).WithName("disclosure-copy-pdf");
        routes.MapGet("/utlamnanden/{id:guid}/kopia.pdf", (Guid id, int? handling, HttpResponse response, Caller caller, DisclosurePrints prints, Pdf pdf, CancellationToken ct) =>
            prints.Copy(id, i => handling is null || i.Place == handling, response, caller, pdf, ct)).WithName("disclosure-copy-pdf-page");
        foreach (var (path, name) in new[] { ("/api/v1/disclosures/{id:guid}/decision.pdf", "disclosure-decision-pdf"), ("/utlamnanden/{id:guid}/beslut.pdf", "disclosure-decision-pdf-page") })
        {
            routes.MapGet(path, async (Guid id, HttpResponse response, Caller caller, DisclosureDocuments papers, Pdf pdf, CancellationToken ct) =>
                await papers.Of(id, caller, ct) is not { } found ? Problems.Refused(Requests.Unknown)
                : found.Decisions.Count == 0 ? Problems.Refused(Refusal.Unknown("disclosure-decision", "Det finns inget skriftligt beslut i begäran."))
                : await Answer(DisclosurePapers.Of(found.Decisions), $"beslut-{found.Decisions[0].Reference}.pdf", response, pdf, ct)).WithName(name);
        }

        foreach (var (path, name) in new[] { ("/api/v1/disclosures/{id:guid}/receipt.pdf", "disclosure-receipt-pdf"), ("/utlamnanden/{id:guid}/kvitto.pdf", "disclosure-receipt-pdf-page") })
        {
            routes.MapGet(path, async (Guid id, HttpResponse response, Caller caller, DisclosureDocuments papers, Pdf pdf, CancellationToken ct) =>
                await papers.Of(id, caller, ct) is not { } found ? Problems.Refused(Requests.Unknown)
                : found.Receipts.Count == 0 ? Problems.Refused(Refusal.Unknown("disclosure-receipt", "Inget är utlämnat i begäran."))
                : await Answer(DisclosurePapers.Of(found.Receipts), $"kvitto-{found.Receipts[0].Reference}.pdf", response, pdf, ct)).WithName(name);
        }
    }

    private static async Task<IResult> Answer(PdfDocument document, string fileName, HttpResponse response, Pdf pdf, CancellationToken ct)
    {
        response.Headers.CacheControl = "private, no-store";
        return await pdf.Answer(document, fileName, ct);
    }

    private async Task<IResult> Copy(Guid id, Func<FoundItem, bool> wanted, HttpResponse response, Caller caller, Pdf pdf, CancellationToken ct)
    {
        if (await requests.Find(id, caller, ct) is not { } state) return Problems.Refused(Requests.Unknown);
        if (!caller.May(state.Authority, Requests.Handlers)) return Problems.Refused(Refusal.NotAllowed("Bara registrator, arkivarie eller chef lämnar ut handlingar."));
        if (Requests.Refuse(state) is { } closed) return Problems.Refused(closed);
        var chosen = state.Records.Where(i => i.Outcome is ItemOutcome.Disclose or ItemOutcome.Mask or ItemOutcome.Reservation).Where(wanted).ToList();
        if (chosen.Count == 0) return Problems.Refused(new("nothing-to-deliver", "Det finns inget att lämna ut: pröva handlingarna först."));
        var (given, refused) = await packages.Gather(id, state, chosen, caller, ct);
        if (refused is not null) return Problems.Refused(refused);
        return await Answer(await paper.Of(given!, ct), $"kopia-{state.Reference}{(chosen.Count == 1 ? $"-{chosen[0].Place}" : "")}.pdf", response, pdf, ct);
    }
}
