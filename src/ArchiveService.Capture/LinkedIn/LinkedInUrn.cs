namespace ArchiveService.Capture.LinkedIn;

/// <summary>
/// LinkedIn's names of things. One thing has several: percent-encoded or not, a comment with the short or the long name of what it stands under, and under
/// the post's or the activity's name. So a comment is known by its own number, and everything else by its name written out.
/// </summary>
public static class LinkedInUrn
{
    private const string Begin = "urn:li:";
    private const string Comment = "urn:li:comment:";

    /// <summary>The form that names are kept in, or null when it is no name.</summary>
    public static string? IdOf(string? written)
    {
        if (Plain(written) is not { } urn) return null;
        if (!urn.StartsWith(Comment, StringComparison.Ordinal)) return urn;
        var number = urn.EndsWith(')') && urn.LastIndexOf(',') is > 0 and var comma ? urn[(comma + 1)..^1].Trim() : urn[Comment.Length..];
        return number.Length > 0 && number.All(char.IsAsciiDigit) ? Comment + number : urn;
    }

    /// <summary>What a comment stands under, or null.</summary>
    public static string? ParentOf(string? written)
    {
        if (Plain(written) is not { } urn || !urn.StartsWith(Comment + '(', StringComparison.Ordinal) || urn.LastIndexOf(',') is not (> 0 and var comma)) return null;
        var parent = urn[(Comment.Length + 1)..comma];
        return IdOf(parent.StartsWith(Begin, StringComparison.Ordinal) ? parent : Begin + parent);
    }

    /// <summary>The word after <c>urn:li:</c>, such as <c>comment</c> or <c>ugcPost</c>.</summary>
    public static string? TypeOf(string? written) => Plain(written) is { } urn && urn.IndexOf(':', Begin.Length) is > 0 and var end ? urn[Begin.Length..end] : null;

    /// <summary>A name of something that is published.</summary>
    public static bool IsPost(string? written) => TypeOf(written) is "share" or "ugcPost" or "activity" or "groupPost" or "article";

    private static string? Plain(string? written)
    {
        if (string.IsNullOrWhiteSpace(written)) return null;
        var urn = written.Trim();
        if (urn.Contains("%3A", StringComparison.OrdinalIgnoreCase)) urn = Uri.UnescapeDataString(urn);
        return urn.StartsWith(Begin, StringComparison.Ordinal) && urn.Length > Begin.Length ? urn : null;
    }
}
