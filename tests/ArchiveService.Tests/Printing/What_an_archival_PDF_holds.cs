using System.Text;
using System.Text.RegularExpressions;
using ArchiveService.Printing;
using Microsoft.Extensions.Logging.Abstractions;

namespace ArchiveService.Tests.Printing;

/// <summary>
/// What ISO 19005-2 demands of a PDF/A-2a, read object by object from a printed document. No validator is at hand: this reads the demands that a document made of our own
/// templates can break, by clause.
/// </summary>
public sealed partial class What_an_archival_PDF_holds
{
    private const string Pixel = "data:image/png;base64,iVBORw0KGgoAAAANSUhEUgAAAAEAAAABCAYAAAAfFcSJAAAADUlEQVR42mNk+M9QDwADhgGAWjR9awAAAABJRU5ErkJggg==";

    [GeneratedRegex(@"(?<number>\d+) 0 obj(?<text>.*?)endobj", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Objects { get; }

    [GeneratedRegex(@"stream\r?\n.*", RegexOptions.Singleline)]
    private static partial Regex Data { get; }

    [PrintedFact, Trait("Requirement", "R-15")]
    public async Task is_what_the_standard_demands_of_level_A()
    {
        var paper = new Paper().Put("h1", "Ärendeakt").Words("Text, åäö čđŋ 😀").Tag("<table><thead><tr><th scope=\"col\">Nummer</th></tr></thead><tbody><tr><td>1</td></tr></tbody></table>")
            .Tag($"<p><a href=\"#s\">Till bilden</a></p><figure id=\"s\"><img alt=\"Bilaga: bild.png\" src=\"{Pixel}\" style=\"width:4cm;opacity:.5\"><figcaption>bild.png</figcaption></figure>");
        using var pdf = new Pdf(PrintedFactAttribute.Usual, NullLogger<Pdf>.Instance);
        var bytes = await pdf.Of(new(paper.Page("Ärendeakt KS 2026/1", "Ärendeakt"), "Ärendeakt KS 2026/1", new(2026, 11, 27, 9, 30, 0, TimeSpan.Zero)), CancellationToken.None);
        var whole = Encoding.Latin1.GetString(bytes);

        // The last one written of each number counts. Streams are left out: a byte of a picture is no key of a dictionary.
        var objects = Objects.Matches(whole).GroupBy(m => m.Groups["number"].Value).ToDictionary(g => int.Parse(g.Key, System.Globalization.CultureInfo.InvariantCulture), g => Data.Replace(g.Last().Groups["text"].Value, ""));
        string Follow(string text, string key) => objects[int.Parse(Regex.Match(text, $@"/{key}\s*\[?\s*(\d+) 0 R").Groups[1].Value, System.Globalization.CultureInfo.InvariantCulture)];
        var catalog = objects.Values.Single(o => Regex.IsMatch(o, @"/Type\s*/Catalog\b"));

        // 6.1.2 and 6.1.3: header with a comment of four high bytes, a file identifier, nothing encrypted.
        Assert.Matches(@"\A%PDF-1\.[4-7]\n%[\x80-\xff]{4}", whole);
        Assert.Matches(@"trailer\s*<<[^>]*/ID \[<[0-9A-F]{32}> <[0-9A-F]{32}>\]", whole[whole.LastIndexOf("trailer", StringComparison.Ordinal)..]);
        Assert.DoesNotContain(objects.Values, o => o.Contains("/Encrypt", StringComparison.Ordinal));
        Assert.DoesNotMatch(@"trailer\s*<<[^>]*/Encrypt", whole);

        // 6.1.7 and 6.1.10: no filter that is not known, none that is shut out.
        Assert.DoesNotContain(objects.Values, o => o.Contains("/LZWDecode", StringComparison.Ordinal) || o.Contains("/Crypt", StringComparison.Ordinal) || o.Contains("/FFilter", StringComparison.Ordinal));

        // 6.2.3: an output intent with its profile of three colours.
        var intent = Follow(catalog, "OutputIntents");
        Assert.Contains("/S /GTS_PDFA1", intent, StringComparison.Ordinal);
        Assert.Contains("/N 3", Follow(intent, "DestOutputProfile"), StringComparison.Ordinal);

        // 6.2.8 and 6.2.10: pictures without replacements or smoothing, blending only as the standard names it.
        Assert.DoesNotContain(objects.Values, o => o.Contains("/Alternates", StringComparison.Ordinal) || o.Contains("/OPI", StringComparison.Ordinal) || o.Contains("/Interpolate true", StringComparison.Ordinal));
        string[] blends = ["Normal", "Compatible", "Multiply", "Screen", "Overlay", "Darken", "Lighten", "ColorDodge", "ColorBurn", "HardLight", "SoftLight", "Difference", "Exclusion", "Hue", "Saturation", "Color", "Luminosity"];
        Assert.All(objects.Values.SelectMany(o => Regex.Matches(o, @"/BM\s*/(\w+)")).Select(m => m.Groups[1].Value), mode => Assert.Contains(mode, blends));
        Assert.DoesNotContain(objects.Values, o => Regex.IsMatch(o, @"/TR2?\s+(?!/Default)\d") || o.Contains("/HTP", StringComparison.Ordinal));

        // 6.2.11: every font stands in the file and says what its glyphs are; one that draws its glyphs itself needs no file.
        var fonts = objects.Values.Where(o => Regex.IsMatch(o, @"/Type\s*/Font\b") && !o.Contains("/CIDFontType", StringComparison.Ordinal)).ToList();
        Assert.NotEmpty(fonts);
        Assert.All(fonts, font =>
        {
            Assert.Contains("/ToUnicode", font, StringComparison.Ordinal);
            if (Regex.IsMatch(font, @"/Subtype\s*/Type3")) return;
            var described = Regex.IsMatch(font, @"/Subtype\s*/Type0") ? Follow(font, "DescendantFonts") : font;
            Assert.Matches(@"/FontFile[23]?\s+\d+ 0 R", Follow(described, "FontDescriptor"));
        });

        // 6.3 and 6.4: links are printed and never hidden; nothing acts by itself.
        Assert.All(objects.Values.Where(o => Regex.IsMatch(o, @"/Type\s*/Annot\b")), o => Assert.Matches(@"/F\s+4\b", o));
        foreach (var key in new[] { "JavaScript", "JS", "OpenAction", "AA", "Launch", "EmbeddedFiles", "RichMedia", "XFA", "NeedAppearances", "Movie", "Sound" })
            Assert.DoesNotContain(objects.Values, o => Regex.IsMatch(o, $@"/{key}\b"));

        // 6.6.2 and 6.6.4: metadata as text, with part and level, and the same title as in the information.
        var metadata = Objects.Matches(whole).Last(m => m.Value.Contains("/Subtype /XML", StringComparison.Ordinal)).Value;
        Assert.DoesNotContain("/Filter", Data.Replace(metadata, ""), StringComparison.Ordinal);
        Assert.Single(Regex.Matches(metadata, "<pdfaid:part>2</pdfaid:part>"));
        Assert.Single(Regex.Matches(metadata, "<pdfaid:conformance>A</pdfaid:conformance>"));
        var xmp = Encoding.UTF8.GetString(Encoding.Latin1.GetBytes(metadata));
        Assert.Contains("Ärendeakt KS 2026/1</rdf:li>", xmp, StringComparison.Ordinal);
        Assert.Contains(objects.Values, o => o.Contains($"/Title <FEFF{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes("Ärendeakt KS 2026/1"))}>", StringComparison.Ordinal));

        // 6.7: tagged, in a language, with the pictures described; the title is what the window shows.
        Assert.Matches(@"/MarkInfo\s*<<\s*/Marked true\s*>>", catalog);
        Assert.Matches(@"/Lang\s*\(sv\)", catalog);
        Assert.Contains("/DisplayDocTitle true", catalog, StringComparison.Ordinal);
        Assert.Matches(@"/Type\s*/StructTreeRoot", Follow(catalog, "StructTreeRoot"));
        foreach (var tag in new[] { "H1", "Table", "TR", "TH", "TD", "Link", "Figure" }) Assert.Contains(objects.Values, o => Regex.IsMatch(o, $@"/S\s*/{tag}\b"));
        Assert.Contains(objects.Values, o => Regex.IsMatch(o, @"/S\s*/Figure\b") && o.Contains("/Alt", StringComparison.Ordinal));
        Assert.All(objects.Values.Where(o => Regex.IsMatch(o, @"/Type\s*/Page\b")), page => Assert.Contains("/StructParents", page, StringComparison.Ordinal));
    }
}
