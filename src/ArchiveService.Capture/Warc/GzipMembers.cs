using System.Buffers.Binary;
using System.IO.Compression;
using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Warc;

/// <summary>The members of a gzip file (RFC 1952) one at a time, with the place where each begins; the framework's reader runs them together and does not tell.</summary>
internal sealed class GzipMembers(Stream file, ArchiveLimits limits) : IDisposable
{
    private const int TrailerBytes = 8;
    private const byte HeaderCrc = 2;
    private const byte Extra = 4;
    private const byte Name = 8;
    private const byte Comment = 16;
    private const byte Reserved = 0xE0;

    private readonly byte[] raw = new byte[64 * 1024];
    private int from;
    private int to;
    private int givenFrom;
    private long rawOffset;
    private bool fileEnded;
    private bool starved;
    private DeflateStream? inflate;
    private Crc32 crc;
    private long unpacked;
    private long memberUnpacked;

    /// <summary>Where the current member begins.</summary>
    public long Start { get; private set; }

    /// <summary>Where the last whole member ended.</summary>
    public long End { get; private set; }

    public static bool IsBegun(ReadOnlySpan<byte> begins) => begins is [0x1F, 0x8B, 0x08, ..];

    /// <summary>Begins the next member; false at the end of the file. Throws <see cref="GzipDamage"/>.</summary>
    public bool Begin()
    {
        inflate?.Dispose();
        inflate = null;
        Start = rawOffset + from;
        if (!Ensure(1)) return false;
        Start = rawOffset + from;
        if (!Ensure(10)) throw Truncated();
        if (!IsBegun(raw.AsSpan(from))) throw new GzipDamage(Start == 0 ? WarcCodes.GzipDamaged : WarcCodes.GzipTrailing, Start, "What stands here is not a packed member.");
        var flags = raw[from + 3];
        if ((flags & Reserved) != 0) throw new GzipDamage(WarcCodes.GzipDamaged, Start, "The member's head has flags that do not exist.");
        Take(10);
        if ((flags & Extra) != 0)
        {
            if (!Ensure(2)) throw Truncated();
            var length = BinaryPrimitives.ReadUInt16LittleEndian(raw.AsSpan(from));
            Take(2);
            Skip(length);
        }

        if ((flags & Name) != 0) SkipText();
        if ((flags & Comment) != 0) SkipText();
        if ((flags & HeaderCrc) != 0) Skip(2);
        crc = new();
        memberUnpacked = 0;
        starved = false;
        givenFrom = from;
        inflate = new DeflateStream(new Feed(this), CompressionMode.Decompress);
        return true;
    }

    /// <summary>Unpacked bytes; 0 at the end of the member, once its check sum held. Throws <see cref="GzipDamage"/>.</summary>
    public int Read(Span<byte> into)
    {
        if (inflate is null || into.IsEmpty) return 0;
        int count;
        try
        {
            count = inflate.Read(into);
        }
        catch (InvalidDataException)
        {
            throw starved ? Truncated() : new GzipDamage(WarcCodes.GzipDamaged, Start, "The packed bytes are damaged.");
        }

        if (count == 0)
        {
            Close();
            return 0;
        }

        crc.Append(into[..count]);
        memberUnpacked += count;
        unpacked += count;
        if (unpacked > limits.MaxTotalBytes) throw new GzipDamage(WarcCodes.Bomb, Start, $"Unpacks to more than {limits.MaxTotalBytes} bytes.");
        if (limits.IsBomb(unpacked, rawOffset + from)) throw new GzipDamage(WarcCodes.Bomb, Start, $"Unpacks to more than {limits.MaxRatio} times its size.");
        return count;
    }

    /// <summary>After damage: goes to where the next member seems to begin.</summary>
    public bool Recover()
    {
        inflate?.Dispose();
        inflate = null;
        if (rawOffset + givenFrom > Start) from = Math.Max(givenFrom, 0);
        if (rawOffset + from <= Start) Take((int)Math.Min(to - from, Start + 1 - rawOffset - from));
        while (Ensure(10))
        {
            var next = raw.AsSpan(from, to - from).IndexOf((byte)0x1F);
            if (next < 0) Take(to - from);
            else if (next > 0) Take(next);
            else if (IsBegun(raw.AsSpan(from)) && (raw[from + 3] & Reserved) == 0) return true;
            else Take(1);
        }

        return false;
    }

    public void Dispose() => inflate?.Dispose();

