using System.Globalization;
using ArchiveService.Capture;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.Extensions.Primitives;

namespace ArchiveService.Features.Search;

public enum SearchOrder
{
    Newest,
    Oldest,
    Sender,

    /// <summary>The best first, among the newest <see cref="RecordSearch.Ranked"/> hits.</summary>
    Relevance,
}

/// <summary>What is searched for: every filter of domain §6, read strictly. A value that cannot be used is refused by name, never ignored.</summary>
public sealed record RecordSearch
{
    public const int MostRows = 200;

    /// <summary>So many of the newest hits are put in order of relevance.</summary>
    public const int Ranked = 10_000;

    public string? Q { get; init; }

    public string? Authority { get; init; }

    public IReadOnlyList<Guid> Channels { get; init; } = [];

    public IReadOnlyList<string> Platforms { get; init; } = [];

    public IReadOnlyList<string> Kinds { get; init; } = [];

    public string? Direction { get; init; }

    public string? Sender { get; init; }

    public DateTimeOffset? From { get; init; }

    /// <summary>The first instant that is not wanted any more.</summary>
    public DateTimeOffset? Until { get; init; }

    /// <summary>visible, hidden, unpublished, deleted or disposed.</summary>
    public IReadOnlyList<string> States { get; init; } = [];

    public IReadOnlyList<string> Registrations { get; init; } = [];

    public IReadOnlyList<string> Grounds { get; init; } = [];

    public string? Dnr { get; init; }

    public bool? HasAttachment { get; init; }

    /// <summary>open, unassessed or secret.</summary>
    public string? Wall { get; init; }

    public Guid? Author { get; init; }

    public Guid? Case { get; init; }

    /// <summary>A class of the plan, with those under it.</summary>
    public string? Class { get; init; }

    public IReadOnlyList<string> RecordTypes { get; init; } = [];

    /// <summary>held, due, dated or none.</summary>
    public string? Retention { get; init; }

    /// <summary>Something was done to it under this version of its authority's policy.</summary>
    public int? PolicyVersion { get; init; }

    public bool? Edited { get; init; }

    /// <summary>Its author changed it then or later.</summary>
    public DateTimeOffset? EditedSince { get; init; }

    /// <summary>It was hidden, unpublished or deleted in the channel then or later, whoever did it.</summary>
    public DateTimeOffset? RemovedSince { get; init; }

    /// <summary>It came into the archive then or later: for what is new since somebody looked. No part of the address.</summary>
    public DateTimeOffset? CapturedSince { get; init; }

    /// <summary>public, direct or what else the platform allows.</summary>
    public IReadOnlyList<string> Audiences { get; init; } = [];

    /// <summary>The whole text, without marks: for taking a result away.</summary>
    public bool Whole { get; init; }

    /// <summary>Whether it looks for somebody or something by name, so that it is noted who did.</summary>
    public string? Kind => Author is not null ? SearchLog.Account : Sender is not null || (Q is { } q && q.Contains('@', StringComparison.Ordinal)) ? SearchLog.Person : Q is not null ? SearchLog.Text : null;

    /// <summary>What was typed, as the log keeps it sealed.</summary>
    public string Terms => string.Join(" · ", new[] { Q, Sender is null ? null : "avsändare: " + Sender, Author is { } account ? "konto: " + account : null, Dnr is null ? null : "diarienummer: " + Dnr }.OfType<string>());

    public SearchOrder Order { get; init; }

    public SearchCursor? After { get; init; }

    public int Limit { get; init; } = 50;

    private static readonly TimeZoneInfo Stockholm = TimeZoneInfo.FindSystemTimeZoneById("Europe/Stockholm");

    private static readonly HashSet<string> Known = new(StringComparer.Ordinal)
    {
        "q", "authority", "channel", "platform", "kind", "direction", "sender", "from", "to", "state", "registration", "ground", "dnr", "hasAttachment", "secrecy",
        "account", "case", "class", "recordType", "retention", "policyVersion", "edited", "editedSince", "removedSince", "audience", "after", "cursor", "limit", "sort",
    };

