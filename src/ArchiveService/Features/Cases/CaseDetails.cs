using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

public sealed record CaseDocument(Guid Record, int Number, Direction Direction, DateTimeOffset ReceivedAt, DateTimeOffset RegisteredAt, bool Visible);

/// <summary>A case (ärende) with its documents. What the reader may not know of has its number and dates only (OSL 5:2).</summary>
public sealed record CaseDetails(Guid Id, Guid AuthorityId, string Authority, string DiaryNumber, string? Title, string ClassCode, string? ExternalSystem, DateTimeOffset OpenedAt, DateTimeOffset? ClosedAt, IReadOnlyList<CaseDocument> Documents)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/cases/{id:guid}", async (Guid id, Caller caller, Databases databases, SealedLog log, CancellationToken ct) =>
            await Read(id, caller, databases, log, ct) is { } found ? TypedResults.Ok(found) : (IResult)Problems.Refused(Refusal.Unknown("case", "Ärendet finns inte, eller så får du inte se det.")))
        .WithName("case");

    public static async Task<CaseDetails?> Read(Guid id, Caller caller, Databases databases, SealedLog log, CancellationToken ct)
    {
        CaseDetails? found = null;
        await using (var query = databases.Staff.CreateCommand("""
            select c.authority_id, a.name, c.diary_number, c.class_code, c.external_system, c.opened_at, c.closed_at
            from archive.cases c join archive.authorities a using (authority_id) where c.case_id = $1
            """))
        {
            query.Parameters.Add(new() { Value = id });
            await using var row = await query.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct) || !caller.IsStaffOf(row.GetGuid(0))) return null;
            found = new(id, row.GetGuid(0), row.GetString(1), row.GetString(2), null, row.GetString(3), row.IsDBNull(4) ? null : row.GetString(4), row.GetFieldValue<DateTimeOffset>(5), row.IsDBNull(6) ? null : row.GetFieldValue<DateTimeOffset>(6), []);
        }

        var documents = new List<CaseDocument>();
        await using (var query = databases.Staff.CreateCommand("""
            select e.record_id, e.document_number, e.direction, e.received_at, e.registered_at, s.wall
            from archive.diary_entries e join archive.record_states s using (record_id) where e.case_id = $1 order by e.document_number
            """))
        {
            query.Parameters.Add(new() { Value = id });
            await using var rows = await query.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct))
            {
                var visible = rows.GetString(5) switch { "open" => true, "unassessed" => caller.MayAssess(found.AuthorityId), _ => caller.Clearance };
                documents.Add(new(visible ? rows.GetGuid(0) : Guid.Empty, rows.GetInt32(1), Enum.Parse<Direction>(rows.GetString(2), ignoreCase: true), rows.GetFieldValue<DateTimeOffset>(3), rows.GetFieldValue<DateTimeOffset>(4), visible));
            }
        }

        var birth = (await log.Store.ReadStream(id, 1, upToVersion: 1, ct))[0];
        var title = (await log.Open([birth], ct)).GetValueOrDefault(birth.Id)?.Parts?["title"];
        // A title given together with something secret may tell of it: without clearance it is withheld like the fourth fact.
        return found with { Title = documents.TrueForAll(d => d.Visible) ? title : null, Documents = documents };
    }
}
