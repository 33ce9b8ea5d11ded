using System.Globalization;
using System.Security.Cryptography;

namespace ArchiveService.Capture.Ndjson;

/// <summary>One attachment in our own form: bytes that came with it must give the hash that came with them.</summary>
internal static class AttachmentJson
{
    private const int MaxFileNameChars = 255;

    public static ActAttachment Read(ActFields fields)
    {
        var content = Content(fields);
        return new ActAttachment(
            fields.Id("nativeId"),
            FileName(fields),
            fields.Short("mediaType"),
            fields.Short("url"),
            // A null array, and here even the word null, would become an empty file: bytes that did not come must not look as if they had (T-08).
            content is null ? default(ReadOnlyMemory<byte>?) : new ReadOnlyMemory<byte>(content),
            Hash(fields, content),
            ArchivePath: null,
            fields.Text("altText"));
    }

    internal static bool IsBareFileName(string name) =>
        name.Length is > 0 and <= MaxFileNameChars && name is not ("." or "..") && !name.Any(IsUnfitForFileName);

    private static string? FileName(ActFields fields)
    {
        var name = fields.Short("fileName");
        if (name is null || IsBareFileName(name)) return name;
        fields.Refuse(RefusalCodes.AttachmentFileName, "fileName", $"must be a bare file name of 1–{MaxFileNameChars} characters, without a path or control characters.");
        return null;
    }

    private static bool IsUnfitForFileName(char c) =>
        c is '/' or '\\' or '\uFFFD' || char.IsControl(c) || char.GetUnicodeCategory(c) is UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator || IsDirectionOverride(c);

    /// <summary>These make <c>gnp.exe</c> read as <c>exe.png</c>.</summary>
    private static bool IsDirectionOverride(char c) => c is >= '\u202A' and <= '\u202E' or >= '\u2066' and <= '\u2069';

    private static byte[]? Content(ActFields fields)
    {
        if (fields.Text("contentBase64", CaptureLimits.MaxLineBytes) is not { } written) return null;
        var bytes = new byte[(written.Length / 4 * 3) + 3];
        if (Convert.TryFromBase64String(written, bytes, out var length)) return bytes[..length];
        fields.Refuse(RefusalCodes.AttachmentBase64, "contentBase64", "is not Base64.");
        return null;
    }

    private static string? Hash(ActFields fields, byte[]? content)
    {
        if (fields.Short("sha256")?.ToLowerInvariant() is not { } claimed) return null;
        if (claimed.Length != 64 || !claimed.All(char.IsAsciiHexDigitLower))
        {
            fields.Refuse(RefusalCodes.AttachmentHash, "sha256", "must be 64 hexadecimal digits.");
            return null;
        }

        if (content is not null && Convert.ToHexStringLower(SHA256.HashData(content)) != claimed)
            fields.Refuse(RefusalCodes.AttachmentHashMismatch, "sha256", "is not the hash of the bytes that came with it.");
        return claimed;
    }
}
