using System.IO.Compression;
using System.Xml;
using System.Xml.Linq;

namespace ArchiveService.Features.Disclosures;

/// <summary>
/// Word processing, spreadsheets and presentations (Office Open XML and OpenDocument) without what is not seen in them: who wrote them and when, comments, tracked changes and what
/// was deleted, notes to slides, paths, links to templates, what cameras wrote into their pictures. Pure.
/// Only parts that are known are taken along. What may hold more than is seen and cannot be cleaned (macros, embedded files, hidden sheets, rows and slides, hidden text) makes the
/// whole file one that is not given out from here.
/// </summary>
public static class OfficeFile
{
    private const long MostUnpacked = 256L * 1024 * 1024;

    private const int MostParts = 5000;

    /// <summary>In every entry of a cleaned file.</summary>
    private static readonly DateTimeOffset NoTime = new(1980, 1, 1, 0, 0, 0, TimeSpan.Zero);

    private static readonly XNamespace Relations = "http://schemas.openxmlformats.org/package/2006/relationships";

    private static readonly string[] DroppedRelations =
    [
        "core-properties", "extended-properties", "custom-properties", "thumbnail", "comments", "commentsExtended", "commentsIds", "commentsExtensible", "people", "person", "threadedComment",
        "customXml", "customXmlProps", "attachedTemplate", "notesSlide", "notesMaster", "commentAuthors", "printerSettings", "vmlDrawing", "glossaryDocument", "calcChain", "customProperty", "tags",
    ];

    /// <summary>What stands in these folders is never taken along, and nothing that is seen needs it.</summary>
    private static readonly string[] DroppedParts =
    [
        "docProps/", "customXml/", "word/comments", "word/people", "word/glossary/", "xl/comments", "xl/threadedComments/", "xl/persons/", "xl/printerSettings/", "xl/calcChain", "xl/drawings/vmlDrawing", "xl/customProperty",
        "ppt/comments/", "ppt/commentAuthors", "ppt/authors", "ppt/notesSlides/", "ppt/notesMasters/", "ppt/printerSettings/", "ppt/tags/", "ppt/handoutMasters/",
    ];

    private static readonly string[] KnownParts =
    [
        "word/document", "word/styles", "word/stylesWithEffects", "word/settings", "word/webSettings", "word/fontTable", "word/numbering", "word/theme/", "word/header", "word/footer", "word/footnotes", "word/endnotes",
        "xl/workbook", "xl/worksheets/sheet", "xl/sharedStrings", "xl/styles", "xl/theme/", "xl/tables/table", "xl/drawings/drawing", "xl/charts/",
        "ppt/presentation", "ppt/slides/slide", "ppt/slideLayouts/slideLayout", "ppt/slideMasters/slideMaster", "ppt/theme/", "ppt/presProps", "ppt/viewProps", "ppt/tableStyles",
    ];

    /// <summary>Elements that go with everything in them, by their local name.</summary>
    private static readonly HashSet<string> Gone = new(StringComparer.Ordinal)
    {
        // Tracked changes: what was deleted, and how it looked before.
        "del", "moveFrom", "rPrChange", "pPrChange", "sectPrChange", "tblPrChange", "tblPrExChange", "trPrChange", "tcPrChange", "tblGridChange", "numberingChange", "moveFromRangeStart", "moveFromRangeEnd",
        "moveToRangeStart", "moveToRangeEnd", "customXmlDelRangeStart", "customXmlDelRangeEnd", "customXmlInsRangeStart", "customXmlInsRangeEnd", "cellIns", "cellDel", "cellMerge", "trackRevisions", "rsids",
        // Comments, and whoever wrote them.
        "commentRangeStart", "commentRangeEnd", "commentReference", "annotationRef", "legacyDrawing", "legacyDrawingHF", "cmAuthorLst",
        // Paths, templates, fields and what programs keep for themselves.
        "attachedTemplate", "docVars", "dataBinding", "instrText", "fldChar", "delInstrText", "proofErr", "proofState", "fileSharing", "fileRecoveryPr", "absPath", "notesMasterIdLst", "handoutMasterIdLst", "custDataLst",
        "userShapes", "picture.path", "saveThroughXslt", "mailMerge", "picPath", "customPr", "customProperties",
        // OpenDocument: tracked changes, comments, notes, scripts, forms and names of fields.
        "tracked-changes", "change", "change-start", "change-end", "annotation", "annotation-end", "notes", "scripts", "event-listeners", "forms", "desc", "creator", "initial-creator", "date-string", "meta",
        "user-field-decls", "variable-decls", "dde-connection-decls", "database-ranges", "settings",
    };

