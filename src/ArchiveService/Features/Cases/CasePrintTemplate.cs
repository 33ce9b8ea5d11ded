using ArchiveService.Features.PageParts;
using ArchiveService.Printing;

namespace ArchiveService.Features.Cases;

/// <summary>The ärendeakt on paper: cover, contents, the documents by number, the list of attachments. Pure.</summary>
public static class CasePrintTemplate
{
    public static PdfDocument Of(CasePrint print)
    {
        var paper = new Paper();
        var shown = print.Case;
        Cover(paper, print);
        Contents(paper, print);
        foreach (var document in print.Documents) Document(paper, print, document);
        Attachments(paper, print);
        var title = $"{print.Heading} {shown.DiaryNumber}";
        return new(paper.Page(title, $"{shown.DiaryNumber}{(print.Secret ? "  SEKRETESS" : "")}"), title, print.At, Author: shown.Authority);
    }

    private static void Cover(Paper paper, CasePrint print)
    {
        var shown = print.Case;
        paper.Tag("<section class=\"cover\">");
        if (print.Secret)
        {
            // The mark is a warning; each request is examined anew (OSL 5:5).
            paper.Tag("<div class=\"secret\">SEKRETESS");
            foreach (var provision in print.Documents.Select(d => d.Content?.Provision).OfType<string>().Distinct(StringComparer.Ordinal)) paper.Put("div", provision);
            paper.Tag("</div>").Put("p", "Omslaget innehåller de sekretessmarkerade handlingarna i ärendet. Det förvaras skilt från akten. Markeringen är en varning: varje begäran om utlämnande prövas på nytt.");
        }

        paper.Put("p class=\"authority\"", shown.Authority).Put("h1", $"{print.Heading} {shown.DiaryNumber}").Put("p", shown.Title ?? "Ärendemeningen lämnas inte ut här: den kan röja det som omfattas av sekretess.");
        paper.Tag("<dl>").Fact("Diarienummer", shown.DiaryNumber).Fact("Även känt som", string.Join("; ", shown.AlternateIds)).Fact("Klass", shown.ClassCode)
            .Fact("Öppnat", Swedish.Date(shown.OpenedAt)).Fact("Avslutat", shown.ClosedAt is { } closed ? Swedish.Date(closed) : "Pågår")
            .Fact("Diariet förs i", shown.ExternalSystem);
        foreach (var (name, value) in print.More) paper.Fact(name, value);
        if (shown.VoidedAt is { } gone) paper.Fact("Numret har utgått", $"{Swedish.Date(gone)}. {shown.VoidedBecause}".Trim());
        paper.Fact("Handlingar", Swedish.Number(print.Documents.Count));
        paper.Fact("Gallring", print.Retention.Count == 0 ? "Inget gallringsbeslut omfattar handlingarna: de bevaras." : string.Join("; ", print.Retention));
        paper.Fact("Framställd", $"{Swedish.DateAndClock(print.At)} av {print.PrintedBy}").Tag("</dl></section>");
    }

    private static void Contents(Paper paper, CasePrint print)
    {
        paper.Tag("<section class=\"sheet\"><h2>Innehåll</h2><table><thead><tr><th scope=\"col\">Nummer</th><th scope=\"col\">Datum</th><th scope=\"col\">Från eller till</th><th scope=\"col\">Saken</th><th scope=\"col\" class=\"r n\">Sida</th></tr></thead><tbody>");
        foreach (var document in print.Documents)
        {
            paper.Tag($"<tr><th scope=\"row\" class=\"n\"><a href=\"#handling-{document.Number}\">").Text($"{print.Case.DiaryNumber}-{document.Number}").Tag("</a></th>").Put("td class=\"n\"", Swedish.Date(document.Date))
                .Put("td", document.Content is { } from ? from.Counterpart ?? "–" : "–").Put("td", document.Content is { } about ? about.Subject ?? about.Kind : "Lämnas inte ut här")
                .Tag($"<td class=\"r\"><span data-page-of=\"handling-{document.Number}\"></span></td></tr>");
        }

        if (print.Documents.Any(d => d.Content is { Files.Count: > 0 }))
            paper.Tag("<tr><th scope=\"row\" colspan=\"4\"><a href=\"#bilagor\">Bilageförteckning</a></th><td class=\"r\"><span data-page-of=\"bilagor\"></span></td></tr>");
        paper.Tag("</tbody></table>");
        if (print.Documents.Count == 0) paper.Put("p", print.Secret ? "Ärendet har inga sekretessmarkerade handlingar." : "Ärendet har inga handlingar.");
        paper.Tag("</section>");
    }

