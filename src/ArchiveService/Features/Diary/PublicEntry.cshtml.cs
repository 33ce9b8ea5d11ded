using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.Features.Diary;

/// <summary>/handlingar/{id}/publicering: what the public diary says of the entry, what it would say, and the choice between them (OSL 5:2).</summary>
public sealed class PublicEntryModel(SealedLog log, ReleaseDiaryEntryHandler handler, DiaryViews diary) : RecordActPage(log)
{
    [BindProperty]
    public bool Release { get; set; }

    public DiaryEntryFacts? Entry { get; private set; }

    public bool IsRegistered => Glance!.State.Registration == Registration.Registered;

    public Preconditions Standing { get; private set; } = new([]);

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task Prepare(CancellationToken ct)
    {
        var state = Glance!.State;
        Entry = await diary.FactsOf(Id, HttpContext.Caller(), ct);
        Standing = new(
        [
            IsRegistered
                ? new(PageParts.Standing.Met, $"Registrerad som {state.DiaryNumber}")
                : new(PageParts.Standing.Blocks, "Inte registrerad", "Det finns ingen anteckning i diariet att visa"),
            state.Wall switch
            {
                Wall.Open => new(PageParts.Standing.Met, "Inget tyder på sekretess"),
                Wall.Unassessed => new(PageParts.Standing.Blocks, "Inte bedömd", "Bedöm handlingen först"),
                _ => new(PageParts.Standing.Blocks, "Sekretessmarkerad", "Avsändare och sak får inte visas (OSL 5 kap. 2 §)"),
            },
            Entry?.HoldsPersonalNumber == true
                ? new(PageParts.Standing.Blocks, "Innehåller ett personnummer", "Det får inte stå i det publika diariet")
                : new(PageParts.Standing.Met, "Inget personnummer i avsändare eller sak"),
        ]);
    }

    protected override async Task<IActionResult> Send(CancellationToken ct) => await After(
        await handler.Decide(Id, new(Release), Expected, HttpContext.Caller(), ct),
        Notice.Done(Release ? "Avsändare och sak visas nu i det publika diariet" : "Avsändare och sak utelämnas nu i det publika diariet"), _ => null, ct);
}
