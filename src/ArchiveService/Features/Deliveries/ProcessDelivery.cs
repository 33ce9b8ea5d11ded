using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Capture.Meta;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Deliveries;

/// <summary>Parses a stored delivery and captures what it says, channel by channel.</summary>
public sealed class ProcessDelivery(Deliveries deliveries, ChannelRegister channels, AuthorityRegister authorities, CaptureActs capture, KeyedIds ids, TimeProvider clock)
{
    /// <returns>What was done, to be appended with the settling of the inbox row; or the problem, and the delivery stays among the dead letters.</returns>
    public async Task<(DeliveryProcessed? Processed, string? Problem)> Process(Guid id, string platform, CancellationToken ct)
    {
        if (await deliveries.Body(id, ct) is not { } body) return (null, "delivery-destroyed");
        if (platform != "meta") return (null, "platform-unknown");

        var result = CaptureResult.None;
        var problems = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in MetaWebhook.Read(body, clock.GetUtcNow()))
        {
            if (entry.EntryId is not null && await ChannelOf(entry, ct) is { } channel)
            {
                var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
                result = result.Plus(await capture.Capture(new(channel, policy.Version, id, Caller.System, clock.GetUtcNow()), entry.Acts, ct));
            }
            else
            {
                // A body that cannot be read names no page: its own fault is the problem.
                var faults = entry.Acts.OfType<ReadAct.Rejected>().Select(r => r.Code).ToList();
                problems.UnionWith(entry.EntryId is null && faults.Count > 0 ? faults : ["channel-unknown"]);
            }
        }

        problems.UnionWith(result.Rejected.Select(r => r.Code));
        return problems.Count > 0
            ? (null, string.Join(", ", problems))
            : (new(result.Accepted, result.Duplicates, result.Disposed, result.Unknown, result.RejectedCount, []), null);
    }

    /// <summary>A page's messages belong to its Messenger channel only where the page itself is not in the register.</summary>
    private async Task<Channel?> ChannelOf(MetaEntry entry, CancellationToken ct)
    {
        string[] platforms = entry.ObjectKind == "instagram" ? ["instagram"] : ["facebook", "messenger"];
        foreach (var platform in platforms)
        {
            if (await channels.FindByRoute(ids.Route(platform, entry.EntryId!), ct) is { } channel) return channel;
        }

        return null;
    }
}
