namespace ArchiveService.Capture;

/// <summary>How much is taken in; a refusal names the limit.</summary>
public static class CaptureLimits
{
    /// <summary>One line of NDJSON or one element of an array: 1 MiB.</summary>
    public const int MaxLineBytes = 1024 * 1024;

    /// <summary>A whole request: 64 MiB; enforced by the one who reads the request.</summary>
    public const long MaxRequestBytes = 64L * 1024 * 1024;

    /// <summary>The text of one act: 500,000 UTF-16 code units.</summary>
    public const int MaxTextChars = 500_000;

    /// <summary>An id, a name or an address: 4,096 UTF-16 code units.</summary>
    public const int MaxShortTextChars = 4_096;

    /// <summary>Attachments of one act.</summary>
    public const int MaxAttachments = 100;

    /// <summary>How deep JSON may nest.</summary>
    public const int MaxDepth = 64;

    /// <summary>Times before this are refused or flagged; no platform is older.</summary>
    public static readonly DateTimeOffset EarliestTime = new(1990, 1, 1, 0, 0, 0, TimeSpan.Zero);

    /// <summary>How far ahead of now a time may lie: clocks differ, time zones are mixed up.</summary>
    public static readonly TimeSpan LatestAhead = TimeSpan.FromHours(24);
}
