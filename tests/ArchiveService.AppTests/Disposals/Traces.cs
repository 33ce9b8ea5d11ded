using System.Buffers;
using System.Globalization;
using System.Text;
using System.Text.Json;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.Disposals;

/// <summary>
/// Looks for a word in every form in which a computer may have kept it: as written, in lower and upper case, as the search's own stems;
/// each in UTF-8, UTF-16, with JSON's escapes (once and twice), in hexadecimal and in base64 at each of its three alignments.
/// </summary>
internal sealed class Traces
{
    private readonly IReadOnlyList<string> encoded;
    private readonly SearchValues<string> needles;

    private Traces(string word, IEnumerable<string> forms)
    {
        Word = word;
        Forms = [.. forms];
        encoded = [.. Forms.SelectMany(Encoded).Distinct(StringComparer.Ordinal)];
        needles = Any(encoded);
    }

    public string Word { get; }

    public IReadOnlyList<string> Forms { get; }

    /// <summary>The forms of each word; the stems are asked of the database that makes them.</summary>
    public static async Task<IReadOnlyList<Traces>> Of(ServedArchive served, IEnumerable<string> words)
    {
        var all = new List<Traces>();
        foreach (var word in words)
        {
            var stems = await served.Value<string[]>($"select tsvector_to_array(to_tsvector('pg_catalog.swedish', views.words('{word}')) || to_tsvector('pg_catalog.simple', views.plain('{word}')))");
            string[] forms = [word, word.ToLowerInvariant(), word.ToUpperInvariant(), .. stems!];

            // Shorter ones occur by chance.
            Assert.All(forms, form => Assert.True(form.Length >= 9, form));
            all.Add(new(word, forms.Distinct(StringComparer.Ordinal)));
        }

        return all;
    }

    public bool In(ReadOnlySpan<byte> bytes) => Encoding.Latin1.GetString(bytes).AsSpan().IndexOfAny(needles) >= 0;

    public bool In(string text) => In(Encoding.UTF8.GetBytes(text));

    /// <summary>Every file below the folders that holds any of the words: "word: file".</summary>
    public static List<string> InFiles(IReadOnlyList<Traces> words, params string[] folders)
    {
        var found = new List<string>();
        var any = Any(words.SelectMany(w => w.encoded));
        foreach (var file in folders.SelectMany(f => Directory.EnumerateFiles(f, "*", SearchOption.AllDirectories)).Distinct(StringComparer.Ordinal))
        {
            string bytes;
            try
            {
                bytes = Encoding.Latin1.GetString(File.ReadAllBytes(file));
            }
            catch (FileNotFoundException)
            {
                // The server removed it meanwhile.
                continue;
            }

            // One pass for all the words; most files hold none.
            if (bytes.AsSpan().IndexOfAny(any) < 0) continue;
            found.AddRange(words.Where(w => bytes.AsSpan().IndexOfAny(w.needles) >= 0).Select(w => $"{w.Word}: {file}"));
        }

        return found;
    }

    private static SearchValues<string> Any(IEnumerable<string> encoded) => SearchValues.Create([.. encoded], StringComparison.OrdinalIgnoreCase);

    /// <summary>As Latin-1, so that a byte is a character: then one pass finds them all, whatever the case.</summary>
    private static IEnumerable<string> Encoded(string form)
    {
        var utf8 = Encoding.UTF8.GetBytes(form);
        yield return Bytes(utf8);
        yield return Bytes(Encoding.Unicode.GetBytes(form));
        yield return Bytes(Encoding.BigEndianUnicode.GetBytes(form));
        yield return Bytes(Encoding.Latin1.GetBytes(form));
        var escaped = string.Concat(form.Select(c => c < 128 ? c.ToString() : string.Create(CultureInfo.InvariantCulture, $"\\u{(int)c:x4}")));
        yield return escaped;
        yield return escaped.Replace("\\", "\\\\", StringComparison.Ordinal);
        yield return JsonSerializer.Serialize(form)[1..^1];
        yield return Uri.EscapeDataString(form);
        yield return System.Net.WebUtility.HtmlEncode(form);
        yield return Convert.ToHexStringLower(utf8);
        yield return Convert.ToHexStringLower(Encoding.Unicode.GetBytes(form));
        for (var before = 0; before < 3; before++)
        {
            // What the neighbours have a part in is left out at both ends.
            var text = Convert.ToBase64String([.. new byte[before], .. utf8]).TrimEnd('=');
            var (first, whole) = ((before * 8 + 5) / 6, (before + utf8.Length) * 8 / 6);
            yield return text[first..whole];
        }

        static string Bytes(byte[] bytes) => Encoding.Latin1.GetString(bytes);
    }
}

public sealed class Traces_of_a_word
{
    [Fact]
    public async Task are_found_however_it_was_written()
    {
        await using var served = await ServedArchive.Start();
        var traces = Assert.Single(await Traces.Of(served, ["Nattskärrekravets"]));
        const string Word = "nattskärrekravets";
        Assert.Contains("nattskärrekrav", traces.Forms);
        foreach (var text in new[] { $"x{Word}y", "NATTSKÄRREKRAVETS", "Nattskärrekrav!", "natTSkÄrrekravets", @"natts\u00e4rre", @"a nattsk\u00e4rrekravet b", @"{\""a\"":\""nattsk\\u00E4rrekrav\""}" })
            Assert.Equal(!text.StartsWith(@"natts\u", StringComparison.Ordinal), traces.In(text));
        for (var before = 0; before < 5; before++) Assert.True(traces.In(Convert.ToBase64String(Encoding.UTF8.GetBytes(new string('a', before) + Word + "bb"))));
        Assert.True(traces.In(Convert.ToHexString(Encoding.UTF8.GetBytes("a" + Word))));
        Assert.True(traces.In(Encoding.Unicode.GetBytes("å" + Word)));
        Assert.True(traces.In("q=" + Uri.EscapeDataString(Word)));
        Assert.False(traces.In("nattskärror kräver"));
    }
}
