using System.Globalization;
using System.Text;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Printing;
using Npgsql;

namespace ArchiveService.Features.Replay;

/// <summary>That an event stands in the log: its place, its leaf and the path to the root of the checkpoint (docs/proofs.md).</summary>
/// <param name="Sequence">The event's number.</param>
/// <param name="Id">The event.</param>
/// <param name="Type">Its stored name.</param>
/// <param name="Index">The leaf's place, from 0.</param>
/// <param name="LeafHash">Base64.</param>
/// <param name="Leaf">The leaf itself, of which the hash is made; null where the event is not for the reader to read.</param>
/// <param name="Inclusion">The siblings from the leaf's to the root's child, base64.</param>
public sealed record ProvenEvent(long Sequence, Guid Id, string Type, long Index, string LeafHash, string? Leaf, IReadOnlyList<string> Inclusion);

/// <summary>A replay that can be checked elsewhere: what was so, what happened up to then, and for every event shown that it stands in the signed log.</summary>
public sealed record ReplayExport(
    string Format, ReplayOf Of, Guid Id, string Title, DateTimeOffset At, DateTimeOffset KnownAt, Vouched? Checkpoint, string? Note, ReplayState State, IReadOnlyList<ReplayEvent> Events, bool EventsCut,
    IReadOnlyList<ProvenEvent> Proofs)
{
    public const string Name = "archiveservice/replay/v1";
}

/// <summary>Makes such an export.</summary>
public sealed class ReplayExports(ReplayStates states, ReplayTimeline timeline, Databases databases)
{
    /// <summary>The newest events up to the instant; the rest is fetched with the time line.</summary>
    public const int MostEvents = TimelineQuestion.Most;

    public async Task<ReplayExport> Of(ReplaySubject subject, StateQuestion asked, Vouched known, Caller caller, string? reason, CancellationToken ct)
    {
        var state = await states.At(subject, asked with { After = null }, known, caller, reason, ct);
        var page = await timeline.Read(subject, new(null, asked.At, null, null, null, asked.KnownAt, null, MostEvents), known, caller, reason, ct);
        return new(
            ReplayExport.Name, subject.Of, subject.Id, subject.Title, asked.At, asked.KnownAt, state.Checkpoint, known.Sequence == 0 ? null : known.Note, state, page.Items, page.Next is not null,
            await Prove(page.Items, known, ct));
    }

    private async Task<IReadOnlyList<ProvenEvent>> Prove(IReadOnlyList<ReplayEvent> events, Vouched known, CancellationToken ct)
    {
        if (known.Sequence == 0 || events.Count == 0) return [];
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        var tree = new TiledTree(known.Size, tile => Tile(connection, known.Origin, tile, ct));
        var leaves = await Leaves(connection, events, ct);
        var proofs = new List<ProvenEvent>();
        foreach (var happened in events.OrderBy(e => e.Sequence))
        {
            if (await IndexOf(connection, known.Origin, happened.Sequence, ct) is not { } index || index >= known.Size) continue;
            var proof = await tree.Inclusion(index, known.Size);
            var open = happened.Access == RecordStates.Stored(Wall.Open);
            proofs.Add(new(
                happened.Sequence, happened.Id, happened.Type, index, (await tree.Leaf(index)).ToString(),
                open && leaves.TryGetValue(happened.Sequence, out var leaf) ? leaf : null, [.. proof.Path.Select(hash => hash.ToString())]));
        }

        return proofs;
    }

