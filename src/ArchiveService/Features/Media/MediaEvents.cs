using ArchiveService.EventStore;
using ArchiveService.Features.Records;

namespace ArchiveService.Features.Media;

/// <summary>What became of fetching a file.</summary>
public enum FetchOutcome
{
    /// <summary>Its bytes are stored.</summary>
    Fetched,

    /// <summary>The address was good for a time only, and that time is over.</summary>
    Expired,

    /// <summary>The server does not give it without a right that is not ours.</summary>
    Forbidden,

    /// <summary>There is nothing at the address.</summary>
    Missing,

    /// <summary>Over the limit.</summary>
    TooLarge,

    /// <summary>The address leads where nothing is fetched from.</summary>
    Refused,

    /// <summary>A web page, not a file.</summary>
    NotAFile,

    /// <summary>Tried as often as it is tried.</summary>
    Failed,
}

/// <summary>
/// The fetching of an attachment's bytes from the platform came to an end; when they were got, <see cref="AttachmentStored"/> stands beside it. The address, what the
/// server called the file and the hash of its bytes stand sealed.
/// </summary>
[EventName("attachment_fetch_ended")]
public sealed record AttachmentFetchEnded(Guid Attachment, FetchOutcome Outcome, DateTimeOffset At, int Attempts, int PolicyVersion) : RecordEvent
{
    public static string UrlPart(Guid id) => $"attachment/{id:D}/fetched/url";

    public static string DeclaredTypePart(Guid id) => $"attachment/{id:D}/fetched/mediaType";

    public static string HashPart(Guid id) => $"attachment/{id:D}/fetched/sha256";
}
