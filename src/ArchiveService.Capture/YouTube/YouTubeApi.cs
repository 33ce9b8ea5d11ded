using System.Globalization;
using System.Text.Json;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.YouTube;

/// <summary>A page of an answer of the YouTube Data API.</summary>
/// <param name="Acts">One outcome or more an item, in order.</param>
/// <param name="ParentsToAsk">Comments that have more answers than came with them: each has to be asked for by itself (<c>comments?parentId=</c>).</param>
/// <param name="NextPage">The token of the next page; null on the last.</param>
/// <param name="Items">How many items there were.</param>
/// <param name="Problem">The platform's own word for why it did not answer, such as <c>quotaExceeded</c>.</param>
public sealed record YouTubePage(IReadOnlyList<ReadAct> Acts, IReadOnlyList<string> ParentsToAsk, string? NextPage, int Items, string? Problem);

/// <summary>Reads answers of the YouTube Data API v3: comment threads, comments, films, channels, live chats.</summary>
public static class YouTubeApi
{
    /// <summary>As <c>youtube-api</c>, to channels of YouTube: a saved answer, or a folder or zip of them.</summary>
    public static ImportForm Form { get; } = new("youtube-api", ["youtube"], TakesFolder: true, (path, ct) => SavedResponses.Open(path, (body, now) => Read(body, now).Acts, ct));

    /// <summary>The address of a film.</summary>
    public static string Watch(string videoId) => $"https://www.youtube.com/watch?v={Uri.EscapeDataString(videoId)}";

    /// <summary>Reads a page; never throws because of what it says.</summary>
    /// <param name="body">The body as it came.</param>
    /// <param name="now">Times after this are flagged.</param>
    /// <param name="ownChannelId">The channel that was asked for, as a hint of who writes for it.</param>
    public static YouTubePage Read(ReadOnlyMemory<byte> body, DateTimeOffset? now = null, string? ownChannelId = null)
    {
        var parents = new List<string>();
        string? next = null;
        string? problem = null;
        var items = 0;
        var acts = WholeBody.Read(body, root =>
        {
            if (root.ValueKind != JsonValueKind.Object) return [new ReadAct.Rejected(1, RefusalCodes.NotAnObject, "An answer must be a JSON object.")];
            var answer = JsonFields.Of(root);
            next = answer.Id("nextPageToken");
            if (answer.Find("error") is { ValueKind: JsonValueKind.Object })
            {
                var error = answer.Object("error");
                problem = error.Many("errors").Where(e => e.ValueKind == JsonValueKind.Object).Select(e => JsonFields.Of(e).Id("reason")).FirstOrDefault(reason => reason is not null) ?? error.Id("status") ?? error.Id("code") ?? "error";
                return [new ReadAct.NotARecord(1, "youtube/error")];
            }

            var reading = new YouTubeReading(now, ownChannelId, parents);
            var (name, list) = answer.Find("items") is { ValueKind: JsonValueKind.Array } all ? ("items", all) : answer.Find("comments") is { ValueKind: JsonValueKind.Array } comments ? ("comments", comments) : (null, default);
            if (name is null) return answer.Id("kind")?.EndsWith("Response", StringComparison.Ordinal) == true ? [new ReadAct.NotARecord(1, answer.Id("kind")!)] : reading.Item(root, 1, "");
            var found = new List<ReadAct>();
            foreach (var (index, element) in list.EnumerateArray().Index())
            {
                items++;
                found.AddRange(reading.Item(element, index + 1, string.Create(CultureInfo.InvariantCulture, $"/{name}/{index}")));
            }

            return found.Count > 0 ? found : [new ReadAct.NotARecord(1, answer.Id("kind") ?? "youtube/empty")];
        });
        return new YouTubePage(acts, parents, next, items, problem);
    }
}

/// <summary>Reads the items of one answer.</summary>
internal sealed class YouTubeReading(DateTimeOffset? now, string? ownChannelId, List<string> parentsToAsk)
{
    private static readonly string[] PictureSizes = ["maxres", "standard", "high", "medium", "default"];

