namespace ArchiveService.Capture.Meta;

/// <summary>Meta's verbs in our words.</summary>
internal static class MetaVerb
{
    /// <summary>Both <c>edit</c> and <c>edited</c> are sent for edits, depending on the item.</summary>
    public static ActKind Act(string? verb) => verb switch
    {
        "add" => ActKind.Create,
        "edit" or "edited" or "update" or "mute" or "unmute" => ActKind.Edit,
        "remove" or "delete" => ActKind.Delete,
        "hide" or "block" => ActKind.Hide,
        "unhide" or "unblock" => ActKind.Unhide,
        _ => ActKind.Unknown,
    };

    /// <summary>Facebook blocks and mutes films itself. Who hid or removed is never told: visitor, moderator and platform look the same.</summary>
    public static ActingParty ActingParty(string? verb, ActAuthor? author) => verb switch
    {
        "block" or "unblock" or "mute" or "unmute" => Capture.ActingParty.Platform,
        "add" or "edit" or "edited" or "update" when author is { ClaimsOwnChannel: true } => Capture.ActingParty.OwnChannel,
        "add" or "edit" or "edited" or "update" when author is not null => Capture.ActingParty.Author,
        _ => Capture.ActingParty.Unknown,
    };
}
