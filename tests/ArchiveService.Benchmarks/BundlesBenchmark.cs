using System.Diagnostics;
using System.Globalization;
using System.Text;
using ArchiveService.Evidence;

namespace ArchiveService.Benchmarks;

/// <summary>Making and verifying proof bundles of a record with twenty events in a log of a hundred thousand, in memory: beside the hashes and the one signature that no verifier can do without.</summary>
internal static class BundlesBenchmark
{
    private const int Leaves = 100_000;
    private const int Events = 20;
    private const int Times = 200;

    public static async Task Run()
    {
        var record = Guid.CreateVersion7();
        var signer = new NoteSigner("bench.example.se/log", NoteKeyType.Log, new byte[32]);
        var salt = new byte[PartCommitment.SaltSize];
        var value = Encoding.UTF8.GetBytes(new string('å', 500));
        var data = Encoding.UTF8.GetBytes($$$$"""{"kind":"comment","sealed":{"cm":{"text":"{{{{PartCommitment.Of(salt, "text", value)}}}}"}}}""");
        var leaves = Enumerable.Range(0, Leaves).Select(i => new EventLeaf(
            i + 1, Guid.CreateVersion7(), i % (Leaves / Events) == 7 ? record : Guid.CreateVersion7(), (i / (Leaves / Events)) + 1, "item_captured", DateTimeOffset.UnixEpoch, null, null, null, null, data)).ToList();
        var hashes = leaves.Select(leaf => leaf.Hash()).ToArray();
        var tiles = new GrowingTree();
        var kept = new Dictionary<TileAddress, IReadOnlyList<MerkleHash>>();
        foreach (var hash in hashes) tiles.Add(hash);
        foreach (var tile in tiles.TakeChanged()) kept[tile.Address] = tile.Hashes;
        var text = new Checkpoint("bench.example.se/log", Leaves, tiles.Root(), []).Text();
        var note = new SignedNote(text, [signer.Sign(text, DateTimeOffset.UnixEpoch)]).ToString();

        async Task<ProofBundle> Make()
        {
            var tree = new TiledTree(Leaves, tile => ValueTask.FromResult(kept[tile]));
            var events = new List<BundledEvent>();
            for (var i = 7; i < Leaves; i += Leaves / Events)
                events.Add(new(Encoding.UTF8.GetString(leaves[i].V1()), [new(0, i, (await tree.Inclusion(i, Leaves)).Path)], [new("text", salt, value, null)]));
            return new(BundleKind.AuthenticCopy, record, null, [note], [], events, [], []);
        }

        var file = (await Make()).Write();
        var trust = new BundleTrust([signer.Key]);
        if (!BundleVerification.Of(file, trust).Holds) throw new InvalidOperationException("The bundle does not hold.");
        var making = await Milliseconds(async () => (await Make()).Write());
        var verifying = await Milliseconds(() => Task.FromResult(BundleVerification.Of(file, trust)));
        var raw = await Milliseconds(() =>
        {
            for (var i = 0; i < Events; i++)
            {
                var node = hashes[i];
                _ = MerkleHash.OfLeaf(data);
                _ = PartCommitment.Of(salt, "text", value);
                for (var level = 0; level < 17; level++) node = MerkleHash.OfChildren(node, hashes[level]);
            }

            return Task.FromResult(Checkpoint.Open(note, signer.Key, out _));
        });
        Console.WriteLine("| proof bundle, 20 events of 100,000 | ms | raw hashes and signature, ms |");
        Console.WriteLine("|---|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| making and writing ({file.Length / 1024} KiB) | {making:0.00} | |"));
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| reading and verifying | {verifying:0.00} | {raw:0.00} |"));
    }

    private static async Task<double> Milliseconds<T>(Func<Task<T>> once)
    {
        for (var i = 0; i < 20; i++) await once();
        var took = new List<double>();
        for (var i = 0; i < Times; i++)
        {
            var start = Stopwatch.GetTimestamp();
            await once();
            took.Add(Stopwatch.GetElapsedTime(start).TotalMilliseconds);
        }

        return took.Order().ElementAt(Times / 2);
    }
}
