using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.Json.Serialization;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Outgoing;

/// <summary>
/// Tells each authority's external diary of what was registered, in order within a record. The row stays locked (skip locked) while it is sent, and the sent
/// mark commits with that lock: a crash between them sends it again with the same idempotency key, by which the receiver knows it.
/// </summary>
public sealed partial class OutgoingWorker(
    Databases databases, OutgoingEntries entries, AuthorityRegister authorities, IReadOnlyList<ExternalDiary> receivers, TimeProvider clock, ILogger<OutgoingWorker> logger) : BackgroundService
{
    private static readonly TimeSpan Rest = TimeSpan.FromSeconds(1);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        DefaultIgnoreCondition = JsonIgnoreCondition.WhenWritingNull,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
    };

    protected override Task ExecuteAsync(CancellationToken stoppingToken) => Task.WhenAll(receivers.Select(r => Serve(r, stoppingToken)));

    /// <summary>One that hangs holds nobody else up.</summary>
    private async Task Serve(ExternalDiary receiver, CancellationToken ct)
    {
        using var client = receiver.Client();
        while (!ct.IsCancellationRequested)
        {
            try
            {
                while (await SendOne(receiver, client, ct))
                {
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogTrouble(logger, receiver.Authority, error is PostgresException refused ? refused.SqlState : error.GetType().Name);
            }

            await Task.Delay(Rest, ct);
        }
    }

    /// <summary>Sends the next that is due; false when there is none.</summary>
    private async Task<bool> SendOne(ExternalDiary receiver, HttpClient client, CancellationToken ct)
    {
        if (await authorities.Find(receiver.Authority, ct) is not { } authority || entries.ReceiverOf(authority) != receiver) return false;
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        OutgoingIntent intent;
        int attempts;
        await using (var next = new NpgsqlCommand("""
            select o.event_id, o.authority_id, o.place, o.record_id, o.version, o.type, o.attempts from archive.outgoing_entries o
            where o.authority_id = $1 and o.sent_at is null and not o.dead and o.due_at <= clock_timestamp()
              and ($2::date is null or o.recorded_at >= $2::date::timestamp at time zone 'Europe/Stockholm')
              and not exists (select from archive.outgoing_entries b where b.record_id = o.record_id and b.authority_id = o.authority_id and b.sent_at is null and b.place < o.place
                              and ($2::date is null or b.recorded_at >= $2::date::timestamp at time zone 'Europe/Stockholm'))
            order by o.due_at, o.place limit 1 for update of o skip locked
            """, connection, transaction))
        {
            next.Parameters.Add(new() { Value = authority.Id });
            next.Parameters.Add(OutgoingEntries.From(receiver));
            await using var row = await next.ExecuteReaderAsync(ct);
            if (!await row.ReadAsync(ct)) return false;
            (intent, attempts) = (OutgoingEntries.Intent(row), row.GetInt32(6));
        }

        var message = await entries.Message(intent, _ => receiver.SameAuthority ? OutgoingSight.All : OutgoingSight.Public, ct);
        var (problem, forGood) = message is null ? ("event-missing", true) : await Post(receiver, client, message, ct);
        if (problem is null)
        {
            await using var sent = new NpgsqlCommand("update archive.outgoing_entries set sent_at = clock_timestamp(), attempts = attempts + 1, problem = null where event_id = $1", connection, transaction);
            sent.Parameters.Add(new() { Value = intent.Event });
            await sent.ExecuteNonQueryAsync(ct);
        }
        else
        {
            var dead = forGood || attempts + 1 >= receiver.MostAttempts;
            await using var failed = new NpgsqlCommand("""
                update archive.outgoing_entries set attempts = attempts + 1, problem = $2, dead = $3,
                  due_at = clock_timestamp() + least(interval '1 hour', interval '1 second' * 2 ^ least(attempts, 20)) where event_id = $1
                """, connection, transaction);
            failed.Parameters.Add(new() { Value = intent.Event });
            failed.Parameters.Add(new() { Value = problem });
            failed.Parameters.Add(new() { Value = dead });
            await failed.ExecuteNonQueryAsync(ct);
            LogRefused(logger, receiver.Authority, intent.Event, problem, attempts + 1);
        }

        await transaction.CommitAsync(ct);
        return true;
    }

    /// <summary>What went wrong in a word, and whether the receiver's no is final. The answer's body is never read: nothing of it is needed, and it is not trusted.</summary>
    private async Task<(string? Problem, bool ForGood)> Post(ExternalDiary receiver, HttpClient client, OutgoingMessage message, CancellationToken ct)
    {
        var body = JsonSerializer.SerializeToUtf8Bytes(message, Json);
        var timestamp = clock.GetUtcNow().ToUnixTimeSeconds().ToString(CultureInfo.InvariantCulture);
        using var request = new HttpRequestMessage(HttpMethod.Post, receiver.Address) { Content = new ByteArrayContent(body) { Headers = { ContentType = new("application/json") } } };
        request.Headers.Add("Idempotency-Key", message.Id.ToString("D"));
        request.Headers.Add("Archive-Timestamp", timestamp);
        request.Headers.Add("Archive-Signature", receiver.Sign(timestamp, body));
        try
        {
            using var answer = await client.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            var status = (int)answer.StatusCode;

            // 409: the receiver has it already by its key.
            if (answer.IsSuccessStatusCode || answer.StatusCode == HttpStatusCode.Conflict) return (null, false);
            return ($"http-{status.ToString(CultureInfo.InvariantCulture)}", status is >= 400 and < 500 and not (401 or 403 or 408 or 425 or 429));
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            return ("timeout", false);
        }
        catch (HttpRequestException error)
        {
            return (error.InnerException is AddressRefused ? "address-refused" : error.HttpRequestError == HttpRequestError.SecureConnectionError ? "tls" : "connection", false);
        }
    }

    [LoggerMessage(1701, LogLevel.Warning, "The external diary of {Authority} could not be served: {Problem}. It is tried again.")]
    private static partial void LogTrouble(ILogger logger, string authority, string problem);

    [LoggerMessage(1702, LogLevel.Warning, "The external diary of {Authority} did not take {Event}: {Problem} (attempt {Attempt}).")]
    private static partial void LogRefused(ILogger logger, string authority, Guid @event, string problem, int attempt);
}
