using System.Security.Cryptography;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Operations;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Verify;

/// <summary>Re-reads the whole history and every derived part, and reports all it finds; it stops at nothing it finds.</summary>
public sealed partial class VerifyArchive(Databases databases, EventTypes types, IKeyProvider provider, Evidence.SigningKeys signing, IObjectStore store, ErasureLedger ledger, IEnumerable<Projection> projections, IConfiguration configuration)
{
    private const int PageSize = 1000;

    private readonly Projection projection = projections.Single(p => p.Name == RecordViewProjection.ProjectionName);

    private readonly List<Finding> findings = [];
    private readonly SortedDictionary<string, long> counts = new(StringComparer.Ordinal);
    private readonly Dictionary<Guid, RecordKey> keys = [];
    private readonly HashSet<Guid> unopenableKeys = [];
    private readonly HashSet<Guid> destroyedKeys = [];

    public Task<Verification> Run(IProgress<(long Done, long Of)>? progress, CancellationToken ct) => Run(progress, [], ct);

    /// <param name="progress">Told of the events read.</param>
    /// <param name="outside">Checkpoints kept elsewhere, as they were signed.</param>
    /// <param name="ct">Cancels the verification.</param>
    /// <param name="views">Builds the views anew, so that their texts are compared too; null: only which rows they have.</param>
    public async Task<Verification> Run(IProgress<(long Done, long Of)>? progress, IReadOnlyList<string> outside, CancellationToken ct, Rebuild.RebuildViews? views = null)
    {
        // As the owner, in one snapshot: what is written meanwhile is the next verification's.
        await using var connection = await databases.Owner.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await Keys(snapshot, ct);
        await Events(snapshot, progress, ct);
        await EvidenceLogs(snapshot, outside, ct);
        await Structure(snapshot, ct);
        await InlineTables(snapshot, ct);
        await Assessing(snapshot, ct);
        await Views(snapshot, ct);
        await Walls(snapshot, ct);
        await Assignments(snapshot, ct);
        await Descriptions(snapshot, ct);
        await Searches(snapshot, ct);
        await SearchesByAge(snapshot, configuration.GetValue<int?>("Search:LogDays"), ct);
        await Media(snapshot, ct);
        await Disclosures(snapshot, ct);
        await DataSubjects(snapshot, ct);
        await Destroyed(snapshot, ct);
        await Disposals(snapshot, ct);
        await RawData(snapshot, ct);
        await TablesWithoutRule(snapshot, ct);
        await Ledger(snapshot, ct);
        await FinalSteps(snapshot, ct);
        var objects = await KnownObjects(snapshot, ct);
        await snapshot.RollbackAsync(ct);
        await Objects(objects, ct);
        if (views is not null) await Texts(views, ct);
        return new(counts, [.. findings.OrderByDescending(f => f.Severity).ThenBy(f => f.Sequence)],
        [
            .. CannotShowOfTheLog(),
            "That copies outside this archive (the channel, paper, disclosed copies, old backups) are destroyed.",
        ]);
    }

    private async Task Keys(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var rows = new List<WrappedKey>();
        await using (var query = new NpgsqlCommand("select key_id, class, stream_id, kek_id, alg, wrapped from archive.record_keys", snapshot.Connection, snapshot))
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
                rows.Add(new(row.GetGuid(0), Enum.GetValues<KeyClass>().First(c => c.Stored() == row.GetString(1)), row.GetGuid(2), row.GetGuid(3), row.GetString(4), row.GetFieldValue<byte[]>(5)));
        }

        foreach (var row in rows)
        {
            try
            {
                if (provider.Find(row.KekId) is not { } epoch)
                {
                    unopenableKeys.Add(row.KeyId);
                    findings.Add(new(Severity.Error, "epoch-key-missing", $"Key {row.KeyId} is wrapped under epoch key {row.KekId}, which is not in the key file.", row.StreamId));
                    continue;
                }

                keys[row.KeyId] = RecordKey.Unwrap(row, epoch);
            }
            catch (CryptographicException)
            {
                unopenableKeys.Add(row.KeyId);
                findings.Add(new(Severity.Error, "key-does-not-unwrap", $"The {row.Class.Stored()} key {row.KeyId} of stream {row.StreamId} was altered or swapped with another.", row.StreamId));
            }
        }

