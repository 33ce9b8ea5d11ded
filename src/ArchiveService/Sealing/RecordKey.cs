using System.Security.Cryptography;
using System.Text;

namespace ArchiveService.Sealing;

/// <summary>
/// One key of one stream. The key itself never encrypts: subkeys by HKDF-SHA256 (empty salt, 32 bytes) do, each for one use.
/// </summary>
public sealed class RecordKey
{
    public const string Algorithm = "A256GCM";
    public const int NonceSize = 12;
    public const int TagSize = 16;

    private readonly byte[] key;
    private byte[]? extracted;
    private byte[]? payload;
    private byte[]? commit;
    private byte[]? dedupe;

    public RecordKey(Guid id, KeyClass keyClass, Guid streamId, byte[] key)
    {
        if (key.Length != 32) throw new ArgumentException("A record key has 32 bytes.", nameof(key));
        (Id, Class, StreamId, this.key) = (id, keyClass, streamId, key);
    }

    public Guid Id { get; }

    public KeyClass Class { get; }

    public Guid StreamId { get; }

    public static RecordKey New(KeyClass keyClass, Guid streamId, TimeProvider clock) =>
        new(Guid.CreateVersion7(clock.GetUtcNow()), keyClass, streamId, RandomNumberGenerator.GetBytes(32));

    internal byte[] PayloadKey => payload ??= Subkey("archiveservice/v1/payload");

    internal byte[] CommitKey => commit ??= Subkey("archiveservice/v1/commit");

    /// <summary>The subkey an attachment's stream is encrypted under; exported alone it opens that one file in any Tink library.</summary>
    public byte[] AttachmentKey(Guid attachmentId) => Subkey($"archiveservice/v1/attachment/{attachmentId:D}");

    /// <summary>An HMAC that tells a repeated act from a new one; worthless once the key is destroyed.</summary>
    public byte[] Digest(ReadOnlySpan<byte> of) => HMACSHA256.HashData(dedupe ??= Subkey("archiveservice/v1/dedupe"), of);

    /// <summary>Whether two wraps held one key.</summary>
    public bool IsSameAs(RecordKey other) => Id == other.Id && CryptographicOperations.FixedTimeEquals(key, other.key);

    private byte[] Subkey(string info) =>
        HKDF.Expand(HashAlgorithmName.SHA256, extracted ??= HKDF.Extract(HashAlgorithmName.SHA256, key, salt: []), 32, Encoding.UTF8.GetBytes(info));

    /// <summary>Wraps under an epoch key: nonce ‖ ciphertext ‖ tag, AAD = kek id ‖ key id ‖ class.</summary>
    public WrappedKey Wrap(EpochKey epoch)
    {
        var wrapped = new byte[NonceSize + key.Length + TagSize];
        RandomNumberGenerator.Fill(wrapped.AsSpan(0, NonceSize));
        using var aes = new AesGcm(epoch.Key, TagSize);
        aes.Encrypt(wrapped.AsSpan(0, NonceSize), key, wrapped.AsSpan(NonceSize, key.Length), wrapped.AsSpan(NonceSize + key.Length), WrapAad(epoch.Id, Id, Class));
        return new(Id, Class, StreamId, epoch.Id, Algorithm, wrapped);
    }

    /// <exception cref="AuthenticationTagMismatchException">The row was altered, or belongs to another key.</exception>
    public static RecordKey Unwrap(WrappedKey row, EpochKey epoch)
    {
        if (row.Wrapped.Length != NonceSize + 32 + TagSize) throw new AuthenticationTagMismatchException();
        var key = new byte[32];
        using var aes = new AesGcm(epoch.Key, TagSize);
        aes.Decrypt(row.Wrapped.AsSpan(0, NonceSize), row.Wrapped.AsSpan(NonceSize, 32), row.Wrapped.AsSpan(NonceSize + 32), key, WrapAad(epoch.Id, row.KeyId, row.Class));
        return new(row.KeyId, row.Class, row.StreamId, key);
    }

    private static byte[] WrapAad(Guid kekId, Guid keyId, KeyClass keyClass) =>
        new ByteForm().Uuid(kekId).Uuid(keyId).Text(keyClass.Stored()).Written.ToArray();
}

/// <summary>A row of <c>archive.record_keys</c>.</summary>
public sealed record WrappedKey(Guid KeyId, KeyClass Class, Guid StreamId, Guid KekId, string Alg, byte[] Wrapped);
