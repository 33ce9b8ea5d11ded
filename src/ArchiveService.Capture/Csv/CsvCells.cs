using System.Text;

namespace ArchiveService.Capture.Csv;

/// <summary>The cells of one row. A cell that a spreadsheet would take for a formula is text like any other here: nothing is ever computed.</summary>
internal static class CsvCells
{
    /// <returns>False: text stands after a closing quotation mark; the cell it happened in is the last one.</returns>
    public static bool Split(string row, char separator, List<string> into)
    {
        into.Clear();
        var at = 0;
        while (true)
        {
            if (at < row.Length && row[at] == '"')
            {
                if (!Quoted(row, ref at, into)) return false;
                if (at == row.Length) return true;
                if (row[at] != separator) return false;
                at++;
                continue;
            }

            var next = row.IndexOf(separator, at);
            if (next < 0)
            {
                into.Add(row[at..]);
                return true;
            }

            into.Add(row[at..next]);
            at = next + 1;
        }
    }

    private static bool Quoted(string row, ref int at, List<string> into)
    {
        StringBuilder? joined = null;
        var from = at + 1;
        while (true)
        {
            var close = row.IndexOf('"', from);
            if (close < 0)
            {
                into.Add("");
                return false;
            }

            if (close + 1 < row.Length && row[close + 1] == '"')
            {
                (joined ??= new()).Append(row, from, close - from + 1);
                from = close + 2;
                continue;
            }

            into.Add(joined is null ? row[from..close] : joined.Append(row, from, close - from).ToString());
            at = close + 1;
            return true;
        }
    }
}
