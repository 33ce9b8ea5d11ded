namespace ArchiveService.Capture.ActivityStreams;

/// <summary>Why a document is not ActivityStreams 2.0, beside <see cref="RefusalCodes"/>; stable, callers show them.</summary>
public static class ActivityStreamsRefusals
{
    /// <summary>The context is another vocabulary's (AS2 Core 2.1).</summary>
    public const string OtherContext = "other-context";

    /// <summary>The document's own address of itself is relative, and there is nothing that it is relative to (AS2 Core 2.2).</summary>
    public const string AddressRelative = "address-relative";

    /// <summary>A text's language is not a language tag (RFC 5646; AS2 Core 4.7).</summary>
    public const string LanguageTag = "language-tag";

    /// <summary>A collection that says it is ordered and lists its items as unordered, or the other way about, or whose first page is no page (AS2 Core 5).</summary>
    public const string CollectionBroken = "collection-broken";
}
