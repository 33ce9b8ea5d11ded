namespace ArchiveService.Features.PageParts;

/// <summary>What someone wrote, on its own paper and in its own voice.</summary>
public sealed record RecordPaper(string HeadLeft, DateTimeOffset? CapturedAt, string Author, string? AuthorNote, RecordText? Text) : Part
{
    /// <summary>Shown to the right in the head instead of the capture time.</summary>
    public Mark? Mark { get; init; }

    /// <summary>Small lines under the text: when it was posted, reactions, versions.</summary>
    public IReadOnlyList<string> Foot { get; init; } = [];

    /// <summary>Said in place of the text: never captured, or destroyed.</summary>
    public string? Absence { get; init; }

    public LinkButton? Link { get; init; }

    /// <summary>Smaller text, where the record stands beside a form.</summary>
    public bool Small { get; init; }
}

/// <summary>The versions of a record, newest first, each against the one before it.</summary>
public sealed record VersionList(IReadOnlyList<VersionItem> Versions) : Part
{
    /// <summary>Builds the list from texts in the order they came.</summary>
    public static VersionList Of(IReadOnlyList<(DateTimeOffset At, string Note, string? Text)> oldestFirst) => new(
        [.. oldestFirst.Select((version, i) => new VersionItem(i + 1, version.At, version.Note, i == 0
            ? RecordText.Plain(version.Text)
            : WordDiff.Between(oldestFirst[i - 1].Text, version.Text))).Reverse()]);
}

public sealed record VersionItem(int Number, DateTimeOffset At, string Note, RecordText Text);

/// <summary>A conversation; the record being looked at is marked.</summary>
public sealed record ConversationThread(IReadOnlyList<ThreadItem> Items) : Part;

public sealed record ThreadItem(string Author, Mark Direction, DateTimeOffset At, RecordText? Text)
{
    public Mark? Mark { get; init; }

    public string? Href { get; init; }

    public bool Here { get; init; }

    public bool IsSecret { get; init; }

    /// <summary>Said in place of the text.</summary>
    public string? Absence { get; init; }

    public IReadOnlyList<ThreadItem> Replies { get; init; } = [];
}

/// <summary>Files that belong to a record.</summary>
public sealed record AttachmentList(IReadOnlyList<AttachmentItem> Items) : Part;

/// <summary>Without an address the file is shown but cannot be fetched; say why in the note.</summary>
public sealed record AttachmentItem(string FileName, string? MediaType, long? Size, string? Note = null, string? Href = null)
{
    /// <summary>Where to ask for the file to be fetched once more.</summary>
    public string? Again { get; init; }

    /// <summary>Where it is all the same, when something harmful was found in it.</summary>
    public string? Dangerous { get; init; }

    /// <summary>A small picture of it.</summary>
    public string? Thumbnail { get; init; }

    /// <summary>What the picture shows, in the words of whoever published it.</summary>
    public string? AltText { get; init; }

    public Icon Icon => MediaType switch
    {
        { } type when type.StartsWith("image/", StringComparison.Ordinal) => Icon.Image,
        { } type when type.StartsWith("video/", StringComparison.Ordinal) => Icon.Film,
        { } type when type.StartsWith("audio/", StringComparison.Ordinal) => Icon.Sound,
        _ => Icon.File,
    };

    public string Kind => MediaType switch
    {
        "image/jpeg" => "JPEG-bild",
        "image/png" => "PNG-bild",
        "image/gif" => "GIF-bild",
        "image/webp" => "WebP-bild",
        "video/mp4" => "MP4-film",
        "audio/mpeg" => "MP3-ljud",
        "application/pdf" => "PDF",
        null or "" => "Okänt slag",
        _ => MediaType,
    };
}

/// <summary>What has happened, newest first; each act with who, why and on which ground.</summary>
public sealed record Timeline(IReadOnlyList<TimelineItem> Items) : Part
{
    /// <summary>For a narrow place in a wide window.</summary>
    public bool Slim { get; init; }
}

public sealed record TimelineItem(DateTimeOffset At, Icon Icon, string Title, string? By = null)
{
    /// <summary>The system's words: ground, provision, number.</summary>
    public IReadOnlyList<string> Facts { get; init; } = [];

    /// <summary>The official's own words, shown in the record's voice.</summary>
    public string? Reason { get; init; }

    public bool IsGap { get; init; }

    public string? Href { get; init; }
}

/// <summary>One hit of a search, with why it is one.</summary>
public sealed record SearchHit(string Href, string Title, DateTimeOffset At, string Where, RecordText? Snippet) : Part
{
    /// <summary>The record, where it may be chosen for an act on many.</summary>
    public Guid? Choose { get; init; }

    public IReadOnlyList<Mark> Marks { get; init; } = [];

    public bool IsSecret { get; init; }

    public string? Absence { get; init; }

    public IReadOnlyList<Fact> Why { get; init; } = [];
}
