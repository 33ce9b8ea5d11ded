using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>A document as a decision or a receipt names it.</summary>
/// <param name="Terms">The förbehåll, where it is given out with one.</param>
public sealed record NamedItem(int Place, string Title, ItemOutcome Outcome, IReadOnlyList<string> Provisions, string? Terms)
{
    public string InSwedish => $"{ExaminationWords.Said(Outcome)}{(Provisions.Count > 0 ? $" med stöd av {string.Join(", ", Provisions)}" : "")}";
}

/// <summary>The authority's written decision (OSL 6:3, FL 31–33 §§).</summary>
/// <param name="Asked">What was asked for; null when it is gallrat.</param>
public sealed record WrittenDecision(
    string Authority, string Reference, DateTimeOffset ReceivedAt, string? Asked, DateTimeOffset DecidedAt, string DecidedBy, string? Title, string? Point, IReadOnlyList<NamedItem> Items,
    IReadOnlyList<string> Provisions, string? Motivation, DateOnly? ServedOn, DateOnly? AppealBy)
{
    public string By => string.Join(", ", new[] { DecidedBy, Title is { } title ? char.ToLowerInvariant(title[0]) + title[1..] : null, Point is { } point ? $"på delegation, punkt {point}" : null }.OfType<string>());

    /// <summary>Underrättelse om hur man överklagar (FL 33 §): to whom, where, by when and with what.</summary>
    public IReadOnlyList<string> HowToAppeal =>
    [
        "Du som har begärt handlingarna kan överklaga beslutet till kammarrätten (OSL 6 kap. 7 §).",
        $"Överklagandet ska vara skriftligt. Skriv det till kammarrätten, men skicka eller lämna det till {Authority}, som har fattat beslutet (FL 43 §).",
        "Det ska ha kommit in till myndigheten inom tre veckor från den dag du fick del av beslutet (FL 44 §). Kommer det för sent kan det inte prövas.",
        $"Skriv vilket beslut du överklagar (begäran {Reference}, {Swedish.Date(DecidedAt)}), hur du vill att det ändras och varför. Skriv också hur rätten når dig.",
        "Myndigheten prövar om överklagandet kom i tid och skickar det vidare med handlingarna i ärendet. Det kostar inget att överklaga.",
    ];
}

/// <summary>What was given out at one time: the receipt, and the letter that goes with what is sent.</summary>
public sealed record DeliveryReceipt(
    string Authority, string Reference, DateTimeOffset ReceivedAt, string? Asked, DateTimeOffset GivenAt, string GivenBy, GivenAs Form, string? Address, int Pages, int FeeKronor, string? Digest,
    IReadOnlyList<NamedItem> Items)
{
    public bool Partly => Items.Any(i => i.Outcome != ItemOutcome.Disclose);

    public string How => DeliverItems.Forms.First(f => f.Form == Form).Said;

    public string Fee => FeeKronor == 0 ? "Ingen avgift" : $"{Swedish.Number(FeeKronor)} kr{(Pages > 0 ? $" för {Swedish.Count(Pages, "sida", "sidor")}" : "")}";

    public const string Right = "Något är maskerat eller lämnat ut med förbehåll. Du kan begära att myndigheten beslutar om det skriftligt, med skäl. Ett sådant beslut går att överklaga (OSL 6 kap. 3 och 7 §§).";
}

/// <summary>The decisions and receipts of a request, read from its own events: as they were when they were made, whatever was examined anew since.</summary>
public sealed class DisclosureDocuments(Requests requests, DisclosureRegister register, DisclosureItems items)
{
    /// <summary>Null when the request is unknown to the caller. A document about something they may not know of is none for them.</summary>
    public async Task<(IReadOnlyList<WrittenDecision> Decisions, IReadOnlyList<DeliveryReceipt> Receipts)?> Of(Guid id, Caller caller, CancellationToken ct)
    {
        if (await requests.Find(id, caller, ct) is null || await register.Find(id, caller, ct) is not { } row) return null;
        var (history, told) = await register.Told(id, ct);
        string? Word(Guid? of, string part) => of is { } one ? told.GetValueOrDefault(one)?.Parts?[part] : null;
        var asked = Word(history[0].Id, "request");
        var names = await items.Names([.. history.Where(h => h.Event is DisclosureRefused or DisclosureDelivered).Select(h => h.Actor)], ct);
        string Name(Recorded of) => names.GetValueOrDefault(of.Actor ?? "", "okänd person");
        var decisions = new List<WrittenDecision>();
        var receipts = new List<DeliveryReceipt>();
        foreach (var happened in history)
        {
            if (happened.Event is not (DisclosureRefused or DisclosureDelivered)) continue;
            var then = DisclosureState.From([.. history.TakeWhile(h => h.Version <= happened.Version)]);
            var about = happened.Event is DisclosureRefused refused ? refused.Items : ((DisclosureDelivered)happened.Event).Items;
            var seen = (await items.Seen(then, caller, ct)).Where(s => about.Contains(s.Item.Target)).ToList();
            if (seen.Count != about.Count) continue;
            IReadOnlyList<NamedItem> named = [.. seen.Select(s => new NamedItem(s.Item.Place, s.Title, s.Item.Outcome ?? ItemOutcome.Disclose, s.Item.Provisions, Word(s.Item.DecidedIn, "terms")))];
            switch (happened.Event)
            {
                case DisclosureRefused e:
                    var served = history.Where(h => h.Version > happened.Version).TakeWhile(h => h.Event is not DisclosureRefused).Select(h => h.Event).OfType<DisclosureDecisionServed>().LastOrDefault();
                    decisions.Add(new(row.AuthorityName, row.Reference, row.ReceivedAt, asked, happened.Time, Name(happened), Word(happened.Id, RefuseItems.TitlePart), e.DelegationPoint, named, e.Provisions, Word(happened.Id, Parts.Motivation), served?.ServedOn, served?.AppealBy));
                    break;
                case DisclosureDelivered e:
                    receipts.Add(new(row.AuthorityName, row.Reference, row.ReceivedAt, asked, e.GivenAt, Name(happened), e.Form, Word(happened.Id, "address"), e.Pages, e.FeeKronor, Word(happened.Id, "digest"), named));
                    break;
            }
        }

        return (decisions, receipts);
    }
}
