using System.Buffers.Text;
using System.Globalization;
using System.Text;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;

namespace ArchiveService.Features.Replay;

/// <summary>What is replayed.</summary>
public enum ReplayOf
{
    Account,
    Channel,
    Record,
    Person,
}

/// <summary>Two times: as it was on the platform at <paramref name="At"/>, as far as the last checkpoint signed at or before <paramref name="KnownAt"/> vouches for.</summary>
public sealed record StateQuestion(DateTimeOffset At, DateTimeOffset KnownAt, ReplayCursor? After)
{
    public static (StateQuestion? Asked, Refusal? Refused) Parse(IQueryCollection query, DateTimeOffset now)
    {
        var (instant, refused) = ReplayInstant.Parse(query["at"], query["knownAt"], null, now);
        if (refused is not null) return (null, refused);
        var (after, unreadable) = ReplayCursor.Parse(query["cursor"]);
        return unreadable is null ? (new(instant!.At, instant.KnownAt, after), null) : (null, unreadable);
    }
}

/// <summary>What changed after <paramref name="From"/>, up to <paramref name="To"/>.</summary>
public sealed record CompareQuestion(DateTimeOffset From, DateTimeOffset To, DateTimeOffset KnownAt, ReplayCursor? After)
{
    /// <summary>Given: of one instant (<see cref="From"/> is <see cref="To"/>), what was learnt of it after this, up to <see cref="KnownAt"/>.</summary>
    public DateTimeOffset? KnownFrom { get; init; }

    public static (CompareQuestion? Asked, Refusal? Refused) Parse(IQueryCollection query, DateTimeOffset now)
    {
        if (query.ContainsKey("knownFrom") || query["visa"] == ReplayPage.Knowing) return Learnt(query, now);
        var (from, wrongFrom) = Times.Read("from", query["from"], now.AddDays(-30));
        var (to, wrongTo) = Times.Read("to", query["to"], now);
        var (known, wrongKnown) = Times.Read("knownAt", query["knownAt"], now);
        var (after, unreadable) = ReplayCursor.Parse(query["cursor"]);
        if ((wrongFrom ?? wrongTo ?? wrongKnown ?? unreadable) is { } refused) return (null, refused);
        return from < to ? (new(from, to, known, after), null) : (null, BadParameter.Of("to", "Den andra tidpunkten ska vara efter den första."));
    }

    private static (CompareQuestion? Asked, Refusal? Refused) Learnt(IQueryCollection query, DateTimeOffset now)
    {
        var (at, wrongAt) = Times.Read("at", query["at"], now);
        var (before, wrongBefore) = Times.Read("knownFrom", query["knownFrom"], now.AddDays(-30));
        var (known, wrongKnown) = Times.Read("knownAt", query["knownAt"], now);
        var (after, unreadable) = ReplayCursor.Parse(query["cursor"]);
        if ((wrongAt ?? wrongBefore ?? wrongKnown ?? unreadable) is { } refused) return (null, refused);
        return before < known ? (new(at, at, known, after) { KnownFrom = before }, null) : (null, BadParameter.Of("knownAt", "knownAt ska vara efter knownFrom."));
    }
}

