using System.Buffers;
using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Evidence;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Export;

/// <summary>What an export holds, by number; asked of the registers, and equal to what was written.</summary>
/// <param name="Format">The form and its version.</param>
/// <param name="ExportedAt">When.</param>
/// <param name="ExportedBy">The person, or the command line's own id.</param>
/// <param name="LastSequence">The last event in it.</param>
/// <param name="EventsByType">Events, by stored name.</param>
/// <param name="Contents">Events by what became of their sealed content: <c>open</c>, <c>destroyed</c>, <c>locked</c>, <c>none</c>.</param>
/// <param name="Lines">Lines a file.</param>
/// <param name="Records">Records by state: all, secret, unassessed, locked, destroyed.</param>
/// <param name="Attachments">Files of records.</param>
/// <param name="AttachmentsLocked">Files that are left out because their record is locked.</param>
/// <param name="AttachmentBytes">Bytes of the files that are there.</param>
/// <param name="Deliveries">Bodies of deliveries that stood in the object store.</param>
public sealed record ExportCounts(
    string Format, DateTimeOffset ExportedAt, Guid ExportedBy, long LastSequence, IReadOnlyDictionary<string, long> EventsByType, IReadOnlyDictionary<string, long> Contents,
    IReadOnlyDictionary<string, long> Lines, IReadOnlyDictionary<string, long> Records, long Attachments, long AttachmentsLocked, long AttachmentBytes, long Deliveries);

