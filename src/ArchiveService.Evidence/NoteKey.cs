using System.Globalization;
using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Evidence;

/// <summary>What a key of a note signs (C2SP signed-note, signature types).</summary>
public enum NoteKeyType
{
    /// <summary>The text of the note: a log on its own checkpoints.</summary>
    Log = 0x01,

    /// <summary>The text behind a time: a witness on the checkpoints of others (C2SP tlog-cosignature, v1).</summary>
    Witness = 0x04,
}

/// <summary>Who signs notes, by name and public key: a <c>vkey</c> line of C2SP signed-note.</summary>
public sealed record NoteKey
{
    /// <param name="name">Not empty, without spaces, control characters and plus; an address without its scheme is usual.</param>
    /// <param name="type">What it signs.</param>
    /// <param name="publicKey">32 bytes.</param>
    /// <exception cref="ArgumentException">The name or the key is not such a one.</exception>
    public NoteKey(string name, NoteKeyType type, ReadOnlySpan<byte> publicKey)
    {
        if (!IsName(name)) throw new ArgumentException($"'{name}' cannot name a key: no spaces, no control characters, no plus.", nameof(name));
        if (publicKey.Length != Ed25519.KeySize) throw new ArgumentException($"A public key is {Ed25519.KeySize} bytes.", nameof(publicKey));
        (Name, Type, PublicKey) = (name, type, publicKey.ToArray());
        Id = Convert.ToHexStringLower(SHA256.HashData([.. Encoding.UTF8.GetBytes(name), 0x0A, (byte)type, .. publicKey]).AsSpan(0, 4));
    }

    /// <summary>The signer's name, on its signature lines; a log's is its origin.</summary>
    public string Name { get; }

    /// <summary>What it signs.</summary>
    public NoteKeyType Type { get; }

    /// <summary>32 bytes.</summary>
    public ReadOnlyMemory<byte> PublicKey { get; }

    /// <summary>The four bytes by which a signature line says whose it is, in hexadecimal. Short on purpose: it identifies, it proves nothing.</summary>
    public string Id { get; }

    /// <summary>Whether a text can name a key.</summary>
    public static bool IsName(string name) => name.Length > 0 && !name.Contains('+', StringComparison.Ordinal) && !name.Any(c => char.IsWhiteSpace(c) || char.IsControl(c));

    /// <summary><c>name+id+key</c>, as keys are handed to verifiers.</summary>
    public override string ToString() => $"{Name}+{Id}+{Convert.ToBase64String([(byte)Type, .. PublicKey.Span])}";

    /// <summary>Reads such a line, with or without a newline behind; false when it is none, or its id is not that of its key.</summary>
    public static bool TryParse(string line, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out NoteKey? key)
    {
        key = null;
        var parts = line.TrimEnd('\r', '\n').Split('+', 3);
        if (parts.Length != 3 || !IsName(parts[0]) || Base64Strict.Decode(parts[2]) is not { Length: 1 + Ed25519.KeySize } bytes) return false;
        if (bytes[0] is not ((byte)NoteKeyType.Log or (byte)NoteKeyType.Witness)) return false;
        var read = new NoteKey(parts[0], (NoteKeyType)bytes[0], bytes.AsSpan(1));
        if (!string.Equals(read.Id, parts[1], StringComparison.Ordinal)) return false;
        key = read;
        return true;
    }

    /// <summary>Equal when name, type and key are.</summary>
    public bool Equals(NoteKey? other) =>
        other is not null && Type == other.Type && string.Equals(Name, other.Name, StringComparison.Ordinal) && PublicKey.Span.SequenceEqual(other.PublicKey.Span);

    /// <inheritdoc/>
    public override int GetHashCode() => HashCode.Combine(Name, Type, Id);
}

/// <summary>A private key that signs notes.</summary>
public sealed class NoteSigner
{
    private readonly byte[] privateKey;

    /// <param name="name">As <see cref="NoteKey.Name"/>.</param>
    /// <param name="type">What it signs.</param>
    /// <param name="privateKey">32 bytes (the seed of RFC 8032).</param>
    /// <exception cref="ArgumentException">The name or the key is not such a one.</exception>
    public NoteSigner(string name, NoteKeyType type, ReadOnlySpan<byte> privateKey)
    {
        Key = new(name, type, Ed25519.PublicKey(privateKey));
        this.privateKey = privateKey.ToArray();
    }

    /// <summary>Its public half.</summary>
    public NoteKey Key { get; }

    /// <summary>Signs a text.</summary>
    /// <param name="text">What the note says, with the newline at its end.</param>
    /// <param name="at">The time a witness vouches for; a log's signature has none.</param>
    public NoteSignature Sign(string text, DateTimeOffset at)
    {
        var seconds = at.ToUnixTimeSeconds();
        var signature = Ed25519.Sign(privateKey, SignedNote.Message(Key.Type, text, seconds));
        return new(Key.Name, Key.Id, Key.Type == NoteKeyType.Witness ? [.. BigEndian(seconds), .. signature] : signature);
    }

    private static byte[] BigEndian(long value)
    {
        var bytes = new byte[8];
        System.Buffers.Binary.BinaryPrimitives.WriteInt64BigEndian(bytes, value);
        return bytes;
    }
}

/// <summary>A signature line of a note.</summary>
/// <param name="Name">Whose it says it is.</param>
/// <param name="KeyId">Four bytes in hexadecimal.</param>
/// <param name="Bytes">What follows the id; a witness's begins with eight bytes of time.</param>
public sealed record NoteSignature(string Name, string KeyId, ReadOnlyMemory<byte> Bytes)
{
    /// <summary>The line, with its newline.</summary>
    public override string ToString() => string.Create(CultureInfo.InvariantCulture, $"— {Name} {Convert.ToBase64String([.. Convert.FromHexString(KeyId), .. Bytes.Span])}\n");

    /// <summary>Reads one line without its newline.</summary>
    public static bool TryParse(string line, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out NoteSignature? signature)
    {
        signature = null;
        if (!line.StartsWith("— ", StringComparison.Ordinal) || line.IndexOf(' ', 2) is not (> 0 and var space)) return false;
        var name = line[2..space];
        if (!NoteKey.IsName(name) || Base64Strict.Decode(line[(space + 1)..]) is not { Length: > 4 } bytes) return false;
        signature = new(name, Convert.ToHexStringLower(bytes.AsSpan(0, 4)), bytes.AsMemory(4));
        return true;
    }
}
