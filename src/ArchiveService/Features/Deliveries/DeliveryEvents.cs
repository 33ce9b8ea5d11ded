using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Deliveries;

public abstract record DeliveryEvent : SealableEvent;

/// <summary>What arrived, sealed whole under its own key before anything was parsed. Bodies over 1 MiB stand in the object store.</summary>
[EventName("delivery_received")]
public sealed record DeliveryReceived(string Platform, string Means, Guid? Channel, string Signature, long Bytes, Guid? Object) : DeliveryEvent;

[EventName("delivery_processed")]
public sealed record DeliveryProcessed(int Accepted, int Duplicates, int Disposed, int Unknown, int Rejected, IReadOnlyList<string> Problems) : DeliveryEvent;

/// <summary>Given up after retries: shown among the dead letters until somebody retries or discards it.</summary>
[EventName("delivery_failed")]
public sealed record DeliveryFailed(string Problem, int Attempts) : DeliveryEvent;

/// <summary>Somebody decided that a dead letter is not to be read. It stays, sealed, and may be read in again.</summary>
[EventName("delivery_discarded")]
public sealed record DeliveryDiscarded(string Reason) : DeliveryEvent;

/// <summary>Somebody read what arrived, as it arrived. Why stands sealed.</summary>
[EventName("delivery_opened")]
public sealed record DeliveryOpened : DeliveryEvent;

/// <summary>Rådata: the standing rule, or the gallring of a record it holds, destroyed it.</summary>
[EventName("delivery_disposed")]
public sealed record DeliveryDisposed(Guid Run, DateTimeOffset DisposedAt) : DeliveryEvent;
