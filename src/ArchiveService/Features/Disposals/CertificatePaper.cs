using ArchiveService.Features.PageParts;
using ArchiveService.Features.Retention;
using ArchiveService.Printing;

namespace ArchiveService.Features.Disposals;

/// <summary>The gallringsbevis on paper, with lines to sign on. Pure.</summary>
public static class CertificatePaper
{
    public static PdfDocument Of(Certificate certificate, string authority, RecordDecisionFacts decision, string types, string frist, string digest)
    {
        var (paper, counts) = (new Paper(), certificate.Counts);
        paper.Put("p", authority).Put("h1", "Gallringsbevis").Put("p", $"Nedanstående handlingar har gallrats enligt gallringsbeslut {decision.Reference}, fattat av {decision.Body} {Swedish.Date(decision.On)}. Läge: {certificate.Status}. Kontrollen efter verkställandet fann inget av innehållet i databasen, sökregistret eller bilagelagret.")
            .Tag("<dl>").Fact("Körning", certificate.Run.ToString("D")).Fact("Utfärdat", Swedish.DateAndClock(certificate.IssuedAt)).Fact("Handlingstyp", types)
            .Fact("Period", certificate.Oldest == certificate.Newest ? Swedish.Date(certificate.Oldest) : $"{Swedish.Date(certificate.Oldest)} – {Swedish.Date(certificate.Newest)}").Fact("Frist", frist)
            .Fact("Gallrade handlingar", $"{Swedish.Number(counts.Destroyed)} av {Swedish.Number(counts.Items)}").Fact("Konton", Swedish.Number(counts.Accounts)).Fact("Mottagna leveranser", Swedish.Number(counts.Deliveries))
            .Fact("Nycklar och förseglade texter", $"{Swedish.Number(counts.Keys)} och {Swedish.Number(counts.Ciphertexts)}").Fact("Objekt ur bilagelagret", Swedish.Number(counts.Objects))
            .Fact("Hoppades över", counts.Skipped == 0 ? "0" : $"{Swedish.Number(counts.Skipped)} ({string.Join(", ", counts.SkippedBecause.Select(s => $"{RunModel.Reason(s.Key)}: {Swedish.Number(s.Value)}"))})");
        foreach (var step in certificate.Steps)
            paper.Fact($"{Swedish.Sentence(step.Step)} radering", $"{step.Status}{(step.At is { } at ? " " + Swedish.Date(at) : "")}{(step.AtLatest is { } latest ? $" (senast {Swedish.Date(latest)})" : "")}");
        paper.Fact("Oläslig överallt från", Swedish.Date(certificate.UnreadableEverywhereFrom)).Fact("Lista, SHA-256", Swedish.Grouped(digest)).Tag("</dl><h2>Så gick det till</h2><ul>");
        foreach (var line in certificate.Method) paper.Put("li", line);
        paper.Tag("</ul><h2>Finns kvar i</h2><ul>");
        foreach (var line in certificate.RemainsIn) paper.Put("li", $"{Swedish.Sentence(line)}.");
        paper.Tag("</ul><div class=\"sign\">");
        foreach (var (did, by) in new[] { ("föreslog", certificate.Proposed), ("godkände", certificate.Approved), ("verkställde", certificate.Executed) })
            paper.Tag("<div>").Put("div", by.Name).Put("div", Swedish.Role(by.Role)).Put("div", $"{did} {Swedish.DateAndClock(by.At)}").Tag("</div>");
        paper.Tag("</div>");
        return new(paper.Page("Gallringsbevis", $"Gallringsbevis {certificate.Run:D}"), $"Gallringsbevis {Swedish.Date(certificate.IssuedAt)}", certificate.IssuedAt, Author: authority);
    }
}

/// <param name="Body">Who decided.</param>
public sealed record RecordDecisionFacts(string Reference, string Body, DateOnly On);
