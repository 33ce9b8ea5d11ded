namespace ArchiveService.Evidence;

/// <summary>That a leaf stands at a place in a tree.</summary>
/// <param name="Index">The leaf's place, from 0.</param>
/// <param name="Size">Leaves in the tree.</param>
/// <param name="Path">The siblings from the leaf's to the root's child (RFC 6962 §2.1.1).</param>
public sealed record InclusionProof(long Index, long Size, IReadOnlyList<MerkleHash> Path)
{
    /// <summary>Whether the leaf, with this path, gives the root (RFC 9162 §2.1.3.2). False for any proof that is malformed.</summary>
    public bool Proves(MerkleHash leaf, MerkleHash root)
    {
        if (Index < 0 || Index >= Size) return false;
        var (fn, sn) = (Index, Size - 1);
        var r = leaf;
        foreach (var p in Path)
        {
            if (sn == 0) return false;
            if ((fn & 1) == 1 || fn == sn)
            {
                r = MerkleHash.OfChildren(p, r);
                while ((fn & 1) == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
            {
                r = MerkleHash.OfChildren(r, p);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        return sn == 0 && r == root;
    }
}

/// <summary>That a tree is an extension of a smaller one: every leaf of the smaller stands at the same place in it.</summary>
/// <param name="OldSize">Leaves in the smaller tree.</param>
/// <param name="Size">Leaves in the larger tree.</param>
/// <param name="Path">RFC 6962 §2.1.2; empty from an empty tree and between trees of the same size.</param>
public sealed record ConsistencyProof(long OldSize, long Size, IReadOnlyList<MerkleHash> Path)
{
    /// <summary>Whether the larger root extends the smaller (RFC 9162 §2.1.4.2). False for any proof that is malformed.</summary>
    public bool Proves(MerkleHash oldRoot, MerkleHash root)
    {
        if (OldSize < 0 || OldSize > Size) return false;
        if (OldSize == 0) return Path.Count == 0 && oldRoot == MerkleHash.OfNothing && (Size > 0 || root == MerkleHash.OfNothing);
        if (OldSize == Size) return Path.Count == 0 && oldRoot == root;
        if (Path.Count == 0) return false;

        // When the smaller tree is whole, its root is the first node and is not sent.
        var path = System.Numerics.BitOperations.IsPow2(OldSize) ? [oldRoot, .. Path] : Path;
        var (fn, sn) = (OldSize - 1, Size - 1);
        while ((fn & 1) == 1) (fn, sn) = (fn >> 1, sn >> 1);
        var (fr, sr) = (path[0], path[0]);
        for (var i = 1; i < path.Count; i++)
        {
            if (sn == 0) return false;
            var c = path[i];
            if ((fn & 1) == 1 || fn == sn)
            {
                fr = MerkleHash.OfChildren(c, fr);
                sr = MerkleHash.OfChildren(c, sr);
                while ((fn & 1) == 0 && fn != 0) (fn, sn) = (fn >> 1, sn >> 1);
            }
            else
            {
                sr = MerkleHash.OfChildren(sr, c);
            }

            (fn, sn) = (fn >> 1, sn >> 1);
        }

        return sn == 0 && fr == oldRoot && sr == root;
    }
}
