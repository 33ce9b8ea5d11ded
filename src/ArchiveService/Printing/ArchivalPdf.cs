using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.RegularExpressions;

namespace ArchiveService.Printing;

/// <summary>
/// Adds, as an incremental update, what a tagged PDF by Chromium lacks to declare PDF/A-2a (ISO 19005-2): XMP metadata with the identification, an output intent
/// with its colour profile, a document information dictionary that agrees with the metadata, and a file identifier.
/// </summary>
public static partial class ArchivalPdf
{
    private const string Producer = "ArchiveService";

    /// <summary>
    /// When the browser printed it, put to when the content was read: the same content is then the same file. As long as it was, so that nothing moves.
    /// </summary>
    internal static byte[] Pinned(byte[] printed, DateTimeOffset created)
    {
        var at = Encoding.ASCII.GetBytes(created.UtcDateTime.ToString("yyyyMMddHHmmss", CultureInfo.InvariantCulture));
        foreach (var before in (byte[][])[[.. "/CreationDate (D:"u8], [.. "/ModDate (D:"u8]])
        {
            for (var (from, found) = (0, 0); (found = printed.AsSpan(from).IndexOf(before)) >= 0;)
            {
                from += found + before.Length;
                if (from + at.Length > printed.Length || printed.AsSpan(from, at.Length).ContainsAnyExceptInRange((byte)'0', (byte)'9')) continue;
                at.CopyTo(printed.AsSpan(from));
            }
        }

        return printed;
    }

    public static byte[] From(SkiaPdf printed, PdfDocument document)
    {
        var at = DateTimeOffset.FromUnixTimeSeconds(document.Created.ToUnixTimeSeconds());
        using var file = new MemoryStream(printed.Bytes.Length + 16384);
        file.Write(printed.Bytes);
        if (printed.Bytes[^1] != '\n') file.WriteByte((byte)'\n');
        var offsets = new SortedDictionary<int, long>();
        void Text(string text) => file.Write(Encoding.Latin1.GetBytes(text));
        void Add(int number, string dictionary, byte[]? stream = null)
        {
            offsets[number] = file.Position;
            Text($"{number} 0 obj\n{dictionary}\n");
            if (stream is not null)
            {
                Text("stream\n");
                file.Write(stream);
                Text("\nendstream\n");
            }

            Text("endobj\n");
        }

        var (info, metadata, profile, intent) = (printed.Size, printed.Size + 1, printed.Size + 2, printed.Size + 3);
        var xmp = Encoding.UTF8.GetBytes(Xmp(document, at));
        var icc = StandardRgb.Profile();
        var date = $"({at.UtcDateTime.ToString("'D:'yyyyMMddHHmmss", CultureInfo.InvariantCulture)}+00'00')";
        Add(info, $"<</Title {Hex(document.Title)} /Creator {Hex(Producer)} /Producer {Hex(Producer)}{(document.Author is { } author ? $" /Author {Hex(author)}" : "")} /CreationDate {date} /ModDate {date}>>");
        Add(metadata, $"<</Type /Metadata /Subtype /XML /Length {xmp.Length}>>", xmp);
        Add(profile, $"<</N 3 /Alternate /DeviceRGB /Length {icc.Length}>>", icc);
        Add(intent, $"<</Type /OutputIntent /S /GTS_PDFA1 /OutputConditionIdentifier (sRGB) /RegistryName (http://www.color.org) /Info (sRGB IEC61966-2.1) /DestOutputProfile {profile} 0 R>>");
        Add(printed.Root, Catalog(printed.Object(printed.Root), document, metadata, intent));

        var table = file.Position;
        Text("xref\n");
        foreach (var (number, offset) in offsets)
            Text($"{number} 1\n{offset.ToString("D10", CultureInfo.InvariantCulture)} 00000 n \n");
        var id = Convert.ToHexString(SHA256.HashData(printed.Bytes)[..16]);
        Text($"trailer\n<</Size {intent + 1} /Root {printed.Root} 0 R /Info {info} 0 R /Prev {printed.TableAt} /ID [<{id}> <{id}>]>>\nstartxref\n{table}\n%%EOF\n");
        return file.ToArray();
    }

    private static string Catalog(string catalog, PdfDocument document, int metadata, int intent)
    {
        // No tags, no 2a: rather none than one that says what it is not.
        if (!catalog.Contains("/StructTreeRoot", StringComparison.Ordinal)) throw new IOException("The printed PDF is not tagged.");
        var kept = Replaced.Replace(catalog[(catalog.IndexOf("<<", StringComparison.Ordinal) + 2)..catalog.LastIndexOf(">>", StringComparison.Ordinal)], "");
        return $"<<{kept} /Lang ({document.Language}) /MarkInfo <</Marked true>> /ViewerPreferences <</DisplayDocTitle true>> /Metadata {metadata} 0 R /OutputIntents [{intent} 0 R]>>";
    }

    [GeneratedRegex(@"/(Lang\s*\([^)]*\)|MarkInfo\s*<<[^>]*>>|ViewerPreferences\s*<<[^>]*>>)")]
    private static partial Regex Replaced { get; }

    // UTF-16 with its mark, so that every letter stands in it.
    private static string Hex(string text) => $"<FEFF{Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(text))}>";

    private static string Xmp(PdfDocument document, DateTimeOffset at)
    {
        var date = at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'+00:00'", CultureInfo.InvariantCulture);
        string Xml(string text) => System.Security.SecurityElement.Escape(new string([.. text.Where(letter => !char.IsControl(letter))]));
        return $"""
            <?xpacket begin="{'\uFEFF'}" id="W5M0MpCehiHzreSzNTczkc9d"?>
            <x:xmpmeta xmlns:x="adobe:ns:meta/"><rdf:RDF xmlns:rdf="http://www.w3.org/1999/02/22-rdf-syntax-ns#">
            <rdf:Description rdf:about="" xmlns:pdfaid="http://www.aiim.org/pdfa/ns/id/"><pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance></rdf:Description>
            <rdf:Description rdf:about="" xmlns:dc="http://purl.org/dc/elements/1.1/"><dc:format>application/pdf</dc:format><dc:title><rdf:Alt><rdf:li xml:lang="x-default">{Xml(document.Title)}</rdf:li></rdf:Alt></dc:title>{(document.Author is { } author ? $"<dc:creator><rdf:Seq><rdf:li>{Xml(author)}</rdf:li></rdf:Seq></dc:creator>" : "")}<dc:language><rdf:Bag><rdf:li>{Xml(document.Language)}</rdf:li></rdf:Bag></dc:language></rdf:Description>
            <rdf:Description rdf:about="" xmlns:xmp="http://ns.adobe.com/xap/1.0/"><xmp:CreatorTool>{Producer}</xmp:CreatorTool><xmp:CreateDate>{date}</xmp:CreateDate><xmp:ModifyDate>{date}</xmp:ModifyDate></rdf:Description>
            <rdf:Description rdf:about="" xmlns:pdf="http://ns.adobe.com/pdf/1.3/"><pdf:Producer>{Producer}</pdf:Producer></rdf:Description>
            </rdf:RDF></x:xmpmeta>
            <?xpacket end="w"?>
            """;
    }
}
