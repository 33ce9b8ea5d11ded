namespace ArchiveService.Capture;

/// <summary>What was done on the platform.</summary>
public enum ActKind
{
    /// <summary>An item came into being.</summary>
    Create,

    /// <summary>An item got new content.</summary>
    Edit,

    /// <summary>An item was deleted on the platform.</summary>
    Delete,

    /// <summary>An item was made invisible, but still stands in the channel.</summary>
    Hide,

    /// <summary>A hidden item was made visible.</summary>
    Unhide,

    /// <summary>A deleted item came back.</summary>
    Restore,

    /// <summary>A direct message was sent or received.</summary>
    Message,

    /// <summary>A direct message was taken back by its sender.</summary>
    MessageUnsend,

    /// <summary>A reaction was set or changed; it counts on its parent.</summary>
    React,

    /// <summary>A reaction was taken back.</summary>
    Unreact,

    /// <summary>Someone else's item was passed on.</summary>
    Share,

    /// <summary>An account changed its name, picture or description.</summary>
    ProfileChange,

    /// <summary>The platform no longer lets the channel be read.</summary>
    AccessLost,

    /// <summary>The platform said something that has no place here yet; kept and flagged.</summary>
    Unknown,
}

/// <summary>What sort of item the act concerns.</summary>
public enum ItemKind
{
    /// <summary>A post of an account.</summary>
    Post,

    /// <summary>A comment on a post.</summary>
    Comment,

    /// <summary>An answer to a comment.</summary>
    Reply,

    /// <summary>A direct message.</summary>
    Dm,

    /// <summary>A post that the platform shows for a limited time.</summary>
    Story,

    /// <summary>A film.</summary>
    Video,

    /// <summary>A live broadcast or what is written in one.</summary>
    Live,

    /// <summary>Someone else's item passed on.</summary>
    Share,

    /// <summary>A question with answers to choose from.</summary>
    Poll,

    /// <summary>A rating with or without text.</summary>
    Review,

    /// <summary>The channel was named somewhere else.</summary>
    Mention,

    /// <summary>The channel as it looked (ögonblicksbild). Made in the archive, never told by a platform.</summary>
    Snapshot,

    /// <summary>A consent to publish a picture. Made in the archive, never told by a platform.</summary>
    Consent,

    /// <summary>Not known; kept and flagged.</summary>
    Unknown,
}

/// <summary>Who could see the item on the platform.</summary>
public enum Audience
{
    /// <summary>Everybody.</summary>
    Public,

    /// <summary>Everybody who has the address.</summary>
    Unlisted,

    /// <summary>The account's followers.</summary>
    Followers,

    /// <summary>Only those it was sent to.</summary>
    Direct,

    /// <summary>Nobody yet.</summary>
    Unpublished,
}

/// <summary>Whether the act was told by the platform or concluded from an absence.</summary>
public enum Certainty
{
    /// <summary>The platform told of it.</summary>
    Observed,

    /// <summary>Concluded, for instance because an item was gone at two polls.</summary>
    Inferred,
}

/// <summary>Who acted, as far as the sender claims to know; a hint, never evidence.</summary>
public enum ActingParty
{
    /// <summary>The item's author.</summary>
    Author,

    /// <summary>Someone who works with the channel.</summary>
    OwnChannel,

    /// <summary>The platform itself.</summary>
    Platform,

    /// <summary>Not told.</summary>
    Unknown,
}

/// <summary>How the text is written.</summary>
public enum TextFormat
{
    /// <summary>Plain text.</summary>
    Plain,

    /// <summary>HTML from the platform; hostile until cleaned.</summary>
    Html,
}

/// <summary>The author as the platform names it.</summary>
/// <param name="NativeId">The platform's id of the account.</param>
/// <param name="DisplayName">The shown name.</param>
/// <param name="Handle">The short name.</param>
/// <param name="ClaimsOwnChannel">A hint that the channel itself wrote; the channel's registered accounts decide.</param>
/// <param name="Operator">The person or app that wrote on the account's behalf.</param>
public sealed record ActAuthor(string? NativeId, string? DisplayName, string? Handle, bool ClaimsOwnChannel, string? Operator);

