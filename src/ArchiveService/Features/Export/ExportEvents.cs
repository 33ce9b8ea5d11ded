using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Export;

public abstract record ExportEvent : SealableEvent;

/// <summary>Everything was taken out in the clear, secrets too, as it stood after <paramref name="LastSequence"/>: written before the first byte is given out. Who did it is the actor.</summary>
[EventName("archive_exported")]
public sealed record ArchiveExported(DateTimeOffset ExportedAt, long LastSequence, long Events, long Records, long Attachments, long DiaryEntries, long Cases) : ExportEvent;