    public IReadOnlyList<ReadAct> Item(JsonElement element, long place, string pointer)
    {
        if (element.ValueKind != JsonValueKind.Object) return [new ReadAct.Rejected(place, RefusalCodes.NotAnObject, "An item must be a JSON object.")];
        var item = ExportItem.Of(element, place, pointer, now);
        var fields = item.Fields(element);
        var kind = fields.Id("kind") ?? "";
        return kind switch
        {
            "youtube#commentThread" => Thread(item, fields, place, pointer),
            "youtube#comment" => [Comment(item, fields, null)],
            "youtube#video" => [Video(item, fields)],
            "youtube#channel" => [Channel(item, fields)],
            "youtube#liveChatMessage" => [Chat(item, fields)],
            "youtube#playlistItem" or "youtube#activity" or "youtube#caption" or "youtube#playlist" or "youtube#subscription" or "youtube#videoAbuseReportReason" or "youtube#searchResult" => [item.NotARecord(kind)],
            _ when fields.Has("rating") => [item.NotARecord("youtube#rating")],
            _ => [item.Unknown(kind.Length == 0 ? "youtube" : kind, fields.Id("id") ?? item.NewId("youtube"), Audience.Direct)],
        };
    }

    private List<ReadAct> Thread(ExportItem item, JsonFields thread, long place, string pointer)
    {
        var snippet = item.Object(thread, "snippet");
        var acts = new List<ReadAct>();
        var id = thread.Id("id");
        if (snippet.Find("topLevelComment") is { ValueKind: JsonValueKind.Object } top)
        {
            var first = ExportItem.Of(top, place, $"{pointer}/snippet/topLevelComment", now);
            acts.Add(Comment(first, first.Fields(top), snippet));
        }
        else
        {
            acts.Add(item.Unknown("youtube#commentThread", id ?? item.NewId("youtube"), Audience.Direct));
        }

        var embedded = 0;
        foreach (var (index, reply) in item.Object(thread, "replies").Many("comments").Index())
        {
            if (reply.ValueKind != JsonValueKind.Object) continue;
            embedded++;
            var answer = ExportItem.Of(reply, place, string.Create(CultureInfo.InvariantCulture, $"{pointer}/replies/comments/{index}"), now);
            acts.Add(Comment(answer, answer.Fields(reply), snippet));
        }

        if (id is not null && long.TryParse(snippet.Id("totalReplyCount"), CultureInfo.InvariantCulture, out var told) && told > embedded) parentsToAsk.Add(id);
        return acts;
    }

