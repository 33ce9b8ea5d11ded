using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/{id}: what was asked for, what was found, how far each thing has come, and what comes next.</summary>
public sealed class RequestModel(Requests requests, DisclosureRegister register, DisclosureItems items, TimeProvider clock) : DisclosurePage(requests, register)
{
    public sealed class WithdrawForm
    {
        public string? Note { get; set; }
    }

    [BindProperty]
    public WithdrawForm Withdraw { get; set; } = new();

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
        return true;
    }

    public FactList Facts => new(
    [
        new("Myndighet", Row.AuthorityName), new("Begärt", Asked ?? "gallrat"), new("Önskad form", DisclosureWords.Said(State.Form)), new("Skickas till", DeliveryAddress ?? "inte sagt"),
        new("Kom in", Swedish.DateAndClock(State.ReceivedAt), Note: DisclosureWords.Said(State.Channel)),
        State.AnsweredAt is { } at ? new("Besvarad", Swedish.DateAndClock(at), Note: DisclosureWords.Said(State.Answer!.Value)) : new("Svar senast", Swedish.DateAndClock(Row.Due), Note: $"{Row.Pace.InSwedish}; skyndsamt (TF 2 kap. 16 §)"),
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
            if (Items.FirstOrDefault(i => i.Item is { Kind: FoundKind.Record, Outcome: null, Delivered: false, Refused: false }) is { } one)
                return Notice.Info("Pröva handlingarna", "En i taget, och på nytt i varje begäran.", new LinkButton($"Pröva handling {one.Item.Place}", $"{Address}/handlingar/{one.Item.Place}", Main: true));
            if (State.Records.Any(i => !i.Delivered && i.Outcome is ItemOutcome.Disclose or ItemOutcome.Mask or ItemOutcome.Reservation)) return Notice.Info("Lämna ut", "Det som är prövat kan lämnas ut nu.", new LinkButton("Lämna ut", $"{Address}/lamna-ut", Main: true));
            if (DeclineItems.Withheld(State).Any(i => !i.Declined && !i.Refused)) return Notice.Attention("Ge besked om det som hålls tillbaka", "Frågaren ska få veta varför, och att det går att begära ett beslut (OSL 6 kap. 3 §).", new LinkButton("Ge besked", $"{Address}/neka", Main: true));
            if (State.DecisionDemandedAt is not null && State.Decision is null) return Notice.Attention("Ett beslut är begärt", "Det ska fattas skyndsamt, med motivering.", new LinkButton("Fatta beslutet", $"{Address}/neka", Main: true));
            if (State.Decision is not null && State.AppealBy is null) return Notice.Attention("Beslutet är inte delgivet", "Tiden för att överklaga räknas från den dag frågaren får det.", new LinkButton("Anteckna dagen", $"{Address}/neka", Main: true));
            if (State.AppealBy is { } by && by >= Swedish.Day(clock.GetUtcNow())) return Notice.Info("Tiden för att överklaga löper", $"Till och med {Swedish.Date(by)}. Handlingarna hålls kvar till dess.");
            return State.Answer is null ? null : Notice.Info("Allt är besvarat", "Begäran kan avslutas när frågaren inte väntas begära ett beslut.");
        }
    }

    public bool MayClose => MayHandle && State.Answer is not null;

    public async Task<IActionResult> OnPostClose(CancellationToken ct) =>
        await After(await Commands.Close(Id, Expected, HttpContext.Caller(), ct), "Close", _ => null, Notice.Done("Begäran är avslutad", "Det som hölls kvar får gallras igen."), Address, ct);

    public async Task<IActionResult> OnPostWithdraw(CancellationToken ct) =>
        await After(await Commands.Withdraw(Id, new(Withdraw.Note), Expected, HttpContext.Caller(), ct), nameof(Withdraw), code => code == "note-missing" ? "Note" : null,
            Notice.Done("Begäran är återkallad", "Det som hölls kvar får gallras igen."), Address, ct);
}
