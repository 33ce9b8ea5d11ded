using System.Globalization;
using System.Net;
using System.Text;
using ArchiveService.Evidence;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Evidence;

/// <summary>What asking a witness led to.</summary>
public enum WitnessOutcome
{
    /// <summary>It cosigned, and the line is kept.</summary>
    Cosigned,

    /// <summary>It did not answer, or not as it should: it is asked again.</summary>
    Unreachable,

    /// <summary>It saw another checkpoint of this log, larger than any here: this log is behind, or somebody signs in its name.</summary>
    SawMore,

    /// <summary>It refuses for ever: to it this log is not an extension of what it saw, it does not know the log, or not its key.</summary>
    Refused,
}

/// <summary>Asks the configured witnesses to cosign checkpoints (C2SP tlog-witness, as the client), and keeps what they sign. No checkpoint waits for it.</summary>
public sealed partial class WitnessWorker(Databases databases, EvidenceLog log, LogStanding standing, EvidenceOptions options, TimeProvider clock, ILogger<WitnessWorker> logger) : BackgroundService
{
    private const int MostBytes = 64 * 1024;

    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(2);

    private readonly HttpClient http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false }) { Timeout = TimeSpan.FromSeconds(20), MaxResponseContentBufferSize = MostBytes };

    public override void Dispose()
    {
        http.Dispose();
        base.Dispose();
    }

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(options.Witnesses.Select(witness => Keep(witness, stoppingToken)));

    private async Task Keep(AskedWitness witness, CancellationToken ct)
    {
        var failures = 0;
        while (!ct.IsCancellationRequested)
        {
            try
            {
                await Task.Delay(failures == 0 ? Rest : TimestampWorker.Pause(failures), clock, ct);
                if (!standing.MaySign || await log.Latest(ct) is not { } latest || await Cosigned(latest.Origin, witness.Key, ct) >= latest.Size) continue;
                failures = await Ask(witness, latest, ct) == WitnessOutcome.Cosigned ? 0 : failures + 1;
            }
            catch (OperationCanceledException) when (ct.IsCancellationRequested)
            {
                return;
            }
            catch (NpgsqlException error)
            {
                failures++;
                LogUnreachable(logger, witness.Key.Name, error.SqlState ?? error.GetType().Name);
            }
        }
    }

    /// <summary>Asks one witness for one checkpoint. It may have seen another one last; then it is asked once more from there.</summary>
    public async Task<WitnessOutcome> Ask(AskedWitness witness, SignedCheckpoint checkpoint, CancellationToken ct)
    {
        var old = Math.Min(await Cosigned(checkpoint.Origin, witness.Key, ct), checkpoint.Size);
        for (var attempt = 0; attempt < 2; attempt++)
        {
            var tree = new TiledTree(checkpoint.Size, log.Tiles(checkpoint.Origin, ct));
            var request = new WitnessRequest(old, (await tree.Consistency(old, checkpoint.Size)).Path, checkpoint.Note);
            string answer;
            HttpStatusCode status;
            try
            {
                using var content = new StringContent(request.ToString(), Encoding.UTF8, "text/plain");
                using var response = await http.PostAsync(new Uri(witness.Address, "add-checkpoint"), content, ct);
                (status, answer) = (response.StatusCode, await response.Content.ReadAsStringAsync(ct));
            }
            catch (Exception error) when (error is HttpRequestException or UriFormatException || (error is TaskCanceledException && !ct.IsCancellationRequested))
            {
                LogUnreachable(logger, witness.Key.Name, error.GetType().Name);
                return WitnessOutcome.Unreachable;
            }

            switch (status)
            {
                case HttpStatusCode.OK:
                    if (await Kept(witness.Key, checkpoint, answer, ct)) return WitnessOutcome.Cosigned;
                    LogUnreachable(logger, witness.Key.Name, "not-a-cosignature");
                    return WitnessOutcome.Unreachable;
                case HttpStatusCode.Conflict when long.TryParse(answer.TrimEnd('\n'), NumberStyles.None, CultureInfo.InvariantCulture, out var seen):
                    if (seen > checkpoint.Size)
                    {
                        LogSawMore(logger, witness.Key.Name, seen, checkpoint.Size);
                        return WitnessOutcome.SawMore;
                    }

                    if (seen == old) goto default;
                    old = seen;
                    continue;
                case HttpStatusCode.Conflict or HttpStatusCode.UnprocessableEntity or HttpStatusCode.Forbidden or HttpStatusCode.NotFound or HttpStatusCode.BadRequest:
                default:
                    if ((int)status >= 500 || status is HttpStatusCode.TooManyRequests or HttpStatusCode.RequestTimeout)
                    {
                        LogUnreachable(logger, witness.Key.Name, $"HTTP {(int)status}");
                        return WitnessOutcome.Unreachable;
                    }

                    LogRefused(logger, witness.Key.Name, (int)status, checkpoint.Size);
                    return WitnessOutcome.Refused;
            }
        }

        return WitnessOutcome.Unreachable;
    }

    /// <summary>The size that a witness cosigned last.</summary>
    private async Task<long> Cosigned(string origin, NoteKey witness, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select coalesce(max(size), 0) from archive.evidence_cosignatures where origin = $1 and witness = $2");
        query.Parameters.Add(new() { Value = origin });
        query.Parameters.Add(new() { Value = witness.ToString() });
        return (long)(await query.ExecuteScalarAsync(ct))!;
    }

    private async Task<bool> Kept(NoteKey witness, SignedCheckpoint checkpoint, string answer, CancellationToken ct)
    {
        if (!SignedNote.TryParse(checkpoint.Note, out var note)) return false;
        foreach (var line in answer.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            if (!NoteSignature.TryParse(line, out var signature) || note.With(signature).SignedBy(witness) is not { } when) continue;
            await using var insert = databases.Writer.CreateCommand("insert into archive.evidence_cosignatures (origin, size, witness, signed_at, line) values ($1, $2, $3, $4, $5) on conflict do nothing");
            insert.Parameters.Add(new() { Value = checkpoint.Origin });
            insert.Parameters.Add(new() { Value = checkpoint.Size });
            insert.Parameters.Add(new() { Value = witness.ToString() });
            insert.Parameters.Add(new() { Value = when });
            insert.Parameters.Add(new() { Value = signature.ToString() });
            await insert.ExecuteNonQueryAsync(ct);
            return true;
        }

        return false;
    }

    [LoggerMessage(1820, LogLevel.Warning, "The witness {Witness} gave no cosignature: {Why}. It is asked again.")]
    private static partial void LogUnreachable(ILogger logger, string witness, string why);

    [LoggerMessage(1821, LogLevel.Critical, "The witness {Witness} refuses to cosign {Size} events (HTTP {Status}): to it this log is not an extension of what it saw, or it does not know it.")]
    private static partial void LogRefused(ILogger logger, string witness, int status, long size);

    [LoggerMessage(1822, LogLevel.Critical, "The witness {Witness} has seen a checkpoint of {Seen} events of this log, which has {Size}: it is behind, or somebody signs in its name.")]
    private static partial void LogSawMore(ILogger logger, string witness, long seen, long size);
}

