namespace ArchiveService.Capture.Warc;

/// <summary>One record; its block can be read until the next one is asked for.</summary>
public sealed class WarcRecord
{
    private readonly Func<Memory<byte>, int> read;

    internal WarcRecord(string version, WarcHeaders headers, string type, long offset, long length, bool ownMember, Func<Memory<byte>, int> read)
    {
        (Version, Headers, Type, Offset, ContentLength, HasOwnMember) = (version, headers, type, offset, length, ownMember);
        this.read = read;
    }

    /// <summary><c>WARC/1.0</c>, <c>WARC/1.1</c> or <c>ARC/1</c>.</summary>
    public string Version { get; }

    /// <summary>Its head.</summary>
    public WarcHeaders Headers { get; }

    /// <summary>One of <see cref="WarcTypes"/>, or the word that stood there.</summary>
    public string Type { get; }

    /// <summary>Where it begins in the file as stored.</summary>
    public long Offset { get; }

    /// <summary>Where it ends in the file as stored; known once the next record was asked for.</summary>
    public long EndOffset { get; internal set; }

    /// <summary>The length of the block that the head states; what is there may be less.</summary>
    public long ContentLength { get; }

    /// <summary>Packed as a member of its own.</summary>
    public bool HasOwnMember { get; }

    /// <summary>Digests that were checked and hold; known once the next record was asked for.</summary>
    public int DigestsHold { get; internal set; }

    /// <summary>The whole block was there and nothing was wrong; known once the next record was asked for.</summary>
    public bool IsSound { get; internal set; } = true;

    /// <summary>Its id without brackets.</summary>
    public string? Id => Headers.Uri("WARC-Record-ID");

    /// <summary>What it is a copy of.</summary>
    public string? TargetUri => Headers.Uri("WARC-Target-URI");

    /// <summary>Reads on in the block; 0 at its end.</summary>
    public int Read(Memory<byte> into) => read(into);

    /// <summary>The rest of the block, when it is not longer than that; null otherwise.</summary>
    public byte[]? ReadAll(int mostBytes)
    {
        using var all = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int count; (count = Read(buffer)) > 0;)
        {
            if (all.Length + count > mostBytes) return null;
            all.Write(buffer, 0, count);
        }

        return all.ToArray();
    }
}

/// <summary>The types of records of WARC 1.1.</summary>
public static class WarcTypes
{
    /// <summary>Describes what follows.</summary>
    public const string WarcInfo = "warcinfo";

    /// <summary>An answer with its protocol's head.</summary>
    public const string Response = "response";

    /// <summary>Something without a protocol's head.</summary>
    public const string Resource = "resource";

    /// <summary>A question.</summary>
    public const string Request = "request";

    /// <summary>Says something of another record.</summary>
    public const string Metadata = "metadata";

    /// <summary>The same as before.</summary>
    public const string Revisit = "revisit";

    /// <summary>Another form of another record.</summary>
    public const string Conversion = "conversion";

    /// <summary>A later part of another record.</summary>
    public const string Continuation = "continuation";

    internal static bool IsKnown(string type) => type is WarcInfo or Response or Resource or Request or Metadata or Revisit or Conversion or Continuation;

    internal static bool NeedsTarget(string type) => type is Response or Resource or Request or Revisit or Conversion or Continuation;
}
