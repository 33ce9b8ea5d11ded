using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Backups;

/// <summary>The whole key file under a passphrase, for a safe. While the copy lasts it opens what its epoch key opens, so every one that is made is an event.</summary>
public sealed class KeyExport(Databases databases, IKeyProvider provider, SealedLog log, TimeProvider clock)
{
    public const int LeastPassphrase = 16;

    private const int Rounds = 1_000_000;

    private static readonly byte[] Label = "archiveservice/v1/key-export"u8.ToArray();

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true };

    /// <param name="V">1.</param>
    /// <param name="Kdf"><c>pbkdf2-sha512</c>; 32 bytes.</param>
    /// <param name="Sealed">AES-256-GCM: nonce ‖ ciphertext ‖ tag, with the label archiveservice/v1/key-export as associated data.</param>
    private sealed record Written(int V, Guid Export, Guid Kek, DateTimeOffset ExportedAt, string Kdf, int Rounds, byte[] Salt, byte[] Sealed);

    /// <exception cref="CannotStart">A rotation is under way, the passphrase is short, or the file is there already.</exception>
    public async Task<Guid> Write(string path, string passphrase, Caller by, CancellationToken ct)
    {
        var file = provider as KeyFile ?? throw new CannotStart("The keys are not kept in a file: take them out where they are kept.");
        if (passphrase.Length < LeastPassphrase) throw new CannotStart($"The passphrase has to have at least {LeastPassphrase} characters: it is all that guards the copy.");
        if (File.Exists(path)) throw new CannotStart($"{path} exists already and is left as it is. Choose another name.");
        if (file.Rotation is { } pending) throw new CannotStart($"Rotation {pending.Id} has not ended: the copy would hold the epoch key that it destroys. Run ./run keys rotate first.");

        // The event first: an export nobody knows of must not be.
        var now = clock.GetUtcNow();
        var (id, kek) = (Guid.CreateVersion7(now), file.Current.Id);
        await using (var owner = await databases.Owner.OpenConnectionAsync(ct))
        await using (var transaction = await owner.BeginTransactionAsync(ct))
        {
            var row = new NpgsqlBatchCommand("insert into archive.key_exports (export_id, exported_at, kek_id, exported_by) values ($1, $2, $3, $4)")
            {
                Parameters = { new() { Value = id }, new() { Value = now.ToUniversalTime() }, new() { Value = $"{kek:D}" }, new() { Value = by.PersonId } },
            };
            await log.Append(transaction, [new(id, "key_export", ExpectedVersion.NewStream, [new(new KeysExported(id, kek, now))])], log.NewKeySet(), new(by.PersonId.ToString("D")), [row], ct);
            await transaction.CommitAsync(ct);
        }

        var salt = RandomNumberGenerator.GetBytes(32);
        var written = new Written(1, id, kek, now, "pbkdf2-sha512", Rounds, salt, Close(file.Bytes(), Key(passphrase, salt, Rounds)));
        using var to = PrivateFolder.New(path);
        JsonSerializer.Serialize(to, written, Json);
        to.Flush(flushToDisk: true);
        return id;
    }

    /// <summary>Makes a key file of an export. Needs no database: it is what a lost key file is replaced with.</summary>
    public static KeyFile Import(string export, string path, string passphrase)
    {
        Written? written;
        try
        {
            written = JsonSerializer.Deserialize<Written>(File.ReadAllBytes(export), Json);
        }
        catch (Exception error) when (error is JsonException or IOException or UnauthorizedAccessException)
        {
            throw new CannotStart($"{export} cannot be read as an export of keys: {error.GetType().Name}.", error);
        }

        if (written is not { V: 1, Kdf: "pbkdf2-sha512", Rounds: >= 100_000 and <= 100_000_000, Salt.Length: 32 }) throw new CannotStart($"{export} is no export of keys that this build knows.");
        try
        {
            return KeyFile.Create(path, Open(written.Sealed, Key(passphrase, written.Salt, written.Rounds)));
        }
        catch (CryptographicException error)
        {
            throw new CannotStart("The passphrase is not the one that the export was made with, or the file was altered.", error);
        }
        catch (IOException error) when (File.Exists(path))
        {
            throw new CannotStart($"{path} exists already and is left as it is: overwriting a key file would destroy what it opens. Choose another name.", error);
        }
    }

    private static byte[] Key(string passphrase, byte[] salt, int rounds) =>
        Rfc2898DeriveBytes.Pbkdf2(Encoding.UTF8.GetBytes(passphrase.Normalize(NormalizationForm.FormKC)), salt, rounds, HashAlgorithmName.SHA512, 32);

    private static byte[] Close(byte[] plain, byte[] key)
    {
        var bytes = new byte[RecordKey.NonceSize + plain.Length + RecordKey.TagSize];
        RandomNumberGenerator.Fill(bytes.AsSpan(0, RecordKey.NonceSize));
        using var aes = new AesGcm(key, RecordKey.TagSize);
        aes.Encrypt(bytes.AsSpan(0, RecordKey.NonceSize), plain, bytes.AsSpan(RecordKey.NonceSize, plain.Length), bytes.AsSpan(RecordKey.NonceSize + plain.Length), Label);
        CryptographicOperations.ZeroMemory(plain);
        return bytes;
    }

    private static byte[] Open(byte[] bytes, byte[] key)
    {
        if (bytes.Length < RecordKey.NonceSize + RecordKey.TagSize) throw new AuthenticationTagMismatchException();
        var plain = new byte[bytes.Length - RecordKey.NonceSize - RecordKey.TagSize];
        using var aes = new AesGcm(key, RecordKey.TagSize);
        aes.Decrypt(bytes.AsSpan(0, RecordKey.NonceSize), bytes.AsSpan(RecordKey.NonceSize, plain.Length), bytes.AsSpan(RecordKey.NonceSize + plain.Length), plain, Label);
        return plain;
    }
}
