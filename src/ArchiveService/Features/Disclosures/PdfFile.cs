using System.Text;
using System.Text.RegularExpressions;
using PdfSharp.Pdf;
using PdfSharp.Pdf.Advanced;
using PdfSharp.Pdf.IO;

namespace ArchiveService.Features.Disclosures;

/// <summary>
/// A PDF written anew from its pages: without who made it, when and with what, earlier versions, attached files, comments and forms, scripts, bookmarks and what cameras wrote into its
/// pictures. Pure. Not cleaned: one that is locked, has layers that can be switched off, or cannot be read.
/// </summary>
public static partial class PdfFile
{
    /// <summary>What a page or a picture may carry beside what it shows.</summary>
    private static readonly string[] Gone = ["/Metadata", "/PieceInfo", "/LastModified", "/Annots", "/AA", "/Thumb", "/StructParents", "/StructParent", "/OPI", "/Alternates", "/AF", "/Tabs", "/PresSteps", "/ID"];

    /// <summary>The text that stands in place of what the writing program says of itself and of when.</summary>
    [GeneratedRegex(@"uuid:[0-9A-Fa-f-]{36}|>\d{4}-\d\d-\d\dT\d\d:\d\d:\d\d[^<]*<|\(D:\d{14}[^)]*\)|/ID\s*\[\s*<[0-9A-Fa-f]*>\s*<[0-9A-Fa-f]*>\s*\]|/ID\s*\[\s*\((?:\\.|[^\\)])*\)\s*\((?:\\.|[^\\)])*\)\s*\]", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Stamps { get; }

    /// <summary>The file cleaned; null when it cannot be.</summary>
    public static byte[]? Of(byte[] file)
    {
        try
        {
            using var from = new MemoryStream(file, writable: false);
            using var read = PdfReader.Open(from, PdfDocumentOpenMode.Import);
            if (read.PageCount == 0 || read.SecuritySettings.IsEncrypted) return null;
            if (read.Internals.Catalog.Elements.ContainsKey("/OCProperties")) return null;
            using var clean = new PdfDocument();
            foreach (var page in read.Pages) clean.AddPage(page);
            foreach (var one in clean.Internals.GetAllObjects().OfType<PdfDictionary>().ToList())
            {
                // A layer may be off, and a form field or a note is no page.
                if (one.Elements.GetName("/Type") is "/OCG" or "/OCMD") return null;
                foreach (var name in Gone) one.Elements.Remove(name);
                if (one.Elements.GetName("/Subtype") == "/Image" && !CleanImage(one)) return null;
            }

            clean.Info.Title = "";
            clean.Info.Author = "";
            clean.Info.Creator = "";
            using var into = new MemoryStream();
            clean.Save(into, closeStream: false);
            return Unstamped(into.ToArray());
        }
        catch (Exception error) when (error is not OutOfMemoryException)
        {
            // A reader of strangers' files fails in many ways; whatever cannot be read is not given out.
            return null;
        }
    }

    /// <summary>A photograph stands in a PDF as the camera wrote it.</summary>
    private static bool CleanImage(PdfDictionary image)
    {
        if (image.Stream is not { } stream) return true;
        var filter = image.Elements.GetObject("/Filter") is PdfArray many ? string.Join(' ', many.Elements.Select(e => e.ToString())) : image.Elements.GetName("/Filter");
        if (!filter.Contains("DCTDecode", StringComparison.Ordinal)) return !filter.Contains("JPXDecode", StringComparison.Ordinal);
        if (filter.Trim() != "/DCTDecode" || CleanFile.Picture(stream.Value) is not { } clean) return false;
        stream.Value = clean;
        image.Elements.SetInteger("/Length", clean.Length);
        return true;
    }

    /// <summary>The same pages give the same bytes whenever it is done: as long as before, so that nothing in the file moves.</summary>
    private static byte[] Unstamped(byte[] file)
    {
        // One byte is one character, both ways.
        var text = Encoding.Latin1.GetString(file);
        return Encoding.Latin1.GetBytes(Stamps.Replace(text, found => found.Value[0] is 'u' ? "uuid:00000000-0000-0000-0000-000000000000"
            : found.Value[0] is '>' ? ">1980-01-01T00:00:00Z".PadRight(found.Length - 1) + "<"
            : found.Value[0] == '('
            ? "(D:19800101000000" + new string(' ', found.Length - 18) + ")"
            : IdOf(found.Value)));
    }

    private static string IdOf(string found) => found.Contains('<', StringComparison.Ordinal)
        ? Regex.Replace(found, "[0-9A-Fa-f](?=[0-9A-Fa-f]*>)", "0", RegexOptions.None, TimeSpan.FromSeconds(1))
        : new string(' ', found.Length);
}
