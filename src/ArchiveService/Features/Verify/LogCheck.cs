using System.Security.Cryptography;
using System.Text.Json;
using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Verify;

/// <summary>Reads every event and opens everything sealed: numbering, types, keys, ciphertexts, commitments, and orphans in both directions.</summary>
public sealed class LogCheck(Databases databases, EventTypes types, IKeyProvider provider)
{
    private const int PageSize = 1000;

    private sealed record Row(long Sequence, Guid Id, Guid Stream, string Name, byte[] Data, byte[]? Ciphertext);

    public async Task Run(Findings findings, CancellationToken ct)
    {
        await Ask(findings, "stream-versions", "The stream's versions do not run from 1 to its last without holes.", """
            select s.id::text from archive.mt_streams s
            left join (select stream_id, count(*) n, min(version) low, max(version) high from archive.mt_events group by 1) e on e.stream_id = s.id
            where e.n is distinct from s.version or e.low is distinct from 1 or e.high is distinct from s.version
            """, ct);
        await Ask(findings, "event-without-stream", "The event's stream is not there.", """
            select e.id::text from archive.mt_events e left join archive.mt_streams s on s.id = e.stream_id where s.id is null
            """, ct);
        await Ask(findings, "double-event-id", "Two events have this id.", "select id::text from archive.mt_events group by id having count(*) > 1", ct);
        await Ask(findings, "sealed-without-event", "Sealed content that no event names.", """
            select c.event_id::text from archive.sealed_content c left join archive.mt_events e on e.id = c.event_id where e.id is null or not e.data ? 'sealed'
            """, ct);
        await Ask(findings, "key-without-stream", "A key whose stream has no event.", """
            select k.key_id::text from archive.record_keys k left join archive.mt_streams s on s.id = k.stream_id where s.id is null
            """, ct);

        var after = 0L;
        while (await Page(after, ct) is { Count: > 0 } page)
        {
            await Check(page, findings, ct);
            after = page[^1].Sequence;
        }
    }

    private async Task Check(List<Row> page, Findings findings, CancellationToken ct)
    {
        var read = new List<(Row Row, Sealed? Sealed)>(page.Count);
        foreach (var row in page)
        {
            findings.Count("events");
            try
            {
                var happened = types.Read(row.Name, row.Data);
                if (happened is UnknownEvent) findings.Error("unknown-event", row.Id, $"No type of this build is called {row.Name}.");
                read.Add((row, (happened as SealableEvent)?.Sealed));
            }
            catch (JsonException)
            {
                findings.Error("unreadable-event", row.Id, $"The event does not read as {row.Name}.");
            }
        }

        var keyIds = read.Where(r => r.Sealed is not null).Select(r => r.Sealed!.Key).Distinct().ToArray();
        var (keys, marks) = (await Keys(keyIds, findings, ct), await Marks(keyIds, ct));
        foreach (var (row, seal) in read)
        {
            if (seal is not null) CheckSeal(row, seal, keys, marks, findings);
            else if (row.Ciphertext is not null) findings.Error("sealed-without-event", row.Id, "Sealed content stands beside an event that names none.");
        }
    }

