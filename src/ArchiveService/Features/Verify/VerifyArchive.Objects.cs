using System.Security.Cryptography;
using System.Text;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Verify;

public sealed partial class VerifyArchive
{
    private sealed record KnownObject(string Key, Guid Stream, Guid Id, long Bytes, bool Destroyed, KeyClass Class, Guid? EventId, string? Commitment);

    private async Task<List<KnownObject>> KnownObjects(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var known = new List<KnownObject>();
        var part = (Guid id) => Parts.AttachmentBytes(id);
        await Each(snapshot, """
            select a.attachment_id, a.record_id, a.object_id, a.bytes, r.disposed_at is not null, e.id, e.data
            from archive.attachments a join archive.record_states r using (record_id)
            left join archive.mt_events e on e.stream_id = a.record_id and e.type = 'attachment_stored' and e.data->>'attachment' = a.attachment_id::text
            """, row =>
        {
            var commitment = !row.IsDBNull(6) && types.Read("attachment_stored", row.GetFieldValue<byte[]>(6)) is AttachmentStored { Sealed: { } seal } ? seal.Cm.GetValueOrDefault(part(row.GetGuid(0))) : null;
            known.Add(new(AttachmentIntake.ObjectKey(row.GetGuid(2)), row.GetGuid(1), row.GetGuid(0), row.GetInt64(3), row.GetBoolean(4), KeyClass.Content, row.IsDBNull(5) ? null : row.GetGuid(5), commitment));
        }, ct);
        await Each(snapshot, """
            select c.copy_id, c.request_id, c.object_id, c.bytes, e.id, e.data
            from archive.disclosure_copies c join archive.disclosure_requests r using (request_id)
            left join archive.mt_events e on e.stream_id = c.request_id and e.type = 'disclosure_file_replaced' and e.data->>'copy' = c.copy_id::text
            where r.disposed_at is null
            """, row =>
        {
            var commitment = !row.IsDBNull(5) && types.Read("disclosure_file_replaced", row.GetFieldValue<byte[]>(5)) is Disclosures.DisclosureFileReplaced { Sealed: { } seal } ? seal.Cm.GetValueOrDefault(part(row.GetGuid(0))) : null;
            known.Add(new(AttachmentIntake.ObjectKey(row.GetGuid(2)), row.GetGuid(1), row.GetGuid(0), row.GetInt64(3), false, KeyClass.Request, row.IsDBNull(4) ? null : row.GetGuid(4), commitment));
        }, ct);
        await Each(snapshot, """
            select d.delivery_id, d.object_id, d.bytes, exists (select from archive.destruction_marks m where m.stream_id = d.delivery_id and m.class = 'delivery')
            from archive.delivery_objects d
            """, row => known.Add(new(Deliveries.Deliveries.ObjectKey(row.GetGuid(1)), row.GetGuid(0), row.GetGuid(0), row.GetInt64(2), row.GetBoolean(3), KeyClass.Delivery, null, null)), ct);
        return known;
    }

    /// <summary>Every object opens to its end and is what the event committed to; what is destroyed is gone; nothing else lies there.</summary>
    private async Task Objects(List<KnownObject> known, CancellationToken ct)
    {
        var byStream = keys.Values.ToLookup(k => (k.StreamId, k.Class));
        long opened = 0;
        foreach (var one in known)
        {
            try
            {
                if (one.Destroyed)
                {
                    if (await store.Length(one.Key, ct) is not null) findings.Add(new(Severity.Error, "object-not-destroyed", $"Object {one.Key} belongs to something destroyed but is still there.", one.Stream));
                    continue;
                }

                if (byStream[(one.Stream, one.Class)].FirstOrDefault() is not { } key) continue;
                await Open(one, key, ct);
                opened++;
            }
            catch (ObjectMissing)
            {
                // Destroyed since the snapshot was taken: the next verification's matter.
                if (await DestroyedMeanwhile(one.Key, ct)) continue;
                findings.Add(new(Severity.Error, "object-missing", $"Object {one.Key} of stream {one.Stream} is not in the store.", one.Stream));
            }
            catch (CryptographicException)
            {
                findings.Add(new(Severity.Error, "object-does-not-open", $"Object {one.Key} of stream {one.Stream} was altered, cut short or swapped with another.", one.Stream));
            }
            catch (ObjectStoreUnavailable why)
            {
                findings.Add(new(Severity.Error, "object-store-unavailable", why.Message));
                return;
            }
        }

        counts["objects opened"] = opened;
        var expected = known.Select(k => k.Key).ToHashSet(StringComparer.Ordinal);
        try
        {
            foreach (var prefix in new[] { "attachment/", "delivery/" })
            {
                await foreach (var found in store.List(prefix, ct))
                {
                    if (!expected.Contains(found.Key)) findings.Add(new(Severity.Warning, "object-unknown", $"Object {found.Key} belongs to nothing in the log: an upload that was broken off, or something put there by hand."));
                }
            }
        }
        catch (ObjectStoreUnavailable why)
        {
            findings.Add(new(Severity.Error, "object-store-unavailable", why.Message));
        }
    }

    private async Task<bool> DestroyedMeanwhile(string key, CancellationToken ct)
    {
        await using var query = databases.Owner.CreateCommand("select exists (select from archive.object_deletions where object_key = $1)");
        query.Parameters.Add(new() { Value = key });
        return await query.ExecuteScalarAsync(ct) is true;
    }

    private async Task Open(KnownObject one, RecordKey key, CancellationToken ct)
    {
        await using var plain = await store.OpenSealed(one.Key, key.AttachmentKey(one.Id), SealedObjects.PlaceOf(one.Stream, one.Id), ct);
        using var hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        var part = Parts.AttachmentBytes(one.Id);
        hash.AppendData("archiveservice/cm/v1\0"u8);
        hash.AppendData(Encoding.UTF8.GetBytes(part));
        hash.AppendData("\0"u8);
        if (one.EventId is { } id) hash.AppendData(Seal.Salt(key, id, part));
        var buffer = new byte[128 * 1024];
        long length = 0;
        int count;
        while ((count = await plain.ReadAsync(buffer, ct)) > 0)
        {
            length += count;
            hash.AppendData(buffer.AsSpan(0, count));
        }

        if (length != one.Bytes) findings.Add(new(Severity.Error, "object-length-differs", $"Object {one.Key} opens to {length} bytes, the log says {one.Bytes}.", one.Stream));
        if (one.Class == KeyClass.Content && Convert.ToHexStringLower(hash.GetHashAndReset()) != one.Commitment)
            findings.Add(new(Severity.Error, "object-differs", $"Object {one.Key} is not the file the event committed to.", one.Stream));
    }
}
