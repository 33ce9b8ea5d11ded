using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/omregistrera: into another case or another authority's diary, with references both ways.</summary>
public sealed class ReregisterPageModel(SealedLog log, ReregisterRecordHandler handler, AuthorityRegister authorities, RegistrationForms forms) : RecordActPage(log)
{
    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public RegistrationForm Entry { get; set; } = new();

    [BindProperty]
    public string? Reason { get; set; }

    /// <summary>Where the reader is registrator: nobody takes a document across a wall that holds for them (OSL 8:1).</summary>
    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public bool IsRegistered => Glance!.State.Registration == Registration.Registered;

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task Prepare(CancellationToken ct)
    {
        var own = await authorities.Find(Glance!.State.Authority, ct);
        Authorities = [.. (await authorities.All(ct)).Where(a => HttpContext.Caller().May(a.Id, Role.Registrator)).Select(a => new Choice(a.Code, a.Name))];
        Authority ??= own!.Code;
        Entry.Again = true;
        Entry.NamesSender = true;

        // Classes and series are those of the authority it goes to, which is chosen here: they are written.
        var modes = (await authorities.All(ct)).Where(a => HttpContext.Caller().May(a.Id, Role.Registrator)).Select(a => a.Policy["diary.mode"]).Distinct().ToList();
        Entry.DiaryMode = modes is [var one] ? one : "both";
        Entry.Where ??= Entry.Ways.Any(w => w.Value == "existing") ? "existing" : Entry.Ways[0].Value;
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        if (await authorities.Find(Authority!, ct) is not { } target || !HttpContext.Caller().May(target.Id, Role.Registrator)) return Forbid();
        var (caseId, unknown) = await forms.CaseOf(Entry, target, ct);
        if (unknown) return await Ask(nameof(RegistrationForm.CaseNumber), RegistrationForms.CaseUnknown, ct);
        var to = target.Id == Glance!.State.Authority ? null : target.Code;
        var command = new ReregisterRecord(
            to, caseId, Entry.Fresh, Entry.External, RegistrationForm.Given(Entry.Subject), RegistrationForm.Given(Entry.SenderRecipient), Reason, RegistrationForm.Given(Entry.PublicSubject), Entry.AcceptWarnings);
        var (outcome, registered, warnings) = await handler.Reregister(Id, command, Expected, HttpContext.Caller(), ct, ask: true);
        Entry.Asked = warnings.Count > 0;
        return await After(
            outcome, Notice.Done(registered is null ? "Omregistrerad" : $"Omregistrerad som {RecordViewWords.DocumentNumber(registered.DiaryNumber, registered.DocumentNumber)}", "Det gamla numret står kvar som överfört."),
            code => code == "reason-missing" ? nameof(Reason) : Entry.FieldOf(code, warnings), ct);
    }
}
