using ArchiveService.Access;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/{id}/beslut: the authority's written decision, to be printed.</summary>
public sealed class DecisionModel(Requests requests, DisclosureRegister register, DisclosureDocuments papers) : DisclosurePage(requests, register)
{
    protected override bool ForHandlers => false;

    public IReadOnlyList<WrittenDecision> Decisions { get; private set; } = [];

    protected override async Task<bool> Prepare(CancellationToken ct)
    {
        Decisions = (await papers.Of(Id, HttpContext.Caller(), ct))?.Decisions ?? [];
        return Decisions.Count > 0;
    }
}

/// <summary>/utlamnanden/{id}/kvitto: what was given out, when, how and for what, to be printed or sent along.</summary>
public sealed class ReceiptModel(Requests requests, DisclosureRegister register, DisclosureDocuments papers) : DisclosurePage(requests, register)
{
    protected override bool ForHandlers => false;

    public IReadOnlyList<DeliveryReceipt> Receipts { get; private set; } = [];

    protected override async Task<bool> Prepare(CancellationToken ct)
    {
        Receipts = (await papers.Of(Id, HttpContext.Caller(), ct))?.Receipts ?? [];
        return Receipts.Count > 0;
    }
}
