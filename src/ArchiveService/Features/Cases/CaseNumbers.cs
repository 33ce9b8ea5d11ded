using ArchiveService.Features.Authorities;
using ArchiveService.Features.Diary;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Cases;

/// <summary>Which case of an authority a number means, however it was typed: its own number, one it had before, or read by the templates of the authority's series.</summary>
public sealed class CaseNumbers(Databases databases, SeriesHandler series)
{
    public async Task<Guid?> Find(Authority authority, string typed, CancellationToken ct)
    {
        if (!DiaryNumberKey.MayBe(typed)) return null;
        if (await Ask("""
            select case_id from archive.cases where authority_id = $1 and folded_number = $2
            union all select case_id from archive.case_alternates where authority_id = $1 and folded_number = $2
            """, ct, authority.Id, DiaryNumberKey.Of(typed)) is { } exact) return exact;
        foreach (var one in await series.Of(authority, ct))
        {
            if (DiaryNumber.Read(one.TemplateUnder(authority.Policy), one.Organ, typed) is not { } read) continue;
            if (await Ask("select case_id from archive.cases where authority_id = $1 and series_id = $2 and year = $3 and number = $4 and external_system is null", ct, authority.Id, one.Id, read.Year, read.Number) is { } found)
                return found;
        }

        return null;
    }

    private async Task<Guid?> Ask(string sql, CancellationToken ct, params object[] values)
    {
        await using var query = databases.Staff.CreateCommand(sql);
        foreach (var value in values) query.Parameters.Add(new NpgsqlParameter { Value = value });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }
}
