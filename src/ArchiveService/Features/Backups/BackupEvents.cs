using ArchiveService.EventStore;
using ArchiveService.Features.Cases;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Backups;

public abstract record KeyRotationEvent : SealableEvent;

public abstract record KeyExportEvent : SealableEvent;

/// <summary>
/// The surviving keys are wrapped under a new epoch key, a backup taken after that has been opened on trial, and the old epoch key is destroyed: no backup from before
/// can be opened any more (architecture §4). Counts are of what the new one wraps.
/// </summary>
[EventName("keys_rotated")]
public sealed record KeysRotated(
    Guid Rotation, Guid OldKek, Guid NewKek, DateTimeOffset StartedAt, DateTimeOffset RewrappedAt, DateTimeOffset TrialOpenedAt, DateTimeOffset DestroyedAt, Guid? Backup,
    long Keys, IReadOnlyDictionary<string, long> KeysByClass, long Notes) : KeyRotationEvent;

/// <summary>The keys were taken out under a passphrase. While the copy lasts it opens what the epoch key it holds opens.</summary>
[EventName("keys_exported")]
public sealed record KeysExported(Guid Export, Guid Kek, DateTimeOffset ExportedAt) : KeyExportEvent;

/// <summary>
/// A backup was taken and is whole: how much it holds of what stood after <paramref name="LastSequence"/>. Who took it is the actor. Where it lies is not said: a path may name
/// people and places, and the folder is moved anyway.
/// </summary>
[EventName("backup_taken")]
public sealed record BackupTaken(Guid Backup, DateTimeOffset TakenAt, long LastSequence, long Events, long Keys, long Objects, long ObjectBytes) : LogEvent;

/// <summary>
/// A backup came back. What came after <paramref name="LastSequence"/> is lost; who brought it back stands sealed beside. Lines are those of the erasure ledger that the
/// backup did not know, which were carried out again before anybody was served.
/// </summary>
[EventName("backup_restored")]
public sealed record BackupRestored(
    Guid Restore, Guid Backup, DateTimeOffset TakenAt, DateTimeOffset RestoredAt, long LastSequence, long LedgerLines, int LinesReplayed, int StreamsDestroyedAgain, int KeysDestroyedAgain) : LogEvent;

/// <summary>The database came back without ./run restore: lines of the erasure ledger that it did not know were carried out again before anybody was served.</summary>
[EventName("erasures_replayed")]
public sealed record ErasuresReplayed(long LedgerLines, int LinesReplayed, int StreamsDestroyedAgain, int KeysDestroyedAgain) : LogEvent;
