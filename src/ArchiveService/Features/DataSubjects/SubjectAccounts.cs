using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.DataSubjects;

public sealed record SubjectAccount(Guid Id, string? Name, string? Handle, string Platform, string? ChannelHandle, bool Own, DateTimeOffset FirstSeenAt, DateTimeOffset SeenAt);

/// <summary>Accounts that have written in any channel of one authority, as far as the caller may know of them; by every name they were seen under.</summary>
public sealed class SubjectAccounts(Databases databases)
{
    private const int Most = 50;

    public async Task<IReadOnlyList<SubjectAccount>> Search(Guid authority, string typed, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        var like = SearchRecords.Like(typed.TrimStart('@').ToLowerInvariant());
        return await Read(sight, sql, $"""
            k.authority_id = {sql.Value(authority)} and not k.own and {sight.Allows(sql, "k")}
            and k.account_id in (
              select f.account_id from {sight.Accounts} f where f.name_fold like '%' || {sql.Value(like)} || '%'
              union select n.account_id from {sight.AccountNames} n where lower(coalesce(n.name, '') || ' ' || coalesce(n.handle, '')) like '%' || {sql.Value(like)} || '%')
            """, ct);
    }

    public async Task<SubjectAccount?> Find(Guid authority, Guid account, Caller caller, CancellationToken ct) => await Of(authority, [account], caller, ct) is [var found, ..] ? found : null;

    public async Task<IReadOnlyList<SubjectAccount>> Of(Guid authority, IReadOnlyList<Guid> accounts, Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var sql = new SqlText();
        return await Read(sight, sql, $"k.authority_id = {sql.Value(authority)} and k.account_id = any ({sql.Value(accounts.ToArray())}) and {sight.Allows(sql, "k")}", ct);
    }

    private static async Task<IReadOnlyList<SubjectAccount>> Read(RecordViewSight sight, SqlText sql, string where, CancellationToken ct)
    {
        sql.Add($"""
            select k.account_id, k.name, k.handle, k.platform, c.handle, k.own, k.first_seen_at, k.seen_at
            from {sight.Accounts} k left join views.channel_register c using (channel_id) where {where} order by k.seen_at desc, k.account_id limit {Most}
            """);
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<SubjectAccount>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetGuid(0), rows.Text(1), rows.Text(2), rows.GetString(3), rows.Text(4), rows.GetBoolean(5), rows.GetFieldValue<DateTimeOffset>(6), rows.GetFieldValue<DateTimeOffset>(7)));
        }

        return found;
    }
}
