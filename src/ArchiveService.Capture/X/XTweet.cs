using System.Globalization;
using System.Net;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.X;

/// <summary>What is known around a post of X: whose account it is, where its files lie, and long texts kept elsewhere.</summary>
/// <param name="OwnId">The account that everything was asked for, or that an archive belongs to.</param>
/// <param name="Own">The author of what names nobody, in an archive.</param>
/// <param name="Media">The path of a file in an archive by the post's id and the file's address.</param>
/// <param name="Note">The long text of a post, when there is one.</param>
internal sealed record XSurroundings(string? OwnId, ActAuthor? Own = null, Func<string, string, string?>? Media = null, Func<string, DateTimeOffset?, string?, XNote?>? Note = null)
{
    public ActAuthor? Author(string? id, string? name, string? handle)
    {
        if (id is null && name is null && handle is null) return Own;
        var isOwn = id is not null && id == OwnId;
        return new ActAuthor(id, name ?? (isOwn ? Own?.DisplayName : null), handle ?? (isOwn ? Own?.Handle : null), isOwn, Operator: null);
    }
}

/// <summary>A long text as it stands in <c>note-tweet.js</c>.</summary>
internal sealed record XNote(string Id, string? TweetId, DateTimeOffset? At, string Text, byte[] Raw, string Pointer)
{
    public bool Joined { get; set; }
}

/// <summary>
/// A post as archives, the v1.1 API and the older webhooks write it. An edit is a new id on the platform: all of them are versions of the first, so that
/// one post is one record, and the version's own id is the act's.
/// </summary>
internal static class XTweet
{
    private const string Written = "ddd MMM dd HH:mm:ss zzz yyyy";

    private static readonly System.Buffers.SearchValues<char> HandleChars = System.Buffers.SearchValues.Create("ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789_");

    public static IReadOnlyList<ReadAct> Read(ExportItem item, JsonFields tweet, XSurroundings around, string source)
    {
        if ((tweet.Id("id_str") ?? tweet.Id("id")) is not { } id) return [item.Unknown($"{source}/post", item.NewId(source), Audience.Direct)];

        var act = Act(item, tweet, id, around, source);
        if (!tweet.Has("deleted_at")) return [item.Accepted(act)];

        // What was taken away lately is kept in the archive for a while: first that it was written, then that it was deleted.
        var deleted = Time(item, tweet, "deleted_at");
        return
        [
            item.Accepted(act),
            item.Accepted(new CapturedAct
            {
                Act = ActKind.Delete,
                NativeActName = $"{source}/deleted-post",
                NativeId = act.NativeId,
                NativeEventId = $"{id}/deleted",
                Kind = act.Kind,
                Author = act.Author,
                Audience = act.Audience,
                OccurredAt = deleted,
                OccurredAtSource = deleted is null ? "none" : "platform",
                ActingParty = ActingParty.Unknown,
            }),
        ];
    }

    public static DateTimeOffset? Time(ExportItem item, JsonFields fields, string name) =>
        item.Text(fields, name) is { } written && DateTimeOffset.TryParseExact(written, Written, CultureInfo.InvariantCulture, DateTimeStyles.AdjustToUniversal, out var time)
            ? item.Suspicious(time)
            : item.Time(fields, name);

    /// <summary>As shown: the platform writes &amp;, &lt; and &gt; as HTML, and every address as one of its own.</summary>
    public static string? Shown(string? text, IEnumerable<(string? Url, string? Expanded)> urls)
    {
        if (text is null) return null;
        var shown = WebUtility.HtmlDecode(text);
        foreach (var (url, expanded) in urls.Where(u => !string.IsNullOrEmpty(u.Url) && !string.IsNullOrEmpty(u.Expanded)).OrderByDescending(u => u.Url!.Length))
            shown = shown.Replace(url!, expanded!, StringComparison.Ordinal);
        return shown;
    }

    public static string Address(string? handle, string id) => $"https://x.com/{(handle is { Length: > 0 } && handle.All(c => char.IsAsciiLetterOrDigit(c) || c == '_') ? handle : "i/web")}/status/{id}";

