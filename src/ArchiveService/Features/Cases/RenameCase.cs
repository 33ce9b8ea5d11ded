using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>Puts the title (ärendemening) right, or the public one beside it. The earlier wording stays with the reason (arkivförordningen 3 §).</summary>
public sealed record RenameCase(string? Title, string? PublicTitle, string? Reason)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/cases/{id:guid}/rename", async (Guid id, RenameCase command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            (await acts.Decide(id, expected, caller, command.Decide, ct)).Answer())
        .WithName("rename-case");

    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at)
    {
        if (!at.IsRegistrator) return Refusal.NotAllowed("Bara en registrator får rätta ärendemeningen.");
        var (title, shown) = (CaseInput.Trimmed(Title), CaseInput.Trimmed(PublicTitle));
        if (title is null && shown is null) return Refusal.Input("case-title", "Ange den nya ärendemeningen, den offentliga eller båda.");
        if ((CaseInput.AtMost(title, 300, "case-title", "Ärendemeningen") ?? CaseInput.AtMost(shown, 300, "public-title", "Den offentliga ärendemeningen") ?? CaseInput.Required(Reason, 2000, "reason-missing", "Ange varför ärendemeningen rättas")) is { } wrong) return wrong;
        if (SecrecyHints.Any(shown)) return Refusal.Input("public-title", "Den offentliga ärendemeningen ser ut att innehålla ett personnummer. Skriv den neutralt.");
        string[] changed = [.. new[] { title is null ? null : CaseRenamed.Title, shown is null ? null : CaseRenamed.PublicTitle }.OfType<string>()];
        return new Happened(
            new CaseRenamed(at.State.Renamed + 1, changed, at.Now, at.PolicyVersion), KeyClass.Case,
            new Parts().With(CaseRenamed.Title, title).With(CaseRenamed.PublicTitle, shown).With("reason", Reason!.Trim()));
    }
}
