using System.Globalization;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Printing;

namespace ArchiveService.Features.Disclosures;

/// <summary>On paper what is given out, decided and received. Pure: of what is masked there is nothing here but the words that say so.</summary>
public static class DisclosurePapers
{
    /// <param name="images">Pictures given out, by attachment.</param>
    public static PdfDocument Of(GivenPackage given, string authority, IReadOnlyDictionary<Guid, string> images)
    {
        var paper = new Paper();
        paper.Put("p class=\"authority\"", authority).Put("h1", "Utlämnad kopia").Put("p", $"Begäran {given.Reference}. {Swedish.Count(given.Documents.Count, "handling", "handlingar")}.");
        if (given.Documents.Any(d => d.Item.Outcome != ItemOutcome.Disclose)) paper.Put("p", DeliveryReceipt.Right);
        if (given.Documents.Count > 1)
        {
            paper.Tag("<table><caption>Innehåll</caption><thead><tr><th scope=\"col\">Handling</th><th scope=\"col\">Lämnas ut</th><th scope=\"col\" class=\"r n\">Sida</th></tr></thead><tbody>");
            foreach (var document in given.Documents)
            {
                var id = Id(document);
                paper.Tag($"<tr><th scope=\"row\"><a href=\"#{id}\">").Text($"{document.Item.Place}. {DisclosureItems.Title(document.Original.State)}").Tag("</a></th>").Put("td", Outcome(document)).Tag($"<td class=\"r\"><span data-page-of=\"{id}\"></span></td></tr>");
            }

            paper.Tag("</tbody></table>");
        }

        foreach (var document in given.Documents) Document(paper, given, document, images);
        var title = $"Utlämnad kopia, begäran {given.Reference}";
        return new(paper.Page(title, $"Begäran {given.Reference}"), title, given.At, Author: authority);
    }

    private static string Id(GivenDocument document) => string.Create(CultureInfo.InvariantCulture, $"handling-{document.Item.Place}");

    private static string Outcome(GivenDocument document) => document.Item.Outcome switch
    {
        ItemOutcome.Mask => $"maskerad, {string.Join(", ", document.Item.HidingProvisions)}",
        ItemOutcome.Reservation => "med förbehåll",
        _ => "hel",
    };

