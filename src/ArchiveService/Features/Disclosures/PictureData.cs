using System.Buffers.Binary;

namespace ArchiveService.Features.Disclosures;

/// <summary>
/// A picture without what was written beside it: where it was taken, by whom, with what, a smaller copy of it from before it was cropped. A browser hands a JPEG on
/// into a PDF as it is, with all of that.
/// </summary>
public static class PictureData
{
    /// <summary>JPEG without its comments and application segments, but for what its colours need and which way is up; others as they are, for they are drawn anew.</summary>
    public static byte[] Bare(byte[] picture)
    {
        if (picture is not [0xFF, 0xD8, ..]) return picture;
        using var bare = new MemoryStream(picture.Length);
        bare.Write([0xFF, 0xD8]);
        var at = 2;
        while (at + 4 <= picture.Length)
        {
            if (picture[at] != 0xFF) return picture;
            var marker = picture[at + 1];
            if (marker == 0xFF)
            {
                at++;
                continue;
            }

            var length = BinaryPrimitives.ReadUInt16BigEndian(picture.AsSpan(at + 2)) + 2;
            // From the scan on it is the picture itself.
            if (marker == 0xDA)
            {
                bare.Write(picture.AsSpan(at, End(picture, at) - at));
                return bare.ToArray();
            }

            if (length < 4 || at + length > picture.Length) return picture;
            var segment = picture.AsSpan(at, length);
            if (marker == 0xE1 && Orientation(segment[4..]) is > 1 and var turned) bare.Write(Turned(turned));
            else if (Stays(marker, segment[4..])) bare.Write(segment);
            at += length;
        }

        return picture;
    }

    /// <summary>After the end of the image some cameras add another picture.</summary>
    private static int End(byte[] picture, int scan)
    {
        for (var at = scan; at + 1 < picture.Length; at++)
        {
            if (picture[at] == 0xFF && picture[at + 1] == 0xD9) return at + 2;
        }

        return picture.Length;
    }

    private static bool Stays(byte marker, ReadOnlySpan<byte> content) => marker switch
    {
        0xE0 => content.StartsWith("JFIF\0"u8),
        0xE2 => content.StartsWith("ICC_PROFILE\0"u8),
        0xEE => content.StartsWith("Adobe"u8),
        >= 0xE1 and <= 0xEF or 0xFE => false,
        _ => true,
    };

    /// <summary>Which way is up, from the first directory of an Exif segment; 0 when it does not say.</summary>
    private static ushort Orientation(ReadOnlySpan<byte> content)
    {
        if (!content.StartsWith("Exif\0\0"u8) || content.Length < 20) return 0;
        var tiff = content[6..];
        var little = tiff[0] == 'I';
        ushort Short(ReadOnlySpan<byte> from) => little ? BinaryPrimitives.ReadUInt16LittleEndian(from) : BinaryPrimitives.ReadUInt16BigEndian(from);
        var directory = little ? BinaryPrimitives.ReadUInt32LittleEndian(tiff[4..]) : BinaryPrimitives.ReadUInt32BigEndian(tiff[4..]);
        if (directory + 2 > (uint)tiff.Length) return 0;
        var entries = Short(tiff[(int)directory..]);
        for (var i = 0; i < entries; i++)
        {
            var entry = (int)directory + 2 + (i * 12);
            if (entry + 12 > tiff.Length) return 0;
            if (Short(tiff[entry..]) == 0x0112) return Short(tiff[(entry + 8)..]) is <= 8 and var turned ? turned : (ushort)0;
        }

        return 0;
    }

    private static byte[] Turned(ushort orientation) =>
        [0xFF, 0xE1, 0, 34, .. "Exif\0\0MM\0*"u8, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0];
}
