using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Retention;

/// <summary>What the page of a case says of its keeping: which copy is the arkivexemplar (R-15), and whether a decision preserves it.</summary>
public sealed class CaseKeeping(Databases databases, PreservationHandler preservations, RetentionDateHandler dates, AuthorityRegister authorities)
{
    /// <summary>Whether a rule of the authority counts from a day that somebody notes.</summary>
    public async Task<bool> TakesDays(Guid authority, CancellationToken ct) => (await dates.Names(authority, ct)).Count > 0;

    public async Task<IReadOnlyList<Fact>> Of(Guid @case, Guid authority, CancellationToken ct)
    {
        // Only what everybody who sees the case may know of: a print kept apart and a copy of what is secret say that there is something.
        await using var query = databases.Writer.CreateCommand("""
            select (select max(p.printed_on) from archive.case_prints p where p.case_id = $1 and p.archival and not p.secret),
                   (select count(distinct c.record_id) from archive.paper_copies c join archive.record_states s using (record_id) where s.case_id = $1 and c.archival and s.wall = 'open')
            """);
        query.Parameters.Add(new() { Value = @case });
        DateOnly? printed;
        long records;
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            await row.ReadAsync(ct);
            (printed, records) = (row.GetFieldValue<DateOnly?>(0), row.GetInt64(1));
        }

        var copy = printed is { } day ? $"Utskriften på papper {Swedish.Date(day)}"
            : records > 0 ? $"Papperskopian av {Swedish.Count(records, "handling", "handlingar")}; för övrigt den elektroniska"
            : (await authorities.Find(authority, ct))?.Policy["preservation.archivalCopy"] == "paper" ? "Papperskopian, när den är gjord" : "Den elektroniska";
        return
        [
            new("Arkivexemplar", copy, Note: printed is null && records == 0 ? null : "Att ta bort den elektroniska är gallring och kräver ett gallringsbeslut."),
            .. (await preservations.Of(@case, authority, null, "", ct)).Select(p => new Fact("Bevarandebeslut", p.Reference, Href: "/gallring/granskning#bevarande", Note: $"sedan {Swedish.Date(p.DecidedAt)}")),
            .. (await dates.Of(@case, null, ct)).Select(d => new Fact("Antecknad dag", $"{d.Name} {Swedish.Date(d.On ?? default)}")),
        ];
    }
}
