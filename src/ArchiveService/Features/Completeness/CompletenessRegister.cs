using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Sources;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Completeness;

public sealed record ChannelDay(DateOnly Day, Coverage Coverage, string? Reason, TimeSpan Missing, long Items, DateTimeOffset ClosedAt);

public sealed record UntrustedPeriod(Guid Id, DateTimeOffset From, DateTimeOffset? Until, DateTimeOffset MarkedAt, DateTimeOffset? TrustedAt, string? Reason);

public sealed record Compared(DateTimeOffset At, DateTimeOffset From, int Listed, int Absent, int Gone, int Unclear, string Outcome);

public sealed record SilentChannel(Guid Channel, Guid Authority, string? Title, DateTimeOffset LastHeardAt, DateTimeOffset NotedAt);

/// <summary>What the ledger is made of, and what it says.</summary>
public sealed class CompletenessRegister(Databases databases, SealedLog log, KeyedIds ids, TimeProvider clock)
{
    public DateOnly Today => Swedish.Day(clock.GetUtcNow());

    public async Task<IReadOnlyList<ChannelDay>> Days(Guid channel, DateOnly from, DateOnly to, CancellationToken ct) => await List("""
        select day, coverage, reason, missing_seconds, items, closed_at from archive.channel_days where channel_id = $1 and day between $2 and $3 order by day
        """, row => new ChannelDay(row.GetFieldValue<DateOnly>(0), Enum.Parse<Coverage>(row.GetString(1), ignoreCase: true), row.IsDBNull(2) ? null : row.GetString(2), TimeSpan.FromSeconds(row.GetInt64(3)), row.GetInt64(4),
            row.GetFieldValue<DateTimeOffset>(5)), ct, channel, from, to);

