using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disposals;

/// <summary>The name of whoever acted stands sealed beside each (the certificate shows it); the actor's id is the event's own.</summary>
public abstract record DisposalEvent : SealableEvent;

/// <summary>A run was proposed with a frozen manifest. The digest is over ids and due dates, in the order of the manifest.</summary>
[EventName("disposal_proposed")]
public sealed record DisposalProposed(
    Guid Authority, Guid Rule, int RuleVersion, Guid Decision, DateOnly DueBefore, int Items, string ManifestDigest, DateOnly Oldest, DateOnly Newest,
    int Held, string Role, int PolicyVersion, long? ContentBytes = null, int? Attachments = null, long? AttachmentBytes = null) : DisposalEvent;

/// <summary>
/// Somebody looked through the list and said something of an item; the remark stands sealed. What is to be kept is out of the run for good: no approval and no
/// later change of mind brings it back into this run.
/// </summary>
[EventName("disposal_item_reviewed")]
public sealed record DisposalItemReviewed(Guid Record, int Place, bool Keeps, string Role, int PolicyVersion) : DisposalEvent;

/// <summary>Approved by another person than the proposer (four eyes, I4).</summary>
[EventName("disposal_approved")]
public sealed record DisposalApproved(int CoolingOffDays, string ManifestDigest, string Role, int PolicyVersion) : DisposalEvent;

/// <summary>The run was ended before anything was destroyed. One cancelled before versions of the policy were noted here has none.</summary>
[EventName("disposal_cancelled_v2")]
public sealed record DisposalCancelled(string Role, int? PolicyVersion) : DisposalEvent
{
    /// <summary>As it was stored before; read as the newest.</summary>
    public static class First
    {
        [EventName("disposal_cancelled")]
        public sealed record DisposalCancelled(string Role) : DisposalEvent, IOlderVersion
        {
            public object Newer() => new Disposals.DisposalCancelled(Role, null) { Sealed = Sealed };
        }
    }
}

[EventName("disposal_execution_started")]
public sealed record DisposalExecutionStarted(string Role, int FinalDays, int PolicyVersion) : DisposalEvent;

/// <summary>
/// The logical step: keys, ciphertexts and derived rows are gone, and every batch stands in the erasure ledger. <paramref name="Bytes"/> of sealed text and attachments were measured
/// before; absent where that was not done.
/// </summary>
[EventName("disposal_destroyed")]
public sealed record DisposalDestroyed(
    int Records, int Skipped, int Accounts, int Deliveries, int Keys, int Ciphertexts, int Objects, int Batches, long LedgerEntry, long? Bytes = null) : DisposalEvent;

/// <summary>A place of the registry that was asked: for how many ids by reference, and how many of its rows, objects or files were read by content.</summary>
public sealed record PlaceLooked(string Place, long ByReference, long ByContent);

/// <summary>A copy that the run does not destroy: of what kind, where it is known from, how many, and the rule here that decides on it; absent where none does.</summary>
public sealed record FoundCopy(string Kind, string Place, long Count, Guid? Rule, int? RuleVersion);

/// <summary>
/// Looked for again: every item by reference, a sample by content; nothing was left. <paramref name="ByContent"/> counts the records a passage of which was looked for,
/// <paramref name="WithoutPassage"/> those of the sample that had none of their own, and <paramref name="SampleLost"/> says that a process died with the sample it had taken.
/// </summary>
[EventName("disposal_verified")]
public sealed record DisposalVerified(
    int ByReference, int ByContent, IReadOnlyList<string> Projections, int? WithoutPassage = null, bool? SampleLost = null, IReadOnlyList<PlaceLooked>? Places = null,
    IReadOnlyList<FoundCopy>? Copies = null) : DisposalEvent;

/// <summary>The look found residue of what was destroyed: where and how much, never what. The run is not completed while it stands.</summary>
[EventName("disposal_residue_found")]
public sealed record DisposalResidueFound(IReadOnlyList<Leftover> Left) : DisposalEvent;

/// <summary>
/// The protocol (gallringsprotokoll) with its certificate was issued and registered in the diary as a document of the authority's case for gallring. Until the epoch keys are
/// rotated it says raderad, not förstörd. <paramref name="NotRegistered"/>: why it has no number here.
/// </summary>
[EventName("disposal_protocol_issued")]
public sealed record DisposalProtocolIssued(
    DateOnly FinalOn, IReadOnlyList<string> RemainsIn, Guid? Case = null, string? DiaryNumber = null, int? DocumentNumber = null, string? NotRegistered = null) : DisposalEvent;

/// <summary>In which capacity a protocol is signed.</summary>
public enum SigningPart
{
    /// <summary>Whoever controlled or witnessed the execution.</summary>
    Controller,

    /// <summary>Arkivansvarig: signs for the authority.</summary>
    Archivist,
}

public enum SigningForm
{
    /// <summary>Here, by whoever is logged in.</summary>
    Electronic,

    /// <summary>On paper, which is kept where the sealed text says.</summary>
    Paper,
}

/// <summary>A protocol was signed. Name and title of whoever signed, and where a signed paper is kept, stand sealed.</summary>
[EventName("disposal_protocol_signed")]
public sealed record DisposalProtocolSigned(SigningPart Part, SigningForm Form, DateOnly SignedOn, string Role, int PolicyVersion) : DisposalEvent;

/// <summary>The protocol as it was signed on paper was read in. The file, and what it was called, stand sealed.</summary>
[EventName("disposal_protocol_scanned")]
public sealed record DisposalProtocolScanned(SigningPart Part, long Bytes, string MediaType, int PolicyVersion) : DisposalEvent;

/// <summary>The diary that is kept in another system gave the protocol this number. Numbers are always open (OSL 5:2).</summary>
[EventName("disposal_protocol_numbered")]
public sealed record DisposalProtocolNumbered(string System, string DiaryNumber, int PolicyVersion) : DisposalEvent;

/// <summary>The physical step: the tables that the records stood in were rewritten and old write-ahead log was removed.</summary>
[EventName("disposal_scrubbed")]
public sealed record DisposalScrubbed(int Tables) : DisposalEvent;
