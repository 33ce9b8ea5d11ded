using System.Text.RegularExpressions;

namespace ArchiveService.Capture.Exports;

/// <summary>What a file of a Facebook or Instagram export holds.</summary>
internal enum MetaFileKind
{
    Posts,
    Stories,
    Films,
    Photos,
    Comments,
    Messages,
}

/// <summary>A file of an export that is read, known by its name alone: folders are named in the account's language, and otherwise every few years. What stands in one that is <c>Own</c> was written by the account itself.</summary>
internal sealed partial record MetaExportFile(string Path, MetaFileKind Kind, bool Own)
{
    /// <summary>The folder of a conversation, which is the last step of its <c>thread_path</c>.</summary>
    public string? Thread => Kind == MetaFileKind.Messages && Path.Split('/') is { Length: > 1 } steps ? steps[^2] : null;

    public static MetaExportFile? Of(string path, bool instagram)
    {
        var name = path[(path.LastIndexOf('/') + 1)..];
        if (MessageName().IsMatch(name)) return new(path, MetaFileKind.Messages, Own: false);
        var (kind, own) = instagram ? Instagram(name) : Facebook(name);
        return kind is { } known ? new(path, known, own) : null;
    }

    /// <summary>Posts first, then what was said to them, then messages; the parts of each as they are numbered.</summary>
    public static IOrderedEnumerable<MetaExportFile> InOrder(IEnumerable<MetaExportFile> files) =>
        files.OrderBy(file => file.Kind).ThenBy(file => Numbers().Replace(file.Path, digits => digits.Value.PadLeft(10, '0')), StringComparer.Ordinal);

    private static (MetaFileKind? Kind, bool Own) Facebook(string name)
    {
        if (FacebookPosts().IsMatch(name)) return (MetaFileKind.Posts, true);
        if (FacebookOthers().IsMatch(name)) return (MetaFileKind.Posts, false);
        return FacebookComments().IsMatch(name) ? (MetaFileKind.Comments, true) : (null, false);
    }

    private static (MetaFileKind? Kind, bool Own) Instagram(string name)
    {
        if (InstagramStories().IsMatch(name)) return (MetaFileKind.Stories, true);
        if (InstagramFilms().IsMatch(name)) return (MetaFileKind.Films, true);
        if (InstagramPhotos().IsMatch(name)) return (MetaFileKind.Photos, true);
        if (InstagramPosts().IsMatch(name)) return (MetaFileKind.Posts, true);
        return InstagramComments().IsMatch(name) ? (MetaFileKind.Comments, true) : (null, false);
    }

    [GeneratedRegex(@"^message_\d+\.json$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex MessageName();

    [GeneratedRegex(@"^(your_posts(__check_ins__photos_and_videos)?|profile_posts|page_posts|group_posts|your_group_posts)(_\d+)?\.json$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex FacebookPosts();

    [GeneratedRegex(@"^(other_people.{0,4}s_posts_to_your_timeline|visitor_posts)(_\d+)?\.json$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex FacebookOthers();

    [GeneratedRegex(@"^(comments|your_comments_in_groups|group_comments|(your_)?(group_posts_and_comments|posts_and_comments_in_groups))(_\d+)?\.json$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex FacebookComments();

    [GeneratedRegex(@"^(posts|archived_posts|media|other_content)(_\d+)?\.json$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex InstagramPosts();

    [GeneratedRegex(@"^stories(_\d+)?\.json$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex InstagramStories();

    [GeneratedRegex(@"^(reels|igtv_videos)(_\d+)?\.json$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex InstagramFilms();

    [GeneratedRegex(@"^profile_photos(_\d+)?\.json$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex InstagramPhotos();

    [GeneratedRegex(@"^(post_comments|reels_comments|comments)(_\d+)?\.json$", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex InstagramComments();

    [GeneratedRegex(@"\d+", RegexOptions.CultureInvariant | RegexOptions.ExplicitCapture)]
    private static partial Regex Numbers();
}
