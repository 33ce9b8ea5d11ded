using ArchiveService.Features.Clocks;

namespace ArchiveService.Features.Watch;

public sealed record RotaEntry(Guid Id, Guid Person, DateOnly From, DateOnly? Until, IReadOnlyList<DayOfWeek> Days)
{
    public bool Covers(DateOnly day) => From <= day && !(Until < day) && Days.Contains(day.DayOfWeek);
}

public sealed record Absence(Guid Id, Guid Person, DateOnly From, DateOnly Until, Guid? Substitute)
{
    public bool Covers(DateOnly day) => From <= day && day <= Until;
}

/// <summary>Who watches a channel on which day. Pure.</summary>
public sealed record Rota(IReadOnlyList<RotaEntry> Entries, IReadOnlyList<Absence> Absences)
{
    /// <summary>Those there that day, substitutes in the place of the absent; a substitute who is away is not there either.</summary>
    public IReadOnlyList<Guid> WatchersOn(DateOnly day) =>
    [
        .. Entries.Where(e => e.Covers(day))
            .SelectMany(e => AwayOn(e.Person, day) is { Count: > 0 } away ? away.Select(a => a.Substitute).OfType<Guid>().Where(s => AwayOn(s, day).Count == 0) : [e.Person])
            .Distinct(),
    ];

    /// <summary>Somebody has the day, is away, and nobody stands in: the channel should be closed for comments or hidden .</summary>
    public bool LeftAlone(DateOnly day) => WatchersOn(day).Count == 0 && Entries.Any(e => e.Covers(day));

    private List<Absence> AwayOn(Guid person, DateOnly day) => [.. Absences.Where(a => a.Person == person && a.Covers(day))];
}

/// <summary>Where the uppsikt over a channel stands.</summary>
/// <param name="Unwatched">Days gone by on which somebody had to look and nobody is known to have done so, the newest first.</param>
/// <param name="Unstaffed">Days to come that nobody has.</param>
/// <param name="LeftAlone">Of those, the days whose watcher is away without a substitute .</param>
public sealed record WatchStanding(
    Guid Channel, string Authority, string Platform, string? Handle, bool WatchedToday, bool NoRota, IReadOnlyList<DateOnly> Unwatched, IReadOnlyList<DateOnly> Unstaffed, IReadOnlyList<DateOnly> LeftAlone)
{
    private const int Back = 14;

    private const int Ahead = 14;

    public bool ProposesClosing => LeftAlone.Count > 0;

    /// <param name="watched">The days somebody marked or assessed something on.</param>
    /// <param name="since">The day the channel was registered: nobody had to watch it before.</param>
    public static WatchStanding Of(WatchedChannel channel, Rota rota, IReadOnlySet<DateOnly> watched, DateOnly since, DateOnly today)
    {
        var first = since > today.AddDays(-Back) ? since : today.AddDays(-Back);
        var gone = Enumerable.Range(0, today.DayNumber - first.DayNumber).Select(n => today.AddDays(-1 - n)).Where(channel.Clocks.IsWatchDay);
        var coming = Enumerable.Range(0, Ahead).Select(today.AddDays).Where(channel.Clocks.IsWatchDay).ToList();
        return new(
            channel.Id, channel.AuthorityCode, channel.Platform, channel.Handle, watched.Contains(today), rota.Entries.Count == 0,
            [.. gone.Where(day => !watched.Contains(day))], [.. coming.Where(day => rota.WatchersOn(day).Count == 0)], [.. coming.Where(rota.LeftAlone)]);
    }
}

/// <summary>A channel with the clocks that run on it.</summary>
public sealed record WatchedChannel(Guid Id, Guid AuthorityId, string AuthorityCode, string AuthorityName, string Platform, string? Handle, DateTimeOffset RegisteredAt, DateTimeOffset? ClosedAt, ChannelClocks Clocks);
