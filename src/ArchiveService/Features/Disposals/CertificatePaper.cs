using ArchiveService.Features.PageParts;
using ArchiveService.Printing;

namespace ArchiveService.Features.Disposals;

/// <summary>The gallringsprotokoll with its bevis on paper, with lines to sign on. Pure.</summary>
public static class CertificatePaper
{
    public static PdfDocument Of(Certificate certificate)
    {
        var (paper, counts) = (new Paper(), certificate.Counts);
        paper.Put("p", $"{certificate.Authority.Name} ({certificate.Authority.Code}), arkivbildare").Put("h1", "Gallringsprotokoll med gallringsbevis")
            .Put("p", $"Nedanstående handlingar har gallrats enligt gallringsbeslut {certificate.Decision.Reference}, fattat av {certificate.Decision.DecidingBody} {Swedish.Date(certificate.Decision.DecidedOn)}. Läge: {certificate.Status}. Kontrollen efter verkställandet fann inget av innehållet i databasen, sökregistret eller bilagelagret.")
            .Tag("<dl>");
        foreach (var (name, value) in Facts(certificate)) paper.Fact(name, value);
        paper.Tag("</dl>");
        List(paper, "Så gick det till", certificate.Method);
        List(paper, "Prövat för varje handling när den gallrades", certificate.Checks.Checked);
        List(paper, "Avvikelser", certificate.Deviations.Count == 0 ? ["Inga."] : certificate.Deviations);
        List(paper, "Finns kvar i", certificate.RemainsIn);
        paper.Put("h2", "Underskrifter").Tag("<div class=\"sign\">");
        foreach (var (did, by) in new[] { ("föreslog", certificate.Proposed), ("godkände", certificate.Approved), ("verkställde", certificate.Executed) })
            paper.Tag("<div>").Put("div", by.Name).Put("div", Swedish.Role(by.Title ?? by.Role)).Put("div", $"{did} {Swedish.DateAndClock(by.At)}").Tag("</div>");
        paper.Tag("</div><div class=\"sign\">");
        Line(paper, "kontrollerade (namn, titel, tid)", certificate.Controlled);
        Line(paper, "arkivansvarig (namn, titel, tid)", certificate.ArchivistInCharge);
        paper.Tag("</div>");
        var number = certificate.Diary.Number ?? certificate.Run.ToString("D");
        return new(paper.Page("Gallringsprotokoll", $"Gallringsprotokoll {number}"), $"Gallringsprotokoll {Swedish.Date(certificate.IssuedAt)}", certificate.IssuedAt, Author: certificate.Authority.Name);
    }