/// <summary>This archive as a witness of the logs of others (C2SP tlog-witness, add-checkpoint): the library decides, this keeps what was seen, in one step.</summary>
public sealed class WitnessDesk(Databases databases, EvidenceOptions options, WitnessMemory memory, TimeProvider clock)
{
    /// <summary>Its own key, which never signs this archive's log; null when it cosigns nobody's.</summary>
    public NoteKey? Key { get; } = options.WitnessName is { } named ? new NoteSigner(named, NoteKeyType.Witness, options.WitnessSeed).Key : null;

    public async Task<WitnessAnswer> Answer(string body, CancellationToken ct)
    {
        if (!WitnessRequest.TryParse(body, out var request) || !SignedNote.TryParse(request.Note, out var note) || !Checkpoint.TryParse(note.Text, out var offered))
            return new WitnessAnswer.Malformed("not-a-request");
        if (KeyOf(offered.Origin) is not { } key) return new WitnessAnswer.UnknownLog();
        if (note.SignedBy(key) is null) return new WitnessAnswer.NotSigned();

        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using (var first = new NpgsqlCommand("insert into archive.evidence_witnessed (origin, size, root, seen_at) values ($1, 0, $2, $3) on conflict do nothing", connection, transaction))
        {
            first.Parameters.Add(new() { Value = offered.Origin });
            first.Parameters.Add(new() { Value = MerkleHash.OfNothing.ToArray() });
            first.Parameters.Add(new() { Value = clock.GetUtcNow() });
            await first.ExecuteNonQueryAsync(ct);
        }

        Checkpoint seen;
        await using (var last = new NpgsqlCommand("select size, root from archive.evidence_witnessed where origin = $1 for update", connection, transaction))
        {
            last.Parameters.Add(new() { Value = offered.Origin });
            await using var row = await last.ExecuteReaderAsync(ct);
            await row.ReadAsync(ct);
            seen = new(offered.Origin, row.GetInt64(0), new(row.GetFieldValue<byte[]>(1)), []);
        }

        // The database may have come back from before what was cosigned last.
        if (memory.Last(offered.Origin) is { } remembered && remembered.Size > seen.Size) seen = remembered;

        var now = clock.GetUtcNow();
        var answer = Witness.Decide(request, KeyOf, _ => seen, new NoteSigner(options.WitnessName!, NoteKeyType.Witness, options.WitnessSeed), now);
        if (answer is WitnessAnswer.Cosigned cosigned)
        {
            await using var keep = new NpgsqlCommand("update archive.evidence_witnessed set size = $2, root = $3, seen_at = $4, note = $5 where origin = $1", connection, transaction);
            keep.Parameters.Add(new() { Value = offered.Origin });
            keep.Parameters.Add(new() { Value = cosigned.Seen.Size });
            keep.Parameters.Add(new() { Value = cosigned.Seen.Root.ToArray() });
            keep.Parameters.Add(new() { Value = now });
            keep.Parameters.Add(new() { Value = request.Note });
            await keep.ExecuteNonQueryAsync(ct);
            memory.Keep(cosigned.Seen);
        }

        // Durable before it is said.
        await transaction.CommitAsync(ct);
        return answer;
    }

    private NoteKey? KeyOf(string origin) => options.WitnessName is null ? null : options.Witnessed.FirstOrDefault(key => string.Equals(key.Name, origin, StringComparison.Ordinal));
}
