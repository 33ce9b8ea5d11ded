namespace ArchiveService.Capture.Warc;

/// <summary>Something that is wrong, or worth knowing, at a place in a file.</summary>
/// <param name="Code">One of <see cref="WarcCodes"/> or <see cref="WaczCodes"/>.</param>
/// <param name="Offset">Where, in bytes of the file as it is stored; in a packed file where the packed member begins.</param>
/// <param name="Detail">In a sentence that never repeats content.</param>
/// <param name="IsError">The file does not hold what it says; otherwise it is only told.</param>
public sealed record WarcProblem(string Code, long Offset, string Detail, bool IsError = true);

/// <summary>What may be wrong with a WARC or ARC file; stable, callers show them.</summary>
public static class WarcCodes
{
    /// <summary>Neither WARC nor ARC.</summary>
    public const string NotWarc = "not-warc";

    /// <summary>There is nothing in it.</summary>
    public const string Empty = "warc-empty";

    /// <summary>Begins like a record, but is not WARC/1.0 or WARC/1.1.</summary>
    public const string Version = "version-unknown";

    /// <summary>A line of a record's head is not a name, a colon and a value.</summary>
    public const string HeaderLine = "header-line-malformed";

    /// <summary>A record's head is longer than the limit.</summary>
    public const string HeaderTooLong = "header-too-long";

    /// <summary>The file ends within a record's head.</summary>
    public const string HeaderTruncated = "header-truncated";

    /// <summary>A field that may stand once stands twice; an error when the values differ.</summary>
    public const string Duplicate = "field-duplicate";

    /// <summary>A field that every record, or this type, must have is not there.</summary>
    public const string Missing = "field-missing";

    /// <summary>A field's value is not of its form.</summary>
    public const string Invalid = "field-invalid";

    /// <summary>The length is not a number of bytes.</summary>
    public const string Length = "content-length-invalid";

    /// <summary>The file, or the packed member, ends before the length that the record says.</summary>
    public const string BlockTruncated = "block-truncated";

    /// <summary>Two empty lines do not follow where the block should end: the length is wrong, or the lines are missing.</summary>
    public const string RecordEnd = "record-end-missing";

    /// <summary>Lines end in LF alone. Where that was done by a conversion, lengths and check sums no longer hold.</summary>
    public const string LineEnds = "line-ends-lf";

    /// <summary>A head is not UTF-8.</summary>
    public const string NotUtf8 = "header-not-utf8";

    /// <summary>A type of record that the standard does not name; such are passed over.</summary>
    public const string Type = "type-unknown";

    /// <summary>The block is not what was written.</summary>
    public const string BlockDigest = "block-digest-mismatch";

    /// <summary>The payload is not what was written.</summary>
    public const string PayloadDigest = "payload-digest-mismatch";

    /// <summary>A digest that is not of its algorithm's form.</summary>
    public const string DigestMalformed = "digest-malformed";

    /// <summary>A digest that could not be checked.</summary>
    public const string DigestUnchecked = "digest-unchecked";

    /// <summary>Chunks are announced, but the body has none.</summary>
    public const string NotChunked = "chunked-but-is-not";

    /// <summary>The segments of a record do not follow each other.</summary>
    public const string Segments = "segments-broken";

    /// <summary>Packed, but not one member a record: a reader cannot go straight to a record.</summary>
    public const string NotPerRecord = "gzip-not-per-record";

    /// <summary>The packing is damaged.</summary>
    public const string GzipDamaged = "gzip-damaged";

    /// <summary>The packing ends in the middle.</summary>
    public const string GzipTruncated = "gzip-truncated";

    /// <summary>Something that is not packed stands behind the last member.</summary>
    public const string GzipTrailing = "gzip-trailing-bytes";

    /// <summary>Unpacks to more than is allowed.</summary>
    public const string Bomb = "archive-bomb";

    /// <summary>So much is wrong that reading stopped.</summary>
    public const string TooMany = "too-many-problems";
}