/// <summary>A time line's filter; null is everything.</summary>
/// <param name="From">Not before.</param>
/// <param name="To">Not after.</param>
/// <param name="Kind">A group of acts: see <see cref="ReplayWords.Kinds"/>.</param>
/// <param name="Act">One kind of event, by its stored name.</param>
/// <param name="Actor">Who did it.</param>
/// <param name="KnownAt">As far as was known.</param>
/// <param name="After">Where the page begins.</param>
/// <param name="Limit">How many at most.</param>
public sealed record TimelineQuestion(
    DateTimeOffset? From, DateTimeOffset? To, string? Kind, string? Act, Guid? Actor, DateTimeOffset KnownAt, ReplayCursor? After, int Limit = TimelineQuestion.Page)
{
    public const int Page = 50;

    public const int Most = 500;

    public static (TimelineQuestion? Asked, Refusal? Refused) Parse(IQueryCollection query, DateTimeOffset now)
    {
        DateTimeOffset? from = null, to = null;
        Refusal? wrong = null;
        if (query["from"].ToString().Length > 0) (from, wrong) = Times.Read("from", query["from"], now);
        if (wrong is null && query["to"].ToString().Length > 0) (to, wrong) = Times.Read("to", query["to"], now, endOfDay: true);
        var (known, wrongKnown) = Times.Read("knownAt", query["knownAt"], now);
        var (after, unreadable) = ReplayCursor.Parse(query["cursor"]);
        if ((wrong ?? wrongKnown ?? unreadable) is { } refused) return (null, refused);
        string? kind = query["kind"].ToString() is { Length: > 0 } k ? k : query["moderation"] == "true" ? "moderation" : query["changes"] == "true" ? "changes" : null;
        if (kind is not null && ReplayWords.Kinds.All(one => one.Word != kind)) return (null, BadParameter.Of("kind", $"kind ska vara ett av {string.Join(", ", ReplayWords.Kinds.Select(one => one.Word))}."));
        string? act = query["act"].ToString() is { Length: > 0 } a ? a : null;
        if (act is not null && !ReplayWords.IsEvent(act)) return (null, BadParameter.Of("act", "act ska vara ett händelseslag som det heter i händelsekatalogen, som item_hidden."));
        Guid? actor = null;
        if (query["actor"].ToString() is { Length: > 0 } by) actor = Guid.TryParse(by, out var person) ? person : Guid.Empty;
        if (actor == Guid.Empty) return (null, BadParameter.Of("actor", "actor ska vara en persons id."));
        var limit = Page;
        if (query["limit"].ToString() is { Length: > 0 } n && (!int.TryParse(n, NumberStyles.None, CultureInfo.InvariantCulture, out limit) || limit is < 1 or > Most))
            return (null, BadParameter.Of("limit", $"limit ska vara mellan 1 och {Most}."));
        return (new(from, to, kind, act, actor, known, after, limit), null);
    }

    /// <summary>The names asked for; null is all.</summary>
    public IReadOnlyCollection<string>? Names => (Kind, Act) switch
    {
        (null, null) => null,
        (null, { } act) => [act],
        ({ } kind, null) => ReplayWords.NamesOf(kind),
        ({ } kind, { } act) => ReplayWords.NamesOf(kind).Contains(act) ? [act] : [""],
    };
}

/// <summary>The place in a list that goes from newest to oldest: after this moment and this id.</summary>
public sealed record ReplayCursor(DateTimeOffset At, Guid Id)
{
    public string Written => Base64Url.EncodeToString(Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"{At.UtcTicks}|{Id:N}")));

    public static (ReplayCursor? Cursor, Refusal? Refused) Parse(string? written)
    {
        if (string.IsNullOrEmpty(written)) return (null, null);
        try
        {
            var parts = Encoding.UTF8.GetString(Base64Url.DecodeFromChars(written)).Split('|');
            if (parts.Length == 2 && long.TryParse(parts[0], NumberStyles.None, CultureInfo.InvariantCulture, out var ticks) && ticks <= DateTime.MaxValue.Ticks && Guid.TryParseExact(parts[1], "N", out var id))
                return (new(new(ticks, TimeSpan.Zero), id), null);
        }
        catch (FormatException)
        {
            // As any other that cannot be read.
        }

        return (null, BadParameter.Of("cursor", "Markören går inte att läsa. Börja om från första sidan."));
    }
}

internal static class Times
{
    /// <summary>A day, or an instant as <see cref="ReplayInstant"/> reads it; without a zone it is Swedish.</summary>
    public static (DateTimeOffset At, Refusal? Refused) Read(string parameter, string? written, DateTimeOffset otherwise, bool endOfDay = false)
    {
        if (string.IsNullOrWhiteSpace(written)) return (otherwise, null);
        if (endOfDay && DateOnly.TryParseExact(written, "yyyy-MM-dd", CultureInfo.InvariantCulture, DateTimeStyles.None, out var day) && day.Year is > 1 and < 9999)
            return (Swedish.StartOf(day.AddDays(1)).AddTicks(-10).ToUniversalTime(), null);
        var (instant, refused) = ReplayInstant.Parse(written, null, null, otherwise);
        return refused is null ? (instant!.At, null) : (otherwise, BadParameter.Of(parameter, $"{parameter} ska vara en dag eller en tidpunkt, som 2026-11-20 eller 2026-11-20T08:00 (svensk tid)."));
    }
}
