using System.Buffers;
using System.Text;

namespace ArchiveService.Capture.Meta;

/// <summary>Takes access tokens out of what the Graph API answered: paging addresses repeat them.</summary>
public static class GraphTokens
{
    private static readonly SearchValues<byte> Ends = SearchValues.Create("\"&\\ \r\n"u8);

    private static readonly string[] Names = ["access_token", "appsecret_proof"];

    /// <summary>The same bytes without the values of <c>access_token</c> and <c>appsecret_proof</c>, as a query or as a member, and without <paramref name="token"/> wherever it stands.</summary>
    /// <returns>The very array where nothing had to be taken out.</returns>
    public static byte[] Scrub(byte[] body, string? token = null)
    {
        foreach (var name in Names) body = Cut(body, Encoding.ASCII.GetBytes(name));
        return token is { Length: > 8 } ? Replace(body, Encoding.UTF8.GetBytes(token)) : body;
    }

    private static byte[] Cut(byte[] body, byte[] name)
    {
        if (body.AsSpan().IndexOf(name) < 0) return body;
        var kept = new MemoryStream(body.Length);
        var rest = body.AsSpan();
        for (var at = rest.IndexOf(name); at >= 0; at = rest.IndexOf(name))
        {
            var begins = at + name.Length + Separator(rest[(at + name.Length)..]);
            kept.Write(rest[..begins]);
            rest = rest[begins..];
            if (begins == at + name.Length) continue;
            var ends = rest.IndexOfAny(Ends);
            rest = rest[(ends < 0 ? rest.Length : ends)..];
        }

        kept.Write(rest);
        return kept.ToArray();
    }

    /// <summary>What stands between the name and the value: <c>=</c>, <c>%3D</c> or <c>": "</c>; 0 where no value follows.</summary>
    private static int Separator(ReadOnlySpan<byte> after)
    {
        if (after.StartsWith("="u8)) return 1;
        if (after.StartsWith("%3D"u8) || after.StartsWith("\\u003d"u8) || after.StartsWith("\\u003D"u8)) return after[0] == (byte)'%' ? 3 : 6;
        if (!after.StartsWith("\""u8)) return 0;
        var colon = 1 + Spaces(after[1..]);
        if (colon >= after.Length || after[colon] != (byte)':') return 0;
        var quote = colon + 1 + Spaces(after[(colon + 1)..]);
        return quote < after.Length && after[quote] == (byte)'"' ? quote + 1 : 0;
    }

    private static int Spaces(ReadOnlySpan<byte> bytes)
    {
        var other = bytes.IndexOfAnyExcept(" \t\r\n"u8);
        return other < 0 ? bytes.Length : other;
    }

    private static byte[] Replace(byte[] body, byte[] token)
    {
        if (body.AsSpan().IndexOf(token) < 0) return body;
        var kept = new MemoryStream(body.Length);
        var rest = body.AsSpan();
        for (var at = rest.IndexOf(token); at >= 0; at = rest.IndexOf(token))
        {
            kept.Write(rest[..at]);
            rest = rest[(at + token.Length)..];
        }

        kept.Write(rest);
        return kept.ToArray();
    }
}
