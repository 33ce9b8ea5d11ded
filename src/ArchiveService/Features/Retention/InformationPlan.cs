using System.Globalization;
using ArchiveService.Features.Classification;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using CsvHelper;
using CsvHelper.Configuration;
using Npgsql;

namespace ArchiveService.Features.Retention;

/// <summary>A version of an authority's informationshanteringsplan: what the authority has said becomes of each kind of document (T-18, V-11).</summary>
public sealed record InformationPlan(Guid Stream, int Version, IReadOnlyList<PlanRow> Rows, string? DecisionReference, DateTimeOffset AdoptedAt)
{
    public const int MostRows = 2000;

    /// <summary>Pure: what is wrong with the rows; a line is the row's place from 1.</summary>
    public static IReadOnlyList<PlanFault> Faults(IReadOnlyList<PlanRow> rows)
    {
        if (rows.Count == 0) return [new(0, "Planen har inga rader.")];
        if (rows.Count > MostRows) return [new(0, $"En plan får ha högst {MostRows} rader.")];
        var faults = new List<PlanFault>();
        for (var i = 0; i < rows.Count; i++)
        {
            foreach (var what in Wrong(rows[i])) faults.Add(new(i + 1, what));
        }

        foreach (var twice in rows.Select((r, i) => (r, Line: i + 1)).GroupBy(x => (x.r.RecordType, x.r.ClassCode, x.r.Title)).Where(g => g.Count() > 1))
            faults.Add(new(twice.Last().Line, $"{twice.Key.Title} står redan på rad {twice.First().Line}."));
        return faults;
    }

    private static IEnumerable<string> Wrong(PlanRow row)
    {
        if (!Words.RecordTypes.ContainsKey(row.RecordType)) yield return $"Handlingstypen {row.RecordType} finns inte. Möjliga: {string.Join(", ", Words.RecordTypes.Keys)}.";
        if (row.Title.Length is 0 or > 300) yield return "Benämningen ska ha 1–300 tecken.";
        if (row.ClassCode is { Length: > 20 }) yield return "Klassen har högst 20 tecken.";
        if (row.Handling.Length > 500) yield return "Hanteringen har högst 500 tecken.";
        if (row.LegalBasis is { Length: > 300 }) yield return "Lagstödet har högst 300 tecken.";
        if (row.Action == RuleAction.Preserve && row.Frist is not null) yield return "Det som bevaras har ingen frist.";
        if (row.Action != RuleAction.Preserve && row.Frist is null) yield return "Fristen saknas (T-17).";
        if (row.Action != RuleAction.Preserve && row.CountedFrom is null) yield return "Det saknas vad fristen räknas från.";
        if (row.CountedFrom == CountedFrom.EventDate && AdoptRule.Named(row.DateName) is null) yield return "Dagen som fristen räknas från ska ha ett namn.";
        if (row.Action == RuleAction.Compulsory && row.LegalBasis is null) yield return "Gallring som en särskild lag kräver ska ha lagrummet.";
    }

    /// <summary>Pure: how the rows differ from those of the version before.</summary>
    public static IReadOnlyList<PlanChange> Compare(InformationPlan? before, IReadOnlyList<PlanRow> rows)
    {
        static (string, string?, string) Key(PlanRow row) => (row.RecordType, row.ClassCode, row.Title);
        var old = (before?.Rows ?? []).ToDictionary(Key);
        var now = rows.ToDictionary(Key);
        return
        [
            .. rows.Where(r => !old.ContainsKey(Key(r))).Select(r => new PlanChange("added", r.Title, null, Says(r))),
            .. rows.Where(r => old.TryGetValue(Key(r), out var was) && was != r).Select(r => new PlanChange("changed", r.Title, Says(old[Key(r)]), Says(r))),
            .. (before?.Rows ?? []).Where(r => !now.ContainsKey(Key(r))).Select(r => new PlanChange("removed", r.Title, Says(r), null)),
        ];
    }

    /// <summary>"Gallras 2 år från det att ärendet avslutades."</summary>
    public static string Says(PlanRow row) => row.Frist is null || row.CountedFrom is not { } from
        ? Words.ActionsInSwedish[row.Action.Stored()]
        : $"{Words.ActionsInSwedish[row.Action.Stored()]} {row.Frist.InSwedish()} {Words.CountedInSwedish(from, row.DateName)}";

