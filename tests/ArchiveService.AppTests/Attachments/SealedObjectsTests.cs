using System.Security.Cryptography;
using System.Text;
using ArchiveService.Attachments;
using ArchiveService.Sealing;
using static ArchiveService.AppTests.Attachments.Store;

namespace ArchiveService.AppTests.Attachments;

public sealed class A_sealed_attachment
{
    private static readonly byte[] Subkey = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    private static readonly Guid Record = new("0199aaaa-0000-8000-8000-000000000001");
    private static readonly byte[] One = SealedObjects.PlaceOf(Record, new Guid("0199aaaa-0000-7000-8000-000000000001"));
    private static readonly byte[] Two = SealedObjects.PlaceOf(Record, new Guid("0199aaaa-0000-7000-8000-000000000002"));

    [Fact]
    public void stands_in_a_place_of_stream_and_attachment() =>
        Assert.Equal("0199aaaa000080008000000000000001" + "0199aaaa000070008000000000000002", Convert.ToHexStringLower(Two));

    [Theory, InFolder, InS3]
    public async Task comes_back_whole_and_in_parts(string kind)
    {
        const int length = 9_500_000;
        await using var store = await In(kind);

        Assert.Equal(length, await store.Objects.PutSealed(Key(1), new MadeStream(length), Subkey, One, default));

        Assert.Equal(StreamingAead.Standard.SealedLength(length), await store.Objects.Length(Key(1), default));
        await using var opened = await store.Objects.OpenSealed(Key(1), Subkey, One, default);
        using var whole = new MemoryStream();
        await opened.CopyToAsync(whole);
        Assert.True(whole.ToArray().AsSpan().SequenceEqual(Enumerable.Range(0, length).Select(i => MadeStream.ByteAt(i)).ToArray()));

        foreach (var (from, count) in new[] { (0, 1), (0, 2_000_000), (1_048_519, 2), (5_000_000, 3_000_000), (length - 1, 1) })
        {
            using var part = new MemoryStream();
            await store.Objects.OpenSealedRange(Key(1), length, from, count, Subkey, One, part, default);
            Assert.True(whole.ToArray().AsSpan(from, count).SequenceEqual(part.ToArray()), $"{count} bytes from {from} came back changed");
        }
    }

    [Theory, InFolder, InS3]
    public async Task of_no_bytes_can_be_kept(string kind)
    {
        await using var store = await In(kind);

        Assert.Equal(0, await store.Objects.PutSealed(Key(1), Stream.Null, Subkey, One, default));

        await using var opened = await store.Objects.OpenSealed(Key(1), Subkey, One, default);
        Assert.Equal(0, await opened.ReadAtLeastAsync(new byte[1], 1, throwOnEndOfStream: false));
        using var part = new MemoryStream();
        await store.Objects.OpenSealedRange(Key(1), 0, 0, 0, Subkey, One, part, default);
        Assert.Empty(part.ToArray());
    }

    [Theory, InFolder, InS3]
    public async Task does_not_open_in_the_place_of_another(string kind)
    {
        await using var store = await In(kind);
        await store.Objects.PutSealed(Key(1), new MemoryStream("the one"u8.ToArray()), Subkey, One, default);
        await store.Objects.PutSealed(Key(2), new MemoryStream("another"u8.ToArray()), Subkey, Two, default);
        var (one, two) = (await store.Bytes(Key(1)), await store.Bytes(Key(2)));

        foreach (var (key, bytes) in new[] { (Key(1), two), (Key(2), one) })
        {
            await store.Objects.DestroyEverything(key, default);
            await store.Objects.Put(key, new MemoryStream(bytes), bytes.Length, default);
        }

        foreach (var (key, place) in new[] { (Key(1), One), (Key(2), Two) })
        {
            await using var opened = await store.Objects.OpenSealed(key, Subkey, place, default);
            await Assert.ThrowsAsync<CryptographicException>(() => opened.CopyToAsync(Stream.Null));
            await Assert.ThrowsAsync<CryptographicException>(() => store.Objects.OpenSealedRange(key, 7, 0, 7, Subkey, place, Stream.Null, default));
        }
    }

    [Theory, InFolder, InS3]
    public async Task stands_in_the_store_without_a_readable_word(string kind)
    {
        await using var store = await In(kind);
        await store.Objects.PutSealed(Key(1), new MemoryStream(Encoding.UTF8.GetBytes("Sammanträdesprotokoll")), Subkey, One, default);

        Assert.DoesNotContain("protokoll", Encoding.Latin1.GetString(await store.Bytes(Key(1))), StringComparison.Ordinal);
    }
}
