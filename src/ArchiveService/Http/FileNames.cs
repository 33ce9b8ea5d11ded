using System.Globalization;
using System.Text;
using Microsoft.Net.Http.Headers;

namespace ArchiveService.Http;

/// <summary>
/// Names of files that are given out. Who sent a file chose its name: a path, a second line, a text that reads backwards («exe.gpj») or a name that Windows keeps for
/// itself does not reach the disk of whoever takes it.
/// </summary>
public static class FileNames
{
    private const int Longest = 150;

    private static readonly HashSet<string> OfDevices = new(StringComparer.OrdinalIgnoreCase)
    {
        "con", "prn", "aux", "nul", "com0", "com1", "com2", "com3", "com4", "com5", "com6", "com7", "com8", "com9", "lpt0", "lpt1", "lpt2", "lpt3", "lpt4", "lpt5", "lpt6", "lpt7", "lpt8", "lpt9", "conin$", "conout$",
    };

    /// <summary>A name that every file system takes, of one line, without a path; ends as the given one ends.</summary>
    public static string Safe(string? name, string otherwise = "fil")
    {
        var safe = new StringBuilder();
        foreach (var rune in (name ?? "").EnumerateRunes())
        {
            var kind = Rune.GetUnicodeCategory(rune);

            // Half an emoji is read as U+FFFD.
            if (rune.Value is '/' or '\\' or ':' or '*' or '?' or '"' or '<' or '>' or '|' or ';' or '%' or 0xFFFD) safe.Append('_');
            else if (kind is UnicodeCategory.Control or UnicodeCategory.Format or UnicodeCategory.LineSeparator or UnicodeCategory.ParagraphSeparator or UnicodeCategory.PrivateUse or UnicodeCategory.OtherNotAssigned) continue;
            else if (kind is UnicodeCategory.SpaceSeparator) safe.Append(' ');
            else safe.Append(rune);
        }

        var text = safe.ToString().Trim(' ', '.');
        if (text.Length > Longest)
        {
            var end = Path.GetExtension(text) is { Length: <= 12 } extension ? extension : "";
            var cut = Longest - end.Length;
            if (char.IsHighSurrogate(text[cut - 1])) cut--;
            text = text[..cut].TrimEnd(' ', '.') + end;
        }

        if (text.Length == 0) return otherwise;
        return OfDevices.Contains(text.Split('.')[0].TrimEnd()) ? "_" + text : text;
    }

    /// <summary>The header: the name in ASCII for those who read no other, and as it is (RFC 6266, RFC 8187).</summary>
    public static string Disposition(string? name, bool inline = false)
    {
        var header = new ContentDispositionHeaderValue(inline ? "inline" : "attachment");
        header.SetHttpFileName(Safe(name));
        return header.ToString();
    }
}
