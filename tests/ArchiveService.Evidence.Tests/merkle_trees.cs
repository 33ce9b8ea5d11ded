using System.Globalization;
using System.Text;

namespace ArchiveService.Evidence.Tests;

public sealed class Merkle_trees
{
    // The eight leaves and roots that RFC 6962 implementations share.
    private static readonly string[] Leaves = ["", "00", "10", "2021", "3031", "40414243", "5051525354555657", "606162636465666768696a6b6c6d6e6f"];

    private static readonly string[] Roots =
    [
        "6e340b9cffb37a989ca544e6bb780a2c78901d3fb33738768511a30617afa01d",
        "fac54203e7cc696cf0dfcb42c92a1d9dbaf70ad9e621f4bd8d98662f00e3c125",
        "aeb6bcfe274b70a14fb067a5e5578264db0fa9b51af5e0ba159158f329e06e77",
        "d37ee418976dd95753c1c73862b9398fa2a2cf9b4ff0fdfe8b30cd95209614b7",
        "4e3bbb1f7b478dcfe71fb631631519a3bca12c9aefca1612bfce4c13a86264d4",
        "76e67dadbcdf1e10e1b74ddc608abd2f98dfb16fbce75277b5232a127f2087ef",
        "ddb89be403809e325750d3d263cd78929c2942b7942a34b77e122c9594a74c8c",
        "5dc9da79a70659a9ad559cb701ded9a2ab9d823aad2f4960cfe370eff4604328",
    ];

    private static MerkleHash Nth(long n) => MerkleHash.OfLeaf(Encoding.UTF8.GetBytes(n.ToString(CultureInfo.InvariantCulture)));

    private static (GrowingTree Tree, Dictionary<TileAddress, IReadOnlyList<MerkleHash>> Tiles) Grown(long size)
    {
        var tree = new GrowingTree();
        for (var n = 0L; n < size; n++) tree.Add(Nth(n));
        return (tree, tree.TakeChanged().ToDictionary(tile => tile.Address, tile => tile.Hashes));
    }

    private static TiledTree Read(long size, Dictionary<TileAddress, IReadOnlyList<MerkleHash>> tiles) => new(size, tile => ValueTask.FromResult(tiles[tile]));

    [Fact]
    public void have_the_roots_of_rfc_6962()
    {
        Assert.Equal("e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855", Convert.ToHexStringLower(MerkleHash.OfNothing.ToArray()));
        var leaves = Leaves.Select(leaf => MerkleHash.OfLeaf(Convert.FromHexString(leaf))).ToArray();
        for (var n = 1; n <= 8; n++)
        {
            Assert.Equal(Roots[n - 1], Convert.ToHexStringLower(MerkleHash.Root(leaves.AsSpan(0, n)).ToArray()));
            var growing = new GrowingTree();
            foreach (var leaf in leaves[..n]) growing.Add(leaf);
            Assert.Equal(MerkleHash.Root(leaves.AsSpan(0, n)), growing.Root());
        }
    }

    /// <summary>Sizes around each border of a tile and of a level; 65,537 is the first with a tile of level 2.</summary>
    [Theory]
    [InlineData(1)]
    [InlineData(255)]
    [InlineData(256)]
    [InlineData(257)]
    [InlineData(700)]
    [InlineData(65_536)]
    [InlineData(70_000)]
    public async Task read_from_tiles_give_every_root_and_proof(long size)
    {
        var leaves = Enumerable.Range(0, (int)size).Select(n => Nth(n)).ToArray();
        var (grown, tiles) = Grown(size);
        Assert.Equal(MerkleHash.Root(leaves), grown.Root());
        Assert.Equal(TileAddress.Between(0, size).ToHashSet(), tiles.Keys.ToHashSet());
        var tree = Read(size, tiles);
        var random = new Random(6962);
        long[] sizes = [.. new[] { 1, 2, 3, 255, 256, 257, 511, 512, 513, 65_535, 65_536, size - 1, size }.Concat(Enumerable.Range(0, 12).Select(_ => random.NextInt64(1, size + 1))).Where(n => n >= 1 && n <= size).Distinct()];
        var roots = sizes.ToDictionary(n => n, n => MerkleHash.Root(leaves.AsSpan(0, (int)n)));
        foreach (var at in sizes)
        {
            Assert.Equal(roots[at], await tree.Root(at));
            foreach (var index in new[] { 0, at / 2, at - 1, random.NextInt64(at) })
            {
                var proof = await tree.Inclusion(index, at);
                Assert.True(proof.Proves(leaves[index], roots[at]));
                Assert.False(proof.Proves(Nth(index + 1), roots[at]));
            }

            foreach (var old in sizes.Where(old => old <= at))
            {
                var proof = await tree.Consistency(old, at);
                Assert.True(proof.Proves(roots[old], roots[at]), $"{old} → {at}");
                Assert.False(proof.Proves(Nth(-1), roots[at]));
                Assert.False(proof.Proves(roots[old], Nth(-1)));
            }
        }
    }

