using System.Globalization;
using System.Text;
using System.Text.Json;

namespace ArchiveService.Features.Disposals;

/// <summary>A passage of a record, kept in memory only, to be looked for when the record is gone.</summary>
public sealed record Passage(Guid Record, string Text);

/// <summary>Picks passages out of what a record says. Pure.</summary>
public static class Passages
{
    /// <summary>Shorter ones occur by chance.</summary>
    public const int Shortest = 24;

    private const int Longest = 60;

    private const int AtMost = 8;

    /// <summary>
    /// Up to eight passages of one line each, of whole words where the text has words; spread over the text, for its beginning is what others quote.
    /// </summary>
    public static IReadOnlyList<string> Of(string text)
    {
        var found = new List<string>();
        foreach (var line in text.Split(['\r', '\n', '\t', '\0', '\u2028', '\u2029'], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            for (var from = 0; line.Length - from >= Shortest;)
            {
                var passage = From(line, from);
                if (passage.Length < Shortest) break;
                if (!passage.Any(char.IsControl)) found.Add(passage);
                from += passage.Length;
                while (from < line.Length && char.IsWhiteSpace(line[from])) from++;
            }
        }

        if (found.Count <= AtMost) return found;
        return [.. Enumerable.Range(0, AtMost).Select(i => found[(int)((long)i * (found.Count - 1) / (AtMost - 1))])];
    }

    private static string From(string line, int from)
    {
        if (line.Length - from <= Longest) return line[from..];
        var end = line.LastIndexOf(' ', from + Longest - 1, Longest - Shortest);
        if (end < 0) end = from + Longest;
        if (char.IsHighSurrogate(line[end - 1])) end--;
        return line[from..end];
    }

    /// <summary>Every form in which a computer may have kept the passage, as bytes: as written, in lower and upper case; each in UTF-8, UTF-16, Latin-1, with JSON's escapes (once and twice),
    /// as HTML, as part of an address, in hexadecimal and in base64 at each of its three alignments.</summary>
    public static IEnumerable<byte[]> Forms(string passage)
    {
        string[] written = [passage, passage.ToLowerInvariant(), passage.ToUpperInvariant()];
        return written.Distinct(StringComparer.Ordinal).SelectMany(Encoded).DistinctBy(Convert.ToHexString);
    }

    private static IEnumerable<byte[]> Encoded(string form)
    {
        var utf8 = Encoding.UTF8.GetBytes(form);
        yield return utf8;
        yield return Encoding.Unicode.GetBytes(form);
        yield return Encoding.BigEndianUnicode.GetBytes(form);
        if (form.All(c => c < 256)) yield return Encoding.Latin1.GetBytes(form);
        var escaped = JsonSerializer.Serialize(form)[1..^1];
        yield return Encoding.UTF8.GetBytes(escaped);
        yield return Encoding.UTF8.GetBytes(escaped.Replace("\\", @"\\", StringComparison.Ordinal));
        var relaxed = string.Concat(form.Select(c => c is '"' or '\\' ? $"\\{c}" : c < 128 ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")));
        yield return Encoding.UTF8.GetBytes(relaxed);
        yield return Encoding.UTF8.GetBytes(relaxed.Replace("\\", @"\\", StringComparison.Ordinal));
        yield return Encoding.UTF8.GetBytes(form.Replace("\\", @"\\", StringComparison.Ordinal).Replace("\"", "\\\"", StringComparison.Ordinal));
        yield return Encoding.UTF8.GetBytes(Uri.EscapeDataString(form));
        yield return Encoding.UTF8.GetBytes(System.Net.WebUtility.HtmlEncode(form));
        yield return Encoding.UTF8.GetBytes(System.Net.WebUtility.HtmlEncode(form).Replace("&#39;", "'", StringComparison.Ordinal).Replace("&quot;", "\"", StringComparison.Ordinal));
        yield return Encoding.UTF8.GetBytes(Convert.ToHexStringLower(utf8));
        yield return Encoding.UTF8.GetBytes(Convert.ToHexStringLower(Encoding.Unicode.GetBytes(form)));
        for (var before = 0; before < 3; before++)
        {
            // What the neighbours have a part in is left out at both ends.
            var text = Convert.ToBase64String([.. new byte[before], .. utf8]).TrimEnd('=');
            var (first, whole) = (((before * 8) + 5) / 6, (before + utf8.Length) * 8 / 6);
            yield return Encoding.UTF8.GetBytes(text[first..whole]);
        }
    }
}

/// <summary>
/// Finds any of many byte strings in one pass, whatever the case of their ASCII letters. It looks at the last two bytes of a window as long as the shortest of them and moves on by as much
/// as no needle can lie under (Wu and Manber), so most bytes are never looked at.
/// </summary>
public sealed class Needles
{
    private readonly List<(byte[] Folded, int Of)> needles = [];
    private readonly byte[] shift = new byte[65536];
    private readonly Dictionary<int, List<int>> ending = [];

    /// <param name="passages">What is sought; a hit is told by its place here.</param>
    public Needles(IReadOnlyList<string> passages)
    {
        for (var i = 0; i < passages.Count; i++)
        {
            foreach (var form in Passages.Forms(passages[i]))
            {
                needles.Add(([.. form.Select(Fold)], i));
            }
        }

        Length = needles.Count == 0 ? 0 : Math.Min(needles.Min(n => n.Folded.Length), byte.MaxValue);
        Array.Fill(shift, (byte)Math.Max(1, Length - 1));
        for (var n = 0; n < needles.Count; n++)
        {
            var folded = needles[n].Folded;
            for (var i = 1; i < Length; i++)
            {
                var block = Block(folded[i - 1], folded[i]);
                shift[block] = (byte)Math.Min(shift[block], Length - 1 - i);
            }

            var last = Block(folded[Length - 2], folded[Length - 1]);
            if (!ending.TryGetValue(last, out var those)) ending[last] = those = [];
            those.Add(n);
        }

        Longest = needles.Count == 0 ? 0 : needles.Max(n => n.Folded.Length);
    }

    /// <summary>Of the shortest form.</summary>
    public int Length { get; }

    public int Longest { get; }

    /// <summary>Which passages are in the bytes.</summary>
    public IReadOnlyCollection<int> In(ReadOnlySpan<byte> bytes)
    {
        if (Length == 0 || bytes.Length < Length) return [];
        HashSet<int>? found = null;
        for (var end = Length - 1; end < bytes.Length;)
        {
            var block = Block(Fold(bytes[end - 1]), Fold(bytes[end]));
            var step = shift[block];
            if (step > 0)
            {
                end += step;
                continue;
            }

            var start = end - Length + 1;
            foreach (var n in ending[block])
            {
                if (Starts(bytes[start..], needles[n].Folded)) (found ??= []).Add(needles[n].Of);
            }

            end++;
        }

        return found ?? (IReadOnlyCollection<int>)[];
    }

    private static bool Starts(ReadOnlySpan<byte> bytes, byte[] folded)
    {
        if (bytes.Length < folded.Length) return false;
        for (var i = 0; i < folded.Length; i++)
        {
            if (Fold(bytes[i]) != folded[i]) return false;
        }

        return true;
    }

    private static byte Fold(byte b) => b is >= (byte)'A' and <= (byte)'Z' ? (byte)(b | 0x20) : b;

    private static int Block(byte a, byte b) => (a << 8) | b;
}
