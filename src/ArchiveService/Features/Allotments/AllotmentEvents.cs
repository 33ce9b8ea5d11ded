using ArchiveService.EventStore;
using ArchiveService.Features.Records;

namespace ArchiveService.Features.Allotments;

/// <summary>
/// Fördelning: a registered record went to an officer, or to a unit when <paramref name="Officer"/> is absent. The unit's name and a note stand sealed.
/// It is the record that is allotted; who handles the case is another question.
/// </summary>
[EventName("record_allotted")]
public sealed record RecordAllotted(Guid Allotment, Guid? Officer, int PolicyVersion) : RecordEvent;

/// <summary>Receipt: the officer, or somebody in the unit, has taken it on.</summary>
[EventName("allotment_received")]
public sealed record AllotmentReceived(Guid Allotment, Guid By, int PolicyVersion) : RecordEvent;

/// <summary>Not received: it goes back to be allotted again. The reason stands sealed.</summary>
[EventName("allotment_declined")]
public sealed record AllotmentDeclined(Guid Allotment, Guid By, int PolicyVersion) : RecordEvent;

/// <summary>Who has it, and whether they have received it.</summary>
/// <param name="Officer">Null for a unit, until somebody in it has received it.</param>
public sealed record Allotment(Guid Id, Guid? Officer, DateTimeOffset At, DateTimeOffset? ReceivedAt);