    public Task<IReadOnlyList<Compared>> Comparisons(Guid channel, CancellationToken ct) => List("""
        select compared_at, from_at, listed, absent, gone, unclear, outcome from archive.channel_comparisons where channel_id = $1 order by compared_at desc limit 30
        """, row => new Compared(row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4), row.GetInt32(5), row.GetString(6)), ct, channel);

    /// <summary>With their reasons, opened from the log.</summary>
    public async Task<IReadOnlyList<UntrustedPeriod>> Untrusted(Guid channel, CancellationToken ct)
    {
        var rows = await List("""
            select period_id, from_at, until_at, marked_at, trusted_at from archive.untrusted_periods where channel_id = $1 order by from_at desc
            """, row => new UntrustedPeriod(row.GetGuid(0), row.GetFieldValue<DateTimeOffset>(1), row.GetFieldValue<DateTimeOffset?>(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset?>(4), null), ct, channel);
        if (rows.Count == 0) return rows;
        var marks = (await log.Store.ReadStream(ids.Completeness(channel), ct: ct)).Where(h => h.Event is PeriodMarkedUntrusted).ToList();
        var opened = await log.Open(marks, ct);
        var reasons = marks.ToDictionary(m => ((PeriodMarkedUntrusted)m.Event).Period, m => opened.GetValueOrDefault(m.Id)?.Parts?["reason"]);
        return [.. rows.Select(row => row with { Reason = reasons.GetValueOrDefault(row.Id) })];
    }

    /// <summary>Channels that used to speak and have fallen silent, of these authorities; null: of all.</summary>
    public Task<IReadOnlyList<SilentChannel>> Silent(IReadOnlyCollection<Guid>? authorities, CancellationToken ct) => List("""
        select s.channel_id, c.authority_id, coalesce(r.handle, c.platform), s.last_heard_at, s.noted_at
        from archive.channel_silences s join archive.channels c using (channel_id) left join views.channel_register r using (channel_id)
        where c.closed_at is null and ($1::uuid[] is null or c.authority_id = any ($1)) order by s.last_heard_at
        """, row => new SilentChannel(row.GetGuid(0), row.GetGuid(1), row.IsDBNull(2) ? null : row.GetString(2), row.GetFieldValue<DateTimeOffset>(3), row.GetFieldValue<DateTimeOffset>(4)), ct,
        (object?)authorities?.ToArray() ?? DBNull.Value);

    /// <summary>What is known of each day from the first to the last, both included.</summary>
    public async Task<IReadOnlyList<(DayFacts Facts, long Items)>> Facts(Channel channel, DateOnly first, DateOnly last, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        var frame = new Span(Swedish.StartOf(first), Swedish.StartOf(last.AddDays(1)));
        var registered = (await log.Store.ReadStream(channel.Id, ct: ct))[0].Time;
        var life = new Span(registered, channel.ClosedAt ?? DateTimeOffset.MaxValue);
        var source = await log.Store.ReadStream(ids.Source(channel.Id), ct: ct);
        var (has, running) = SourceTimes.Of(source, now);
        var lost = SourceTimes.WithoutToken(source, now);
        var gaps = await Times("select from_at, coalesce(to_at, 'infinity') from archive.source_gaps where channel_id = $1 and from_at < $3 and coalesce(to_at, 'infinity') > $2", channel.Id, frame, ct);
        var told = await Times("select from_at, until_at from archive.covered_periods where channel_id = $1 and from_at < $3 and until_at > $2", channel.Id, frame, ct);
        var untrusted = await Times("select from_at, coalesce(until_at, 'infinity') from archive.untrusted_periods where channel_id = $1 and trusted_at is null and from_at < $3 and coalesce(until_at, 'infinity') > $2", channel.Id, frame, ct);
        var unsubscribed = await Times("select from_at, coalesce(to_at, 'infinity') from archive.subscription_gaps where channel_id = $1 and from_at < $3 and coalesce(to_at, 'infinity') > $2", channel.Id, frame, ct);
        var asked = (await List("select max(started_at) from work.source_polls where channel_id = $1 and outcome = 'ok'", row => row.GetFieldValue<DateTimeOffset?>(0), ct, channel.Id)).SingleOrDefault();
        var items = (await List("""
            select archive.swedish_date(received_at), count(*) from archive.record_states
            where channel_id = $1 and captured_at >= $2 and received_at >= $2 and received_at < $3 and wall = 'open' group by 1
            """, row => (row.GetFieldValue<DateOnly>(0), row.GetInt64(1)), ct, channel.Id, frame.From.ToUniversalTime(), frame.To.ToUniversalTime())).ToDictionary(d => d.Item1, d => d.Item2);
        var pushed = (await List("""
            select archive.swedish_date(e.timestamp), count(distinct e.stream_id)
            from archive.record_states s join archive.delivery_records d using (record_id) join archive.mt_events e on e.stream_id = d.delivery_id and e.version = 1
            where s.channel_id = $1 and s.captured_at >= $2 and e.timestamp >= $2 and e.timestamp < $3 and e.type = 'delivery_received' and e.data->>'means' = 'webhook' group by 1
            """, row => (row.GetFieldValue<DateOnly>(0), row.GetInt64(1)), ct, channel.Id, frame.From.ToUniversalTime(), frame.To.ToUniversalTime())).ToDictionary(d => d.Item1, d => d.Item2);

        var found = new List<(DayFacts, long)>();
        for (var day = first; day <= last; day = day.AddDays(1))
        {
            var own = new Span(Swedish.StartOf(day), Swedish.StartOf(day.AddDays(1)));
            found.Add((new(day, own, life, has, running, gaps, asked, told, pushed.GetValueOrDefault(day), unsubscribed, untrusted) { TokenLost = lost }, items.GetValueOrDefault(day)));
        }

        return found;
    }

    /// <summary>When the channel's items came, lately. What stands behind a wall is not counted: its times are nobody's to know.</summary>
    public Task<IReadOnlyList<DateTimeOffset>> Heard(Guid channel, CancellationToken ct) => List("""
        select received_at from archive.record_states where channel_id = $1 and captured_at > $2 and received_at > $2 and wall = 'open' order by captured_at desc limit 2000
        """, row => row.GetFieldValue<DateTimeOffset>(0), ct, channel, clock.GetUtcNow().AddDays(-90));

    public Task<IReadOnlyList<Guid>> OpenChannels(CancellationToken ct) => List("select channel_id from archive.channels where closed_at is null order by channel_id", row => row.GetGuid(0), ct);

    /// <summary>Open channels of which something that was listed before has been missing for a few readings; what stays unclear for longer is left to the night.</summary>
    public Task<IReadOnlyList<Guid>> WithMissing(CancellationToken ct) => List("""
        select channel_id from archive.channels c where closed_at is null
          and exists (select from work.listed_items l join archive.record_states s using (record_id) where l.channel_id = c.channel_id and l.absences between 1 and 3 and s.visibility = 'visible' and s.disposed_at is null)
        order by 1
        """, row => row.GetGuid(0), ct);

    private async Task<IReadOnlyList<Span>> Times(string sql, Guid channel, Span frame, CancellationToken ct) =>
        await List(sql, row => new Span(row.GetFieldValue<DateTimeOffset>(0), row.GetFieldValue<DateTimeOffset>(1)), ct, channel, frame.From.ToUniversalTime(), frame.To.ToUniversalTime());

    private async Task<IReadOnlyList<T>> List<T>(string sql, Func<NpgsqlDataReader, T> read, CancellationToken ct, params object[] values)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        foreach (var value in values)
        {
            query.Parameters.Add(value is DBNull ? new() { Value = value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid } : new() { Value = value });
        }

        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<T>();
        while (await row.ReadAsync(ct)) found.Add(read(row));
        return found;
    }
}

/// <summary>When a source ran, as its events say. Pure.</summary>
public static class SourceTimes
{
    public static (bool HasSource, IReadOnlyList<SourceTime> Running) Of(IReadOnlyList<Recorded> history, DateTimeOffset now)
    {
        var state = SourceState.None;
        var running = new List<SourceTime>();
        DateTimeOffset? since = null;
        foreach (var recorded in history)
        {
            var next = state.After(recorded);
            var (ran, runs) = (state is { Enabled: true, Stopped: false }, next is { Enabled: true, Stopped: false });
            if (ran && (!runs || next.Means != state.Means))
            {
                running.Add(new(new(since!.Value, recorded.Time), state.Means));
                since = null;
            }

            if (runs) since ??= recorded.Time;
            state = next;
        }

        if (since is { } from) running.Add(new(new(from, now), state.Means));
        return (state.Exists, running);
    }

    /// <summary>When the platform no longer took the token: from the alarm until it answered again, or until somebody gave another one.</summary>
    public static IReadOnlyList<Span> WithoutToken(IReadOnlyList<Recorded> history, DateTimeOffset now)
    {
        var lost = new List<Span>();
        DateTimeOffset? since = null;
        foreach (var recorded in history)
        {
            if (recorded.Event is SourceAlarmRaised { Problem: "token-dead" })
            {
                since ??= recorded.Time;
            }
            else if (since is { } from && recorded.Event is (SourceCredentialSet or SourceRecovered or SourceAlarmRaised))
            {
                lost.Add(new(from, recorded.Time));
                since = null;
            }
        }

        if (since is { } still) lost.Add(new(still, now));
        return lost;
    }
}
