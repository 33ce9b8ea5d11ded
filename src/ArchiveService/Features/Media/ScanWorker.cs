using System.Security.Cryptography;
using ArchiveService.Attachments;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Media;

/// <summary>What the scanner said of the files of a record: <c>work.attachment_scans</c>.</summary>
public static class AttachmentScans
{
    /// <summary>What was found in a file; null when nothing was, or nobody has looked.</summary>
    public static async Task<string?> Found(NpgsqlDataSource db, Guid attachment, CancellationToken ct)
    {
        await using var query = db.CreateCommand("select coalesce(signature, '?') from work.attachment_scans where attachment_id = $1 and result = 'infected'");
        query.Parameters.Add(new() { Value = attachment });
        return (string?)await query.ExecuteScalarAsync(ct);
    }

    public static async Task<IReadOnlyDictionary<Guid, string>> FoundIn(NpgsqlDataSource db, Guid record, CancellationToken ct)
    {
        await using var query = db.CreateCommand("select attachment_id, coalesce(signature, '?') from work.attachment_scans where record_id = $1 and result = 'infected'");
        query.Parameters.Add(new() { Value = record });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new Dictionary<Guid, string>();
        while (await rows.ReadAsync(ct)) found[rows.GetGuid(0)] = rows.GetString(1);
        return found;
    }
}

/// <summary>Shows every stored file to the scanner, once; where none is configured they wait for the day there is.</summary>
public sealed partial class ScanWorker(Databases databases, SealedLog log, IObjectStore store, ClamdClient clamd, ScanOptions options, ILogger<ScanWorker> logger) : BackgroundService
{
    protected override async Task ExecuteAsync(CancellationToken stoppingToken)
    {
        if (!options.IsOn) return;
        while (!stoppingToken.IsCancellationRequested)
        {
            try
            {
                while (await WorkOne(stoppingToken))
                {
                }
            }
            catch (Exception error) when (error is not OperationCanceledException)
            {
                LogTrouble(logger, error.GetType().Name);
            }

            await Task.Delay(TimeSpan.FromSeconds(5), stoppingToken);
        }
    }

    /// <summary>Shows the next file; false when there is none, or the scanner cannot be reached.</summary>
    public async Task<bool> WorkOne(CancellationToken ct)
    {
        await using var take = databases.Writer.CreateCommand("""
            with next as (
              update work.attachment_scans set due_at = clock_timestamp() + interval '15 minutes'
              where attachment_id = (select attachment_id from work.attachment_scans where result = 'waiting' and due_at <= clock_timestamp() order by due_at limit 1 for update skip locked)
              returning attachment_id, record_id)
            select n.attachment_id, n.record_id, a.object_id from next n left join archive.attachments a on a.attachment_id = n.attachment_id
            """);
        Guid attachment, record;
        Guid? objectId;
        await using (var row = await take.ExecuteReaderAsync(ct))
        {
            if (!await row.ReadAsync(ct)) return false;
            (attachment, record, objectId) = (row.GetGuid(0), row.GetGuid(1), row.IsDBNull(2) ? (Guid?)null : row.GetGuid(2));
        }

        if (objectId is not { } stored || (await log.Keys([record], ct)).Find(record, KeyClass.Content) is not { } key)
        {
            await Run("delete from work.attachment_scans where attachment_id = $1", attachment, ct);
            return true;
        }

        ScanVerdict verdict;
        try
        {
            await using var plain = await store.OpenSealed(AttachmentIntake.ObjectKey(stored), key.AttachmentKey(attachment), SealedObjects.PlaceOf(record, attachment), ct);
            verdict = await clamd.Scan(plain, ct);
        }
        catch (Exception error) when (error is IOException or ObjectStoreUnavailable or ObjectMissing or CryptographicException)
        {
            LogTrouble(logger, error.GetType().Name);
            await Run("update work.attachment_scans set due_at = clock_timestamp() + interval '1 minute' where attachment_id = $1", attachment, ct);
            return false;
        }

        await using var settle = databases.Writer.CreateCommand("update work.attachment_scans set result = $2, signature = $3, scanned_at = clock_timestamp() where attachment_id = $1");
        settle.Parameters.Add(new() { Value = attachment });
        settle.Parameters.Add(new() { Value = RecordStates.Stored(verdict.Result) });
        settle.Parameters.Add(new() { Value = (object?)verdict.Signature ?? DBNull.Value, NpgsqlDbType = NpgsqlTypes.NpgsqlDbType.Text });
        await settle.ExecuteNonQueryAsync(ct);
        if (verdict.Result == ScanResult.Infected) LogFound(logger, attachment, record);
        return true;
    }

    private async Task Run(string sql, Guid attachment, CancellationToken ct)
    {
        await using var command = databases.Writer.CreateCommand(sql);
        command.Parameters.Add(new() { Value = attachment });
        await command.ExecuteNonQueryAsync(ct);
    }

    [LoggerMessage(1324, LogLevel.Warning, "The virus scanner could not be asked: {Problem}. It is tried again.")]
    private static partial void LogTrouble(ILogger logger, string problem);

    [LoggerMessage(1325, LogLevel.Warning, "The virus scanner found something in attachment {Attachment} of record {Record}. It stays sealed, and is given out only to whoever asks for it in spite of that.")]
    private static partial void LogFound(ILogger logger, Guid attachment, Guid record);
}
