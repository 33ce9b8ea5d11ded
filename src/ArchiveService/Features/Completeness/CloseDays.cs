using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Completeness;

/// <summary>
/// Writes into the ledger how whole each day is: yesterday once it is over, and the days before it anew when that has changed, as when a gap was filled
/// (architecture §8: a gap is itself a record).
/// </summary>
public sealed class CloseDays(SealedLog log, KeyedIds ids, ChannelRegister channels, CompletenessRegister register, TimeProvider clock)
{
    /// <summary>So far back a day may still be filled by itself: polls and back-fill come within that time.</summary>
    public const int DaysBack = 35;

    public async Task All(CancellationToken ct)
    {
        foreach (var id in await register.OpenChannels(ct))
        {
            if (await channels.Find(id, ct) is not { } channel) continue;
            await Close(channel, register.Today.AddDays(-DaysBack), register.Today.AddDays(-1), ct);
            await Listen(channel, ct);
        }
    }

    /// <returns>How many days were told.</returns>
    public async Task<int> Close(Channel channel, DateOnly first, DateOnly last, CancellationToken ct)
    {
        if (first > last) return 0;
        var known = (await register.Days(channel.Id, first, last, ct)).ToDictionary(d => d.Day);
        var told = new List<(DateOnly Day, DayStanding Standing, long Items)>();
        foreach (var (facts, items) in await register.Facts(channel, first, last, ct))
        {
            if (DayStanding.Of(facts, clock.GetUtcNow()) is not { } standing) continue;
            if (known.TryGetValue(facts.Day, out var before) && before.Coverage == standing.Coverage && before.Reason == standing.Reason && before.Missing == Whole(standing.Missing)) continue;
            told.Add((facts.Day, standing, items));
        }

        if (told.Count == 0) return 0;
        await log.Append(
            [new(ids.Completeness(channel.Id), "completeness", ExpectedVersion.Any,
                [.. told.Select(t => new Happened(new ChannelDayClosed(channel.Authority, channel.Id, t.Day, Word(t.Standing.Coverage), t.Standing.Reason, (long)t.Standing.Missing.TotalSeconds, t.Items)))])],
            log.NewKeySet(), By, [.. told.Select(t => Row(channel.Id, t.Day, t.Standing, t.Items))], ct);
        return told.Count;
    }

    /// <summary>A channel that used to speak and no longer does is told of once, and so is that it speaks again.</summary>
    public async Task Listen(Channel channel, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var heard = await register.Heard(channel.Id, ct);
        var silent = (await register.Silent([channel.Authority], ct)).FirstOrDefault(s => s.Channel == channel.Id);
        if (Silence.Of(heard, now) is { } patience)
        {
            if (silent is not null) return;
            await Tell(channel, new ChannelFellSilent(channel.Authority, channel.Id, heard.Max(), (long)patience.TotalSeconds),
                new("insert into archive.channel_silences (channel_id, last_heard_at) values ($1, $2) on conflict do nothing") { Parameters = { new() { Value = channel.Id }, new() { Value = heard.Max() } } }, ct);
        }
        else if (silent is not null && heard.Any(at => at > silent.LastHeardAt))
        {
            await Tell(channel, new ChannelHeardAgain(channel.Authority, channel.Id), new("delete from archive.channel_silences where channel_id = $1") { Parameters = { new() { Value = channel.Id } } }, ct);
        }
    }

    private async Task Tell(Channel channel, CompletenessEvent happened, NpgsqlBatchCommand beside, CancellationToken ct) =>
        await log.Append([new(ids.Completeness(channel.Id), "completeness", ExpectedVersion.Any, [new(happened)])], log.NewKeySet(), By, [beside], ct);

    private static AppendContext By => new(Caller.System.PersonId.ToString("D"));

    internal static string Word(Coverage coverage) => coverage.ToString().ToLowerInvariant();

    private static TimeSpan Whole(TimeSpan time) => TimeSpan.FromSeconds((long)time.TotalSeconds);

    private static NpgsqlBatchCommand Row(Guid channel, DateOnly day, DayStanding standing, long items) => new("""
        insert into archive.channel_days (channel_id, day, coverage, reason, missing_seconds, items) values ($1, $2, $3, $4, $5, $6)
        on conflict (channel_id, day) do update set coverage = excluded.coverage, reason = excluded.reason, missing_seconds = excluded.missing_seconds, items = excluded.items, closed_at = clock_timestamp()
        """)
    {
        Parameters =
        {
            new() { Value = channel }, new() { Value = day }, new() { Value = Word(standing.Coverage) },
            new() { Value = (object?)standing.Reason ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = (long)standing.Missing.TotalSeconds }, new() { Value = items },
        },
    };
}
