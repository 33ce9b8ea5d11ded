using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.OnCall;

public abstract record OnCallEvent : SealableEvent;

/// <summary>Somebody to call in acute danger, as of now; a change is told whole. Name, function, phone and hours stand sealed.</summary>
[EventName("on_call_contact_listed")]
public sealed record OnCallContactListed(Guid Authority, int PolicyVersion) : OnCallEvent;

/// <summary>Nobody to call any more.</summary>
[EventName("on_call_contact_removed")]
public sealed record OnCallContactRemoved(Guid Authority, int PolicyVersion) : OnCallEvent;