    /// <summary>Elements whose content stays and which themselves go.</summary>
    private static readonly HashSet<string> Unwrapped = new(StringComparer.Ordinal) { "ins", "moveTo", "fldSimple", "smartTag" };

    private static readonly HashSet<string> GoneAttributes = new(StringComparer.Ordinal)
    {
        "rsidR", "rsidRDefault", "rsidP", "rsidRPr", "rsidSect", "rsidTr", "rsidDel", "author", "userName", "lastEdited", "lastModifiedBy", "descr", "title", "paraId", "textId",
    };

    /// <summary>The file cleaned; null when it is no such file, or may hold what cannot be taken out.</summary>
    public static byte[]? Of(byte[] file)
    {
        try
        {
            using var read = new ZipArchive(new MemoryStream(file, writable: false), ZipArchiveMode.Read);
            if (read.Entries.Count > MostParts || read.Entries.Sum(e => e.Length) > MostUnpacked || read.Entries.Any(e => e.IsEncrypted)) return null;
            if (read.Entries.Select(e => e.FullName).Distinct(StringComparer.OrdinalIgnoreCase).Count() != read.Entries.Count) return null;
            return read.GetEntry("[Content_Types].xml") is not null ? OpenXml(read) : read.GetEntry("mimetype") is not null ? OpenDocument(read) : null;
        }
        catch (Exception error) when (error is InvalidDataException or XmlException or NotSupportedException or EndOfStreamException)
        {
            return null;
        }
    }

