using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>Notes that documents were given out: read on the spot, as a copy, or sent by e-mail. Nothing is sent from here; the file to send is made here.</summary>
/// <param name="Form"><c>read</c>, <c>copy</c> or <c>email</c>.</param>
/// <param name="Items">What was given out; absent, everything decided and not given out.</param>
/// <param name="Pages">Pages copied; the fee is counted from them.</param>
/// <param name="FeeKronor">Another fee than the tariff's, such as none; never higher.</param>
/// <param name="ElectronicReason">Why it is sent electronically although personal data stand in it (R-13, OSL 21:7).</param>
public sealed record DeliverItems(
    string? Form, IReadOnlyList<Guid>? Items = null, int? Pages = null, int? FeeKronor = null, string? ElectronicReason = null, string? Address = null, DateTimeOffset? GivenAt = null)
{
    public static IReadOnlyList<(string Word, GivenAs Form, string Said)> Forms { get; } =
        [("read", GivenAs.Read, "Läst på stället"), ("copy", GivenAs.Copy, "Kopia"), ("email", GivenAs.Email, "Skickat med e-post")];

    public IReadOnlyList<FoundItem> Chosen(DisclosureState state) =>
        [.. state.Records.Where(i => Items is null ? !i.Delivered && i.Outcome is ItemOutcome.Disclose or ItemOutcome.Mask or ItemOutcome.Reservation : Items.Contains(i.Target))];

    /// <summary>Pure. <paramref name="personal"/>: somebody can be recognised in what is given out.</summary>
    public Decision Decide(DisclosureState state, IReadOnlyList<FoundItem> chosen, bool personal, string? digest, Policy policy, DateTimeOffset now)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        var form = Forms.FirstOrDefault(f => f.Word == Form);
        if (form.Word is null) return Refusal.Input("form-unknown", $"Formen kan vara: {string.Join(", ", Forms.Select(f => f.Word))}.");
        if (Items is { } named && named.Any(i => chosen.All(c => c.Target != i))) return Requests.NoItem;
        if (chosen.Count == 0) return new Refusal("nothing-to-deliver", "Det finns inget att lämna ut: pröva handlingarna först.");
        if (chosen.Any(i => i.Delivered)) return new Refusal("item-delivered", "En av handlingarna är redan utlämnad i den här begäran.");
        if (chosen.Any(i => i.Outcome is null or ItemOutcome.Refuse)) return new Refusal("item-not-decided", "Bara det som ska lämnas ut kan lämnas ut. Pröva handlingarna färdigt.");
        if (Pages is < 0 or > 100_000 || (form.Form == GivenAs.Copy && Pages is null)) return Refusal.Input("pages-missing", "Ange hur många sidor som kopierades.");
        if (GivenAt > now.AddMinutes(5) || GivenAt < state.ReceivedAt) return Refusal.Input("given-at", "Tidpunkten ska vara efter att begäran kom in, och inte i framtiden.");
        if (Address is { Length: > 1000 }) return Refusal.Input("delivery-address-too-long", "Adressen får vara högst 1 000 tecken.");
        if (ElectronicReason is { Length: > 4000 }) return Refusal.Input("note-too-long", "Motiveringen får vara högst 4 000 tecken.");
        // R-13 "bör inte": a warning that a person may go past, never a refusal for good. What counts today is OSL 21:7.
        var warns = form.Form == GivenAs.Email && personal && policy["disclosure.electronicPersonalData"] == "warn";
        if (warns && string.IsNullOrWhiteSpace(ElectronicReason))
            return new Refusal("electronic-personal-data", $"Handlingarna innehåller personuppgifter och bör inte lämnas ut elektroniskt ({policy.Of("disclosure.electronicPersonalData").Requirement}, OSL 21 kap. 7 §). Lämna ut på papper, eller skriv varför det ändå går bra.");
        var pages = form.Form == GivenAs.Read ? 0 : Pages ?? 0;
        var tariff = FeeSchedule.Of(policy).Fee(form.Form, pages);
        if (FeeKronor is < 0 || FeeKronor > tariff) return Refusal.Input("fee-above-tariff", $"Avgiften får inte vara högre än taxan: {tariff} kr.");
        var items = chosen.Select(i => i.Target).ToList();
        var delivered = new Happened(
            new DisclosureDelivered(form.Form, items, pages, FeeKronor ?? tariff, warns, (GivenAt ?? now).ToUniversalTime(), policy.Version), KeyClass.Request,
            new Parts().With("address", string.IsNullOrWhiteSpace(Address) ? null : Address.Trim()).With("electronicReason", warns ? ElectronicReason!.Trim() : null).With("digest", digest));
        // Everything as it is: nothing is left to decide, nothing to hold, nothing to appeal.
        return !RegisterRequest.Missing(state, policy) && state.Records.All(i => i.Outcome == ItemOutcome.Disclose && (i.Delivered || items.Contains(i.Target)))
            ? new Decision([delivered, new(new DisclosureClosed(policy.Version), KeyClass.Request)])
            : delivered;
    }
}
