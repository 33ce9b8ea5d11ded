using System.Net;
using System.Text;

namespace ArchiveService.Features.Records;

/// <summary>What a person wrote, made fit for a search table: the sealed original is untouched.</summary>
public static class RecordViewText
{
    /// <summary>
    /// Replaces what a text column or a page cannot hold: NUL and other control characters (search hits are marked with two of them) and
    /// the private sign that stands for a masked stretch.
    /// </summary>
    public static string? Clean(string? text)
    {
        if (text is null) return null;
        var bad = text.AsSpan().IndexOfAny(Unfit);
        if (bad < 0) return text;
        var clean = new StringBuilder(text.Length);
        foreach (var c in text) clean.Append(Unfit.Contains(c) ? '\uFFFD' : c);
        return clean.ToString();
    }

    private static readonly System.Buffers.SearchValues<char> Unfit = System.Buffers.SearchValues.Create(
        [.. Enumerable.Range(0, 32).Select(c => (char)c).Except(['\t', '\n', '\r']), '\u007F', MaskSign]);

    private const char MaskSign = '\uE0AF';

    /// <summary>The text of an HTML fragment as a reader sees it: tags go, line breaks stay, entities are read. Never fed to a browser as markup.</summary>
    public static string FromHtml(string html)
    {
        var text = new StringBuilder(html.Length);
        var at = 0;
        while (at < html.Length)
        {
            var tag = html.IndexOf('<', at);
            if (tag < 0)
            {
                text.Append(html, at, html.Length - at);
                break;
            }

            text.Append(html, at, tag - at);
            var name = tag + 1;
            var closing = name < html.Length && html[name] == '/';
            if (closing) name++;
            if (name >= html.Length || !(char.IsAsciiLetter(html[name]) || html[name] == '!'))
            {
                text.Append('<');
                at = tag + 1;
                continue;
            }

            var end = html.IndexOf('>', name);
            if (end < 0)
            {
                text.Append(html, tag, html.Length - tag);
                break;
            }

            var stop = name;
            while (stop < end && char.IsAsciiLetterOrDigit(html[stop])) stop++;
            Break(text, html.AsSpan(name, stop - name), closing);
            at = end + 1;
        }

        return WebUtility.HtmlDecode(text.ToString()).Trim();
    }

    private static void Break(StringBuilder text, ReadOnlySpan<char> tag, bool closing)
    {
        if (tag.Equals("br", StringComparison.OrdinalIgnoreCase)) text.Append('\n');
        else if (closing && tag.Equals("p", StringComparison.OrdinalIgnoreCase)) text.Append("\n\n");
        else if (closing && (tag.Equals("li", StringComparison.OrdinalIgnoreCase) || tag.Equals("div", StringComparison.OrdinalIgnoreCase))) text.Append('\n');
    }
}