    private static async Task<IReadOnlyDictionary<long, string>> Leaves(NpgsqlConnection connection, IReadOnlyList<ReplayEvent> events, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand($"select {StoredEvent.Columns} from archive.mt_events where seq_id = any ($1)", connection);
        query.Parameters.Add(new() { Value = events.Select(e => e.Sequence).ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var leaves = new Dictionary<long, string>();
        while (await rows.ReadAsync(ct))
        {
            var stored = StoredEvent.Read(rows);
            leaves[stored.Sequence] = Encoding.UTF8.GetString(Evidence.EvidenceWorker.Leaf(stored).V1());
        }

        return leaves;
    }

    /// <summary>Which leaf an event is: the tile whose first event is the last at or before it.</summary>
    private static async Task<long?> IndexOf(NpgsqlConnection connection, string origin, long sequence, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("""
            select t.tile * 256 + array_position(t.sequences, $2) - 1
            from (select tile, sequences from archive.evidence_tiles where origin = $1 and level = 0 and first_seq <= $2 order by first_seq desc limit 1) t
            """, connection);
        query.Parameters.Add(new() { Value = origin });
        query.Parameters.Add(new() { Value = sequence });
        return await query.ExecuteScalarAsync(ct) is long index ? index : null;
    }

    private static async ValueTask<IReadOnlyList<MerkleHash>> Tile(NpgsqlConnection connection, string origin, TileAddress tile, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("select substring(hashes from 1 for $4) from archive.evidence_tiles where origin = $1 and level = $2 and tile = $3", connection);
        query.Parameters.Add(new() { Value = origin });
        query.Parameters.Add(new() { Value = tile.Level });
        query.Parameters.Add(new() { Value = tile.Index });
        query.Parameters.Add(new() { Value = tile.Width * MerkleHash.Size });
        return await query.ExecuteScalarAsync(ct) is byte[] hashes ? MerkleHash.Many(hashes) : throw new InvalidDataException($"The tile {tile} of the evidence log is missing.");
    }

    public static PdfDocument Paper(ReplayExport export, DateTimeOffset now)
    {
        var paper = new PlainPaper(
            $"Återspelning: {export.Title}",
            $"{ReplayWords.Kind(export.Of)} {export.Id:D}. Så som det var {Swedish.DateAndClock(export.At)}, så långt det var känt {Swedish.DateAndClock(export.KnownAt)}. Framställd {Swedish.DateAndClock(now)}.");
        paper.Heading("Bevis").Paragraph(export.Checkpoint is { } point
            ? $"Kontrollpunkt undertecknad {Swedish.DateAndClock(point.SignedAt)}: {point.Origin}, {Swedish.Number(point.Size)} händelser, rot {point.Root}. Filen i JSON har ett inklusionsbevis för varje händelse nedan."
            : "Ingen kontrollpunkt var undertecknad då.");
        if (export.State.Fields.Count > 0) paper.Heading("Vid tidpunkten").Table("Uppgifter", ["Uppgift", "Så som den var"], export.State.Fields.Select(f => (IEnumerable<string?>)[f.Name, f.Destroyed && f.Value is null ? "gallrat" : f.Value]));
        if (export.State.Items.Count > 0)
        {
            paper.Table("Handlingar, nyast först", ["Tid", "Slag", "Avsändare", "Läge", "Lydelse"], export.State.Items.Select(i => (IEnumerable<string?>)[
                Swedish.DateAndClock(i.OccurredAt), RecordViewWords.Kind(i.Kind), i.Sender ?? i.Handle, Marks.Visibility(i.State, false, i.StateBy).Word,
                i.Destroyed is { } gone ? $"gallrad {Swedish.Date(gone.At)}, körning {gone.Run:D}" : i.Access == "open" ? i.Text : "bakom sekretess"]));
            if (export.State.Next is not null) paper.Paragraph("Fler handlingar än de som visas fanns då.");
        }

        paper.Heading("Händelser").Table("Händelser, nyast först", ["Löpnr", "Tid", "Händelse", "Av", "Motivering eller lydelse", "Lövhash"], export.Events.Select(e => (IEnumerable<string?>)[
            e.Sequence.ToString(CultureInfo.InvariantCulture), Swedish.DateAndClock(e.ValidAt), e.Title, e.ActorName ?? RecordViewWords.By(e.ActedBy), e.Destroyed ? "gallrat" : e.Motivation ?? e.Text ?? e.Note,
            export.Proofs.FirstOrDefault(p => p.Sequence == e.Sequence)?.LeafHash]));
        if (export.EventsCut) paper.Paragraph($"De {MostEvents} senaste händelserna visas.");
        return paper.Pdf(now);
    }
}
