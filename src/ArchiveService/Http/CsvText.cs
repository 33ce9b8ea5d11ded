using System.Text;

namespace ArchiveService.Http;

/// <summary>
/// Rows as a Swedish spreadsheet opens them: semicolons, UTF-8 with its mark. What the spreadsheet would take for a formula gets an apostrophe
/// before it, for a sender's name is whatever the sender wrote.
/// </summary>
public static class CsvText
{
    public const string MediaType = "text/csv; charset=utf-8";

    public static string Of(IEnumerable<string> header, IEnumerable<IEnumerable<string?>> rows)
    {
        var text = new StringBuilder();
        text.AppendJoin(';', header.Select(Cell)).Append("\r\n");
        foreach (var row in rows) text.AppendJoin(';', row.Select(Cell)).Append("\r\n");
        return text.ToString();
    }

    public static byte[] File(IEnumerable<string> header, IEnumerable<IEnumerable<string?>> rows) => [.. Encoding.UTF8.GetPreamble(), .. Encoding.UTF8.GetBytes(Of(header, rows))];

    public static string Cell(string? value)
    {
        value ??= "";

        if (IsFormula(value)) value = "'" + value;
        return value.AsSpan().ContainsAny(";\"\r\n\t") ? $"\"{value.Replace("\"", "\"\"", StringComparison.Ordinal)}\"" : value;
    }

    /// <summary>Also after blanks and characters without width, which spreadsheets take away, and in the full-width forms, which some of them read as the narrow ones.</summary>
    public static bool IsFormula(string value)
    {
        if (value.Length == 0) return false;
        if (value[0] is '\t' or '\r' or '\n' or '\0') return true;
        foreach (var letter in value)
        {
            if (char.IsWhiteSpace(letter) || char.IsControl(letter) || char.GetUnicodeCategory(letter) == System.Globalization.UnicodeCategory.Format) continue;
            return letter is '=' or '+' or '-' or '@' or '|' or '%' or '＝' or '＋' or '－' or '＠';
        }

        return false;
    }
}
