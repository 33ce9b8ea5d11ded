using System.Buffers;
using System.Text;

namespace ArchiveService.Capture.Warc;

/// <summary>How a file is packed.</summary>
public enum WarcPacking
{
    /// <summary>Not at all.</summary>
    Plain,

    /// <summary>Each record is a gzip member of its own, as the standard wants.</summary>
    MemberPerRecord,

    /// <summary>Packed some other way: records can only be read from the beginning.</summary>
    Whole,
}

/// <summary>
/// Reads WARC 1.0 and 1.1 (ISO 28500) and ARC 1, plain or packed, from beginning to end in memory that does not grow. Nothing is thrown because of what a file says: what is
/// wrong stands in <see cref="Problems"/> with its place, and reading goes on with the next record that can be found.
/// </summary>
public sealed class WarcReader : IDisposable
{
    private readonly WarcLimits limits;
    private readonly WarcSource source;
    private readonly List<WarcProblem> problems = [];
    private readonly SegmentSeries segments = new();
    private readonly ArrayBufferWriter<byte> line = new(1024);
    private Reading? current;
    private bool hasBegun;
    private bool hasEnded;
    private bool isArc;
    private bool sharedMember;
    private bool toldLineEnds;

    /// <summary>Reads a stream, which is disposed of with the reader.</summary>
    public WarcReader(Stream file, WarcLimits? limits = null)
    {
        this.limits = limits ?? new();
        source = new WarcSource(file, this.limits.Archive);
    }

    private enum LineEnd
    {
        CrLf,
        Lf,
        EndOfFile,
        TooLong,
    }

    /// <summary>What is wrong or worth knowing, so far.</summary>
    public IReadOnlyList<WarcProblem> Problems => problems;

    /// <summary>How it is packed, as far as was read.</summary>
    public WarcPacking Packing => !source.IsPacked ? WarcPacking.Plain : sharedMember || source.MembersRanTogether ? WarcPacking.Whole : WarcPacking.MemberPerRecord;

    /// <summary>Bytes read, unpacked.</summary>
    public long BytesRead => source.Position;

    /// <summary>Where in the file as stored the reading stands.</summary>
    public long StoredOffset => source.Offset;

