using System.Text;
using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Features.Evidence;

namespace ArchiveService.Features.Proofs;

/// <summary>Puts a bundle together: collects events with what is shown of them, then binds them to checkpoints.</summary>
public sealed class BundleMaker(LogPlaces log)
{
    private readonly List<(StoredEvent Event, LogPlace Place, List<OpenedPart> Opened)> events = [];
    private readonly List<KeptCheckpoint> checkpoints = [];

    /// <summary>Where the events stand, in the order they were added.</summary>
    public IEnumerable<LogPlace> Places => events.Select(e => e.Place);

    public LogPlace PlaceOf(Guid eventId) => events.First(e => e.Event.Id == eventId).Place;

    /// <summary>Adds an event; false when the evidence log has not come so far.</summary>
    public async Task<bool> Add(StoredEvent one, CancellationToken ct)
    {
        if (await log.Of(one.Sequence, ct) is not { } place) return false;
        events.Add((one, place, []));
        return true;
    }

    /// <summary>Shows a part of an event.</summary>
    public void Show(Guid eventId, OpenedPart part) => events.First(e => e.Event.Id == eventId).Opened.Add(part);

    /// <summary>Binds all that was added to a checkpoint, as far as it vouches for it.</summary>
    public void Under(KeptCheckpoint checkpoint)
    {
        if (!checkpoints.Any(c => c.Origin == checkpoint.Origin && c.Size == checkpoint.Size)) checkpoints.Add(checkpoint);
    }

    /// <param name="kind">What it proves.</param>
    /// <param name="record">Of which record.</param>
    /// <param name="run">By which run.</param>
    /// <param name="withheld">What is masked.</param>
    /// <param name="ct">Breaks off.</param>
    /// <param name="also">Events that every checkpoint of the bundle is to vouch for; the others are bound to the latest that does.</param>
    /// <param name="vouched">Whether what witnesses and time-stamping authorities signed goes along. They sign later: without it the bundle is the same whenever it is made.</param>
    public async Task<ProofBundle> Make(BundleKind kind, Guid? record, Guid? run, IReadOnlyList<WithheldPart> withheld, CancellationToken ct, IReadOnlySet<Guid>? also = null, bool vouched = true)
    {
        if (vouched) await UnderTheFirstVouched(record, ct);
        var ordered = checkpoints.OrderBy(c => c.Origin, StringComparer.Ordinal).ThenBy(c => c.Size).ToList();
        var extensions = new List<BundledExtension>();
        for (var i = 1; i < ordered.Count; i++)
        {
            if (ordered[i].Origin == ordered[i - 1].Origin) extensions.Add(new(i - 1, i, await log.Consistency(ordered[i].Origin, ordered[i - 1].Size, ordered[i].Size)));
        }

        var bundled = new List<BundledEvent>();
        foreach (var (one, place, opened) in events)
        {
            var vouching = ordered.Select((c, i) => (Checkpoint: c, Place: i)).Where(c => c.Checkpoint.Origin == place.Origin && c.Checkpoint.Size > place.Index).Reverse().ToList();
            var inclusions = new List<BundledInclusion>();
            foreach (var (checkpoint, i) in also?.Contains(one.Id) == true ? vouching : vouching.Take(1)) inclusions.Add(await log.Inclusion(i, checkpoint, place.Index));
            bundled.Add(new(Encoding.UTF8.GetString(EvidenceWorker.Leaf(one).V1()), inclusions, [.. opened.OrderBy(o => o.Part, StringComparer.Ordinal)]));
        }

        var (notes, timestamps) = (new List<string>(), new List<BundledTimestamp>());
        foreach (var checkpoint in ordered)
        {
            var (cosignatures, token) = vouched ? await log.Vouchers(checkpoint, ct) : ("", null);
            if (token is not null) timestamps.Add(new(notes.Count, token));
            notes.Add(checkpoint.Note + cosignatures);
        }

        return new(kind, record, run, notes, extensions, bundled, withheld, timestamps);
    }

    /// <summary>
    /// The first checkpoints somebody else vouches for, over all that is in the bundle and over the record's beginning: they say since when at the latest it stood there.
    /// The extensions bind them to the one that the events are bound to.
    /// </summary>
    private async Task UnderTheFirstVouched(Guid? record, CancellationToken ct)
    {
        var places = Places.GroupBy(p => p.Origin, StringComparer.Ordinal).Select(g => g.MaxBy(p => p.Index)!).ToList();
        if (events.FirstOrDefault(e => e.Event.StreamId == record) is { Event: not null } first) places.Insert(0, first.Place);
        foreach (var place in places)
        {
            foreach (var checkpoint in (await log.FirstVouched(place, ct)).Where(_ => checkpoints.Count < BundleReader.MostCheckpoints)) Under(checkpoint);
        }
    }
}
