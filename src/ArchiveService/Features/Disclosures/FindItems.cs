using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>Adds what answers to the request: records by id, a case by id or number, with the documents in it.</summary>
public sealed record FindItems(IReadOnlyList<Guid>? Records, Guid? Case = null, string? DiaryNumber = null)
{
    public const int Most = 500;

    /// <summary>Pure. <paramref name="found"/>: what there is of it, that the caller may know of.</summary>
    public static Decision Decide(DisclosureState state, IReadOnlyList<(FoundKind Kind, Guid Target, Guid? Case)> found, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        var fresh = found.Where(f => state.Find(f.Target) is null).Distinct().ToList();
        if (state.Items.Count + fresh.Count > Most) return new Refusal("too-many-items", $"En begäran kan hålla högst {Most} handlingar. Ta emot den som flera, eller lämna ut i omgångar.");
        return new Decision([.. fresh.Select(f => new Happened(new DisclosureItemFound(f.Kind, f.Target, policy.Version, f.Case), KeyClass.Request))]);
    }
}

/// <summary>Takes something out again that did not answer to the request.</summary>
public sealed record DropItem(string? Reason)
{
    public Decision Decide(DisclosureState state, Guid target, Policy policy)
    {
        if (Requests.Refuse(state) is { } closed) return closed;
        if (state.Find(target) is not { } item) return Requests.NoItem;
        if (item.Delivered || item.Refused || item.Declined) return new Refusal("item-answered", "Handlingen är redan besvarad i begäran och kan inte tas bort ur den.");
        // A document of a case is under the case's key: while it is asked for, the case is held.
        if (state.Items.Any(i => i.Case == target)) return new Refusal("case-held", "Ärendet hålls kvar så länge någon av dess egna handlingar finns i begäran. Ta bort dem först.");
        return Reason?.Trim() is { Length: > 0 and <= 4000 } reason
            ? new Happened(new DisclosureItemDropped(target, policy.Version), KeyClass.Request, new Parts().With("reason", reason))
            : Refusal.Input("reason-missing", "Skriv varför handlingen inte hör till begäran.");
    }
}
