using System.Globalization;
using System.Text.Json;
using System.Text.Json.Serialization;
using ArchiveService.Features.Records;

namespace ArchiveService.Features.Seed;

internal sealed record DemoTakeDown(TakeDownAct Act, IReadOnlyList<string> Grounds, string Motivation);

/// <summary>A comment or message: in the files "Name: text", "&gt; text" for the authority's own answer, or an object with what happened to it.</summary>
internal sealed record DemoItem(
    string? By, string Text, bool Own = false, string? Edited = null, bool HiddenByPlatform = false, bool Keep = false, bool Minor = false, bool Question = false,
    string? Register = null, DemoTakeDown? TakeDown = null, string? Secrecy = null, bool Picture = false);

internal sealed record DemoPost(int Day, string Text, bool Picture, IReadOnlyList<JsonElement> Comments);

/// <summary><paramref name="Assessed"/>: somebody has looked at it and found nothing secret; otherwise it waits behind the wall.</summary>
internal sealed record DemoConversation(int Day, string With, bool Assessed, string? Register, string? Secrecy, IReadOnlyList<string> Messages);

/// <param name="DiarySystem">The other system that the authority's diary is kept in; absent where it is kept here.</param>
internal sealed record DemoAuthority(
    string Code, string Name, string Preset, string Platform, string Account, string Handle, string Url, string Purpose, string TargetGroup,
    IReadOnlyList<DemoPost> Posts, IReadOnlyList<DemoConversation> Conversations, string? DiarySystem = null)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
        UnmappedMemberHandling = JsonUnmappedMemberHandling.Disallow,
    };

    // A guideline each, the one with the gallring first.
    private static readonly string[] Files = ["granvika", "bjorkstad", "tallasa", "angholm", "ljunghem"];

    public static async Task<IReadOnlyList<DemoAuthority>> All(CancellationToken ct)
    {
        var all = new List<DemoAuthority>();
        foreach (var file in Files)
        {
            await using var stream = typeof(DemoAuthority).Assembly.GetManifestResourceStream($"seed/{file}.json")!;
            all.Add((await JsonSerializer.DeserializeAsync<DemoAuthority>(stream, Json, ct))!);
        }

        return all;
    }

    /// <summary>The acts as a connector tells them, in order of days before <paramref name="today"/>, and what people did with each record afterwards.</summary>
    public IEnumerable<(object Act, string NativeId, DemoItem? Item)> Acts(DateTimeOffset today)
    {
        var own = new { nativeId = Account, displayName = Handle };
        var number = 0;
        foreach (var post in Posts)
        {
            var id = $"{Code}-{++number}";
            var at = today.AddDays(-post.Day).AddHours(7 + (number % 8)).AddMinutes(number * 17 % 60);
            yield return (new { act = "create", nativeId = id, kind = "post", author = own, audience = "public", occurredAt = Time(at), text = post.Text, permalink = $"{Url}/{id}", attachments = Pictures(post.Picture, number, id) }, id, new(null, post.Text, Own: true));
            foreach (var (nth, written) in post.Comments.Index())
            {
                var (item, commentId, then) = (Read(written), $"{id}-{nth + 1}", at.AddMinutes(9 + (nth * 37)));
                var author = item.Own ? own : new { nativeId = $"demo-{item.By}", displayName = item.By! };
                object Comment(string act, string text, DateTimeOffset when) => new { act, nativeId = commentId, kind = "comment", parentNativeId = id, author, audience = "public", occurredAt = Time(when), text, permalink = $"{Url}/{commentId}", attachments = Pictures(item.Picture, number + nth + 40, commentId) };
                yield return (Comment("create", item.Text, then), commentId, item);
                if (item.Edited is { } edited) yield return (Comment("edit", edited, then.AddMinutes(6)), commentId, null);
                if (item.HiddenByPlatform) yield return (new { act = "hide", nativeId = commentId, kind = "comment", actingParty = "platform", occurredAt = Time(then.AddHours(3)) }, commentId, null);
            }
        }

        foreach (var (nth, talk) in Conversations.Index())
        {
            var at = today.AddDays(-talk.Day).AddHours(18).AddMinutes(nth * 11 % 60);
            foreach (var (turn, message) in talk.Messages.Index())
            {
                var (isOwn, id) = (message.StartsWith("> ", StringComparison.Ordinal), $"{Code}-d{nth + 1}-{turn + 1}");
                var author = isOwn ? own : new { nativeId = $"demo-{talk.With}", displayName = talk.With };
                var item = new DemoItem(talk.With, isOwn ? message[2..] : message, isOwn, Minor: false, Question: talk.Assessed && turn == 0, Register: turn == 0 ? talk.Register : null, Secrecy: turn == 0 ? talk.Secrecy : null);
                yield return (new { act = "message", nativeId = id, kind = "dm", conversationId = $"{Code}-d{nth + 1}", author, audience = "direct", occurredAt = Time(at.AddHours(turn * 14 % 30)), text = item.Text }, id, item);
            }
        }
    }

    /// <summary>Whether the message, by its id, stands in a conversation that somebody has assessed.</summary>
    public bool IsAssessed(string nativeId) => Conversations.Index().Any(c => c.Item.Assessed && nativeId.StartsWith($"{Code}-d{c.Index + 1}-", StringComparison.Ordinal));

    private static DemoItem Read(JsonElement written)
    {
        if (written.ValueKind == JsonValueKind.Object) return written.Deserialize<DemoItem>(Json)!;
        var text = written.GetString()!;
        if (text.StartsWith("> ", StringComparison.Ordinal)) return new(null, text[2..], Own: true);
        var colon = text.IndexOf(": ", StringComparison.Ordinal);
        return new(text[..colon], text[(colon + 2)..]);
    }

    private static object[] Pictures(bool has, int number, string id) =>
        has ? [new { fileName = $"bild-{id}.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(DemoPicture.Png(number)) }] : [];

    private static string Time(DateTimeOffset at) => at.ToString("yyyy-MM-ddTHH:mm:ssZ", CultureInfo.InvariantCulture);
}
