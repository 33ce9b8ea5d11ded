using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Start;

/// <summary>How the evidence stands, for the reviewer: days and outcomes only. How many events there are tells of secret ones too, and stands on the pages of the log.</summary>
public sealed class LogState(Databases databases)
{
    public async Task<FactList> Read(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select archive.swedish_date(p.signed_at), (select archive.swedish_date(s.signed_at) from archive.evidence_cosignatures s where s.origin = l.origin order by s.size desc limit 1),
                   archive.swedish_date(v.finished_at), v.sound, archive.swedish_date(r.finished_at), r.errors
            from (select 1) one
            left join lateral (select origin from archive.evidence_logs order by ordinal desc limit 1) l on true
            left join lateral (select signed_at from archive.evidence_checkpoints where origin = l.origin order by size desc limit 1) p on true
            left join lateral (select finished_at, sound from archive.verifications where finished_at is not null order by started_at desc limit 1) v on true
            left join lateral (select finished_at, errors from archive.reconciliations where finished_at is not null order by started_at desc limit 1) r on true
            """);
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        DateOnly? Day(int column) => row.GetFieldValue<DateOnly?>(column);
        return new(
        [
            new("Senaste kontrollpunkt", Day(0) is { } signed ? Swedish.Date(signed) : "ingen än", Href: "/bevis"),
            new("Senast intygad av vittne", Day(1) is { } witnessed ? Swedish.Date(witnessed) : "inget vittne har intygat", Href: "/bevis"),
            new("Senaste kontroll av arkivet", Day(2) is { } checkedOn ? $"{Swedish.Date(checkedOn)}, {(row.IsDBNull(3) ? "gick inte att genomföra" : row.GetBoolean(3) ? "allt stämde" : "fel hittades")}" : "aldrig gjord", Href: "/kontroll"),
            new("Nattens avstämning", Day(4) is { } reconciled ? $"{Swedish.Date(reconciled)}, {(row.IsDBNull(5) ? "gick inte att genomföra" : row.GetInt64(5) == 0 ? "stämde" : "skillnader")}" : "inte gjord än", Href: "/drift"),
        ]);
    }
}
