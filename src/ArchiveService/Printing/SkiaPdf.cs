using System.Globalization;
using System.Text;
using System.Text.RegularExpressions;

namespace ArchiveService.Printing;

/// <summary>Reads what is needed of the PDF that Chromium writes: one table of plain objects, no object streams, no encryption.</summary>
public sealed partial class SkiaPdf
{
    private readonly Dictionary<int, int> offsets = [];

    public SkiaPdf(byte[] bytes)
    {
        Bytes = bytes;
        var tail = Encoding.Latin1.GetString(bytes, Math.Max(0, bytes.Length - 2048), Math.Min(2048, bytes.Length));
        TableAt = Number(StartOfTable.Match(tail));
        var table = Encoding.Latin1.GetString(bytes, TableAt, bytes.Length - TableAt);
        foreach (var (index, entry) in Entry.Matches(table).Index().Where(e => e.Item.Groups["used"].Value == "n"))
            offsets[index] = Number(entry);
        Size = Number(SizeOf.Match(table));
        Root = Number(RootOf.Match(table));
    }

    public byte[] Bytes { get; }

    public int TableAt { get; }

    public int Size { get; }

    public int Root { get; }

    /// <summary>The object's text between <c>obj</c> and <c>endobj</c>; of a stream only its dictionary.</summary>
    public string Object(int number)
    {
        var start = offsets[number];
        var length = 512;
        while (true)
        {
            var text = Encoding.Latin1.GetString(Bytes, start, Math.Min(length, Bytes.Length - start));
            var from = text.IndexOf("obj", StringComparison.Ordinal) + 3;
            var ends = new[] { text.IndexOf("\nendobj", from, StringComparison.Ordinal), text.IndexOf(" stream\n", from, StringComparison.Ordinal) }.Where(end => end > 0);
            if (ends.Any()) return text[from..ends.Min()].Trim();
            if (length > Bytes.Length) throw new IOException($"Object {number} of the printed PDF does not end.");
            length *= 4;
        }
    }

    /// <summary>The pages' object numbers in order.</summary>
    public IReadOnlyList<int> Pages()
    {
        var pages = new List<int>();
        void Walk(int node)
        {
            var text = Object(node);
            if (Kids.Match(text) is not { Success: true } kids)
            {
                pages.Add(node);
                return;
            }

            foreach (Match kid in Reference.Matches(kids.Value)) Walk(Number(kid));
        }

        Walk(Number(PagesOf.Match(Object(Root))));
        return pages;
    }

    /// <summary>Where the elements stand that links lead to: name and page number.</summary>
    public IReadOnlyDictionary<string, int> Destinations()
    {
        if (DestinationsOf.Match(Object(Root)) is not { Success: true } named) return new Dictionary<string, int>();
        var number = Pages().Index().ToDictionary(p => p.Item, p => p.Index + 1);
        return Destination.Matches(Object(Number(named))).GroupBy(d => d.Groups["name"].Value, StringComparer.Ordinal)
            .ToDictionary(d => d.Key, d => number[Number(d.First())], StringComparer.Ordinal);
    }

    private static int Number(Match match) => match.Success
        ? int.Parse(match.Groups["number"].ValueSpan, NumberStyles.None, CultureInfo.InvariantCulture)
        : throw new IOException("The printed PDF is not built as expected.");

    [GeneratedRegex(@"startxref\s+(?<number>\d+)\s+%%EOF\s*$", RegexOptions.ExplicitCapture)]
    private static partial Regex StartOfTable { get; }

    [GeneratedRegex(@"(?<number>\d{10}) \d{5} (?<used>[nf])", RegexOptions.ExplicitCapture)]
    private static partial Regex Entry { get; }

    [GeneratedRegex(@"/Size (?<number>\d+)", RegexOptions.ExplicitCapture)]
    private static partial Regex SizeOf { get; }

    [GeneratedRegex(@"/Root (?<number>\d+) 0 R", RegexOptions.ExplicitCapture)]
    private static partial Regex RootOf { get; }

    [GeneratedRegex(@"/Pages (?<number>\d+) 0 R", RegexOptions.ExplicitCapture)]
    private static partial Regex PagesOf { get; }

    [GeneratedRegex(@"/Dests (?<number>\d+) 0 R", RegexOptions.ExplicitCapture)]
    private static partial Regex DestinationsOf { get; }

    [GeneratedRegex(@"/Kids \[[^\]]*\]")]
    private static partial Regex Kids { get; }

    [GeneratedRegex(@"(?<number>\d+) 0 R", RegexOptions.ExplicitCapture)]
    private static partial Regex Reference { get; }

    [GeneratedRegex(@"/(?<name>[A-Za-z0-9-]+)\s*\[(?<number>\d+) 0 R", RegexOptions.ExplicitCapture)]
    private static partial Regex Destination { get; }
}
