using ArchiveService.Access;
using Npgsql;

namespace ArchiveService.Features.Search;

/// <summary>What is new of a question that has been asked before.</summary>
public sealed partial class SearchRecords
{
    /// <summary>What is written long before it is captured comes with an import, which is no news.</summary>
    private static readonly TimeSpan Reaches = TimeSpan.FromDays(30);

    /// <summary>How many hits came in since, by the same rules as the search itself; null when it cannot be told within two seconds. No reading: nothing of them is shown.</summary>
    public async Task<Total?> CountSince(RecordSearch search, DateTimeOffset since, Caller caller, CancellationToken ct)
    {
        var sight = Records.RecordViewSight.Of(databases, caller.Reasoned());
        var earliest = since - Reaches;
        try
        {
            await using var connection = await sight.Db.OpenConnectionAsync(ct);
            await using var transaction = await connection.BeginTransactionAsync(ct);
            await Set("set local statement_timeout = '2s'", connection, transaction, ct);
            var hits = await Hits(search with { CapturedSince = since, From = search.From > earliest ? search.From : earliest, Order = SearchOrder.Newest, After = null, Limit = 1 }, sight, connection, transaction, ct);
            return new(Math.Min(hits.Total, Exact), hits.Total > Exact ? "atLeast" : "exact");
        }
        catch (PostgresException error) when (error.SqlState == PostgresErrorCodes.QueryCanceled && !ct.IsCancellationRequested)
        {
            return null;
        }
    }
}
