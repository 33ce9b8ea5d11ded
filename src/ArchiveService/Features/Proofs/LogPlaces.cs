using ArchiveService.EventStore;
using ArchiveService.Evidence;
using Npgsql;

namespace ArchiveService.Features.Proofs;

/// <summary>Where an event stands in the evidence log.</summary>
public sealed record LogPlace(string Origin, long Index);

/// <summary>A checkpoint that was signed, with the time the service says it was.</summary>
public sealed record KeptCheckpoint(string Origin, long Size, DateTimeOffset SignedAt, string Note);

/// <summary>Reads the evidence log for proofs: places, checkpoints and tiles.</summary>
/// <param name="db">A login that may read what is asked for; places of events are not for the public one.</param>
public sealed class LogPlaces(NpgsqlDataSource db)
{
    private const string Columns = "c.origin, c.size, c.signed_at, c.note";

    private readonly Dictionary<(string Origin, long Size), TiledTree> trees = [];

    /// <summary>The events of streams as they are stored, in the order of the log.</summary>
    public async Task<List<StoredEvent>> Events(IReadOnlyCollection<Guid> streams, CancellationToken ct)
    {
        await using var query = db.CreateCommand($"select {StoredEvent.Columns} from archive.mt_events where stream_id = any ($1) order by seq_id");
        query.Parameters.Add(new() { Value = streams.ToArray() });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var events = new List<StoredEvent>();
        while (await rows.ReadAsync(ct)) events.Add(StoredEvent.Read(rows));
        return events;
    }

    /// <summary>Where an event stands; null when it is not integrated yet.</summary>
    public async Task<LogPlace?> Of(long sequence, CancellationToken ct)
    {
        await using var query = db.CreateCommand("""
            select l.origin, t.tile, t.sequences
            from archive.evidence_logs l
            cross join lateral (select tile, sequences from archive.evidence_tiles where origin = l.origin and level = 0 and first_seq <= $1 order by first_seq desc limit 1) t
            where l.after_seq < $1 and l.last_seq >= $1 order by l.ordinal desc
            """);
        query.Parameters.Add(new() { Value = sequence });
        await using var row = await query.ExecuteReaderAsync(ct);
        while (await row.ReadAsync(ct))
        {
            var at = Array.BinarySearch(row.GetFieldValue<long[]>(2), sequence);
            if (at >= 0) return new(row.GetString(0), (row.GetInt64(1) * TileAddress.Full) + at);
        }

        return null;
    }

    /// <summary>The latest checkpoint of a log.</summary>
    public Task<KeptCheckpoint?> Latest(string origin, CancellationToken ct) =>
        One($"select {Columns} from archive.evidence_checkpoints c where c.origin = $1 order by c.size desc limit 1", ct, origin);

    /// <summary>The checkpoint of the log that grows with exactly so many events; the latest where no size is said. Null when none was signed.</summary>
    public Task<KeptCheckpoint?> OfSize(long? size, CancellationToken ct) => One($"""
        select {Columns} from archive.evidence_checkpoints c where c.origin = (select origin from archive.evidence_logs order by ordinal desc limit 1)
          and ($1 < 0 or c.size = $1) order by c.size desc limit 1
        """, ct, size ?? -1);

    /// <summary>The first checkpoint that vouches for a place: the same whenever it is asked.</summary>
    public Task<KeptCheckpoint?> FirstOver(LogPlace place, CancellationToken ct) =>
        One($"select {Columns} from archive.evidence_checkpoints c where c.origin = $1 and c.size > $2 order by c.size limit 1", ct, place.Origin, place.Index);

    /// <summary>The last checkpoint that vouches for a place and for nothing from another one on.</summary>
    /// <remarks>Rather one that somebody else vouches for: then the time is not our own word.</remarks>
    public Task<KeptCheckpoint?> LastBefore(LogPlace place, long end, CancellationToken ct) => One($"""
        select {Columns} from archive.evidence_checkpoints c where c.origin = $1 and c.size = coalesce(
          (select max(size) from archive.evidence_timestamps where origin = $1 and size > $2 and size <= $3),
          (select max(size) from archive.evidence_cosignatures where origin = $1 and size > $2 and size <= $3),
          (select max(size) from archive.evidence_checkpoints where origin = $1 and size > $2 and size <= $3))
        """, ct, place.Origin, place.Index, end);

