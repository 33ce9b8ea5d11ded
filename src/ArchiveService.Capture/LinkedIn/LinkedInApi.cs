using System.Globalization;
using System.Text.Json;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.LinkedIn;

/// <summary>A page of an answer of LinkedIn's interfaces.</summary>
/// <param name="Acts">One outcome an element.</param>
/// <param name="Urns">What the elements only name, and has to be fetched by itself.</param>
/// <param name="Elements">How many elements there were.</param>
/// <param name="HasNext">The answer says that there is a next page.</param>
/// <param name="NextCursor">The cursor of the next page, where the interface pages by cursors.</param>
/// <param name="Absent">Names that were asked for and are not there (404), as far as the answer says.</param>
public sealed record LinkedInPage(IReadOnlyList<ReadAct> Acts, IReadOnlyList<string> Urns, int Elements, bool HasNext, string? NextCursor, IReadOnlyList<string> Absent);

/// <summary>Reads answers of the DMA portability interfaces (posts, comments, reactions, messages), and of <c>socialActions</c>, whose comments look the same.</summary>
public static class LinkedInApi
{
    /// <summary>As <c>linkedin-api</c>, to channels of LinkedIn: a saved answer, or a folder or zip of them.</summary>
    public static ImportForm Form { get; } = new("linkedin-api", ["linkedin"], TakesFolder: true, (path, ct) => SavedResponses.Open(path, (body, now) => Read(body, now).Acts, ct));

    /// <summary>Reads a page; never throws because of what it says.</summary>
    /// <param name="body">The body as it came.</param>
    /// <param name="now">Times after this are flagged.</param>
    /// <param name="page">The page that was asked for, as <c>urn:li:organization:…</c>: a hint of who writes for the channel.</param>
    public static LinkedInPage Read(ReadOnlyMemory<byte> body, DateTimeOffset? now = null, string? page = null)
    {
        var urns = new List<string>();
        var elements = 0;
        var hasNext = false;
        string? cursor = null;
        var absent = new List<string>();
        var acts = WholeBody.Read(body, root =>
        {
            if (root.ValueKind != JsonValueKind.Object) return [new ReadAct.Rejected(1, RefusalCodes.NotAnObject, "An answer must be a JSON object.")];
            var answer = JsonFields.Of(root);
            hasNext = answer.Object("paging").Many("links").Any(link => link.ValueKind == JsonValueKind.Object && JsonFields.Of(link).Id("rel") == "next");
            // The interface itself writes the word without its second a.
            var metadata = answer.Object("metadata");
            cursor = metadata.Object("paginationCursorMetdata").Id("nextPaginationCursor") ?? metadata.Object("paginationCursorMetadata").Id("nextPaginationCursor");
            absent.AddRange(answer.Object("statuses").All.Where(status => JsonFields.IdOf(status.Value) == "404").Select(status => LinkedInUrn.IdOf(status.Key)).OfType<string>());
            var found = new List<ReadAct>();
            if (answer.Find("results") is { ValueKind: JsonValueKind.Object } results)
            {
                foreach (var (key, element) in JsonFields.Of(results).All) found.Add(Element(element, LinkedInUrn.IdOf(key) is null ? null : key, $"/results/{key.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal)}", ++elements, now, page, urns));
            }
            else if (answer.Find("elements") is { ValueKind: JsonValueKind.Array } list)
            {
                foreach (var (index, element) in list.EnumerateArray().Index()) found.Add(Element(element, null, string.Create(CultureInfo.InvariantCulture, $"/elements/{index}"), ++elements, now, page, urns));
            }
            else if (answer.Has("serviceErrorCode") || (answer.Has("status") && answer.Has("message") && answer.Find("message") is { ValueKind: JsonValueKind.String }))
            {
                return [new ReadAct.NotARecord(1, "linkedin/error")];
            }
            else
            {
                found.Add(Element(root, null, "", 1, now, page, urns));
            }

            return found.Count > 0 ? found : [new ReadAct.NotARecord(1, "linkedin/empty")];
        });
        return new LinkedInPage(acts, urns, elements, hasNext, cursor, absent);
    }

