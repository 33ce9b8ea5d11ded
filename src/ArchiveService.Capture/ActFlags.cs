namespace ArchiveService.Capture;

/// <summary>The remarks that a captured act may carry; stable, they are stored.</summary>
public static class ActFlags
{
    /// <summary>The act's name is not one of ours; <see cref="CapturedAct.NativeActName"/> has it.</summary>
    public const string UnknownAct = "unknown-act";

    /// <summary>The item's kind is not one of ours; <see cref="CapturedAct.NativeKind"/> has it.</summary>
    public const string UnknownKind = "unknown-kind";

    /// <summary>The audience is not one of ours; treated as <see cref="Audience.Direct"/>, the narrowest that was published.</summary>
    public const string UnknownAudience = "unknown-audience";

    /// <summary>A hint (acting party, certainty, text format) has an unknown value and was left at its default.</summary>
    public const string UnknownHint = "unknown-hint";

    /// <summary>The platform gave no id; the native id is made from the content.</summary>
    public const string SyntheticId = "synthetic-id";

    /// <summary>The time has neither 10 nor 13 digits, or lies outside the possible.</summary>
    public const string SuspiciousTime = "suspicious-time";

    /// <summary>Half a character was replaced by U+FFFD; the original stands in the verbatim slice.</summary>
    public const string LoneSurrogateReplaced = "lone-surrogate-replaced";

    /// <summary>NUL characters were replaced by U+FFFD; the original stands in the verbatim slice.</summary>
    public const string NulReplaced = "nul-replaced";

    /// <summary>Bytes that are not UTF-8 were replaced by U+FFFD; the original stands in the verbatim slice.</summary>
    public const string InvalidUtf8Replaced = "invalid-utf8-replaced";

    /// <summary>The same member came more than once; the last one counts.</summary>
    public const string DuplicateKeys = "duplicate-keys";

    /// <summary>The text is longer than the limit and was cut; the original stands in the verbatim slice.</summary>
    public const string TextCut = "text-cut";

    /// <summary>An attachment's path led outside the archive and was left out.</summary>
    public const string UnsafeAttachmentPath = "unsafe-attachment-path";

    /// <summary>The attachment that the item names is not in the archive.</summary>
    public const string AttachmentMissing = "attachment-missing";

    /// <summary>The item's own author is not the account that the archive belongs to.</summary>
    public const string AuthorDiffers = "author-differs";

    /// <summary>The platform said what was done but gave no content; it has to be fetched.</summary>
    public const string ContentNotDelivered = "content-not-delivered";

    /// <summary>The item was hidden already when it was first told of.</summary>
    public const string HiddenOnArrival = "hidden-on-arrival";

    /// <summary>The item was edited before it was captured; the earlier versions are not in the archive.</summary>
    public const string EarlierVersionsMissing = "earlier-versions-missing";

    /// <summary>The time is only known to the day or thereabouts, or happened twice when the clocks went back.</summary>
    public const string TimeUncertain = "time-uncertain";

    /// <summary>Somebody at the authority saw the item and wrote it down.</summary>
    public const string ByHand = "by-hand";
}
