using System.Diagnostics.Metrics;
using System.Net;
using System.Net.Sockets;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Deliveries;

/// <summary>How many refused deliveries there were; per platform and reason, never from whom.</summary>
public static class RefusedMeter
{
    public const string Name = "ArchiveService.Deliveries";

    public const string Refused = "archive.webhooks_refused";

    private static readonly Meter Meter = new(Name);
    private static readonly Counter<long> Counted = Meter.CreateCounter<long>(Refused);

    internal static void Count(string platform, string reason) => Counted.Add(1, new("platform", platform), new("reason", reason));
}

/// <summary>What became of a refused delivery.</summary>
/// <param name="Kept">False: only counted, for there was no room.</param>
/// <param name="InHour">Refused from the platform's senders in the last hour, this one included.</param>
public sealed record Quarantining(bool Kept, long InHour);

/// <summary>
/// What could not be trusted: not archived, sealed under a key of the epoch, capped in size and number, deleted by age. What does not fit is counted. Where it came
/// from is a digest of the network under a key of the epoch: enough to tell one sender from another, and no address.
/// </summary>
public sealed partial class Quarantine(Databases databases, IKeyProvider provider, TimeProvider clock, ILogger<Quarantine> logger)
{
    /// <summary>So much of each is kept.</summary>
    public const int MaxBytes = 64 * 1024;

    public const int MaxPerSourceAndDay = 1000;

    public const long MaxInAll = 100L * 1024 * 1024;

    /// <summary>More wrong signatures than this in an hour raise the alarm.</summary>
    public const int AlarmOver = 10;

    public Task<Quarantining> Keep(string platform, string reason, byte[] body, CancellationToken ct) => Keep(platform, reason, body, null, ct);

    public Task<Quarantining> Keep(string platform, string reason, byte[] body, IPAddress? from, CancellationToken ct)
    {
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        return Write(id, platform, reason, body.Length, Sealed(id, body), from, ct);
    }

    /// <summary>Counts one of which nothing is kept: its sender has sent too many.</summary>
    public Task<Quarantining> Count(string platform, string reason, long bytes, IPAddress? from, CancellationToken ct) =>
        Write(Guid.CreateVersion7(clock.GetUtcNow()), platform, reason, bytes, null, from, ct);

    /// <summary>Which network it came from, of those of about the size that one sender has (IPv4 /24, IPv6 /48).</summary>
    public string SourceOf(string platform, IPAddress? from)
    {
        if (from is null) return "unknown";
        if (from.IsIPv4MappedToIPv6) from = from.MapToIPv4();
        var network = from.GetAddressBytes().AsSpan(0, from.AddressFamily == AddressFamily.InterNetwork ? 3 : 6);
        return Convert.ToHexStringLower(HMACSHA256.HashData(Key("archiveservice/v1/quarantine-source"), new ByteForm().Text(platform).Bytes(network).Written).AsSpan(0, 12));
    }

    /// <summary>Quarantined input is deleted by age, as the policy says (own.quarantine); the counters go with the checks (own.checks).</summary>
    /// <param name="before">Null: nothing.</param>
    public async Task DeleteOlderThan(DateOnly? before, CancellationToken ct)
    {
        if (before is not { } day) return;
        await using var delete = databases.Writer.CreateCommand("delete from work.quarantine where archive.swedish_date(received_at) < $1");
        delete.Parameters.Add(new() { Value = day });
        await delete.ExecuteNonQueryAsync(ct);
    }

    private async Task<Quarantining> Write(Guid id, string platform, string reason, long bytes, byte[]? sealedBody, IPAddress? from, CancellationToken ct)
    {
        RefusedMeter.Count(platform, reason);
        await using var refuse = databases.Writer.CreateCommand("select kept, in_hour, raised from work.refuse_delivery($1, $2, $3, $4, $5, $6, $7, $8, $9)");
        refuse.Parameters.Add(new() { Value = id });
        refuse.Parameters.Add(new() { Value = platform });
        refuse.Parameters.Add(new() { Value = SourceOf(platform, from) });
        refuse.Parameters.Add(new() { Value = reason });
        refuse.Parameters.Add(new() { Value = bytes });
        refuse.Parameters.Add(new() { Value = sealedBody ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Bytea });
        refuse.Parameters.Add(new() { Value = (long)MaxPerSourceAndDay });
        refuse.Parameters.Add(new() { Value = MaxInAll });
        refuse.Parameters.Add(new() { Value = (long)AlarmOver });
        await using var row = await refuse.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        var done = new Quarantining(row.GetBoolean(0), row.GetInt64(1));
        if (row.GetBoolean(2)) LogAlarm(logger, done.InHour, platform);
        return done;
    }

    private byte[] Sealed(Guid id, byte[] body)
    {
        var kept = body.AsSpan(0, Math.Min(body.Length, MaxBytes));
        var sealedBody = new byte[RecordKey.NonceSize + kept.Length + RecordKey.TagSize];
        RandomNumberGenerator.Fill(sealedBody.AsSpan(0, RecordKey.NonceSize));
        using var aes = new AesGcm(Key("archiveservice/v1/quarantine"), RecordKey.TagSize);
        aes.Encrypt(sealedBody.AsSpan(0, RecordKey.NonceSize), kept, sealedBody.AsSpan(RecordKey.NonceSize, kept.Length), sealedBody.AsSpan(RecordKey.NonceSize + kept.Length), id.ToByteArray(bigEndian: true));
        return sealedBody;
    }

    private byte[] Key(string use) => HKDF.DeriveKey(HashAlgorithmName.SHA256, provider.Current.Key, 32, [], Encoding.UTF8.GetBytes(use));

    [LoggerMessage(1303, LogLevel.Warning, "{Refused} deliveries to the webhook of {Platform} had a wrong or missing signature within an hour. Either the secret is wrong here, or somebody else sends. See /insamling.")]
    private static partial void LogAlarm(ILogger logger, long refused, string platform);
}
