using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Capture.Meta;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Deliveries;

/// <summary>Parses a stored delivery and captures what it says, channel by channel.</summary>
public sealed class ProcessDelivery(Deliveries deliveries, ChannelRegister channels, AuthorityRegister authorities, CaptureActs capture, KeyedIds ids, IEnumerable<IDeliveryReader> readers, IEnumerable<IRoutedReader> routed, TimeProvider clock)
{
    /// <summary>The platform of a reader that reads its form whichever platform the channel is on.</summary>
    public const string AnyPlatform = "*";

    /// <returns>What was done, to be appended with the settling of the inbox row; or the problem, and the delivery stays among the dead letters.</returns>
    public async Task<(DeliveryProcessed? Processed, string? Problem)> Process(Guid id, string platform, CancellationToken ct)
    {
        if (await deliveries.Open(id, ct) is not { } opened) return (null, "delivery-destroyed");
        if (opened.Context.Form is { } form) return await ProcessOfChannel(id, platform, form, opened, ct);
        if (routed.FirstOrDefault(reader => reader.Platform == platform) is { } told) return await ProcessRouted(id, told, opened.Body, ct);
        if (platform != "meta") return (null, "platform-unknown");

        var body = opened.Body;
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

        return Outcome(result, problems);
    }

    private async Task<(DeliveryProcessed? Processed, string? Problem)> ProcessRouted(Guid id, IRoutedReader reader, byte[] body, CancellationToken ct)
    {
        var result = CaptureResult.None;
        var problems = new SortedSet<string>(StringComparer.Ordinal);
        foreach (var (accounts, acts) in reader.Read(body, clock.GetUtcNow()))
        {
            Channel? channel = null;
            foreach (var account in accounts) channel ??= await channels.FindByRoute(ids.Route(reader.Platform, account), ct);
            if (channel is not null)
            {
                var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
                result = result.Plus(await capture.Capture(new(channel, policy.Version, id, Caller.System, clock.GetUtcNow()), acts, ct));
            }
            else
            {
                // A body that cannot be read names no account: its own fault is the problem.
                var faults = acts.OfType<ReadAct.Rejected>().Select(r => r.Code).ToList();
                problems.UnionWith(accounts.Count == 0 && faults.Count > 0 ? faults : ["channel-unknown"]);
            }
        }

        return Outcome(result, problems);
    }

    private async Task<(DeliveryProcessed? Processed, string? Problem)> ProcessOfChannel(Guid id, string platform, string form, Deliveries.Opened opened, CancellationToken ct)
    {
        if (readers.FirstOrDefault(reader => reader.Form == form && (reader.Platform == platform || reader.Platform == AnyPlatform)) is not { } reader) return (null, "form-unknown");
        if (opened.Received.Channel is not { } channelId || await channels.Find(channelId, ct) is not { } channel) return (null, "channel-unknown");
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var now = clock.GetUtcNow();
        return Outcome(await capture.Capture(new(channel, policy.Version, id, Caller.System with { PersonId = opened.By }, now), reader.Read(opened.Body, opened.Context, now), ct), []);
    }

    private static (DeliveryProcessed? Processed, string? Problem) Outcome(CaptureResult result, SortedSet<string> problems)
    {
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
