using System.Globalization;
using System.Text.Json;
using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.LinkedIn;

/// <summary>What a delivery says about one page.</summary>
/// <param name="Organization">The page, as <c>urn:li:organization:…</c>; it decides the channel.</param>
/// <param name="Acts">One outcome a notification, in order.</param>
public sealed record LinkedInEntry(string? Organization, IReadOnlyList<ReadAct> Acts);

/// <summary>Reads the notifications of LinkedIn pages, as they are sent and as they are fetched.</summary>
public static class LinkedInWebhook
{
    /// <summary>Every notification gives one outcome; what is not understood is kept. Never throws because of what the body says.</summary>
    public static IReadOnlyList<LinkedInEntry> Read(ReadOnlyMemory<byte> body, DateTimeOffset? now = null)
    {
        var pages = new List<string?>();
        var acts = WholeBody.Read(body, root =>
        {
            var found = new List<ReadAct>();
            if (root.ValueKind != JsonValueKind.Object) return [new ReadAct.Rejected(1, RefusalCodes.NotAnObject, "A delivery must be a JSON object.")];
            var delivery = JsonFields.Of(root);
            var name = delivery.Has("notifications") ? "notifications" : "elements";
            foreach (var (index, element) in delivery.Many(name).Index())
            {
                var item = ExportItem.Of(element, index + 1, string.Create(CultureInfo.InvariantCulture, $"/{name}/{index}"), now);
                var notification = item.Fields(element);
                pages.Add(LinkedInUrn.IdOf(notification.Id("organizationalEntity")));
                found.Add(element.ValueKind == JsonValueKind.Object ? Notification(item, notification, pages[^1]) : new ReadAct.Rejected(index + 1, RefusalCodes.NotAnObject, "A notification must be a JSON object."));
            }

            if (found.Count == 0)
            {
                var whole = ExportItem.Of(root, 1, "", now);
                found.Add(whole.Unknown(delivery.Id("type") ?? "delivery", whole.NewId("linkedin"), Audience.Direct));
            }

            return found;
        });
        return [.. acts.Index().GroupBy(act => act.Index < pages.Count ? pages[act.Index] : null).Select(page => new LinkedInEntry(page.Key, [.. page.Select(act => act.Item)]))];
    }

    private static ReadAct Notification(ExportItem item, JsonFields notification, string? page)
    {
        var action = notification.Id("action") ?? "?";
        var at = item.Time(notification, "lastModifiedAt");
        var eventId = notification.Id("notificationId");
        var source = LinkedInUrn.IdOf(notification.Id("sourcePost"));
        var written = notification.Id("generatedActivity");
        var generated = LinkedInUrn.IdOf(written);
        var decorated = item.Object(notification, "decoratedGeneratedActivity");
        var comment = item.Object(decorated, "comment");
        var share = item.Object(decorated, "share");
        var said = comment.All.Any() ? comment : share;
        var by = LinkedInUrn.IdOf(said.Id("owner") ?? said.Id("actor") ?? said.Id("author"));
        var byAdmin = action == "ADMIN_COMMENT";
        ActAuthor? author = byAdmin ? new ActAuthor(page, null, null, ClaimsOwnChannel: true, by != page ? by : null) : by is null ? null : new ActAuthor(by, null, null, by == page, Operator: null);
        var act = new CapturedAct
        {
            Act = ActKind.Create,
            NativeActName = action,
            NativeId = generated ?? "",
            NativeEventId = eventId,
            Author = author,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : author is null ? ActingParty.Unknown : ActingParty.Author,
            Text = item.Text(said, "text") ?? item.Text(item.Object(said, "text"), "text"),
            Permalink = written is null ? null : Address(written, notification.Id("sourcePost")),
        };
        switch (action)
        {
            case "COMMENT" or "ADMIN_COMMENT" or "COMMENT_EDIT" when generated is not null:
                if (act.Text is null) item.Flag(ActFlags.ContentNotDelivered);
                var edited = action == "COMMENT_EDIT";
                return item.Accepted(act with { Act = edited ? ActKind.Edit : ActKind.Create, Kind = ItemKind.Comment, ParentNativeId = source ?? LinkedInUrn.ParentOf(written), RootNativeId = source ?? LinkedInUrn.ParentOf(written), EditedAt = edited ? at : null });
            case "COMMENT_DELETE" when generated is not null:
                return item.Accepted(act with { Act = ActKind.Delete, Kind = ItemKind.Comment, ParentNativeId = source, RootNativeId = source, ActingParty = ActingParty.Unknown, Text = null });
            case "SHARE" when generated is not null:
                if (act.Text is null) item.Flag(ActFlags.ContentNotDelivered);
                return item.Accepted(act with { Act = ActKind.Share, Kind = ItemKind.Share, ParentNativeId = source });
            case "SHARE_MENTION" when (generated ?? source) is { } mention:
                if (act.Text is null) item.Flag(ActFlags.ContentNotDelivered);
                return item.Accepted(act with { Kind = ItemKind.Mention, NativeId = mention });
            case "LIKE" when source is not null:
                return item.Accepted(act with { Act = ActKind.React, NativeId = $"{source}/reaction/{by ?? LinkedInUrn.IdOf(decorated.Id("actor")) ?? written ?? eventId}", ParentNativeId = source, ReactionKind = "LIKE", Text = null, Permalink = null });
            default:
                return item.Unknown(action, generated ?? (eventId is null ? item.NewId("linkedin") : $"notification:{eventId}"), Audience.Direct, act.Text, author: author, at: at);
        }
    }

    internal static string? Address(string written, string? source)
    {
        var post = LinkedInUrn.TypeOf(written) == "comment" ? LinkedInUrn.IdOf(source) ?? LinkedInUrn.ParentOf(written) : LinkedInUrn.IdOf(written);
        return LinkedInUrn.IsPost(post) ? $"https://www.linkedin.com/feed/update/{post}" : null;
    }
}
