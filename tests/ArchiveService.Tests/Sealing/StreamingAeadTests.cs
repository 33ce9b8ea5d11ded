using System.Security.Cryptography;
using ArchiveService.Sealing;
using static ArchiveService.Tests.Sealing.StreamingAeadSamples;

namespace ArchiveService.Tests.Sealing;

internal static class StreamingAeadSamples
{
    public static readonly byte[] Key = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];
    public static readonly byte[] Place = [.. Enumerable.Repeat((byte)7, 32)];

    /// <summary>Segments of 64 bytes: header 40, so 8 plain bytes in the first and 48 in each other.</summary>
    public static readonly StreamingAead Small = new(64, 32, HashAlgorithmName.SHA256);

    public static byte[] Pattern(int length) => [.. Enumerable.Range(0, length).Select(i => (byte)((i * 31) + (i >> 8)))];

    public static async Task<byte[]> Seal(StreamingAead aead, byte[] plain, byte[] key, byte[] place)
    {
        using var into = new MemoryStream();
        Assert.Equal(plain.Length, await aead.Seal(new Trickle(plain), into, key, place, default));
        return into.ToArray();
    }

    public static async Task<byte[]> Open(StreamingAead aead, byte[] bytes, byte[] key, byte[] place)
    {
        await using var opened = aead.OpenRead(new Trickle(bytes), key, place);
        using var into = new MemoryStream();
        await opened.CopyToAsync(into);
        return into.ToArray();
    }

    /// <summary>Gives its bytes in uneven pieces, as a network does.</summary>
    private sealed class Trickle(byte[] bytes) : MemoryStream(bytes)
    {
        private int turn;

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(buffer.Length, (turn++ % 3) switch { 0 => 1, 1 => 37, _ => 100_000 })], cancellationToken);
    }
}

public sealed class Opening_a_streamed_seal
{
    [Theory]
    [InlineData(0), InlineData(1), InlineData(7), InlineData(8), InlineData(9), InlineData(55), InlineData(56), InlineData(57)]
    [InlineData(103), InlineData(104), InlineData(105), InlineData(1000)]
    public async Task gives_back_what_was_sealed(int length)
    {
        var bytes = await Seal(Small, Pattern(length), Key, Place);

        Assert.Equal(Pattern(length), await Open(Small, bytes, Key, Place));
        Assert.Equal(bytes.Length, Small.SealedLength(length));
        Assert.Equal(length, Small.PlainLength(bytes.Length));
    }

    [Theory]
    [InlineData(-1), InlineData(0), InlineData(1)]
    public async Task gives_back_a_full_first_segment_of_the_stored_format(int more)
    {
        var length = 1_048_576 - 40 - 16 + more;
        var bytes = await Seal(StreamingAead.Standard, Pattern(length), Key, Place);

        Assert.Equal(more > 0 ? 1_048_576 + 1 + 16 : 1_048_576 + more, bytes.Length);
        Assert.Equal(Pattern(length), await Open(StreamingAead.Standard, bytes, Key, Place));
        Assert.Equal(length, StreamingAead.Standard.PlainLength(bytes.Length));
    }

    [Fact]
    public async Task fails_when_any_byte_is_changed()
    {
        var bytes = await Seal(Small, Pattern(100), Key, Place);
        for (var at = 0; at < bytes.Length; at++)
        {
            bytes[at] ^= 0x20;
            await Fails(bytes);
            bytes[at] ^= 0x20;
        }
    }

    [Fact]
    public async Task fails_when_the_end_is_cut_off_anywhere()
    {
        var bytes = await Seal(Small, Pattern(150), Key, Place);
        for (var length = 0; length < bytes.Length; length++)
            await Fails(bytes[..length]);
    }

    [Fact]
    public async Task fails_when_something_follows_the_last_segment()
    {
        var bytes = await Seal(Small, Pattern(104), Key, Place);
        await Fails([.. bytes, 0]);
        await Fails([.. bytes, .. bytes[64..128]]);
    }

    [Fact]
    public async Task fails_when_segments_are_swapped_repeated_or_left_out()
    {
        var bytes = await Seal(Small, Pattern(300), Key, Place);
        await Fails([.. bytes[..64], .. bytes[128..192], .. bytes[64..128], .. bytes[192..]]);
        await Fails([.. bytes[..128], .. bytes[64..]]);
        await Fails([.. bytes[..64], .. bytes[128..]]);
    }

    [Fact]
    public async Task fails_with_segments_of_another_object_under_the_same_key()
    {
        var one = await Seal(Small, Pattern(300), Key, Place);
        var other = await Seal(Small, Pattern(300), Key, Place);
        await Fails([.. one[..64], .. other[64..128], .. one[128..]]);
    }

