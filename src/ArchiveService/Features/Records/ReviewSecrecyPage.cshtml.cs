using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/prova-sekretess: a mark is examined anew. Only the cleared see a marked record at all.</summary>
public sealed class ReviewSecrecyPageModel(SealedLog log, SecrecyHandler handler) : RecordActPage(log)
{
    [BindProperty]
    public string? Result { get; set; }

    [BindProperty]
    public string? Provision { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public IReadOnlyList<Choice> Results { get; } = [.. ReviewSecrecy.Outcomes.Select(o => new Choice(o.Word, o.Said))];

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator, Role.Arkivarie);

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Review(Id, new(Result, Reason, Provision), Expected, HttpContext.Caller(), ct),
        Notice.Done("Prövningen är sparad", Result == "lifted" ? "Handlingen syns nu för alla som arbetar för myndigheten." : "Markeringen står kvar."),
        code => code switch { "outcome-unknown" => nameof(Result), "reason-missing" => nameof(Reason), "provision-missing" or "provision-unexpected" => nameof(Provision), _ => null }, ct);
}
