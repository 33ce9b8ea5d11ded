using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Sources;

/// <summary>
/// The standing connection of one channel to its platform, in a stream of its own beside the channel's. The access token is in no event: that one was set, by whom and when,
/// is all that is told of it.
/// </summary>
public abstract record SourceEvent : SealableEvent;

/// <summary>Where and how the channel is asked. The address and the account stand sealed.</summary>
[EventName("source_set_up")]
public sealed record SourceSetUp(Guid Authority, Guid Channel, string Means, int IntervalMinutes, bool Enabled, int PolicyVersion) : SourceEvent;

[EventName("source_paused")]
public sealed record SourcePaused(Guid Authority, Guid Channel, int PolicyVersion) : SourceEvent;

[EventName("source_resumed")]
public sealed record SourceResumed(Guid Authority, Guid Channel, int PolicyVersion) : SourceEvent;

[EventName("source_credential_set")]
public sealed record SourceCredentialSet(Guid Authority, Guid Channel, bool Replaced, int PolicyVersion) : SourceEvent;

[EventName("source_credential_removed")]
public sealed record SourceCredentialRemoved(Guid Authority, Guid Channel, int PolicyVersion) : SourceEvent;

/// <summary>The platform does not answer as it should, and somebody has to see to it. Stopped: nothing is asked until they have.</summary>
[EventName("source_alarm_raised")]
public sealed record SourceAlarmRaised(Guid Authority, Guid Channel, string Problem, bool Stopped) : SourceEvent;

/// <summary>It answers again.</summary>
[EventName("source_recovered")]
public sealed record SourceRecovered(Guid Authority, Guid Channel, string Problem) : SourceEvent;
