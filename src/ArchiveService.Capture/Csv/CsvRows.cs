namespace ArchiveService.Capture.Csv;

internal enum CsvEnd
{
    Whole,

    /// <summary>Longer than <see cref="CaptureLimits.MaxLineBytes"/>; its rest was passed over.</summary>
    TooLong,

    /// <summary>A quotation mark that nothing closes; reading goes on at the next line.</summary>
    QuoteOpen,
}

/// <summary>One row as its bytes stood in the file, without the line break that ends it.</summary>
internal readonly record struct CsvRow(long Line, byte[] Bytes, CsvEnd End);

/// <summary>
/// Cuts a stream into rows by RFC 4180, byte by byte, so that each row keeps exactly the bytes it came with: a quoted cell may hold line breaks. A quotation
/// mark that is never closed costs the row it stands in, not the rest of the file.
/// </summary>
internal sealed class CsvRows(Stream input, byte separator)
{
    private byte[] buffer = new byte[64 * 1024];
    private int start;
    private int end;
    private bool ended;
    private long line = 1;

    private enum State
    {
        CellStart,
        Plain,
        Quoted,
        QuoteInQuoted,
    }

    /// <summary>The first bytes, without taking them.</summary>
    public async ValueTask<ReadOnlyMemory<byte>> Peek(int count, CancellationToken ct)
    {
        while (end - start < count && await Fill(ct))
        {
        }

        return buffer.AsMemory(start, Math.Min(count, end - start));
    }

    public void Skip(int bytes) => start += bytes;

    /// <summary>Passes over a line, whatever stands in it.</summary>
    public async ValueTask SkipLine(CancellationToken ct)
    {
        while (true)
        {
            var found = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (found >= 0)
            {
                start += found + 1;
                line++;
                return;
            }

            start = end;
            if (!await Fill(ct)) return;
        }
    }

    /// <summary>The next row; null at the end of the stream.</summary>
    public async ValueTask<CsvRow?> Next(CancellationToken ct)
    {
        var (state, read, lines, firstBreak) = (State.CellStart, 0, 0L, -1);
        while (true)
        {
            var length = Scan(ref state, ref read, ref lines, ref firstBreak);
            if (length >= 0)
            {
                var whole = length > CaptureLimits.MaxLineBytes ? new(line, [], CsvEnd.TooLong) : Taken(length);
                start += read;
                line += lines + 1;
                return whole with { Line = line - lines - 1 };
            }

            if (read > CaptureLimits.MaxLineBytes) return await Refused(state, firstBreak, ct);
            if (await Fill(ct)) continue;
            if (read == 0) return null;
            if (state == State.Quoted) return await Refused(state, firstBreak, ct);
            var last = Taken(read);
            start = end;
            return last with { Line = line };
        }
    }

    private CsvRow Taken(int length)
    {
        var bytes = buffer.AsSpan(start, length);
        if (bytes.EndsWith("\r"u8)) bytes = bytes[..^1];
        return new(line, bytes.ToArray(), CsvEnd.Whole);
    }

    /// <returns>The row's length without its line feed, or -1 while there is no end in the buffer.</returns>
    private int Scan(ref State state, ref int read, ref long lines, ref int firstBreak)
    {
        var bytes = buffer.AsSpan(start, end - start);
        for (; read < bytes.Length; read++)
        {
            var b = bytes[read];
            if (state == State.Quoted)
            {
                if (b == (byte)'"')
                {
                    state = State.QuoteInQuoted;
                }
                else if (b == (byte)'\n')
                {
                    lines++;
                    if (firstBreak < 0) firstBreak = read;
                }

                continue;
            }

            if (b == (byte)'\n') return read++;
            state = b == separator ? State.CellStart
                : b == (byte)'"' && state is State.CellStart or State.QuoteInQuoted ? State.Quoted
                : State.Plain;
        }

        return -1;
    }

    private async ValueTask<CsvRow> Refused(State state, int firstBreak, CancellationToken ct)
    {
        var at = line;
        var open = state is State.Quoted or State.QuoteInQuoted && (firstBreak >= 0 || end - start <= CaptureLimits.MaxLineBytes);
        if (open && firstBreak >= 0)
        {
            start += firstBreak + 1;
            line++;
        }
        else
        {
            await SkipLine(ct);
        }

        return new(at, [], open ? CsvEnd.QuoteOpen : CsvEnd.TooLong);
    }

    private async ValueTask<bool> Fill(CancellationToken ct)
    {
        if (ended) return false;
        if (start > 0)
        {
            buffer.AsSpan(start, end - start).CopyTo(buffer);
            (start, end) = (0, end - start);
        }

        if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        var count = await input.ReadAsync(buffer.AsMemory(end), ct);
        end += count;
        ended = count == 0;
        return count > 0;
    }
}
