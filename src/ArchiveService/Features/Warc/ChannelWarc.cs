using System.Security.Cryptography;
using System.Text.Encodings.Web;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Capture.Warc;
using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Warc;

/// <summary>What of a channel is taken out.</summary>
/// <param name="Channel">Which channel.</param>
/// <param name="Title">What the package is called.</param>
/// <param name="From">The first day of capture; null: from the beginning.</param>
/// <param name="To">The last day of capture; null: to the end.</param>
/// <param name="Secret">What is secret goes with it.</param>
/// <param name="Unassessed">What nobody has assessed goes with it.</param>
/// <param name="AsPackage">As WACZ instead of WARC.</param>
public sealed record WarcOrder(Channel Channel, string Title, DateOnly? From, DateOnly? To, bool Secret, bool Unassessed, bool AsPackage)
{
    public bool Walled => Secret || Unassessed;
}

/// <summary>What was written.</summary>
public sealed record WarcWritten(long Records, long Files, long LeftOut, long Bytes);

/// <summary>
/// A channel's records as WARC or WACZ (docs/platforms/warc.md): what the platform sent as <c>resource</c>, our reading of it as <c>metadata</c>, files as <c>resource</c>, and as
/// <c>revisit</c> what was there before. What is destroyed is not there, nor what is locked for everybody. In memory stands one record at a time.
/// </summary>
public sealed class ChannelWarc(Databases databases, SealedLog log, KeyedIds ids, RecordReads reads, IObjectStore store, TimeProvider clock)
{
    public const string Software = "ArchiveService";

    private const int PageSize = 100;
    private const int MostRemembered = 100_000;

    private static readonly JsonWriterOptions Json = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    private static readonly string[] IdKinds = ["native", "uri"];

    /// <summary>Notes that it is taken out, durable before any content is; with it how many records there are.</summary>
    public async Task Note(WarcOrder order, Caller by, CancellationToken ct)
    {
        long records;
        await using (var query = databases.Writer.CreateCommand($"select count(*) from archive.record_states where {Chosen}"))
        {
            Choose(query, order);
            records = (long)(await query.ExecuteScalarAsync(ct))!;
        }

        var now = clock.GetUtcNow();
        var exported = new ChannelExported(now, order.Channel.Id, order.AsPackage ? "wacz" : "warc", order.From, order.To, order.Walled, records);
        await log.Append([new(Guid.CreateVersion7(now), "export", ExpectedVersion.NewStream, [new(exported)])], log.NewKeySet(), new(by.PersonId.ToString("D")), ct: ct);
    }

    /// <summary>Writes into a stream that stays open. Each reading of something behind a wall is noted before its content is given out.</summary>
    public async Task<WarcWritten> Write(WarcOrder order, Caller by, Stream to, CancellationToken ct)
    {
        if (!order.AsPackage)
        {
            var plain = new WarcWriter(to);
            return await Records(new(plain, null, order), by, ct) with { Bytes = plain.Length };
        }

        await using var package = await WaczWriter.Begin(to, clock.GetUtcNow(), ct);
        var written = await Records(new(package.Warc, package, order), by, ct);
        await package.Finish(order.Title, Software, ct);
        return written with { Bytes = package.Warc.Length };
    }

    private const string Chosen = """
        channel_id = $1 and disposed_at is null and not locked and (wall = 'open' or (wall = 'secret' and $2) or (wall = 'unassessed' and $3))
          and ($4::date is null or archive.swedish_date(captured_at) >= $4) and ($5::date is null or archive.swedish_date(captured_at) <= $5)
        """;

