using System.Buffers.Binary;
using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Sealing;

/// <summary>What an event says about its sealed content: which key, the ciphertext's hash, and a commitment per disclosable part.</summary>
public sealed record Sealed(int V, string Alg, Guid Key, string Ct, IReadOnlyDictionary<string, string> Cm);

/// <summary>Sealed content in the clear: named parts, each a run of bytes. Part names are stored format.</summary>
public sealed class Parts
{
    private readonly SortedDictionary<string, byte[]> parts = new(StringComparer.Ordinal);

    public const string Raw = "raw";
    public const string Text = "text";
    public const string AuthorDisplayName = "author.displayName";
    public const string AuthorHandle = "author.handle";
    public const string AuthorNativeId = "author.nativeId";
    public const string NativeId = "nativeId";
    public const string Permalink = "permalink";
    public const string Motivation = "motivation";
    public const string Subject = "subject";

    public static string AttachmentBytes(Guid id) => $"attachment/{id:D}/bytes";

    public static string AttachmentFileName(Guid id) => $"attachment/{id:D}/fileName";

    public static string AttachmentAltText(Guid id) => $"attachment/{id:D}/altText";

    public IEnumerable<KeyValuePair<string, byte[]>> All => parts;

    public bool IsEmpty => parts.Count == 0;

    public Parts With(string name, string? value) => value is null ? this : With(name, Encoding.UTF8.GetBytes(value));

    public Parts With(string name, ReadOnlySpan<byte> value)
    {
        parts[name] = value.ToArray();
        return this;
    }

    public string? this[string name] => parts.TryGetValue(name, out var value) ? Encoding.UTF8.GetString(value) : null;

    public byte[]? Bytes(string name) => parts.GetValueOrDefault(name);

    /// <summary>The plaintext form: for each part in ordinal order of its name, name and value, each after its 4-byte length.</summary>
    internal byte[] Serialize()
    {
        var form = new byte[parts.Sum(part => 8 + Encoding.UTF8.GetByteCount(part.Key) + part.Value.Length)];
        var rest = form.AsSpan();
        foreach (var (name, value) in parts)
        {
            var length = Encoding.UTF8.GetBytes(name, rest[4..]);
            BinaryPrimitives.WriteInt32BigEndian(rest, length);
            rest = rest[(4 + length)..];
            BinaryPrimitives.WriteInt32BigEndian(rest, value.Length);
            value.CopyTo(rest[4..]);
            rest = rest[(4 + value.Length)..];
        }

        return form;
    }

    internal static Parts Deserialize(ReadOnlySpan<byte> plain)
    {
        var parts = new Parts();
        while (!plain.IsEmpty)
        {
            var name = Encoding.UTF8.GetString(Next(ref plain));
            parts.parts[name] = Next(ref plain).ToArray();
        }

        return parts;
    }

    private static ReadOnlySpan<byte> Next(ref ReadOnlySpan<byte> rest)
    {
        var length = BinaryPrimitives.ReadInt32BigEndian(rest);
        var value = rest.Slice(4, length);
        rest = rest[(4 + length)..];
        return value;
    }
}

/// <summary>Seals and opens the content of one event under one key.</summary>
public static class Seal
{
    public static (Sealed Clear, byte[] Ciphertext) Close(RecordKey key, Guid eventId, Guid streamId, string type, Parts parts)
    {
        var plain = parts.Serialize();
        var ciphertext = new byte[RecordKey.NonceSize + plain.Length + RecordKey.TagSize];
        RandomNumberGenerator.Fill(ciphertext.AsSpan(0, RecordKey.NonceSize));
        using var aes = new AesGcm(key.PayloadKey, RecordKey.TagSize);
        aes.Encrypt(
            ciphertext.AsSpan(0, RecordKey.NonceSize), plain, ciphertext.AsSpan(RecordKey.NonceSize, plain.Length),
            ciphertext.AsSpan(RecordKey.NonceSize + plain.Length), Aad(eventId, streamId, type));
        CryptographicOperations.ZeroMemory(plain);

        var commitments = parts.All.ToDictionary(part => part.Key, part => Commitment(key, eventId, part.Key, part.Value), StringComparer.Ordinal);
        return (new(1, RecordKey.Algorithm, key.Id, Convert.ToHexStringLower(SHA256.HashData(ciphertext)), commitments), ciphertext);
    }

    /// <exception cref="AuthenticationTagMismatchException">The ciphertext was altered, or belongs to another event, stream, type or key.</exception>
    public static Parts Open(RecordKey key, Guid eventId, Guid streamId, string type, ReadOnlySpan<byte> ciphertext)
    {
        if (ciphertext.Length < RecordKey.NonceSize + RecordKey.TagSize) throw new AuthenticationTagMismatchException();
        var plain = new byte[ciphertext.Length - RecordKey.NonceSize - RecordKey.TagSize];
        using var aes = new AesGcm(key.PayloadKey, RecordKey.TagSize);
        aes.Decrypt(ciphertext[..RecordKey.NonceSize], ciphertext[RecordKey.NonceSize..^RecordKey.TagSize], ciphertext[^RecordKey.TagSize..], plain, Aad(eventId, streamId, type));
        return Parts.Deserialize(plain);
    }

    /// <summary>The salt that opens one commitment and no other.</summary>
    public static byte[] Salt(RecordKey key, Guid eventId, string part) =>
        HMACSHA256.HashData(key.CommitKey, new ByteForm().Uuid(eventId).Text(part).Written);

    /// <summary>SHA-256(<c>archiveservice/cm/v1</c> ‖ 0 ‖ part ‖ 0 ‖ salt ‖ bytes), in lower-case hexadecimal.</summary>
    public static string Commitment(ReadOnlySpan<byte> salt, string part, ReadOnlySpan<byte> value)
    {
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        hash.AppendData("archiveservice/cm/v1\0"u8);
        hash.AppendData(Encoding.UTF8.GetBytes(part));
        hash.AppendData("\0"u8);
        hash.AppendData(salt);
        hash.AppendData(value);
        return Convert.ToHexStringLower(hash.GetHashAndReset());
    }

    private static string Commitment(RecordKey key, Guid eventId, string part, byte[] value) => Commitment(Salt(key, eventId, part), part, value);

    private static byte[] Aad(Guid eventId, Guid streamId, string type) =>
        new ByteForm().Text("archiveservice/v1").Uuid(eventId).Uuid(streamId).Text(type).Written.ToArray();
}