/// <summary>A file that belongs to the act.</summary>
/// <param name="NativeId">The platform's id of the file.</param>
/// <param name="FileName">A bare file name, never a path.</param>
/// <param name="MediaType">The media type the sender claims.</param>
/// <param name="Url">Where the file can be fetched, often for a short time only.</param>
/// <param name="Content">The bytes, when they came with the act.</param>
/// <param name="Sha256Claimed">Lower-case hex of the hash the sender claims; checked when <paramref name="Content"/> came too.</param>
/// <param name="ArchivePath">The clean path inside the archive that the act came from.</param>
/// <param name="AltText">The description for those who cannot see it.</param>
public sealed record ActAttachment(
    string? NativeId,
    string? FileName,
    string? MediaType,
    string? Url,
    ReadOnlyMemory<byte>? Content,
    string? Sha256Claimed,
    string? ArchivePath,
    string? AltText);

/// <summary>One act in a channel, whichever platform it came from.</summary>
public sealed record CapturedAct
{
    /// <summary>What was done.</summary>
    public required ActKind Act { get; init; }

    /// <summary>The platform's own word, such as <c>feed/comment/edited</c>; always set when the act or the kind is unknown.</summary>
    public string? NativeActName { get; init; }

    /// <summary>The platform's id of the item, as text.</summary>
    public required string NativeId { get; init; }

    /// <summary>Which of the platform's ids <see cref="NativeId"/> is; part of the stored identity.</summary>
    public string IdKind { get; init; } = "native";

    /// <summary>The platform's id of this act.</summary>
    public string? NativeEventId { get; init; }

    /// <summary>What sort of item it is.</summary>
    public ItemKind Kind { get; init; } = ItemKind.Unknown;

    /// <summary>The platform's own word for the kind.</summary>
    public string? NativeKind { get; init; }

    /// <summary>The item that this one answers, comments or reacts to.</summary>
    public string? ParentNativeId { get; init; }

    /// <summary>The item at the top of the thread.</summary>
    public string? RootNativeId { get; init; }

    /// <summary>The conversation or thread.</summary>
    public string? ConversationId { get; init; }

    /// <summary>The author, when told.</summary>
    public ActAuthor? Author { get; init; }

    /// <summary>Who could see it.</summary>
    public Audience Audience { get; init; }

    /// <summary>When it happened, in UTC.</summary>
    public DateTimeOffset? OccurredAt { get; init; }

    /// <summary><c>platform</c>: told for this act; <c>entry</c>: the time of the delivery it came in; <c>none</c>: not told.</summary>
    public string? OccurredAtSource { get; init; }

    /// <summary>When the item was last edited, in UTC.</summary>
    public DateTimeOffset? EditedAt { get; init; }

    /// <summary>When the sender saw it, in UTC.</summary>
    public DateTimeOffset? ObservedAt { get; init; }

    /// <summary>Told or concluded.</summary>
    public Certainty Certainty { get; init; } = Certainty.Observed;

    /// <summary>Who acted, as a hint.</summary>
    public ActingParty ActingParty { get; init; } = ActingParty.Unknown;

    /// <summary>The text; what cannot be shown is U+FFFD here and stands as it came in <see cref="Raw"/>.</summary>
    public string? Text { get; init; }

    /// <summary>How <see cref="Text"/> is written.</summary>
    public TextFormat TextFormat { get; init; }

    /// <summary>The author's warning before the text.</summary>
    public string? ContentWarning { get; init; }

    /// <summary>The item's address on the platform.</summary>
    public string? Permalink { get; init; }

    /// <summary>The files of the item.</summary>
    public IReadOnlyList<ActAttachment> Attachments { get; init; } = [];

    /// <summary>Which reaction it is, in the platform's word.</summary>
    public string? ReactionKind { get; init; }

    /// <summary>Remarks in kebab case; see <see cref="ActFlags"/>.</summary>
    public IReadOnlyList<string> Flags { get; init; } = [];

    /// <summary>Exactly the bytes of this act as they arrived.</summary>
    public ReadOnlyMemory<byte> Raw { get; init; }

    /// <summary>Where in the delivery <see cref="Raw"/> stood: a JSON pointer or a line number.</summary>
    public string? RawPointer { get; init; }
}