    private static void Choose(NpgsqlCommand query, WarcOrder order)
    {
        query.Parameters.Add(new() { Value = order.Channel.Id });
        query.Parameters.Add(new() { Value = order.Secret });
        query.Parameters.Add(new() { Value = order.Unassessed });
        query.Parameters.Add(new() { Value = (object?)order.From ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
        query.Parameters.Add(new() { Value = (object?)order.To ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
    }

    private async Task<WarcWritten> Records(Writing writing, Caller by, CancellationToken ct)
    {
        await writing.Warc.Write(
            new(WarcTypes.WarcInfo, writing.Info, clock.GetUtcNow()) { ContentType = "application/warc-fields" },
            WarcWriter.Fields(("software", Software), ("format", "WARC File Format 1.1"), ("description", "Records of one channel; urn:archiveservice names records and files of the archive. See docs/platforms/warc.md.")),
            ct);
        var after = (At: DateTimeOffset.MinValue, Id: Guid.Empty);
        while (true)
        {
            var page = new List<(Guid Id, string Wall, DateTimeOffset At)>(PageSize);
            await using (var query = databases.Writer.CreateCommand($"select record_id, wall, captured_at from archive.record_states where {Chosen} and (captured_at, record_id) > ($6, $7) order by captured_at, record_id limit {PageSize}"))
            {
                Choose(query, writing.Order);
                query.Parameters.Add(new() { Value = after.At == DateTimeOffset.MinValue ? DateTimeOffset.UnixEpoch : after.At });
                query.Parameters.Add(new() { Value = after.Id });
                await using var row = await query.ExecuteReaderAsync(ct);
                while (await row.ReadAsync(ct)) page.Add((row.GetGuid(0), row.GetString(1), row.GetFieldValue<DateTimeOffset>(2)));
            }

            if (page.Count == 0) return new(writing.Records, writing.Files, writing.LeftOut, 0);
            await reads.Note(by, page.Select(r => (r.Id, r.Wall)), ct);
            foreach (var (id, _, _) in page) await Record(writing, id, ct);
            after = (page[^1].At, page[^1].Id);
        }
    }

    private async Task Record(Writing writing, Guid id, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);

        // It may have changed since the list was read: what is behind a wall now is not given out on what it was then.
        var state = RecordState.From(history);
        if (!state.Exists || state.Locked || state.DisposedAt is not null || (state.Wall == Wall.Secret && !writing.Order.Secret) || (state.Wall == Wall.Unassessed && !writing.Order.Unassessed))
        {
            writing.LeftOut++;
            return;
        }

        var opened = await log.Open([.. history.Where(e => e.Event is ItemCaptured or ItemEdited or AttachmentStored)], ct);
        if (opened.Values.Any(o => o.IsDestroyed))
        {
            writing.LeftOut++;
            return;
        }

        var before = new Dictionary<string, Guid>(StringComparer.Ordinal);
        var captured = history.Select(e => e.Event).OfType<ItemCaptured>().FirstOrDefault();
        foreach (var one in history)
        {
            if (opened.GetValueOrDefault(one.Id) is not { Parts: { } parts } found) continue;
            if (one.Event is AttachmentStored file) await File(writing, id, file, parts, found.Key!, one, ct);
            else await Act(writing, id, state, captured, one, parts, before, ct);
        }

        writing.Records++;
    }

    /// <summary>The platform's own bytes, and what we read in them.</summary>
    private async Task Act(Writing writing, Guid id, RecordState state, ItemCaptured? captured, Recorded one, Parts parts, Dictionary<string, Guid> before, CancellationToken ct)
    {
        var uri = $"urn:archiveservice:record:{id:D}:{one.Version}";
        Guid? raw = null;
        if (parts.Bytes(Parts.Raw) is { Length: > 0 } bytes)
        {
            raw = Guid.CreateVersion7(one.Time);
            var digest = WarcWriter.DigestOf(SHA256.HashData(bytes));
            var head = new WarcHead(WarcTypes.Resource, raw.Value, one.Time) { TargetUri = uri, ContentType = TypeOf(bytes), WarcInfo = writing.Info };
            if (before.TryGetValue(digest, out var first)) await writing.Revisit(head, first, digest, ct);
            else await writing.Put(head, bytes, ct);
            before.TryAdd(digest, raw.Value);
        }

        await writing.Warc.Write(
            new(WarcTypes.Metadata, Guid.CreateVersion7(one.Time), one.Time) { TargetUri = uri, ContentType = WarcImport.ActType, RefersTo = raw, WarcInfo = writing.Info },
            Line(id, writing.Order.Channel, state, captured, one, parts),
            ct);
        writing.Package?.Page(uri, one.Time, $"{writing.Order.Channel.Platform} {id:D}");
    }

    private async Task File(Writing writing, Guid id, AttachmentStored file, Parts parts, RecordKey key, Recorded one, CancellationToken ct)
    {
        Task<Stream> Open(CancellationToken stop) => store.OpenSealed(AttachmentIntake.ObjectKey(file.Object), key.AttachmentKey(file.Attachment), SealedObjects.PlaceOf(id, file.Attachment), stop);
        var digest = await WarcWriter.Measure(Open, ct);
        var warc = Guid.CreateVersion7(one.Time);
        var head = new WarcHead(WarcTypes.Resource, warc, one.Time) { TargetUri = FileUri(file.Attachment), ContentType = file.MediaType, WarcInfo = writing.Info };
        if (writing.Known.TryGetValue(digest, out var first))
        {
            await writing.Revisit(head, first, digest, ct);
        }
        else
        {
            var place = await writing.Warc.Write(head, Open, ct);
            writing.Package?.Index(place, FileUri(file.Attachment), head.At, file.MediaType);
            if (writing.Known.Count < MostRemembered) writing.Known.Add(digest, warc);
        }

        await writing.Warc.Write(
            new(WarcTypes.Metadata, Guid.CreateVersion7(one.Time), one.Time) { TargetUri = head.TargetUri, ContentType = "application/warc-fields", RefersTo = warc, WarcInfo = writing.Info },
            WarcWriter.Fields(new (string, string?)[] { ("record", $"urn:archiveservice:record:{id:D}"), ("fileName", parts[Parts.AttachmentFileName(file.Attachment)]), ("altText", parts[Parts.AttachmentAltText(file.Attachment)]) }.Where(f => f.Item2 is not null).Select(f => (f.Item1, f.Item2!))),
            ct);
        writing.Files++;
    }

    private static string FileUri(Guid attachment) => $"urn:archiveservice:file:{attachment:D}";

    private static string TypeOf(byte[] raw) => raw[0] is (byte)'{' or (byte)'[' ? "application/json" : "application/octet-stream";

    /// <summary>Our own form of a captured act (docs/api.md), so that the file can be read in again; what only the archive knows stands under <c>archive</c>.</summary>
    private byte[] Line(Guid id, Channel channel, RecordState state, ItemCaptured? captured, Recorded one, Parts parts)
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Json))
        {
            void Text(string name, string? value)
            {
                if (value is not null) json.WriteString(name, value);
            }

            var observed = one.Event switch { ItemCaptured first => first.Observed, ItemEdited edit => edit.Observed, _ => null };
            json.WriteStartObject();
            Text("act", one.Event is ItemEdited ? "edit" : "create");
            if (parts[Parts.NativeId] is { } native)
            {
                Text("nativeId", native);
                Text("idKind", IdKinds.FirstOrDefault(kind => ids.Record(channel.Id, channel.Platform, kind, native) == id));
            }

            Text("kind", captured is null ? null : RecordStates.Stored(captured.Kind));
            Text("audience", captured is null ? null : RecordStates.Stored(captured.Audience));
            foreach (var name in (string[])["parentNativeId", "rootNativeId", "conversationId", "nativeEventId", "nativeActName", "nativeKind", "contentWarning"]) Text(name, parts[name]);
            if (parts[Parts.AuthorNativeId] is not null || parts[Parts.AuthorDisplayName] is not null)
            {
                json.WriteStartObject("author");
                Text("nativeId", parts[Parts.AuthorNativeId]);
                Text("displayName", parts[Parts.AuthorDisplayName]);
                Text("handle", parts[Parts.AuthorHandle]);
                json.WriteEndObject();
            }

            if (observed?.OccurredAt is { } occurred) json.WriteString("occurredAt", occurred.UtcDateTime);
            Text("text", parts[Parts.Text]);
            Text("permalink", Bare(parts[Parts.Permalink]));
            json.WriteStartObject("archive");
            json.WriteString("record", id);
            json.WriteString("event", one.Id);
            json.WriteNumber("version", one.Version);
            json.WriteString("recordedAt", one.Time.UtcDateTime);
            json.WriteString("channel", channel.Id);
            json.WriteString("platform", channel.Platform);
            json.WriteString("visibility", RecordStates.Stored(state.Visibility));
            json.WriteString("registration", RecordStates.Stored(state.Registration));
            if (captured is not null)
            {
                json.WriteString("direction", RecordStates.Stored(captured.Direction));
                json.WriteString("recordType", captured.RecordType);
            }

            json.WriteEndObject();
            json.WriteEndObject();
        }

        return bytes.ToArray();
    }

