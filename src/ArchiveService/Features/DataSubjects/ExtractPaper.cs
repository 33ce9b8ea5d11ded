using ArchiveService.Features.PageParts;
using ArchiveService.Printing;

namespace ArchiveService.Features.DataSubjects;

/// <summary>The extract on paper.</summary>
public static class ExtractPaper
{
    public static PlainPaper Of(Extract extract)
    {
        var paper = new PlainPaper($"Registerutdrag {extract.Number}", $"{extract.AuthorityName}. Framställt {Swedish.DateAndClock(extract.MadeAt)}{(extract.Name is { } name ? $" för {name}" : "")}.")
            .Paragraph(Withheld(extract)).Heading("Om behandlingen")
            .Table("Information enligt artikel 15", ["Artikel", "Vad", "Uppgift"], extract.Information.Select(i => new[] { i.Point, i.Heading, i.Text }));
        paper.Heading("Konton");
        foreach (var account in extract.Accounts)
        {
            paper.Table($"{account.Platform} {account.Channel}", ["Från", "Namn", "Konto"], account.Names.Select(n => new[] { Swedish.DateAndClock(n.From), n.Name, n.Handle }));
            foreach (var block in account.Blocked) paper.Paragraph(Said(block));
        }

        paper.Heading("Det du har skrivit");
        foreach (var (i, record) in extract.Records.Index())
        {
            paper.Table($"{i + 1}. {Title(record)}", ["Uppgift", "Innehåll"], Facts(record).Select(f => new[] { f.Name, f.Value }));
        }

        if (extract.Mentions.Count > 0)
            paper.Heading("Där du nämns").Table("Där kontot nämns", ["När", "Var", "Text"], extract.Mentions.Select(m => new[] { Swedish.DateAndClock(m.At), $"{m.Kind}, {m.Platform} {m.Channel}", m.Text ?? "En annan persons text är utelämnad" }));
        if (extract.Cases.Count > 0)
            paper.Heading("Ärenden").Table("Ärenden", ["Nummer", "Ärende", "Öppnat", "Varför det är med"], extract.Cases.Select(c => new[] { c.DiaryNumber, c.Title ?? "Omfattas av sekretess", Swedish.Date(c.OpenedAt), c.Why }));
        if (extract.Earlier.Count > 0) paper.Heading("Tidigare utdrag").Table("Tidigare utdrag", ["När", "Vad"], extract.Earlier.Select(e => new[] { Swedish.DateAndClock(e.At), e.Said }));
        return paper;
    }

    public static string Title(ExtractRecord record) => $"{record.Kind}, {record.Platform} {record.Channel}, {Swedish.DateAndClock(record.ReceivedAt)}";

    public static string Said(ExtractBlock block) => block.Until is { } until ? $"Kontot var blockerat {Swedish.Date(block.From)}–{Swedish.Date(until)}." : $"Kontot är blockerat sedan {Swedish.Date(block.From)}.";

    public static string Withheld(Extract extract) => extract.Withheld == 0
        ? "Inget är utelämnat på grund av sekretess."
        : $"{Swedish.Count(extract.Withheld, "handling är utelämnad", "handlingar är utelämnade")} eftersom {(extract.Withheld == 1 ? "den" : "de")} omfattas av sekretess eller inte är prövad{(extract.Withheld == 1 ? "" : "e")} ännu. Du kan begära ett beslut om det, som går att överklaga.";

    public static IReadOnlyList<(string Name, string Value)> Facts(ExtractRecord record)
    {
        var facts = new List<(string, string)>();
        foreach (var (i, version) in record.Versions.Index())
        {
            facts.Add((record.Versions.Count == 1 ? "Text" : $"Version {i + 1}, {Swedish.DateAndClock(version.At)}", version.Text ?? "(utan text)"));
            if (string.Join(", ", new[] { version.Name, version.Handle }.OfType<string>()) is { Length: > 0 } sender && (i == 0 || version.Name != record.Versions[i - 1].Name || version.Handle != record.Versions[i - 1].Handle)) facts.Add(("Avsändare", sender));
        }

        if (record.Versions is [.., { Address: { } address }]) facts.Add(("Adress i kanalen", address));
        foreach (var file in record.Files) facts.Add(("Bilaga", $"{file.Name ?? "utan namn"} ({file.MediaType}, {Swedish.Bytes(file.Bytes)})"));
        if (record.Reactions > 0) facts.Add(("Reaktioner", $"{Swedish.Number(record.Reactions)}; vilka som reagerade sparas inte"));
        if (record.DiaryNumber is { } number) facts.Add(("Diarienummer", number));
        if (record.Subject is { } subject) facts.Add(("Sak i diariet", subject));
        foreach (var act in record.Acts) facts.Add((Swedish.DateAndClock(act.At), act.Said));
        foreach (var recipient in record.Recipients) facts.Add(("Mottagare", $"{recipient.Said} ({Swedish.Date(recipient.At)})"));
        foreach (var reply in record.Replies) facts.Add(("Myndighetens svar", $"{Swedish.DateAndClock(reply.At)}: {reply.Text}"));
        foreach (var supplement in record.Supplements) facts.Add(("Anteckning vid sidan av", supplement));
        facts.Add(("Källa", record.Source));
        facts.Add(("Bevarande", record.Retention));
        return facts;
    }
}
