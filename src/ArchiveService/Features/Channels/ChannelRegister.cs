using ArchiveService.Hosting;

namespace ArchiveService.Features.Channels;

/// <summary>A channel as the commands need it.</summary>
public sealed record Channel(Guid Id, Guid Authority, string Platform, IReadOnlyList<Guid> OwnAccounts, DateTimeOffset? ClosedAt);

public static class Platforms
{
    public static IReadOnlyList<string> All { get; } = ["facebook", "instagram", "linkedin", "mastodon", "messenger", "other", "threads", "tiktok", "x", "youtube"];
}

/// <summary>The channels as they stand in the inline tables.</summary>
public sealed class ChannelRegister(Databases databases)
{
    public async Task<Channel?> Find(Guid id, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select channel_id, authority_id, platform, own_accounts, closed_at from archive.channels where channel_id = $1");
        query.Parameters.Add(new() { Value = id });
        return await One(query, ct);
    }

    public async Task<Channel?> FindByRoute(Guid route, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select c.channel_id, c.authority_id, c.platform, c.own_accounts, c.closed_at
            from archive.channel_routes r join archive.channels c using (channel_id) where r.route = $1
            """);
        query.Parameters.Add(new() { Value = route });
        return await One(query, ct);
    }

    private static async Task<Channel?> One(Npgsql.NpgsqlCommand query, CancellationToken ct)
    {
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct)
            ? new(row.GetGuid(0), row.GetGuid(1), row.GetString(2), row.GetFieldValue<Guid[]>(3), row.IsDBNull(4) ? null : row.GetFieldValue<DateTimeOffset>(4))
            : null;
    }
}
