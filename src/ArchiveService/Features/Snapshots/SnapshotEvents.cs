using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;

namespace ArchiveService.Features.Snapshots;

/// <summary>Why a snapshot was taken (H-28, T-19, H-30).</summary>
public enum Occasion
{
    Scheduled,
    Debate,
    MajorChange,
    Closing,
    Other,
}

public enum ArtefactKind
{
    ScreenRecording,
    Screenshot,
    Pdf,
    WebArchive,
    Layout,
}

/// <summary>A file of a snapshot: what it is, and the format its first bytes show.</summary>
public sealed record Artefact(Guid Attachment, ArtefactKind Kind, string Format);

/// <summary>Ögonblicksbild: a channel as it looked in a period, as files of this record. Somebody has looked through it for what is secret. A note stands sealed.</summary>
[EventName("snapshot_taken")]
public sealed record SnapshotTaken(
    Guid Channel, DateOnly From, DateOnly To, Occasion Occasion, bool CoversContent, bool CoversLayout, bool Screened,
    IReadOnlyList<Artefact> Artefacts, Guid? Order, int PolicyVersion) : RecordEvent;

/// <summary>A snapshot besides the schedule was asked for. Why stands sealed.</summary>
[EventName("snapshot_ordered")]
public sealed record SnapshotOrdered(Guid Order, Occasion Occasion, DateOnly DueOn, int PolicyVersion) : ChannelEvent;

/// <summary>
/// What stood when the channel was closed (H-30): the closing snapshots and what they cover, what the archive knows that they do not have, by kind and number,
/// and whether whoever closed it had read that. Who was informed stands sealed.
/// </summary>
[EventName("channel_closing_checked")]
public sealed record ChannelClosingChecked(
    bool TakenIntoUse, IReadOnlyList<Guid> Snapshots, bool CoversContent, bool CoversLayout, IReadOnlyDictionary<string, long> Lost, bool Acknowledged, bool ManagersInformed,
    int PolicyVersion) : ChannelEvent;
