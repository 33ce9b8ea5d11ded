using System.Security.Cryptography;
using System.Text;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Deliveries;

/// <summary>What could not be trusted: not archived, sealed under a key of the epoch, capped in size and number, deleted by age.</summary>
public sealed class Quarantine(Databases databases, IKeyProvider provider, TimeProvider clock)
{
    private const int MaxBytes = 64 * 1024;
    private const int MaxRows = 1000;

    public async Task Keep(string platform, string reason, byte[] body, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var kept = body.AsSpan(0, Math.Min(body.Length, MaxBytes));
        var key = HKDF.DeriveKey(HashAlgorithmName.SHA256, provider.Current.Key, 32, [], Encoding.UTF8.GetBytes("archiveservice/v1/quarantine"));
        var sealedBody = new byte[RecordKey.NonceSize + kept.Length + RecordKey.TagSize];
        RandomNumberGenerator.Fill(sealedBody.AsSpan(0, RecordKey.NonceSize));
        using (var aes = new AesGcm(key, RecordKey.TagSize))
        {
            aes.Encrypt(sealedBody.AsSpan(0, RecordKey.NonceSize), kept, sealedBody.AsSpan(RecordKey.NonceSize, kept.Length), sealedBody.AsSpan(RecordKey.NonceSize + kept.Length), id.ToByteArray(bigEndian: true));
        }

        await using var insert = databases.Writer.CreateCommand("""
            insert into work.quarantine (quarantine_id, platform, reason, bytes, sealed)
            select $1, $2, $3, $4, $5 where (select count(*) from work.quarantine) < $6
            """);
        insert.Parameters.Add(new() { Value = id });
        insert.Parameters.Add(new() { Value = platform });
        insert.Parameters.Add(new() { Value = reason });
        insert.Parameters.Add(new() { Value = body.Length });
        insert.Parameters.Add(new() { Value = sealedBody });
        insert.Parameters.Add(new() { Value = MaxRows });
        await insert.ExecuteNonQueryAsync(ct);
    }

    /// <summary>Quarantined input is deleted by age, as the policy says (own.quarantine).</summary>
    /// <param name="before">Null: nothing.</param>
    public async Task DeleteOlderThan(DateOnly? before, CancellationToken ct)
    {
        if (before is not { } day) return;
        await using var delete = databases.Writer.CreateCommand("delete from work.quarantine where archive.swedish_date(received_at) < $1");
        delete.Parameters.Add(new() { Value = day });
        await delete.ExecuteNonQueryAsync(ct);
    }
}