    /// <summary>Pure: where the rules in force do not do what the plan says. A plan destroys nothing by itself; without a rule the documents are kept.</summary>
    public IReadOnlyList<PlanGap> Against(IReadOnlyList<RetentionRule> rules, DateOnly today)
    {
        var inForce = rules.Where(r => r.EndedAt is null && (r.ValidFrom is not { } from || from <= today) && (r.ValidUntil is not { } until || today <= until)).ToList();
        var gaps = new List<PlanGap>();
        foreach (var row in Rows)
        {
            var covering = inForce.Where(r => r.RecordTypes.Contains(row.RecordType) && Covers(r, row)).ToList();
            if (covering.Count == 0)
            {
                if (row.Action != RuleAction.Preserve) gaps.Add(new("rule-missing", row.RecordType, row.Title, Says(row), null, "Ingen regel tillämpar raden: handlingarna bevaras tills en gör det."));
                continue;
            }

            foreach (var rule in covering.Where(r => r.Action != row.Action || (row.Action != RuleAction.Preserve && (r.Frist != row.Frist || r.CountedFrom != row.CountedFrom || r.DateName != row.DateName))))
            {
                gaps.Add(new("differs", row.RecordType, row.Title, Says(row), $"{rule.Name}: {rule.InSwedish}", row.Action == RuleAction.Preserve && rule.Destroys
                    ? "Planen säger att handlingarna bevaras, men en regel gallrar dem."
                    : "Regeln och planen säger olika."));
            }
        }

        gaps.AddRange(inForce.Where(r => r.Destroys).SelectMany(r => r.RecordTypes.Where(t => !Rows.Any(row => row.RecordType == t && Covers(r, row)))
            .Select(t => new PlanGap("not-in-plan", t, Words.RecordTypes.Said(t), null, $"{r.Name}: {r.InSwedish}", "Regeln gallrar något som planen inte nämner."))));
        return gaps;
    }

    private static bool Covers(RetentionRule rule, PlanRow row) =>
        rule.Scope.ClassCodes is not { } classes || row.ClassCode is null || classes.Any(c => row.ClassCode == c || row.ClassCode.StartsWith(c + ".", StringComparison.Ordinal));
}

/// <param name="Change"><c>added</c>, <c>changed</c> or <c>removed</c>.</param>
public sealed record PlanChange(string Change, string Title, string? Before, string? After);

/// <param name="Gap"><c>rule-missing</c>, <c>differs</c> or <c>not-in-plan</c>.</param>
public sealed record PlanGap(string Gap, string RecordType, string Title, string? Plan, string? Rule, string Explanation);

/// <summary>The plan as a file: a line a row.</summary>
public static class InformationPlanFile
{
    private static readonly Dictionary<string, string> Columns = new(StringComparer.OrdinalIgnoreCase)
    {
        ["handlingstyp"] = "type",
        ["recordtype"] = "type",
        ["benämning"] = "title",
        ["handling"] = "title",
        ["title"] = "title",
        ["klass"] = "class",
        ["kod"] = "class",
        ["classcode"] = "class",
        ["hantering"] = "handling",
        ["åtgärd"] = "action",
        ["bevaras/gallras"] = "action",
        ["action"] = "action",
        ["räknas från"] = "from",
        ["countedfrom"] = "from",
        ["dag"] = "name",
        ["datename"] = "name",
        ["frist"] = "frist",
        ["gallringsfrist"] = "frist",
        ["lagstöd"] = "basis",
        ["lagrum"] = "basis",
        ["legalbasis"] = "basis",
    };

    public const string Header = "handlingstyp;benämning;klass;hantering;åtgärd;räknas från;dag;frist;lagstöd";

