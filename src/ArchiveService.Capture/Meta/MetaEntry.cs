namespace ArchiveService.Capture.Meta;

/// <summary>One entry of a delivery: what happened on one page or account.</summary>
/// <param name="ObjectKind">Meta's word, <c>page</c> or <c>instagram</c>; empty when the delivery could not be read.</param>
/// <param name="EntryId">The page or account that the channel register routes on; null when it was not told.</param>
/// <param name="Acts">What was found, in order.</param>
public sealed record MetaEntry(string ObjectKind, string? EntryId, IReadOnlyList<ReadAct> Acts);
