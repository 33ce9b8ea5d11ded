using ArchiveService.Capture.Archives;

namespace ArchiveService.Capture.Warc;

/// <summary>How much is read before a file is given up. Nothing is ever allocated by a length that a file states.</summary>
public sealed record WarcLimits
{
    /// <summary>A record's head: 1 MiB unless set.</summary>
    public int MaxHeaderBytes { get; init; } = 1 << 20;

    /// <summary>Errors and notes before reading stops: 1000 unless set.</summary>
    public int MaxProblems { get; init; } = 1000;

    /// <summary>How much a file may unpack to.</summary>
    public ArchiveLimits Archive { get; init; } = new();
}
