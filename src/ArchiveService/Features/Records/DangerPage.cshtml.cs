using ArchiveService.Access;
using ArchiveService.Features.OnCall;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/akut: 112 and the on-call list in one click from the record, and a note of who was told.</summary>
public sealed class DangerPageModel(SealedLog log, EscalateDangerHandler handler, OnCallList list) : RecordActPage(log)
{
    [BindProperty]
    public string? To { get; set; }

    [BindProperty]
    public Guid? Contact { get; set; }

    [BindProperty]
    public string? Other { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public IReadOnlyList<OnCallContact> Contacts { get; private set; } = [];

    public IReadOnlyList<Choice> Choices { get; } = [new("emergencyNumber", "112"), new("onCall", "Jouren"), new("other", "Någon annan")];

    public IReadOnlyList<Choice> ContactChoices => [new("", "Ingen vald"), .. Contacts.Select(c => new Choice(c.Id.ToString("D"), $"{c.Name}, {c.Function}"))];

    // Whoever may see the record may call for help, whatever the role.
    protected override bool MayOpen(Caller caller, Guid authority) => caller.IsStaffOf(authority);

    protected override async Task Prepare(CancellationToken ct) => Contacts = await list.Of(Glance!.State.Authority, ct);

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        // No version is asked for: what somebody else did meanwhile never stands in the way of this note.
        var outcome = await handler.Escalate(Id, new(To, Contact, Other, null, Note), default, HttpContext.Caller(), ct);
        return await After(outcome, Notice.Done("Larmet är antecknat", "Bedöm och registrera handlingen när faran är omhändertagen."),
            code => code switch { "danger-contact-unknown" => nameof(To), "contact-unknown" => nameof(Contact), "danger-contact-missing" => nameof(Other), "note-too-long" => nameof(Note), _ => null }, ct);
    }
}
