namespace ArchiveService.Attachments;

/// <summary>What a file is, by its first bytes; what the sender said of it is not believed.</summary>
public static class MediaTypes
{
    public const string Unknown = "application/octet-stream";

    /// <summary>May be shown in a page; everything else is only ever downloaded.</summary>
    public static bool IsShownInline(string mediaType) => mediaType is "image/jpeg" or "image/png" or "image/gif" or "image/webp" or "video/mp4" or "video/webm" or "audio/mpeg";

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

        if (start.Length >= 12 && start[4..8].SequenceEqual("ftyp"u8))
            return start[8..12].SequenceEqual("heic"u8) ? "image/heic" : start[8..12].SequenceEqual("qt  "u8) ? "video/quicktime" : "video/mp4";
        if (start.StartsWith((ReadOnlySpan<byte>)[0x1A, 0x45, 0xDF, 0xA3])) return "video/webm";
        if (start.StartsWith("ID3"u8) || (start.Length > 1 && start[0] == 0xFF && (start[1] & 0xE0) == 0xE0)) return "audio/mpeg";
        if (start.StartsWith("OggS"u8)) return "audio/ogg";
        if (start.StartsWith("%PDF-"u8)) return "application/pdf";
        return start.StartsWith("PK\u0003\u0004"u8) ? "application/zip" : Unknown;
    }
}
