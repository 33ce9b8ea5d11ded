using System.Runtime.CompilerServices;
using ArchiveService.Features.Completeness;

namespace ArchiveService.Features.Sources.YouTube;

/// <summary>
/// The comments of a channel's threads since a day, and its films, for comparing with the archive. For the owner also what the filter holds back: a comment that was moved there
/// is not missing.
/// </summary>
public sealed class YouTubeLister : ILister
{
    public IReadOnlyList<string> Platforms { get; } = ["youtube"];

    public async IAsyncEnumerable<PolledPage> List(PollOrder order, DateTimeOffset since, [EnumeratorCancellation] CancellationToken ct)
    {
        var client = new YouTubeClient(order);
        foreach (var status in client.IsOwner ? (string[])["heldForReview", "likelySpam", "published"] : ["published"])
        {
            await foreach (var (page, _, _, _) in YouTubePoller.Threads(client, order, status, since, null, ct)) yield return page;
        }

        await foreach (var (page, _, _, _) in YouTubePoller.Films(client, order, whole: true, null, ct)) yield return page;
    }
}
