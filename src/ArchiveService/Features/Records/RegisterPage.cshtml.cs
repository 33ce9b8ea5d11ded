using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

public sealed class RegisterPageModel(SealedLog log, RegisterRecordHandler handler, Databases databases) : PageModel
{
    public static IReadOnlyList<Choice> Ways { get; } = [new("new", "Nytt ärende", "Får nästa nummer i serien"), new("existing", "Befintligt ärende")];

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Subject { get; set; }

    [BindProperty]
    public string Where { get; set; } = "new";

    [BindProperty]
    public string? CaseNumber { get; set; }

    [BindProperty]
    public string? Title { get; set; }

    [BindProperty]
    public string? ClassCode { get; set; }

    [BindProperty]
    public string? SenderRecipient { get; set; }

    [BindProperty]
    public long Version { get; set; }

    public RecordGlance? Glance { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        Glance = await RecordGlance.Read(Id, HttpContext.Caller(), log, ct);
        if (Glance is null) return NotFound();
        Version = Glance.State.Version;
        return Page();
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        Glance = await RecordGlance.Read(Id, HttpContext.Caller(), log, ct);
        if (Glance is null) return NotFound();
        Guid? caseId = null;
        if (Where == "existing")
        {
            caseId = await FindCase(Glance.State.Authority, CaseNumber ?? "", ct);
            if (caseId is null)
            {
                ModelState.AddModelError(nameof(CaseNumber), "Det finns inget ärende med det diarienumret hos myndigheten.");
                return Page();
            }
        }

        var sender = string.IsNullOrWhiteSpace(SenderRecipient) ? Glance.Author : SenderRecipient.Trim();
        var command = new RegisterRecord(caseId, caseId is null ? new NewCase(Title, string.IsNullOrWhiteSpace(ClassCode) ? null : ClassCode) : null, null, Subject, sender, null);
        var (outcome, registered) = await handler.Register(Id, command, new IfMatch(Version == 0 ? null : Version), HttpContext.Caller(), ct);
        if (outcome is Outcome.Done done)
        {
            TempData.Tell(Notice.Done($"Registrerad som {registered!.DiaryNumber}-{registered.DocumentNumber}"));
            return LocalRedirect($"/handlingar/{Id:D}?after={done.LastSequence}");
        }

        var why = ((Outcome.Refused)outcome).Why;
        ModelState.AddModelError(why.Code switch { "subject-missing" => nameof(Subject), "case-title" => nameof(Title), "case-closed" => nameof(CaseNumber), _ => "" }, why.Explanation);
        return Page();
    }

    private async Task<Guid?> FindCase(Guid authority, string number, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select case_id from archive.cases where authority_id = $1 and folded_number = $2");
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = DiaryNumber.Fold(number) });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }
}
