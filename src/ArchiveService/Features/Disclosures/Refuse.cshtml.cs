using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/{id}/neka: the no in two steps (OSL 6:3): word with the reason first, the authority's decision when it is asked for.</summary>
public sealed class RefuseModel(Requests requests, DisclosureRegister register, DisclosureItems items, TimeProvider clock) : DisclosurePage(requests, register)
{
    public sealed class DeclineForm
    {
        public string? Reason { get; set; }

        public bool ToldOfDecision { get; set; }
    }

    public sealed class DemandForm
    {
        public DateOnly? Day { get; set; }
    }

    public sealed class DecisionForm
    {
        public string? Motivation { get; set; }

        public string? Title { get; set; }
    }

    public sealed class ServedForm
    {
        public DateOnly? ServedOn { get; set; }
    }

    public sealed class AppealForm
    {
        public DateOnly? ReceivedOn { get; set; }
    }

    public sealed class SettleForm
    {
        public string? Outcome { get; set; }

        public DateOnly? SettledOn { get; set; }

        public string? Note { get; set; }
    }

    [BindProperty]
    public AppealForm Appeal { get; set; } = new();

    [BindProperty]
    public SettleForm Settle { get; set; } = new();

    public static IReadOnlyList<Choice> AppealOutcomes { get; } = [.. SettleAppeal.Outcomes.Select(o => new Choice(o.Word, o.Said))];

    public bool MayAppeal => MayHandle && State.Decision is not null && State.AppealedOn is null;

    public bool MaySettle => MayHandle && State.AppealedOn is not null;

    /// <summary>Whether the appeal that waits came in time.</summary>
    public bool? InTime => History.Select(h => h.Event).OfType<DisclosureAppealed>().LastOrDefault()?.InTime;

    [BindProperty]
    public DeclineForm Decline { get; set; } = new();

    [BindProperty]
    public DemandForm Demand { get; set; } = new();

    [BindProperty]
    public DecisionForm Decision { get; set; } = new();

    [BindProperty]
    public ServedForm Served { get; set; } = new();

    public IReadOnlyList<SeenItem> Withheld { get; private set; } = [];

    public IReadOnlyList<SeenItem> ToTell => [.. Withheld.Where(w => !w.Item.Declined && !w.Item.Refused)];

    public IReadOnlyList<SeenItem> ToDecide => [.. Withheld.Where(w => !w.Item.Refused)];

    public bool MayTell => MayHandle && Withheld.Any(w => !w.Item.Declined);

    public bool MayDemand => MayHandle && State.DecisionDemandedAt is null && Withheld.Count > 0;

    public bool MayDecide => MayHandle && State.DecisionDemandedAt is not null && ToDecide.Count > 0;

    public bool MayServe => MayHandle && State.Decision is not null && State.AppealBy is null;

    public RunSteps Steps
    {
        get
        {
            var told = Withheld.Any(w => w.Item.Declined);
            StepState Of(bool done, bool now) => done ? StepState.Done : now ? StepState.Now : StepState.Coming;
            return new(
            [
                new("Besked", told ? "med skäl, och att beslut kan begäras" : null, Of(told && ToTell.Count == 0, ToTell.Count > 0 && State.DecisionDemandedAt is null)),
                new("Beslut begärt", State.DecisionDemandedAt is { } demanded ? Swedish.Date(demanded) : "om frågaren vill", Of(State.DecisionDemandedAt is not null, told && ToTell.Count == 0)),
                new("Skriftligt beslut", null, Of(State.Decision is not null && ToDecide.Count == 0, MayDecide)),
                new("Delgivet", State.AppealBy is { } by ? $"överklagas senast {Swedish.Date(by)}" : null, Of(State.AppealBy is not null, MayServe)),
            ], "Att säga nej i två steg");
        }
    }

