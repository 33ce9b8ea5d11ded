using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/{id}: what was asked for, what was found, how far each thing has come, and what comes next.</summary>
public sealed class RequestModel(Requests requests, DisclosureRegister register, DisclosureItems items, AuthorityRegister authorities, Cases.SeriesHandler series, TimeProvider clock) : DisclosurePage(requests, register)
{
    public sealed class WithdrawForm
    {
        public string? Note { get; set; }
    }

    public sealed class PauseForm
    {
        public string? Reason { get; set; }

        public string? Note { get; set; }

        public DateOnly? Day { get; set; }
    }

    public sealed class ResumeForm
    {
        public DateOnly? Day { get; set; }
    }

    public sealed class DiaryForm
    {
        public string? Where { get; set; }

        public string? Number { get; set; }

        public string? Title { get; set; }

        public string? ClassCode { get; set; }

        public string? Series { get; set; }
    }

    [BindProperty]
    public WithdrawForm Withdraw { get; set; } = new();

    [BindProperty]
    public PauseForm Pause { get; set; } = new();

    [BindProperty]
    public ResumeForm Resume { get; set; } = new();

    [BindProperty]
    public DiaryForm Diary { get; set; } = new();

    public static IReadOnlyList<Choice> PauseReasons { get; } = [.. PauseClock.Reasons.Select(r => new Choice(r.Word, r.Said))];

    public bool MayPause => MayHandle && State.AnsweredAt is null && !State.Paused;

    public bool MayResume => MayHandle && State.Paused;

    public bool MayRegister => MayHandle && State.Case is null;

    public bool MayOpenCase => HttpContext.Caller().May(State.Authority, Role.Registrator);

    /// <summary>The policy wants it in the diary before it is closed.</summary>
    public bool MustRegister { get; private set; }

    public IReadOnlyList<Choice> AllSeries { get; private set; } = [];

    public IReadOnlyList<Choice> DiaryWays => MayOpenCase ? [new("new", "Nytt ärende", "Får nästa nummer i serien"), new("existing", "Befintligt ärende")] : [new("existing", "Befintligt ärende", "En registrator kan öppna ett nytt")];

    /// <summary>When the clock stood still, and what the asker was asked to do.</summary>
    public IReadOnlyList<(string Said, string? Note)> PausesShown =>
    [
        .. State.Pauses.Zip(History.Where(h => h.Event is DisclosureClockPaused)).Select(p => (
            $"{PauseClock.Reasons.First(r => r.Reason == p.First.Reason).Said}: {(p.First.Until is { } until ? $"stod still {Swedish.DateAndClock(p.First.Since)} till {Swedish.DateAndClock(until)}" : $"står still sedan {Swedish.DateAndClock(p.First.Since)}")}",
            Word(p.Second.Id, "note"))),
    ];

    /// <summary>Something is to be put right in that form.</summary>
    public bool Open(string form) => ModelState.Any(f => f.Key.StartsWith(form + ".", StringComparison.Ordinal) && f.Value!.Errors.Count > 0);

    protected override bool ForHandlers => false;

    public string? DeliveryAddress => Word(History[0].Id, "deliveryAddress");

    /// <summary>What was answered where nothing was found.</summary>
    public string? NothingFound => Word(History.LastOrDefault(h => h.Event is DisclosureNothingFound)?.Id, "answer");

    /// <summary>Those the reader may know of.</summary>
    public IReadOnlyList<SeenItem> Items { get; private set; } = [];

    public int Deciders { get; private set; }

    protected override async Task<bool> Prepare(CancellationToken ct)
    {
        Items = await items.Seen(State, HttpContext.Caller(), ct);
        Deciders = await Register.Deciders(State.Authority, ct);
        if (!MayRegister) return true;
        var authority = (await authorities.Find(State.Authority, ct))!;
        MustRegister = RegisterRequest.Missing(State, authority.Policy);
        AllSeries = RegistrationForm.SeriesChoices(await series.Of(authority, ct), Swedish.Day(clock.GetUtcNow()));
        Diary.Where ??= DiaryWays[0].Value;
        return true;
    }

    public FactList Facts => new(
    [
        new("Myndighet", Row.AuthorityName), new("Begärt", Asked ?? "gallrat"), new("Önskad form", DisclosureWords.Said(State.Form)), new("Skickas till", DeliveryAddress ?? "inte sagt"),
        new("Kom in", Swedish.DateAndClock(State.ReceivedAt), Note: DisclosureWords.Said(State.Channel)),
        State.AnsweredAt is { } at ? new("Besvarad", Swedish.DateAndClock(at), Note: DisclosureWords.Said(State.Answer!.Value)) : new("Svar senast", Swedish.DateAndClock(Row.Due), Note: $"{Row.Pace.InSwedish}; skyndsamt (TF 2 kap. 16 §)"),
        .. State.Case is not null ? [new Fact("Registrerad", "i ett ärende", Href: $"/arenden/{State.Case:D}")] : Array.Empty<Fact>(),
        .. State.AppealedOn is { } appealed ? [new Fact("Överklagad", Swedish.Date(appealed), Note: "väntar på avgörande")] : Array.Empty<Fact>(),
        .. State.AppealBy is { } by ? [new Fact("Kan överklagas till", Swedish.Date(by))] : Array.Empty<Fact>(),
        .. State.ClosedAt is { } closed ? [new Fact("Avslutad", Swedish.DateAndClock(closed))] : Array.Empty<Fact>(),
    ]);