    public static (RecordSearch? Search, Refusal? Refused) Parse(IEnumerable<KeyValuePair<string, StringValues>> query)
    {
        var search = new RecordSearch();
        foreach (var (name, values) in query)
        {
            if (!Known.Contains(name)) return (null, BadParameter.Of(name, $"Parametern {name} finns inte. Möjliga: {string.Join(", ", Known)}."));
            string[] given = [.. values.SelectMany(v => (v ?? "").Split(',')).Select(v => v.Trim()).Where(v => v.Length > 0)];
            var whole = RecordViewText.Clean(values.Count == 0 ? null : string.Join(' ', values.ToArray()))?.Trim();
            if (given.Length == 0 || string.IsNullOrEmpty(whole)) continue;
            if (given.Length > 100) return (null, BadParameter.Of(name, $"{name} får ha högst 100 värden."));
            if (whole.Length > 1000 && name is not "channel") return (null, BadParameter.Of(name, $"{name} får vara högst 1000 tecken."));
            var (next, why) = search.With(name, given, whole);
            if (why is not null) return (null, BadParameter.Of(name, why));
            search = next;
        }

        // Without words everything is equally relevant.
        if (search is { Order: SearchOrder.Relevance, Q: null }) search = search with { Order = SearchOrder.Newest };
        return search.After is { } cursor && cursor.Order != search.Order
            ? (null, BadParameter.Of("cursor", "Markören hör till en annan ordning. Börja om från första sidan."))
            : (search, null);
    }