    /// <summary>What was told before.</summary>
    public IReadOnlyList<(DateTimeOffset At, string? Reason)> Words => [.. History.Where(h => h.Event is DisclosureDeclined).Select(h => (h.Time, Word(h.Id, "reason")))];

    protected override async Task<bool> Prepare(CancellationToken ct)
    {
        var withheld = DeclineItems.Withheld(State).Select(i => i.Target).ToHashSet();
        Withheld = [.. (await items.Seen(State, HttpContext.Caller(), ct)).Where(s => withheld.Contains(s.Item.Target))];
        return true;
    }

    public override async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        var caller = HttpContext.Caller();
        Decision.Title = Requests.Handlers.Where(r => caller.May(State.Authority, r)).Select(r => Swedish.Sentence(Swedish.Role(r.ToString()))).LastOrDefault();
        return Page();
    }

    public async Task<IActionResult> OnPostDecline(CancellationToken ct) =>
        await After(await Commands.Decline(Id, new(Decline.Reason, Decline.ToldOfDecision), Expected, HttpContext.Caller(), ct), nameof(Decline),
            code => code switch { "reason-missing" => "Reason", "right-not-told" => "ToldOfDecision", _ => null }, Notice.Done("Beskedet är antecknat", "Begär frågaren ett beslut antecknar du det här."), $"{Address}/neka", ct);

    public async Task<IActionResult> OnPostDemand(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (!Readable(nameof(Demand))) return Page();
        return await After(await Commands.Demand(Id, new(OnDay(Demand.Day, clock.GetUtcNow())), Expected, HttpContext.Caller(), ct), nameof(Demand), code => code == "demanded-at" ? "Day" : null, Notice.Done("Att ett beslut är begärt är antecknat", "Det ska fattas skyndsamt."), $"{Address}/neka", ct);
    }

    public async Task<IActionResult> OnPostDecision(CancellationToken ct) =>
        await After(await Commands.Refuse(Id, new(Decision.Motivation, Decision.Title), Expected, HttpContext.Caller(), ct), nameof(Decision),
            code => code switch { "motivation-missing" => "Motivation", "title-too-long" => "Title", _ => null }, Notice.Done("Beslutet är fattat", "Skriv ut det, lämna det till frågaren och anteckna dagen."), $"{Address}/beslut", ct);

    public async Task<IActionResult> OnPostAppeal(CancellationToken ct)
    {
        if (!Readable(nameof(Appeal))) return await Load(ct) ?? Page();
        return await After(await Commands.Appeal(Id, new(Appeal.ReceivedOn), Expected, HttpContext.Caller(), ct), nameof(Appeal), code => code == "received-on" ? "ReceivedOn" : null,
            Notice.Done("Överklagandet är antecknat", "Handlingarna hålls kvar tills det är avgjort."), $"{Address}/neka", ct);
    }

    public async Task<IActionResult> OnPostSettle(CancellationToken ct)
    {
        if (!Readable(nameof(Settle))) return await Load(ct) ?? Page();
        return await After(await Commands.Settle(Id, new(Settle.Outcome, Settle.SettledOn, Settle.Note), Expected, HttpContext.Caller(), ct), nameof(Settle),
            code => code switch { "appeal-outcome-unknown" => "Outcome", "settled-on" => "SettledOn", "note-missing" => "Note", _ => null },
            Notice.Done("Avgörandet är antecknat", "Ändrades beslutet prövas handlingarna på nytt."), Address, ct);
    }

    public async Task<IActionResult> OnPostServed(CancellationToken ct)
    {
        if (!Readable(nameof(Served))) return await Load(ct) ?? Page();
        return await After(await Commands.Serve(Id, new(Served.ServedOn), Expected, HttpContext.Caller(), ct), nameof(Served), code => code == "served-on" ? "ServedOn" : null, Notice.Done("Delgivningen är antecknad", "Handlingarna hålls kvar tills tiden för att överklaga har gått ut."), Address, ct);
    }
}
