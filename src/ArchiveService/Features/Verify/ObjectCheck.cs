using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Verify;

/// <summary>Opens every attachment and delivery in the object store from its first to its last byte, and looks for objects that nothing names.</summary>
public sealed class ObjectCheck(Databases databases, IObjectStore store, SealedLog log)
{
    private sealed record Expected(string Object, Guid Stream, Guid Place, long Bytes, KeyClass Class, bool Destroyed);

    public async Task Run(Findings findings, CancellationToken ct)
    {
        var known = new HashSet<string>(StringComparer.Ordinal);
        foreach (var chunk in (await Named(ct)).Chunk(500))
        {
            var keys = log.NewKeySet();
            try
            {
                await keys.Load(databases.Writer, [.. chunk.Select(o => o.Stream).Distinct()], ct);
            }
            catch (Exception error) when (error is CryptographicException or KeyFileProblem)
            {
                // Which key it is, the reading of the log names.
                findings.Warn("objects-not-opened", chunk[0].Object, $"Up to {chunk.Length} objects from this one on were not opened, because a key of theirs does not unwrap.");
                known.UnionWith(chunk.Select(o => o.Object));
                continue;
            }

            foreach (var one in chunk)
            {
                known.Add(one.Object);
                await Check(one, keys.Find(one.Stream, one.Class), findings, ct);
            }
        }

        await foreach (var stored in store.List("", ct))
        {
            if (!known.Contains(stored.Key) && !stored.Key.StartsWith("probe/", StringComparison.Ordinal))
                findings.Warn("object-without-row", stored.Key, "Nothing names this object: what is left of an upload that broke off. Its bytes are sealed under a key that was not kept, or that no longer is.");
        }
    }

    private async Task Check(Expected one, RecordKey? key, Findings findings, CancellationToken ct)
    {
        try
        {
            var length = await store.Length(one.Object, ct);
            if (one.Destroyed)
            {
                findings.Count("objects-destroyed");
                if (length is not null) findings.Error("destroyed-object-present", one.Object, "The object's key is destroyed, but the object is there.");
                return;
            }

            findings.Count("objects");
            if (length is null) findings.Error("object-missing", one.Object, $"The object is not in {store.Where}.");
            else if (key is null) findings.Error("key-missing", one.Stream, $"The key of object {one.Object} is gone, and no destruction mark says why.");
            else await OpenAll(one, key, findings, ct);
        }
        catch (ObjectStoreUnavailable)
        {
            findings.Error("object-store-unavailable", one.Object, "The object store does not answer; the object was not looked at.");
        }
    }

    private async Task OpenAll(Expected one, RecordKey key, Findings findings, CancellationToken ct)
    {
        try
        {
            var committed = one.Class == KeyClass.Content ? await Commitment(one, ct) : null;
            using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
            if (committed is { } to)
            {
                hash.AppendData("archiveservice/cm/v1\0"u8);
                hash.AppendData(Encoding.UTF8.GetBytes(to.Part));
                hash.AppendData("\0"u8);
                hash.AppendData(Seal.Salt(key, to.Event, to.Part));
            }

            await using var plain = await store.OpenSealed(one.Object, key.AttachmentKey(one.Place), SealedObjects.PlaceOf(one.Stream, one.Place), ct);
            var (buffer, bytes) = (new byte[128 * 1024], 0L);
            while (await plain.ReadAsync(buffer, ct) is > 0 and var read)
            {
                bytes += read;
                hash.AppendData(buffer, 0, read);
            }

            if (bytes != one.Bytes) findings.Error("object-length", one.Object, $"{bytes} bytes opened, {one.Bytes} were stored.");
            if (committed is { } said && said.Value != Convert.ToHexStringLower(hash.GetHashAndReset()))
                findings.Error("commitment-wrong", one.Object, "The object does not match the commitment that its event holds to it.");
        }
        catch (Exception error) when (error is CryptographicException or InvalidDataException or EndOfStreamException)
        {
            findings.Error("object-does-not-open", one.Object, "The object was altered, cut, or exchanged with another.");
        }
    }

    private async Task<(Guid Event, string Part, string Value)?> Commitment(Expected one, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(
            "select id, data from archive.mt_events where stream_id = $1 and type = 'attachment_stored' and data ->> 'attachment' = $2");
        query.Parameters.Add(new NpgsqlParameter { Value = one.Stream });
        query.Parameters.Add(new NpgsqlParameter { Value = one.Place.ToString("D") });
        await using var row = await query.ExecuteReaderAsync(ct);
        if (!await row.ReadAsync(ct)) return null;
        var stored = JsonSerializer.Deserialize<AttachmentStored>(row.GetString(1), EventTypes.Json);
        var part = Parts.AttachmentBytes(one.Place);
        return stored?.Sealed?.Cm.TryGetValue(part, out var value) == true ? (row.GetGuid(0), part, value) : null;
    }

    private async Task<List<Expected>> Named(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select 'a', a.object_id, a.record_id, a.attachment_id, a.bytes,
                   exists (select from archive.destruction_marks m where m.stream_id = a.record_id and m.class = 'content')
            from archive.attachments a
            union all
            select 'd', d.object_id, d.delivery_id, d.delivery_id, d.bytes,
                   exists (select from archive.destruction_marks m where m.stream_id = d.delivery_id and m.class = 'delivery')
            from archive.delivery_objects d
            order by 3
            """);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Expected>();
        while (await rows.ReadAsync(ct))
        {
            var attachment = rows.GetString(0) == "a";
            var key = attachment ? AttachmentIntake.ObjectKey(rows.GetGuid(1)) : Deliveries.Deliveries.ObjectKey(rows.GetGuid(1));
            found.Add(new(key, rows.GetGuid(2), rows.GetGuid(3), rows.GetInt64(4), attachment ? KeyClass.Content : KeyClass.Delivery, rows.GetBoolean(5)));
        }

        return found;
    }
}
