using System.Text.Encodings.Web;
using System.Text.Json;

namespace ArchiveService.Capture.Warc;

/// <summary>A line of an index: a key to sort by, a time, and where the record stands.</summary>
/// <param name="Key">The address turned round (SURT), such as <c>com,example)/</c>.</param>
/// <param name="Timestamp">Fourteen digits.</param>
/// <param name="Url">The address.</param>
/// <param name="Mime">The type of what stands there.</param>
/// <param name="Status">The status of an answer; <c>-</c> where there was none.</param>
/// <param name="Digest">The payload's digest.</param>
/// <param name="Offset">Where the record begins in the WARC file.</param>
/// <param name="Length">How long it is there.</param>
/// <param name="Filename">The WARC file.</param>
public sealed record CdxjLine(string Key, string Timestamp, string Url, string Mime, string Status, string? Digest, long Offset, long Length, string Filename)
{
    private const int MaxLineChars = 1 << 20;

    private static readonly JsonWriterOptions Options = new() { Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    /// <summary>The line as it is written.</summary>
    public string Written()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, Options))
        {
            json.WriteStartObject();
            json.WriteString("url", Url);
            json.WriteString("mime", Mime);
            if (Status != "-") json.WriteString("status", Status);
            if (Digest is not null) json.WriteString("digest", Digest);
            json.WriteString("length", Length.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("offset", Offset.ToString(System.Globalization.CultureInfo.InvariantCulture));
            json.WriteString("filename", Filename);
            json.WriteEndObject();
        }

        return $"{Key} {Timestamp} {System.Text.Encoding.UTF8.GetString(bytes.GetBuffer().AsSpan(0, (int)bytes.Length))}";
    }

    /// <summary>An address as indexes sort it (SURT): host turned round, without scheme, port and <c>www</c>.</summary>
    public static string KeyOf(string url)
    {
        if (!Uri.TryCreate(url, UriKind.Absolute, out var uri) || uri.Scheme is not ("http" or "https") || uri.Host.Length == 0) return url.Replace(' ', '+').ToLowerInvariant();
        var host = uri.IdnHost.StartsWith("www.", StringComparison.OrdinalIgnoreCase) ? uri.IdnHost[4..] : uri.IdnHost;
        return $"{string.Join(',', host.Split('.').Reverse())}){uri.PathAndQuery}".ToLowerInvariant();
    }

    /// <summary>Every line of an index; null for one that cannot be read. Lines of other sorts, which begin with an exclamation mark, are passed over.</summary>
    internal static IEnumerable<CdxjLine?> ReadAll(TextReader text)
    {
        while (Next(text) is { } line)
        {
            if (line.Length > 0 && line[0] != '!') yield return Parse(line);
        }
    }

    private static string? Next(TextReader text)
    {
        try
        {
            return BoundedLines.Next(text, MaxLineChars);
        }
        catch (InvalidDataException)
        {
            return null;
        }
    }

    private static CdxjLine? Parse(string line)
    {
        var words = line.Split(' ', 3);
        if (words.Length < 3 || !words[1].All(char.IsAsciiDigit)) return null;
        try
        {
            using var json = JsonDocument.Parse(words[2]);
            var root = json.RootElement;
            if (WaczReader.Text(root, "filename") is not { } file || Number(root, "offset") is not { } offset) return null;
            return new(words[0], words[1], WaczReader.Text(root, "url") ?? "", WaczReader.Text(root, "mime") ?? "", WaczReader.Text(root, "status") ?? "-", WaczReader.Text(root, "digest"), offset, Number(root, "length") ?? 0, file);
        }
        catch (JsonException)
        {
            return null;
        }
    }

    private static long? Number(JsonElement from, string name) =>
        from.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number
        : WarcHeaders.IsNumber(WaczReader.Text(from, name), out var written) ? written : null;
}
