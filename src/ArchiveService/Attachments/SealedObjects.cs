using ArchiveService.Sealing;

namespace ArchiveService.Attachments;

/// <summary>Attachments as they stand in a store: streamed seals that open only under their own subkey and in their own place.</summary>
public static class SealedObjects
{
    /// <summary>Associated data of an attachment: stream id ‖ attachment id, 16 bytes each in network order (architecture.md §4).</summary>
    public static byte[] PlaceOf(Guid stream, Guid attachment) =>
        [.. stream.ToByteArray(bigEndian: true), .. attachment.ToByteArray(bigEndian: true)];

    /// <summary>Seals and stores in one pass and returns the number of plain bytes, which the event must hold.</summary>
    public static async Task<long> PutSealed(
        this IObjectStore store, string key, Stream plain, ReadOnlyMemory<byte> subkey, ReadOnlyMemory<byte> place, CancellationToken ct)
    {
        await using var sealing = StreamingAead.Standard.SealRead(plain, subkey, place);
        await store.Put(key, sealing, null, ct);
        return sealing.PlainLength;
    }

    public static async Task<Stream> OpenSealed(
        this IObjectStore store, string key, ReadOnlyMemory<byte> subkey, ReadOnlyMemory<byte> place, CancellationToken ct) =>
        StreamingAead.Standard.OpenRead(await store.Read(key, 0, null, ct), subkey, place);

    /// <summary>Writes a part of an attachment whose plain length, as the event tells it, is <paramref name="plainLength"/>.</summary>
    public static Task OpenSealedRange(
        this IObjectStore store, string key, long plainLength, long from, long length,
        ReadOnlyMemory<byte> subkey, ReadOnlyMemory<byte> place, Stream to, CancellationToken ct) =>
        StreamingAead.Standard.OpenRange(
            (start, count, token) => store.Read(key, start, count, token),
            StreamingAead.Standard.SealedLength(plainLength), from, length, subkey, place, to, ct);
}
