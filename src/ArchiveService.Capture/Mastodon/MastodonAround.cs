namespace ArchiveService.Capture.Mastodon;

/// <summary>What is known around an answer of Mastodon's API, from who asked for it.</summary>
/// <param name="Item">The address of the status that was asked about: earlier versions and deletions do not say it.</param>
/// <param name="ItemId">The same status' id at the server that was asked.</param>
/// <param name="Audience">That status' <c>visibility</c>.</param>
/// <param name="Parent">What that status answers.</param>
/// <param name="IsReply">That status answers another, whose address may not be known.</param>
/// <param name="IsPoll">That status asks a question.</param>
/// <param name="OwnAccount">The id of the channel's account at the server.</param>
/// <param name="OwnPrefix">What the addresses of the channel's own statuses begin with, up to the id.</param>
public sealed record MastodonAround(
    string? Item = null, string? ItemId = null, string? Audience = null, string? Parent = null, bool IsReply = false, bool IsPoll = false, string? OwnAccount = null, string? OwnPrefix = null)
{
    /// <summary>Nothing is known.</summary>
    public static MastodonAround Nothing { get; } = new();
}

/// <summary>A status in an answer, as far as who polls needs to know it.</summary>
/// <param name="Id">At the server that was asked.</param>
/// <param name="Uri">Its address in the fediverse, the same wherever it is asked for.</param>
/// <param name="Visibility">The platform's word.</param>
/// <param name="EditedAt">As written; null when it was never edited.</param>
/// <param name="Replies">How many answers it has.</param>
/// <param name="Account">The id of its account at the server.</param>
/// <param name="ParentId">The id of what it answers.</param>
/// <param name="ParentAccount">The id of the account that it answers.</param>
/// <param name="IsPoll">It asks a question.</param>
/// <param name="IsShare">It passes something on.</param>
public sealed record MastodonGlance(string Id, string Uri, string? Visibility, string? EditedAt, long Replies, string? Account, string? ParentId, string? ParentAccount, bool IsPoll, bool IsShare);