    [Fact]
    public async Task prove_every_leaf_and_extension_of_small_trees_and_nothing_else()
    {
        const int Most = 40;
        var (_, tiles) = Grown(Most);
        var tree = Read(Most, tiles);
        for (var at = 1; at <= Most; at++)
        {
            var root = await tree.Root(at);
            for (var index = 0; index < at; index++)
            {
                var proof = await tree.Inclusion(index, at);
                Assert.True(proof.Proves(Nth(index), root));
                for (var other = 0; other < at; other++) Assert.Equal(other == index, (proof with { Index = other }).Proves(Nth(index), root));
                Assert.False((proof with { Path = [.. proof.Path, Nth(7)] }).Proves(Nth(index), root));
                for (var i = 0; i < proof.Path.Count; i++)
                {
                    Assert.False((proof with { Path = [.. proof.Path.Take(i), .. proof.Path.Skip(i + 1)] }).Proves(Nth(index), root));
                    Assert.False((proof with { Path = [.. proof.Path.Select((hash, nth) => nth == i ? Nth(-1) : hash)] }).Proves(Nth(index), root));
                }
            }

            for (var old = 1; old <= at; old++)
            {
                var proof = await tree.Consistency(old, at);
                var before = await tree.Root(old);
                Assert.True(proof.Proves(before, root));
                Assert.False((proof with { OldSize = old == 1 ? 2 : old - 1 }).Proves(before, root));
                Assert.False((proof with { Path = [.. proof.Path, Nth(7)] }).Proves(before, root));
                for (var i = 0; i < proof.Path.Count; i++)
                    Assert.False((proof with { Path = [.. proof.Path.Select((hash, nth) => nth == i ? Nth(-1) : hash)] }).Proves(before, root));
            }
        }
    }

    [Fact]
    public async Task from_nothing_extend_to_anything()
    {
        var (_, tiles) = Grown(5);
        var tree = Read(5, tiles);
        Assert.Equal(MerkleHash.OfNothing, await tree.Root(0));
        Assert.True((await tree.Consistency(0, 5)).Proves(MerkleHash.OfNothing, await tree.Root(5)));
        Assert.False((await tree.Consistency(0, 5)).Proves(Nth(1), await tree.Root(5)));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await tree.Inclusion(5, 5));
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(async () => await tree.Consistency(3, 6));
    }

    /// <summary>Stopped at any size and taken up from its tiles, it is the same tree, and every leaf's tile was handed out exactly as it is in the end.</summary>
    [Fact]
    public void go_on_from_their_edge()
    {
        var kept = new Dictionary<TileAddress, IReadOnlyList<MerkleHash>>();
        var straight = new GrowingTree();
        var size = 0L;
        foreach (var steps in new[] { 1, 1, 3, 250, 1, 1, 255, 300, 2 })
        {
            var partial = TileAddress.Between(0, size).Where(tile => tile.IsPartial).Select(tile => new Tile(tile, kept[tile]));
            var tree = new GrowingTree(size, partial);
            for (var i = 0; i < steps; i++, size++)
            {
                tree.Add(Nth(size));
                straight.Add(Nth(size));
            }

            var changed = tree.TakeChanged();
            Assert.Equal(TileAddress.Between(size - steps, size).ToHashSet(), changed.Select(tile => tile.Address).ToHashSet());
            foreach (var tile in changed) kept[tile.Address] = tile.Hashes;
            Assert.Equal(straight.Root(), tree.Root());
            Assert.Empty(tree.TakeChanged());
        }

        Assert.All(straight.TakeChanged(), tile => Assert.Equal(tile.Hashes, kept[tile.Address]));
        Assert.Throws<ArgumentException>(() => new GrowingTree(3, []));
        Assert.Throws<ArgumentException>(() => new GrowingTree(256, [new(new(0, 0, 3), [Nth(1), Nth(2), Nth(3)])]));
    }

    /// <summary>C2SP tlog-tiles: 1234067 is x001/x234/067; a tree of 70,000 has 273 full tiles, one of 112, a full one above, one of 17, one of 1.</summary>
    [Fact]
    public void have_tiles_with_one_address_each()
    {
        Assert.Equal("0/x001/x234/067", new TileAddress(0, 1_234_067, 256).ToString());
        Assert.Equal("1/000.p/1", new TileAddress(1, 0, 1).ToString());
        var tiles = TileAddress.Between(0, 70_000).ToList();
        Assert.Equal(273, tiles.Count(tile => tile is { Level: 0, IsPartial: false }));
        Assert.Equal([new(0, 273, 112), new(1, 1, 17), new(2, 0, 1)], tiles.Where(tile => tile.IsPartial));
        Assert.Equal([new(0, 0, 256), new(1, 0, 1)], TileAddress.Between(0, 256));
        Assert.All(tiles, tile => Assert.True(TileAddress.TryParse(tile.ToString(), out var read) && read == tile));
        foreach (var wrong in new[] { "", "0", "0/1", "0/0001", "00/001", "64/001", "0/001.p/0", "0/001.p/256", "0/001.p/01", "0/x000/001", "0/001/002", "-1/001", "0/001.p/", "0/x1/001", "0/ 01" })
            Assert.False(TileAddress.TryParse(wrong, out _), wrong);
    }
}
