using System.Diagnostics;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Testing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Benchmarks;

/// <summary>
/// Verifying the evidence log: leaves made from stored JSON, tree, tiles and checkpoints, beside SHA-256 of the same bytes; and an inclusion proof in a tree of a million
/// leaves whose tiles stand in PostgreSQL.
/// </summary>
internal static class EvidenceBenchmark
{
    private const int Events = 100_000;
    private const int Leaves = 1_000_000;
    private const int Rounds = 5;

    public static async Task Run()
    {
        Verify();
        await Prove();
    }

    private static void Verify()
    {
        var at = new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);
        var events = new EventLeaf[Events];
        for (var n = 0; n < Events; n++)
        {
            var data = JsonSerializer.SerializeToUtf8Bytes(ThingHappened.Nth(n), EventTypes.Json);
            events[n] = new(n + 1, Guid.CreateVersion7(), Guid.CreateVersion7(), 1, "thing_happened", at.AddMilliseconds(n), "0199cccc-0000-7000-8000-000000000001", null, null, null, data);
        }

        var bytes = events.Select(e => e.V1()).ToArray();
        var signer = new NoteSigner("bench.example.se/logg", NoteKeyType.Log, new byte[32]);
        var checkpoints = Checkpoints(events, signer);
        Console.WriteLine($"Evidence: {Events} events of {bytes.Average(b => b.Length):F0} bytes as a leaf, {checkpoints.Count} checkpoints");
        List<double> ours = [], raw = [];
        for (var round = 0; round < Rounds; round++)
        {
            ours.Add(Rate(() => Verified(events, signer.Key, checkpoints)));
            raw.Add(Rate(() => Parallel.For(0, bytes.Length, n => SHA256.HashData(bytes[n]))));
        }

        Console.WriteLine($"verify: leaves, tree, tiles, checkpoints | {Median(ours):F0} events/s | SHA-256 of the same bytes {Median(raw):F0} | ratio {Median(ours) / Median(raw):F2} | goal 100000");
    }

    private static Dictionary<long, string> Checkpoints(EventLeaf[] events, NoteSigner signer)
    {
        var tree = new GrowingTree();
        var signed = new Dictionary<long, string>();
        foreach (var e in events)
        {
            tree.Add(e.Hash());
            if (tree.Size % 1000 != 0) continue;
            var text = new Checkpoint(signer.Key.Name, tree.Size, tree.Root(), []).Text();
            signed.Add(tree.Size, new SignedNote(text, [signer.Sign(text, DateTimeOffset.UnixEpoch)]).ToString());
        }

        return signed;
    }

    private static void Verified(EventLeaf[] events, NoteKey key, Dictionary<long, string> checkpoints)
    {
        const int Page = 4000;
        var tree = new GrowingTree();
        for (var from = 0; from < events.Length; from += Page)
        {
            var hashes = new MerkleHash[Math.Min(Page, events.Length - from)];
            Parallel.For(0, hashes.Length, n => hashes[n] = events[from + n].Hash());
            foreach (var hash in hashes)
            {
                tree.Add(hash);
                if (checkpoints.TryGetValue(tree.Size, out var note) && Checkpoint.Open(note, key, out _)?.Root != tree.Root()) throw new InvalidOperationException("A checkpoint does not hold.");
            }
        }

        tree.TakeChanged();
    }

    private static async Task Prove()
    {
        await using var database = await PostgresServer.NewDatabase();
        var tree = new GrowingTree();
        Span<byte> seed = stackalloc byte[8];
        for (var n = 0L; n < Leaves; n++)
        {
            BitConverter.TryWriteBytes(seed, n);
            tree.Add(MerkleHash.OfLeaf(seed));
        }

        await using var connection = await database.Owner.OpenConnectionAsync();
        await using (var log = new NpgsqlCommand("insert into archive.evidence_logs (origin, ordinal, vkey, current_vkey, began_at, after_seq, size, last_seq) values ('bench', 1, 'none', 'none', now(), 0, $1, $1)", connection))
        {
            log.Parameters.Add(new() { Value = (long)Leaves });
            await log.ExecuteNonQueryAsync();
        }

        await using (var copy = await connection.BeginBinaryImportAsync("copy archive.evidence_tiles (origin, level, tile, hashes, sequences) from stdin (format binary)"))
        {
            foreach (var tile in tree.TakeChanged())
            {
                await copy.StartRowAsync();
                await copy.WriteAsync("bench");
                await copy.WriteAsync(tile.Address.Level);
                await copy.WriteAsync(tile.Address.Index);
                await copy.WriteAsync(MerkleHash.Bytes([.. tile.Hashes]));
                if (tile.Address.Level == 0) await copy.WriteAsync(Enumerable.Range(0, tile.Hashes.Count).Select(n => tile.Address.Index * 256 + n + 1).ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Bigint);
                else await copy.WriteNullAsync();
            }

            await copy.CompleteAsync();
        }

        var root = tree.Root();
        var random = new Random(6);
        var times = new List<double>();
        var path = 0;
        for (var n = 0; n < 300; n++)
        {
            var index = random.NextInt64(Leaves);
            var clock = Stopwatch.GetTimestamp();
            var read = new TiledTree(Leaves, tile => Tile(database.Writer, tile));
            var proof = await read.Inclusion(index, Leaves);
            times.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
            path = proof.Path.Count;
            if (!proof.Proves(await read.Leaf(index), root)) throw new InvalidOperationException("The proof does not hold.");
        }

        List<double> raw = [];
        for (var n = 0; n < 300; n++)
        {
            var clock = Stopwatch.GetTimestamp();
            for (var step = 0; step < path; step++) SHA256.HashData(Encoding.ASCII.GetBytes(new string('x', 65)));
            raw.Add(Stopwatch.GetElapsedTime(clock).TotalMilliseconds);
        }

        times.Sort();
        Console.WriteLine($"inclusion proof, {Leaves} leaves, tiles in PostgreSQL | median {Median(times):F2} ms, 99 % {times[296]:F2} ms | {path} SHA-256 {Median(raw):F3} ms | goal 5 ms");
    }

    private static async ValueTask<IReadOnlyList<MerkleHash>> Tile(NpgsqlDataSource db, TileAddress tile)
    {
        await using var query = db.CreateCommand("select substring(hashes from 1 for $3) from archive.evidence_tiles where origin = 'bench' and level = $1 and tile = $2");
        query.Parameters.Add(new() { Value = tile.Level });
        query.Parameters.Add(new() { Value = tile.Index });
        query.Parameters.Add(new() { Value = tile.Width * MerkleHash.Size });
        return MerkleHash.Many((byte[])(await query.ExecuteScalarAsync())!);
    }

    private static double Rate(Action work)
    {
        var clock = Stopwatch.GetTimestamp();
        work();
        return Events / Stopwatch.GetElapsedTime(clock).TotalSeconds;
    }

    private static double Median(List<double> values) => values.Order().ElementAt(values.Count / 2);
}