    private static ReadAct Element(JsonElement element, string? key, string pointer, long place, DateTimeOffset? now, string? page, List<string> urns)
    {
        if (element.ValueKind == JsonValueKind.String && JsonFields.IdOf(element) is { } named && LinkedInUrn.IdOf(named) is not null)
        {
            urns.Add(named);
            return new ReadAct.NotARecord(place, "linkedin/urn");
        }

        if (element.ValueKind != JsonValueKind.Object) return new ReadAct.Rejected(place, RefusalCodes.NotAnObject, "An element must be a JSON object.");
        var item = ExportItem.Of(element, place, pointer, now);
        var fields = item.Fields(element);
        var written = new[] { fields.Id("$URN"), fields.Id("commentUrn"), fields.Id("urn"), fields.Id("entityUrn"), fields.Id("id"), key }.FirstOrDefault(name => LinkedInUrn.IdOf(name) is not null)
            ?? (fields.Has("object") && fields.Has("message") && fields.Id("id") is { } number ? $"urn:li:comment:({fields.Id("object")},{number})" : null);
        var type = LinkedInUrn.TypeOf(written);
        if (written is not null && !fields.All.Skip(1).Any())
        {
            // Nothing but its name.
            urns.Add(written);
            return item.NotARecord("linkedin/urn");
        }

        if (type == "comment" || fields.Has("parentComment")) return Comment(item, fields, written, page);
        if (type == "reaction" || fields.Has("reactionType")) return Reaction(item, fields, written, page);
        if (fields.Has("commentary") || (LinkedInUrn.IsPost(written) && (fields.Has("author") || fields.Has("created") || fields.Has("createdAt")))) return Post(item, fields, written, page);
        if (type is "messagingMessage" or "pageMessage" || fields.Has("messageBody") || (fields.Has("body") && fields.Has("sender"))) return Message(item, fields, written, page);

        // A list of names, whichever member holds them: each has to be asked for.
        var named2 = fields.All.Select(field => field.Value.ValueKind == JsonValueKind.String ? JsonFields.IdOf(field.Value) : null).FirstOrDefault(urn => LinkedInUrn.IsPost(urn) || LinkedInUrn.TypeOf(urn) is "comment" or "reaction");
        if (named2 is not null)
        {
            urns.Add(named2);
            return item.NotARecord("linkedin/urn");
        }

        return item.Unknown("linkedin/element", LinkedInUrn.IdOf(written) ?? item.NewId("linkedin"), Audience.Direct);
    }

    private static ReadAct Post(ExportItem item, JsonFields post, string? written, string? page)
    {
        var (author, _) = Who(item, post, page, "author");
        var at = Time(item, post, "firstPublishedAt") ?? Time(item, post, "publishedAt") ?? Time(item, post, "createdAt") ?? item.Time(item.Object(post, "created"), "time");
        var modified = Time(item, post, "lastModifiedAt") ?? item.Time(item.Object(post, "lastModified"), "time");
        var edited = post.Truth("isEditedByAuthor") == true || item.Object(post, "lifecycleStateInfo").Truth("isEditedByAuthor") == true || modified - at > Settling ? modified : null;
        if (edited is not null) item.Flag(ActFlags.EarlierVersionsMissing);
        var context = item.Object(post, "responseContext");
        var shared = item.Object(post, "reshareContext").Id("parent");
        var id = LinkedInUrn.IdOf(written);
        return item.Accepted(new CapturedAct
        {
            Act = shared is null ? ActKind.Create : ActKind.Share,
            NativeActName = "linkedin/post",
            NativeId = id ?? item.NewId("linkedin"),
            Kind = shared is null ? ItemKind.Post : ItemKind.Share,
            NativeKind = post.Id("lifecycleState"),
            ParentNativeId = LinkedInUrn.IdOf(shared ?? context.Id("parent")),
            RootNativeId = LinkedInUrn.IdOf(item.Object(post, "reshareContext").Id("root") ?? context.Id("root")),
            Author = author,
            Audience = AudienceOf(post.Id("lifecycleState"), post.Id("visibility")),
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            EditedAt = edited,
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : author is null ? ActingParty.Unknown : ActingParty.Author,
            Text = Words(item, post, "commentary"),
            Permalink = LinkedInUrn.IsPost(id) ? $"https://www.linkedin.com/feed/update/{id}" : null,
            Attachments = [.. Media(item, item.Object(post, "content")).Take(CaptureLimits.MaxAttachments)],
        });
    }

