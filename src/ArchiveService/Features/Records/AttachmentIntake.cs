using System.Security.Cryptography;
using System.Text;
using ArchiveService.Attachments;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>An attachment whose sealed bytes are durable: the event to append, its inline row, and the object to destroy if the append fails.</summary>
public sealed record TakenIn(Happened Event, NpgsqlBatchCommand Row, string ObjectKey, Guid Attachment)
{
    public Guid Object => ((AttachmentStored)Event.Event).Object;
}

/// <summary>A file whose sealed bytes are durable, with the event that is to tell of it chosen beforehand: the commitment is made with its salt.</summary>
public sealed record KeptFile(Guid EventId, Guid File, Guid Object, string ObjectKey, long Bytes, string MediaType, string Commitment);

/// <summary>How large one attachment may be: <c>Attachments__MaxBytes</c>.</summary>
public sealed record AttachmentLimit(long Bytes)
{
    public const long Default = 2L * 1024 * 1024 * 1024;

    public static AttachmentLimit From(IConfiguration configuration) => new(configuration.GetValue<long?>("Attachments:MaxBytes") switch
    {
        null => Default,
        > 0 and var given => given,
        _ => throw new Hosting.CannotStart("Attachments__MaxBytes must be a number of bytes above 0."),
    });

    public string Said => PageParts.Swedish.Bytes(Bytes);
}

/// <summary>Streams an attachment into the object store, sealed under its own subkey, with the commitment to its bytes made on the way.</summary>
public sealed class AttachmentIntake(IObjectStore store, StrayObjects strays, AttachmentLimit limit, TimeProvider clock)
{
    public static string ObjectKey(Guid objectId) => Attachments.ObjectKey.Of("attachment", objectId);

    /// <exception cref="ObjectStoreUnavailable">Nothing has been registered; try again later.</exception>
    /// <exception cref="AttachmentTooLarge">Over the limit; nothing has been registered.</exception>
    public async Task<TakenIn> Take(Guid record, RecordKey contentKey, Guid attachment, string? fileName, Stream bytes, CancellationToken ct)
    {
        var kept = await Keep(record, contentKey, attachment, bytes, ct);
        var stored = new Happened(new AttachmentStored(attachment, kept.Object, kept.Bytes, kept.MediaType), KeyClass.Content, new Parts().With(Parts.AttachmentFileName(attachment), fileName ?? ""))
        {
            EventId = kept.EventId,
            Commitments = new Dictionary<string, string>(StringComparer.Ordinal) { [Parts.AttachmentBytes(attachment)] = kept.Commitment },
        };
        var row = new NpgsqlBatchCommand("insert into archive.attachments (attachment_id, record_id, object_id, bytes, media_type) values ($1, $2, $3, $4, $5)")
        {
            Parameters = { new() { Value = attachment }, new() { Value = record }, new() { Value = kept.Object }, new() { Value = kept.Bytes }, new() { Value = kept.MediaType } },
        };
        return new(stored, row, kept.ObjectKey, attachment);
    }

    /// <summary>Seals and stores the bytes for an event that is yet to be written.</summary>
    /// <param name="file">Chosen here when absent.</param>
    /// <inheritdoc cref="Take"/>
    public async Task<KeptFile> Keep(Guid stream, RecordKey underKey, Guid? file, Stream bytes, CancellationToken ct)
    {
        var now = clock.GetUtcNow();
        Guid eventId = Guid.CreateVersion7(now), objectId = Guid.CreateVersion7(now);
        var id = file ?? Guid.CreateVersion7(now);
        var part = Parts.AttachmentBytes(id);
        await using var watched = new Watched(bytes, part, Seal.Salt(underKey, eventId, part), limit.Bytes);
        var key = ObjectKey(objectId);
        try
        {
            var length = await store.PutSealed(key, watched, underKey.AttachmentKey(id), SealedObjects.PlaceOf(stream, id), ct);
            return new(eventId, id, objectId, key, length, MediaTypes.Sniff(watched.Start), watched.Commitment());
        }
        catch (AttachmentTooLarge)
        {
            await strays.Destroy([key]);
            throw;
        }
    }

    /// <summary>Takes back what was stored for an append that did not happen.</summary>
    public Task TakeBack(IEnumerable<TakenIn> taken) => strays.Destroy(taken.Select(one => one.ObjectKey));

    /// <inheritdoc cref="TakeBack(IEnumerable{TakenIn})"/>
    public Task TakeBack(IEnumerable<KeptFile> kept) => strays.Destroy(kept.Select(one => one.ObjectKey));

    /// <inheritdoc cref="TakeBackUnlessRecorded(IEnumerable{TakenIn})"/>
    public Task TakeBackUnlessRecorded(IEnumerable<KeptFile> kept) => strays.DestroyUnlessRecorded([.. kept.Select(one => (one.ObjectKey, one.Object))]);

    /// <summary>Takes back what was stored for an append of which it is not known whether it happened, if it did not.</summary>
    public Task TakeBackUnlessRecorded(IEnumerable<TakenIn> taken) => strays.DestroyUnlessRecorded([.. taken.Select(one => (one.ObjectKey, one.Object))]);

    /// <summary>Computes the commitment (as <see cref="Seal.Commitment"/> does), keeps the first bytes for sniffing, and guards the limit.</summary>
    private sealed class Watched : Stream
    {
        private readonly Stream inner;
        private readonly IncrementalHash hash = IncrementalHash.CreateHash(HashAlgorithmName.SHA256);
        private readonly MemoryStream start = new(64);
        private readonly long most;
        private long read;

        public Watched(Stream inner, string part, byte[] salt, long most)
        {
            this.inner = inner;
            this.most = most;
            hash.AppendData("archiveservice/cm/v1\0"u8);
            hash.AppendData(Encoding.UTF8.GetBytes(part));
            hash.AppendData("\0"u8);
            hash.AppendData(salt);
        }

        public byte[] Start => start.ToArray();

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public string Commitment() => Convert.ToHexStringLower(hash.GetCurrentHash());

        public override async ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default)
        {
            var count = await inner.ReadAsync(buffer, cancellationToken);
            return See(buffer.Span, count);
        }

        public override Task<int> ReadAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => ReadAsync(buffer.AsMemory(offset, count), cancellationToken).AsTask();

        public override int Read(byte[] buffer, int offset, int count) => See(buffer.AsSpan(offset), inner.Read(buffer, offset, count));

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        protected override void Dispose(bool disposing)
        {
            hash.Dispose();
            start.Dispose();
            base.Dispose(disposing);
        }

        private int See(ReadOnlySpan<byte> buffer, int count)
        {
            read += count;
            if (read > most) throw new AttachmentTooLarge();
            hash.AppendData(buffer[..count]);
            if (start.Length < 64) start.Write(buffer[..(int)Math.Min(count, 64 - start.Length)]);
            return count;
        }
    }
}

public sealed class AttachmentTooLarge() : Exception("The attachment is over the limit.");
