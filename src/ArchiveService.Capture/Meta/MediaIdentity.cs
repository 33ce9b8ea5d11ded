namespace ArchiveService.Capture.Meta;

/// <summary>
/// What stays the same of an address on Meta's media servers. Host, size and signature differ each time the same picture is told of, so that a webhook and a poll
/// would otherwise give one picture twice.
/// </summary>
internal static class MediaIdentity
{
    private static readonly string[] Servers = [".fbcdn.net", ".fbsbx.com", ".cdninstagram.com"];

    public static string? Of(string? url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var address) || !Servers.Any(server => address.Host.EndsWith(server, StringComparison.OrdinalIgnoreCase))) return null;
        foreach (var part in address.Query.TrimStart('?').Split('&'))
        {
            if (part.StartsWith("asset_id=", StringComparison.Ordinal) && part.Length > "asset_id=".Length) return part["asset_id=".Length..];
        }

        var file = address.AbsolutePath[(address.AbsolutePath.LastIndexOf('/') + 1)..];

        // Previews of other sites come through one script; what they show stands in the query.
        return file.Length == 0 || file.EndsWith(".php", StringComparison.OrdinalIgnoreCase) ? null : file;
    }
}
