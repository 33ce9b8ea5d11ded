using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ArchiveService.Capture;
using ArchiveService.Capture.YouTube;
using ArchiveService.Features.Deliveries;

namespace ArchiveService.Features.Sources.YouTube;

/// <summary>Reads answers of the YouTube Data API that were kept by a poll.</summary>
public sealed class YouTubeAnswerReader : IDeliveryReader
{
    public const string FormName = "youtube-api";

    public string Platform => "youtube";

    public string Form => FormName;

    public IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, DeliveryContext context, DateTimeOffset now) => YouTubeApi.Read(body, now).Acts;
}

/// <summary>Where a poll of YouTube stands.</summary>
/// <param name="Newest">When the newest thread that was read was written.</param>
/// <param name="WholeAt">When everything was last read from end to end: only that finds what was edited or answered long after.</param>
/// <param name="Part">The part that a poll was broken off in.</param>
/// <param name="Page">The page of that part to go on with.</param>
/// <param name="IsWhole">The poll that was broken off was one of everything.</param>
public sealed record YouTubeMark(DateTimeOffset? Newest = null, DateTimeOffset? WholeAt = null, string? Part = null, string? Page = null, bool IsWhole = false)
{
    public static YouTubeMark Read(string? mark)
    {
        try
        {
            return mark is null ? new() : JsonSerializer.Deserialize<YouTubeMark>(mark, JsonSerializerOptions.Web) ?? new();
        }
        catch (JsonException)
        {
            return new();
        }
    }

    public string Write() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}

/// <summary>
/// Asks the YouTube Data API: all comment threads of a channel, also those that the filter holds back, every answer that did not come with its thread, the channel's
/// films and what it says of itself. One unit of the day's ten thousand a question.
/// </summary>
public sealed class YouTubePoller : IPoller
{
    private const int MostIds = 50;

    /// <summary>The last one cannot be refused to who may ask at all, and so ends the poll.</summary>
    private static readonly string[] Parts = ["heldForReview", "likelySpam", "published", "films", "channel"];

    private static readonly TimeSpan WholeEvery = TimeSpan.FromDays(1);

    /// <summary>So far back a poll between two whole ones looks for answers and edits.</summary>
    private static readonly TimeSpan Overlap = TimeSpan.FromDays(7);

    public IReadOnlyList<string> Platforms { get; } = ["youtube"];

    public async IAsyncEnumerable<PolledPage> Poll(PollOrder order, [EnumeratorCancellation] CancellationToken ct)
    {
        var client = new YouTubeClient(order);
        var mark = YouTubeMark.Read(order.Mark);
        var whole = mark.Part is not null ? mark.IsWhole : mark.WholeAt is not { } last || order.Now - last >= WholeEvery;
        var since = whole ? null : mark.Newest - Overlap;
        var newest = mark.Newest;
        PollProblem? withheld = null;
        for (var at = Math.Max(0, Array.IndexOf(Parts, mark.Part)); at < Parts.Length; at++)
        {
            var part = Parts[at];
            if (part is "heldForReview" or "likelySpam" && !client.IsOwner) continue;
            var page = part == mark.Part ? mark.Page : null;
            var pages = part switch
            {
                "channel" => Channel(client, order, ct),
                "films" => Films(client, order, whole, page, ct),
                _ => Threads(client, order, part, since, page, ct),
            };
            await using var walk = pages.GetAsyncEnumerator(ct);
            while (true)
            {
                (PolledPage Page, bool IsKept, string? Next, DateTimeOffset? Newest) step;
                try
                {
                    if (!await walk.MoveNextAsync()) break;
                    step = walk.Current;
                }
                catch (PollProblem problem) when (problem.Code is "not-permitted" or "not-found" && part != "channel")
                {
                    // A right that is missing for one part is told when the others have been read.
                    withheld ??= problem;
                    break;
                }

                if (step.Newest > newest || newest is null) newest = step.Newest ?? newest;
                yield return !step.IsKept ? step.Page : step.Page with
                {
                    Mark = part == "channel" ? new YouTubeMark(newest, whole ? order.Now : mark.WholeAt).Write()
                        : step.Next is { } next ? new YouTubeMark(newest, mark.WholeAt, part, next, whole).Write()
                        : new YouTubeMark(newest, mark.WholeAt, Parts[at + 1], null, whole).Write(),
                };
            }
        }

        if (withheld is not null) throw withheld;
    }

