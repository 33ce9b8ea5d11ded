using System.Text;
using ArchiveService.Features.Disclosures;

namespace ArchiveService.Tests.Disclosures;

/// <summary>A masked copy tells nothing of where a picture was taken, or of who made it.</summary>
public sealed class Cleaning_files
{
    private const string Secret = "GPS 59.3293 Anna Hemligsson";

    private static byte[] Segment(byte marker, params ReadOnlySpan<byte> body) => [0xFF, marker, (byte)((body.Length + 2) >> 8), (byte)(body.Length + 2), .. body];

    private static byte[] Exif(byte orientation) => Segment(0xE1,
        [.. "Exif\0\0"u8, .. "II"u8, 42, 0, 8, 0, 0, 0, 1, 0, 0x12, 0x01, 3, 0, 1, 0, 0, 0, orientation, 0, 0, 0, 0, 0, 0, 0, .. Encoding.UTF8.GetBytes(Secret)]);

    private static readonly byte[] Picture =
        [.. Segment(0xDB, 1, 2, 3), .. Segment(0xC0, 8, 0, 1, 0, 1, 1, 1, 0x11, 0), .. Segment(0xDA, 1, 1, 0, 0, 63, 0), 0x12, 0xFF, 0x00, 0x34, 0xFF, 0xD0, 0x56];

    private static byte[] Jpeg(byte orientation = 6) =>
    [
        0xFF, 0xD8, .. Segment(0xE0, [.. "JFIF\0"u8, 1, 2, 0, 0, 1, 0, 1, 0, 0]), .. Exif(orientation), .. Segment(0xE1, [.. "http://ns.adobe.com/xap/1.0/\0"u8, .. Encoding.UTF8.GetBytes(Secret)]),
        .. Segment(0xED, Encoding.UTF8.GetBytes(Secret)), .. Segment(0xFE, Encoding.UTF8.GetBytes(Secret)), .. Segment(0xE2, [.. "ICC_PROFILE\0"u8, 1, 1, 9]), .. Picture, 0xFF, 0xD9, .. Encoding.UTF8.GetBytes(Secret),
    ];

    private static bool Tells(byte[] file) => Encoding.Latin1.GetString(file).Contains("Hemligsson", StringComparison.Ordinal);

    private static bool Holds(byte[] file, byte[] part) => file.AsSpan().IndexOf(part) >= 0;

    [Fact]
    public void a_photograph_keeps_what_is_seen_and_how_it_is_turned()
    {
        var clean = CleanFile.Of(Jpeg())!;
        Assert.False(Tells(clean));
        Assert.True(Holds(clean, Picture));
        Assert.True(Holds(clean, "ICC_PROFILE"u8.ToArray()));
        Assert.Equal([0xFF, 0xD9], clean[^2..]);
        // Turned as before; nothing else of the EXIF is left, and cleaning again changes nothing.
        Assert.True(Holds(clean, [0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, 6]));
        Assert.Equal(clean, CleanFile.Of(clean));
        Assert.False(Holds(CleanFile.Of(Jpeg(1))!, "Exif"u8.ToArray()));
    }

    [Fact]
    public void a_photograph_that_is_cut_off_or_lies_about_its_lengths_is_not_given_out()
    {
        var whole = Jpeg();
        var cut = whole[..^(Secret.Length + 2)];
        for (var length = 0; length < cut.Length; length++) Assert.Null(CleanFile.Of(cut.AsSpan(0, length)));
        Assert.NotNull(CleanFile.Of(whole));
    }

    private static byte[] Chunk(string type, params ReadOnlySpan<byte> body) => [(byte)(body.Length >> 24), (byte)(body.Length >> 16), (byte)(body.Length >> 8), (byte)body.Length, .. Encoding.ASCII.GetBytes(type), .. body, 1, 2, 3, 4];

    [Fact]
    public void a_picture_of_dots_loses_its_words()
    {
        byte[] png =
        [
            0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. Chunk("IHDR", new byte[13]), .. Chunk("tEXt", Encoding.UTF8.GetBytes(Secret)), .. Chunk("eXIf", Encoding.UTF8.GetBytes(Secret)), .. Chunk("tIME", new byte[7]),
            .. Chunk("tRNS", 7), .. Chunk("IDAT", 5, 6), .. Chunk("IEND"), .. Encoding.UTF8.GetBytes(Secret),
        ];
        var clean = CleanFile.Of(png)!;
        Assert.False(Tells(clean));
        Assert.Equal([0x89, .. "PNG\r\n"u8, 0x1A, (byte)'\n', .. Chunk("IHDR", new byte[13]), .. Chunk("tRNS", 7), .. Chunk("IDAT", 5, 6), .. Chunk("IEND")], clean);
        Assert.Null(CleanFile.Of(png.AsSpan(0, 60)));
    }

    [Fact]
    public void a_moving_picture_keeps_its_round()
    {
        byte[] head = [.. "GIF89a"u8, 1, 0, 1, 0, 0x80, 0, 0, 1, 2, 3, 4, 5, 6];
        byte[] round = [0x21, 0xFF, 11, .. "NETSCAPE2.0"u8, 3, 1, 0, 0, 0];
        byte[] image = [0x2C, 0, 0, 0, 0, 1, 0, 1, 0, 0, 2, 2, 0x4C, 1, 0];
        byte[] comment = [0x21, 0xFE, (byte)Secret.Length, .. Encoding.UTF8.GetBytes(Secret), 0];
        byte[] xmp = [0x21, 0xFF, 11, .. "XMP DataXMP"u8, (byte)Secret.Length, .. Encoding.UTF8.GetBytes(Secret), 0];
        Assert.Equal([.. head, .. round, .. image, 0x3B], CleanFile.Of([.. head, .. round, .. comment, .. xmp, .. image, 0x3B, 9, 9]));
        Assert.Null(CleanFile.Of([.. head, .. image]));
    }

    [Fact]
    public void a_web_picture_says_no_longer_that_it_tells()
    {
        static byte[] Part(string type, byte[] body) => [.. Encoding.ASCII.GetBytes(type), (byte)body.Length, 0, 0, 0, .. body, .. body.Length % 2 == 1 ? new byte[1] : []];
        byte[] Whole(params byte[][] parts)
        {
            byte[] all = [.. "WEBP"u8, .. parts.SelectMany(p => p)];
            return [.. "RIFF"u8, (byte)all.Length, 0, 0, 0, .. all];
        }

        var header = new byte[10];
        header[0] = 0b0010_1100;
        var quiet = (byte[])header.Clone();
        quiet[0] = 0b0010_0000;
        var webp = Whole(Part("VP8X", header), Part("VP8 ", [1, 2, 3]), Part("EXIF", Encoding.UTF8.GetBytes(Secret)), Part("XMP ", Encoding.UTF8.GetBytes(Secret)));
        Assert.Equal(Whole(Part("VP8X", quiet), Part("VP8 ", [1, 2, 3])), CleanFile.Of(webp));
    }

    [Theory]
    [InlineData("application/pdf", true)]
    [InlineData("video/mp4", false)]
    [InlineData("image/svg+xml", false)]
    [InlineData("image/tiff", false)]
    [InlineData("image/jpeg", true)]
    [InlineData("text/plain; charset=utf-8", true)]
    public void is_only_for_formats_that_are_known(string mediaType, bool may) => Assert.Equal(may, CleanFile.MayBe(mediaType, 1000));

    [Fact]
    public void reads_what_a_file_is_and_not_what_it_says() => Assert.Null(CleanFile.Of("%PDF-1.7"u8));
}
