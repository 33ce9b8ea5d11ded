using ArchiveService.EventStore;
using ArchiveService.Features.Export;

namespace ArchiveService.Features.Warc;

/// <summary>
/// A channel's records were taken out as WARC or WACZ: written before the first byte is given out. <paramref name="Walled"/>: what is secret or unassessed went with it, as far as
/// whoever took it out may read that. Who did it is the actor.
/// </summary>
[EventName("channel_exported")]
public sealed record ChannelExported(DateTimeOffset ExportedAt, Guid Channel, string Form, DateOnly? From, DateOnly? To, bool Walled, long Records) : ExportEvent;