    /// <summary>The one thing that is to be done now.</summary>
    public Notice? Next
    {
        get
        {
            if (State.ClosedAt is not null) return Notice.Info("Begäran är avslutad", "Kommer den igen tas den emot som en ny och prövas på nytt.");
            if (!MayHandle) return null;
            if (Row.Overdue(clock.GetUtcNow()) && State.Items.Count == 0) return Notice.Attention("Svaret är sent", "Hitta det som begärs, eller svara att det inte finns.", new LinkButton("Hitta handlingarna", $"{Address}/hitta", Main: true));
            if (State.Items.Count == 0) return Notice.Info("Hitta det som begärs", "Finns inget att hitta svarar du det, och säger varför.", new LinkButton("Hitta handlingarna", $"{Address}/hitta", Main: true));
            if (Items.FirstOrDefault(i => i.Item is { Kind: not FoundKind.Case, Outcome: null, Delivered: false, Refused: false }) is { } one)
                return Notice.Info("Pröva handlingarna", "En i taget, och på nytt i varje begäran.", new LinkButton($"Pröva handling {one.Item.Place}", $"{Address}/handlingar/{one.Item.Place}", Main: true));
            if (State.Records.Any(i => !i.Delivered && i.Outcome is ItemOutcome.Disclose or ItemOutcome.Mask or ItemOutcome.Reservation)) return Notice.Info("Lämna ut", "Det som är prövat kan lämnas ut nu.", new LinkButton("Lämna ut", $"{Address}/lamna-ut", Main: true));
            if (DeclineItems.Withheld(State).Any(i => !i.Declined && !i.Refused)) return Notice.Attention("Ge besked om det som hålls tillbaka", "Frågaren ska få veta varför, och att det går att begära ett beslut (OSL 6 kap. 3 §).", new LinkButton("Ge besked", $"{Address}/neka", Main: true));
            if (State.DecisionDemandedAt is not null && State.Decision is null) return Notice.Attention("Ett beslut är begärt", "Det ska fattas skyndsamt, med motivering.", new LinkButton("Fatta beslutet", $"{Address}/neka", Main: true));
            if (State.AppealedOn is not null) return Notice.Info("Beslutet är överklagat", "Handlingarna hålls kvar tills det är avgjort.", new LinkButton("Anteckna avgörandet", $"{Address}/neka", Main: true));
            if (State.Decision is not null && State.AppealBy is null) return Notice.Attention("Beslutet är inte delgivet", "Tiden för att överklaga räknas från den dag frågaren får det.", new LinkButton("Anteckna dagen", $"{Address}/neka", Main: true));
            if (State.AppealBy is { } by && by >= Swedish.Day(clock.GetUtcNow())) return Notice.Info("Tiden för att överklaga löper", $"Till och med {Swedish.Date(by)}. Handlingarna hålls kvar till dess.");
            return State.Answer is null ? null : Notice.Info("Allt är besvarat", "Begäran kan avslutas när frågaren inte väntas begära ett beslut.");
        }
    }

    public bool MayClose => MayHandle && State.Answer is not null;

    public async Task<IActionResult> OnPostClose(CancellationToken ct) =>
        await After(await Commands.Close(Id, Expected, HttpContext.Caller(), ct), "Close", _ => null, Notice.Done("Begäran är avslutad", "Det som hölls kvar får gallras igen."), Address, ct);

    public async Task<IActionResult> OnPostPause(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (!Readable(nameof(Pause))) return Page();
        return await After(await Commands.Pause(Id, new(Pause.Reason, Pause.Note, OnDay(Pause.Day, clock.GetUtcNow())), Expected, HttpContext.Caller(), ct), nameof(Pause),
            code => code switch { "pause-reason-unknown" or "fee-not-due" => "Reason", "note-missing" => "Note", "paused-at" => "Day", _ => null },
            Notice.Done("Klockan står still", "Den går igen när frågaren har svarat eller betalat och du antecknar det."), Address, ct);
    }

    public async Task<IActionResult> OnPostResume(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (!Readable(nameof(Resume))) return Page();
        return await After(await Commands.Resume(Id, new(OnDay(Resume.Day, clock.GetUtcNow())), Expected, HttpContext.Caller(), ct), nameof(Resume), code => code == "resumed-at" ? "Day" : null,
            Notice.Done("Klockan går igen"), Address, ct);
    }

    public async Task<IActionResult> OnPostRegister(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (Diary.Where != "new" && string.IsNullOrWhiteSpace(Diary.Number)) return Ask("Diary.Number", "Skriv ärendets diarienummer, som KS 2026/17.");
        RegisterRequest command = Diary.Where == "new" ? new(null, NewCase: new(Diary.Title, Diary.ClassCode, Diary.Series)) : new(null, Diary.Number!.Trim());
        return await After(await Commands.Register(Id, command, Expected, HttpContext.Caller(), ct), nameof(Diary),
            code => code switch { "case-unknown" => "Number", "case-title" => "Title", "class-unknown" or "class-closed" or "class-not-yet" => "ClassCode", "series-unknown" or "series-closed" => "Series", _ => null },
            Notice.Done("Begäran är registrerad"), Address, ct);
    }

    public async Task<IActionResult> OnPostWithdraw(CancellationToken ct) =>
        await After(await Commands.Withdraw(Id, new(Withdraw.Note), Expected, HttpContext.Caller(), ct), nameof(Withdraw), code => code == "note-missing" ? "Note" : null,
            Notice.Done("Begäran är återkallad", "Det som hölls kvar får gallras igen."), Address, ct);
}
