using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Http;
using Microsoft.Extensions.Primitives;

namespace ArchiveService.Features.Diary;

public sealed record DiaryPage(IReadOnlyList<DiaryLine> Items, string? Next, Total Total, IReadOnlyList<VoidedNumber> Voided);

/// <summary>The four facts of a record's entry (OSL 5:2).</summary>
/// <param name="PublicSubject">What the public diary shows instead of the subject, where the registration gave it.</param>
public sealed record DiaryEntryFacts(string DiaryNumber, int DocumentNumber, DateOnly Date, string Direction, string? Sender, string? Subject, string? PublicSubject = null)
{
    /// <summary>What the public diary would say it concerns.</summary>
    public string? ShownSubject => PublicSubject ?? Subject;

    /// <summary>Which no public diary shows.</summary>
    public bool HoldsPersonalNumber => SecrecyHints.Any(Sender) || SecrecyHints.Any(ShownSubject);
}

/// <summary>A case as the diary shows it.</summary>
/// <param name="CaseId">Absent for a number that was skipped: no case has it.</param>
public sealed record DiaryCase(Guid? CaseId, string DiaryNumber, string Authority, string? Title, bool Withheld, string? ClassCode, DateTimeOffset? OpenedAt, IReadOnlyList<DiaryLine> Documents)
{
    /// <summary>Numbers it had before, or has in another system.</summary>
    public IReadOnlyList<string> AlternateIds { get; init; } = [];

    /// <summary>Set when the number has been voided (utgår).</summary>
    public VoidedNumber? Voided { get; init; }
}

/// <summary>What of the diary is asked for.</summary>
public sealed record DiarySearch(string? Authority, DateOnly? From, DateOnly? To, string? Q, DiaryCursor? After, int Limit)
{
    /// <summary>Only what came in, or only what was drawn up.</summary>
    public string? Direction { get; init; }

    /// <summary>The days are those something came in, was drawn up or was registered: what is registered late stands in some day's list too.</summary>
    public bool OrRegistered { get; init; }

    /// <summary>What the days and the direction ask of a row of the diary.</summary>
    internal IEnumerable<string> Narrowed(SqlText sql, string row)
    {
        if (Direction is { } direction) yield return $"{row}.direction = {sql.Value(direction)}";
        var dated = new List<string>();
        if (From is { } from) dated.Add($"{row}.diary_date >= {sql.Value(from)}");
        if (To is { } to) dated.Add($"{row}.diary_date <= {sql.Value(to)}");
        if (dated.Count == 0) yield break;
        if (!OrRegistered)
        {
            yield return string.Join(" and ", dated);
            yield break;
        }

        var registered = new List<string>();
        if (From is { } first) registered.Add($"{row}.registered_at >= {sql.Value(Swedish.StartOf(first).ToUniversalTime())}");
        if (To is { } last) registered.Add($"{row}.registered_at < {sql.Value(Swedish.StartOf(last.AddDays(1)).ToUniversalTime())}");
        yield return $"({string.Join(" and ", dated)} or {string.Join(" and ", registered)})";
    }

    public static (DiarySearch? Search, Refusal? Refused) Parse(IEnumerable<KeyValuePair<string, StringValues>> query)
    {
        var search = new DiarySearch(null, null, null, null, null, 50);
        foreach (var (name, values) in query)
        {
            var value = RecordViewText.Clean(values.ToString())?.Trim() ?? "";
            if (name is not ("authority" or "from" or "to" or "q" or "cursor" or "limit" or "after"))
                return (null, BadParameter.Of(name, $"Parametern {name} finns inte. Möjliga: authority, from, to, q, cursor, limit, after."));
            if (value.Length == 0 || name == "after") continue;
            if (value.Length > 1000) return (null, BadParameter.Of(name, $"{name} får vara högst 1000 tecken."));
            DiarySearch? next = name switch
            {
                "authority" => search with { Authority = value },
                "q" => search with { Q = value },
                "from" => Day(value) is { } from ? search with { From = from } : null,
                "to" => Day(value) is { } to ? search with { To = to } : null,
                "limit" => int.TryParse(value, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= RecordSearch.MostRows ? search with { Limit = limit } : null,
                _ => DiaryCursor.Read(value) is { } cursor ? search with { After = cursor } : null,
            };
            if (next is null)
            {
                return (null, BadParameter.Of(name, name switch
                {
                    "limit" => $"limit ska vara 1–{RecordSearch.MostRows}.",
                    "cursor" => "Markören går inte att läsa. Börja om från första sidan.",
                    _ => $"{name} ska vara en dag, som 2026-11-20.",
                }));
            }

            search = next;
        }

        return (search, null);
    }

    private static DateOnly? Day(string value) => DateOnly.TryParseExact(value, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) ? day : null;
}

public sealed record DiaryCursor(DateOnly Date, DateTimeOffset RegisteredAt, Guid Entry)
{
    public string Written => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{Date.DayNumber}|{RegisteredAt.UtcTicks}|{Entry:N}")));

    public static DiaryCursor? Read(string written)
    {
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(written)).Split('|');
            return parts.Length == 3 && int.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var day) && day <= DateOnly.MaxValue.DayNumber
                && long.TryParse(parts[1], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks && Guid.TryParseExact(parts[2], "N", out var entry)
                ? new(DateOnly.FromDayNumber(day), new(ticks, TimeSpan.Zero), entry)
                : null;
        }
        catch (FormatException)
        {
            return null;
        }
    }
}
