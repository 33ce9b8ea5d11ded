using System.Text;
using System.Text.Unicode;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Exports;

/// <summary>One row of a CSV file: its bytes as they stand, and its fields.</summary>
internal sealed record CsvRow(byte[] Raw, IReadOnlyList<string> Fields, PieceEnd End, TextFaults Faults);

/// <summary>Reads CSV (RFC 4180) row by row: fields in quotes may hold line breaks, so it never splits by lines. Holds one row at a time.</summary>
internal sealed class CsvRows(Stream input)
{
    private readonly byte[] block = new byte[64 * 1024];
    private int at;
    private int end;
    private bool begun;

    /// <summary>The next row that holds anything, or null at the end.</summary>
    public async ValueTask<CsvRow?> Next(CancellationToken ct)
    {
        while (true)
        {
            var row = await Row(ct);
            if (row is null || row.End != PieceEnd.Whole || row.Fields.Any(field => field.Length > 0)) return row;
        }
    }

    private async ValueTask<CsvRow?> Row(CancellationToken ct)
    {
        var raw = new List<byte>();
        var (quoted, pending, fieldBegins, any, tooLong) = (false, false, true, false, false);
        while (true)
        {
            if (at == end)
            {
                at = 0;
                end = await input.ReadAsync(block, ct);
                if (end == 0) return any ? Whole(raw, tooLong ? PieceEnd.TooLong : quoted && !pending ? PieceEnd.Truncated : PieceEnd.Whole) : null;
                if (!begun)
                {
                    begun = true;
                    if (block.AsSpan(0, end) is [0xEF, 0xBB, 0xBF, ..]) at = 3;
                    continue;
                }
            }

            var next = block[at++];
            any = true;
            if (next == (byte)'\n' && (!quoted || pending)) return Whole(raw, tooLong ? PieceEnd.TooLong : PieceEnd.Whole);
            if (raw.Count >= CaptureLimits.MaxLineBytes) tooLong = true;
            if (!tooLong) raw.Add(next);
            if (quoted)
            {
                if (next == (byte)'"') pending = !pending;
                else if (pending && next == (byte)',') (quoted, pending, fieldBegins) = (false, false, true);
                else if (pending && next != (byte)'\r') pending = false;
            }
            else
            {
                quoted = fieldBegins && next == (byte)'"';
                fieldBegins = next == (byte)',';
            }
        }
    }

    private static CsvRow Whole(List<byte> bytes, PieceEnd ending)
    {
        var raw = bytes.ToArray();
        if (ending == PieceEnd.TooLong) return new CsvRow([], [], ending, TextFaults.None);
        var line = raw is [.., (byte)'\r'] ? raw[..^1] : raw;
        var faults = Utf8.IsValid(line) ? TextFaults.None : TextFaults.InvalidUtf8;
        var text = Encoding.UTF8.GetString(line);
        if (text.Contains('\0', StringComparison.Ordinal))
        {
            faults |= TextFaults.Nul;
            text = text.Replace('\0', '\uFFFD');
        }

        return new CsvRow(line, Fields(text), ending, faults);
    }

    private static List<string> Fields(string row)
    {
        var fields = new List<string>();
        var field = new StringBuilder();
        for (var i = 0; ; i++)
        {
            if (i < row.Length && row[i] == '"' && field.Length == 0)
            {
                // In quotes: everything up to a quote that is not doubled.
                for (i++; i < row.Length; i++)
                {
                    if (row[i] != '"') field.Append(row[i]);
                    else if (i + 1 < row.Length && row[i + 1] == '"') field.Append(row[i++]);
                    else break;
                }

                i++;
            }

            while (i < row.Length && row[i] != ',') field.Append(row[i++]);
            fields.Add(field.ToString());
            field.Clear();
            if (i >= row.Length) return fields;
        }
    }
}
