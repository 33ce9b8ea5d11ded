using System.Buffers.Binary;

namespace ArchiveService.Features.Disclosures;

/// <summary>
/// Takes out of a file what nobody sees and everybody can read: where a picture was taken, with what, when and by whom. The picture itself is not touched; how it
/// is turned (the EXIF orientation) stays, and so do its colours. Pure.
/// Cleaned: JPEG, PNG, GIF, WebP; office documents (<see cref="OfficeFile"/>) and PDF (<see cref="PdfFile"/>); plain text has nothing to clean. Not cleaned, so not given out in a
/// masked copy unless somebody masked a copy by hand: video, sound, SVG and all else. A thumbnail, which may show what was cut away, goes with the EXIF it stands in.
/// </summary>
public static class CleanFile
{
    /// <summary>Pictures are read into memory to be cleaned.</summary>
    public const long MostBytes = 64 * 1024 * 1024;

    /// <summary>The kinds that can be cleaned; what a file is said to be is checked against what it is.</summary>
    public static bool MayBe(string mediaType, long bytes) =>
        IsPlain(mediaType) || (mediaType is "image/jpeg" or "image/png" or "image/gif" or "image/webp" or "application/pdf" or "application/zip" or Attachments.MediaTypes.Unknown && bytes <= MostBytes);

    public static bool IsPlain(string mediaType) => mediaType.Split(';')[0].Trim() is "text/plain" or "text/csv";

    /// <summary>The file without what it tells beside what it shows; null when it cannot be read whole, and so not cleaned.</summary>
    public static byte[]? Of(ReadOnlySpan<byte> file) =>
        Picture(file) is { } picture ? picture
        : file.StartsWith("PK\u0003\u0004"u8) ? OfficeFile.Of(file.ToArray())
        : file.StartsWith("%PDF-"u8) ? PdfFile.Of(file.ToArray())
        : IsText(file) ? file.ToArray()
        : null;

    /// <summary>Letters and nothing else: what it tells is what is read in it.</summary>
    private static bool IsText(ReadOnlySpan<byte> file) =>
        !file.IsEmpty && System.Text.Unicode.Utf8.IsValid(file) && file.IndexOfAnyInRange((byte)0, (byte)8) < 0 && file.IndexOfAnyInRange((byte)14, (byte)31) < 0 && !file.TrimStart("\uFEFF \t\r\n"u8).StartsWith("<"u8);

    /// <summary>A picture without what it tells beside what it shows; null when it is none that can be cleaned.</summary>
    public static byte[]? Picture(ReadOnlySpan<byte> file) =>
        file.StartsWith<byte>([0xFF, 0xD8, 0xFF]) ? Jpeg(file)
        : file.StartsWith<byte>([0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A]) ? Png(file)
        : file.StartsWith("GIF8"u8) ? Gif(file)
        : file.Length >= 12 && file.StartsWith("RIFF"u8) && file[8..12].SequenceEqual("WEBP"u8) ? WebP(file)
        : null;

    private static byte[]? Jpeg(ReadOnlySpan<byte> file)
    {
        using var clean = new MemoryStream(file.Length);
        clean.Write(file[..2]);
        var (at, turned) = (2, false);
        while (true)
        {
            // Any number of 0xFF may stand before a marker.
            while (at + 1 < file.Length && file[at] == 0xFF && file[at + 1] == 0xFF) at++;
            if (at + 4 > file.Length || file[at] != 0xFF) return at + 2 == file.Length && file[at] == 0xFF && file[at + 1] == 0xD9 ? Ended(clean) : null;
            var marker = file[at + 1];
            if (marker == 0xD9) return Ended(clean);
            var length = BinaryPrimitives.ReadUInt16BigEndian(file[(at + 2)..]);
            if (length < 2 || at + 2 + length > file.Length) return null;
            var segment = file.Slice(at, length + 2);
            var body = segment[4..];
            at += segment.Length;
            switch (marker)
            {
                case 0xE1 when !turned && Orientation(body) is { } orientation and > 1:
                    clean.Write(Turned(orientation));
                    turned = true;
                    break;
                // JFIF, the colour profile and Adobe's colour transform belong to how it looks; every other APPn and comment tells something.
                case 0xE0 when body.StartsWith("JFIF"u8) && body.Length >= 14:
                    // Without the thumbnail.
                    clean.Write([0xFF, 0xE0, 0x00, 0x10]);
                    clean.Write(body[..12]);
                    clean.Write([0, 0]);
                    break;
                case 0xE2 when body.StartsWith("ICC_PROFILE"u8):
                case 0xEE when body.StartsWith("Adobe"u8):
                    clean.Write(segment);
                    break;
                case >= 0xE0 and <= 0xEF or 0xFE:
                    break;
                case 0xDA:
                    clean.Write(segment);
                    var end = EndOfScan(file, at);
                    if (end < 0) return null;
                    clean.Write(file[at..end]);
                    at = end;
                    break;
                default:
                    clean.Write(segment);
                    break;
            }
        }
    }

    /// <summary>What follows the end of the picture is not of it: some cameras put whole files there.</summary>
    private static byte[] Ended(MemoryStream clean)
    {
        clean.Write([0xFF, 0xD9]);
        return clean.ToArray();
    }

    private static int EndOfScan(ReadOnlySpan<byte> file, int at)
    {
        for (; at + 1 < file.Length; at++)
        {
            if (file[at] == 0xFF && file[at + 1] is not (0x00 or 0xFF or (>= 0xD0 and <= 0xD7))) return at;
        }

        return -1;
    }