    /// <summary>The first checkpoints over a place that a time-stamping authority and that a witness vouch for: at most two.</summary>
    public Task<List<KeptCheckpoint>> FirstVouched(LogPlace place, CancellationToken ct) => Many($"""
        select {Columns} from archive.evidence_checkpoints c where c.origin = $1 and c.size in (
          (select min(size) from archive.evidence_timestamps where origin = $1 and size > $2),
          (select min(size) from archive.evidence_cosignatures where origin = $1 and size > $2)) order by c.size
        """, ct, place.Origin, place.Index);

    /// <summary>What others signed of a checkpoint: the lines of witnesses, and the token of a time-stamping authority.</summary>
    public async Task<(string Cosignatures, byte[]? Token)> Vouchers(KeptCheckpoint of, CancellationToken ct)
    {
        await using var query = db.CreateCommand("""
            select coalesce((select string_agg(line, '' order by witness) from archive.evidence_cosignatures where origin = $1 and size = $2), ''),
                   (select token from archive.evidence_timestamps where origin = $1 and size = $2)
            """);
        query.Parameters.Add(new() { Value = of.Origin });
        query.Parameters.Add(new() { Value = of.Size });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetString(0), row.IsDBNull(1) ? null : row.GetFieldValue<byte[]>(1));
    }

    /// <summary>The last checkpoint that was signed at or before a time and vouches for a place.</summary>
    public Task<KeptCheckpoint?> LastAt(LogPlace place, DateTimeOffset at, CancellationToken ct) =>
        One($"select {Columns} from archive.evidence_checkpoints c where c.origin = $1 and c.size > $2 and c.signed_at <= $3 order by c.size desc limit 1", ct, place.Origin, place.Index, at.ToUniversalTime());

    /// <summary>The leaf's path to the root of a checkpoint.</summary>
    public async Task<BundledInclusion> Inclusion(int checkpoint, KeptCheckpoint of, long index) =>
        new(checkpoint, index, (await Tree(of.Origin, of.Size).Inclusion(index, of.Size)).Path);

    /// <summary>That the later of two checkpoints of a log extends the earlier.</summary>
    public async Task<IReadOnlyList<MerkleHash>> Consistency(string origin, long from, long to) => (await Tree(origin, to).Consistency(from, to)).Path;

    private TiledTree Tree(string origin, long size)
    {
        if (!trees.TryGetValue((origin, size), out var tree)) trees[(origin, size)] = tree = new(size, tile => Tile(origin, tile));
        return tree;
    }

    private async ValueTask<IReadOnlyList<MerkleHash>> Tile(string origin, TileAddress tile)
    {
        await using var query = db.CreateCommand("select substring(hashes from 1 for $4) from archive.evidence_tiles where origin = $1 and level = $2 and tile = $3");
        query.Parameters.Add(new() { Value = origin });
        query.Parameters.Add(new() { Value = tile.Level });
        query.Parameters.Add(new() { Value = tile.Index });
        query.Parameters.Add(new() { Value = tile.Width * MerkleHash.Size });
        return await query.ExecuteScalarAsync() is byte[] hashes ? MerkleHash.Many(hashes) : [];
    }

    private async Task<KeptCheckpoint?> One(string sql, CancellationToken ct, params object[] values) => (await Many(sql, ct, values)).FirstOrDefault();

    private async Task<List<KeptCheckpoint>> Many(string sql, CancellationToken ct, params object[] values)
    {
        await using var query = db.CreateCommand(sql);
        foreach (var value in values) query.Parameters.Add(new() { Value = value });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<KeptCheckpoint>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetString(0), row.GetInt64(1), row.GetFieldValue<DateTimeOffset>(2), row.GetString(3)));
        return found;
    }
}
