using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/registrera: into a new or an existing case (OSL 5:2).</summary>
public sealed class RegisterPageModel(SealedLog log, RegisterRecordHandler handler, AuthorityRegister authorities, RegistrationForms forms) : RecordActPage(log)
{
    [BindProperty]
    public RegistrationForm Entry { get; set; } = new();

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task Prepare(CancellationToken ct)
    {
        Entry.NamesSender = true;
        await forms.Prepare(Entry, (await authorities.Find(Glance!.State.Authority, ct))!, ct);
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        var (caseId, unknown) = await forms.CaseOf(Entry, (await authorities.Find(Glance!.State.Authority, ct))!, ct);
        if (unknown) return await Ask(nameof(RegistrationForm.CaseNumber), RegistrationForms.CaseUnknown, ct);
        var sender = string.IsNullOrWhiteSpace(Entry.SenderRecipient) ? Glance!.Author : Entry.SenderRecipient.Trim();
        var command = new RegisterRecord(caseId, Entry.Fresh, Entry.External, Entry.Subject, sender, null, Entry.PublicSubject, Entry.AcceptWarnings);
        var (outcome, registered, warnings) = await handler.RegisterWarned(Id, command, Expected, HttpContext.Caller(), ct, ask: true);
        Entry.Asked = warnings.Count > 0;
        return await After(
            outcome, Notice.Done(registered is null ? "Registrerad" : $"Registrerad som {RecordViewWords.DocumentNumber(registered.DiaryNumber, registered.DocumentNumber)}"), code => Entry.FieldOf(code, warnings), ct);
    }
}
