using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Allotments;

/// <summary>/handlingar/{id}/fordela: to an officer or a unit.</summary>
public sealed class AllotPageModel(SealedLog log, AllotmentHandler handler, AssignmentList list) : RecordActPage(log)
{
    [BindProperty]
    public Guid? Officer { get; set; }

    [BindProperty]
    public string? Unit { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public IReadOnlyList<Choice> People { get; private set; } = [];

    protected override bool MayOpen(Caller caller, Guid authority) => AllotmentHandler.May(caller, authority);

    protected override async Task Prepare(CancellationToken ct) => People = [new("", "Ingen vald"), .. await list.People(Glance!.State.Authority, ct)];

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Allot(Id, new(Officer, Unit, Note), Expected, HttpContext.Caller(), ct), Notice.Done("Handlingen är fördelad", "Den väntar på att mottagaren bekräftar."),
        code => code switch { "unit-too-long" => nameof(Unit), "note-too-long" => nameof(Note), "officer-or-unit" or "officer-closed" or "officer-not-cleared" => nameof(Officer), _ => null }, ct);
}