    private static ReadAct Comment(ExportItem item, JsonFields comment, string? written, string? page)
    {
        if (LinkedInUrn.IdOf(written) is not { } id) return item.Unknown("linkedin/comment", item.NewId("linkedin"), Audience.Direct);
        var (author, at) = Who(item, comment, page, "actor");
        var modified = item.Time(item.Object(comment, "lastModified"), "time") ?? Time(item, comment, "lastModifiedAt");
        var edited = modified - at > Settling ? modified : null;
        if (edited is not null) item.Flag(ActFlags.EarlierVersionsMissing);
        var root = LinkedInUrn.IdOf(comment.Id("object")) ?? LinkedInUrn.ParentOf(written);
        var parent = LinkedInUrn.IdOf(comment.Id("parentComment"));
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Create,
            NativeActName = "linkedin/comment",
            NativeId = id,
            Kind = parent is null ? ItemKind.Comment : ItemKind.Reply,
            ParentNativeId = parent ?? root,
            RootNativeId = root,
            Author = author,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            EditedAt = edited,
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : author is null ? ActingParty.Unknown : ActingParty.Author,
            Text = Words(item, comment, "message") ?? Words(item, comment, "commentary"),
            Permalink = LinkedInUrn.IsPost(root) ? $"https://www.linkedin.com/feed/update/{root}" : null,
            Attachments = [.. item.Objects(comment, "content").SelectMany(content => Media(item, content)).Take(CaptureLimits.MaxAttachments)],
        });
    }

    private static ReadAct Reaction(ExportItem item, JsonFields reaction, string? written, string? page)
    {
        var (author, at) = Who(item, reaction, page, "actor");
        var target = LinkedInUrn.IdOf(reaction.Id("root") ?? reaction.Id("object") ?? reaction.Id("entity") ?? Inner(written));
        if (target is null) return item.Unknown("linkedin/reaction", LinkedInUrn.IdOf(written) ?? item.NewId("linkedin"), Audience.Direct);
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.React,
            NativeActName = "linkedin/reaction",
            NativeId = $"{target}/reaction/{author?.NativeId ?? LinkedInUrn.IdOf(written) ?? item.NewId("linkedin")}",
            ParentNativeId = target,
            Author = author,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ReactionKind = reaction.Id("reactionType"),
        });
    }

    /// <summary>A reaction's name holds who reacted and to what: <c>urn:li:reaction:(urn:li:organization:1,urn:li:activity:2)</c>.</summary>
    private static string? Inner(string? reaction) =>
        reaction is not null && Uri.UnescapeDataString(reaction) is var plain && plain.EndsWith(')') && plain.IndexOf(",urn:li:", StringComparison.Ordinal) is > 0 and var comma ? plain[(comma + 1)..^1] : null;

    private static ReadAct Message(ExportItem item, JsonFields message, string? written, string? page)
    {
        var (author, at) = Who(item, message, page, "sender");
        at ??= Time(item, message, "deliveredAt") ?? Time(item, message, "createdAt");
        return item.Accepted(new CapturedAct
        {
            Act = ActKind.Message,
            NativeActName = "linkedin/message",
            NativeId = LinkedInUrn.IdOf(written) ?? message.Id("id") ?? item.NewId("linkedin"),
            Kind = ItemKind.Dm,
            ConversationId = LinkedInUrn.IdOf(message.Id("thread") ?? message.Id("conversation")) ?? message.Id("thread"),
            Author = author,
            Audience = Audience.Direct,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : author is null ? ActingParty.Unknown : ActingParty.Author,
            Text = Words(item, message, "body") ?? Words(item, message, "messageBody") ?? Words(item, message, "content"),
        });
    }

    /// <summary>Publishing takes a moment, and is no edit.</summary>
    private static readonly TimeSpan Settling = TimeSpan.FromSeconds(10);

    /// <summary>Who did it, with the person that wrote for the page beside it; names may be missing where a member has not consented.</summary>
    private static (ActAuthor? Author, DateTimeOffset? At) Who(ExportItem item, JsonFields fields, string? page, string name)
    {
        var created = item.Object(fields, "created");
        var by = LinkedInUrn.IdOf(fields.Id(name) ?? fields.Id("author") ?? fields.Id("actor") ?? created.Id("actor"));
        var writer = LinkedInUrn.IdOf(created.Id("impersonator"));
        return (by is null ? null : new ActAuthor(by, null, null, by == page, writer), item.Time(created, "time"));
    }

    private static string? Words(ExportItem item, JsonFields fields, string name) => item.Text(fields, name) ?? (item.Object(fields, name) is var inner && inner.All.Any() ? item.Text(inner, "text") ?? item.Text(item.Object(inner, "text"), "text") : null);

    private static DateTimeOffset? Time(ExportItem item, JsonFields fields, string name) => fields.Has(name) ? item.Time(fields, name) : null;

    internal static Audience AudienceOf(string? state, string? visibility) => (state, visibility) switch
    {
        ("DRAFT" or "SCHEDULED" or "PUBLISH_REQUESTED" or "PUBLISH_FAILED", _) => Audience.Unpublished,
        (_, null or "PUBLIC") => Audience.Public,
        _ => Audience.Followers,
    };

    private static IEnumerable<ActAttachment> Media(ExportItem item, JsonFields content)
    {
        foreach (var media in item.Objects(content, "media").Append(content.Has("url") || content.Has("entity") ? content : JsonFields.None).Concat(item.Objects(item.Object(content, "multiImage"), "images")).Concat(item.Objects(content, "article")))
        {
            var id = media.Id("id") ?? media.Id("entity") ?? media.Id("media");
            var url = item.Text(media, "url") ?? item.Text(media, "source");
            if (id is not null || url is not null) yield return new ActAttachment(id, null, null, url, null, null, null, item.Text(media, "altText") ?? item.Text(media, "title"));
        }
    }
}
