using System.Text.Json;

namespace ArchiveService.Features.Sources.Mastodon;

/// <summary>How far a Mastodon account has been read.</summary>
/// <param name="Account">The account's id at the server, looked up once from its name.</param>
/// <param name="Prefix">What the addresses of its own statuses begin with.</param>
/// <param name="Status">The newest status read; paging goes by ids, never by page numbers.</param>
/// <param name="Notification">The newest notification read.</param>
/// <param name="Conversation">The newest message of a conversation read.</param>
/// <param name="Edited">When statuses were edited whose versions have been read, by id.</param>
/// <param name="Replies">How many answers statuses had when their threads were read, by id.</param>
/// <param name="Recent">The ids of the newest statuses at the last poll.</param>
public sealed record MastodonMark(
    string? Account = null, string? Prefix = null, string? Status = null, string? Notification = null, string? Conversation = null,
    IReadOnlyDictionary<string, string>? Edited = null, IReadOnlyDictionary<string, long>? Replies = null, IReadOnlyList<string>? Recent = null)
{
    private const int MostKept = 400;

    public static MastodonMark Read(string? mark)
    {
        try
        {
            return mark is null ? new() : JsonSerializer.Deserialize<MastodonMark>(mark, JsonSerializerOptions.Web) ?? new();
        }
        catch (JsonException)
        {
            return new();
        }
    }

    public string Write() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);

    public MastodonMark WithEdited(string id, string at) => this with { Edited = Kept(Edited, id, at) };

    public MastodonMark WithReplies(string id, long replies) => this with { Replies = Kept(Replies, id, replies) };

    private static Dictionary<string, T> Kept<T>(IReadOnlyDictionary<string, T>? before, string id, T value)
    {
        var all = new Dictionary<string, T>(before ?? new Dictionary<string, T>(), StringComparer.Ordinal) { [id] = value };
        while (all.Count > MostKept) all.Remove(all.Keys.MinBy(MastodonPoller.Order)!);
        return all;
    }
}
