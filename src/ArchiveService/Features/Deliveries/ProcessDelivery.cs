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
    /// <returns>Null when all of it has found its place; otherwise the problem, and the delivery stays among the dead letters.</returns>
    public async Task<string?> Process(Guid id, string platform, CancellationToken ct)
    {
        if (await deliveries.Body(id, ct) is not { } body) return "delivery-destroyed";
        if (platform != "meta") return "platform-unknown";

        var result = CaptureResult.None;
        var problems = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var entry in MetaWebhook.Read(body, clock.GetUtcNow()))
        {
            var channelPlatform = entry.ObjectKind == "instagram" ? "instagram" : "facebook";
            if (entry.EntryId is null || await channels.FindByRoute(ids.Route(channelPlatform, entry.EntryId), ct) is not { } channel)
            {
                problems.Add("channel-unknown");
                continue;
            }

            var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
            result = result.Plus(await capture.Capture(new(channel, policy.Version, id, Caller.System, clock.GetUtcNow()), entry.Acts, ct));
        }

        foreach (var rejected in result.Rejected) problems.Add(rejected.Code);
        if (problems.Count > 0) return string.Join(", ", problems);
        await deliveries.Processed(id, new(result.Accepted, result.Duplicates, result.Disposed, result.Unknown, result.Rejected.Count, []), ct);
        return null;
    }
}
