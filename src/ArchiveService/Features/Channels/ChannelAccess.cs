using System.Collections.Immutable;
using ArchiveService.EventStore;

namespace ArchiveService.Features.Channels;

/// <summary>The losses of access that a channel's stream tells of, by their keyed digests, so that the same one is not told twice.</summary>
public sealed record ChannelAccess(ImmutableHashSet<string> Lost)
{
    /// <summary>Kept folded: a channel lives for years, and so does its stream.</summary>
    public static Snapshot<ChannelAccess> Folded { get; } = new("channel-access", 1, new([]), (access, recorded) =>
        recorded.Event is ChannelAccessLost lost ? new(access.Lost.Add(lost.Act)) : access);
}
