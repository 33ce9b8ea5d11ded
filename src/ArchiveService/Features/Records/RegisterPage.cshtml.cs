using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

public sealed class RegisterPageModel(SealedLog log, AuthorityRegister authorities, RegisterRecordHandler handler, Databases databases) : PageModel
{
    /// <summary>As the authority keeps its diary: here, in another system, or both.</summary>
    public IReadOnlyList<Choice> Ways { get; private set; } = [];

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Subject { get; set; }

    [BindProperty]
    public string? Where { get; set; }

    [BindProperty]
    public string? CaseNumber { get; set; }

    [BindProperty]
    public string? Title { get; set; }

    [BindProperty]
    public string? ClassCode { get; set; }

    [BindProperty]
    public string? SenderRecipient { get; set; }

    [BindProperty]
    public string? ExternalNumber { get; set; }

    [BindProperty]
    public string? ExternalSystem { get; set; }

    [BindProperty]
    public DateOnly? ExternalDay { get; set; }

    [BindProperty]
    public long Version { get; set; }

    public bool DiaryIsElsewhere => Ways.Any(way => way.Value == "external");

    public RecordGlance? Glance { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        Where = Ways[0].Value;
        Version = Glance!.State.Version;
        return Page();
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        Where ??= Ways[0].Value;
        Guid? caseId = null;
        if (Where == "existing")
        {
            caseId = await FindCase(Glance!.State.Authority, CaseNumber ?? "", ct);
            if (caseId is null)
            {
                ModelState.AddModelError(nameof(CaseNumber), "Det finns inget ärende med det diarienumret hos myndigheten.");
                return Page();
            }
        }

        var sender = string.IsNullOrWhiteSpace(SenderRecipient) ? Glance!.Author : SenderRecipient.Trim();
        var external = Where == "external" ? ExternalForm.Number(ExternalSystem, ExternalNumber, ExternalDay) ?? new(null, null, null) : null;
        var fresh = caseId is null && external is null ? new NewCase(Title, string.IsNullOrWhiteSpace(ClassCode) ? null : ClassCode) : null;
        var command = new RegisterRecord(caseId, fresh, external, Subject, sender, null);
        var (outcome, registered) = await handler.Register(Id, command, this.FormVersion(Version), HttpContext.Caller(), ct);
        if (outcome is Outcome.Done done)
        {
            TempData.Tell(Notice.Done($"Registrerad som {registered!.DiaryNumber}-{registered.DocumentNumber}"));
            return LocalRedirect($"/handlingar/{Id:D}?after={done.LastSequence}");
        }

        var why = ((Outcome.Refused)outcome).Why;
        if (why.Status == StatusCodes.Status404NotFound || !await Load(ct)) return NotFound();
        ModelState.AddModelError(why.Code switch
        {
            "subject-missing" => nameof(Subject),
            "case-title" => nameof(Title),
            "case-closed" when external is null => nameof(CaseNumber),
            "external-number" or "external-number-taken" or "case-closed" => nameof(ExternalNumber),
            _ => "",
        }, why.Explanation);
        return this.Decided(why, () => Version = Glance!.State.Version);
    }

    private async Task<bool> Load(CancellationToken ct)
    {
        Glance = await RecordGlance.Read(Id, HttpContext.Caller(), log, ct);
        if (Glance is null) return false;
        Choice external = new("external", "Nummer från ett annat system", "Numret och dagen som det andra diariet gav");
        Choice existing = new("existing", "Befintligt ärende");
        Ways = (await authorities.Find(Glance.State.Authority, ct))!.Policy["diary.mode"] switch
        {
            "external" => [external, existing],
            "both" => [new("new", "Nytt ärende", "Får nästa nummer i serien"), existing, external],
            _ => [new("new", "Nytt ärende", "Får nästa nummer i serien"), existing],
        };
        return true;
    }

    private async Task<Guid?> FindCase(Guid authority, string number, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select case_id from archive.cases where authority_id = $1 and folded_number = $2");
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = DiaryNumber.Fold(number) });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }
}
