using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Snapshots;

/// <summary>A snapshot as it stands beside the records.</summary>
public sealed record SnapshotRow(
    Guid Id, Guid Channel, DateOnly From, DateOnly To, Occasion Occasion, bool CoversContent, bool CoversLayout, DateTimeOffset TakenAt, Wall Wall, int Files, DateTimeOffset? DisposedAt);

/// <summary>A channel with what its duty is counted from.</summary>
public sealed record DocumentedChannel(Guid Id, Guid Authority, string Platform, DateOnly Registered, DateOnly? Closed, DateOnly? Last, IReadOnlyList<OpenOrder> Orders);

/// <summary>The snapshots as they stand in the inline tables.</summary>
public sealed class SnapshotRegister(Databases databases)
{
    /// <summary>Those the caller may know of: a secret one does not exist for who is not cleared, nor one that nobody has looked at for who does not assess.</summary>
    public async Task<IReadOnlyList<SnapshotRow>> Of(Guid channel, bool cleared, bool assesses, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select p.record_id, p.channel_id, p.period_from, p.period_to, p.occasion, p.covers_content, p.covers_layout, p.taken_at, s.wall,
                   (select count(*)::int from archive.attachments a where a.record_id = p.record_id), s.disposed_at
            from archive.snapshots p join archive.record_states s using (record_id)
            where p.channel_id = $1 and (s.wall <> 'secret' or $2) and (s.wall <> 'unassessed' or $3) order by p.taken_at desc, p.record_id
            """);
        query.Parameters.Add(new() { Value = channel });
        query.Parameters.Add(new() { Value = cleared });
        query.Parameters.Add(new() { Value = assesses });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<SnapshotRow>();
        while (await row.ReadAsync(ct))
        {
            found.Add(new(
                row.GetGuid(0), row.GetGuid(1), row.GetFieldValue<DateOnly>(2), row.GetFieldValue<DateOnly>(3), Enum.Parse<Occasion>(row.GetString(4), ignoreCase: true), row.GetBoolean(5), row.GetBoolean(6),
                row.GetFieldValue<DateTimeOffset>(7), Enum.Parse<Wall>(row.GetString(8), ignoreCase: true), row.GetInt32(9), row.IsDBNull(10) ? null : row.GetFieldValue<DateTimeOffset>(10)));
        }

        return found;
    }

    /// <summary>
    /// The channels of the caller's authorities, or one. A secret snapshot counts: that the channel was documented is no secret, only what the picture shows,
    /// and who is not cleared must not be made to take it again.
    /// </summary>
    public async Task<IReadOnlyList<DocumentedChannel>> Channels(IReadOnlyList<Guid>? authorities, Guid? channel, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select c.channel_id, c.authority_id, c.platform, archive.swedish_date(m.created), archive.swedish_date(c.closed_at),
                   (select archive.swedish_date(max(p.taken_at)) from archive.snapshots p where p.channel_id = c.channel_id),
                   o.ids, o.occasions, o.days
            from archive.channels c join archive.mt_streams m on m.id = c.channel_id
            left join lateral (
              select array_agg(order_id order by due_on, order_id) as ids, array_agg(occasion order by due_on, order_id) as occasions, array_agg(due_on order by due_on, order_id) as days
              from archive.snapshot_orders o where o.channel_id = c.channel_id and o.snapshot_id is null) o on true
            where ($1::uuid[] is null or c.authority_id = any ($1)) and ($2::uuid is null or c.channel_id = $2)
            order by c.channel_id
            """);
        query.Parameters.Add(new() { Value = (object?)authorities?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = (object?)channel ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<DocumentedChannel>();
        while (await row.ReadAsync(ct))
        {
            IReadOnlyList<OpenOrder> orders = row.IsDBNull(6)
                ? []
                : [.. row.GetFieldValue<Guid[]>(6).Zip(row.GetFieldValue<string[]>(7), row.GetFieldValue<DateOnly[]>(8)).Select(o => new OpenOrder(o.First, Enum.Parse<Occasion>(o.Second, ignoreCase: true), o.Third))];
            found.Add(new(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetFieldValue<DateOnly>(3), Day(row, 4), Day(row, 5), orders));
        }

        return found;
    }

    /// <summary>Whether anything was captured from the channel: then closing it on the platform destroys something (H-30).</summary>
    public async Task<bool> TakenIntoUse(Guid channel, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select exists (select from archive.record_states where channel_id = $1 and record_type <> all ($2))");
        query.Parameters.Add(new() { Value = channel });
        query.Parameters.Add(new() { Value = MadeHere.Types.ToArray() });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    /// <summary>How many records of the channel are of the kinds that a picture of the page seldom has, as far as the caller may know.</summary>
    public async Task<IReadOnlyDictionary<string, long>> SeldomInPictures(Guid channel, RecordViewSight sight, CancellationToken ct)
    {
        var sql = new SqlText();
        sql.Add($"""
            select count(*) filter (where v.kind = 'dm'), count(*) filter (where v.visibility = 'hidden'), count(*) filter (where v.kind = 'story'), coalesce(sum(v.reactions), 0)::bigint,
                   count(*) filter (where not v.content_captured), count(*) filter (where v.visibility = 'visible' and v.kind not in ('dm', 'story'))
            from {sight.Records} v join archive.record_states s using (record_id)
            where v.channel_id = {sql.Value(channel)} and s.disposed_at is null and v.record_type <> all ({sql.Value(MadeHere.Types.ToArray())}) and {sight.Allows(sql, "v")}
            """);
        await using var query = sql.Command(sight.Db);
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new Dictionary<string, long>(StringComparer.Ordinal)
        {
            ["directMessages"] = row.GetInt64(0),
            ["hidden"] = row.GetInt64(1),
            ["stories"] = row.GetInt64(2),
            ["reactions"] = row.GetInt64(3),
            ["neverCaptured"] = row.GetInt64(4),
            ["published"] = row.GetInt64(5),
        };
    }

    private static DateOnly? Day(NpgsqlDataReader row, int column) => row.IsDBNull(column) ? null : row.GetFieldValue<DateOnly>(column);
}

/// <summary>The duties of the caller's channels, as pages and programs ask for them.</summary>
public sealed record DueSnapshot(
    Guid Channel, string Authority, string AuthorityName, string Platform, string? Handle, DateOnly? DueOn, bool Overdue, DateOnly? Last, DateOnly? Closed,
    string Interval, string Triggers, string Kind, string Requirement, IReadOnlyList<OpenOrder> Orders)
{
    public string Title => $"{RecordViewWords.Platform(Platform)}{(Handle is { Length: > 0 } handle ? " " + handle : "")}";
}

public sealed class SnapshotCalendar(SnapshotRegister register, ChannelList channels, Authorities.AuthorityRegister authorities, TimeProvider clock)
{
    /// <summary>Who takes snapshots, or sees that they are taken.</summary>
    public static readonly Role[] Takers = [Role.Kommunikator, Role.Moderator, Role.Arkivarie];

    public DateOnly Today => Swedish.Day(clock.GetUtcNow());

    /// <summary>All channels of the caller, the most urgent first.</summary>
    public async Task<IReadOnlyList<DueSnapshot>> Of(Caller caller, CancellationToken ct)
    {
        var listed = (await channels.For(caller, ct)).ToDictionary(c => c.Id);
        var rows = (await register.Channels(null, null, ct)).Where(c => listed.ContainsKey(c.Id)).ToList();
        var due = new List<DueSnapshot>();
        foreach (var channel in rows) due.Add(await Of(channel, listed[channel.Id], ct));
        return [.. due.OrderBy(d => d.Closed is not null).ThenBy(d => d.DueOn ?? DateOnly.MaxValue).ThenBy(d => d.AuthorityName, StringComparer.Ordinal).ThenBy(d => d.Title, StringComparer.Ordinal)];
    }

    public async Task<int> Overdue(IReadOnlyList<Guid>? among, CancellationToken ct)
    {
        var overdue = 0;
        foreach (var channel in await register.Channels(among, null, ct))
        {
            var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
            if (SnapshotDuty.Of(policy, channel.Registered, channel.Last, channel.Closed, channel.Orders, Today).Overdue) overdue++;
        }

        return overdue;
    }

    private async Task<DueSnapshot> Of(DocumentedChannel channel, ChannelListed listed, CancellationToken ct)
    {
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var duty = SnapshotDuty.Of(policy, channel.Registered, channel.Last, channel.Closed, channel.Orders, Today);
        return new(
            channel.Id, listed.AuthorityCode, listed.Authority, channel.Platform, listed.Handle, duty.DueOn, duty.Overdue, channel.Last, channel.Closed,
            policy["snapshot.interval"], policy["snapshot.triggers"], policy["snapshot.kind"], policy.Of("snapshot.interval").Requirement, duty.Orders);
    }
}
