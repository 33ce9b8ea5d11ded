namespace ArchiveService.Capture.Archives;

/// <summary>How much an archive may hold; a small file that claims to be enormous is refused (zip bomb).</summary>
public sealed record ArchiveLimits
{
    /// <summary>All files unpacked: 64 GiB unless set.</summary>
    public long MaxTotalBytes { get; init; } = 64L << 30;

    /// <summary>One file unpacked: 8 GiB unless set.</summary>
    public long MaxFileBytes { get; init; } = 8L << 30;

    /// <summary>Files: 500,000 unless set.</summary>
    public int MaxFiles { get; init; } = 500_000;

    /// <summary>Unpacked against packed: 200 unless set. Real outboxes pack about 15 to 1.</summary>
    public int MaxRatio { get; init; } = 200;

    /// <summary>The ratio is not looked at below this many unpacked bytes: 16 MiB unless set.</summary>
    public long RatioFreeBytes { get; init; } = 16L << 20;

    /// <summary>Where a tar.gz is unpacked, encrypted under a key that lives in memory only; the system's temporary folder unless set.</summary>
    public string? SpoolFolder { get; init; }

    internal bool IsBomb(long unpacked, long packed) => unpacked > RatioFreeBytes && unpacked / MaxRatio > packed;
}

/// <summary>The archive went over a limit while it was read.</summary>
public sealed class ArchiveLimitException(string message) : IOException(message);

/// <summary>Something about an archive that the one who imports it must hear.</summary>
/// <param name="Code">In kebab case; one of <see cref="ArchiveProblemCodes"/>.</param>
/// <param name="Detail">In a sentence.</param>
public sealed record ArchiveProblem(string Code, string Detail);

/// <summary>What may be wrong with an archive; stable, callers show them.</summary>
public static class ArchiveProblemCodes
{
    /// <summary>The archive ends in the middle; what was before that was read.</summary>
    public const string Truncated = "archive-truncated";

    /// <summary>A file does not give its own check sum: it was read, but may not be what was packed.</summary>
    public const string Damaged = "archive-damaged";

    /// <summary>Over a limit of size or ratio.</summary>
    public const string Bomb = "archive-bomb";

    /// <summary>A name leads outside the archive; that file was left out.</summary>
    public const string UnsafePath = "archive-unsafe-path";

    /// <summary>A link or device; left out.</summary>
    public const string NotAFile = "archive-not-a-file";

    /// <summary>Two files have the same name; the first counts.</summary>
    public const string DuplicateName = "archive-duplicate-name";

    /// <summary>Neither zip, tar, tar.gz nor a folder.</summary>
    public const string Unreadable = "archive-unreadable";

    /// <summary>Needs a password.</summary>
    public const string Encrypted = "archive-encrypted";

    /// <summary>There is no outbox.</summary>
    public const string OutboxMissing = "outbox-missing";

    /// <summary>The outbox is not what it should be.</summary>
    public const string OutboxBroken = "outbox-broken";

    /// <summary>There is no readable description of the account.</summary>
    public const string ActorMissing = "actor-missing";

    /// <summary>The archive says that it holds another number of items than it does.</summary>
    public const string DeclaredDiffers = "declared-differs";
}
