using System.Text.Json;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Authorities;

/// <summary>An authority with the policy in force and the diary series it uses where none is named.</summary>
public sealed record Authority(Guid Id, string Code, string Name, Policy Policy, Guid SeriesId, string Organ);

/// <summary>The authorities as they stand in the inline tables: few, read anew for every decision.</summary>
public sealed class AuthorityRegister(Databases databases)
{
    // The policy in force by the database's clock: what is decided now is recorded by it.
    private const string Columns = """
        select a.authority_id, a.code, a.name, p.preset, p.version, p.policy, s.series_id, s.organ
        from archive.authorities a join archive.diary_series s on s.authority_id = a.authority_id and s.is_default
        cross join lateral (
          select v.preset, v.version, v.policy from archive.policy_versions v
          where v.authority_id = a.authority_id and v.effective_from <= archive.swedish_date(clock_timestamp())
          order by v.effective_from desc, v.version desc limit 1) p
        """;

    public async Task<Authority?> Find(string code, CancellationToken ct) => (await Read($"{Columns} where a.code = $1", new() { Value = code.ToUpperInvariant() }, ct)).SingleOrDefault();

    public async Task<Authority?> Find(Guid id, CancellationToken ct) => (await Read($"{Columns} where a.authority_id = $1", new() { Value = id }, ct)).SingleOrDefault();

    public Task<List<Authority>> All(CancellationToken ct) => Read($"{Columns} order by a.name collate \"sv-x-icu\"", null, ct);

    public async Task<List<string>> Names(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select name from archive.authorities");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var names = new List<string>();
        while (await rows.ReadAsync(ct)) names.Add(rows.GetString(0));
        return names;
    }

    private async Task<List<Authority>> Read(string sql, NpgsqlParameter? parameter, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        if (parameter is not null) query.Parameters.Add(parameter);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Authority>();
        while (await rows.ReadAsync(ct))
        {
            var values = JsonSerializer.Deserialize<Dictionary<string, string>>(rows.GetString(5))!;
            found.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetString(2), new(rows.GetInt32(4), rows.GetString(3), values), rows.GetGuid(6), rows.GetString(7)));
        }

        return found;
    }
}
