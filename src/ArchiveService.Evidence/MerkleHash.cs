using System.Runtime.InteropServices;
using System.Security.Cryptography;

namespace ArchiveService.Evidence;

/// <summary>A node of a Merkle tree: 32 bytes of SHA-256, compared by value.</summary>
/// <remarks>RFC 6962 §2.1 (RFC 9162 §2.1.1): a leaf is hashed behind the byte 0, two children behind the byte 1, so that no leaf can pass for a node.</remarks>
[StructLayout(LayoutKind.Sequential)]
public readonly struct MerkleHash : IEquatable<MerkleHash>
{
    /// <summary>Bytes of a hash.</summary>
    public const int Size = 32;

    private readonly ulong a;
    private readonly ulong b;
    private readonly ulong c;
    private readonly ulong d;

    /// <param name="bytes">Exactly <see cref="Size"/> bytes.</param>
    /// <exception cref="ArgumentException">There are more or fewer.</exception>
    public MerkleHash(ReadOnlySpan<byte> bytes)
    {
        if (bytes.Length != Size) throw new ArgumentException($"A hash is {Size} bytes, not {bytes.Length}.", nameof(bytes));
        this = MemoryMarshal.Read<MerkleHash>(bytes);
    }

    /// <summary>The root of a tree without leaves: SHA-256 of nothing.</summary>
    public static MerkleHash OfNothing { get; } = new(SHA256.HashData([]));

    /// <summary>The hash of a leaf.</summary>
    public static MerkleHash OfLeaf(ReadOnlySpan<byte> leaf)
    {
        var length = leaf.Length + 1;
        var rented = length <= 1024 ? null : System.Buffers.ArrayPool<byte>.Shared.Rent(length);
        Span<byte> prefixed = rented is null ? stackalloc byte[1024] : rented;
        prefixed[0] = 0;
        leaf.CopyTo(prefixed[1..]);
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(prefixed[..length], hash);
        if (rented is not null) System.Buffers.ArrayPool<byte>.Shared.Return(rented, clearArray: true);
        return new(hash);
    }

    /// <summary>The hash of a node with two children.</summary>
    public static MerkleHash OfChildren(MerkleHash left, MerkleHash right)
    {
        Span<byte> node = stackalloc byte[1 + Size + Size];
        node[0] = 1;
        left.CopyTo(node[1..]);
        right.CopyTo(node[(1 + Size)..]);
        Span<byte> hash = stackalloc byte[Size];
        SHA256.HashData(node, hash);
        return new(hash);
    }

    /// <summary>The root of a whole tree that is held in memory.</summary>
    public static MerkleHash Root(ReadOnlySpan<MerkleHash> leaves) => leaves.Length switch
    {
        0 => OfNothing,
        1 => leaves[0],
        var n => Split(n) is var k ? OfChildren(Root(leaves[..k]), Root(leaves[k..])) : default,
    };

    /// <summary>Hashes that stand one after the other, as in a tile.</summary>
    /// <exception cref="ArgumentException">The bytes are not a whole number of hashes.</exception>
    public static MerkleHash[] Many(ReadOnlySpan<byte> bytes) => bytes.Length % Size == 0
        ? MemoryMarshal.Cast<byte, MerkleHash>(bytes).ToArray()
        : throw new ArgumentException($"{bytes.Length} bytes are not a whole number of hashes.", nameof(bytes));

    /// <summary>The bytes of hashes one after the other.</summary>
    public static byte[] Bytes(ReadOnlySpan<MerkleHash> hashes) => MemoryMarshal.AsBytes(hashes).ToArray();

    /// <summary>Reads base64 (RFC 4648 §4) of exactly 32 bytes.</summary>
    public static bool TryParse(string base64, out MerkleHash hash)
    {
        Span<byte> bytes = stackalloc byte[Size + 1];
        var ok = Base64Strict.TryDecode(base64, bytes, out var written) && written == Size;
        hash = ok ? new(bytes[..Size]) : default;
        return ok;
    }

    /// <param name="destination">At least <see cref="Size"/> bytes.</param>
    public void CopyTo(Span<byte> destination) => MemoryMarshal.Write(destination, in this);

    /// <summary>The 32 bytes.</summary>
    public byte[] ToArray()
    {
        var bytes = new byte[Size];
        CopyTo(bytes);
        return bytes;
    }

    /// <summary>Base64 (RFC 4648 §4), as checkpoints and proofs write it.</summary>
    public override string ToString() => Convert.ToBase64String(ToArray());

    /// <inheritdoc/>
    public bool Equals(MerkleHash other) => a == other.a && b == other.b && c == other.c && d == other.d;

    /// <inheritdoc/>
    public override bool Equals(object? obj) => obj is MerkleHash other && Equals(other);

    /// <inheritdoc/>
    public override int GetHashCode() => a.GetHashCode();

    /// <summary>Whether both are the same 32 bytes.</summary>
    public static bool operator ==(MerkleHash left, MerkleHash right) => left.Equals(right);

    /// <summary>Whether they differ.</summary>
    public static bool operator !=(MerkleHash left, MerkleHash right) => !left.Equals(right);

    /// <summary>Where a tree of more than one leaf splits: the greatest power of two below its size.</summary>
    internal static int Split(int n) => 1 << System.Numerics.BitOperations.Log2((uint)n - 1);

    /// <inheritdoc cref="Split(int)"/>
    internal static long Split(long n) => 1L << System.Numerics.BitOperations.Log2((ulong)n - 1);
}
