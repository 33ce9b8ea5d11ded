using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Ndjson;

/// <summary>The words of our own form; a word that is not among them is kept and flagged, never refused.</summary>
internal static class ActWords
{
    public static ActKind Act(string? word, Remarks remarks) => word switch
    {
        "create" => ActKind.Create,
        "edit" => ActKind.Edit,
        "delete" => ActKind.Delete,
        "hide" => ActKind.Hide,
        "unhide" => ActKind.Unhide,
        "restore" => ActKind.Restore,
        "message" => ActKind.Message,
        "message_unsend" => ActKind.MessageUnsend,
        "react" => ActKind.React,
        "unreact" => ActKind.Unreact,
        "share" => ActKind.Share,
        "profile_change" => ActKind.ProfileChange,
        "access_lost" => ActKind.AccessLost,
        _ => Flagged(ActKind.Unknown, ActFlags.UnknownAct, remarks),
    };

    public static ItemKind Kind(string? word, ActKind act, Remarks remarks) => word switch
    {
        "post" => ItemKind.Post,
        "comment" => ItemKind.Comment,
        "reply" => ItemKind.Reply,
        "dm" => ItemKind.Dm,
        "story" => ItemKind.Story,
        "video" => ItemKind.Video,
        "live" => ItemKind.Live,
        "share" => ItemKind.Share,
        "poll" => ItemKind.Poll,
        "review" => ItemKind.Review,
        "mention" => ItemKind.Mention,
        null when act is ActKind.Message or ActKind.MessageUnsend => ItemKind.Dm,
        null when act is ActKind.Share => ItemKind.Share,
        // These concern an item that is known already, or none at all.
        null when act is not (ActKind.Create or ActKind.Edit or ActKind.Unknown) => ItemKind.Unknown,
        _ => Flagged(ItemKind.Unknown, ActFlags.UnknownKind, remarks),
    };

    /// <summary>A message nobody called public is direct, and so is a word we do not know: the narrowest is the safe one (OSL).</summary>
    public static Audience Audience(string? word, ItemKind kind, Remarks remarks) => word switch
    {
        "public" => Capture.Audience.Public,
        "unlisted" => Capture.Audience.Unlisted,
        "followers" => Capture.Audience.Followers,
        "direct" => Capture.Audience.Direct,
        "unpublished" => Capture.Audience.Unpublished,
        null => kind == ItemKind.Dm ? Capture.Audience.Direct : Capture.Audience.Public,
        _ => Flagged(Capture.Audience.Direct, ActFlags.UnknownAudience, remarks),
    };

    public static Certainty Certainty(string? word, Remarks remarks) => word switch
    {
        "observed" or null => Capture.Certainty.Observed,
        "inferred" => Capture.Certainty.Inferred,
        _ => Flagged(Capture.Certainty.Inferred, ActFlags.UnknownHint, remarks),
    };

    public static ActingParty ActingParty(string? word, Remarks remarks) => word switch
    {
        "author" => Capture.ActingParty.Author,
        "own_channel" => Capture.ActingParty.OwnChannel,
        "platform" => Capture.ActingParty.Platform,
        "unknown" or null => Capture.ActingParty.Unknown,
        _ => Flagged(Capture.ActingParty.Unknown, ActFlags.UnknownHint, remarks),
    };

    public static TextFormat TextFormat(string? word, Remarks remarks) => word switch
    {
        "plain" or null => Capture.TextFormat.Plain,
        "html" => Capture.TextFormat.Html,
        _ => Flagged(Capture.TextFormat.Plain, ActFlags.UnknownHint, remarks),
    };

    private static T Flagged<T>(T value, string flag, Remarks remarks)
    {
        remarks.Flag(flag);
        return value;
    }
}
