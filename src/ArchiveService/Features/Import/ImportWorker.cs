using System.Threading.Channels;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using Npgsql;

namespace ArchiveService.Features.Import;

/// <summary>Wakes the import worker of this node at once; the others find the row by polling.</summary>
public sealed class ImportBell
{
    private readonly Channel<bool> rung = System.Threading.Channels.Channel.CreateBounded<bool>(new BoundedChannelOptions(1) { FullMode = BoundedChannelFullMode.DropWrite });

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
/// Reads what was sent in for import, one at a time. Whoever reads holds an advisory lock of its own session: when the program is killed the lock goes and the next one begins anew,
/// and what was already recorded counts as duplicates.
/// </summary>
public sealed partial class ImportWorker(
    Databases databases, ChannelRegister channels, Deliveries.Deliveries deliveries, ImportRun run, ImportLimit limit, ImportBell bell, EventSignal signal, Sealing.AppendGate gate, TimeProvider clock,
    ILogger<ImportWorker> logger) : BackgroundService
{
    private const int MaxAttempts = 8;

    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (!gate.IsClosed && await WorkOne(stoppingToken))
                {
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogTrouble(logger, error.GetType().Name);
            }

            await bell.Wait(TimeSpan.FromSeconds(3), stoppingToken);
        }
    }

    /// <summary>Takes the next import that nobody reads; false when there is none.</summary>
    public async Task<bool> WorkOne(CancellationToken ct)
    {
        foreach (var candidate in await Waiting(ct))
        {
            await using var held = await databases.Writer.OpenConnectionAsync(ct);
            if (await Ask<bool>(held, "select pg_try_advisory_lock(hashtextextended('import ' || $1::text, 0))", candidate, ct) is not true) continue;
            try
            {
                if (await Begin(held, candidate, ct) is not { } row) continue;
                await Work(row, ct);
                return true;
            }
            finally
            {
                await Ask<bool>(held, "select pg_advisory_unlock(hashtextextended('import ' || $1::text, 0))", candidate, CancellationToken.None);
            }
        }

        return false;
    }

    private async Task Work(ImportRow row, CancellationToken ct)
    {
        try
        {
            if (await channels.Find(row.Channel, ct) is not { } channel)
            {
                await End(row, "failed", "channel-unknown", CaptureResult.None, partial: false, null, ct);
                return;
            }

            if (await deliveries.OpenFile(row.Delivery, ct) is not (var content, var mapping))
            {
                await End(row, "failed", "delivery-destroyed", CaptureResult.None, partial: false, null, ct);
                return;
            }

            await using var stream = content;
            await using var spool = await UnlinkedFile.Of(stream, Math.Max(limit.Bytes, row.Bytes), ct);
            var (form, problem) = ImportRun.FormOf(row.Form, mapping);
            var opened = form is null ? new ImportOpened.Refused("form-unknown", problem!) : await form.Open(spool.Path, ct);
            if (opened is ImportOpened.Refused(var code, var detail))
            {
                await End(row, "failed", code, CaptureResult.None, partial: false, new Rejection(0, code, detail), ct);
                return;
            }

            await using var export = ((ImportOpened.Ready)opened).File;
            var counted = await run.Read(export, channel, row.Delivery, Caller.System with { PersonId = row.RequestedBy }, seen => Note(row.Id, seen, ct), ct);
            await End(row, "done", null, counted, export.IsPartial, null, ct, [.. export.Problems.Select(p => new Rejection(0, p.Code, p.Detail))]);
        }
        catch (Exception error) when (error is not OperationCanceledException)
        {
            var code = error is Attachments.ObjectStoreUnavailable ? "attachment-store-unavailable" : error.GetType().Name;
            LogImport(logger, row.Id, code, row.Attempts);
            if (row.Attempts >= MaxAttempts || !InboxProblems.Passes(code)) await End(row, "failed", code, CaptureResult.None, partial: false, null, ct);
            else await Postpone(row.Id, code, ct);
        }
    }

    private async Task<List<Guid>> Waiting(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select import_id from work.imports where state in ('waiting', 'running') and due_at <= clock_timestamp() order by requested_at limit 20");
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Guid>();
        while (await rows.ReadAsync(ct)) found.Add(rows.GetGuid(0));
        return found;
    }

    /// <summary>Begins anew: what an interrupted reading had counted is counted again.</summary>
    private static async Task<ImportRow?> Begin(NpgsqlConnection held, Guid id, CancellationToken ct)
    {
        await using var begin = new NpgsqlCommand($"""
            with gone as (delete from work.import_rejections where import_id = $1)
            update work.imports set state = 'running', attempts = attempts + 1, started_at = coalesce(started_at, clock_timestamp()), problem = null,
              bytes_read = 0, accepted = 0, duplicates = 0, disposed = 0, unknown = 0, rejected = 0, partial = false
            where import_id = $1 and state in ('waiting', 'running') returning {Imports.AllColumns}
            """, held);
        begin.Parameters.Add(new() { Value = id });
        await using var row = await begin.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? Imports.Read(row) : null;
    }

    private async Task Note(Guid id, ImportProgress seen, CancellationToken ct)
    {
        await using var batch = databases.Writer.CreateBatch();
        batch.BatchCommands.Add(new("update work.imports set bytes = greatest($2, 1), bytes_read = $3, accepted = $4, duplicates = $5, disposed = $6, unknown = $7, rejected = $8 where import_id = $1")
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = seen.Bytes }, new() { Value = Math.Min(seen.BytesRead, Math.Max(1, seen.Bytes)) }, new() { Value = (long)seen.Counted.Accepted }, new() { Value = (long)seen.Counted.Duplicates },
                new() { Value = (long)seen.Counted.Disposed }, new() { Value = (long)seen.Counted.Unknown }, new() { Value = (long)seen.Counted.RejectedCount },
            },
        });
        if (seen.Refused.Count > 0 && seen.Counted.RejectedCount - seen.Refused.Count < Imports.MostRejections) batch.BatchCommands.Add(Refused(id, seen.Counted.RejectedCount - seen.Refused.Count, seen.Refused));
        await batch.ExecuteNonQueryAsync(ct);
        signal.Appended();
    }

    private async Task End(ImportRow row, string state, string? problem, CaptureResult counted, bool partial, Rejection? why, CancellationToken ct, IReadOnlyList<Rejection>? told = null)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        await using var end = new NpgsqlCommand("""
            update work.imports set state = $2, problem = $3, partial = $4, finished_at = clock_timestamp(), bytes_read = case when $2 = 'done' then bytes else bytes_read end where import_id = $1
            """, connection, transaction);
        end.Parameters.Add(new() { Value = row.Id });
        end.Parameters.Add(new() { Value = state });
        end.Parameters.Add(new() { Value = problem ?? (object)DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        end.Parameters.Add(new() { Value = partial });
        await end.ExecuteNonQueryAsync(ct);
        IReadOnlyList<Rejection> rows = [.. why is null ? [] : new[] { why }, .. told ?? []];
        if (rows.Count > 0)
        {
            await using var insert = new NpgsqlBatch(connection, transaction);
            insert.BatchCommands.Add(Refused(row.Id, counted.RejectedCount, rows));
            await insert.ExecuteNonQueryAsync(ct);
        }

        if (state == "done") await deliveries.Add(transaction, row.Delivery, ImportRun.Processed(counted), ct);
        else if (problem != "delivery-destroyed") await deliveries.Add(transaction, row.Delivery, new DeliveryFailed(problem!, row.Attempts), ct);
        await transaction.CommitAsync(ct);
        signal.Appended();
        LogEnd(logger, row.Id, state, counted.Accepted, (clock.GetUtcNow() - row.RequestedAt).TotalSeconds);
    }

    private async Task Postpone(Guid id, string problem, CancellationToken ct)
    {
        await using var later = databases.Writer.CreateCommand(
            "update work.imports set state = 'waiting', problem = $2, due_at = clock_timestamp() + least(interval '1 hour', interval '5 seconds' * 2 ^ attempts) where import_id = $1");
        later.Parameters.Add(new() { Value = id });
        later.Parameters.Add(new() { Value = problem });
        await later.ExecuteNonQueryAsync(ct);
    }

    private static NpgsqlBatchCommand Refused(Guid id, int before, IReadOnlyList<Rejection> rejected) => new("""
        insert into work.import_rejections (import_id, n, place, code, detail)
        select $1, $2 + r.n, r.place, r.code, r.detail from unnest($3::bigint[], $4::text[], $5::text[]) with ordinality r(place, code, detail, n) on conflict do nothing
        """)
    {
        Parameters =
        {
            new() { Value = id }, new() { Value = (long)before }, new() { Value = rejected.Select(r => r.Line).ToArray() }, new() { Value = rejected.Select(r => r.Code).ToArray() },
            new() { Value = rejected.Select(r => r.Detail).ToArray() },
        },
    };

    private static async Task<T?> Ask<T>(NpgsqlConnection on, string sql, Guid id, CancellationToken ct)
    {
        await using var ask = new NpgsqlCommand(sql, on);
        ask.Parameters.Add(new() { Value = id });
        return await ask.ExecuteScalarAsync(ct) is T value ? value : default;
    }

    [LoggerMessage(1304, LogLevel.Warning, "Imports could not be worked off: {Problem}. They are tried again.")]
    private static partial void LogTrouble(ILogger logger, string problem);

    [LoggerMessage(1305, LogLevel.Warning, "Import {Import} could not be carried through: {Problem} (attempt {Attempt}).")]
    private static partial void LogImport(ILogger logger, Guid import, string problem, int attempt);

    [LoggerMessage(1306, LogLevel.Information, "Import {Import} is {State}: {Accepted} accepted, {Seconds} s after it was asked for.")]
    private static partial void LogEnd(ILogger logger, Guid import, string state, int accepted, double seconds);
}