    /// <summary>Opens a file.</summary>
    public static WarcReader Open(string path, WarcLimits? limits = null) =>
        new(new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.Read, 64 * 1024, FileOptions.SequentialScan), limits);

    /// <summary>The next record; null at the end. What was not read of the one before is passed over and its digests are checked.</summary>
    public WarcRecord? Next()
    {
        Finish();
        while (!hasEnded)
        {
            if (problems.Count >= limits.MaxProblems)
            {
                Add(WarcCodes.TooMany, source.Offset, $"{problems.Count} problems: the rest was not read.");
                break;
            }

            if (!source.Ensure(1))
            {
                if (!GoOn()) break;
                continue;
            }

            if (source.Buffered[0] is (byte)'\r' or (byte)'\n')
            {
                source.Advance(1);
                continue;
            }

            if (!hasBegun && !Recognize()) break;
            var record = isArc ? ReadArc() : ReadWarc();
            if (record is not null) return record;
        }

        if (!hasBegun && !hasEnded && problems.Count == 0) Add(WarcCodes.Empty, 0, "There is nothing in the file.");
        hasEnded = true;
        return null;
    }

    /// <inheritdoc />
    public void Dispose()
    {
        current?.Dispose();
        segments.Dispose();
        source.Dispose();
    }

    /// <summary>At the end of a member, at damage or at the end of the file.</summary>
    private bool GoOn()
    {
        if (source.TakeDamage() is not { } damage) return source.CrossIntoNextMember();
        problems.Add(damage);
        return damage.Code != WarcCodes.Bomb && source.Recover();
    }

    private bool Recognize()
    {
        hasBegun = true;
        source.Ensure(11);
        var begins = source.Buffered;
        if (begins.StartsWith("filedesc://"u8))
        {
            isArc = source.EveryMemberIsARecord = true;
            return true;
        }

        if (begins.Length >= 4 && Ascii.EqualsIgnoreCase(begins[..4], "WARC"u8)) return true;
        Add(WarcCodes.NotWarc, source.Offset, "Neither a WARC nor an ARC file.");
        return false;
    }

    private WarcRecord? ReadWarc()
    {
        var offset = source.Offset;
        var own = NoteMember(offset);
        var errors = Errors();
        var budget = limits.MaxHeaderBytes;
        var end = ReadLine(ref budget);
        var version = Text();
        if (end is LineEnd.EndOfFile or LineEnd.TooLong || !IsVersion(version.TrimEnd(), out var known))
        {
            if (end == LineEnd.EndOfFile && version.StartsWith("WARC/1", StringComparison.Ordinal)) Add(WarcCodes.HeaderTruncated, offset, "The file ends within a record's head.");
            else Add(WarcCodes.Version, offset, "Begins neither with WARC/1.0 nor with WARC/1.1.");
            ToNextRecord();
            return null;
        }

        if (known != version) Add(WarcCodes.Version, offset, "The version is not written as the standard says.", isError: false);
        var isLf = end == LineEnd.Lf;
        var headers = ReadHead(offset, ref budget, ref isLf);
        if (headers is null)
        {
            ToNextRecord();
            return null;
        }

        if (isLf && !toldLineEnds)
        {
            toldLineEnds = true;
            Add(WarcCodes.LineEnds, offset, "Lines of the head end in LF alone, not in CR LF.", isError: false);
        }

        var type = FieldChecks.Check(headers, known, (code, detail, isError) => Add(code, offset, detail, isError));
        if (!headers.TryNumber("Content-Length", out var length))
        {
            Add(headers["Content-Length"] is null ? WarcCodes.Missing : WarcCodes.Length, offset, "Content-Length is missing or not a number of bytes: where the record ends is not known.");
            ToNextRecord();
            return null;
        }

        return Begin(new WarcRecord(known, headers, type, offset, length, own, Read), isLf, Errors() == errors);
    }

    private WarcRecord? ReadArc()
    {
        var offset = source.Offset;
        var own = NoteMember(offset);
        var budget = limits.MaxHeaderBytes;
        var end = ReadLine(ref budget);
        var headers = end is LineEnd.EndOfFile or LineEnd.TooLong ? null : ArcHead.Parse(Text());
        if (headers is null || !headers.TryNumber("Content-Length", out var length))
        {
            Add(WarcCodes.HeaderLine, offset, "Not the line that begins a record of an ARC file. What follows was not read: an ARC has no mark to find the next record by.");
            while (source.Ensure(1)) source.Advance(source.Buffered.Length);
            hasEnded = !source.IsPacked;
            return null;
        }

        var type = headers["WARC-Type"]!;
        return Begin(new WarcRecord("ARC/1", headers, type, offset, length, own, Read), isLf: true, isSound: true);
    }

    private WarcRecord Begin(WarcRecord record, bool isLf, bool isSound)
    {
        record.IsSound = isSound;
        void Problem(string code, string detail, bool isError)
        {
            Add(code, record.Offset, detail, isError);
            record.IsSound &= !isError;
        }

        var part = segments.Begin(record, Problem);
        current = new(record, new BlockDigests(record.Headers, record.Type, part is not null, part?.Hash, Problem), part, isLf, Problem) { Left = record.ContentLength };
        return record;
    }

    /// <summary>Whether the record begins a member; one that begins within a member makes the packing one that cannot be gone into.</summary>
    private bool NoteMember(long offset)
    {
        if (!source.IsPacked) return false;
        if (source.IsAtMemberStart) return true;
        if (!sharedMember) Add(WarcCodes.NotPerRecord, offset, "Several records stand in one packed member: the file can only be read from its beginning.", isError: false);
        sharedMember = true;
        return false;
    }

    private WarcHeaders? ReadHead(long offset, ref int budget, ref bool isLf)
    {
        var headers = new WarcHeaders();
        while (true)
        {
            var end = ReadLine(ref budget);
            if (end == LineEnd.TooLong) Add(WarcCodes.HeaderTooLong, offset, $"The head is longer than {limits.MaxHeaderBytes} bytes.");
            if (end == LineEnd.EndOfFile) Add(WarcCodes.HeaderTruncated, offset, "The file ends within a record's head.");
            if (end is LineEnd.TooLong or LineEnd.EndOfFile) return null;
            isLf |= end == LineEnd.Lf;
            var bytes = line.WrittenSpan;
            if (bytes.IsEmpty) return headers;
            if (!System.Text.Unicode.Utf8.IsValid(bytes)) Add(WarcCodes.NotUtf8, offset, "The head is not UTF-8.", isError: false);
            var text = Text();
            if (text[0] is ' ' or '\t' && headers.All.Count > 0)
            {
                headers.Fold(text.Trim());
                continue;
            }

            var colon = text.IndexOf(':', StringComparison.Ordinal);
            if (colon <= 0 || text.AsSpan(0, colon).TrimEnd().ContainsAnyExceptInRange('!', '~')) Add(WarcCodes.HeaderLine, offset, "A line of the head is not a name, a colon and a value.");
            else headers.Add(text[..colon].TrimEnd(), text[(colon + 1)..].Trim());
        }
    }

    private static bool IsVersion(string line, out string known)
    {
        known = line.ToUpperInvariant();
        return known is "WARC/1.0" or "WARC/1.1";
    }

    private LineEnd ReadLine(ref int budget)
    {
        line.ResetWrittenCount();
        while (true)
        {
            var here = source.Buffered;
            var at = here.IndexOf((byte)'\n');
            var part = at < 0 ? here : here[..at];
            if ((budget -= part.Length + 1) < 0) return LineEnd.TooLong;
            line.Write(part);
            source.Advance(at < 0 ? here.Length : at + 1);
            if (at < 0 && !source.Ensure(1)) return LineEnd.EndOfFile;
            if (at < 0) continue;
            if (line.WrittenSpan is not [.., (byte)'\r']) return LineEnd.Lf;
            var length = line.WrittenCount - 1;
            var kept = line.WrittenSpan[..length].ToArray();
            line.ResetWrittenCount();
            line.Write(kept);
            return LineEnd.CrLf;
        }
    }

    private string Text() => Encoding.UTF8.GetString(line.WrittenSpan);

    private int Read(Memory<byte> into)
    {
        if (current is not { Left: > 0 } open || into.IsEmpty || !source.Ensure(1)) return 0;
        var count = (int)Math.Min(Math.Min(open.Left, source.Buffered.Length), into.Length);
        source.Buffered[..count].CopyTo(into.Span);
        Take(open, count);
        return count;
    }

    private void Take(Reading open, int count)
    {
        open.Digests.Append(source.Buffered[..count]);
        source.Advance(count);
        open.Left -= count;
    }

    /// <summary>The end of the record before: the rest of its block, its digests, and the two empty lines behind it.</summary>
    private void Finish()
    {
        if (current is not { } open) return;
        while (open.Left > 0 && source.Ensure(1)) Take(open, (int)Math.Min(open.Left, source.Buffered.Length));
        current = null;
        var record = open.Record;
        if (open.Left > 0)
        {
            open.Problem(WarcCodes.BlockTruncated, $"The record says {record.ContentLength} bytes, but only {record.ContentLength - open.Left} are there.{(open.IsLf ? " Its lines end in LF alone: if they were converted, the bytes that are gone are the CRs." : "")}", true);
        }
        else
        {
            record.DigestsHold = open.Digests.Check(open.Problem);
            segments.End(open.Part, record, open.Problem);
            if (!isArc) ReadEnd(open);
            else if (source.Ensure(1) && source.Buffered[0] != (byte)'\n' && source.Buffered[0] != (byte)'\r') open.Problem(WarcCodes.RecordEnd, "No empty line follows where the block should end: its length is wrong.", true);
        }

        record.EndOffset = source.EndOffset;
        open.Dispose();
    }

    private void ReadEnd(Reading open)
    {
        var breaks = 0;
        while (breaks < 2 && source.Ensure(1))
        {
            var next = source.Buffered[0];
            if (next == (byte)'\r' && source.Ensure(2) && source.Buffered[1] == (byte)'\n')
            {
                source.Advance(2);
                breaks++;
            }
            else if (next == (byte)'\n')
            {
                source.Advance(1);
                breaks++;
            }
            else
            {
                break;
            }
        }

        if (breaks == 2) return;
        var atEnd = !source.Ensure(1);
        open.Problem(
            WarcCodes.RecordEnd,
            atEnd ? "The two empty lines behind the last bytes are missing." : $"Two empty lines do not follow where the block of {open.Record.ContentLength} bytes should end: the length is wrong, or the lines are missing.",
            !atEnd);
        if (!atEnd && !IsAtRecord()) ToNextRecord();
    }

    private bool IsAtRecord() => source.Ensure(5) && Ascii.EqualsIgnoreCase(source.Buffered[..5], "WARC/"u8);

    /// <summary>Passes over everything up to a line that begins like a record.</summary>
    private void ToNextRecord()
    {
        while (source.Ensure(6))
        {
            var here = source.Buffered;
            var at = here.IndexOf((byte)'\n');
            if (at < 0) source.Advance(here.Length);
            else if (at + 6 > here.Length) source.Advance(at);
            else if (Ascii.EqualsIgnoreCase(here.Slice(at + 1, 5), "WARC/"u8))
            {
                source.Advance(at + 1);
                return;
            }
            else source.Advance(at + 1);
        }

        source.Advance(source.Buffered.Length);
    }

    private int Errors() => problems.Count(p => p.IsError);

    private void Add(string code, long offset, string detail, bool isError = true) => problems.Add(new(code, offset, detail, isError));

    /// <summary>The record that is being read.</summary>
    private sealed record Reading(WarcRecord Record, BlockDigests Digests, SegmentSeries.Part? Part, bool IsLf, Action<string, string, bool> Problem) : IDisposable
    {
        public long Left { get; set; }

        public void Dispose() => Digests.Dispose();
    }
}
