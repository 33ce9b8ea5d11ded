using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Start;

public sealed record DueCount(long Count, long Late);

/// <summary>One thing that waits: what it is and where, never what it says.</summary>
public sealed record DueItem(string Kind, Guid Id, Guid? Authority, string? AuthorityCode, string? AuthorityName, Guid? Channel, string? Platform, string? Handle, string? Person, string? About, string? Note, DateTimeOffset? At, bool Late);

/// <summary>Reads the lists: several counted in one round trip, or one listed.</summary>
public sealed class Due(Databases databases, AuthorityRegister authorities, TimeProvider clock)
{
    public const int PerPage = 100;

    public async Task<IReadOnlyDictionary<string, DueCount>> Counts(IReadOnlyList<DueList> lists, Caller caller, CancellationToken ct)
    {
        var found = new Dictionary<string, DueCount>(StringComparer.Ordinal);
        if (lists.Count == 0) return found;
        var (sql, all, sight) = (new SqlText(), await authorities.All(ct), RecordViewSight.Of(databases, caller));
        sql.Add(string.Join("\nunion all\n", lists.Select((list, nth) => $"select {nth}, count(*), count(*) filter (where d.late) from ({Statement(list, sql, sight, caller, all)}) d")));
        // The writer's login reads the inline tables of both sides: what the reader may know of is a condition of every statement.
        await using var query = sql.Command(databases.Writer);
        await using var row = await query.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct)) found[lists[row.GetInt32(0)].Key] = new(row.GetInt64(1), row.GetInt64(2));
        return found;
    }

    /// <summary>The late first, then the oldest.</summary>
    public async Task<IReadOnlyList<DueItem>> Items(DueList list, int page, Caller caller, CancellationToken ct)
    {
        var (sql, all, sight) = (new SqlText(), await authorities.All(ct), RecordViewSight.Of(databases, caller));
        var statement = Statement(list, sql, sight, caller, all);
        sql.Add($"""
            select d.kind, d.id, d.authority_id, a.code, a.name, d.channel_id, c.platform, h.handle, n.name, d.about, d.note, d.at, d.late
            from (select e.* from ({statement}) e order by e.late desc, e.at, e.id limit {PerPage} offset {sql.Value((long)page * PerPage)}) d
            left join archive.authorities a on a.authority_id = d.authority_id
            left join archive.channels c on c.channel_id = d.channel_id left join views.channel_register h on h.channel_id = d.channel_id
            left join views.persons n on d.kind in ('person', 'token', 'grant', 'clearance') and n.person_id = d.id
            order by d.late desc, d.at, d.id
            """);
        await using var query = sql.Command(databases.Writer);
        await using var row = await query.ExecuteReaderAsync(ct);
        var items = new List<DueItem>();
        while (await row.ReadAsync(ct))
        {
            items.Add(new(
                row.GetString(0), row.GetGuid(1), row.GetFieldValue<Guid?>(2), row.Text(3), row.Text(4), row.GetFieldValue<Guid?>(5), row.Text(6), row.Text(7), row.Text(8), row.Text(9), row.Text(10),
                row.GetFieldValue<DateTimeOffset?>(11), row.GetBoolean(12)));
        }

        return items;
    }

    private string Statement(DueList list, SqlText sql, RecordViewSight sight, Caller caller, IReadOnlyList<Authority> all) =>
        list.Sql(new DueQuery(sql, sight, caller, list.For, clock.GetUtcNow(), all));
}
