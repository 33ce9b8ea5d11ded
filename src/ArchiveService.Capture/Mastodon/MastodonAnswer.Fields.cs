using System.Net;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Mastodon;

/// <summary>What the fields of an item say, in our words.</summary>
public static partial class MastodonAnswer
{
    private sealed partial class Reading
    {
        /// <summary>The same name for the same act, whichever answer tells of it: it is part of what makes a version one.</summary>
        private static string Named(bool isShare, bool edited) => isShare ? "status/reblog" : edited ? "status/edited" : "status";

        private static ItemKind KindOf(Audience audience, bool isPoll, bool isReply) =>
            audience == Audience.Direct ? ItemKind.Dm : isPoll ? ItemKind.Poll : isReply ? ItemKind.Reply : ItemKind.Post;

        private static Audience AudienceOf(string? visibility, Remarks remarks)
        {
            switch (visibility)
            {
                case "public":
                    return Audience.Public;
                case "unlisted":
                    return Audience.Unlisted;
                case "private":
                    return Audience.Followers;
                case "direct":
                    return Audience.Direct;
                default:
                    remarks.Flag(ActFlags.UnknownAudience);
                    return Audience.Direct;
            }
        }

        /// <summary>A status names what it answers by an id of the server's own: its address is known from beside it, or from how the account's own addresses are built.</summary>
        private string? Parent(JsonFields status)
        {
            if (status.Id("in_reply_to_id") is not { } id) return null;
            if (addresses.TryGetValue(id, out var known)) return known;
            var answered = status.Id("in_reply_to_account_id");
            if (around is { OwnAccount: { } own, OwnPrefix: { } prefix } && answered == own) return prefix + id;
            return answered is not null && answered == status.Object("account").Id("id") && OwnPrefix(status) is { } same ? same + id : null;
        }

        private static string? OwnPrefix(JsonFields status) =>
            status.Id("uri") is { } uri && status.Id("id") is { } id && uri.EndsWith("/" + id, StringComparison.Ordinal) ? uri[..^id.Length] : null;

        private ActAuthor? Author(JsonFields account, JsonFields? status)
        {
            var id = account.Id("uri") ?? (status?.Id("uri") is { } uri && uri.LastIndexOf("/statuses/", StringComparison.Ordinal) is > 0 and var at ? uri[..at] : null) ?? account.Id("url");
            if (id is null && account.Id("acct") is null) return null;
            var acct = account.Id("acct");
            var handle = acct is null ? null
                : acct.Contains('@', StringComparison.Ordinal) ? "@" + acct
                : Uri.TryCreate(account.Id("url") ?? id, UriKind.Absolute, out var address) ? $"@{acct}@{(address.IsDefaultPort ? address.Host : address.Authority)}" : "@" + acct;
            return new(id, account.Id("display_name") ?? account.Id("username"), handle, around.OwnAccount is { } own && account.Id("id") == own, Operator: null);
        }

        /// <summary>A poll's answers are part of what was published, but stand outside the content.</summary>
        private static string? Content(JsonFields item, Remarks remarks)
        {
            var content = Text(item, "content", remarks);
            var answers = item.Object("poll").Many("options").Where(option => option.ValueKind == JsonValueKind.Object).Select(option => Text(JsonFields.Of(option), "title", remarks)).OfType<string>().ToList();
            if (answers.Count == 0) return content;
            var list = new StringBuilder(content).Append("<ul>");
            foreach (var answer in answers) list.Append("<li>").Append(WebUtility.HtmlEncode(answer)).Append("</li>");
            return remarks.Cut(list.Append("</ul>").ToString());
        }

        private static string? Warning(JsonFields item, Remarks remarks) => Text(item, "spoiler_text", remarks) is { Length: > 0 } warning ? warning : null;

        private static List<ActAttachment> Attachments(JsonFields item, Remarks remarks) =>
        [
            .. item.Many("media_attachments").Where(json => json.ValueKind == JsonValueKind.Object).Take(CaptureLimits.MaxAttachments).Select(json =>
            {
                var media = JsonFields.Of(json);
                return new ActAttachment(
                    media.Id("id"), FileName(media.Id("url") ?? media.Id("remote_url")), MediaType: null, media.Id("url") ?? media.Id("remote_url"), Content: null, Sha256Claimed: null, ArchivePath: null,
                    Text(media, "description", remarks));
            }),
        ];

        private static string? FileName(string? url) =>
            Uri.TryCreate(url, UriKind.Absolute, out var address) && address.AbsolutePath[(address.AbsolutePath.LastIndexOf('/') + 1)..] is { Length: > 0 and < 256 } name && !name.Contains('%', StringComparison.Ordinal) ? name : null;

        private static string? Text(JsonFields fields, string name, Remarks remarks)
        {
            if (fields.Find(name) is not { ValueKind: JsonValueKind.String } written) return null;
            var text = JsonText.Of(written, out var faults);
            remarks.Flag(faults);
            return remarks.Cut(text);
        }
    }
}