/// <summary>
/// Everything, opened, in files that need no program of ours (SFS 2024:558): docs/export.md. One snapshot of the database, read page by page; what is destroyed stands
/// as stubs, and what is locked for everybody stays locked.
/// </summary>
public sealed class ArchiveExport(
    Databases databases, SealedLog log, EventTypes types, IObjectStore store, IKeyProvider keys, DisposalVerification views, ProjectionHost projections, TimeProvider clock)
{
    public const string Format = "archiveservice/export/v1";

    private const int PageSize = 200;

    private static readonly TimeSpan ViewsPatience = TimeSpan.FromMinutes(10);

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" };

    private readonly SortedDictionary<string, long> lines = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> byType = new(StringComparer.Ordinal);
    private readonly SortedDictionary<string, long> contents = new(StringComparer.Ordinal);
    private long attachments;
    private long attachmentsLocked;
    private long attachmentBytes;
    private long deliveries;

    /// <summary>Files of an earlier, unfinished try that were kept.</summary>
    public int Kept { get; private set; }

    /// <exception cref="CannotStart">The folder holds something else, the views are behind, or something was destroyed meanwhile.</exception>
    public async Task<ExportCounts> All(string path, Guid by, IProgress<(long Done, long Of)>? progress, CancellationToken ct)
    {
        await using var folder = ExportFolder.Make(path, Convert.ToHexStringLower(HMACSHA256.HashData(keys.IdentitySecret, "archiveservice/v1/export-of"u8))[..16]);
        await ViewsUpToDate(ct);
        await using var connection = await databases.Owner.OpenConnectionAsync(ct);
        await using var snapshot = await connection.BeginTransactionAsync(System.Data.IsolationLevel.RepeatableRead, ct);
        await Do(snapshot, "set local timezone = 'UTC'", ct);
        var last = await Number(snapshot, "select coalesce(max(seq_id), 0) from archive.mt_events", ct);
        var events = await Number(snapshot, "select count(*) from archive.mt_events", ct);
        var marks = await Number(snapshot, "select count(*) from archive.destruction_marks", ct);
        var now = clock.GetUtcNow();
        var records = await Records(snapshot, ct);
        await Note(by, now, last, events, records["all"], snapshot, ct);

        await Events(snapshot, folder, events, progress, ct);
        foreach (var table in ExportTables.All) await Table(snapshot, folder, table, ct);
        await Check(snapshot, events, ct);
        var counts = new ExportCounts(Format, now, by, last, byType, contents, lines, records, attachments, attachmentsLocked, attachmentBytes, deliveries);
        await Text(folder, "counts.json", JsonSerializer.Serialize(counts, Json) + "\n", ct);
        await Text(folder, "README.md", ExportReadMe.Of(counts), ct);
        await snapshot.RollbackAsync(ct);

        // A gallring that went on meanwhile does not reach into this folder.
        await using var again = databases.Writer.CreateCommand("select count(*) from archive.destruction_marks");
        var destroyed = (long)(await again.ExecuteScalarAsync(ct))! - marks;
        if (destroyed > 0) throw new CannotStart($"{destroyed} keys were destroyed while the export was made: {folder.Root} holds content that is gallrat since. Export into it again, which takes that away, or destroy it.");
        await folder.Finish(ct);
        Kept = folder.Kept;
        return counts;
    }

    /// <summary>The registers beside the events come from views: they must have seen every event.</summary>
    private async Task ViewsUpToDate(CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select coalesce(max(seq_id), 0) from archive.mt_events");
        var last = (long)(await query.ExecuteScalarAsync(ct))!;
        if (last == 0 || await views.ProjectionsHavePassed(last, TimeSpan.FromSeconds(1), ct)) return;
        using var ending = CancellationTokenSource.CreateLinkedTokenSource(ct);
        var projecting = projections.Worker.Run(ending.Token);
        var passed = await views.ProjectionsHavePassed(last, ViewsPatience, ct);
        await ending.CancelAsync();
        try
        {
            await projecting;
        }
        catch (OperationCanceledException) when (ending.IsCancellationRequested)
        {
        }

        if (!passed) throw new CannotStart("The views have not caught up with the events. See /drift, or run ./run rebuild, and export again.");
    }

    /// <summary>Durable before the first content is given out, like every reading of a secret.</summary>
    private async Task Note(Guid by, DateTimeOffset now, long last, long events, long records, NpgsqlTransaction snapshot, CancellationToken ct)
    {
        var exported = new ArchiveExported(
            now, last, events, records, await Number(snapshot, "select count(*) from archive.attachments", ct), await Number(snapshot, "select count(*) from archive.diary_entries", ct), await Number(snapshot, "select count(*) from archive.cases", ct));
        await log.Append([new(Guid.CreateVersion7(now), "export", ExpectedVersion.NewStream, [new(exported)])], log.NewKeySet(), new(by.ToString("D")), ct: ct);
    }

    private static async Task<SortedDictionary<string, long>> Records(NpgsqlTransaction snapshot, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("""
            select count(*), count(*) filter (where wall = 'secret'), count(*) filter (where wall = 'unassessed'), count(*) filter (where locked), count(*) filter (where disposed_at is not null) from archive.record_states
            """, snapshot.Connection, snapshot);
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return new(StringComparer.Ordinal) { ["all"] = row.GetInt64(0), ["secret"] = row.GetInt64(1), ["unassessed"] = row.GetInt64(2), ["locked"] = row.GetInt64(3), ["destroyed"] = row.GetInt64(4) };
    }

    private async Task Events(NpgsqlTransaction snapshot, ExportFolder folder, long all, IProgress<(long Done, long Of)>? progress, CancellationToken ct)
    {
        var locked = new HashSet<Guid>();
        await using (var query = new NpgsqlCommand("select record_id from archive.record_states where locked", snapshot.Connection, snapshot))
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct)) locked.Add(row.GetGuid(0));
        }

        await using var into = folder.Create("events.ndjson");
        await using var files = folder.Create("attachments.ndjson");
        lines["events.ndjson"] = lines["attachments.ndjson"] = 0;
        foreach (var content in (string[])["destroyed", "locked", "none", "open"]) contents[content] = 0;
        var line = new ArrayBufferWriter<byte>(64 * 1024);
        for (long after = 0, done = 0; ;)
        {
            var page = new List<StoredEvent>(PageSize);
            await using (var query = new NpgsqlCommand($"select {StoredEvent.Columns} from archive.mt_events where seq_id > $1 order by seq_id limit $2", snapshot.Connection, snapshot))
            {
                query.Parameters.Add(new() { Value = after });
                query.Parameters.Add(new() { Value = PageSize });
                await using var row = await query.ExecuteReaderAsync(ct);
                while (await row.ReadAsync(ct)) page.Add(StoredEvent.Read(row));
            }

            if (page.Count == 0) return;
            var read = page.Select(e => new Recorded(e.Sequence, e.Id, e.StreamId, e.Version, e.Type, types.Read(e.Type, e.Data), e.RecordedAt, e.Actor, e.CorrelationId, e.CausationId, null)).ToList();
            var opened = await log.Open(snapshot.Connection!, snapshot, [.. read.Where(r => !locked.Contains(r.StreamId) || !IsContent(r))], ct);
            foreach (var (one, recorded) in page.Zip(read))
            {
                var seal = (recorded.Event as SealableEvent)?.Sealed;
                var found = opened.GetValueOrDefault(one.Id);
                var content = seal is null ? "none" : found is null ? "locked" : found.IsDestroyed ? "destroyed" : "open";
                line.ResetWrittenCount();
                Line(line, one, content, found, seal);
                await into.WriteAsync(line.WrittenMemory, ct);
                contents[content]++;
                lines["events.ndjson"]++;
                byType[one.Type] = byType.GetValueOrDefault(one.Type) + 1;
                if (recorded.Event is AttachmentStored file) await File(folder, files, one, file, content, found, seal, ct);
                if (recorded.Event is DeliveryReceived { Object: { } body } && found?.Key is { } key) await Delivery(folder, one.StreamId, body, key, ct);
            }

            after = page[^1].Sequence;
            progress?.Report((done += page.Count, all));
        }
    }

    /// <summary>What a locked record said stays closed; what officials wrote of it does not.</summary>
    private static bool IsContent(Recorded one) => one.Event is ItemCaptured or ItemEdited or AttachmentStored or UnknownActObserved;

    private static void Line(ArrayBufferWriter<byte> to, StoredEvent one, string content, Opened? opened, Sealed? seal)
    {
        to.Write("{\"leaf\":"u8);
        to.Write(EvidenceWorker.Leaf(one).V1());
        to.Write(Encoding.UTF8.GetBytes($",\"content\":\"{content}\",\"opened\":"));
        using (var json = new Utf8JsonWriter(to, new JsonWriterOptions { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping }))
        {
            json.WriteStartObject();
            foreach (var (part, value) in opened?.Parts?.All ?? [])
            {
                json.WriteStartObject(part);
                if (seal!.Cm.ContainsKey(part)) json.WriteString("salt", Convert.ToHexStringLower(Seal.Salt(opened!.Key!, one.Id, part)));
                if (ProofBundle.AsText(value) is { } text) json.WriteString("text", text);
                else json.WriteBase64String("base64", value);
                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        to.Write("}\n"u8);
    }

    private async Task File(ExportFolder folder, HashedFile list, StoredEvent one, AttachmentStored file, string content, Opened? opened, Sealed? seal, CancellationToken ct)
    {
        if (content == "destroyed") return;
        string? name = null;
        if (opened is { Key: { } key })
        {
            name = $"attachments/{one.StreamId:D}/{file.Attachment:D}";
            if (!await folder.Keep(name, file.Bytes, ct))
            {
                await using var into = folder.Create(name);
                await store.OpenSealedRange(AttachmentIntake.ObjectKey(file.Object), file.Bytes, 0, file.Bytes, key.AttachmentKey(file.Attachment), SealedObjects.PlaceOf(one.StreamId, file.Attachment), into, ct);
            }

            attachmentBytes += file.Bytes;
        }
        else
        {
            attachmentsLocked++;
        }

        attachments++;
        var part = Parts.AttachmentBytes(file.Attachment);
        var line = JsonSerializer.SerializeToUtf8Bytes(new
        {
            attachment = file.Attachment,
            record = one.StreamId,
            @event = one.Id,
            file.Bytes,
            file.MediaType,
            fileName = opened?.Parts?[Parts.AttachmentFileName(file.Attachment)],
            file = name,
            salt = opened?.Key is { } own && seal!.Cm.ContainsKey(part) ? Convert.ToHexStringLower(Seal.Salt(own, one.Id, part)) : null,
            commitment = seal?.Cm.GetValueOrDefault(part),
        }, JsonSerializerOptions.Web);
        await list.WriteAsync(line, ct);
        await list.WriteAsync("\n"u8.ToArray(), ct);
        lines["attachments.ndjson"]++;
    }

    private async Task Delivery(ExportFolder folder, Guid delivery, Guid body, RecordKey key, CancellationToken ct)
    {
        await using var into = folder.Create($"deliveries/{delivery:D}");
        await using var plain = await store.OpenSealed(Deliveries.Deliveries.ObjectKey(body), key.AttachmentKey(delivery), SealedObjects.PlaceOf(delivery, delivery), ct);
        await plain.CopyToAsync(into, ct);
        deliveries++;
    }

    private async Task Table(NpgsqlTransaction snapshot, ExportFolder folder, ExportTable table, CancellationToken ct)
    {
        var expected = await Number(snapshot, table.Count, ct);
        await using var into = folder.Create(table.File);
        await using var csv = table.File == "diary.ndjson" ? folder.Create("diary.csv") : null;
        if (csv is not null) await csv.WriteAsync(Encoding.UTF8.GetBytes("\uFEFF" + string.Join(';', table.Members.Select(m => CsvText.Cell(m.Name))) + "\r\n"), ct);
        long written = 0;
        await using (var query = new NpgsqlCommand($"select row_to_json(exported_row)::text from ({table.Sql}) exported_row", snapshot.Connection, snapshot) { CommandTimeout = 0 })
        await using (var row = await query.ExecuteReaderAsync(ct))
        {
            while (await row.ReadAsync(ct))
            {
                var line = row.GetString(0);
                await into.WriteAsync(Encoding.UTF8.GetBytes(line.Replace("\n", "", StringComparison.Ordinal) + "\n"), ct);
                written++;
                if (csv is null) continue;
                using var entry = JsonDocument.Parse(line);
                var cells = table.Members.Select(m => entry.RootElement.GetProperty(m.Name) is { ValueKind: not JsonValueKind.Null } value ? value.ToString() : "");
                await csv.WriteAsync(Encoding.UTF8.GetBytes(string.Join(';', cells.Select(CsvText.Cell)) + "\r\n"), ct);
            }
        }

        if (written != expected) throw new CannotStart($"{table.File} has {written} lines, but the register holds {expected}. Run ./run verify; the export is not complete.");
        lines[table.File] = written;
    }

    /// <summary>Complete by count, against the registers that are kept apart from the events.</summary>
    private async Task Check(NpgsqlTransaction snapshot, long events, CancellationToken ct)
    {
        void Same(string what, long written, long kept)
        {
            if (written != kept) throw new CannotStart($"{written} {what} were written, but the register holds {kept}. Run ./run verify; the export is not complete.");
        }

        Same("events", lines["events.ndjson"], events);
        Same("attachments", attachments, await Number(snapshot, "select count(*) from archive.attachments", ct));
        Same("deliveries in the store", deliveries, await Number(snapshot, "select count(*) from archive.delivery_objects", ct));
    }

    private static async Task Text(ExportFolder folder, string name, string text, CancellationToken ct)
    {
        await using var into = folder.Create(name);
        await into.WriteAsync(Encoding.UTF8.GetBytes(text), ct);
    }

    private static async Task<long> Number(NpgsqlTransaction snapshot, string sql, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand(sql, snapshot.Connection, snapshot) { CommandTimeout = 0 };
        return Convert.ToInt64(await query.ExecuteScalarAsync(ct), CultureInfo.InvariantCulture);
    }

    private static async Task Do(NpgsqlTransaction snapshot, string sql, CancellationToken ct)
    {
        await using var command = new NpgsqlCommand(sql, snapshot.Connection, snapshot);
        await command.ExecuteNonQueryAsync(ct);
    }
}
