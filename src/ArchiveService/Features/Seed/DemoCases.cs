using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Seed;

/// <summary>A case that is being handled: a tjänsteanteckning and a decision of the board in the first one of each authority.</summary>
public sealed class DemoCases(CaseActs acts, Databases databases)
{
    /// <summary>How many things were done now.</summary>
    internal async Task<int> Run(Guid authority, DateTimeOffset today, Caller rut, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("""
            select c.case_id, (select count(*)::int from archive.case_documents d where d.case_id = c.case_id)
            from archive.cases c where c.authority_id = $1 and c.closed_at is null and c.voided_at is null order by c.opened_at, c.case_id limit 1
            """);
        query.Parameters.Add(new() { Value = authority });
        Guid id;
        int written;
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return 0;
            (id, written) = (row.GetGuid(0), row.GetInt32(1));
        }

        Func<CaseMoment, Http.Decision>[] all =
        [
            new WriteNote(NoteMeans.Phone, today.AddDays(-2), "Vaktmästaren", "Bekräftade att felet är åtgärdat.", null, null).Decide,
            at => new MakeDecision(DateOnly.FromDateTime(today.UtcDateTime).AddDays(-1), CaseOutcome.Other, "Nämnden § 12", "Svar på synpunkten", "Nämnden ser synpunkten som besvarad.", null, null, null, "Svar på en synpunkt").Decide(at, null),
        ];
        foreach (var act in all.Skip(written))
        {
            if (await acts.Decide(id, default, rut, act, ct) is Http.Outcome.Refused no) DemoArchive.Must(no.Why);
        }

        return Math.Max(0, all.Length - written);
    }
}
