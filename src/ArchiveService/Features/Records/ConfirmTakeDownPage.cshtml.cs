using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/bekrafta: a second person takes a stand on what was proposed.</summary>
public sealed class ConfirmTakeDownPageModel(SealedLog log, TakeDownHandler handler, RecordMeasures measures, RecordViews views, AuthorityRegister authorities) : RecordActPage(log)
{
    [BindProperty]
    public string? Answer { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public string? ExternalNumber { get; set; }

    [BindProperty]
    public string? ExternalSystem { get; set; }

    [BindProperty]
    public DateOnly? ExternalDay { get; set; }

    public bool DiaryIsElsewhere { get; private set; }

    public Timeline Proposed { get; private set; } = new([]);

    public bool IsOwn => Glance!.State.Proposal?.ProposedBy == HttpContext.Caller().PersonId;

    public IReadOnlyList<Choice> Answers =>
    [
        new("yes", "Ja, ta ned", "Det antecknas som nedtaget, med ditt namn.", Closed: IsOwn),
        new("no", "Nej", "Förslaget genomförs inte. Innehållet står kvar."),
    ];

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Moderator, Role.Kommunikator, Role.Chef);

    protected override async Task Prepare(CancellationToken ct)
    {
        DiaryIsElsewhere = (await authorities.Find(Glance!.State.Authority, ct))!.Policy["diary.mode"] != "own";
        var sight = views.Sight(HttpContext.Caller());
        if (Glance.State.Proposal is null || (await RecordViews.Acts(sight, Id, ct)).LastOrDefault(a => a.Name == "take_down_proposed") is not { } act) return;
        Proposed = new([RecordViewWords.Act(act, await RecordViews.Names(sight, act.ActorId is { } actor ? [actor] : [], ct))]) { Slim = true };
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (Answer == "no")
        {
            return await After(
                await measures.Withdraw(Id, new(Reason), Expected, HttpContext.Caller(), ct), Notice.Done("Förslaget genomförs inte"),
                code => code == "reason-missing" ? nameof(Reason) : null, ct);
        }

        if (Answer != "yes") return await Ask(nameof(Answer), "Svara om det ska tas ned.", ct);
        var (outcome, registered) = await handler.Confirm(Id, new(ExternalForm.Number(ExternalSystem, ExternalNumber, ExternalDay)), Expected, HttpContext.Caller(), ct);
        return await After(
            outcome, Notice.Done(registered is null ? "Åtgärden är antecknad" : $"Åtgärden är antecknad och registrerad som {registered.DiaryNumber}-{registered.DocumentNumber}"),
            code => code switch { "same-person" => nameof(Answer), "external-number" or "external-number-taken" or "diary-mode" => nameof(ExternalNumber), _ => null }, ct);
    }
}