    /// <summary>Columns by name in Swedish or English, in any order; comma, semicolon or tab. Words are the service's or the Swedish ones that pages show.</summary>
    public static (IReadOnlyList<PlanRow> Rows, IReadOnlyList<PlanFault> Faults) Read(string text)
    {
        var faults = new List<PlanFault>();
        var rows = new List<PlanRow>();
        using var csv = new CsvReader(new StringReader(text.TrimStart('\uFEFF')), new CsvConfiguration(CultureInfo.InvariantCulture)
        {
            DetectDelimiter = true,
            DetectDelimiterValues = [";", ",", "\t"],
            TrimOptions = TrimOptions.Trim,
            BadDataFound = bad => faults.Add(new(bad.Context.Parser!.RawRow, "Ett citattecken står fel.")),
            MissingFieldFound = null,
        });
        if (!csv.Read() || !csv.ReadHeader()) return ([], [new(1, $"Filen är tom. Första raden ska namnge kolumnerna: {Header}.")]);
        var at = new Dictionary<string, int>(StringComparer.Ordinal);
        for (var i = 0; i < csv.HeaderRecord!.Length; i++)
        {
            if (Columns.TryGetValue(csv.HeaderRecord[i].Trim(), out var column) && !at.TryAdd(column, i)) faults.Add(new(1, $"Kolumnen {csv.HeaderRecord[i]} står två gånger."));
        }

        if (!at.ContainsKey("type") || !at.ContainsKey("action")) return ([], [.. faults, new(1, $"Kolumnerna handlingstyp och åtgärd måste finnas. Filen har: {string.Join(", ", csv.HeaderRecord)}.")]);
        string Cell(string column) => at.TryGetValue(column, out var index) ? csv.GetField(index)?.Trim() ?? "" : "";
        string? Maybe(string column) => Cell(column) is { Length: > 0 } cell ? cell : null;
        while (csv.Read())
        {
            var line = csv.Parser.RawRow;
            if (Cell("type").Length == 0 && Cell("action").Length == 0) continue;
            var type = Word(Words.RecordTypes, Cell("type")) ?? Cell("type");
            if (Word(Words.ActionsInSwedish, Cell("action")) is not { } action)
            {
                faults.Add(new(line, $"Åtgärden {Cell("action")} finns inte. Möjliga: {string.Join(", ", Words.ActionsInSwedish.Values)}."));
                continue;
            }

            var from = Maybe("from") is { } said ? Word(Words.CountedFromInSwedish, said) : null;
            if (Maybe("from") is { } unread && from is null) faults.Add(new(line, $"Fristen kan inte räknas från {unread}. Möjliga: {string.Join(", ", Words.CountedFrom.Keys)}."));
            var frist = Maybe("frist") is { } period ? Period.Typed(period) : null;
            if (Maybe("frist") is { } wrong && frist is null) faults.Add(new(line, $"Fristen {wrong} går inte att läsa. Skriv 2 år, 6 månader eller P2Y."));
            rows.Add(new(
                type, Maybe("title") ?? Swedish.Sentence(Words.RecordTypes.Said(type)), Maybe("class"), Cell("handling"), Words.Actions[action],
                from is null ? null : Words.CountedFrom[from], AdoptRule.Named(Maybe("name")), frist, Maybe("basis")));
        }

        return (rows, faults);
    }

    public static string Write(IReadOnlyList<PlanRow> rows) => CsvText.Of(Header.Split(';'), rows.Select(r => (IEnumerable<string?>)
    [
        r.RecordType, r.Title, r.ClassCode, r.Handling, Words.ActionsInSwedish[r.Action.Stored()], r.CountedFrom?.Stored(), r.DateName, r.Frist?.ToIso(), r.LegalBasis,
    ]));

    private static string? Word(IReadOnlyDictionary<string, string> words, string said) =>
        words.ContainsKey(said) ? said : words.Where(w => string.Equals(w.Value, said, StringComparison.OrdinalIgnoreCase)).Select(w => w.Key).FirstOrDefault();
}

/// <summary>The plans as they stand in the inline tables.</summary>
public sealed class InformationPlans(Databases databases)
{
    public Task<InformationPlan?> Of(Guid authority, CancellationToken ct) => Of(authority, null, ct);

    public async Task<InformationPlan?> Of(Guid authority, int? version, CancellationToken ct)
    {
        if ((await Versions(authority, ct)).FirstOrDefault(v => version is null || v.Version == version) is not { } head) return null;
        await using var query = databases.Writer.CreateCommand("""
            select record_type, title, class_code, handling, action, counted_from, date_name, years, months, days, legal_basis
            from archive.information_plan_rows where authority_id = $1 and version = $2 order by place
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = head.Version });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<PlanRow>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetString(0), rows.GetString(1), Text(rows, 2), rows.GetString(3), Words.Actions[rows.GetString(4)], Text(rows, 5) is { } from ? Words.CountedFrom[from] : null, Text(rows, 6),
                rows.IsDBNull(7) ? null : new(rows.GetInt32(7), rows.GetInt32(8), rows.GetInt32(9)), Text(rows, 10)));
        }

        return head with { Rows = found };
    }

    /// <summary>Every version, the newest first, without its rows.</summary>
    public async Task<List<InformationPlan>> Versions(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select stream_id, version, decision_reference, adopted_at from archive.information_plans where authority_id = $1 order by version desc");
        query.Parameters.Add(new() { Value = authority });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<InformationPlan>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetGuid(0), rows.GetInt32(1), [], Text(rows, 2), rows.GetFieldValue<DateTimeOffset>(3)));
        return found;
    }

    private static string? Text(NpgsqlDataReader row, int at) => row.IsDBNull(at) ? null : row.GetString(at);
}
