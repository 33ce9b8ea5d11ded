using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;

namespace ArchiveService.Features.Secrecy;

/// <summary>A marked record, and when its mark was last examined.</summary>
public sealed record MarkedRecord(Guid Id, string Authority, string Provision, DateTimeOffset MarkedAt, DateTimeOffset? ReviewedAt, string? DiaryNumber, int? DocumentNumber, string RecordType, int Days);

/// <summary><c>GET /api/v1/secrecy/marks</c>: what is marked secret, the longest unexamined first. For those who may read it; nobody else learns that it is there.</summary>
public sealed class MarkedRecords(Databases databases, TimeProvider clock)
{
    public const int PerPage = 100;

    public static Role[] Readers => [Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef];

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/secrecy/marks", async (string? authority, int? days, HttpRequest request, Caller caller, MarkedRecords marked, RecordViewFreshness freshness, CancellationToken ct) =>
            caller.IsService || !caller.MayAnywhere(Readers)
                ? Problems.Refused(Refusal.NotAllowed("Sekretessmarkeringar granskas av registrator, arkivarie, granskare och chef."))
                : days is < 0 or > 36500 ? Problems.Refused(BadParameter.Of("days", "days ska vara ett antal dagar, 0–36500."))
                : await freshness.Reach(request, ct) is { } early ? Problems.Refused(early)
                : (IResult)TypedResults.Ok(new { items = await marked.Of(caller, authority, days ?? 0, ct) }))
        .WithName("list-secrecy-marks");

    /// <param name="days">Only what nobody has examined for so many days.</param>
    public async Task<IReadOnlyList<MarkedRecord>> Of(Caller caller, string? authority, int days, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var now = clock.GetUtcNow();
        var sql = new SqlText();
        sql.Add($"""
            select m.* from (
              select r.record_id, a.code, r.secrecy_provision, r.secrecy_at, (select max(e.recorded_at) from {sight.Acts} e where e.record_id = r.record_id and e.name = 'secrecy_reviewed') as reviewed_at,
                     r.diary_number, r.document_number, r.record_type
              from {sight.Records} r join archive.authorities a using (authority_id)
              where r.secrecy_at is not null and not r.destroyed and {sight.Allows(sql, "r")}
            """);
        if (!string.IsNullOrWhiteSpace(authority)) sql.Add($"and a.code = {sql.Value(authority.Trim().ToUpperInvariant())}");
        sql.Add($") m where coalesce(m.reviewed_at, m.secrecy_at) <= {sql.Value(now.AddDays(-days).UtcDateTime)} order by coalesce(m.reviewed_at, m.secrecy_at), m.record_id limit {PerPage}");
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<MarkedRecord>();
        while (await rows.ReadAsync(ct))
        {
            var (at, reviewed) = (rows.GetFieldValue<DateTimeOffset>(3), rows.GetFieldValue<DateTimeOffset?>(4));
            found.Add(new(rows.GetGuid(0), rows.GetString(1), rows.GetString(2), at, reviewed, rows.Text(5), rows.GetFieldValue<int?>(6), rows.GetString(7), Math.Max(0, (int)(now - (reviewed ?? at)).TotalDays)));
        }

        return found;
    }
}
