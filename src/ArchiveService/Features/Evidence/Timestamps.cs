using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Security.Cryptography.Pkcs;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using ArchiveService.Evidence;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Evidence;

/// <summary>A time-stamping authority's word that a checkpoint existed then (RFC 3161).</summary>
public sealed record CheckpointTimestamp(string Origin, long Size, DateTimeOffset StampedAt, string Authority, byte[] Token);

/// <summary>Where timestamps are asked for.</summary>
/// <param name="Address">The authority's; null for none.</param>
/// <param name="Every">At most one in this time.</param>
/// <param name="Root">The certificate that the authority's must lead to; null: whoever signed is named, not vouched for.</param>
public sealed record TimestampOptions(Uri? Address, TimeSpan Every, X509Certificate2? Root)
{
    /// <exception cref="CannotStart">A setting cannot be used.</exception>
    public static TimestampOptions From(IConfiguration configuration)
    {
        Uri? address = null;
        if (configuration["Evidence:TsaUrl"] is { Length: > 0 } given && (!Uri.TryCreate(given, UriKind.Absolute, out address) || address.Scheme is not ("http" or "https")))
            throw new CannotStart($"Evidence__TsaUrl is \"{given}\", which is no address of a time-stamping authority (http or https).");
        X509Certificate2? root = null;
        if (configuration["Evidence:TsaCertificate"] is { Length: > 0 } file)
        {
            try
            {
                root = X509CertificateLoader.LoadCertificateFromFile(file);
            }
            catch (Exception error) when (error is CryptographicException or IOException)
            {
                throw new CannotStart($"Evidence__TsaCertificate is {file}, which cannot be read as a certificate: {error.Message}", error);
            }
        }

        var minutes = configuration.GetValue("Evidence:TsaMinutes", 60);
        return minutes < 1 ? throw new CannotStart("Evidence__TsaMinutes is at least 1.") : new(address, TimeSpan.FromMinutes(minutes), root);
    }
}

/// <summary>What is sent and what comes back; pure.</summary>
public static class Timestamp
{
    /// <summary>What is stamped: SHA-256 of the note as it was signed, without what others put under it later.</summary>
    public static byte[] HashOf(string note) => SHA256.HashData(Encoding.UTF8.GetBytes(note));

    public static Rfc3161TimestampRequest Request(string note) =>
        Rfc3161TimestampRequest.CreateFromHash(HashOf(note), HashAlgorithmName.SHA256, nonce: RandomNumberGenerator.GetBytes(16), requestSignerCertificates: true);

    /// <summary>The token of an answer to this request.</summary>
    /// <returns>Null with the reason when it is none of ours: another hash, another nonce, a refusal, a signature that does not hold.</returns>
    public static Rfc3161TimestampToken? Accept(Rfc3161TimestampRequest request, byte[] answer, string note, X509Certificate2? root, out string? problem)
    {
        problem = null;
        try
        {
            var token = request.ProcessResponse(answer, out var read);
            if (read != answer.Length) problem = "trailing-bytes";
            return problem is null && Holds(token, note, root, out problem) is not null ? token : null;
        }
        catch (CryptographicException)
        {
            problem ??= "not-an-answer";
            return null;
        }
    }

    /// <summary>Reads a stored token and checks that it is one over this note.</summary>
    public static Rfc3161TimestampToken? Open(byte[] stored, string note, X509Certificate2? root, out string? problem)
    {
        if (!Rfc3161TimestampToken.TryDecode(stored, out var token, out var read) || read != stored.Length)
        {
            problem = "not-a-token";
            return null;
        }

        return Holds(token, note, root, out problem) is null ? null : token;
    }

    /// <summary>What a token over a checkpoint of a bundle says to whoever brings the authority's certificate along, or does not.</summary>
    public static StampSeen Seen(string note, ReadOnlyMemory<byte> token, X509Certificate2? root)
    {
        if (!Rfc3161TimestampToken.TryDecode(token, out var read, out var length) || length != token.Length) return new(default, "", false, "Here stands no time-stamp token (RFC 3161).");
        return Holds(read, note, root, out var problem) is { } signer
            ? new(read.TokenInfo.Timestamp.ToUniversalTime(), signer.GetNameInfo(X509NameType.SimpleName, forIssuer: false), root is not null, null)
            : new(default, "", false, problem == "not-the-trusted-authority"
                ? "Whoever made the time-stamp has no certificate of the authority that was given."
                : "The time-stamp is over something else than this checkpoint, or its signature does not hold.");
    }

    /// <summary>Who signed, when the token is over this note and holds.</summary>
    public static X509Certificate2? Holds(Rfc3161TimestampToken token, string note, X509Certificate2? root, out string? problem)
    {
        problem = null;
        if (!token.VerifySignatureForHash(HashOf(note), HashAlgorithmName.SHA256, out var signer))
        {
            problem = "not-over-this-checkpoint";
            return null;
        }

        if (root is null) return signer;
        using var chain = new X509Chain();
        chain.ChainPolicy.TrustMode = X509ChainTrustMode.CustomRootTrust;
        chain.ChainPolicy.CustomTrustStore.Add(root);
        chain.ChainPolicy.RevocationMode = X509RevocationMode.NoCheck;
        chain.ChainPolicy.VerificationTime = token.TokenInfo.Timestamp.UtcDateTime;
        chain.ChainPolicy.VerificationTimeIgnored = false;
        foreach (var beside in token.AsSignedCms().Certificates) chain.ChainPolicy.ExtraStore.Add(beside);
        if (chain.Build(signer)) return signer;
        problem = "not-the-trusted-authority";
        return null;
    }
}

