using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Clocks;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Watch;

/// <summary>A person who may be put on the rota.</summary>
public sealed record Watcher(Guid Id, string Name);

/// <summary>The uppsikt as it stands in the inline tables: channels are few, and so are their entries.</summary>
public sealed class WatchRegister(Databases databases, AuthorityRegister authorities, TimeProvider clock)
{
    public DateOnly Today => Swedish.Day(clock.GetUtcNow());

    /// <summary>The channels of the authorities at which the caller has any of the roles, by the policy in force and their own plan.</summary>
    public Task<IReadOnlyList<WatchedChannel>> Channels(Caller caller, Role[] roles, CancellationToken ct) => Channels(caller.IsService ? [] : caller.AuthoritiesWith(roles), null, ct);

    public async Task<WatchedChannel?> Find(Guid channel, CancellationToken ct) => (await Channels(null, channel, ct)).SingleOrDefault();

    /// <summary>Every open channel of the caller.</summary>
    public async Task<IReadOnlyList<WatchStanding>> Standing(Caller caller, CancellationToken ct)
    {
        var channels = (await Channels(caller, Answering.Queue.Readers, ct)).Where(c => c.ClosedAt is null).ToList();
        var rotas = await Rotas([.. channels.Select(c => c.Id)], ct);
        var watched = await WatchedDays([.. channels.Select(c => c.Id)], Today.AddDays(-31), ct);
        return [.. channels.Select(c => WatchStanding.Of(c, rotas[c.Id], watched[c.Id].Select(w => w.Day).ToHashSet(), Swedish.Day(c.RegisteredAt), Today))];
    }

    public async Task<IReadOnlyDictionary<Guid, Rota>> Rotas(Guid[] channels, CancellationToken ct)
    {
        var entries = new List<(Guid Channel, RotaEntry Entry)>();
        await using (var query = databases.Writer.CreateCommand("select channel_id, entry_id, person_id, from_day, until_day, days from archive.watch_rota where channel_id = any ($1) order by from_day, entry_id"))
        {
            query.Parameters.Add(new() { Value = channels });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct))
                entries.Add((row.GetGuid(0), new(row.GetGuid(1), row.GetGuid(2), row.GetFieldValue<DateOnly>(3), row.IsDBNull(4) ? null : row.GetFieldValue<DateOnly>(4), Days(row.GetFieldValue<int[]>(5)))));
        }

        var absences = new List<(Guid Channel, Absence Absence)>();
        await using (var query = databases.Writer.CreateCommand("select channel_id, absence_id, person_id, from_day, until_day, substitute_id from archive.watch_absences where channel_id = any ($1) and not withdrawn order by from_day, absence_id"))
        {
            query.Parameters.Add(new() { Value = channels });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) absences.Add((row.GetGuid(0), new(row.GetGuid(1), row.GetGuid(2), row.GetFieldValue<DateOnly>(3), row.GetFieldValue<DateOnly>(4), row.GetFieldValue<Guid?>(5))));
        }

        return channels.ToDictionary(id => id, id => new Rota([.. entries.Where(e => e.Channel == id).Select(e => e.Entry)], [.. absences.Where(a => a.Channel == id).Select(a => a.Absence)]));
    }

    /// <summary>The days somebody marked as watched, and those on which somebody first looked at something that had come in.</summary>
    public async Task<IReadOnlyDictionary<Guid, IReadOnlyList<(DateOnly Day, Guid? Person)>>> WatchedDays(Guid[] channels, DateOnly from, CancellationToken ct)
    {
        var found = channels.ToDictionary(id => id, _ => new List<(DateOnly, Guid?)>());
        await using var query = databases.Writer.CreateCommand("""
            select channel_id, day, person_id from archive.watched_days where channel_id = any ($1) and day >= $2
            union all
            select distinct channel_id, archive.swedish_date(reviewed_at), null::uuid from archive.open_items where channel_id = any ($1) and reviewed_at >= $3
            order by 2
            """);
        query.Parameters.Add(new() { Value = channels });
        query.Parameters.Add(new() { Value = from });
        query.Parameters.Add(new() { Value = Swedish.StartOf(from).ToUniversalTime() });
        await using var row = await query.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct)) found[row.GetGuid(0)].Add((row.GetFieldValue<DateOnly>(1), row.GetFieldValue<Guid?>(2)));
        return found.ToDictionary(f => f.Key, f => (IReadOnlyList<(DateOnly, Guid?)>)f.Value);
    }

    /// <summary>Those who moderate or communicate at the authority, by name.</summary>
    public async Task<IReadOnlyList<Watcher>> Watchers(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select p.person_id, n.name from archive.persons p join views.persons n using (person_id)
            where not p.is_service and p.closed_at is null
              and exists (select from archive.grants g where g.person_id = p.person_id and g.role in ('moderator', 'kommunikator') and (g.authority_id is null or g.authority_id = $1))
            order by n.name collate "sv-x-icu"
            """);
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<Watcher>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetGuid(0), row.GetString(1)));
        return found;
    }

    public async Task<IReadOnlyDictionary<Guid, string>> Names(IEnumerable<Guid> persons, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select person_id, name from views.persons where person_id = any ($1)");
        query.Parameters.Add(new() { Value = persons.Distinct().ToArray() });
        await using var row = await query.ExecuteReaderAsync(ct);
        var names = new Dictionary<Guid, string>();
        while (await row.ReadAsync(ct)) names[row.GetGuid(0)] = row.GetString(1);
        return names;
    }

    internal static IReadOnlyList<DayOfWeek> Days(int[] stored) => [.. stored.Select(d => (DayOfWeek)d)];

    private async Task<IReadOnlyList<WatchedChannel>> Channels(IReadOnlyList<Guid>? of, Guid? channel, CancellationToken ct)
    {
        var known = (await authorities.All(ct)).ToDictionary(a => a.Id);
        await using var query = databases.Writer.CreateCommand("""
            select c.channel_id, c.authority_id, c.platform, r.handle, s.created, c.closed_at, p.interval_hours, coalesce(p.days, '{}')
            from archive.channels c join archive.mt_streams s on s.id = c.channel_id
            left join archive.watch_plans p using (channel_id) left join views.channel_register r using (channel_id)
            where ($1::uuid[] is null or c.authority_id = any ($1)) and ($2::uuid is null or c.channel_id = $2)
            order by c.platform, r.handle, c.channel_id
            """);
        query.Parameters.Add(new() { Value = (object?)of?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
        query.Parameters.Add(new() { Value = (object?)channel ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<WatchedChannel>();
        while (await row.ReadAsync(ct))
        {
            var authority = known[row.GetGuid(1)];
            var plan = new WatchPlan(row.GetFieldValue<int?>(6), Days(row.GetFieldValue<int[]>(7)));
            found.Add(new(
                row.GetGuid(0), authority.Id, authority.Code, authority.Name, row.GetString(2), row.IsDBNull(3) ? null : row.GetString(3),
                row.GetFieldValue<DateTimeOffset>(4), row.GetFieldValue<DateTimeOffset?>(5), ChannelClocks.Of(authority.Policy, plan)));
        }

        return [.. found.OrderBy(c => c.AuthorityName, StringComparer.Create(System.Globalization.CultureInfo.GetCultureInfo("sv-SE"), ignoreCase: true))];
    }
}