    private static byte[]? OpenXml(ZipArchive read)
    {
        var parts = new List<(string Name, byte[] Bytes)>();
        XDocument? types = null;
        foreach (var entry in read.Entries.Where(e => e.FullName.Length > 0 && e.FullName[^1] != '/'))
        {
            var name = entry.FullName;
            if (DroppedParts.Any(d => name.StartsWith(d, StringComparison.OrdinalIgnoreCase)) || DroppedParts.Any(d => name.Replace("_rels/", "", StringComparison.Ordinal).StartsWith(d, StringComparison.OrdinalIgnoreCase))) continue;
            if (name == "[Content_Types].xml")
            {
                types = Xml(entry);
            }
            else if (name.EndsWith(".rels", StringComparison.OrdinalIgnoreCase))
            {
                var relations = Xml(entry);
                foreach (var relation in relations.Descendants(Relations + "Relationship").ToList())
                {
                    var type = relation.Attribute("Type")?.Value ?? "";
                    var kind = type[(type.LastIndexOf('/') + 1)..];
                    if (DroppedRelations.Contains(kind, StringComparer.OrdinalIgnoreCase)) relation.Remove();
                    // A link that is seen is of the text; whatever else is fetched from somewhere is not.
                    else if (relation.Attribute("TargetMode")?.Value == "External" && kind != "hyperlink") return null;
                }

                parts.Add((name, Bytes(relations)));
            }
            else if (name.Contains("/media/", StringComparison.OrdinalIgnoreCase))
            {
                if (Picture(entry) is not { } picture) return null;
                parts.Add((name, picture));
            }
            else if (name.EndsWith(".xml", StringComparison.OrdinalIgnoreCase) && KnownParts.Any(k => name.StartsWith(k, StringComparison.OrdinalIgnoreCase)))
            {
                var xml = Xml(entry);
                if (HidesOpenXml(xml)) return null;
                Clean(xml);
                parts.Add((name, Bytes(xml)));
            }
            else
            {
                return null;
            }
        }

        if (types is null || parts.Count == 0) return null;
        var there = parts.Select(p => "/" + p.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        foreach (var gone in types.Root!.Elements().Where(e => e.Attribute("PartName") is { } part && !there.Contains(part.Value)).ToList()) gone.Remove();
        return Zipped([("[Content_Types].xml", Bytes(types)), .. parts]);
    }

    /// <summary>Something that is not seen stands there, and what else depends on it is not known.</summary>
    private static bool HidesOpenXml(XDocument xml) => xml.Descendants().Any(e => e.Name.LocalName switch
    {
        "sheet" => e.Attribute("state") is { Value: "hidden" or "veryHidden" },
        "row" or "col" => IsOn(e.Attribute("hidden")),
        "sld" => e.Attribute("show") is { } show && !IsOn(show),
        "vanish" or "specVanish" => !e.Attributes().Any(a => a.Name.LocalName == "val" && !IsOn(a)),
        "externalReferences" or "pivotCaches" or "object" or "oleObj" or "oleObject" or "oleObjects" or "control" or "controls" or "altChunk" or "webPublishItems" => true,
        "cNvPr" or "docPr" => IsOn(e.Attribute("hidden")),
        _ => false,
    });

    private static bool IsOn(XAttribute? said) => said is { Value: "1" or "true" or "on" };

    private static byte[]? OpenDocument(ZipArchive read)
    {
        string kind;
        using (var said = new StreamReader(read.GetEntry("mimetype")!.Open())) kind = said.ReadToEnd().Trim();
        if (kind is not ("application/vnd.oasis.opendocument.text" or "application/vnd.oasis.opendocument.spreadsheet" or "application/vnd.oasis.opendocument.presentation")) return null;
        var parts = new List<(string Name, byte[] Bytes)>();
        XDocument? manifest = null;
        foreach (var entry in read.Entries.Where(e => e.FullName.Length > 0 && e.FullName[^1] != '/' && e.FullName != "mimetype"))
        {
            switch (entry.FullName)
            {
                case "META-INF/manifest.xml":
                    manifest = Xml(entry);
                    if (manifest.Descendants().Any(e => e.Name.LocalName == "encryption-data")) return null;
                    break;
                case "content.xml" or "styles.xml":
                    var xml = Xml(entry);
                    if (HidesOpenDocument(xml)) return null;
                    Clean(xml);
                    parts.Add((entry.FullName, Bytes(xml)));
                    break;
                case "meta.xml" or "settings.xml" or "manifest.rdf" or "layout-cache":
                case var name when name.StartsWith("Thumbnails/", StringComparison.Ordinal) || name.StartsWith("Configurations2/", StringComparison.Ordinal):
                    break;
                case var name when name.StartsWith("Pictures/", StringComparison.Ordinal) && Picture(entry) is { } picture:
                    parts.Add((name, picture));
                    break;
                default:
                    return null;
            }
        }

        if (manifest is null || parts.All(p => p.Name != "content.xml")) return null;
        var there = parts.Select(p => p.Name).Append("/").ToHashSet(StringComparer.Ordinal);
        foreach (var gone in manifest.Root!.Elements().Where(e => e.Attributes().FirstOrDefault(a => a.Name.LocalName == "full-path") is { } path && !there.Contains(path.Value)).ToList()) gone.Remove();
        return Zipped([("mimetype", System.Text.Encoding.ASCII.GetBytes(kind)), .. parts, ("META-INF/manifest.xml", Bytes(manifest))]);
    }

    private static bool HidesOpenDocument(XDocument xml) => xml.Descendants().Any(e =>
        e.Name.LocalName is "hidden-text" or "hidden-paragraph" or "conditional-text" or "object" or "object-ole" or "plugin" or "applet" or "floating-frame"
        || e.Attributes().Any(a => (a.Name.LocalName, a.Value) is ("display", "none" or "false" or "condition") or ("visibility", "collapse" or "filter" or "hidden")));

    private static void Clean(XDocument xml)
    {
        xml.DescendantNodes().Where(n => n is XComment or XProcessingInstruction).Remove();
        foreach (var element in xml.Descendants().Where(e => Gone.Contains(e.Name.LocalName) && e != xml.Root && !IsVisible(e)).ToList()) element.Remove();
        // Innermost first, so that what stands in one another comes out of both.
        foreach (var element in xml.Descendants().Where(e => Unwrapped.Contains(e.Name.LocalName) && e != xml.Root).Reverse().ToList()) element.ReplaceWith(element.Nodes().ToList());
        foreach (var attribute in xml.Descendants().Attributes().Where(a => GoneAttributes.Contains(a.Name.LocalName) && !(a.Name.LocalName == "title" && a.Parent!.Name.LocalName == "style")).ToList()) attribute.Remove();
        foreach (var named in xml.Descendants().Where(e => e.Name.LocalName is "cNvPr" or "docPr").Attributes("name")) named.Value = "";
    }

    /// <summary>A word of one format that in another means something that is seen.</summary>
    private static bool IsVisible(XElement element) => (element.Name.LocalName, element.Name.NamespaceName.Contains("opendocument", StringComparison.Ordinal)) switch
    {
        // The author's name as a field of the text is read there.
        ("creator" or "initial-creator", true) => element.Name.NamespaceName.Contains(":text:", StringComparison.Ordinal),
        ("notes" or "annotation" or "change" or "desc" or "scripts" or "forms" or "meta" or "settings", false) => true,
        ("del" or "ins", true) => true,
        _ => false,
    };

    private static byte[]? Picture(ZipArchiveEntry entry) => Read(entry) is { } bytes ? CleanFile.Picture(bytes) : null;

    private static XDocument Xml(ZipArchiveEntry entry)
    {
        using var stream = new MemoryStream(Read(entry));
        using var reader = XmlReader.Create(stream, new XmlReaderSettings { DtdProcessing = DtdProcessing.Prohibit, XmlResolver = null, MaxCharactersFromEntities = 0 });
        return XDocument.Load(reader, LoadOptions.PreserveWhitespace);
    }

    private static byte[] Read(ZipArchiveEntry entry)
    {
        using var from = entry.Open();
        using var into = new MemoryStream();
        var buffer = new byte[81920];
        int count;
        while ((count = from.Read(buffer)) > 0)
        {
            // What a zip says of its lengths is not believed.
            if (into.Length + count > MostUnpacked) throw new InvalidDataException("A part is larger than it says.");
            into.Write(buffer, 0, count);
        }

        return into.ToArray();
    }

    private static byte[] Bytes(XDocument xml)
    {
        using var stream = new MemoryStream();
        using (var writer = XmlWriter.Create(stream, new XmlWriterSettings { Encoding = new System.Text.UTF8Encoding(false), OmitXmlDeclaration = false })) xml.Save(writer);
        return stream.ToArray();
    }

    private static byte[] Zipped(IReadOnlyList<(string Name, byte[] Bytes)> parts)
    {
        using var stream = new MemoryStream();
        using (var zip = new ZipArchive(stream, ZipArchiveMode.Create, leaveOpen: true))
        {
            foreach (var (name, bytes) in parts)
            {
                var entry = zip.CreateEntry(name, name == "mimetype" ? CompressionLevel.NoCompression : CompressionLevel.Optimal);
                entry.LastWriteTime = NoTime;
                using var into = entry.Open();
                into.Write(bytes);
            }
        }

        return stream.ToArray();
    }
}
