using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Sources;

public sealed record ChannelCoverage(IReadOnlyList<CoverageDay> Days, Silence? Silent);

/// <summary>The completeness ledger: what was asked and answered each day, when nothing was heard, and how much came. Only what every member of the staff may count is counted.</summary>
public sealed class CoverageLedger(Databases databases, ChannelRegister channels, TimeProvider clock)
{
    public const int Ordinary = 35;

    private const int Most = 400;

    /// <summary>What is usual is learnt from so many days.</summary>
    private const int Learnt = 180;

    public static void Map(IEndpointRouteBuilder routes) => routes.MapGet("/api/v1/channels/{id:guid}/coverage", async (Guid id, int? days, Caller caller, CoverageLedger ledger, CancellationToken ct) =>
        await ledger.Find(id, caller, ct) is not { } channel ? Problems.Refused(SourceWords.NoChannel)
        : !caller.May(channel.Authority, SourceHandler.Readers) ? Problems.Refused(Refusal.NotAllowed("Bara de som arbetar med kanalerna ser hur de hämtas."))
        : days is < 1 or > Most ? Problems.Refused(Refusal.Input("days", $"days är 1–{Most}."))
        : (IResult)TypedResults.Ok(Answer(await ledger.Of(id, days ?? Ordinary, ct)))).WithName("channel-coverage");

    public async Task<Channel?> Find(Guid id, Caller caller, CancellationToken ct) =>
        !caller.IsService && await channels.Find(id, ct) is { } channel && caller.IsStaffOf(channel.Authority) ? channel : null;

    public async Task<ChannelCoverage> Of(Guid channel, int days, CancellationToken ct)
    {
        var today = Swedish.Day(clock.GetUtcNow());
        var from = today.AddDays(1 - days);
        var asked = await Read("select day, polls, whole from archive.channel_days where channel_id = $1", channel, row => new AskedDay(row.GetFieldValue<DateOnly>(0), row.GetInt32(1), row.GetInt32(2)), ct);
        var unheard = await Read("""
            select archive.swedish_date(from_at), archive.swedish_date(to_at), reason, filled_at is not null from archive.source_gaps where channel_id = $1 order by from_at
            """, channel, row => new UnheardDays(row.GetFieldValue<DateOnly>(0), row.GetFieldValue<DateOnly?>(1), row.GetString(2), row.GetBoolean(3)), ct);
        var captured = (await Read($"""
            select archive.swedish_date(captured_at), count(*) from archive.record_states
            where channel_id = $1 and wall = 'open' and captured_at > clock_timestamp() - interval '{Math.Max(days, Learnt) + 2} days' group by 1
            """, channel, row => (Day: row.GetFieldValue<DateOnly>(0), Count: row.GetInt64(1)), ct)).ToDictionary(c => c.Day, c => c.Count);
        return new(Coverage.Of(from, today, asked, unheard, captured), Silent.Of(captured.Keys, today));
    }

    private async Task<List<T>> Read<T>(string sql, Guid channel, Func<NpgsqlDataReader, T> map, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand(sql);
        query.Parameters.Add(new() { Value = channel });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<T>();
        while (await row.ReadAsync(ct)) found.Add(map(row));
        return found;
    }

    private static object Answer(ChannelCoverage coverage) => new
    {
        days = coverage.Days.Select(d => new { d.Day, kind = Code(d.Kind), d.Reason, d.Polls, d.Whole, d.Captured }),
        silent = coverage.Silent,
    };

    private static string Code(CoverageKind kind) => kind switch
    {
        CoverageKind.Observed => "observed",
        CoverageKind.Inferred => "inferred",
        CoverageKind.Gap => "gap",
        _ => "not-asked",
    };
}
