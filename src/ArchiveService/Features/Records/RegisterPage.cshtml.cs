using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/registrera: into a new or an existing case (OSL 5:2).</summary>
public sealed class RegisterPageModel(SealedLog log, RegisterRecordHandler handler, Databases databases) : RecordActPage(log)
{
    public static IReadOnlyList<Choice> Ways { get; } = [new("new", "Nytt ärende", "Får nästa nummer i serien"), new("existing", "Befintligt ärende")];

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

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        Guid? caseId = null;
        if (Where == "existing")
        {
            caseId = await FindCase(Glance!.State.Authority, CaseNumber ?? "", ct);
            if (caseId is null) return await Ask(nameof(CaseNumber), "Det finns inget ärende med det diarienumret hos myndigheten.", ct);
        }

        var sender = string.IsNullOrWhiteSpace(SenderRecipient) ? Glance!.Author : SenderRecipient.Trim();
        var command = new RegisterRecord(caseId, caseId is null ? new NewCase(Title, string.IsNullOrWhiteSpace(ClassCode) ? null : ClassCode) : null, null, Subject, sender, null);
        var (outcome, registered) = await handler.Register(Id, command, Expected, HttpContext.Caller(), ct);
        return await After(
            outcome, Notice.Done($"Registrerad som {registered?.DiaryNumber}-{registered?.DocumentNumber}"),
            code => code switch { "subject-missing" => nameof(Subject), "case-title" => nameof(Title), "case-closed" => nameof(CaseNumber), _ => null }, ct);
    }

    private async Task<Guid?> FindCase(Guid authority, string number, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select case_id from archive.cases where authority_id = $1 and folded_number = $2");
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = DiaryNumber.Fold(number) });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }
}
