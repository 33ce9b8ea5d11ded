using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Channels;

public sealed record ChannelListed(
    Guid Id, string AuthorityCode, string Authority, string Platform, string? NativeAccountId, string? Handle, string? Url, string? Purpose, string? TargetGroup, DateTimeOffset RegisteredAt, DateTimeOffset? ClosedAt);

/// <summary>The channel register for staff, read from the log itself: channels are few.</summary>
public sealed class ChannelList(Databases databases, SealedLog log)
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
        var births = (await log.Store.ReadStreams([.. shown.Select(r => r.Id)], upToVersion: 1, ct)).ToDictionary(s => s.Key, s => s.Value[0]);
        var opened = await log.Open([.. births.Values], ct);
        return [.. shown.Select(r =>
        {
            Recorded birth = births[r.Id];
            var parts = opened.GetValueOrDefault(birth.Id)?.Parts;
            return new ChannelListed(r.Id, r.Code, r.Name, r.Platform, parts?[Parts.NativeId], parts?["handle"], parts?["url"], parts?["purpose"], parts?["targetGroup"], birth.Time, r.ClosedAt);
        })];
    }
}