/// <summary>Asks the time-stamping authority for a word on the latest checkpoint, now and then, and keeps it. Nothing waits for it.</summary>
public sealed partial class TimestampWorker(Databases databases, EvidenceLog log, LogStanding standing, TimestampOptions options, TimeProvider clock, ILogger<TimestampWorker> logger) : BackgroundService
{
    private const int MostBytes = 64 * 1024;

    private static readonly TimeSpan FirstPause = TimeSpan.FromSeconds(10);
    private static readonly TimeSpan LongestPause = TimeSpan.FromHours(1);

    // Redirects are not followed: the authority is the one that was configured.
    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(20), MaxResponseContentBufferSize = MostBytes };

    public override void Dispose()
    {
        http.Dispose();
        base.Dispose();
    }

    /// <summary>How long to wait after so many failures in a row: doubled each time, an hour at most.</summary>
    public static TimeSpan Pause(int failures) => failures > 9 ? LongestPause : TimeSpan.FromTicks(Math.Min(LongestPause.Ticks, FirstPause.Ticks << (failures - 1)));

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (options.Address is null) return;
        var failures = 0;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                if (!standing.MaySign || await Due(stoppingToken) is not { } due)
                {
                    await Task.Delay(FirstPause, clock, stoppingToken);
                    continue;
                }

                failures = await Stamp(due, stoppingToken) is null ? failures + 1 : 0;
            }
            catch (OperationCanceledException) when (stoppingToken.IsCancellationRequested)
            {
                return;
            }
            catch (Npgsql.NpgsqlException error)
            {
                failures++;
                LogNotStamped(logger, error.SqlState ?? error.GetType().Name);
            }

            if (failures > 0) await Task.Delay(Pause(failures), clock, stoppingToken);
        }
    }

    /// <summary>The latest checkpoint when it has no timestamp and the last one is old enough.</summary>
    private async Task<SignedCheckpoint?> Due(CancellationToken ct)
    {
        if (await log.Latest(ct) is not { } latest) return null;
        await using var query = databases.Writer.CreateCommand("""
            select exists (select from archive.evidence_timestamps where origin = $1 and size = $2), (select max(stamped_at) from archive.evidence_timestamps)
            """);
        query.Parameters.Add(new() { Value = latest.Origin });
        query.Parameters.Add(new() { Value = latest.Size });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return row.GetBoolean(0) || (!row.IsDBNull(1) && clock.GetUtcNow() - row.GetFieldValue<DateTimeOffset>(1) < options.Every) ? null : latest;
    }

    /// <summary>Asks once. Null when no answer came that holds.</summary>
    public async Task<CheckpointTimestamp?> Stamp(SignedCheckpoint checkpoint, CancellationToken ct)
    {
        var request = Timestamp.Request(checkpoint.Note);
        byte[] answer;
        try
        {
            using var content = new ByteArrayContent(request.Encode());
            content.Headers.ContentType = new MediaTypeHeaderValue("application/timestamp-query");
            using var response = await http.PostAsync(options.Address, content, ct);
            if (!response.IsSuccessStatusCode)
            {
                LogNotStamped(logger, $"HTTP {(int)response.StatusCode}");
                return null;
            }

            answer = await response.Content.ReadAsByteArrayAsync(ct);
        }
        catch (Exception error) when (error is HttpRequestException || (error is TaskCanceledException && !ct.IsCancellationRequested))
        {
            LogNotStamped(logger, error.GetType().Name);
            return null;
        }

        if (Timestamp.Accept(request, answer, checkpoint.Note, options.Root, out var problem) is not { } token)
        {
            LogNotStamped(logger, problem ?? "not-an-answer");
            return null;
        }

        var stamped = new CheckpointTimestamp(checkpoint.Origin, checkpoint.Size, token.TokenInfo.Timestamp.ToUniversalTime(), options.Address!.Host, token.AsSignedCms().Encode());
        await using var insert = databases.Writer.CreateCommand("insert into archive.evidence_timestamps (origin, size, stamped_at, authority, token) values ($1, $2, $3, $4, $5) on conflict do nothing");
        insert.Parameters.Add(new() { Value = stamped.Origin });
        insert.Parameters.Add(new() { Value = stamped.Size });
        insert.Parameters.Add(new() { Value = stamped.StampedAt });
        insert.Parameters.Add(new() { Value = stamped.Authority });
        insert.Parameters.Add(new() { Value = stamped.Token });
        await insert.ExecuteNonQueryAsync(ct);
        return stamped;
    }

    [LoggerMessage(1810, LogLevel.Warning, "The time-stamping authority gave no timestamp that holds: {Why}. It is asked again later; checkpoints do not wait for it.")]
    private static partial void LogNotStamped(ILogger logger, string why);
}
