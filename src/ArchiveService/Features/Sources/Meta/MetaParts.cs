using System.Globalization;

namespace ArchiveService.Features.Sources.Meta;

/// <summary>One list that a poll reads to its end.</summary>
/// <param name="Name">In the mark.</param>
/// <param name="Path">Below the version.</param>
/// <param name="Fields">Asked for one by one: what is not asked for is not told. The number is how many to ask for within an item.</param>
/// <param name="Limit">Items a page.</param>
/// <param name="Since">From when a later poll reads again; null: the whole list, which is short.</param>
/// <param name="Filters">The platform leaves out what is older itself; otherwise the reading ends at the first page that is older throughout.</param>
internal sealed record MetaPart(string Name, string Path, Func<int, string> Fields, int Limit, TimeSpan? Since, bool Filters, string More = "")
{
    private const string CommentFields = "id,created_time,message,from,parent,is_hidden,can_hide,comment_count,like_count,attachment,permalink_url,is_private";

    private const string PostFields = "id,created_time,updated_time,message,story,from,permalink_url,is_published,is_hidden,is_expired,parent_id,shares,status_type,admin_creator,message_tags,privacy,"
        + "attachments{media_type,type,title,description,url,unshimmed_url,target,media,subattachments{media_type,type,title,url,unshimmed_url,target,media}}";

    private const string MessageFields = "id,created_time,from,to,message,attachments{id,mime_type,name,size,image_data,video_data,file_url},sticker,shares{link,name},tags,reply_to";

    private const string ReplyFields = "id,text,timestamp,username,from,hidden,parent_id,like_count";

    private const string MediaFields = "id,ig_id,caption,media_type,media_product_type,media_url,thumbnail_url,permalink,shortcode,timestamp,username,owner,comments_count,is_comment_enabled,alt_text";

    public static IReadOnlyList<MetaPart> Of(string platform, string account, MetaGraphOptions options)
    {
        var recent = TimeSpan.FromDays(options.RecentDays);
        return platform switch
        {
            "instagram" =>
            [
                new("stories", $"{account}/stories", _ => MediaFields, 50, null, Filters: false),
                new("media", $"{account}/media", within => $"{MediaFields},children{{id,media_type,media_url,thumbnail_url,permalink,timestamp}},comments.limit({Number(within)}){{{ReplyFields},replies.limit({Number(within)}){{{ReplyFields}}}}}", 25, recent, Filters: false),
                Conversations("me", "instagram"),
            ],
            "messenger" => [Conversations(account, "messenger")],
            _ =>
            [
                new("feed", $"{account}/feed", within => $"{PostFields},comments.filter(stream).limit({Number(within)}){{{CommentFields}}}", 25, recent, Filters: true),
                Conversations(account, "messenger"),
            ],
        };
    }

    /// <summary>The query of a list within an item.</summary>
    public static string Within(string list, string platform, int limit) => list switch
    {
        "messages" => $"fields={MessageFields}&limit={Number(limit)}",
        "replies" => $"fields={ReplyFields}&limit={Number(limit)}",
        _ when platform == "instagram" => $"fields={ReplyFields},replies.limit({Number(limit)}){{{ReplyFields}}}&limit={Number(limit)}",
        _ => $"fields={CommentFields}&filter=stream&limit={Number(limit)}",
    };

    private static MetaPart Conversations(string account, string platform) =>
        new("conversations", $"{account}/conversations", within => $"id,updated_time,message_count,link,participants,messages.limit({Number(within)}){{{MessageFields}}}", 25, TimeSpan.FromDays(1), Filters: false, $"&platform={platform}");

    private static string Number(int number) => number.ToString(CultureInfo.InvariantCulture);
}
