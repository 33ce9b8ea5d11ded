using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Warc;

/// <summary>The bytes of a file, packed or not, with where they stand in the file as stored.</summary>
internal sealed class WarcSource : IDisposable
{
    private const int BufferBytes = 128 * 1024;
    private const int EnoughToTell = 8;

    private readonly Stream file;
    private readonly byte[] buffer = new byte[BufferBytes];
    private readonly GzipMembers? members;
    private readonly byte[] ahead = new byte[EnoughToTell];
    private int aheadBytes;
    private int from;
    private int to;
    private long memberStart;
    private long memberPosition;
    private WarcProblem? damage;

    public WarcSource(Stream file, ArchiveLimits limits)
    {
        this.file = file;
        var begins = new byte[3];
        var count = file.ReadAtLeast(begins, begins.Length, throwOnEndOfStream: false);
        var whole = new BegunStream(begins.AsMemory(0, count), file);
        if (GzipMembers.IsBegun(begins.AsSpan(0, count))) members = new GzipMembers(whole, limits);
        else this.file = whole;
        if (members is not null) Begin();
    }

    /// <summary>Unpacked bytes that were taken.</summary>
    public long Position { get; private set; }

    public bool IsPacked => members is not null;

    /// <summary>Whether a member ended and the next one did not begin with a record.</summary>
    public bool MembersRanTogether { get; private set; }

    public bool IsAtMemberStart => members is not null && Position == memberPosition;

    /// <summary>In an ARC every member is a record; in a WARC one that begins like a record.</summary>
    public bool EveryMemberIsARecord { get; set; }

    /// <summary>Where the next byte stands; in a packed file where its member begins.</summary>
    public long Offset => members is null ? Position : memberStart;

    /// <summary>Where what was taken ends; in a packed file the end of the last member that was read whole.</summary>
    public long EndOffset => members is null ? Position : aheadBytes > 0 ? members.Start : members.End;

    public ReadOnlySpan<byte> Buffered => buffer.AsSpan(from, to - from);

    public void Advance(int count)
    {
        from += count;
        Position += count;
    }

    /// <summary>Whether so many bytes stand ready; false at the end, before a record's own member and where there is damage.</summary>
    public bool Ensure(int count)
    {
        while (to - from < count)
        {
            if (!Fill()) return false;
        }

        return true;
    }

    /// <summary>The damage that stopped the reading, once.</summary>
    public WarcProblem? TakeDamage()
    {
        var was = damage;
        damage = null;
        return was;
    }

    /// <summary>After damage: goes to the next member.</summary>
    public bool Recover()
    {
        from = to = aheadBytes = 0;
        return members is not null && members.Recover() && Begin();
    }

    /// <summary>Goes on into the member that waits; false when there is none.</summary>
    public bool CrossIntoNextMember()
    {
        if (aheadBytes == 0 || from < to) return false;
        TakeAhead();
        memberStart = members!.Start;
        memberPosition = Position;
        return true;
    }

    public void Dispose()
    {
        members?.Dispose();
        file.Dispose();
    }

    private bool Fill()
    {
        if (damage is not null || aheadBytes > 0) return false;
        if (from > 0)
        {
            buffer.AsSpan(from, to - from).CopyTo(buffer);
            to -= from;
            from = 0;
        }

        if (buffer.Length - to < EnoughToTell) return false;
        if (members is null)
        {
            var read = file.Read(buffer, to, buffer.Length - to);
            to += read;
            return read > 0;
        }

        try
        {
            var count = members.Read(buffer.AsSpan(to));
            to += count;
            if (count > 0) return true;
            if (!LookAhead() || EveryMemberIsARecord || ahead.AsSpan(0, aheadBytes).StartsWith("WARC/"u8)) return false;
            MembersRanTogether = true;
            TakeAhead();
            return true;
        }
        catch (GzipDamage found)
        {
            damage = found.Problem;
            return false;
        }
    }

    private bool Begin()
    {
        try
        {
            if (!members!.Begin()) return false;
        }
        catch (GzipDamage found)
        {
            damage = found.Problem;
            return true;
        }

        memberStart = members.Start;
        memberPosition = Position;
        return true;
    }

    /// <summary>Begins the next member that is not empty and reads what tells whether it is a record.</summary>
    private bool LookAhead()
    {
        while (members!.Begin())
        {
            for (int count; aheadBytes < EnoughToTell && (count = members.Read(ahead.AsSpan(aheadBytes))) > 0;) aheadBytes += count;
            if (aheadBytes > 0) return true;
        }

        return false;
    }

    private void TakeAhead()
    {
        if (from == to) from = to = 0;
        ahead.AsSpan(0, aheadBytes).CopyTo(buffer.AsSpan(to));
        to += aheadBytes;
        aheadBytes = 0;
    }

    /// <summary>A stream of which the first bytes were read already.</summary>
    private sealed class BegunStream(ReadOnlyMemory<byte> begins, Stream rest) : WatchedStream(rest)
    {
        private ReadOnlyMemory<byte> begins = begins;

        public override int Read(Span<byte> buffer)
        {
            if (begins.IsEmpty) return base.Read(buffer);
            var count = Math.Min(buffer.Length, begins.Length);
            begins.Span[..count].CopyTo(buffer);
            begins = begins[count..];
            return count;
        }
    }
}