    private static void Document(Paper paper, CasePrint print, PrintedDocument document)
    {
        paper.Tag($"<section class=\"sheet\" id=\"handling-{document.Number}\">").Put("h2", $"Handling {print.Case.DiaryNumber}-{document.Number}").Tag("<dl>")
            .Fact("Datum", Swedish.Date(document.Date)).Fact("Registrerad", Swedish.DateAndClock(document.RegisteredAt));
        if (document.Content is not { } content)
        {
            // The third and fourth fact are kept apart (OSL 5:2).
            paper.Fact("Diariet", string.Join(". ", document.Fate)).Tag("</dl>").Put("p class=\"note\"", "Övriga uppgifter och innehållet lämnas inte ut här. Handlingen kan omfattas av sekretess och förvaras i så fall i ett eget omslag.").Tag("</section>");
            return;
        }

        paper.Fact("Riktning", Marks.Of(document.Direction).Word).Fact("Från eller till", content.Counterpart).Fact("Saken", content.Subject).Fact("Slag", content.Kind)
            .Fact("Sekretess", content.Provision).Fact("Diariet", string.Join(". ", document.Fate)).Fact("Läge", string.Join(" ", content.State)).Tag("</dl>");
        if (content.Text is { } text) paper.Words(text);
        else paper.Put("p class=\"note\"", content.Absence);
        foreach (var (index, (at, earlier)) in content.Earlier.Index())
            paper.Put("h3", $"Tidigare lydelse {index + 1}, {Swedish.DateAndClock(at)}").Words(earlier ?? "Utan text.");
        if (content.Files.Count > 0)
        {
            paper.Tag("<h3>Bilagor</h3><ol>");
            foreach (var file in content.Files) paper.Put("li", Said(file));
            paper.Tag("</ol>");
            foreach (var file in content.Files.Where(f => f.Image is not null))
                paper.Tag("<figure><img alt=\"").Text($"Bilaga: {file.Name}").Tag("\" src=\"").Text(file.Image).Tag("\">").Put("figcaption", file.Name).Tag("</figure>");
        }

        paper.Tag("</section>");
    }

    private static void Attachments(Paper paper, CasePrint print)
    {
        var files = print.Documents.SelectMany(d => d.Content?.Files.Select(f => (d.Number, File: f)) ?? []).ToList();
        if (files.Count == 0) return;
        paper.Tag("<section class=\"sheet\" id=\"bilagor\"><h2>Bilageförteckning</h2><table><thead><tr><th scope=\"col\">Handling</th><th scope=\"col\">Fil</th><th scope=\"col\">Typ</th><th scope=\"col\" class=\"r\">Storlek</th><th scope=\"col\">Utskriven</th></tr></thead><tbody>");
        foreach (var (number, file) in files)
        {
            paper.Tag("<tr>").Put("th scope=\"row\" class=\"n\"", $"{print.Case.DiaryNumber}-{number}").Put("td", file.Name).Put("td", file.MediaType ?? "okänd")
                .Put("td class=\"r n\"", file.Bytes is { } bytes ? Swedish.Bytes(bytes) : "finns inte i arkivet").Put("td", file.Image is null ? "nej, finns elektroniskt" : "ja").Tag("</tr>");
        }

        paper.Tag("</tbody></table></section>");
    }

    private static string Said(PrintedFile file) => file.Bytes is { } bytes ? $"{file.Name} ({file.MediaType}, {Swedish.Bytes(bytes)})" : $"{file.Name} (finns inte i arkivet)";
}