    private (RecordSearch Next, string? Why) With(string name, string[] given, string whole)
    {
        switch (name)
        {
            case "q":
                return (this with { Q = whole }, null);
            case "authority":
                return (this with { Authority = whole }, null);
            case "channel":
                var channels = given.Select(v => Guid.TryParse(v, out var id) ? id : (Guid?)null).ToList();
                return (this with { Channels = [.. channels.OfType<Guid>()] }, channels.Contains(null) ? "channel ska vara en kanals id." : null);
            case "account":
                return Guid.TryParse(whole, out var account) ? (this with { Author = account }, null) : (this, "account ska vara ett kontos id.");
            case "platform":
                return (this with { Platforms = given }, given.All(v => Features.Channels.Platforms.All.Contains(v)) ? null : $"platform ska vara en av {string.Join(", ", Features.Channels.Platforms.All)}.");
            case "kind":
                return (this with { Kinds = given }, Words<ItemKind>(name, given));
            case "direction":
                return (this with { Direction = whole }, Words<Direction>(name, given[..1]) ?? (given.Length > 1 ? "direction tar ett värde." : null));
            case "sender":
                return (this with { Sender = whole }, null);
            case "from":
                return Day(whole) is { } from ? (this with { From = from.Start }, null) : (this, "from ska vara en dag (2026-11-20) eller en tidpunkt (2026-11-20T08:00:00Z).");
            case "to":
                return Day(whole) is { } to ? (this with { Until = to.End }, null) : (this, "to ska vara en dag (2026-11-20, dagen ingår) eller en tidpunkt (2026-11-20T08:00:00Z).");
            case "state":
                return (this with { States = given }, Words<Visibility>(name, [.. given.Where(v => v != "disposed")]) is null ? null : "state ska vara visible, hidden, unpublished, deleted eller disposed.");
            case "registration":
                return (this with { Registrations = given }, Words<Registration>(name, given));
            case "ground":
                return (this with { Grounds = given }, null);
            case "dnr":
                return (this with { Dnr = whole }, DiaryNumberKey.MayBe(whole) ? null : "dnr ska vara ett diarienummer, som KS 2026/17.");
            case "case":
                return Guid.TryParse(whole, out var inCase) ? (this with { Case = inCase }, null) : (this, "case ska vara ett ärendes id.");
            case "class":
                return (this with { Class = whole }, null);
            case "recordType":
                return (this with { RecordTypes = given }, null);
            case "audience":
                return (this with { Audiences = given }, Words<Audience>(name, given));
            case "retention":
                return (this with { Retention = whole }, whole is "held" or "due" or "dated" or "none" ? null : "retention ska vara held, due, dated eller none.");
            case "policyVersion":
                return int.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out var version) ? (this with { PolicyVersion = version }, null) : (this, "policyVersion ska vara ett versionsnummer.");
            case "edited":
                return whole switch { "true" => (this with { Edited = true }, null), "false" => (this with { Edited = false }, null), _ => (this, "edited ska vara true eller false.") };
            case "editedSince":
                return Day(whole) is { } edited ? (this with { EditedSince = edited.Start }, null) : (this, "editedSince ska vara en dag (2026-11-20) eller en tidpunkt (2026-11-20T08:00:00Z).");
            case "removedSince":
                return Day(whole) is { } removed ? (this with { RemovedSince = removed.Start }, null) : (this, "removedSince ska vara en dag (2026-11-20) eller en tidpunkt (2026-11-20T08:00:00Z).");
            case "hasAttachment":
                return whole switch { "true" => (this with { HasAttachment = true }, null), "false" => (this with { HasAttachment = false }, null), _ => (this, "hasAttachment ska vara true eller false.") };
            case "secrecy":
                return whole switch
                {
                    "true" or "secret" => (this with { Wall = "secret" }, null),
                    "false" or "open" => (this with { Wall = "open" }, null),
                    "unassessed" => (this with { Wall = "unassessed" }, null),
                    _ => (this, "secrecy ska vara true, false eller unassessed."),
                };
            case "limit":
                return int.TryParse(whole, NumberStyles.None, CultureInfo.InvariantCulture, out var limit) && limit is >= 1 and <= MostRows ? (this with { Limit = limit }, null) : (this, $"limit ska vara 1–{MostRows}.");
            case "sort":
                return whole switch
                {
                    "newest" => (this with { Order = SearchOrder.Newest }, null),
                    "oldest" => (this with { Order = SearchOrder.Oldest }, null),
                    "sender" => (this with { Order = SearchOrder.Sender }, null),
                    "relevance" => (this with { Order = SearchOrder.Relevance }, null),
                    _ => (this, "sort ska vara newest, oldest, sender eller relevance."),
                };
            case "cursor":
                return SearchCursor.Read(whole) is { } cursor ? (this with { After = cursor }, null) : (this, "Markören går inte att läsa. Börja om från första sidan.");
            default:
                return (this, null);
        }
    }

    private static string? Words<T>(string name, string[] given) where T : struct, Enum =>
        given.All(v => StoredWord.Find<T>(v) is not null) ? null : $"{name} ska vara en av {string.Join(", ", Enum.GetValues<T>().Select(RecordStates.Stored))}.";

    /// <summary>A Swedish local day, or an instant.</summary>
    internal static (DateTimeOffset Start, DateTimeOffset End)? Day(string written)
    {
        if (DateOnly.TryParseExact(written, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day))
            return (Midnight(day), day == DateOnly.MaxValue ? DateTimeOffset.MaxValue : Midnight(day.AddDays(1)));
        return written.Contains('T', StringComparison.Ordinal)
            && DateTimeOffset.TryParse(written, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal | DateTimeStyles.AdjustToUniversal, out var at)
            ? (at, at)
            : null;
    }

    private static DateTimeOffset Midnight(DateOnly day)
    {
        // Before 1900 and after 2100 nothing was posted; and the zone's offset would leave the calendar.
        if (day.Year < 2) return DateTimeOffset.MinValue;
        var local = day.ToDateTime(TimeOnly.MinValue);
        return new DateTimeOffset(local, Stockholm.GetUtcOffset(local)).ToUniversalTime();
    }
}
