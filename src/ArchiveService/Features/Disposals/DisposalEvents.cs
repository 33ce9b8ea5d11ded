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

/// <summary>The logical step: keys, ciphertexts and derived rows are gone, and every batch stands in the erasure ledger.</summary>
[EventName("disposal_destroyed")]
public sealed record DisposalDestroyed(
    int Records, int Skipped, int Accounts, int Deliveries, int Keys, int Ciphertexts, int Objects, int Batches, long LedgerEntry) : DisposalEvent;

/// <summary>Looked for again: every item by reference, a sample by content.</summary>
[EventName("disposal_verified")]
public sealed record DisposalVerified(int ByReference, int ByContent, IReadOnlyList<string> Projections) : DisposalEvent;

/// <summary>The protocol (gallringsprotokoll) with its certificate was issued. Until the epoch keys are rotated it says raderad, not förstörd.</summary>
[EventName("disposal_protocol_issued")]
public sealed record DisposalProtocolIssued(DateOnly FinalOn, IReadOnlyList<string> RemainsIn) : DisposalEvent;

/// <summary>The physical step: the tables that the records stood in were rewritten and old write-ahead log was removed.</summary>
[EventName("disposal_scrubbed")]
public sealed record DisposalScrubbed(int Tables) : DisposalEvent;
