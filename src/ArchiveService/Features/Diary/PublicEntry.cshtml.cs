using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.Features.Diary;

/// <summary>/handlingar/{id}/publicering: what the public diary says of the entry, what it would say, and the choice between them (OSL 5:2).</summary>
public sealed class PublicEntryModel(SealedLog log, ReleaseDiaryEntryHandler handler, DiaryViews diary, EntryFiles files) : RecordActPage(log)
{
    [BindProperty]
    public bool Release { get; set; }

    /// <summary>The files that are ticked to be shown.</summary>
    [BindProperty]
    public List<Guid> Show { get; set; } = [];

    /// <summary>What each file shows, by its id.</summary>
    [BindProperty]
    public Dictionary<string, string?> Text { get; set; } = [];

    public IReadOnlyList<EntryFile> Files { get; private set; } = [];

    public bool IsShown(EntryFile file) => HttpMethods.IsPost(Request.Method) ? Show.Contains(file.Id) : Glance!.State.PublicAttachments.Contains(file.Id);

    public string? TextOf(EntryFile file) => Text.GetValueOrDefault(file.Id.ToString("N")) ?? file.PublicText ?? file.CapturedText;

    public DiaryEntryFacts? Entry { get; private set; }

    public bool IsRegistered => Glance!.State.Registration == Registration.Registered;

    public Preconditions Standing { get; private set; } = new([]);

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Registrator);

    protected override async Task Prepare(CancellationToken ct)
    {
        var state = Glance!.State;
        Entry = await diary.FactsOf(Id, HttpContext.Caller(), ct);
        if (state is { Wall: Wall.Open, Locked: false }) Files = await files.Of(Id, ct);
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

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        // Where there are no files there is nothing to say of them.
        List<ReleasedAttachment>? shown = Show.Count == 0 && Text.Count == 0 ? null : [.. Show.Distinct().Select(id => new ReleasedAttachment(id, Text.GetValueOrDefault(id.ToString("N"))))];
        return await After(
            await handler.Decide(Id, new(Release, Release ? shown : null), Expected, HttpContext.Caller(), ct),
            Notice.Done(!Release ? "Avsändare och sak utelämnas nu i det publika diariet" : Show.Count > 0 ? "Avsändare, sak och valda bilagor visas nu i det publika diariet" : "Avsändare och sak visas nu i det publika diariet"), _ => null, ct);
    }
}
