using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Channels;

public sealed record ChannelListed(
    Guid Id, string AuthorityCode, string Authority, string Platform, string? NativeAccountId, string? Handle, string? Url, string? Purpose, string? TargetGroup, DateTimeOffset RegisteredAt, DateTimeOffset? ClosedAt,
    ChannelState State, string? Paused, int Missing, DateOnly? ReviewDue, bool ReviewOverdue, DateOnly? EndsOn);

/// <summary>The channel register for staff, read from the log itself: channels are few.</summary>
public sealed class ChannelList(Databases databases, SealedLog log, AuthorityRegister authorities, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/channels", async (Caller caller, ChannelList list, CancellationToken ct) => TypedResults.Ok(new { items = await list.For(caller, ct) }))
        .WithName("channels");

    public async Task<IReadOnlyList<ChannelListed>> For(Caller caller, CancellationToken ct)
    {
        var rows = new List<(Guid Id, Guid AuthorityId, string Code, string Name, string Platform, DateTimeOffset? ClosedAt)>();
        await using (var query = databases.Writer.CreateCommand("""
            select c.channel_id, a.authority_id, a.code, a.name, c.platform, c.closed_at
            from archive.channels c join archive.authorities a using (authority_id) order by a.name collate "sv-x-icu", c.platform, c.channel_id
            """))
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
                rows.Add((row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetString(3), row.GetString(4), row.IsDBNull(5) ? null : row.GetFieldValue<DateTimeOffset>(5)));
        }

        var shown = rows.Where(r => caller.IsStaffOf(r.AuthorityId)).ToList();
        var streams = await log.Store.ReadStreams([.. shown.Select(r => r.Id)], ct: ct);
        var opened = await log.Open([.. streams.Values.SelectMany(stream => stream.Where((r, i) => i == 0 || r.Event is ChannelPlanWritten))], ct);
        var policies = (await authorities.All(ct)).ToDictionary(a => a.Id, a => a.Policy);
        var today = Swedish.Day(clock.GetUtcNow());
        return [.. shown.Select(r =>
        {
            var (history, policy) = (streams[r.Id], policies[r.AuthorityId]);
            var life = ChannelLife.From(history);
            Recorded birth = history[0];
            var parts = opened.GetValueOrDefault(birth.Id)?.Parts;
            var plan = history.LastOrDefault(h => h.Event is ChannelPlanWritten) is { } planned ? opened.GetValueOrDefault(planned.Id)?.Parts : null;
            var due = life.ReviewDue(policy);
            return new ChannelListed(
                r.Id, r.Code, r.Name, r.Platform, parts?[Parts.NativeId], parts?["handle"], plan?["url"] ?? parts?["url"], parts?["purpose"], plan?["targetGroup"] ?? parts?["targetGroup"], birth.Time, r.ClosedAt,
                life.State(policy), life.Paused, ChannelDemands.Of(life, policy).Count(d => d.Blocks), due, due < today, life.Plan?.EndsOn);
        })];
    }
}
