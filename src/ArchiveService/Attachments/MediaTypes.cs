namespace ArchiveService.Attachments;

/// <summary>What a file is, by its first bytes; what the sender said of it is not believed.</summary>
public static class MediaTypes
{
    public const string Unknown = "application/octet-stream";

    /// <summary>A page, which never stands where a file of a capture should; served as something to be saved.</summary>
    public const string Html = "text/html";

    /// <summary>May be shown in a page; everything else is only ever downloaded.</summary>
    public static bool IsShownInline(string mediaType) => mediaType is "image/jpeg" or "image/png" or "image/gif" or "image/webp" or "video/mp4" or "video/webm" or "audio/mpeg";

    /// <summary>How the name of such a file ends; what it was called is not asked.</summary>
    public static string Ending(string mediaType) => mediaType.Split(';')[0].Trim() switch
    {
        "image/jpeg" => ".jpg",
        "image/png" => ".png",
        "image/gif" => ".gif",
        "image/webp" => ".webp",
        "video/mp4" => ".mp4",
        "video/webm" => ".webm",
        "audio/mpeg" => ".mp3",
        "application/pdf" => ".pdf",
        "application/zip" => ".zip",
        "text/plain" => ".txt",
        _ => ".bin",
    };

    private static string Brand(ReadOnlySpan<byte> brand) =>
        brand.SequenceEqual("heic"u8) || brand.SequenceEqual("heix"u8) || brand.SequenceEqual("mif1"u8) ? "image/heic"
        : brand.SequenceEqual("avif"u8) || brand.SequenceEqual("avis"u8) ? "image/avif"
        : brand.SequenceEqual("qt  "u8) ? "video/quicktime"
        : brand.SequenceEqual("M4A "u8) ? "audio/mp4"
        : "video/mp4";

    private static bool IsPage(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0xEF, 0xBB, 0xBF])) start = start[3..];
        start = start.TrimStart(" \t\r\n"u8);
        return System.Text.Ascii.EqualsIgnoreCase(start[..Math.Min(14, start.Length)], "<!doctype html"u8) || System.Text.Ascii.EqualsIgnoreCase(start[..Math.Min(5, start.Length)], "<html"u8);
    }

    public static string Sniff(ReadOnlySpan<byte> start)
    {
        if (start.StartsWith((ReadOnlySpan<byte>)[0xFF, 0xD8, 0xFF])) return "image/jpeg";
        if (start.StartsWith((ReadOnlySpan<byte>)[0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A])) return "image/png";
        if (start.StartsWith("GIF87a"u8) || start.StartsWith("GIF89a"u8)) return "image/gif";
        if (start.Length >= 12 && start.StartsWith("RIFF"u8))
        {
            if (start[8..12].SequenceEqual("WEBP"u8)) return "image/webp";
            if (start[8..12].SequenceEqual("WAVE"u8)) return "audio/wav";
        }

        if (start.Length >= 12 && start[4..8].SequenceEqual("ftyp"u8)) return Brand(start[8..12]);
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])) return "video/webm";
        if (start.StartsWith("ID3"u8) || (start.Length > 1 && start[0] == 0xFF && (start[1] & 0xE0) == 0xE0)) return "audio/mpeg";
        if (start.StartsWith("OggS"u8)) return "audio/ogg";
        if (start.StartsWith("%PDF-"u8)) return "application/pdf";
        if (start.StartsWith("PK\u0003\u0004"u8)) return "application/zip";
        if (start.StartsWith("fLaC"u8)) return "audio/flac";
        if (start.StartsWith("II*\0"u8) || start.StartsWith("MM\0*"u8)) return "image/tiff";
        if (start.StartsWith("BM"u8) && start.Length >= 10 && start[6..10].SequenceEqual("\0\0\0\0"u8)) return "image/bmp";
        if (start.StartsWith("{\\rtf"u8)) return "application/rtf";
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1F, 0x8B])) return "application/gzip";
        if (start.StartsWith((ReadOnlySpan<byte>)[0xD0, 0xCF, 0x11, 0xE0, 0xA1, 0xB1, 0x1A, 0xE1])) return "application/x-ole-storage";
        return IsPage(start) ? Html : Unknown;
    }
}