    /// <summary>How the picture is turned, 1 to 8; null where the EXIF says nothing that can be read.</summary>
    private static int? Orientation(ReadOnlySpan<byte> body)
    {
        if (!body.StartsWith("Exif\0\0"u8) || body.Length < 16) return null;
        var tiff = body[6..];
        var little = tiff.StartsWith("II"u8);
        if (!little && !tiff.StartsWith("MM"u8)) return null;
        var first = Four(tiff[4..], little);
        if (first > tiff.Length - 2) return null;
        var entries = Two(tiff[(int)first..], little);
        for (var i = 0; i < entries; i++)
        {
            var at = (int)first + 2 + (i * 12);
            if (at + 12 > tiff.Length) return null;
            if (Two(tiff[at..], little) == 0x0112) return Two(tiff[(at + 8)..], little) is >= 1 and <= 8 and var turned ? turned : null;
        }

        return null;
    }

    private static int Two(ReadOnlySpan<byte> at, bool little) => little ? BinaryPrimitives.ReadUInt16LittleEndian(at) : BinaryPrimitives.ReadUInt16BigEndian(at);

    private static uint Four(ReadOnlySpan<byte> at, bool little) => little ? BinaryPrimitives.ReadUInt32LittleEndian(at) : BinaryPrimitives.ReadUInt32BigEndian(at);

    /// <summary>An EXIF that says how the picture is turned, and nothing else.</summary>
    private static byte[] Turned(int orientation) =>
    [
        0xFF, 0xE1, 0x00, 0x22, .. "Exif\0\0"u8, .. "MM"u8, 0, 42, 0, 0, 0, 8, 0, 1, 0x01, 0x12, 0, 3, 0, 0, 0, 1, 0, (byte)orientation, 0, 0, 0, 0, 0, 0,
    ];

    private static byte[]? Png(ReadOnlySpan<byte> file)
    {
        using var clean = new MemoryStream(file.Length);
        clean.Write(file[..8]);
        for (var at = 8; at + 12 <= file.Length;)
        {
            var length = BinaryPrimitives.ReadUInt32BigEndian(file[at..]);
            if (length > file.Length - at - 12) return null;
            var chunk = file.Slice(at, (int)length + 12);
            var type = chunk[4..8];
            // What is drawn, and its colours; text, times, EXIF and what nobody knows of stay behind.
            if (char.IsAsciiLetterUpper((char)type[0]) || Among(type, "tRNS", "gAMA", "cHRM", "sRGB", "iCCP", "sBIT", "pHYs", "bKGD", "acTL", "fcTL", "fdAT", "cICP")) clean.Write(chunk);
            if (type.SequenceEqual("IEND"u8)) return clean.ToArray();
            at += chunk.Length;
        }

        return null;
    }

    private static byte[]? Gif(ReadOnlySpan<byte> file)
    {
        if (file.Length < 13) return null;
        using var clean = new MemoryStream(file.Length);
        var at = 13 + Table(file[10]);
        if (at > file.Length) return null;
        clean.Write(file[..at]);
        while (at < file.Length)
        {
            var begins = at;
            switch (file[at])
            {
                case 0x3B:
                    clean.WriteByte(0x3B);
                    return clean.ToArray();
                case 0x2C when at + 10 < file.Length:
                    at += 10 + Table(file[at + 9]) + 1;
                    if ((at = Blocks(file, at)) < 0) return null;
                    clean.Write(file[begins..at]);
                    break;
                case 0x21 when at + 2 < file.Length:
                    var kind = file[at + 1];
                    // How a film of pictures goes round is of how it looks; comments and other programs' words are not.
                    var keeps = kind == 0xF9 || (kind == 0xFF && file[(at + 2)..].StartsWith("\u000bNETSCAPE2.0"u8));
                    if ((at = Blocks(file, at + 2)) < 0) return null;
                    if (keeps) clean.Write(file[begins..at]);
                    break;
                default:
                    return null;
            }
        }

        return null;

        static int Table(byte packed) => (packed & 0x80) == 0 ? 0 : 3 << ((packed & 7) + 1);
    }

    /// <summary>Past a row of blocks, each with its length before it, and the empty one that ends it; -1 where it does not end.</summary>
    private static int Blocks(ReadOnlySpan<byte> file, int at)
    {
        while (at >= 0 && at < file.Length)
        {
            if (file[at] == 0) return at + 1;
            at += file[at] + 1;
        }

        return -1;
    }

    private static byte[]? WebP(ReadOnlySpan<byte> file)
    {
        using var clean = new MemoryStream(file.Length);
        clean.Write(file[..12]);
        var at = 12;
        var ends = Math.Min((long)file.Length, BinaryPrimitives.ReadUInt32LittleEndian(file[4..]) + 8L);
        while (at + 8 <= ends)
        {
            var length = BinaryPrimitives.ReadUInt32LittleEndian(file[(at + 4)..]);
            var padded = length + (length & 1);
            if (padded > ends - at - 8) return null;
            var chunk = file.Slice(at, (int)padded + 8);
            var type = chunk[..4];
            if (type.SequenceEqual("VP8X"u8) && length >= 10)
            {
                var header = chunk.ToArray();
                // Says no longer that there is EXIF or XMP.
                header[8] &= 0b1111_0011;
                clean.Write(header);
            }
            else if (Among(type, "VP8 ", "VP8L", "ALPH", "ANIM", "ANMF", "ICCP"))
            {
                clean.Write(chunk);
            }

            at += chunk.Length;
        }

        if (at != ends) return null;
        var written = clean.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(written.AsSpan(4), (uint)(written.Length - 8));
        return written;
    }

    private static bool Among(ReadOnlySpan<byte> type, params ReadOnlySpan<string> names)
    {
        foreach (var name in names)
        {
            if (type[0] == name[0] && type[1] == name[1] && type[2] == name[2] && type[3] == name[3]) return true;
        }

        return false;
    }
}
