using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Deliveries;

/// <summary>Stores what arrives, sealed under its own key, before anybody parses it.</summary>
public sealed class Deliveries(SealedLog log, KeyedIds ids, IObjectStore store, StrayObjects strays, PollAnswers answers, TimeProvider clock)
{
    /// <summary>Bodies over this stand in the object store, streamed.</summary>
    public const int MaxSealedInDatabase = 1024 * 1024;

    public static string ObjectKey(Guid objectId) => Attachments.ObjectKey.Of("delivery", objectId);

    /// <summary>Durable when the task ends. The same body again is the same delivery: false, and nothing is stored.</summary>
    public Task<(Guid Id, bool IsNew)> Receive(string platform, string means, Guid? channel, string signature, byte[] body, CancellationToken ct) =>
        Receive(platform, means, channel, signature, body, new(), ct);

    public Task<(Guid Id, bool IsNew)> Receive(string platform, string means, Guid? channel, string signature, byte[] body, DeliveryContext context, CancellationToken ct) =>
        Receive(platform, means, channel, signature, body, context, Caller.System, ct);

    public async Task<(Guid Id, bool IsNew)> Receive(string platform, string means, Guid? channel, string signature, byte[] body, DeliveryContext context, Caller by, CancellationToken ct)
    {
        var id = context.Form is { } form && channel is { } of ? ids.Delivery(platform, of, form, context.Request ?? "", body) : ids.Delivery(platform, body);
        var beside = new List<NpgsqlBatchCommand>();
        if (means == "poll" && context is { Form: { } asked, Request: { } request } && channel is { } whose)
        {
            // The same answer twice in a row is one delivery. The same after another one tells that something was changed back.
            var (question, answer) = (ids.Question(platform, whose, asked, request), id);
            var last = await answers.Last(question, ct);
            if (last?.Answer == answer) return (last.Value.Delivery, false);
            if (last is { Delivery: var before } && await Exists(answer, ct)) id = ids.DeliveryAfter(answer, before);
            beside.Add(PollAnswers.Given(question, answer, id));
            if (last is null && await Exists(id, ct))
            {
                // Asked before this was noted, or the notes are lost: taken for the last answer.
                await answers.Note(question, answer, id, ct);
                return (id, false);
            }
        }

        var keys = log.NewKeySet();
        var parts = new Parts().With("form", context.Form).With("request", context.Request).With("headers", context.Headers is { Count: > 0 } headers ? JsonSerializer.Serialize(headers) : null);
        Happened received;
        (string Key, Guid Object)? stored = null;
        if (body.Length <= MaxSealedInDatabase)
        {
            received = new(new DeliveryReceived(platform, means, channel, signature, body.Length, null), KeyClass.Delivery, parts.With(Parts.Raw, body));
        }
        else
        {
            if (await Exists(id, ct)) return (id, false);
            var objectId = Guid.CreateVersion7(clock.GetUtcNow());
            stored = (ObjectKey(objectId), objectId);
            await store.PutSealed(stored.Value.Key, new MemoryStream(body, writable: false), keys.GetOrMake(id, KeyClass.Delivery).AttachmentKey(id), SealedObjects.PlaceOf(id, id), ct);
            var what = new DeliveryReceived(platform, means, channel, signature, body.Length, objectId);
            received = parts.IsEmpty ? new(what) : new(what, KeyClass.Delivery, parts);
            beside.Add(ObjectRow(id, objectId, body.Length));
        }

        beside.Add(new("insert into work.inbox (delivery_id, platform) values ($1, $2)") { Parameters = { new() { Value = id }, new() { Value = platform } } });
        return (id, await Append(new(id, "delivery", ExpectedVersion.NewStream, [received]), keys, by, beside, stored, ct));
    }

    /// <summary>Takes a whole file in as a delivery; its bytes go to the object store. The same file again is the same delivery.</summary>
    public Task<(Guid Id, bool IsNew)> ReceiveFile(string platform, Guid channel, string path, Caller by, IProgress<long>? progress, CancellationToken ct) =>
        ReceiveFile(platform, channel, path, Path.GetFileName(path), null, by, progress, ct);

    /// <param name="mapping">How its columns are read, where it needs to be told; sealed with it. The same file by another mapping is another delivery.</param>
    public async Task<(Guid Id, bool IsNew)> ReceiveFile(string platform, Guid channel, string path, string fileName, string? mapping, Caller by, IProgress<long>? progress, CancellationToken ct)
    {
        await using var file = File.OpenRead(path);
        var hash = await SHA256.HashDataAsync(file, ct);
        var id = ids.Delivery(platform, mapping is null ? hash : SHA256.HashData([.. hash, .. Encoding.UTF8.GetBytes(mapping)]));
        if (await Exists(id, ct)) return (id, false);

        file.Position = 0;
        var keys = log.NewKeySet();
        var objectId = Guid.CreateVersion7(clock.GetUtcNow());
        var bytes = await store.PutSealed(ObjectKey(objectId), new Reported(file, progress), keys.GetOrMake(id, KeyClass.Delivery).AttachmentKey(id), SealedObjects.PlaceOf(id, id), ct);
        var received = new Happened(new DeliveryReceived(platform, "import", channel, "none", bytes, objectId), KeyClass.Delivery, new Parts().With("fileName", fileName).With("mapping", mapping));
        return (id, await Append(new(id, "delivery", ExpectedVersion.NewStream, [received]), keys, by, [ObjectRow(id, objectId, bytes)], (ObjectKey(objectId), objectId), ct));
    }

