namespace ArchiveService.Capture.Exports;

/// <summary>Remarks on what comes from exports; stable, they are stored.</summary>
public static class ExportFlags
{
    /// <summary>The export had written the text's UTF-8 as Latin-1; it was put right, and stands as it was in the verbatim slice.</summary>
    public const string EncodingRepaired = "encoding-repaired";

    /// <summary>The file's strings are not all UTF-8 written as Latin-1, so none of them was put right.</summary>
    public const string EncodingLeft = "encoding-left";

    /// <summary>Several equal entries of the export were united, with the files of them all.</summary>
    public const string EntriesMerged = "entries-merged";

    /// <summary>The full text stood in another file of the export and was joined.</summary>
    public const string TextJoined = "text-joined";

    /// <summary>The platform cut the text; the rest is not in the export.</summary>
    public const string TextCutByPlatform = "text-cut-by-platform";

    /// <summary>The platform held the item back until somebody looks at it.</summary>
    public const string HeldForReview = "held-for-review";
}
