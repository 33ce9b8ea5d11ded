using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/{id}/lamna-ut: what is given out, how, and what it costs.</summary>
public sealed class DeliverModel(Requests requests, DisclosureRegister register, DisclosureItems items, DisclosurePackages packages, AuthorityRegister authorities, TimeProvider clock) : DisclosurePage(requests, register)
{
    /// <summary>So many are opened to see whether somebody can be recognised in them before anything is sent; more are only when it is.</summary>
    private const int MostOpened = 50;

    public sealed class GiveForm
    {
        public string? Form { get; set; }

        public List<string> Items { get; set; } = [];

        public int? Pages { get; set; }

        public int? FeeKronor { get; set; }

        public string? Address { get; set; }

        public string? ElectronicReason { get; set; }

        public DateOnly? Day { get; set; }

        public string? Time { get; set; }
    }

    [BindProperty]
    public GiveForm Give { get; set; } = new();

    public IReadOnlyList<SeenItem> Waiting { get; private set; } = [];

    public int Unexamined { get; private set; }

    public Policy Policy { get; private set; } = null!;

    public FeeSchedule Tariff => FeeSchedule.Of(Policy);

    /// <summary>Personal data stand in what is to be given out, and the authority wants to be warned of it in electronic form (R-13).</summary>
    public bool WarnsOfPersonalData { get; private set; }

    /// <summary>The sum for the form and the pages typed; null before it is asked for.</summary>
    public int? Counted { get; private set; }

    public static IReadOnlyList<Choice> Forms { get; } = [.. DeliverItems.Forms.Select(f => new Choice(f.Word, f.Said))];

    public IReadOnlyList<Choice> Choices => [.. Waiting.Select(w => new Choice(w.Item.Target.ToString("D"), $"Handling {w.Item.Place}: {w.Title}", w.Item.Outcome == ItemOutcome.Disclose ? "hel" : $"{ExaminationWords.Said(w.Item.Outcome!.Value).ToLowerInvariant()}, {string.Join(", ", w.Item.Provisions)}"))];

    /// <summary>What some sizes cost, so that the asker can be told before anything is copied.</summary>
    public IReadOnlyList<(int Pages, int Copy, int Email)> Examples => [.. new[] { Tariff.FreePages, Tariff.FreePages + 1, Tariff.FreePages + 11, 100 }.Distinct().Order().Select(p => (p, Tariff.Fee(GivenAs.Copy, p), Tariff.Fee(GivenAs.Email, p)))];

    protected override async Task<bool> Prepare(CancellationToken ct)
    {
        Policy = (await authorities.Find(State.Authority, ct))!.Policy;
        var seen = await items.Seen(State, HttpContext.Caller(), ct);
        Waiting = [.. seen.Where(s => s.Item is { Kind: not FoundKind.Case, Delivered: false, Outcome: ItemOutcome.Disclose or ItemOutcome.Mask or ItemOutcome.Reservation })];
        Unexamined = seen.Count(s => s.Item is { Kind: not FoundKind.Case, Outcome: null, Delivered: false, Refused: false });
        if (MayHandle && Waiting.Count is > 0 and <= MostOpened && Policy["disclosure.electronicPersonalData"] == "warn")
            WarnsOfPersonalData = (await packages.Gather(Id, State, [.. Waiting.Select(w => w.Item)], HttpContext.Caller(), ct)).Given?.TellsOfAPerson == true;
        return true;
    }

    public override async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        Give.Items = [.. Waiting.Select(w => w.Item.Target.ToString("D"))];
        Give.Form = State.Form switch { WantedForm.Read => "read", WantedForm.Copy => "copy", WantedForm.Email => "email", _ => null };
        Give.Address = Word(History[0].Id, "deliveryAddress");
        return Page();
    }

    private bool Unreadable => !Readable(nameof(Give));

    private GivenAs? Form => DeliverItems.Forms.Where(f => f.Word == Give.Form).Select(f => (GivenAs?)f.Form).FirstOrDefault();

    private DateTimeOffset? GivenAt(out bool wrong)
    {
        wrong = false;
        if (Give.Day is not { } day) return null;
        if (string.IsNullOrWhiteSpace(Give.Time)) return OnDay(day, clock.GetUtcNow());
        wrong = !TimeOnly.TryParseExact(Give.Time.Trim().Replace('.', ':'), ["H:mm", "HH:mm"], System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var time);
        return wrong ? null : Swedish.StartOf(day).Add(time.ToTimeSpan());
    }

    public async Task<IActionResult> OnPostCount(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (Unreadable) return Page();
        if (Form is not { } form) return Ask("Give.Form", "Välj hur det lämnas ut.");
        if (form == GivenAs.Copy && Give.Pages is null) return Ask("Give.Pages", "Ange hur många sidor det blir.");
        Counted = Tariff.Fee(form, Give.Pages ?? 0);
        return Page();
    }

    public async Task<IActionResult> OnPostGive(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (Unreadable) return Page();
        if (Give.Form is null) return Ask("Give.Form", "Välj hur det lämnas ut.");
        if (Give.Items.Count == 0) return Ask("Give.Items", "Kryssa för minst en handling.");
        var at = GivenAt(out var wrong);
        if (wrong) return Ask("Give.Time", "Skriv klockslaget som 14.30.");
        var outcome = await Commands.Deliver(Id, new(Give.Form, [.. Give.Items.Select(i => Guid.TryParse(i, out var item) ? item : Guid.Empty)], Give.Pages, Give.FeeKronor, Give.ElectronicReason, Give.Address, at), Expected, HttpContext.Caller(), ct);
        return await After(outcome, nameof(Give), code => code switch
        {
            "form-unknown" => "Form",
            "pages-missing" => "Pages",
            "given-at" => "Day",
            "delivery-address-too-long" => "Address",
            "electronic-personal-data" or "note-too-long" => "ElectronicReason",
            "fee-above-tariff" => "FeeKronor",
            "nothing-to-deliver" or "item-delivered" or "item-not-decided" or "disclosure-item-unknown" => "Items",
            _ => null,
        }, Notice.Done("Utlämnandet är antecknat", "Kvittot kan skrivas ut eller hämtas som PDF."), $"{Address}/kvitto", ct);
    }
}