    /// <summary>An address without what might be a token.</summary>
    public static string? Bare(string? url)
    {
        var at = url?.IndexOf('?', StringComparison.Ordinal) ?? -1;
        if (url is null || at < 0) return url;
        var kept = url[(at + 1)..].Split('&').Where(p => !TokenNames.Any(t => p.Contains(t, StringComparison.OrdinalIgnoreCase))).ToArray();
        return kept.Length == 0 ? url[..at] : $"{url[..at]}?{string.Join('&', kept)}";
    }

    private static readonly string[] TokenNames = ["token", "signature", "secret", "appsecret_proof", "key=", "password", "hmac"];

    /// <summary>A file that is being written.</summary>
    private sealed class Writing(WarcWriter warc, WaczWriter? package, WarcOrder order)
    {
        public WarcWriter Warc => warc;

        public WaczWriter? Package => package;

        public WarcOrder Order => order;

        public Guid Info { get; } = Guid.CreateVersion7();

        /// <summary>Files written before, by digest.</summary>
        public Dictionary<string, Guid> Known { get; } = new(StringComparer.Ordinal);

        public long Records { get; set; }

        public long Files { get; set; }

        public long LeftOut { get; set; }

        public async Task Put(WarcHead head, byte[] block, CancellationToken ct)
        {
            var place = await warc.Write(head, block, ct);
            package?.Index(place, head.TargetUri!, head.At, head.ContentType!);
        }

        public Task Revisit(WarcHead head, Guid first, string digest, CancellationToken ct) => warc.Write(
            head with { Type = WarcTypes.Revisit, RefersTo = first, Profile = WarcWriter.IdenticalPayload, PayloadDigest = digest, ContentType = null }, ReadOnlyMemory<byte>.Empty, ct);
    }
}