    private static void CheckSeal(Row row, Sealed seal, Dictionary<Guid, RecordKey?> keys, HashSet<Guid> marks, Findings findings)
    {
        if (marks.Contains(seal.Key))
        {
            findings.Count("destroyed");
            if (keys.ContainsKey(seal.Key)) findings.Error("destroyed-key-present", seal.Key, $"The key is marked as destroyed, but it is there (event {row.Id}).");
            if (row.Ciphertext is not null) findings.Error("destroyed-content-present", row.Id, $"The key {seal.Key} is marked as destroyed, but the ciphertext is there.");
            return;
        }

        if (!keys.TryGetValue(seal.Key, out var key))
        {
            findings.Error("key-missing", seal.Key, $"The key of event {row.Id} is gone, and no destruction mark says why.");
            return;
        }

        if (row.Ciphertext is null)
        {
            findings.Error("sealed-missing", row.Id, "The sealed content is gone, and no destruction mark says why.");
            return;
        }

        if (key is null) return;
        if (!string.Equals(Convert.ToHexStringLower(SHA256.HashData(row.Ciphertext)), seal.Ct, StringComparison.Ordinal))
        {
            findings.Error("ciphertext-altered", row.Id, "The ciphertext is not the one that the event names.");
            return;
        }

        try
        {
            var parts = Seal.Open(key, row.Id, row.Stream, row.Name, row.Ciphertext);
            findings.Count("opened");
            foreach (var (name, value) in parts.All)
            {
                if (!seal.Cm.TryGetValue(name, out var commitment) || commitment != Seal.Commitment(Seal.Salt(key, row.Id, name), name, value))
                    findings.Error("commitment-wrong", row.Id, "A part does not match the commitment that the event holds to it.");
            }
        }
        catch (CryptographicException)
        {
            findings.Error("sealed-does-not-open", row.Id, $"The sealed content does not open under key {seal.Key}: it, the key, or the event's place was exchanged.");
        }
    }

    /// <summary>A key that is there but does not unwrap is there as null.</summary>
    private async Task<Dictionary<Guid, RecordKey?>> Keys(Guid[] ids, Findings findings, CancellationToken ct)
    {
        var keys = new Dictionary<Guid, RecordKey?>();
        await using var query = databases.Writer.CreateCommand("select key_id, class, stream_id, kek_id, alg, wrapped from archive.record_keys where key_id = any ($1)");
        query.Parameters.Add(new NpgsqlParameter { Value = ids });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct))
        {
            var wrapped = new WrappedKey(
                rows.GetGuid(0), Enum.GetValues<KeyClass>().First(c => c.Stored() == rows.GetString(1)), rows.GetGuid(2), rows.GetGuid(3), rows.GetString(4), rows.GetFieldValue<byte[]>(5));
            keys[wrapped.KeyId] = Unwrap(wrapped, findings);
        }

        return keys;
    }

    private RecordKey? Unwrap(WrappedKey wrapped, Findings findings)
    {
        if (provider.Find(wrapped.KekId) is not { } epoch)
        {
            findings.Error("epoch-key-missing", wrapped.KeyId, $"The epoch key {wrapped.KekId} that wraps it is not in the key file.");
            return null;
        }

        try
        {
            return RecordKey.Unwrap(wrapped, epoch);
        }
        catch (CryptographicException)
        {
            findings.Error("key-does-not-unwrap", wrapped.KeyId, "The wrapped key was altered or exchanged with another.");
            return null;
        }
    }

    private async Task<HashSet<Guid>> Marks(Guid[] ids, CancellationToken ct)
    {
        var marks = new HashSet<Guid>();
        await using var query = databases.Writer.CreateCommand("select key_id from archive.destruction_marks where key_id = any ($1)");
        query.Parameters.Add(new NpgsqlParameter { Value = ids });
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) marks.Add(rows.GetGuid(0));
        return marks;
    }

    private async Task<List<Row>> Page(long after, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select e.seq_id, e.id, e.stream_id, e.type, e.data, c.ciphertext
            from (select * from archive.mt_events where seq_id > $1 order by seq_id limit $2) e
            left join archive.sealed_content c on c.event_id = e.id order by e.seq_id
            """);
        query.Parameters.Add(new NpgsqlParameter { Value = after });
        query.Parameters.Add(new NpgsqlParameter { Value = PageSize });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var page = new List<Row>(PageSize);
        while (await rows.ReadAsync(ct))
        {
            page.Add(new(rows.GetInt64(0), rows.GetGuid(1), rows.GetGuid(2), rows.GetString(3), rows.GetFieldValue<byte[]>(4), rows.IsDBNull(5) ? null : rows.GetFieldValue<byte[]>(5)));
        }

        return page;
    }

    private async Task Ask(Findings findings, string check, string detail, string sql, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.CommandTimeout = 0;
        await using var rows = await query.ExecuteReaderAsync(ct);
        while (await rows.ReadAsync(ct)) findings.Error(check, rows.GetString(0), detail);
    }
}