    [Fact]
    public async Task fails_for_another_place_or_under_another_key()
    {
        var bytes = await Seal(Small, Pattern(100), Key, Place);
        await Assert.ThrowsAsync<CryptographicException>(() => Open(Small, bytes, Key, [.. Place[..31], 8]));
        await Assert.ThrowsAsync<CryptographicException>(() => Open(Small, bytes, Key, []));
        await Assert.ThrowsAsync<CryptographicException>(() => Open(Small, bytes, [.. Key[..31], 0], Place));
    }

    [Fact]
    public async Task hands_out_no_byte_of_a_segment_that_fails_and_nothing_after_it()
    {
        var bytes = await Seal(Small, Pattern(300), Key, Place);
        bytes[64 + 47] ^= 1;
        await using var opened = Small.OpenRead(new MemoryStream(bytes), Key, Place);
        var into = new byte[300];

        Assert.Equal(8, await opened.ReadAsync(into));
        await Assert.ThrowsAsync<CryptographicException>(() => opened.ReadExactlyAsync(into, 8, 292).AsTask());
        await Assert.ThrowsAsync<InvalidOperationException>(() => opened.ReadExactlyAsync(into, 8, 292).AsTask());
        Assert.All(into[8..], b => Assert.Equal(0, b));
    }

    private static async Task Fails(byte[] bytes) =>
        await Assert.ThrowsAsync<CryptographicException>(() => Open(Small, bytes, Key, Place));
}

public sealed class Opening_a_part_of_a_streamed_seal
{
    [Fact]
    public async Task gives_exactly_the_bytes_asked_for()
    {
        var plain = Pattern(130);
        var bytes = await Seal(Small, plain, Key, Place);
        for (var from = 0; from <= plain.Length; from++)
            for (var length = 0; length <= plain.Length - from; length++)
                Assert.Equal(plain[from..(from + length)], await Range(bytes, bytes.Length, from, length));
    }

    [Fact]
    public async Task reads_only_the_segments_needed_and_the_header()
    {
        var bytes = await Seal(Small, Pattern(1000), Key, Place);
        var asked = new List<(long From, long Length)>();

        await Small.OpenRange((from, length, _) =>
        {
            asked.Add((from, length));
            return Task.FromResult<Stream>(new MemoryStream(bytes, (int)from, (int)length));
        }, bytes.Length, 8 + 48, 48, Key, Place, Stream.Null, default);

        Assert.Equal([(0, 40), (128, 64)], asked);
    }

    [Theory]
    [InlineData(-1, 1), InlineData(0, 131), InlineData(130, 1), InlineData(131, 0), InlineData(0, -1)]
    public async Task is_refused_outside_the_object(int from, int length)
    {
        var bytes = await Seal(Small, Pattern(130), Key, Place);
        await Assert.ThrowsAsync<ArgumentOutOfRangeException>(() => Range(bytes, bytes.Length, from, length));
    }

    [Fact]
    public async Task fails_on_an_object_that_was_cut_even_at_a_border()
    {
        var bytes = await Seal(Small, Pattern(152), Key, Place);
        Assert.Equal(256, bytes.Length);

        await Assert.ThrowsAsync<CryptographicException>(() => Range(bytes[..192], 256, 100, 52));
        await Assert.ThrowsAsync<CryptographicException>(() => Range(bytes[..192], 192, 60, 44));
    }

    [Fact]
    public async Task fails_when_the_segment_was_moved_or_the_header_changed()
    {
        var bytes = await Seal(Small, Pattern(300), Key, Place);

        await Assert.ThrowsAsync<CryptographicException>(() =>
            Range([.. bytes[..64], .. bytes[128..192], .. bytes[64..128], .. bytes[192..]], bytes.Length, 8, 10));
        bytes[5] ^= 1;
        await Assert.ThrowsAsync<CryptographicException>(() => Range(bytes, bytes.Length, 200, 10));
    }

    private static async Task<byte[]> Range(byte[] bytes, long sealedLength, long from, long length)
    {
        using var into = new MemoryStream();
        await Small.OpenRange((start, count, _) => Task.FromResult<Stream>(
                new MemoryStream(bytes, (int)start, (int)Math.Min(count, bytes.Length - start))),
            sealedLength, from, length, Key, Place, into, default);
        return into.ToArray();
    }
}

public sealed class The_length_of_a_streamed_seal
{
    [Fact]
    public void can_be_told_before_sealing_and_back()
    {
        for (var length = 0L; length < 500; length++)
            Assert.Equal(length, Small.PlainLength(Small.SealedLength(length)));
        Assert.Equal(5_000_000_000_000, StreamingAead.Standard.PlainLength(StreamingAead.Standard.SealedLength(5_000_000_000_000)));
    }

    [Theory]
    [InlineData(-1), InlineData(0), InlineData(55), InlineData(65), InlineData(80)]
    public void is_refused_where_nothing_sealed_can_be_that_long(long length) =>
        Assert.Throws<CryptographicException>(() => Small.PlainLength(length));
}
