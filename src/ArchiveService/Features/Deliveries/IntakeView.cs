using ArchiveService.Hosting;

namespace ArchiveService.Features.Deliveries;

public sealed record IntakeChannel(
    Guid Id, Guid Authority, string AuthorityName, string Platform, string? Handle, DateTimeOffset? LastCapture, DateTimeOffset? ClosedAt, DateTimeOffset? AccessLostAt);

/// <summary>Refused deliveries of one platform for one reason: how many stand in quarantine, and how many there were in the last two weeks, from how many networks.</summary>
public sealed record Quarantined(string Platform, string Reason, long Count, long Refused, long Sources, DateTimeOffset Last);

public sealed record WebhookAlarm(string Platform, DateTimeOffset RaisedAt, DateTimeOffset LastAt, long Refused);

public sealed record Discarded(Guid Id, string Platform, DateTimeOffset ReceivedAt, DateTimeOffset DiscardedAt, string Reason);

/// <summary>What the intake page shows.</summary>
public static class IntakeView
{
    public static async Task<List<IntakeChannel>> Channels(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select c.channel_id, c.authority_id, a.name, c.platform, r.handle, s.captured_at, c.closed_at, r.access_lost_at
            from archive.channels c
            join archive.authorities a using (authority_id)
            left join views.channel_register r using (channel_id)
            left join lateral (
              select captured_at from archive.record_states where channel_id = c.channel_id order by captured_at desc limit 1
            ) s on true
            order by a.name collate "sv-x-icu", c.platform, r.handle collate "sv-x-icu", c.channel_id
            """);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<IntakeChannel>();
        while (await rows.ReadAsync(ct))
            found.Add(new(rows.GetGuid(0), rows.GetGuid(1), rows.GetString(2), rows.GetString(3), rows.IsDBNull(4) ? null : rows.GetString(4), At(5), At(6), At(7)));
        return found;

        DateTimeOffset? At(int column) => rows.IsDBNull(column) ? null : rows.GetFieldValue<DateTimeOffset>(column);
    }

    /// <summary>How much stands in quarantine and why; never what it says.</summary>
    public static async Task<List<Quarantined>> Quarantine(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select platform, reason, coalesce(q.kept, 0), coalesce(d.refused, 0), coalesce(d.sources, 0), greatest(q.last, d.last)
            from (select platform, reason, count(*) as kept, max(received_at) as last from work.quarantine group by platform, reason) q
            full join (
              select platform, reason, sum(refused)::bigint as refused, count(distinct source) as sources, max(last_at) as last
              from work.refused_deliveries where day > archive.swedish_date(clock_timestamp()) - 14 group by platform, reason
            ) d using (platform, reason)
            order by platform, reason
            """);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Quarantined>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetString(0), rows.GetString(1), rows.GetInt64(2), rows.GetInt64(3), rows.GetInt64(4), rows.GetFieldValue<DateTimeOffset>(5)));
        return found;
    }

    /// <summary>Alarms of the last week: more than ten wrong signatures in an hour.</summary>
    public static async Task<List<WebhookAlarm>> Alarms(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select platform, raised_at, last_at, refused from work.webhook_alarms where last_at > clock_timestamp() - interval '7 days' order by last_at desc limit 20");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<WebhookAlarm>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetString(0), rows.GetFieldValue<DateTimeOffset>(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetInt64(3)));
        return found;
    }

    /// <summary>The latest deliveries that somebody decided not to read.</summary>
    public static async Task<List<Discarded>> Discarded(Databases databases, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select delivery_id, platform, received_at, discarded_at, reason from work.discarded_deliveries order by discarded_at desc limit 50");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Discarded>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetFieldValue<DateTimeOffset>(3), rows.GetString(4)));
        return found;
    }
}
