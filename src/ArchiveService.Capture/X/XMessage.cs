using ArchiveService.Capture.Exports;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.X;

/// <summary>An event of a conversation in <c>direct-messages.js</c> and <c>direct-messages-group.js</c>.</summary>
internal static class XMessage
{
    public static IReadOnlyList<ReadAct> Read(ExportItem item, JsonFields element, string? conversation, XSurroundings around)
    {
        var (name, value) = element.All.FirstOrDefault(member => member.Value.ValueKind == System.Text.Json.JsonValueKind.Object);
        if (name is null) return [item.Unknown("archive/dm", item.NewId("dm", conversation), Audience.Direct, conversation: conversation)];

        var fields = item.Fields(value);
        var at = XTweet.Time(item, fields, "createdAt");
        var by = fields.Id("senderId") ?? fields.Id("initiatingUserId");
        var author = by is null ? null : around.Author(by, null, null);
        return name switch
        {
            "messageCreate" => [item.Accepted(Message(item, fields, fields.Id("id") ?? item.NewId("dm", conversation), conversation, author, at, around))],
            "conversationNameUpdate" => [item.Accepted(Message(item, fields, item.NewId("dm", conversation), conversation, author, at, around) with { NativeActName = "archive/dm/conversationNameUpdate", Text = item.Text(fields, "name") })],
            _ => [item.Unknown($"archive/dm/{name}", item.NewId("dm", conversation), Audience.Direct, conversation: conversation, author: author, at: at)],
        };
    }

    private static CapturedAct Message(ExportItem item, JsonFields message, string id, string? conversation, ActAuthor? author, DateTimeOffset? at, XSurroundings around)
    {
        var files = message.Many("mediaUrls").Select(item.Text).OfType<string>().Select(url =>
        {
            var path = around.Media?.Invoke(id, url);
            if (path is null) item.Flag(ActFlags.AttachmentMissing);
            return new ActAttachment(null, path is null ? null : path[(path.LastIndexOf('/') + 1)..], null, url, null, null, path, null);
        });
        return new CapturedAct
        {
            Act = ActKind.Message,
            NativeActName = "archive/dm/messageCreate",
            NativeId = id,
            Kind = ItemKind.Dm,
            ConversationId = conversation,
            Author = author,
            Audience = Audience.Direct,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            ActingParty = author is { ClaimsOwnChannel: true } ? ActingParty.OwnChannel : ActingParty.Author,
            Text = XTweet.Shown(item.Text(message, "text"), item.Objects(message, "urls").Select(url => (item.Text(url, "url"), item.Text(url, "expanded")))),
            Attachments = [.. files.Take(CaptureLimits.MaxAttachments)],
        };
    }
}
