using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Weeding;

public enum WorkingNoteKind
{
    /// <summary>Utkast: what is to become a document of the authority, and is not yet.</summary>
    Draft,

    /// <summary>Minnesanteckning: made only for the preparation of the case (TF 2:12).</summary>
    Memo,
}

public enum ArchivedAs
{
    /// <summary>Taken care of for archiving.</summary>
    Archived,

    /// <summary>Sent out of the authority (expedierad).</summary>
    Dispatched,
}

/// <summary>A draft or a working note of a case. It has a stream and a key of its own, so that it can be weeded alone.</summary>
public abstract record WorkingNoteEvent : SealableEvent;

/// <summary>Written. What it says stands sealed under its own key.</summary>
[EventName("working_note_written")]
public sealed record WorkingNoteWritten(Guid Authority, Guid Case, WorkingNoteKind Kind, int PolicyVersion) : WorkingNoteEvent;

/// <summary>Taken care of for archiving, or sent out: from now on an allmän handling that only gallring can destroy.</summary>
[EventName("working_note_archived")]
public sealed record WorkingNoteArchived(ArchivedAs As, int PolicyVersion) : WorkingNoteEvent;

/// <summary>Rensad: its key is destroyed, and with it what it said. Written by archive.cleanse alone.</summary>
[EventName("working_note_weeded")]
public sealed record WorkingNoteWeeded(Guid Act, DateTimeOffset WeededAt) : WorkingNoteEvent;

public abstract record WeedingEvent : SealableEvent;

/// <summary>
/// Rensning: drafts and working notes of a case were destroyed before archiving. No gallringsbeslut is needed; the event says who, when and how many of which kind. The name of whoever
/// did it, and why, stand sealed.
/// </summary>
[EventName("drafts_weeded")]
public sealed record DraftsWeeded(Guid Authority, Guid Case, int Drafts, int Memos, int PolicyVersion) : WeedingEvent;
