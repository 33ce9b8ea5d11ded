using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/omregistrera: into another case or another authority's diary, with references both ways.</summary>
public sealed class ReregisterPageModel(SealedLog log, ReregisterRecordHandler handler, AuthorityRegister authorities, CaseNumbers numbers) : RecordActPage(log)
{
    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public string? Where { get; set; }

    [BindProperty]
    public string? CaseNumber { get; set; }

    [BindProperty]
    public string? Title { get; set; }

    [BindProperty]
    public string? ClassCode { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public static IReadOnlyList<Choice> Ways { get; } = [new("existing", "Befintligt ärende"), new("new", "Nytt ärende", "Får nästa nummer i serien")];

    /// <summary>Where the reader is registrator: nobody takes a document across a wall that holds for them (OSL 8:1).</summary>
    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public bool IsRegistered => Glance!.State.Registration == Registration.Registered;

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task Prepare(CancellationToken ct)
    {
        var own = await authorities.Find(Glance!.State.Authority, ct);
        Authorities = [.. (await authorities.All(ct)).Where(a => HttpContext.Caller().May(a.Id, Role.Registrator)).Select(a => new Choice(a.Code, a.Name))];
        Authority ??= own!.Code;
        Where ??= Ways[0].Value;
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        if (await authorities.Find(Authority!, ct) is not { } target || !HttpContext.Caller().May(target.Id, Role.Registrator)) return Forbid();
        Guid? caseId = null;
        if (Where == "existing")
        {
            caseId = await numbers.Find(target, CaseNumber ?? "", ct);
            if (caseId is null) return await Ask(nameof(CaseNumber), "Det finns inget ärende med det diarienumret hos myndigheten.", ct);
        }

        var fresh = caseId is null ? new NewCase(Title, string.IsNullOrWhiteSpace(ClassCode) ? null : ClassCode) : null;
        var to = target.Id == Glance!.State.Authority ? null : target.Code;
        var (outcome, registered) = await handler.Reregister(Id, new(to, caseId, fresh, null, null, null, Reason), Expected, HttpContext.Caller(), ct);
        return await After(
            outcome, Notice.Done(registered is null ? "Omregistrerad" : $"Omregistrerad som {RecordViewWords.DocumentNumber(registered.DiaryNumber, registered.DocumentNumber)}", "Det gamla numret står kvar som överfört."),
            code => code switch { "reason-missing" => nameof(Reason), "case-title" => nameof(Title), "case-closed" or "case-voided" or "same-case" => nameof(CaseNumber), _ => null }, ct);
    }
}
