namespace ArchiveService.Capture.Json;

/// <summary>How a piece of the input ended.</summary>
internal enum PieceEnd
{
    Whole,
    TooLong,
    Truncated,
}

/// <summary>The verbatim bytes of one line or one JSON value; empty when it was too long.</summary>
internal readonly record struct Piece(byte[] Bytes, PieceEnd End);

/// <summary>
/// Cuts a stream into lines or JSON values without ever holding more than one of them. It only counts quotes and
/// brackets, so a value with broken inner grammar is cut out and refused alone, and its neighbours are still read.
/// </summary>
internal sealed class JsonPieces(Stream input)
{
    private const int Block = 64 * 1024;

    private static ReadOnlySpan<byte> ByteOrderMark => [0xEF, 0xBB, 0xBF];

    private byte[] buffer = new byte[Block];
    private int start;
    private int end;
    private bool begun;
    private bool ended;

    /// <summary>Line feeds that <see cref="Peek"/> has skipped.</summary>
    public long LinesSkipped { get; private set; }

    /// <summary>The next line without its ending, or null at the end.</summary>
    public async ValueTask<Piece?> ReadLine(int limit, CancellationToken ct)
    {
        var scanned = 0;
        var tooLong = false;
        while (true)
        {
            var at = buffer.AsSpan(start + scanned, end - start - scanned).IndexOf((byte)'\n');
            if (at >= 0)
            {
                var length = scanned + at;
                var line = Take(length, limit, tooLong);
                start++;
                return line;
            }

            scanned = end - start;
            if (scanned > limit + 1)
            {
                tooLong = true;
                start = end;
                scanned = 0;
            }

            if (await Fill(ct)) continue;
            return scanned == 0 && !tooLong ? null : Take(scanned, limit, tooLong);
        }
    }

    /// <summary>The next byte that is not white space, without taking it, or -1 at the end.</summary>
    public async ValueTask<int> Peek(CancellationToken ct)
    {
        while (true)
        {
            for (; start < end; start++)
            {
                if (buffer[start] == (byte)'\n') LinesSkipped++;
                if (buffer[start] is not ((byte)' ' or (byte)'\t' or (byte)'\r' or (byte)'\n')) return buffer[start];
            }

            if (!await Fill(ct)) return -1;
        }
    }

    /// <summary>Takes the byte that <see cref="Peek"/> showed.</summary>
    public void Skip() => start++;

    /// <summary>Takes one JSON value up to the comma, colon or bracket that follows it.</summary>
    public async ValueTask<Piece> ReadValue(int limit, CancellationToken ct)
    {
        await Peek(ct);
        var scan = new ValueScan();
        var scanned = 0;
        var tooLong = false;
        while (true)
        {
            var length = scan.Run(buffer.AsSpan(start + scanned, end - start - scanned));
            if (length >= 0) return Take(scanned + length, limit, tooLong, trim: true);

            scanned = end - start;
            if (scanned > limit)
            {
                tooLong = true;
                start = end;
                scanned = 0;
            }

            if (await Fill(ct)) continue;
            if (scan.IsClosed) return Take(scanned, limit, tooLong, trim: true);
            start = end;
            return new Piece([], PieceEnd.Truncated);
        }
    }

    private Piece Take(int length, int limit, bool tooLong, bool trim = false)
    {
        var bytes = buffer.AsSpan(start, length);
        start += length;
        if (trim) bytes = bytes.TrimEnd(" \t\r\n"u8);
        else if (bytes is [.., (byte)'\r']) bytes = bytes[..^1];
        return tooLong || bytes.Length > limit ? new Piece([], PieceEnd.TooLong) : new Piece(bytes.ToArray(), PieceEnd.Whole);
    }

    private async ValueTask<bool> Fill(CancellationToken ct)
    {
        var had = end - start;
        if (start > 0)
        {
            buffer.AsSpan(start, had).CopyTo(buffer);
            end = had;
            start = 0;
        }

        await ReadMore(ct);
        if (!begun)
        {
            begun = true;
            while (!ended && end < ByteOrderMark.Length) await ReadMore(ct);
            if (buffer.AsSpan(0, end).StartsWith(ByteOrderMark)) start = ByteOrderMark.Length;
            if (start == end) await ReadMore(ct);
        }

        return end - start > had;
    }

    private async ValueTask ReadMore(CancellationToken ct)
    {
        if (ended) return;
        if (end == buffer.Length) Array.Resize(ref buffer, buffer.Length * 2);
        var read = await input.ReadAsync(buffer.AsMemory(end), ct);
        end += read;
        ended = read == 0;
    }

    private struct ValueScan
    {
        private int depth;
        private bool quoted;
        private bool escaped;
        private bool closed;

        /// <summary>An object or array was read to its own end.</summary>
        public readonly bool IsClosed => closed && depth == 0 && !quoted;

        /// <summary>Length up to the byte that ends the value, or -1 when more input is needed.</summary>
        public int Run(ReadOnlySpan<byte> bytes)
        {
            for (var i = 0; i < bytes.Length; i++)
            {
                var next = bytes[i];
                if (quoted)
                {
                    if (escaped) escaped = false;
                    else if (next == (byte)'\\') escaped = true;
                    else if (next == (byte)'"') quoted = false;
                    continue;
                }

                switch (next)
                {
                    case (byte)'"':
                        quoted = true;
                        break;
                    case (byte)'{' or (byte)'[':
                        depth++;
                        break;
                    case (byte)'}' or (byte)']' when depth == 0:
                    case (byte)',' or (byte)':' when depth == 0:
                        return i;
                    case (byte)'}' or (byte)']':
                        closed = true;
                        depth--;
                        break;
                }
            }

            return -1;
        }
    }
}
