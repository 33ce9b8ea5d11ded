using System.Globalization;
using CsvHelper;
using CsvHelper.Configuration;

namespace ArchiveService.Features.Classification;

/// <summary>A fault in a plan file, at its line.</summary>
public sealed record PlanFault(int Line, string What);

/// <summary>What a plan file says, or all that is wrong with it.</summary>
public sealed record PlanFile(IReadOnlyList<RecordClass> Classes, IReadOnlyList<PlanFault> Faults)
{
    public const int MostClasses = 10_000;

    private const int LongestCode = 20;
    private const int LongestTitle = 300;

    private static readonly Dictionary<string, string> Columns = new(StringComparer.OrdinalIgnoreCase)
    {
        ["kod"] = "code",
        ["code"] = "code",
        ["klass"] = "code",
        ["klassificeringskod"] = "code",
        ["beteckning"] = "code",
        ["titel"] = "title",
        ["title"] = "title",
        ["rubrik"] = "title",
        ["namn"] = "title",
        ["benämning"] = "title",
        ["giltig från"] = "from",
        ["giltig_från"] = "from",
        ["giltig fr.o.m."] = "from",
        ["från"] = "from",
        ["valid_from"] = "from",
        ["validfrom"] = "from",
        ["giltig till"] = "until",
        ["giltig_till"] = "until",
        ["giltig t.o.m."] = "until",
        ["till"] = "until",
        ["valid_until"] = "until",
        ["validuntil"] = "until",
        ["ersätter"] = "replaces",
        ["tidigare kod"] = "replaces",
        ["tidigare_kod"] = "replaces",
        ["replaces"] = "replaces",
        ["gammal kod"] = "replaces",
    };

    /// <summary>Columns by name in Swedish or English, in any order; comma, semicolon or tab; with or without a byte order mark.</summary>
    public static PlanFile Read(string text)
    {
        var faults = new List<PlanFault>();
        var classes = new List<RecordClass>();
        using var csv = new CsvReader(new StringReader(text.TrimStart('\uFEFF')), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            DetectDelimiter = true,
            DetectDelimiterValues = [";", ",", "\t"],
            TrimOptions = TrimOptions.Trim,
            BadDataFound = bad => faults.Add(new(bad.Context.Parser!.RawRow, "Ett citattecken står fel.")),
            MissingFieldFound = null,
        });
        if (!csv.Read() || !csv.ReadHeader()) return new([], [new(1, "Filen är tom. Första raden ska namnge kolumnerna: kod;titel;giltig från;giltig till;ersätter.")]);
        var at = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < csv.HeaderRecord!.Length; i++)
        {
            if (Columns.TryGetValue(csv.HeaderRecord[i].Trim(), out var column) && !at.TryAdd(column, i)) faults.Add(new(1, $"Kolumnen {csv.HeaderRecord[i]} står två gånger."));
        }

        if (!at.ContainsKey("code") || !at.ContainsKey("title"))
            return new([], [.. faults, new(1, $"Kolumnerna kod och titel måste finnas. Filen har: {string.Join(", ", csv.HeaderRecord)}.")]);

        string Cell(string column) => at.TryGetValue(column, out var index) ? csv.GetField(index)?.Trim() ?? "" : "";
        DateOnly? Day(string column, int line)
        {
            var cell = Cell(column);
            if (cell.Length == 0) return null;
            if (DateOnly.TryParseExact(cell, ["yyyy-MM-dd", "yyyyMMdd"], CultureInfo.InvariantCulture, DateTimeStyles.None, out var day)) return day;
            faults.Add(new(line, $"{cell} är ingen dag. Skriv 2026-01-31."));
            return null;
        }

        while (csv.Read())
        {
            var line = csv.Parser.RawRow;
            var (code, title) = (Cell("code"), Cell("title"));
            if (code.Length == 0 && title.Length == 0) continue;
            if (code.Length is 0 or > LongestCode || code.Any(char.IsControl)) faults.Add(new(line, $"Koden ska ha 1–{LongestCode} tecken."));
            if (title.Length is 0 or > LongestTitle) faults.Add(new(line, $"Titeln ska ha 1–{LongestTitle} tecken."));
            var (from, until) = (Day("from", line), Day("until", line));
            if (from > until) faults.Add(new(line, $"Klassen {code} upphör före den börjar gälla."));
            if (classes.Any(c => c.Code == code)) faults.Add(new(line, $"Koden {code} står redan på en tidigare rad."));
            classes.Add(new(code, title, from, until, [.. Cell("replaces").Split(['|', ',', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries).Distinct()]));
            if (classes.Count > MostClasses) return new([], [new(line, $"En plan får ha högst {MostClasses} klasser.")]);
        }

        if (classes.Count == 0 && faults.Count == 0) faults.Add(new(1, "Filen har inga klasser."));
        foreach (var twice in classes.SelectMany(c => c.Replaces.Select(old => (Old: old, c.Code))).GroupBy(r => r.Old).Where(g => g.Count() > 1))
            faults.Add(new(0, $"Den tidigare koden {twice.Key} ersätts av flera: {string.Join(", ", twice.Select(t => t.Code))}."));
        return new(classes, faults);
    }
}
