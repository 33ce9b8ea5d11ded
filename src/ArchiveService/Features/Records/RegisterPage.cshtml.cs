using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/registrera: into a new or an existing case (OSL 5:2).</summary>
public sealed class RegisterPageModel(SealedLog log, RegisterRecordHandler handler, AuthorityRegister authorities, Classification.ClassificationPlans plans, Databases databases) : RecordActPage(log)
{
    /// <summary>Where the diary is kept in another system the number is given there, and only noted here.</summary>
    public IReadOnlyList<Choice> Ways => DiaryMode switch
    {
        "external" => [new("external", "Nummer från ett annat diariesystem", "Myndighetens diarium förs där")],
        "own" => [New, Existing],
        _ => [New, Existing, new("external", "Nummer från ett annat diariesystem")],
    };

    private static readonly Choice New = new("new", "Nytt ärende", "Får nästa nummer i serien");

    private static readonly Choice Existing = new("existing", "Befintligt ärende");

    /// <summary>The classes that may be chosen today; empty when the authority has no plan.</summary>
    public IReadOnlyList<Choice> Classes { get; private set; } = [];

    public string DiaryMode { get; private set; } = "own";

    [BindProperty]
    public string? ExternalSystem { get; set; }

    [BindProperty]
    public string? ExternalNumber { get; set; }

    [BindProperty]
    public DateOnly? ExternalDay { get; set; }

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

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task Prepare(CancellationToken ct)
    {
        DiaryMode = (await authorities.Find(Glance!.State.Authority, ct))!.Policy["diary.mode"];
        Classes = await plans.Choices(Glance.State.Authority, ct);
        Where ??= Ways[0].Value;
    }

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
        var fresh = Where == "new" ? new NewCase(Title, string.IsNullOrWhiteSpace(ClassCode) ? null : ClassCode) : null;
        var external = Where == "external" ? ExternalForm.Number(ExternalSystem, ExternalNumber, ExternalDay) ?? new(null, null, null) : null;
        var command = new RegisterRecord(caseId, fresh, external, Subject, sender, null);
        var (outcome, registered) = await handler.Register(Id, command, Expected, HttpContext.Caller(), ct);
        return await After(
            outcome, Notice.Done(registered is null ? "Registrerad" : $"Registrerad som {RecordViewWords.DocumentNumber(registered.DiaryNumber, registered.DocumentNumber)}"),
            code => code switch { "subject-missing" => nameof(Subject), "case-title" => nameof(Title), "class-unknown" or "class-closed" or "class-not-yet" => nameof(ClassCode), "case-closed" when external is null => nameof(CaseNumber), "external-number" or "external-number-taken" or "case-closed" => nameof(ExternalNumber), _ => null }, ct);
    }

    private async Task<Guid?> FindCase(Guid authority, string number, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select case_id from archive.cases where authority_id = $1 and folded_number = $2");
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = DiaryNumber.Fold(number) });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }
}