    /// <summary>An imported file as it was received, to be read once; null when it was destroyed.</summary>
    public async Task<(Stream Content, string? Mapping)?> OpenFile(Guid id, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        if (history is not [{ Event: DeliveryReceived { Object: { } objectId } } first, ..] || history.Any(h => h.Event is DeliveryDisposed)) return null;
        var parts = (await log.Open([first], ct))[first.Id].Parts;
        var keys = await log.Keys([id], ct);
        return keys.Find(id, KeyClass.Delivery) is { } key ? (await store.OpenSealed(ObjectKey(objectId), key.AttachmentKey(id), SealedObjects.PlaceOf(id, id), ct), parts?["mapping"]) : null;
    }

    public async Task Add(Guid id, DeliveryEvent happened, CancellationToken ct) =>
        await log.Append([new(id, "delivery", ExpectedVersion.Any, [new(happened)])], log.NewKeySet(), new(Caller.System.PersonId.ToString("D")), ct: ct);

    /// <summary>The same inside a transaction of the caller.</summary>
    public async Task Add(NpgsqlTransaction transaction, Guid id, DeliveryEvent happened, CancellationToken ct)
    {
        if (await log.Append(transaction, [new(id, "delivery", ExpectedVersion.Any, [new(happened)])], log.NewKeySet(), new(Caller.System.PersonId.ToString("D")), ct: ct) is not Appended.Done)
            throw new InvalidOperationException($"Delivery {id} was written by somebody else at the same time.");
    }

    private async Task<bool> Append(Draft draft, KeySet keys, Caller by, IReadOnlyList<NpgsqlBatchCommand> beside, (string Key, Guid Object)? stored, CancellationToken ct)
    {
        try
        {
            if (await log.Append([draft], keys, new(by.PersonId.ToString("D")), beside, ct) is Appended.Done) return true;
        }
        catch
        {
            if (stored is { } maybe) await strays.DestroyUnlessRecorded([maybe]);
            throw;
        }

        if (stored is { Key: var key }) await strays.Destroy([key]);
        return false;
    }

    /// <summary>A delivery as it was received; null when it was destroyed.</summary>
    public sealed record Opened(DeliveryReceived Received, DeliveryContext Context, byte[] Body)
    {
        /// <summary>Who sent it in: the service itself, or the person who wrote it down.</summary>
        public required Guid By { get; init; }
    }

    public async Task<byte[]?> Body(Guid id, CancellationToken ct) => (await Open(id, ct))?.Body;

    public async Task<Opened?> Open(Guid id, CancellationToken ct)
    {
        var history = await log.Store.ReadStream(id, ct: ct);
        if (history is not [{ Event: DeliveryReceived received } first, ..] || history.Any(h => h.Event is DeliveryDisposed)) return null;
        var parts = (await log.Open([first], ct)).GetValueOrDefault(first.Id)?.Parts;
        var context = new DeliveryContext(parts?["form"], parts?["request"], parts?["headers"] is { } kept ? JsonSerializer.Deserialize<Dictionary<string, string>>(kept) : null);
        var by = Guid.TryParse(first.Actor, out var actor) ? actor : Caller.System.PersonId;
        if (received.Object is not { } objectId) return parts?.Bytes(Parts.Raw) is { } body ? new(received, context, body) { By = by } : null;
        var keys = await log.Keys([id], ct);
        if (keys.Find(id, KeyClass.Delivery) is not { } key) return null;
        await using var plain = await store.OpenSealed(ObjectKey(objectId), key.AttachmentKey(id), SealedObjects.PlaceOf(id, id), ct);
        using var all = new MemoryStream();
        await plain.CopyToAsync(all, ct);
        return new(received, context, all.ToArray()) { By = by };
    }

    private async Task<bool> Exists(Guid id, CancellationToken ct) => (await log.Store.ReadStream(id, ct: ct)).Count > 0;

    private static NpgsqlBatchCommand ObjectRow(Guid id, Guid objectId, long bytes) => new("insert into archive.delivery_objects (delivery_id, object_id, bytes) values ($1, $2, $3)")
    {
        Parameters = { new() { Value = id }, new() { Value = objectId }, new() { Value = bytes } },
    };

    private sealed class Reported(Stream inner, IProgress<long>? progress) : Stream
    {
        private long read;

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => inner.Length;

        public override long Position { get => read; set => throw new NotSupportedException(); }

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            progress?.Report(read += count);
            return count;
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
