using System.Numerics;

namespace ArchiveService.Evidence;

/// <summary>A tile with its hashes.</summary>
/// <param name="Address">Which.</param>
/// <param name="Hashes">As many as the address is wide.</param>
public sealed record Tile(TileAddress Address, IReadOnlyList<MerkleHash> Hashes);

/// <summary>
/// The right edge of a tree, to which leaves are added. It holds at most 255 hashes a level and hands out the tiles that became full or wider;
/// it is not for several callers at once.
/// </summary>
public sealed class GrowingTree
{
    private readonly List<List<MerkleHash>> edge = [];
    private readonly List<Tile> full = [];
    private long taken;

    /// <summary>An empty tree.</summary>
    public GrowingTree()
    {
    }

    /// <summary>A tree that goes on from its partial tiles.</summary>
    /// <param name="size">Leaves in it.</param>
    /// <param name="partial">For each level that has one, the partial tile at the right edge.</param>
    /// <exception cref="ArgumentException">The tiles are not those of a tree of that size.</exception>
    public GrowingTree(long size, IEnumerable<Tile> partial)
    {
        (Size, taken) = (size, size);
        var given = partial.ToDictionary(tile => tile.Address);
        for (var level = 0; level * TileAddress.Height < 63 && size >> (level * TileAddress.Height) > 0; level++)
        {
            var hashes = size >> (level * TileAddress.Height);
            var width = (int)(hashes % TileAddress.Full);
            var address = new TileAddress(level, hashes / TileAddress.Full, width);
            edge.Add(width == 0 ? [] : given.Remove(address, out var tile) && tile.Hashes.Count == width ? [.. tile.Hashes]
                : throw new ArgumentException($"The tile {address} of a tree of {size} leaves is missing.", nameof(partial)));
        }

        if (given.Count > 0) throw new ArgumentException($"A tree of {size} leaves has no partial tile {given.Keys.First()}.", nameof(partial));
    }

    /// <summary>Leaves in the tree.</summary>
    public long Size { get; private set; }

    /// <summary>Adds a leaf at the right.</summary>
    public void Add(MerkleHash leaf)
    {
        Size++;
        var hash = leaf;
        for (var level = 0; ; level++)
        {
            if (level == edge.Count) edge.Add([]);
            edge[level].Add(hash);
            if (edge[level].Count < TileAddress.Full) return;
            var index = (Size >> ((level + 1) * TileAddress.Height)) - 1;
            full.Add(new(new(level, index, TileAddress.Full), edge[level]));
            hash = MerkleHash.Root([.. edge[level]]);
            edge[level] = [];
        }
    }

    /// <summary>The tiles that became full since the last call, then those at the edge that became wider. Each call hands out what the one before did not.</summary>
    public IReadOnlyList<Tile> TakeChanged()
    {
        List<Tile> changed = [.. full];
        full.Clear();
        for (var level = 0; level < edge.Count; level++)
        {
            var (before, after) = (taken >> (level * TileAddress.Height), Size >> (level * TileAddress.Height));
            if (before != after && edge[level].Count > 0) changed.Add(new(new(level, after / TileAddress.Full, edge[level].Count), [.. edge[level]]));
        }

        taken = Size;
        return changed;
    }

    /// <summary>The root as the tree stands.</summary>
    public MerkleHash Root()
    {
        if (Size == 0) return MerkleHash.OfNothing;

        // From right to left: the whole subtrees at the edge, smallest first.
        MerkleHash? root = null;
        foreach (var hashes in edge)
        {
            for (var (left, end) = (hashes.Count, hashes.Count); left > 0; end = left)
            {
                var width = 1 << BitOperations.TrailingZeroCount(left);
                left -= width;
                var subtree = MerkleHash.Root(System.Runtime.InteropServices.CollectionsMarshal.AsSpan(hashes)[left..end]);
                root = root is { } right ? MerkleHash.OfChildren(subtree, right) : subtree;
            }
        }

        return root!.Value;
    }
}
