using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Proofs;

/// <summary>What is asked for about a record.</summary>
/// <param name="Kind">A copy, or only that it was there.</param>
/// <param name="At">The checkpoint is to be from then or before.</param>
/// <param name="Parts">The parts to show; null for all.</param>
public sealed record ProofAsked(BundleKind Kind, DateTimeOffset? At, IReadOnlyList<string>? Parts);

/// <summary>Makes proof bundles of what the caller may read; a reading behind a wall is noted like any other (docs/proofs.md).</summary>
public sealed class ProofHandler(SealedLog log, Databases databases, Records.Records records, RecordReads reads, ReadReasons reasons, IObjectStore store, TimeProvider clock)
{
    /// <summary>So many bytes of files go into a bundle; what is over lies beside it.</summary>
    public const long MostEmbedded = 8 * 1024 * 1024;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    private static readonly Refusal NoRecord = Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");

    private static readonly Refusal NotVouched = new("not-vouched-yet", "Ingen kontrollpunkt går i god för det än. Den kommer inom en sekund när bevisloggen är igång. Försök igen.", StatusCodes.Status503ServiceUnavailable);

    public static string FileName(Guid attachment) => $"attachment-{attachment:D}";

    public async Task<(ProofBundle? Bundle, Refusal? Refused)> OfRecord(Guid id, ProofAsked asked, Caller caller, string? reason, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } state) return (null, NoRecord);
        if (asked.Kind is not (BundleKind.AuthenticCopy or BundleKind.Existed)) return (null, Refusal.Input("proof-kind", "Ange kind=authentic-copy eller kind=existed. Gallring bevisas av gallringskörningen."));
        if (state.Locked && asked.Kind == BundleKind.AuthenticCopy) return (null, RestrictContent.Unavailable);
        if (state.Wall == Wall.Secret && string.IsNullOrWhiteSpace(reason) && !await reasons.Given(caller.PersonId, id, ct))
            return (null, Refusal.Input("read-reason-missing", $"Handlingen är sekretessmarkerad. Ange varför den öppnas, i {ReadReasons.Header} eller reason."));
        await reads.Note(caller, [(id, RecordStates.Stored(state.Wall))], ct, reason);
        return asked.Kind == BundleKind.Existed ? await Existed(id, asked.At, ct) : await Copy(id, asked.Parts, ct);
    }

    private async Task<(ProofBundle? Bundle, Refusal? Refused)> Copy(Guid id, IReadOnlyList<string>? parts, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        var known = history.SelectMany(h => Commitments(h).Keys).ToHashSet(StringComparer.Ordinal);
        if (parts?.FirstOrDefault(p => !known.Contains(p)) is { } unknown)
            return (null, Refusal.Input("proof-part-unknown", $"Handlingen har ingen del {unknown}. Den har: {string.Join(", ", known.Order(StringComparer.Ordinal))}."));
        var places = new LogPlaces(databases.Writer);
        var maker = new BundleMaker(places);
        if (!await Vouched(places, maker, await places.Events([id], ct), ct)) return (null, NotVouched);
        var opened = await log.Open(history, ct);
        var left = MostEmbedded;
        foreach (var one in history)
        {
            if (opened.GetValueOrDefault(one.Id) is not { IsDestroyed: false } content) continue;
            foreach (var part in Commitments(one).Keys.Where(p => parts is null || parts.Contains(p)))
            {
                if (content.Parts!.Bytes(part) is { } value) maker.Show(one.Id, new(part, Seal.Salt(content.Key!, one.Id, part), value, null));
                else if (one.Event is AttachmentStored file && part == Parts.AttachmentBytes(file.Attachment))
                {
                    var whole = file.Bytes <= left ? await Bytes(id, file, content.Key!, ct) : null;
                    if (whole is not null) left -= file.Bytes;

                    // No bytes are not the same as none: an array that is null would become a value of no length.
                    maker.Show(one.Id, new(part, Seal.Salt(content.Key!, one.Id, part), whole is null ? default(ReadOnlyMemory<byte>?) : whole, whole is null ? FileName(file.Attachment) : null));
                }
            }
        }

        return (await maker.Make(BundleKind.AuthenticCopy, id, null, [], ct), null);
    }

    private async Task<(ProofBundle? Bundle, Refusal? Refused)> Existed(Guid id, DateTimeOffset? at, CancellationToken ct)
    {
        var places = new LogPlaces(databases.Writer);
        var maker = new BundleMaker(places);
        var events = await places.Events([id], ct);
        if (at is null)
        {
            if (!await Vouched(places, maker, events, ct)) return (null, NotVouched);
            return (await maker.Make(BundleKind.Existed, id, null, [], ct), null);
        }

        if (await places.Of(events[0].Sequence, ct) is not { } first || await places.LastAt(first, at.Value, ct) is not { } checkpoint)
            return (null, Refusal.Unknown("proof", "Ingen kontrollpunkt som undertecknats då eller tidigare går i god för handlingen."));
        maker.Under(checkpoint);
        foreach (var one in events)
        {
            if (await places.Of(one.Sequence, ct) is { } place && place.Origin == checkpoint.Origin && place.Index < checkpoint.Size) await maker.Add(one, ct);
        }

        return (await maker.Make(BundleKind.Existed, id, null, [], ct), null);
    }

    /// <summary>A run, and one record of it; the caller has been found to see the run.</summary>
    public async Task<(ProofBundle? Bundle, Refusal? Refused)> OfDisposal(DisposalRun run, Guid? record, Caller caller, CancellationToken ct)
    {
        if (run.StartedAt is null) return (null, new("not-executed", "Gallringen är inte verkställd, så det finns inget att bevisa."));
        var places = new LogPlaces(databases.Writer);
        var maker = new BundleMaker(places);
        var events = await places.Events([run.Decision, run.Rule, run.Id], ct);
        List<StoredEvent> shown =
        [
            .. events.Where(e => e.StreamId == run.Decision && e.Type.StartsWith("disposal_decision_recorded", StringComparison.Ordinal)).TakeLast(1),
            .. events.Where(e => e.StreamId == run.Rule && e.Type.StartsWith("retention_rule_adopted", StringComparison.Ordinal) && System.Text.Json.JsonDocument.Parse(e.Data).RootElement.GetProperty("version").GetInt32() == run.RuleVersion),
            .. events.Where(e => e.StreamId == run.Id),
        ];
        StoredEvent? first = null, end = null;
        if (record is { } id)
        {
            if (await records.Find(id, caller, ct) is not { DisposedAt: not null }) return (null, NoRecord);
            var own = await places.Events([id], ct);
            end = own.FirstOrDefault(e => e.Type == "item_disposed");
            first = own[0];
            if (end is null || !System.Text.Encoding.UTF8.GetString(end.Data).Contains(run.Id.ToString("D"), StringComparison.Ordinal)) return (null, NoRecord);
            shown.AddRange([first, end]);
        }

        if (!await Vouched(places, maker, shown, ct)) return (null, NotVouched);
        if (first is not null)
        {
            var (before, after) = (maker.PlaceOf(first.Id), maker.PlaceOf(end!.Id));
            var checkpoint = await places.LastBefore(before, before.Origin == after.Origin ? after.Index : long.MaxValue, ct);
            if (checkpoint is null) return (null, new("no-checkpoint-between", "Ingen kontrollpunkt undertecknades mellan att handlingen fångades och att den gallrades, så att den fanns före går inte att visa för sig."));
            maker.Under(checkpoint);
        }

        // Who signed each step; of the record nothing is left to show.
        var history = await log.Store.ReadStream(run.Id, ct: ct);
        var opened = await log.Open(history, ct);
        foreach (var one in history)
        {
            if (opened.GetValueOrDefault(one.Id) is not { IsDestroyed: false } content || content.Parts!.Bytes(DisposalRun.ActorName) is not { } name || !Commitments(one).ContainsKey(DisposalRun.ActorName)) continue;
            maker.Show(one.Id, new(DisposalRun.ActorName, Seal.Salt(content.Key!, one.Id, DisposalRun.ActorName), name, null));
        }

        return (await maker.Make(BundleKind.LawfulDestruction, record, run.Id, [], ct, first is null ? null : new HashSet<Guid> { first.Id }), null);
    }

    /// <summary>What goes along with a document that is given out: the parts given out whole are shown, the masked ones stay closed. Null when no checkpoint vouches for it.</summary>
    /// <remarks>Under the first checkpoint that vouches for it, so that it is the same whenever it is made.</remarks>
    public async Task<ProofBundle?> OfDisclosed(GivenDocument document, CancellationToken ct)
    {
        var places = new LogPlaces(databases.Writer);
        var maker = new BundleMaker(places);
        var wanted = document.Original.Versions.Select(v => v.EventId).Concat(document.Original.Files.Select(f => f.EventId)).ToHashSet();
        var events = (await places.Events([document.Original.Record], ct)).Where(e => wanted.Contains(e.Id)).ToList();

        // A document that a case has of its own stands in the case's stream, beside what is not given out.
        if (events.Count == 0) return null;
        if (document.Map.Spans.Count > 0 && document.Item.MaskMap is { } map) events.AddRange((await places.Events([document.Request], ct)).Where(e => e.Id == map));
        if (!await Vouched(places, maker, events, ct, first: true)) return null;
        foreach (var version in document.Original.Versions)
        {
            foreach (var (part, value) in version.Parts.Where(p => version.Key is not null && version.Commitments.ContainsKey(p.Key) && !document.Map.Hides(version.EventId, p.Key)))
                maker.Show(version.EventId, new(part, Seal.Salt(version.Key!, version.EventId, part), System.Text.Encoding.UTF8.GetBytes(value), null));
        }

        foreach (var file in document.GivenFiles.Where(f => f.Commitment is not null && !DisclosurePackages.IsCleaned(document, f) && document.CopyOf(f) is null))
        {
            var part = Parts.AttachmentBytes(file.Id);
            maker.Show(file.EventId, new(part, Seal.Salt(file.Key!, file.EventId, part), null, DisclosurePackages.FileName(document, file)));
        }

        var committed = document.Original.Versions.SelectMany(v => v.Commitments.Keys.Select(p => (v.EventId, p))).ToHashSet();
        List<WithheldPart> withheld =
        [
            .. document.Map.Spans.Where(s => s.Event is { } version && committed.Contains((version, s.Part))).GroupBy(s => (s.Event, s.Part)).Select(g => new WithheldPart(g.Key.Event!.Value, g.Key.Part, [.. g.Select(s => s.Provision).Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)])),
            .. document.Original.Files.Where(f => f.Commitment is not null).Select(f => (File: f, Hidden: document.Map.OfAttachment(f.Id))).Where(f => f.Hidden is not null)
                .Select(f => new WithheldPart(f.File.EventId, Parts.AttachmentBytes(f.File.Id), [f.Hidden!.Provision])),
        ];
        return await maker.Make(BundleKind.AuthenticCopy, document.Original.Record, null, withheld, ct, vouched: false);
    }

    /// <summary>That the log at one checkpoint extends the log at another: for everybody, read as everybody.</summary>
    public async Task<(ProofBundle? Bundle, Refusal? Refused)> Extension(long from, long? to, CancellationToken ct)
    {
        var places = new LogPlaces(databases.Public);
        if (await places.OfSize(from, ct) is not { } earlier || await places.OfSize(to, ct) is not { } later)
            return (null, Refusal.Unknown("checkpoint", "Ingen kontrollpunkt är undertecknad för så många händelser. Talet står på andra raden i en kontrollpunkt."));
        if (earlier.Size >= later.Size) return (null, Refusal.Input("checkpoint-order", "from ska vara mindre än to."));
        var maker = new BundleMaker(places);
        maker.Under(earlier);
        maker.Under(later);
        return (await maker.Make(BundleKind.Extension, null, null, [], ct), null);
    }

    /// <summary>Adds events, and for each log they stand in a checkpoint that vouches for them; waits a little for one that is being signed.</summary>
    private async Task<bool> Vouched(LogPlaces places, BundleMaker maker, IReadOnlyList<StoredEvent> events, CancellationToken ct, bool first = false)
    {
        var since = clock.GetTimestamp();
        foreach (var one in events)
        {
            while (!await maker.Add(one, ct))
            {
                if (clock.GetElapsedTime(since) > Patience) return false;
                await Task.Delay(TimeSpan.FromMilliseconds(100), clock, ct);
            }
        }

        foreach (var last in maker.Places.GroupBy(p => p.Origin, StringComparer.Ordinal).Select(g => g.MaxBy(p => p.Index)!).ToList())
        {
            KeptCheckpoint? checkpoint;
            while ((checkpoint = first ? await places.FirstOver(last, ct) : await places.Latest(last.Origin, ct)) is null || checkpoint.Size <= last.Index)
            {
                if (clock.GetElapsedTime(since) > Patience) return false;
                await Task.Delay(TimeSpan.FromMilliseconds(100), clock, ct);
            }

            maker.Under(checkpoint);
        }

        return true;
    }

    /// <summary>Writes the files that lie beside a bundle of a record, under the names it gives them.</summary>
    /// <param name="create">Makes a file of that name.</param>
    public async Task<int> WriteBeside(ProofBundle bundle, Func<string, Stream> create, CancellationToken ct)
    {
        var names = bundle.Events.SelectMany(e => e.Opened).Select(o => o.File).OfType<string>().ToHashSet(StringComparer.Ordinal);
        if (names.Count == 0 || bundle.Record is not { } record) return 0;
        var files = (await log.Store.ReadStream(record, ct: ct)).Where(h => h.Event is AttachmentStored file && names.Contains(FileName(file.Attachment))).ToList();
        var opened = await log.Open(files, ct);
        var written = 0;
        foreach (var one in files)
        {
            if (opened.GetValueOrDefault(one.Id) is not { IsDestroyed: false } content) continue;
            var file = (AttachmentStored)one.Event;
            await using var into = create(FileName(file.Attachment));
            await Into(into, record, file, content.Key!, ct);
            written++;
        }

        return written;
    }

    private async Task<byte[]> Bytes(Guid record, AttachmentStored file, RecordKey key, CancellationToken ct)
    {
        using var whole = new MemoryStream((int)file.Bytes);
        await Into(whole, record, file, key, ct);
        return whole.ToArray();
    }

    private Task Into(Stream into, Guid record, AttachmentStored file, RecordKey key, CancellationToken ct) =>
        store.OpenSealedRange(AttachmentIntake.ObjectKey(file.Object), file.Bytes, 0, file.Bytes, key.AttachmentKey(file.Attachment), SealedObjects.PlaceOf(record, file.Attachment), into, ct);

    private static IReadOnlyDictionary<string, string> Commitments(Recorded one) => (one.Event as SealableEvent)?.Sealed?.Cm ?? new Dictionary<string, string>();
}
