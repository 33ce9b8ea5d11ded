using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Opening;

/// <summary>
/// Fel adressat (FL 6 and 8 §§): handed to the authority it is for, and the sender told where it went. It stays here as an incoming record, kept in order or
/// under its number. To whom, what the sender was told or why nobody could be told, and a note stand sealed.
/// </summary>
[EventName("record_misdirected")]
public sealed record RecordMisdirected(bool SenderTold, int PolicyVersion) : RecordEvent;

public abstract record InboxEmptyingEvent : SealableEvent;

/// <summary>
/// The emptying of the morning list, signed: everything that had come in until <paramref name="Until"/> had an outcome, or what had none is counted as left.
/// Outcomes after <paramref name="Since"/> (absent for the first) and until <paramref name="CountedAt"/> are counted, by wall, so that nobody is told of what they may
/// not know; <paramref name="Secret"/> is absent when the one who signed may not read what is secret. A note stands sealed.
/// </summary>
[EventName("inbox_emptied")]
public sealed record InboxEmptied(
    Guid Authority, Guid SignedBy, DateTimeOffset Until, DateTimeOffset? Since, DateTimeOffset CountedAt,
    EmptiedCounts Open, EmptiedCounts Unassessed, EmptiedCounts? Secret, int PolicyVersion) : InboxEmptyingEvent;

/// <summary>How many left the list by which outcome, decided by a person or given by a rule, and how many were left in it.</summary>
public sealed record EmptiedCounts(long Registered, long KeptOrdered, long Exempt, long Routed, long Misdirected, long ByRule, long Left)
{
    public static EmptiedCounts None { get; } = new(0, 0, 0, 0, 0, 0, 0);

    public EmptiedCounts Plus(EmptiedCounts? other) => other is null ? this : new(
        Registered + other.Registered, KeptOrdered + other.KeptOrdered, Exempt + other.Exempt, Routed + other.Routed, Misdirected + other.Misdirected, ByRule + other.ByRule, Left + other.Left);
}
