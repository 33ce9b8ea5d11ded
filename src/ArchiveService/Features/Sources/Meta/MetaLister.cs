using System.Runtime.CompilerServices;
using ArchiveService.Features.Completeness;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>
/// A page's feed and an Instagram account's media since a day, with the comments on them, for comparing with the archive. Stories go by themselves after a day, and Meta shows of
/// messages only the latest: neither says anything by being absent.
/// </summary>
public sealed class MetaLister(MetaGraphOptions options) : ILister
{
    public IReadOnlyList<string> Platforms { get; } = ["facebook", "instagram"];

    public async IAsyncEnumerable<PolledPage> List(PollOrder order, DateTimeOffset since, [EnumeratorCancellation] CancellationToken ct)
    {
        var platform = order.Channel.Platform;
        var part = MetaPart.Of(platform, Uri.EscapeDataString(order.Account), options).First(p => p.Name is "feed" or "media") with { Since = order.Now - since };
        var client = new GraphClient(order.Http, order.Address, order.Token, options, order.Now);
        var walk = new MetaWalk(client, part, new(new Dictionary<string, DateTimeOffset>(StringComparer.Ordinal) { [part.Name] = order.Now }), order, platform);
        while (await walk.Next(ct) is { } page) yield return page with { Mark = null };
    }
}