    /// <summary>
    /// The inflater reads ahead and does not say how far: but the check sum and the length, which stand behind the packed bytes, are known by now, and are looked for in what
    /// it was given last.
    /// </summary>
    private void Close()
    {
        inflate!.Dispose();
        inflate = null;
        Span<byte> trailer = stackalloc byte[TrailerBytes];
        BinaryPrimitives.WriteUInt32LittleEndian(trailer, crc.Value);
        BinaryPrimitives.WriteUInt32LittleEndian(trailer[4..], (uint)memberUnpacked);
        var earliest = Math.Max(0, givenFrom - TrailerBytes);
        while (to - from < TrailerBytes + 2 && Fill(earliest)) earliest = 0;
        if (FindMemberBefore(Math.Max(0, givenFrom - TrailerBytes), (uint)memberUnpacked, trailer) is { } damaged)
        {
            from = givenFrom = damaged;
            throw new GzipDamage(WarcCodes.GzipDamaged, Start, "The member's check sum is wrong.");
        }

        var found = FindTrailer(trailer, Math.Max(0, givenFrom - TrailerBytes), Math.Min(to, from + TrailerBytes));
        if (found < 0) throw starved || to - from < TrailerBytes && fileEnded ? Truncated() : new GzipDamage(WarcCodes.GzipDamaged, Start, "The member's check sum is wrong.");
        from = found + TrailerBytes;
        givenFrom = from;
        End = rawOffset + from;
    }

    /// <summary>What stands before a member or the file's end is taken first: the trailer of an empty member is only zeros.</summary>
    private int FindTrailer(ReadOnlySpan<byte> trailer, int earliest, int end)
    {
        var first = -1;
        for (var at = earliest; at + TrailerBytes <= end; at++)
        {
            var next = raw.AsSpan(at, end - at).IndexOf(trailer);
            if (next < 0) break;
            at += next;
            if (first < 0) first = at;
            var behind = raw.AsSpan(at + TrailerBytes, to - at - TrailerBytes);
            if (behind.IsEmpty || behind is [0x1F, 0x8B, ..]) return at;
        }

        return first;
    }

    /// <summary>Where another member begins behind a trailer that states this one's length but another check sum: the same content again, further on, must not be taken for this one's end.</summary>
    private int? FindMemberBefore(int earliest, uint length, ReadOnlySpan<byte> trailer)
    {
        for (var at = earliest + TrailerBytes; at < Math.Min(to, from + TrailerBytes); at++)
        {
            var next = raw.AsSpan(at, to - at).IndexOf([(byte)0x1F, (byte)0x8B, (byte)0x08]);
            if (next < 0) return null;
            at += next;
            var before = raw.AsSpan(at - TrailerBytes, TrailerBytes);
            if (before.SequenceEqual(trailer)) return null;
            if (BinaryPrimitives.ReadUInt32LittleEndian(before[4..]) == length && length > 0) return at;
        }

        return null;
    }

    private GzipDamage Truncated() => new(WarcCodes.GzipTruncated, Start, "The packing ends in the middle of this member.");

    private void Take(int count) => from += count;

    private void Skip(int count)
    {
        while (count > 0)
        {
            if (!Ensure(1)) throw Truncated();
            var here = Math.Min(count, to - from);
            Take(here);
            count -= here;
        }
    }

    private void SkipText()
    {
        for (byte last = 1; last != 0;)
        {
            if (!Ensure(1)) throw Truncated();
            last = raw[from];
            Take(1);
        }
    }

    private bool Ensure(int count)
    {
        while (to - from < count)
        {
            if (!Fill(from)) return false;
        }

        return true;
    }

    /// <summary>Reads more behind what is there; what stands before that place is let go.</summary>
    private bool Fill(int keepFrom)
    {
        if (fileEnded) return false;
        if (keepFrom > 0)
        {
            raw.AsSpan(keepFrom, to - keepFrom).CopyTo(raw);
            from -= keepFrom;
            to -= keepFrom;
            givenFrom -= keepFrom;
            rawOffset += keepFrom;
        }

        var count = to == raw.Length ? 0 : file.Read(raw, to, raw.Length - to);
        to += count;
        fileEnded = count == 0;
        return count > 0;
    }

    /// <summary>What the inflater reads from.</summary>
    private sealed class Feed(GzipMembers members) : WatchedStream(Null)
    {
        public override int Read(Span<byte> buffer)
        {
            if (members.from == members.to)
            {
                members.givenFrom = members.from;
                if (!members.Fill(Math.Max(0, members.from - TrailerBytes)))
                {
                    members.starved = true;
                    return 0;
                }
            }

            var count = Math.Min(buffer.Length, members.to - members.from);
            members.raw.AsSpan(members.from, count).CopyTo(buffer);
            members.givenFrom = members.from;
            members.Take(count);
            return count;
        }
    }
}

/// <summary>The packing does not hold at this member.</summary>
internal sealed class GzipDamage(string code, long offset, string message) : IOException(message)
{
    public WarcProblem Problem { get; } = new(code, offset, message, IsError: code != WarcCodes.GzipTrailing);
}