        counts["keys"] = rows.Count;
        foreach (var epoch in rows.GroupBy(row => row.KekId)) counts[$"keys under epoch key {epoch.Key:D}"] = epoch.Count();
        await using var marks = new NpgsqlCommand("select key_id from archive.destruction_marks", snapshot.Connection, snapshot);
        await using var mark = await marks.ExecuteReaderAsync(ct);
        while (await mark.ReadAsync(ct)) destroyedKeys.Add(mark.GetGuid(0));
        counts["destruction marks"] = destroyedKeys.Count;
    }

    private async Task Events(NpgsqlTransaction snapshot, IProgress<(long Done, long Of)>? progress, CancellationToken ct)
    {
        var all = await Scalar(snapshot, "select count(*) from archive.mt_events", ct);
        long read = 0, opened = 0, after = 0;
        while (true)
        {
            var page = new List<(long Seq, Guid Id, Guid Stream, string Type, byte[] Data, byte[]? Ciphertext)>(PageSize);
            await using (var query = new NpgsqlCommand("""
                select e.seq_id, e.id, e.stream_id, e.type, e.data, s.ciphertext
                from archive.mt_events e left join archive.sealed_content s on s.event_id = e.id
                where e.seq_id > $1 order by e.seq_id limit $2
                """, snapshot.Connection, snapshot))
            {
                query.Parameters.Add(new() { Value = after });
                query.Parameters.Add(new() { Value = PageSize });
                await using var row = await query.ExecuteReaderAsync(ct);
                while (await row.ReadAsync(ct))
                    page.Add((row.GetInt64(0), row.GetGuid(1), row.GetGuid(2), row.GetString(3), row.GetFieldValue<byte[]>(4), row.IsDBNull(5) ? null : row.GetFieldValue<byte[]>(5)));
            }

            if (page.Count == 0) break;
            foreach (var e in page)
            {
                if (Event(e.Seq, e.Id, e.Stream, e.Type, e.Data, e.Ciphertext)) opened++;
            }

            after = page[^1].Seq;
            read += page.Count;
            progress?.Report((read, all));
        }

        counts["events"] = read;
        counts["sealed contents opened"] = opened;
    }

    private bool Event(long seq, Guid id, Guid stream, string type, byte[] data, byte[]? ciphertext)
    {
        object happened;
        try
        {
            happened = types.Read(type, data);
        }
        catch (System.Text.Json.JsonException)
        {
            findings.Add(new(Severity.Error, "event-unreadable", $"Event {id} ({type}) cannot be read.", stream, seq));
            return false;
        }

        if (happened is UnknownEvent)
        {
            findings.Add(new(Severity.Error, "event-type-unknown", $"Event {id} has the type {type}, which this build does not know.", stream, seq));
            return false;
        }

        if (happened is not SealableEvent { Sealed: { } seal })
        {
            if (ciphertext is not null) findings.Add(new(Severity.Error, "sealed-without-event", $"Event {id} says nothing of sealed content, but some stands beside it.", stream, seq));
            return false;
        }

        var destroyed = destroyedKeys.Contains(seal.Key);
        if (ciphertext is null)
        {
            if (!destroyed) findings.Add(new(Severity.Error, "sealed-content-missing", $"The sealed content of event {id} is gone and no destruction mark says why.", stream, seq));
            return false;
        }

        if (destroyed) findings.Add(new(Severity.Error, "not-destroyed", $"Key {seal.Key} is marked destroyed, but the sealed content of event {id} still stands.", stream, seq));
        if (Convert.ToHexStringLower(SHA256.HashData(ciphertext)) != seal.Ct)
        {
            findings.Add(new(Severity.Error, "ciphertext-altered", $"The sealed content of event {id} is not the one the event names: it was altered or swapped.", stream, seq));
            return false;
        }

        if (!keys.TryGetValue(seal.Key, out var key))
        {
            if (!destroyed && !unopenableKeys.Contains(seal.Key)) findings.Add(new(Severity.Error, "key-missing", $"Key {seal.Key} of event {id} is gone and no destruction mark says why.", stream, seq));
            return false;
        }

        try
        {
            var parts = Seal.Open(key, id, stream, type, ciphertext);
            foreach (var (name, value) in parts.All)
            {
                if (!seal.Cm.TryGetValue(name, out var commitment) || commitment != Seal.Commitment(Seal.Salt(key, id, name), name, value))
                    findings.Add(new(Severity.Error, "commitment-differs", $"The commitment to {name} of event {id} does not match what is sealed.", stream, seq));
            }

            return true;
        }
        catch (CryptographicException)
        {
            findings.Add(new(Severity.Error, "sealed-content-does-not-open", $"The sealed content of event {id} does not open under key {seal.Key}.", stream, seq));
            return false;
        }
    }

    private async Task Structure(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        counts["streams"] = await Scalar(snapshot, "select count(*) from archive.mt_streams", ct);
        await Each(snapshot, """
            select s.id, s.version, count(e.version), coalesce(min(e.version), 0), coalesce(max(e.version), 0)
            from archive.mt_streams s left join archive.mt_events e on e.stream_id = s.id
            group by s.id having s.version is distinct from count(e.version) or coalesce(min(e.version), 1) <> 1 or coalesce(max(e.version), 0) <> count(e.version)
            """, row => findings.Add(new(Severity.Error, "stream-with-holes", $"Stream {row.GetGuid(0)} says version {(row.IsDBNull(1) ? "none" : row.GetInt64(1))} and has {row.GetInt64(2)} events, {row.GetInt64(3)} to {row.GetInt64(4)}.", row.GetGuid(0))), ct);
        await Each(snapshot, "select id, count(*) from archive.mt_events group by id having count(*) > 1",
            row => findings.Add(new(Severity.Error, "event-id-twice", $"The event id {row.GetGuid(0)} stands {row.GetInt64(1)} times.")), ct);
        await Each(snapshot, "select c.event_id from archive.sealed_content c where not exists (select from archive.mt_events e where e.id = c.event_id)",
            row => findings.Add(new(Severity.Error, "sealed-without-event", $"Sealed content stands for event {row.GetGuid(0)}, which is not in the log.")), ct);
        await Each(snapshot, "select k.key_id, k.stream_id from archive.record_keys k where not exists (select from archive.mt_streams s where s.id = k.stream_id)",
            row => findings.Add(new(Severity.Error, "key-without-stream", $"Key {row.GetGuid(0)} belongs to stream {row.GetGuid(1)}, which is not in the log.", row.GetGuid(1))), ct);
        await Each(snapshot, "select last_value from archive.mt_events_sequence where last_value < (select coalesce(max(seq_id), 0) from archive.mt_events)",
            row => findings.Add(new(Severity.Error, "sequence-behind", $"The sequence stands at {row.GetInt64(0)}, behind the last event.")), ct);
        await Each(snapshot, LogRanges.Differing, row =>
        {
            var (code, what) = LogRanges.Said(row.GetInt64(0), row.GetInt64(1), row.GetInt64(2), row.GetInt64(3));
            findings.Add(new(Severity.Error, code, what, Sequence: row.GetInt64(0)));
        }, ct);
    }

    private async Task Destroyed(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        counts["destroyed records"] = await Scalar(snapshot, "select count(*) from archive.record_states where disposed_at is not null", ct);
        await Each(snapshot, "select r.record_id from archive.record_states r where r.disposed_at is not null and exists (select from archive.record_keys k where k.stream_id = r.record_id and k.class = 'content')",
            row => findings.Add(new(Severity.Error, "not-destroyed", $"Record {row.GetGuid(0)} is disposed of, but its content key still stands.", row.GetGuid(0))), ct);
        await Each(snapshot, "select m.stream_id, m.key_id from archive.destruction_marks m join archive.record_keys k using (key_id)",
            row => findings.Add(new(Severity.Error, "not-destroyed", $"Key {row.GetGuid(1)} is marked destroyed but still stands.", row.GetGuid(0))), ct);
        await Each(snapshot, """
            select record_id from views.record_view join archive.record_states r using (record_id) where r.disposed_at is not null and text is not null
            union all select record_id from views.record_view_secret join archive.record_states r using (record_id) where r.disposed_at is not null and text is not null
            """, row => findings.Add(new(Severity.Error, "not-destroyed", $"Record {row.GetGuid(0)} is disposed of, but its text still stands in a view.", row.GetGuid(0))), ct);
    }

    private async Task Same(NpgsqlTransaction snapshot, string code, string one, string oneSql, string other, string otherSql, CancellationToken ct)
    {
        long first = await Scalar(snapshot, oneSql, ct), second = await Scalar(snapshot, otherSql, ct);
        if (first != second) findings.Add(new(Severity.Error, code, $"{first} {one}, but {second} {other}."));
    }

    private static async Task<long> Scalar(NpgsqlTransaction snapshot, string sql, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(sql, snapshot.Connection, snapshot);
        return Convert.ToInt64(await query.ExecuteScalarAsync(ct), System.Globalization.CultureInfo.InvariantCulture);
    }

    private static async Task Each(NpgsqlTransaction snapshot, string sql, Action<NpgsqlDataReader> found, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(sql, snapshot.Connection, snapshot);
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) found(rows);
    }
}
