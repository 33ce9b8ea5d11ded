using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using Npgsql;

namespace ArchiveService.Features.Diary;

/// <summary>A number that is nobody's (utgår). <paramref name="Why"/> is <c>void</c>, or <c>resumed</c> for one lost in a restore (återläsning).</summary>
public sealed record VoidedNumber(string DiaryNumber, string Authority, DateTimeOffset VoidedAt, string Why)
{
    internal string Said => Why == "resumed" ? "utgår (återläsning)" : "utgår";

    /// <summary>The newest of what a search of the diary asks for; numbers and dates are open to all.</summary>
    internal static async Task<IReadOnlyList<VoidedNumber>> Find(NpgsqlDataSource db, DiarySearch search, Func<SqlText, string> among, CancellationToken ct)
    {
        if (search.After is not null) return [];
        var sql = new SqlText();
        var all = new List<string> { among(sql) };
        if (search.Authority is { } authority) all.Add($"a.code = {sql.Value(authority.ToUpperInvariant())}");
        if (search.From is { } from) all.Add($"v.voided_at >= {sql.Value(from)}::date::timestamp at time zone 'Europe/Stockholm'");
        if (search.To is { } to) all.Add($"v.voided_at < ({sql.Value(to)}::date + 1)::timestamp at time zone 'Europe/Stockholm'");
        if (search.Q is { } q)
        {
            if (!DiaryNumberKey.MayBe(q)) return [];
            all.Add(Number(sql, q));
        }

        sql.Add($"select v.diary_number, a.code, v.voided_at, v.why from archive.voided_numbers v join archive.authorities a using (authority_id) where {string.Join(" and ", all)}")
            .Add("order by v.voided_at desc, v.series_id, v.year desc, v.number desc limit 200");
        await using var query = sql.Command(db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<VoidedNumber>();
        while (await rows.ReadAsync(ct)) found.Add(new(rows.GetString(0), rows.GetString(1), rows.GetFieldValue<DateTimeOffset>(2), rows.GetString(3)));
        return found;
    }

    /// <summary>A skipped number has no class code; whoever holds its paper types one.</summary>
    private static string Number(SqlText sql, string typed)
    {
        var key = DiaryNumberKey.Of(typed);
        var keys = Enumerable.Range(1, key.Length).Where(n => n == key.Length || key[n] is ' ' or '-').Select(n => key[..n]).ToArray();
        return $"(v.folded_number = any ({sql.Value(keys)}) or v.folded_number like {sql.Value(SearchRecords.Like(key) + " %")})";
    }
}
