using ArchiveService.Features.Channels;

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

internal sealed class NoMetaSources : IMetaSources
{
    public Task<IReadOnlyList<Guid>> All(CancellationToken ct) => Task.FromResult<IReadOnlyList<Guid>>([]);

    public Task<MetaSource?> Of(Guid channel, CancellationToken ct) => Task.FromResult<MetaSource?>(null);
}
