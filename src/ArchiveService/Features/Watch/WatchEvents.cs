using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Watch;

/// <summary>
/// Uppsikt over one channel, in a stream of its own beside the channel's: it grows by a line a day, and what captures write to the channel must never wait
/// for it. Two who write at once cannot break anything, so nothing expects a version.
/// </summary>
public abstract record WatchEvent : SealableEvent;

/// <summary>How often the channel's plan says that somebody looks, and on which days (T-21 field 7).</summary>
[EventName("watch_planned")]
public sealed record WatchPlanned(Guid Authority, Guid Channel, int? IntervalHours, IReadOnlyList<DayOfWeek> Days, int PolicyVersion) : WatchEvent;

/// <summary>Somebody watches the channel on these days of the week, from a day on.</summary>
[EventName("watch_rota_entered")]
public sealed record WatchRotaEntered(Guid Authority, Guid Channel, Guid Entry, Guid Person, DateOnly From, DateOnly? Until, IReadOnlyList<DayOfWeek> Days, int PolicyVersion) : WatchEvent;

/// <summary>The last day of an entry of the rota.</summary>
[EventName("watch_rota_ended")]
public sealed record WatchRotaEnded(Guid Authority, Guid Channel, Guid Entry, DateOnly Last, int PolicyVersion) : WatchEvent;

/// <summary>Somebody who watches is away; the substitute takes their days (H-07).</summary>
[EventName("watch_absence_entered")]
public sealed record WatchAbsenceEntered(Guid Authority, Guid Channel, Guid Absence, Guid Person, DateOnly From, DateOnly Until, Guid? Substitute, int PolicyVersion) : WatchEvent;

/// <summary>The absence was entered by mistake, or did not come to be.</summary>
[EventName("watch_absence_withdrawn")]
public sealed record WatchAbsenceWithdrawn(Guid Authority, Guid Channel, Guid Absence, int PolicyVersion) : WatchEvent;

/// <summary>Genomgången: somebody looked through the channel that day.</summary>
[EventName("watch_kept")]
public sealed record WatchKept(Guid Authority, Guid Channel, DateOnly Day, int PolicyVersion) : WatchEvent;