    private static CapturedAct Act(ExportItem item, JsonFields tweet, string id, XSurroundings around, string source)
    {
        var user = item.Object(tweet, "user");
        var author = around.Author(user.Id("id_str") ?? user.Id("id"), item.Text(user, "name"), item.Text(user, "screen_name"));
        var at = Time(item, tweet, "created_at") ?? item.Time(tweet, "timestamp_ms");
        var first = First(item, tweet) ?? id;
        var isEdit = first != id;

        var extended = item.Object(tweet, "extended_tweet");
        var whole = extended.Has("full_text") ? extended : tweet;
        var text = item.Text(whole, "full_text") ?? item.Text(whole, "text");
        var shared = item.Object(tweet, "retweeted_status");
        var isShare = shared.Has("id_str") || shared.Has("id") || IsOldRetweet(text);
        var media = Media(item, whole, id, around);
        if (isShare)
        {
            text = item.Text(shared, "full_text") ?? item.Text(shared, "text") ?? text;
            if (!shared.Has("full_text")) item.Flag(ActFlags.ContentNotDelivered);
            if (text?.EndsWith('…') == true) item.Flag(ExportFlags.TextCutByPlatform);
        }

        var shown = Shown(text, Urls(item, whole).Concat(Urls(item, shared)));
        var note = isShare ? null : around.Note?.Invoke(id, at, shown);
        if (note is not null) item.Flag(ExportFlags.TextJoined);
        else if (tweet.Truth("truncated") == true && !extended.Has("full_text")) item.Flag(ExportFlags.TextCutByPlatform);
        var replied = tweet.Id("in_reply_to_status_id_str") ?? tweet.Id("in_reply_to_status_id");
        return new CapturedAct
        {
            Act = isShare ? ActKind.Share : isEdit ? ActKind.Edit : ActKind.Create,
            NativeActName = isEdit ? $"{source}/edited-post" : $"{source}/post",
            NativeId = first,
            NativeEventId = isEdit ? id : null,
            Kind = isShare ? ItemKind.Share : replied is null ? ItemKind.Post : ItemKind.Reply,
            ParentNativeId = isShare ? shared.Id("id_str") ?? shared.Id("id") : replied,
            RootNativeId = tweet.Id("conversation_id_str") ?? tweet.Id("conversation_id"),
            Author = author,
            Audience = user.Truth("protected") == true ? Audience.Followers : Audience.Public,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            EditedAt = isEdit ? at : null,
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : author is null ? ActingParty.Unknown : ActingParty.Author,
            Text = note?.Text ?? shown,
            ContentWarning = tweet.Truth("possibly_sensitive") == true ? "possibly_sensitive" : null,
            Permalink = Address(author?.Handle, id),
            Attachments = media,
        };
    }

    /// <summary>The first id of a chain of edits, oldest first.</summary>
    private static string? First(ExportItem item, JsonFields tweet)
    {
        var info = item.Object(tweet, "edit_info");
        return tweet.Many("edit_history_tweet_ids").Select(JsonFields.IdOf).FirstOrDefault(id => id is not null)
            ?? item.Object(info, "initial").Many("editTweetIds").Select(JsonFields.IdOf).FirstOrDefault(id => id is not null)
            ?? item.Object(info, "edit").Id("initialTweetId");
    }

    /// <summary>Archives do not say that something was passed on, but for how it begins.</summary>
    private static bool IsOldRetweet(string? text) =>
        text is not null && text.StartsWith("RT @", StringComparison.Ordinal) && text.IndexOf(':', StringComparison.Ordinal) is > 4 and < 24 and var colon && text.AsSpan(4, colon - 4).IndexOfAnyExcept(HandleChars) < 0;

    private static IEnumerable<(string? Url, string? Expanded)> Urls(ExportItem item, JsonFields tweet) =>
        item.Objects(item.Object(tweet, "entities"), "urls").Select(url => (item.Text(url, "url"), item.Text(url, "expanded_url")));

    private static IReadOnlyList<ActAttachment> Media(ExportItem item, JsonFields tweet, string id, XSurroundings around)
    {
        var of = item.Objects(item.Object(tweet, "extended_entities"), "media").ToList();
        if (of.Count == 0) of = [.. item.Objects(item.Object(tweet, "entities"), "media")];
        return [.. of.Select(media => Picture(item, media, id, around)).OfType<ActAttachment>().Take(CaptureLimits.MaxAttachments)];
    }

    private static ActAttachment? Picture(ExportItem item, JsonFields media, string id, XSurroundings around)
    {
        var film = item.Objects(item.Object(media, "video_info"), "variants").Where(v => v.Id("content_type") == "video/mp4").OrderByDescending(v => long.TryParse(v.Id("bitrate"), CultureInfo.InvariantCulture, out var rate) ? rate : 0).ToList();
        var picture = item.Text(media, "media_url_https") ?? item.Text(media, "media_url");
        var addresses = film.Select(v => item.Text(v, "url")).Append(picture).OfType<string>().ToList();
        if (addresses.Count == 0) return null;
        var path = around.Media is null ? null : addresses.Select(address => around.Media(id, address)).FirstOrDefault(found => found is not null);
        if (around.Media is not null && path is null) item.Flag(ActFlags.AttachmentMissing);
        return new ActAttachment(media.Id("id_str") ?? media.Id("id"), path is null ? null : path[(path.LastIndexOf('/') + 1)..], film.Count > 0 ? "video/mp4" : null, addresses[0], null, null, path, item.Text(media, "ext_alt_text"));
    }
}
