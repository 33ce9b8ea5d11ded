namespace ArchiveService.Evidence;

/// <summary>Base64 in its one spelling: no white space, padding where it belongs, no bits behind the end. Two texts that mean the same bytes would be two notes.</summary>
internal static class Base64Strict
{
    public static bool TryDecode(string text, Span<byte> bytes, out int written)
    {
        written = 0;
        return !text.AsSpan().ContainsAny(" \t\r\n") && Convert.TryFromBase64String(text, bytes, out written)
            && string.Equals(Convert.ToBase64String(bytes[..written]), text, StringComparison.Ordinal);
    }

    public static byte[]? Decode(string text)
    {
        var bytes = new byte[text.Length / 4 * 3 + 3];
        return TryDecode(text, bytes, out var written) ? bytes[..written] : null;
    }
}