    /// <summary>An id that gives nothing is gone only for the owner: for others it may be held back or private.</summary>
    public async Task<ItemPresence> Look(PollOrder order, string nativeId, CancellationToken ct)
    {
        if (nativeId.Length is 0 or > 200 || nativeId.Any(c => !char.IsAsciiLetterOrDigit(c) && c is not ('_' or '-' or '.'))) return ItemPresence.Unclear;
        var isFilm = nativeId.Length == 11;
        if (!isFilm && !nativeId.StartsWith("Ug", StringComparison.Ordinal)) return ItemPresence.Unclear;
        var client = new YouTubeClient(order);
        try
        {
            var (_, page, _) = await client.Get($"{(isFilm ? "videos" : "comments")}?part=id&id={nativeId}", ct);
            return page.Items > 0 ? ItemPresence.Present : client.IsOwner ? ItemPresence.Gone : ItemPresence.Unclear;
        }
        catch (PollProblem told) when (told.Code is "not-found" or "not-permitted")
        {
            return ItemPresence.Unclear;
        }
    }

    internal static async IAsyncEnumerable<(PolledPage Page, bool IsKept, string? Next, DateTimeOffset? Newest)> Threads(
        YouTubeClient client, PollOrder order, string status, DateTimeOffset? since, string? token, [EnumeratorCancellation] CancellationToken ct)
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            var asked = $"commentThreads?part=snippet,replies&allThreadsRelatedToChannelId={Uri.EscapeDataString(order.Account)}&maxResults=100&order=time&moderationStatus={status}&textFormat=plainText{Paged(token)}";
            var (request, page, body) = await client.Get(asked, ct);
            foreach (var parent in page.ParentsToAsk)
            {
                var answers = new HashSet<string>(StringComparer.Ordinal);
                string? next = null;
                do
                {
                    var (repliesAsked, replies, repliesBody) = await client.Get($"comments?part=snippet&parentId={Uri.EscapeDataString(parent)}&maxResults=100&textFormat=plainText{Paged(next)}", ct);
                    yield return (Page(repliesAsked, repliesBody), false, null, null);
                    next = replies.Items > 0 ? replies.NextPage : null;
                }
                while (next is not null && answers.Add(next));
            }

            var written = page.Acts.OfType<ReadAct.Accepted>().Where(read => read.Act.Kind == ItemKind.Comment).Select(read => read.Act.OccurredAt).OfType<DateTimeOffset>().ToList();
            // A page may repeat itself or be empty and still name a next one.
            token = page.NextPage is { } following && seen.Add(following) && !(since is { } far && written.Count > 0 && written.Min() < far) ? following : null;
            yield return (Page(request, body), true, token, written.Count > 0 ? written.Max() : null);
        }
        while (token is not null);
    }

    internal static async IAsyncEnumerable<(PolledPage Page, bool IsKept, string? Next, DateTimeOffset? Newest)> Films(
        YouTubeClient client, PollOrder order, bool whole, string? token, [EnumeratorCancellation] CancellationToken ct)
    {
        // Every channel has a list of its uploads, named as the channel but for the second letter.
        if (!order.Account.StartsWith("UC", StringComparison.Ordinal)) yield break;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            var (_, page, list) = await client.Get($"playlistItems?part=contentDetails&playlistId=UU{Uri.EscapeDataString(order.Account[2..])}&maxResults={MostIds}{Paged(token)}", ct);
            var ids = IdsOf(list);
            token = whole && page.NextPage is { } following && seen.Add(following) ? following : null;
            if (ids.Count == 0) yield break;
            var (request, _, body) = await client.Get($"videos?part=snippet,status&id={string.Join(',', ids.Select(Uri.EscapeDataString))}&maxResults={MostIds}", ct);
            yield return (Page(request, body), true, token, null);
        }
        while (token is not null);
    }

    private static async IAsyncEnumerable<(PolledPage Page, bool IsKept, string? Next, DateTimeOffset? Newest)> Channel(YouTubeClient client, PollOrder order, [EnumeratorCancellation] CancellationToken ct)
    {
        var (request, page, body) = await client.Get($"channels?part=snippet,brandingSettings&id={Uri.EscapeDataString(order.Account)}", ct);
        if (page.Items == 0) throw new PollProblem("not-found", "YouTube känner inte till kanalen. Kontrollera kanalens id (UC…) i kanalregistret.");
        yield return (Page(request, body), true, null, null);
    }

    private static PolledPage Page(string request, byte[] body) => new(YouTubeAnswerReader.FormName, request, new Dictionary<string, string>(StringComparer.Ordinal), body, null);

    private static string Paged(string? token) => token is null ? "" : $"&pageToken={Uri.EscapeDataString(token)}";

    private static List<string> IdsOf(byte[] list)
    {
        using var json = JsonDocument.Parse(list);
        return !json.RootElement.TryGetProperty("items", out var items) || items.ValueKind != JsonValueKind.Array
            ? []
            : [.. items.EnumerateArray().Select(item => item.ValueKind == JsonValueKind.Object && item.TryGetProperty("contentDetails", out var details) && details.ValueKind == JsonValueKind.Object && details.TryGetProperty("videoId", out var id) && id.ValueKind == JsonValueKind.String ? id.GetString() : null).OfType<string>().Take(MostIds)];
    }
}

