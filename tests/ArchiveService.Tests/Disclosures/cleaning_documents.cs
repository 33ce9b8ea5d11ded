using System.IO.Compression;
using System.Text;
using ArchiveService.Features.Disclosures;
using PdfSharp.Pdf;
using PdfSharp.Pdf.IO;

namespace ArchiveService.Tests.Disclosures;

/// <summary>Office documents and PDF in a masked copy: what is seen stays, what is not seen goes, and what cannot be cleaned is not given out.</summary>
public sealed class Cleaning_documents
{
    private const string Secret = "Hemligsson";

    private const string W = "xmlns:w=\"http://schemas.openxmlformats.org/wordprocessingml/2006/main\" xmlns:r=\"http://schemas.openxmlformats.org/officeDocument/2006/relationships\"";

    private const string Types = """<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/content-types"><Default Extension="xml" ContentType="application/xml"/><Override PartName="/word/document.xml" ContentType="x"/><Override PartName="/docProps/core.xml" ContentType="x"/><Override PartName="/word/comments.xml" ContentType="x"/></Types>""";

    private static string Relations(params (string Type, string Target, bool External)[] to) =>
        $"<Relationships xmlns=\"http://schemas.openxmlformats.org/package/2006/relationships\">{string.Concat(to.Select((t, i) => $"<Relationship Id=\"r{i}\" Type=\"http://x/relationships/{t.Type}\" Target=\"{t.Target}\"{(t.External ? " TargetMode=\"External\"" : "")}/>"))}</Relationships>";

    private static byte[] Zip(params (string Name, string Text)[] parts)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, text) in parts)
            {
                using var into = zip.CreateEntry(name, CompressionLevel.Optimal).Open();
                into.Write(Encoding.UTF8.GetBytes(text));
            }
        }

        return stream.ToArray();
    }

    private static Dictionary<string, string> Unzipped(byte[] file)
    {
        using var zip = new ZipArchive(new MemoryStream(file));
        return zip.Entries.ToDictionary(e => e.FullName, e =>
        {
            using var reader = new StreamReader(e.Open());
            return reader.ReadToEnd();
        });
    }

    private static byte[] Word(string body, params (string Name, string Text)[] more) => Zip(
    [
        ("[Content_Types].xml", Types), ("_rels/.rels", Relations(("officeDocument", "word/document.xml", false), ("core-properties", "docProps/core.xml", false))),
        ("docProps/core.xml", $"<coreProperties><creator>{Secret}</creator></coreProperties>"),
        ("word/_rels/document.xml.rels", Relations(("comments", "comments.xml", false), ("hyperlink", "https://example.se", true))),
        ("word/document.xml", $"<w:document {W}><w:body>{body}</w:body></w:document>"),
        ("word/comments.xml", $"<w:comments {W}><w:comment w:author=\"{Secret}\"/></w:comments>"),
        .. more,
    ]);

    [Fact]
    [Trait("Requirement", "R-10")]
    public void a_text_document_loses_its_author_comments_and_deleted_words_and_keeps_what_is_read()
    {
        var clean = CleanFile.Of(Word($"""
            <w:p w:rsidR="00AA11"><w:r><w:t>Synligt </w:t></w:r><w:ins w:author="{Secret}"><w:r><w:t>infogat</w:t></w:r></w:ins><w:del w:author="{Secret}"><w:r><w:delText>{Secret}</w:delText></w:r></w:del>
            <w:r><w:fldChar w:fldCharType="begin"/><w:instrText>INCLUDEPICTURE C:\{Secret}</w:instrText><w:t> slut</w:t></w:r><w:commentRangeStart w:id="1"/></w:p>
            """))!;
        var parts = Unzipped(clean);
        Assert.DoesNotContain(parts, p => p.Value.Contains(Secret, StringComparison.Ordinal));
        Assert.Equal(["[Content_Types].xml", "_rels/.rels", "word/_rels/document.xml.rels", "word/document.xml"], parts.Keys.Order(StringComparer.Ordinal));
        foreach (var seen in (string[])["Synligt ", "infogat", " slut"]) Assert.Contains(seen, parts["word/document.xml"], StringComparison.Ordinal);
        Assert.DoesNotContain("rsidR", parts["word/document.xml"], StringComparison.Ordinal);
        Assert.Contains("https://example.se", parts["word/_rels/document.xml.rels"], StringComparison.Ordinal);
        Assert.DoesNotContain("comments", parts["[Content_Types].xml"] + parts["word/_rels/document.xml.rels"], StringComparison.Ordinal);
        Assert.Equal(clean, CleanFile.Of(clean));
    }

    [Theory]
    [InlineData("word/vbaProject.bin", "macro")]
    [InlineData("word/embeddings/oleObject1.bin", "file")]
    [InlineData("word/media/image1.emf", "drawing")]
    [InlineData("word/afchunk.html", "<p>")]
    public void a_document_with_something_nobody_has_thought_about_is_not_given_out(string part, string content) => Assert.Null(CleanFile.Of(Word("<w:p/>", (part, content))));

    [Fact]
    public void hidden_text_hidden_sheets_and_hidden_rows_are_not_guessed_about()
    {
        Assert.Null(CleanFile.Of(Word("<w:p><w:r><w:rPr><w:vanish/></w:rPr><w:t>dolt</w:t></w:r></w:p>")));
        byte[] Sheet(string book, string sheet) => Zip(
            ("[Content_Types].xml", Types), ("_rels/.rels", Relations(("officeDocument", "xl/workbook.xml", false))), ("xl/workbook.xml", $"<workbook><sheets>{book}</sheets></workbook>"),
            ("xl/worksheets/sheet1.xml", $"<worksheet><sheetData>{sheet}</sheetData></worksheet>"));
        Assert.NotNull(CleanFile.Of(Sheet("<sheet name=\"Blad\"/>", "<row><c><v>1</v></c></row>")));
        Assert.Null(CleanFile.Of(Sheet("<sheet name=\"Blad\" state=\"veryHidden\"/>", "<row/>")));
        Assert.Null(CleanFile.Of(Sheet("<sheet name=\"Blad\"/>", "<row hidden=\"1\"/>")));
        Assert.Null(CleanFile.Of(Word("<w:p/>", ("word/_rels/settings.xml.rels", Relations(("image", "https://spårare.example/x.png", true))))));
    }

    [Fact]
    public void an_open_document_loses_the_same()
    {
        const string office = "xmlns:office=\"urn:oasis:names:tc:opendocument:xmlns:office:1.0\" xmlns:text=\"urn:oasis:names:tc:opendocument:xmlns:text:1.0\" xmlns:dc=\"http://purl.org/dc/elements/1.1/\"";
        byte[] Odt(string content, params (string, string)[] more) => Zip(
        [
            ("mimetype", "application/vnd.oasis.opendocument.text"), ("meta.xml", $"<a>{Secret}</a>"), ("Thumbnails/thumbnail.png", Secret),
            ("content.xml", $"<office:document-content {office}><office:body><office:text>{content}</office:text></office:body></office:document-content>"),
            ("META-INF/manifest.xml", "<manifest:manifest xmlns:manifest=\"urn:oasis:names:tc:opendocument:xmlns:manifest:1.0\"><manifest:file-entry manifest:full-path=\"/\"/><manifest:file-entry manifest:full-path=\"content.xml\"/><manifest:file-entry manifest:full-path=\"meta.xml\"/></manifest:manifest>"),
            .. more,
        ]);
        var clean = CleanFile.Of(Odt($"<text:tracked-changes><text:changed-region>{Secret}</text:changed-region></text:tracked-changes><text:p>Synligt<office:annotation><dc:creator>{Secret}</dc:creator></office:annotation></text:p>"))!;
        var parts = Unzipped(clean);
        Assert.DoesNotContain(parts, p => p.Value.Contains(Secret, StringComparison.Ordinal));
        Assert.Equal(["META-INF/manifest.xml", "content.xml", "mimetype"], parts.Keys.Order(StringComparer.Ordinal));
        Assert.Contains("Synligt", parts["content.xml"], StringComparison.Ordinal);
        Assert.Null(CleanFile.Of(Odt("<text:p/>", ("Object 1/content.xml", "<a/>"))));
        Assert.Null(CleanFile.Of(Odt("<text:hidden-text/>")));
    }

    private static byte[] APdf(Action<PdfDocument> with)
    {
        using var document = new PdfDocument();
        document.AddPage();
        document.Info.Author = Secret;
        document.Info.Title = Secret;
        with(document);
        using var into = new MemoryStream();
        document.Save(into, closeStream: false);
        return into.ToArray();
    }

    [Fact]
    [Trait("Requirement", "R-10")]
    public void a_pdf_is_written_anew_from_its_pages()
    {
        var file = APdf(d => d.Pages[0].Elements.SetString("/PieceInfo", Secret));
        Assert.Contains(Secret, Encoding.Latin1.GetString(file), StringComparison.Ordinal);
        var clean = CleanFile.Of(file)!;
        var text = Encoding.Latin1.GetString(clean);
        Assert.DoesNotContain(Secret, text, StringComparison.Ordinal);
        Assert.DoesNotContain(Convert.ToHexString(Encoding.BigEndianUnicode.GetBytes(Secret)), text, StringComparison.OrdinalIgnoreCase);

        // Read back: as many pages, and nobody's name.
        using var read = PdfReader.Open(new MemoryStream(clean), PdfDocumentOpenMode.Import);
        Assert.Equal((1, "", ""), (read.PageCount, read.Info.Author, read.Info.Title));
        Assert.Equal(clean, CleanFile.Of(file));
    }

    [Fact]
    public void a_pdf_that_is_broken_or_has_layers_is_not_given_out()
    {
        Assert.Null(CleanFile.Of("%PDF-1.7 och sedan inget"u8));
        Assert.Null(CleanFile.Of(APdf(d => d.Internals.Catalog.Elements.SetString("/OCProperties", "x"))));
    }

    [Fact]
    public void plain_letters_are_given_as_they_are_and_drawings_in_code_are_not()
    {
        var letters = "Bara bokstäver å ä ö\r\n"u8.ToArray();
        Assert.Equal(letters, CleanFile.Of(letters));
        Assert.Null(CleanFile.Of("<svg xmlns=\"http://www.w3.org/2000/svg\"/>"u8));
        Assert.Null(CleanFile.Of([0, 0, 0, 0x18, .. "ftypmp42"u8]));
    }
}