    /// <summary>Every fact of a protocol (domain §2.12), as page and paper show it.</summary>
    public static IEnumerable<(string Name, string Value)> Facts(Certificate certificate)
    {
        var counts = certificate.Counts;
        yield return ("Diarienummer", certificate.Diary.Number is { } number ? certificate.Diary.System is { } system ? $"{number} ({system})" : number : $"inget här: {certificate.Diary.NotRegistered}");
        yield return ("Arkivbildare", $"{certificate.Authority.Name} ({certificate.Authority.Code})");
        yield return ("Gallringsbeslut", $"{certificate.Decision.Reference}, {certificate.Decision.DecidingBody}, {Swedish.Date(certificate.Decision.DecidedOn)}");
        yield return ("Laglig grund", certificate.Decision.LegalBasis);
        yield return ("Beslutets omfattning", certificate.Decision.Scope ?? "inget utöver handlingstyperna är antecknat i beslutet");
        yield return ("Samråd", certificate.Decision.Consultation ?? "inget samråd är antecknat i beslutet");
        yield return ("Handlingstyper", Swedish.Sentence(certificate.Scope.InWords));
        yield return ("Klass", certificate.Scope.Classes.Count == 0 ? "handlingarna hörde inte till något ärende" : string.Join(", ", certificate.Scope.Classes));
        yield return ("Period", certificate.Oldest == certificate.Newest ? Swedish.Date(certificate.Oldest) : $"{Swedish.Date(certificate.Oldest)} – {Swedish.Date(certificate.Newest)}");
        yield return ("Antal", $"{Swedish.Number(counts.Destroyed)} av {Swedish.Number(counts.Items)} i listan");
        yield return ("Volym", certificate.Volume.InWords);
        yield return ("Konton, leveranser", $"{Swedish.Number(counts.Accounts)} och {Swedish.Number(counts.Deliveries)}");
        yield return ("Nycklar, förseglade texter, objekt", $"{Swedish.Number(counts.Keys)}, {Swedish.Number(counts.Ciphertexts)} och {Swedish.Number(counts.Objects)}");
        yield return ("Förvaring", certificate.Storage);
        yield return ("Frist", $"{certificate.Frist.InWords} (regeln {certificate.Rule.Name}, version {certificate.Rule.Version})");
        yield return ("Fristen gick ut", certificate.Frist is { FirstDueOn: { } first, LastDueOn: { } last } ? first == last ? Swedish.Date(first) : $"{Swedish.Date(first)} – {Swedish.Date(last)}" : "–");
        yield return ("Hölls kvar", $"{Swedish.Number(certificate.Checks.HeldAtProposal)} när listan gjordes, {Swedish.Number(certificate.Checks.HeldAtExecution)} när den verkställdes");
        yield return ("Hoppades över", counts.Skipped == 0 ? "0" : $"{Swedish.Number(counts.Skipped)} ({string.Join(", ", counts.SkippedBecause.Select(s => $"{RunModel.Reason(s.Key)}: {Swedish.Number(s.Value)}"))})");
        yield return ("Kontroll, hänvisning", $"varje handling, {Swedish.Count(certificate.Verification.Places.Count(p => p.ByReference > 0), "plats", "platser")}: inget kvar");
        yield return ("Kontroll, innehåll", Swedish.Sentence(certificate.Verification.Sample.InWords));
        foreach (var step in certificate.Steps)
            yield return ($"{Swedish.Sentence(step.Step)} radering", $"{step.Status}{(step.At is { } at ? " " + Swedish.Date(at) : "")}{(step.AtLatest is { } latest ? $" (senast {Swedish.Date(latest)})" : "")}");
        yield return ("Oläslig överallt från", certificate.UnreadableEverywhere);
        yield return ("Körning", certificate.Run.ToString("D"));
        yield return ("Utfärdat", Swedish.DateAndClock(certificate.IssuedAt));
        yield return ("Lista, SHA-256", Swedish.Grouped(certificate.ManifestDigest));
    }

    internal static string Said(ProtocolSignature signed) =>
        $"{(signed.Form == "electronic" ? "undertecknat elektroniskt" : "undertecknat på papper")} {(signed.Form == "electronic" ? Swedish.DateAndClock(signed.NotedAt) : Swedish.Date(signed.SignedOn))}{(signed.KeptAt is { } kept ? $", förvaras: {kept}" : "")}{(signed.ScanSha256 is { } scan ? $", inläst med SHA-256 {Swedish.Grouped(scan)}" : "")}";

    private static void List(Paper paper, string title, IReadOnlyList<string> lines)
    {
        paper.Put("h2", title).Tag("<ul>");
        foreach (var line in lines) paper.Put("li", line.EndsWith('.') ? line : $"{Swedish.Sentence(line)}.");
        paper.Tag("</ul>");
    }

    /// <summary>Who has signed; or a line for whoever will.</summary>
    private static void Line(Paper paper, string asWhat, IReadOnlyList<ProtocolSignature> signed)
    {
        paper.Tag("<div>");
        foreach (var by in signed) paper.Put("div", by.Name).Put("div", by.Title).Put("div", Said(by));
        paper.Put("div", asWhat).Tag("</div>");
    }
}