/// <summary>Asks one question at a time, and says in our words why there is no answer.</summary>
internal sealed class YouTubeClient(PollOrder order)
{
    private static readonly TimeZoneInfo California = TimeZoneInfo.FindSystemTimeZoneById("America/Los_Angeles");

    /// <summary>A key shows what everybody sees; only the owner's token shows what the filter holds back.</summary>
    public bool IsOwner => order.Token is { Length: > 0 } token && !IsKey(token);

    public async Task<(string Request, YouTubePage Page, byte[] Body)> Get(string asked, CancellationToken ct)
    {
        var request = $"/youtube/v3/{asked}";
        using var question = new HttpRequestMessage(HttpMethod.Get, new Uri(order.Address, request));
        // In a header in both cases: an address is kept, and logged on the way.
        if (order.Token is { Length: > 0 } token)
        {
            if (IsKey(token)) question.Headers.Add("X-Goog-Api-Key", token);
            else question.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        }

        using var answer = await order.Http.SendAsync(question, ct);
        var body = await answer.Content.ReadAsByteArrayAsync(ct);
        var page = YouTubeApi.Read(body, order.Now, order.Account);
        if (answer.IsSuccessStatusCode && page.Problem is null && !page.Acts.Any(act => act is ReadAct.Rejected { Code: RefusalCodes.BrokenJson })) return (request, page, body);
        throw Problem(answer.StatusCode, page.Problem, answer.Headers.RetryAfter?.Delta);
    }

    /// <summary>The quota is the day's, and the day is California's.</summary>
    internal static DateTimeOffset NextDay(DateTimeOffset now)
    {
        var there = TimeZoneInfo.ConvertTime(now, California);
        var midnight = there.Date.AddDays(1);
        return new DateTimeOffset(midnight, California.GetUtcOffset(midnight)).ToUniversalTime();
    }

    private static bool IsKey(string token) => token.StartsWith("AIza", StringComparison.Ordinal);

    private PollProblem Problem(HttpStatusCode status, string? reason, TimeSpan? wait) => reason switch
    {
        "quotaExceeded" or "dailyLimitExceeded" => new("throttled", "Dagens frågor till YouTube är slut. Insamlingen fortsätter när dygnet är slut i Kalifornien.", NextDay(order.Now)),
        "rateLimitExceeded" or "userRateLimitExceeded" or "RESOURCE_EXHAUSTED" => new("throttled", "YouTube vill inte ha fler frågor just nu.", order.Now + (wait ?? TimeSpan.FromMinutes(1))),
        "commentsDisabled" or "insufficientPermissions" or "forbidden" or "PERMISSION_DENIED" or "SERVICE_UNAVAILABLE" when status == HttpStatusCode.Forbidden => new("not-permitted", "Behörigheten räcker inte för allt som ska samlas in från YouTube. Anslut kanalen med ägarens konto."),
        _ => status switch
        {
            HttpStatusCode.Unauthorized => new("token-dead", "YouTube godtar inte nyckeln längre. Anslut kanalen på nytt."),
            HttpStatusCode.Forbidden => new("not-permitted", "Behörigheten räcker inte för allt som ska samlas in från YouTube. Anslut kanalen med ägarens konto."),
            HttpStatusCode.NotFound => new("not-found", "YouTube känner inte till det som efterfrågades."),
            HttpStatusCode.TooManyRequests => new("throttled", "YouTube vill inte ha fler frågor just nu.", order.Now + (wait ?? TimeSpan.FromMinutes(1))),
            >= HttpStatusCode.InternalServerError => new("unreachable", "YouTube svarar inte som det ska just nu."),
            // processingFailure comes and goes by itself.
            HttpStatusCode.BadRequest when reason is "processingFailure" or "invalidPageToken" => new("unreachable", "YouTube kunde inte behandla frågan just nu."),
            _ => new("unreadable", string.Create(CultureInfo.InvariantCulture, $"YouTube svarade med något som inte går att läsa ({(int)status}).")),
        },
    };
}