    private ReadAct Comment(ExportItem item, JsonFields comment, JsonFields? thread)
    {
        var snippet = item.Object(comment, "snippet");
        if (comment.Id("id") is not { } id) return item.Unknown("youtube#comment", item.NewId("youtube"), Audience.Direct);
        var video = snippet.Id("videoId") ?? thread?.Id("videoId");
        var dot = id.IndexOf('.', StringComparison.Ordinal);
        var parent = snippet.Id("parentId") ?? (dot > 0 ? id[..dot] : null);
        var by = snippet.Find("authorChannelId") is { ValueKind: JsonValueKind.Object } json ? JsonFields.Of(json).Id("value") : snippet.Id("authorChannelId");
        var name = item.Text(snippet, "authorDisplayName");
        var author = by is null && name is null ? null : new ActAuthor(by, name, name is ['@', ..] ? name : null, by is not null && by == ownChannelId, Operator: null);
        var written = item.Time(snippet, "publishedAt");
        var updated = item.Time(snippet, "updatedAt");
        var edited = updated > written ? updated : null;
        if (edited is not null) item.Flag(ActFlags.EarlierVersionsMissing);

        // Comments caught in the filter are received too; nobody else can see them.
        var status = snippet.Id("moderationStatus");
        var held = status is "heldForReview" or "likelySpam" or "rejected";
        if (held) item.Flag(status == "rejected" ? ActFlags.HiddenOnArrival : ExportFlags.HeldForReview);
        var original = item.Text(snippet, "textOriginal");
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Create,
            NativeActName = "youtube#comment",
            NativeId = id,
            Kind = parent is null ? ItemKind.Comment : ItemKind.Reply,
            NativeKind = status,
            ParentNativeId = parent ?? video ?? snippet.Id("channelId"),
            RootNativeId = video ?? snippet.Id("channelId"),
            Author = author,
            Audience = held || thread?.Truth("isPublic") == false ? Audience.Unpublished : Audience.Public,
            OccurredAt = written,
            OccurredAtSource = written is null ? "none" : "platform",
            EditedAt = edited,
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : author is null ? ActingParty.Unknown : ActingParty.Author,
            Text = original ?? item.Text(snippet, "textDisplay"),
            TextFormat = original is null ? TextFormat.Html : TextFormat.Plain,
            Permalink = video is null ? null : $"{YouTubeApi.Watch(video)}&lc={id}",
        });
    }

    private ReadAct Video(ExportItem item, JsonFields video)
    {
        if (video.Id("id") is not { } id) return item.Unknown("youtube#video", item.NewId("youtube"), Audience.Direct);
        var snippet = item.Object(video, "snippet");
        if (!snippet.Has("title")) return item.NotARecord("youtube#video/counts");
        var (by, at) = (snippet.Id("channelId"), item.Time(snippet, "publishedAt"));
        var thumbnails = item.Object(snippet, "thumbnails");
        var picture = PictureSizes.Select(size => item.Text(item.Object(thumbnails, size), "url")).FirstOrDefault(url => url is not null);
        string[] words = [.. new[] { item.Text(snippet, "title"), item.Text(snippet, "description") }.OfType<string>()];
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Create,
            NativeActName = "youtube#video",
            NativeId = id,
            Kind = snippet.Id("liveBroadcastContent") is "live" or "upcoming" ? ItemKind.Live : ItemKind.Video,
            NativeKind = item.Object(video, "status").Id("privacyStatus"),
            Author = by is null ? null : new ActAuthor(by, item.Text(snippet, "channelTitle"), null, by == ownChannelId, Operator: null),
            Audience = item.Object(video, "status").Id("privacyStatus") switch
            {
                null or "public" => Audience.Public,
                "unlisted" => Audience.Unlisted,
                _ => Audience.Unpublished,
            },
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = by is not null && by == ownChannelId ? ActingParty.OwnChannel : ActingParty.Author,
            Text = string.Join("\n\n", words),
            Permalink = YouTubeApi.Watch(id),
            Attachments = picture is null ? [] : [new ActAttachment("thumbnail", null, null, picture, null, null, null, null)],
        });
    }

    private ReadAct Channel(ExportItem item, JsonFields channel)
    {
        if (channel.Id("id") is not { } id) return item.Unknown("youtube#channel", item.NewId("youtube"), Audience.Direct);
        var snippet = item.Object(channel, "snippet");
        var branding = item.Object(item.Object(channel, "brandingSettings"), "channel");
        var title = item.Text(snippet, "title") ?? item.Text(branding, "title");
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.ProfileChange,
            NativeActName = "youtube#channel",
            NativeId = id,
            Author = new ActAuthor(id, title, item.Text(snippet, "customUrl"), id == ownChannelId, Operator: null),
            OccurredAtSource = "none",
            ActingParty = id == ownChannelId ? ActingParty.OwnChannel : ActingParty.Author,
            Text = item.Text(snippet, "description") ?? item.Text(branding, "description"),
            Permalink = $"https://www.youtube.com/channel/{Uri.EscapeDataString(id)}",
        });
    }

    private ReadAct Chat(ExportItem item, JsonFields message)
    {
        var snippet = item.Object(message, "snippet");
        var author = item.Object(message, "authorDetails");
        var by = author.Id("channelId") ?? snippet.Id("authorChannelId");
        var at = item.Time(snippet, "publishedAt");
        var deleted = snippet.Id("type") == "messageDeletedEvent";
        var id = deleted ? item.Object(snippet, "messageDeletedDetails").Id("deletedMessageId") : message.Id("id");
        if (id is null) return item.Unknown("youtube#liveChatMessage", item.NewId("youtube"), Audience.Direct);
        return item.Accepted(new CapturedAct
        {
            Act = deleted ? ActKind.Delete : ActKind.Create,
            NativeActName = $"youtube#liveChatMessage/{snippet.Id("type")}",
            NativeId = id,
            Kind = ItemKind.Live,
            ConversationId = snippet.Id("liveChatId"),
            Author = by is null || deleted ? null : new ActAuthor(by, item.Text(author, "displayName"), null, by == ownChannelId, Operator: null),
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = deleted ? ActingParty.Unknown : ActingParty.Author,
            Text = item.Text(snippet, "displayMessage"),
        });
    }
}
