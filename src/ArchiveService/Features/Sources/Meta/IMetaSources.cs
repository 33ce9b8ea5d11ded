using ArchiveService.Features.Channels;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>A channel of Meta's with what it is asked by.</summary>
/// <param name="Http">Guarded against private addresses, with limits on time and size.</param>
public sealed record MetaSource(Channel Channel, Uri Address, string Account, string? Token, HttpClient Http);

/// <summary>The channels of Meta's platforms that have a source.</summary>
public interface IMetaSources
{
    Task<IReadOnlyList<Guid>> All(CancellationToken ct);

    /// <summary>Null where the channel has none, or is closed.</summary>
    Task<MetaSource?> Of(Guid channel, CancellationToken ct);
}

/// <summary>As they stand among the sources.</summary>
public sealed class MetaSources(Databases databases, ChannelRegister channels, SourceRegister register, SourceSecrets secrets, SourceClients clients) : IMetaSources
{
    public async Task<IReadOnlyList<Guid>> All(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select channel_id from archive.sources s join archive.channels c using (channel_id)
            where s.enabled and c.closed_at is null and c.platform in ('facebook', 'instagram', 'messenger') order by channel_id
            """);
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await row.ReadAsync(ct)) found.Add(row.GetGuid(0));
        return found;
    }

    public async Task<MetaSource?> Of(Guid channel, CancellationToken ct)
    {
        if (await channels.Find(channel, ct) is not { ClosedAt: null } found) return null;
        var (address, account) = await register.Place(channel, ct);
        return account is not null && Uri.TryCreate(address, UriKind.Absolute, out var where) ? new(found, where, account, await secrets.Read(channel, SourceSecrets.Token, ct), clients.Polls) : null;
    }
}
