using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Blocking;

/// <param name="Due">Past its last day, or its day of review has come: somebody has to lift it on the platform, or decide anew.</param>
public sealed record BlockedSender(
    Guid Block, Guid Account, string? Name, string? Handle, string Platform, string Authority, IReadOnlyList<string> Grounds, DateTimeOffset BlockedAt, DateOnly? Until, DateOnly? ReviewOn,
    DateTimeOffset? LiftedAt, bool Due, bool Destroyed);

/// <summary><c>GET /api/v1/blocks</c>: who is blocked, and what is due.</summary>
public sealed class BlockedSenders(Databases databases, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/blocks", async (Caller caller, BlockedSenders blocks, CancellationToken ct) => TypedResults.Ok(new { items = await blocks.List(caller, ct) }))
        .WithName("get-blocks");

    /// <summary>Those in force first, what is due before the rest; the lifted ones of the last year after them.</summary>
    public async Task<IReadOnlyList<BlockedSender>> List(Caller caller, CancellationToken ct)
    {
        var sight = RecordViewSight.Of(databases, caller);
        var now = clock.GetUtcNow();
        var today = Swedish.Day(now);
        var sql = new SqlText();
        sql.Add($"""
            select b.block_id, b.account_id, k.name, k.handle, b.platform, a.code, b.grounds, b.blocked_at, b.until_day, b.review_on, b.lifted_at, k.destroyed
            from archive.blocks b join archive.authorities a using (authority_id) join {sight.Accounts} k on k.account_id = b.account_id
            where {sight.Allows(sql, "k")} and (b.lifted_at is null or b.lifted_at > {sql.Value(now.AddYears(-1))})
            order by b.lifted_at is not null, coalesce(b.until_day, b.review_on), b.blocked_at desc, b.block_id limit 1000
            """);
        await using var query = sql.Command(sight.Db);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<BlockedSender>();
        while (await rows.ReadAsync(ct))
        {
            var (until, review, lifted) = (rows.GetFieldValue<DateOnly?>(8), rows.GetFieldValue<DateOnly?>(9), rows.GetFieldValue<DateTimeOffset?>(10));
            found.Add(new(
                rows.GetGuid(0), rows.GetGuid(1), rows.Text(2), rows.Text(3), rows.GetString(4), rows.GetString(5), rows.GetFieldValue<string[]>(6), rows.GetFieldValue<DateTimeOffset>(7),
                until, review, lifted, lifted is null && (until < today || review <= today), rows.GetBoolean(11)));
        }

        return found;
    }
}
