using System.Numerics;

namespace ArchiveService.Evidence;

/// <summary>Reads a tile; as many hashes as the address is wide, in order. The reader of a partial tile may cut it from a wider one.</summary>
public delegate ValueTask<IReadOnlyList<MerkleHash>> ReadTile(TileAddress tile);

/// <summary>A tree of a size, read from its tiles: roots and proofs for any two sizes up to it. A proof reads a few tiles a level, each once.</summary>
/// <param name="size">Leaves in the tree whose tiles can be read.</param>
/// <param name="read">Where they are read.</param>
public sealed class TiledTree(long size, ReadTile read)
{
    private readonly Dictionary<TileAddress, IReadOnlyList<MerkleHash>> tiles = [];

    /// <summary>The root when the tree had so many leaves.</summary>
    /// <exception cref="ArgumentOutOfRangeException">It never had.</exception>
    /// <exception cref="InvalidDataException">A tile is not as wide as its address.</exception>
    public async ValueTask<MerkleHash> Root(long at) => Within(at) == 0 ? MerkleHash.OfNothing : await Range(0, at);

    /// <summary>The hash of a leaf.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf.</exception>
    public async ValueTask<MerkleHash> Leaf(long index)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, size);
        return await Node(0, index);
    }

    /// <summary>That a leaf stands in the tree as it was with so many leaves.</summary>
    /// <exception cref="ArgumentOutOfRangeException">There is no such leaf in it.</exception>
    public async ValueTask<InclusionProof> Inclusion(long index, long at)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(index);
        ArgumentOutOfRangeException.ThrowIfGreaterThanOrEqual(index, Within(at));
        var path = new List<MerkleHash>();
        var (start, end) = (0L, at);
        while (end - start > 1)
        {
            var middle = start + MerkleHash.Split(end - start);
            if (index < middle)
            {
                path.Add(await Range(middle, end));
                end = middle;
            }
            else
            {
                path.Add(await Range(start, middle));
                start = middle;
            }
        }

        path.Reverse();
        return new(index, at, path);
    }

    /// <summary>That the tree as it was with so many leaves extends the one it was before.</summary>
    /// <exception cref="ArgumentOutOfRangeException">The older is larger, or the newer never was.</exception>
    public async ValueTask<ConsistencyProof> Consistency(long old, long at)
    {
        ArgumentOutOfRangeException.ThrowIfGreaterThan(old, Within(at));
        if (Within(old) == 0 || old == at) return new(old, at, []);
        var path = new List<MerkleHash>();
        var (start, end, whole) = (0L, at, true);
        while (end != old)
        {
            var middle = start + MerkleHash.Split(end - start);
            if (old <= middle)
            {
                path.Add(await Range(middle, end));
                end = middle;
            }
            else
            {
                path.Add(await Range(start, middle));
                (start, whole) = (middle, false);
            }
        }

        // The older tree's own root is known to who asks; a part of it is not.
        if (!whole) path.Add(await Range(start, end));
        path.Reverse();
        return new(old, at, path);
    }

    private long Within(long at)
    {
        ArgumentOutOfRangeException.ThrowIfNegative(at);
        ArgumentOutOfRangeException.ThrowIfGreaterThan(at, size);
        return at;
    }

    /// <summary>The root of the leaves from one place to another, as they hang together in a tree that splits there.</summary>
    private async ValueTask<MerkleHash> Range(long start, long end)
    {
        var n = end - start;
        if (BitOperations.IsPow2(n)) return await Node(BitOperations.Log2((ulong)n), start / n);
        var middle = start + MerkleHash.Split(n);
        var left = await Range(start, middle);
        return MerkleHash.OfChildren(left, await Range(middle, end));
    }

    /// <summary>A whole subtree of 2^<paramref name="level"/> leaves.</summary>
    private async ValueTask<MerkleHash> Node(int level, long index)
    {
        var (tileLevel, inside) = (level / TileAddress.Height, level % TileAddress.Height);
        var first = index << inside;
        var hashes = await Hashes(TileAddress.In(size, tileLevel, first / TileAddress.Full)!.Value);
        var from = (int)(first % TileAddress.Full);
        return MerkleHash.Root([.. hashes.Skip(from).Take(1 << inside)]);
    }

    private async ValueTask<IReadOnlyList<MerkleHash>> Hashes(TileAddress tile)
    {
        if (tiles.TryGetValue(tile, out var known)) return known;
        var hashes = await read(tile);
        if (hashes.Count != tile.Width) throw new InvalidDataException($"The tile {tile} holds {hashes.Count} hashes.");
        return tiles[tile] = hashes;
    }
}
