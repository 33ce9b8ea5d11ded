using System.Globalization;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Public;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Printing;
using Microsoft.Extensions.Primitives;

namespace ArchiveService.Features.Diary;

/// <summary>
/// The postlista: what came in and what was drawn up on a day or in a period, the last week unless something else is asked for (c 4). A search for a word
/// or a number looks through the whole diary.
/// </summary>
public static class Postlist
{
    public const int MostInFile = 10_000;

    public const int MostOnPaper = 2_000;

    private const string Omitted = "uppgift utelämnad";

    public static IReadOnlyList<(string Word, string Said)> Periods { get; } = [("week", "Senaste veckan"), ("today", "I dag"), ("yesterday", "I går"), ("all", "Hela diariet")];

    public static (DiarySearch? Search, Refusal? Refused) Parse(IEnumerable<KeyValuePair<string, StringValues>> query, DateOnly today)
    {
        var rest = new List<KeyValuePair<string, StringValues>>();
        string? period = null, direction = null;
        DateOnly? day = null;
        foreach (var (name, values) in query)
        {
            var value = values.ToString().Trim();
            switch (name)
            {
                case "period":
                    period = value.Length == 0 ? null : value;
                    break;
                case "direction":
                    direction = value.Length == 0 ? null : value;
                    break;
                case "date":
                    if (value.Length == 0) break;
                    if (!DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var read)) return (null, BadParameter.Of("date", "date ska vara en dag, som 2026-11-20."));
                    day = read;
                    break;
                default:
                    rest.Add(new(name, values));
                    break;
            }
        }

        if (period is not null && Periods.All(p => p.Word != period)) return (null, BadParameter.Of("period", $"period ska vara en av {string.Join(", ", Periods.Select(p => p.Word))}."));
        if (direction is not null && RecordViewWords.Directions.All(d => d.Word != direction)) return (null, BadParameter.Of("direction", $"direction ska vara en av {string.Join(", ", RecordViewWords.Directions.Select(d => d.Word))}."));
        var (search, refused) = DiarySearch.Parse(rest);
        if (refused is not null) return (null, refused);
        var (from, to) = (search!.From, search.To) is (null, null) ? Days(period, day, search.Q is not null, today) : (search.From, search.To);
        if (from > to) return (null, BadParameter.Of("to", "Perioden kan inte sluta innan den börjar."));
        return from == DateOnly.MinValue || to == DateOnly.MaxValue
            ? (null, BadParameter.Of("from", "Dagen går inte att söka på."))
            : (search with { From = from, To = to, Direction = direction, OrRegistered = true }, null);
    }

    private static (DateOnly? From, DateOnly? To) Days(string? period, DateOnly? day, bool searching, DateOnly today) => (day, period) switch
    {
        ({ } one, _) => (one, one),
        (_, "today") => (today, today),
        (_, "yesterday") => (today.AddDays(-1), today.AddDays(-1)),
        (_, "all") => (null, null),
        (_, null) when searching => (null, null),
        _ => (today.AddDays(-6), today),
    };

    /// <summary>The period in words.</summary>
    public static string Said(DateOnly? from, DateOnly? to) => (from, to) switch
    {
        (null, null) => "hela diariet",
        ({ } first, null) => $"från {Swedish.LongDate(first)}",
        (null, { } last) => $"till och med {Swedish.LongDate(last)}",
        ({ } first, { } last) when first == last => Swedish.LongDate(first),
        ({ } first, { } last) => $"{Swedish.LongDate(first)} till {Swedish.LongDate(last)}",
    };

    public static string FileName(DiarySearch search, string ending) =>
        $"postlista{(search.Authority is { } code ? $"-{new string([.. code.Where(char.IsAsciiLetterOrDigit)])}" : "")}{(search.From is { } from ? $"-{Swedish.Date(from)}" : "")}{(search.To is { } to ? $"-{Swedish.Date(to)}" : "")}.{ending}";

    private static readonly string[] Header = ["Diarienummer", "Datum", "Registrerad", "Riktning", "Från eller till", "Saken", "Myndighet", "Anmärkning"];

    /// <summary>Everybody's list tells of the released files too, and where each is read.</summary>
    private static readonly string[] PublicHeader = [.. Header, "Bilagor"];

    public static byte[] Csv(PublicDiaryPage page) => CsvText.File(PublicHeader, PublicRows(page));

    private static IEnumerable<string[]> PublicRows(PublicDiaryPage page) => page.Items.Select(Cells)
        .Concat(page.Voided.Select(v => (string[])[.. Cells(v), ""]))
        .Concat(page.Next is null ? [] : [[.. Cut, ""]]);

    public static byte[] Csv(DiaryPage page) => CsvText.File(Header,
        page.Items.Select(Cells)
            .Concat(page.Voided.Select(Cells))
            .Concat(page.Next is null ? [] : [Cut]));

    public static PlainPaper Paper(PublicDiaryPage page, string? authority) => Paper(page.From, page.To, authority, PublicHeader, PublicRows(page));

    public static PlainPaper Paper(DiaryPage page, DiarySearch search, string? authority) => Paper(search.From, search.To, authority, Header, page.Items.Select(Cells).Concat(page.Voided.Select(Cells)).Concat(page.Next is null ? [] : [Cut]));

    private static PlainPaper Paper(DateOnly? from, DateOnly? to, string? authority, string[] header, IEnumerable<string[]> rows) =>
        new PlainPaper($"Postlista{(authority is null ? "" : $", {authority}")}", $"{Swedish.Sentence(Said(from, to))}. Datum och diarienummer är alltid öppna; avsändare och sak kan vara utelämnade (OSL 5 kap. 2 §).")
            .Table("Handlingar", header, rows);

    public static string[] Cells(PublicDiaryLine line) =>
    [
        RecordViewWords.DocumentNumber(line.DiaryNumber, line.DocumentNumber), Swedish.Date(line.Date), Swedish.Date(line.RegisteredOn), RecordViewWords.Direction(line.Direction).Word,
        line.Sender ?? Omitted, line.Subject ?? Omitted, line.Authority, Remark(line.Kind, line.CaseTitle, line.Fate), string.Join("; ", line.Attachments.Select(f => $"{f.Said}{(f.Text is { } text ? $", {text}" : "")} ({f.Address})")),
    ];

    public static string[] Cells(DiaryLine line) =>
    [
        RecordViewWords.DocumentNumber(line.DiaryNumber, line.DocumentNumber), Swedish.Date(line.Date), Swedish.Date(line.RegisteredAt), RecordViewWords.Direction(line.Direction).Word,
        line.Withheld ? Omitted : line.Destroyed ? "gallrad" : line.Sender ?? "–", line.Withheld ? Omitted : line.Destroyed ? "gallrad" : line.Subject ?? "–", line.Authority, Remark(line.Kind, null, line.Fate),
    ];

    private static string Remark(string kind, string? caseTitle, EntryFate fate) =>
        string.Join(". ", new[] { DiaryKinds.Said(kind), caseTitle is null ? null : $"Ärendet: {caseTitle}" }.OfType<string>().Concat(fate.Said()));

    private static string[] Cells(VoidedNumber number) => [number.DiaryNumber, "", Swedish.Date(number.VoidedAt), "", "", "", number.Authority, number.Said];

    private static string[] Cut { get; } = ["Listan är avkortad. Välj en kortare period.", "", "", "", "", "", "", ""];
}