    private static void Document(Paper paper, GivenPackage given, GivenDocument document, IReadOnlyDictionary<Guid, string> images)
    {
        var (original, map) = (document.Original, document.Map);
        var state = original.State;
        paper.Tag($"<section{(given.Documents.Count > 1 ? " class=\"sheet\"" : "")} id=\"{Id(document)}\">").Put("h2", $"Handling {document.Item.Place}").Tag("<dl>")
            .Fact("Diarienummer", state.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, state.DocumentNumber) : null)
            .Fact(state.Direction == Direction.DrawnUp ? "Upprättad" : "Inkommen", Swedish.DateAndClock(state.ReceivedAt)).Fact(state.Platform.Length > 0 ? "Plattform" : "Slag", state.Platform.Length > 0 ? RecordViewWords.Platform(state.Platform) : CaseDocuments.Said(state.RecordType))
            .Fact("Lämnas ut", Outcome(document)).Fact("Förbehåll (OSL 10 kap. 14 §)", document.Terms).Tag("</dl>");
        foreach (var (i, version) in original.Versions.Index())
        {
            paper.Put("h3", original.Versions.Count > 1 ? $"Version {i + 1}, {Swedish.DateAndClock(version.At)}" : $"Så som den fångades, {Swedish.DateAndClock(version.At)}").Tag("<dl>");
            foreach (var part in version.Parts.Keys.Where(p => p != Sealing.Parts.Text)) Runs(paper.Tag("<div>").Put("dt", OriginalDocument.Said(part)).Tag("<dd dir=\"auto\">"), map, version, part).Tag("</dd></div>");
            paper.Tag("</dl>");
            if (version.Parts.ContainsKey(Sealing.Parts.Text)) Runs(paper.Tag("<div class=\"words\" dir=\"auto\">"), map, version, Sealing.Parts.Text).Tag("</div>");
            else paper.Put("p class=\"note\"", "Handlingen har ingen text.");
        }

        Files(paper, document, images);
        paper.Tag("</section>");
    }

    private static Paper Runs(Paper paper, MaskMap map, DocumentVersion version, string part)
    {
        foreach (var (text, provision) in map.Runs(version.EventId, part, version.Parts[part]))
        {
            if (provision is null) paper.Text(text);
            else paper.Put("span class=\"mask\"", MaskMap.Said(provision));
        }

        return paper;
    }

    /// <summary>What each file is; of one that is not given out nothing, for its name and size can tell too.</summary>
    private static void Files(Paper paper, GivenDocument document, IReadOnlyDictionary<Guid, string> images)
    {
        var files = document.Original.Files;
        if (files.Count == 0) return;
        paper.Tag("<table><caption>Bilagor</caption><thead><tr><th scope=\"col\">Fil</th><th scope=\"col\">Typ</th><th scope=\"col\" class=\"r\">Storlek</th><th scope=\"col\">Här</th></tr></thead><tbody>");
        foreach (var file in files)
        {
            if (document.Map.OfAttachment(file.Id) is { } hidden)
            {
                paper.Tag("<tr><th scope=\"row\">").Put("span class=\"mask\"", MaskMap.Said(hidden.Provision)).Tag("</th><td>–</td><td class=\"r\">–</td><td>lämnas inte ut</td></tr>");
                continue;
            }

            paper.Tag("<tr>").Put("th scope=\"row\"", file.Name ?? "Fil utan namn").Put("td", file.MediaType).Put("td class=\"r n\"", Swedish.Bytes(document.CopyOf(file)?.Bytes ?? file.Bytes)).Put("td", document.CopyOf(file) is { } copy ? $"{(images.ContainsKey(file.Id) ? "nedan" : "lämnas som fil")}, ersatt av maskad kopia ({copy.Provision})" : images.ContainsKey(file.Id) ? "nedan" : "lämnas som fil").Tag("</tr>");
        }

        paper.Tag("</tbody></table>");
        foreach (var file in files.Where(f => images.ContainsKey(f.Id)))
        {
            var name = file.Name ?? "Fil utan namn";
            paper.Tag("<figure><img alt=\"").Text($"Bilaga: {name}").Tag("\" src=\"").Text(images[file.Id]).Tag("\">").Put("figcaption", name).Tag("</figure>");
        }
    }

    public static PdfDocument Of(IReadOnlyList<WrittenDecision> decisions)
    {
        var paper = new Paper();
        foreach (var (i, decision) in decisions.Index())
        {
            paper.Tag($"<section{(i > 0 ? " class=\"sheet\"" : "")}>").Put("p class=\"authority\"", decision.Authority).Put(i == 0 ? "h1" : "h2", "Beslut om utlämnande av allmän handling").Tag("<dl>")
                .Fact("Datum", Swedish.Date(decision.DecidedAt)).Fact("Begäran", $"{decision.Reference}, kom in {Swedish.Date(decision.ReceivedAt)}").Fact("Bestämmelser", string.Join(", ", decision.Provisions)).Tag("</dl>");
            paper.Put("h2", "Vad som har begärts").Words(decision.Asked ?? "Begäran är gallrad.");
            paper.Put("h2", "Beslut").Put("p", $"{Lead(decision)}:");
            Items(paper, decision.Items);
            paper.Put("h2", "Skäl för beslutet").Words(decision.Motivation ?? "Skälen är gallrade.");
            paper.Put("h2", "Hur du överklagar");
            foreach (var line in decision.HowToAppeal) paper.Put("p", line);
            paper.Tag("<div class=\"sign\"><div>").Text(decision.By).Tag("<br>").Text($"beslutade {Swedish.Date(decision.DecidedAt)}").Tag("</div><div>Mottaget den</div></div></section>");
        }

        var title = $"Beslut, begäran {decisions[0].Reference}";
        return new(paper.Page(title, $"Begäran {decisions[0].Reference}"), title, decisions[^1].DecidedAt, Author: decisions[0].Authority);
    }

    public static string Lead(WrittenDecision decision) => decision.Items.All(i => i.Outcome == ItemOutcome.Refuse) ? $"{decision.Authority} avslår begäran om att få ut" : $"{decision.Authority} beslutar att inte lämna ut det begärda i sin helhet. Följande gäller för";

    public static PdfDocument Of(IReadOnlyList<DeliveryReceipt> receipts)
    {
        var paper = new Paper();
        foreach (var (i, receipt) in receipts.Index())
        {
            paper.Tag($"<section{(i > 0 ? " class=\"sheet\"" : "")}>").Put("p class=\"authority\"", receipt.Authority).Put(i == 0 ? "h1" : "h2", "Kvitto på utlämnande").Tag("<dl>")
                .Fact("Begäran", $"{receipt.Reference}, kom in {Swedish.Date(receipt.ReceivedAt)}").Fact("Begärt", receipt.Asked).Fact("Utlämnat", Swedish.DateAndClock(receipt.GivenAt)).Fact("Hur", receipt.How).Fact("Till", receipt.Address)
                .Fact("Avgift", receipt.Fee).Fact("Lämnat av", receipt.GivenBy).Fact("Filens SHA-256", receipt.Digest is { } digest ? Swedish.Grouped(digest) : null).Tag("</dl>").Put("h2", "Det här har lämnats ut");
            Items(paper, receipt.Items);
            if (receipt.Partly) paper.Put("p", DeliveryReceipt.Right);
            paper.Tag("</section>");
        }

        var title = $"Kvitto, begäran {receipts[0].Reference}";
        return new(paper.Page(title, $"Begäran {receipts[0].Reference}"), title, receipts[^1].GivenAt, Author: receipts[0].Authority);
    }

    private static void Items(Paper paper, IReadOnlyList<NamedItem> items)
    {
        paper.Tag("<ul>");
        foreach (var item in items)
        {
            paper.Tag("<li>").Text($"Handling {item.Place} ({item.Title}): {char.ToLowerInvariant(item.InSwedish[0])}{item.InSwedish[1..]}.");
            if (item.Terms is { } terms) paper.Text($" Förbehåll: {terms}");
            paper.Tag("</li>");
        }

        paper.Tag("</ul>");
    }
}
