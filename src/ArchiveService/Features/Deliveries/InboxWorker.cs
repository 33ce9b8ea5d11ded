using System.Threading.Channels;
using ArchiveService.EventStore;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Deliveries;

/// <summary>Wakes the inbox worker of this node at once; the others find the row by polling.</summary>
public sealed class InboxBell
{
    private readonly Channel<bool> rung = Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

    public void Ring() => rung.Writer.TryWrite(true);

    public async Task Wait(TimeSpan atMost, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(atMost);
        try
        {
            await rung.Reader.ReadAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
        }
    }
}

/// <summary>
/// Works the inbox off. The row stays locked (skip locked) while its delivery is processed, so that any number of nodes share the work; what a crash
/// leaves half done is done again, and what was already recorded counts as duplicates.
/// </summary>
public sealed partial class InboxWorker(Databases databases, ProcessDelivery process, Deliveries deliveries, InboxBell bell, EventSignal signal, Sealing.AppendGate gate, ILogger<InboxWorker> logger) : BackgroundService
{
    private const int MaxAttempts = 8;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                // What cannot be recorded now is not tried, or it would run out of its attempts.
                while (!gate.IsClosed && await WorkOne(stoppingToken))
                {
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogTrouble(logger, error.GetType().Name);
            }

            await bell.Wait(TimeSpan.FromSeconds(2), stoppingToken);
        }
    }

    /// <summary>Takes the next due delivery; false when there is none.</summary>
    public Task<bool> WorkOne(CancellationToken ct) => WorkOne(null, ct);

    /// <summary>Takes that delivery, where nobody else works on it; or the next due one.</summary>
    public async Task<bool> WorkOne(Guid? only, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        Guid id;
        string platform;
        int attempts;
        await using (var next = new Npgsql.NpgsqlCommand("""
            select delivery_id, platform, attempts from work.inbox where not dead and due_at <= clock_timestamp() and ($1::uuid is null or delivery_id = $1)
            order by due_at limit 1 for update skip locked
            """, connection, transaction) { Parameters = { new() { Value = only ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Uuid } } })
        await using (var row = await next.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return false;
            (id, platform, attempts) = (row.GetGuid(0), row.GetString(1), row.GetInt32(2));
        }

        string? problem;
        DeliveryProcessed? processed = null;
        var retry = false;
        try
        {
            (processed, problem) = await process.Process(id, platform, ct);
            retry = problem is not null && InboxProblems.Passes(problem) && attempts + 1 < MaxAttempts;
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            problem = error is Attachments.ObjectStoreUnavailable ? "attachment-store-unavailable" : error.GetType().Name;
            retry = attempts + 1 < MaxAttempts;
            LogDelivery(logger, id, problem, attempts + 1);
        }

        // What became of the delivery and the end of its waiting are one: a crash before this leaves it to be done again.
        DeliveryEvent? settled = processed is not null ? processed : retry ? null : new DeliveryFailed(problem!, attempts + 1);
        if (settled is not null) await deliveries.Add(transaction, id, settled, ct);
        await using (var settle = new Npgsql.NpgsqlCommand(problem is null
            ? "delete from work.inbox where delivery_id = $1"
            : "update work.inbox set attempts = attempts + 1, problem = $2, dead = $3, due_at = clock_timestamp() + least(interval '1 hour', interval '1 second' * 2 ^ attempts) where delivery_id = $1",
            connection, transaction))
        {
            settle.Parameters.Add(new() { Value = id });
            if (problem is not null)
            {
                settle.Parameters.Add(new() { Value = problem });
                settle.Parameters.Add(new() { Value = !retry });
            }

            await settle.ExecuteNonQueryAsync(ct);
        }

        await transaction.CommitAsync(ct);
        signal.Appended();
        return true;
    }

    [LoggerMessage(1301, LogLevel.Warning, "The inbox could not be worked off: {Problem}. It is tried again.")]
    private static partial void LogTrouble(ILogger logger, string problem);

    [LoggerMessage(1302, LogLevel.Warning, "Delivery {Delivery} could not be processed: {Problem} (attempt {Attempt}).")]
    private static partial void LogDelivery(ILogger logger, Guid delivery, string problem, int attempt);
}
