using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Completeness;

/// <summary>How whole a channel's days are in the archive, in a stream of its own beside the channel's: a gap is a record too.</summary>
public abstract record CompletenessEvent : SealableEvent;

/// <summary>How whole a day was when it was looked at; told anew when that changes, as when a gap was filled.</summary>
[EventName("channel_day_closed")]
public sealed record ChannelDayClosed(Guid Authority, Guid Channel, DateOnly Day, string Coverage, string? Reason, long MissingSeconds, long Items) : CompletenessEvent;

/// <summary>What the platform listed was laid beside the archive.</summary>
[EventName("channel_compared")]
public sealed record ChannelCompared(Guid Authority, Guid Channel, DateTimeOffset From, int Listed, int Absent, int Gone, int Unclear, string Outcome) : CompletenessEvent;

/// <summary>What came from the channel in this time cannot be trusted, as when somebody else held its log-in. The reason stands sealed.</summary>
[EventName("period_marked_untrusted")]
public sealed record PeriodMarkedUntrusted(Guid Authority, Guid Channel, Guid Period, DateTimeOffset From, DateTimeOffset? Until, int PolicyVersion) : CompletenessEvent;

/// <summary>What came in an untrusted time can be trusted after all. The reason stands sealed.</summary>
[EventName("period_trusted_again")]
public sealed record PeriodTrustedAgain(Guid Authority, Guid Channel, Guid Period, int PolicyVersion) : CompletenessEvent;

/// <summary>A script of the authority's own says that it sent everything of this time.</summary>
[EventName("period_covered")]
public sealed record PeriodCovered(Guid Authority, Guid Channel, DateTimeOffset From, DateTimeOffset Until) : CompletenessEvent;

/// <summary>Nothing has come for longer than the channel is ever quiet.</summary>
[EventName("channel_fell_silent")]
public sealed record ChannelFellSilent(Guid Authority, Guid Channel, DateTimeOffset LastHeardAt, long PatienceSeconds) : CompletenessEvent;

/// <summary>A channel that had fallen silent speaks again.</summary>
[EventName("channel_heard_again")]
public sealed record ChannelHeardAgain(Guid Authority, Guid Channel) : CompletenessEvent;

/// <summary>
/// The platform was found not to tell of all that happens: one of its two subscriptions lacks something. <paramref name="Since"/>: when both were last seen whole. What each side
/// lacks is told by the platform's own names of fields, or by what is wrong with it as a whole.
/// </summary>
[EventName("channel_unsubscribed")]
public sealed record ChannelUnsubscribed(Guid Authority, Guid Channel, DateTimeOffset Since, IReadOnlyList<string> App, IReadOnlyList<string> Page) : CompletenessEvent;

/// <summary>Both subscriptions were seen whole again.</summary>
[EventName("channel_subscribed_again")]
public sealed record ChannelSubscribedAgain(Guid Authority, Guid Channel) : CompletenessEvent;
