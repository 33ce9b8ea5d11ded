using System.Globalization;
using System.Net;
using System.Net.Http.Headers;
using System.Runtime.CompilerServices;
using System.Text.Json;
using ArchiveService.Capture;
using ArchiveService.Capture.LinkedIn;
using ArchiveService.Features.Deliveries;

namespace ArchiveService.Features.Sources.LinkedIn;

/// <summary>Which dated version of the interface is asked for; they are shut down after about a year.</summary>
public sealed record LinkedInApiVersion(string Version)
{
    public const string Known = "202610";
}

/// <summary>Reads answers of LinkedIn's portability interfaces that were kept by a poll.</summary>
public sealed class LinkedInAnswerReader : IDeliveryReader
{
    public const string FormName = "linkedin-api";

    public string Platform => "linkedin";

    public string Form => FormName;

    public IReadOnlyList<ReadAct> Read(ReadOnlyMemory<byte> body, DeliveryContext context, DateTimeOffset now) => LinkedInApi.Read(body, now).Acts;
}

/// <summary>Where a poll of a page stands: the list may be asked for once a minute, so that one poll seldom comes to its end.</summary>
/// <param name="Cursor">The next page of the list of posts; null: from the beginning.</param>
/// <param name="Posts">Posts whose comments are left to ask for.</param>
/// <param name="IsListed">The list has been read to its end; comments are what is left.</param>
public sealed record LinkedInMark(string? Cursor = null, IReadOnlyList<string>? Posts = null, bool IsListed = false)
{
    public static LinkedInMark Read(string? mark)
    {
        try
        {
            return mark is null ? new() : JsonSerializer.Deserialize<LinkedInMark>(mark, JsonSerializerOptions.Web) ?? new();
        }
        catch (JsonException)
        {
            return new();
        }
    }

    public string Write() => JsonSerializer.Serialize(this, JsonSerializerOptions.Web);
}

/// <summary>
/// Asks LinkedIn's Pages Data Portability (DMA): the page's posts, and the comments on them. The lists hold names only, and what they name is fetched by itself. The lists are kept too:
/// they show what was there when the page was asked.
/// </summary>
public sealed class LinkedInPoller(LinkedInApiVersion version) : IPoller, Completeness.ILister
{
    private const string Organization = "urn:li:organization:";
    private const int MostAtOnce = 20;
    private const int MostPosts = 500;

    public IReadOnlyList<string> Platforms { get; } = ["linkedin"];

    public async IAsyncEnumerable<PolledPage> Poll(PollOrder order, [EnumeratorCancellation] CancellationToken ct)
    {
        var page = Named(order.Account);
        var mark = LinkedInMark.Read(order.Mark);
        var left = new List<string>(mark.Posts ?? []);
        if (!mark.IsListed)
        {
            var cursor = mark.Cursor;
            var seen = new HashSet<string>(StringComparer.Ordinal);
            do
            {
                var (asked, list, body) = await Get(order, $"dmaFeedContentsExternal?q=postsByAuthor&author={Encoded(page)}&maxPaginationCount=100{Paged(cursor)}", ct);
                var posts = list.Urns.Where(LinkedInUrn.IsPost).Distinct(StringComparer.Ordinal).ToList();
                foreach (var some in posts.Chunk(MostAtOnce))
                {
                    var (fetched, _, content) = await Get(order, $"dmaPosts?ids=List({string.Join(',', some.Select(Encoded))})", ct);
                    yield return Page(fetched, content, null);
                }

                left.AddRange(posts.Except(left, StringComparer.Ordinal).Take(MostPosts - Math.Min(MostPosts, left.Count)).ToList());
                cursor = list.NextCursor is { } next && posts.Count > 0 && left.Count < MostPosts && seen.Add(next) ? next : null;
                yield return Page(asked, body, new LinkedInMark(cursor, left, cursor is null && left.Count > 0));
            }
            while (cursor is not null);
        }

        while (left.Count > 0)
        {
            var post = left[0];
            string? cursor = null;
            var seen = new HashSet<string>(StringComparer.Ordinal);
            do
            {
                var (asked, list, body) = await Get(order, $"dmaFeedContentsExternal?q=commentsOnEntity&entity={Encoded(post)}&maxPaginationCount=100{Paged(cursor)}", ct);
                var comments = list.Urns.Where(urn => LinkedInUrn.TypeOf(urn) == "comment").Distinct(StringComparer.Ordinal).ToList();
                foreach (var some in comments.Chunk(MostAtOnce))
                {
                    var (fetched, _, content) = await Get(order, $"dmaComments?ids=List({string.Join(',', some.Select(Encoded))})", ct);
                    yield return Page(fetched, content, null);
                }

                cursor = list.NextCursor is { } next && comments.Count > 0 && seen.Add(next) ? next : null;
                if (cursor is null) left.RemoveAt(0);
                yield return Page(asked, body, cursor is not null ? null : left.Count > 0 ? new LinkedInMark(null, left, IsListed: true) : new LinkedInMark());
            }
            while (cursor is not null);
        }
    }

    /// <summary>
    /// The page's posts since a day. Comments are not listed: LinkedIn lets the list be asked for once a minute, and there is one for each post. A page whose posts need more than
    /// one list is not compared: what the second one would have said is not known.
    /// </summary>
    public async IAsyncEnumerable<PolledPage> List(PollOrder order, DateTimeOffset since, [EnumeratorCancellation] CancellationToken ct)
    {
        string? cursor = null;
        var seen = new HashSet<string>(StringComparer.Ordinal);
        do
        {
            var (_, list, _) = await Get(order, $"dmaFeedContentsExternal?q=postsByAuthor&author={Encoded(Named(order.Account))}&maxPaginationCount=100{Paged(cursor)}", ct);
            var posts = list.Urns.Where(LinkedInUrn.IsPost).Distinct(StringComparer.Ordinal).ToList();
            DateTimeOffset? oldest = null;
            foreach (var some in posts.Chunk(MostAtOnce))
            {
                var (fetched, told, content) = await Get(order, $"dmaPosts?ids=List({string.Join(',', some.Select(Encoded))})", ct);
                var written = told.Acts.OfType<ReadAct.Accepted>().Select(read => read.Act.OccurredAt).OfType<DateTimeOffset>().ToList();
                if (written.Count > 0 && (oldest is null || written.Min() < oldest)) oldest = written.Min();
                yield return Page(fetched, content, null);
            }

            cursor = list.NextCursor is { } next && posts.Count > 0 && !(oldest < since) && seen.Add(next) ? next : null;
        }
        while (cursor is not null);
    }

    /// <summary>A comment cannot be asked for by its number alone.</summary>
    public async Task<ItemPresence> Look(PollOrder order, string nativeId, CancellationToken ct)
    {
        if (LinkedInUrn.IdOf(nativeId) is not { } id || !LinkedInUrn.IsPost(id) || nativeId.Length > 200) return ItemPresence.Unclear;
        try
        {
            var (_, page, _) = await Get(order, $"dmaPosts?ids=List({Encoded(id)})", ct);
            if (page.Acts.Any(act => act is ReadAct.Accepted { Act.Act: not ActKind.Unknown })) return ItemPresence.Present;
            return page.Absent.Contains(id) ? ItemPresence.Gone : ItemPresence.Unclear;
        }
        catch (PollProblem told) when (told.Code is "not-permitted" or "not-found")
        {
            return ItemPresence.Unclear;
        }
    }

    private static PolledPage Page(string request, byte[] body, LinkedInMark? mark) => new(LinkedInAnswerReader.FormName, request, new Dictionary<string, string>(StringComparer.Ordinal), body, mark?.Write());

    private static string Named(string account) => LinkedInUrn.IdOf(account) ?? Organization + account;

    /// <summary>Names in a list are encoded whole, brackets and commas too.</summary>
    private static string Encoded(string urn) => Uri.EscapeDataString(urn.Contains('%', StringComparison.Ordinal) ? Uri.UnescapeDataString(urn) : urn).Replace("(", "%28", StringComparison.Ordinal).Replace(")", "%29", StringComparison.Ordinal);

    private static string Paged(string? cursor) => cursor is null ? "" : $"&paginationCursor={Uri.EscapeDataString(cursor)}";

    private async Task<(string Request, LinkedInPage Page, byte[] Body)> Get(PollOrder order, string asked, CancellationToken ct)
    {
        var request = $"/rest/{asked}";
        using var question = new HttpRequestMessage(HttpMethod.Get, new Uri(order.Address, request));
        question.Headers.Add("LinkedIn-Version", version.Version);
        question.Headers.Add("X-Restli-Protocol-Version", "2.0.0");
        if (order.Token is { Length: > 0 } token) question.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        using var answer = await order.Http.SendAsync(question, ct);
        var body = await answer.Content.ReadAsByteArrayAsync(ct);
        if (!answer.IsSuccessStatusCode) throw Problem(order, answer.StatusCode, answer.Headers.RetryAfter?.Delta);
        var page = LinkedInApi.Read(body, order.Now, Named(order.Account));
        return page.Acts.Any(act => act is ReadAct.Rejected { Code: RefusalCodes.BrokenJson })
            ? throw new PollProblem("unreadable", "LinkedIn svarade med något som inte går att läsa.")
            : (request, page, body);
    }

    private PollProblem Problem(PollOrder order, HttpStatusCode status, TimeSpan? wait) => status switch
    {
        HttpStatusCode.Unauthorized => new("token-dead", "LinkedIn godtar inte nyckeln längre (den gäller i 60 dagar). Anslut sidan på nytt."),
        HttpStatusCode.Forbidden => new("not-permitted", "Den som anslöt sidan är inte längre administratör för den, eller appen saknar produkten Pages Data Portability."),
        HttpStatusCode.NotFound => new("not-found", "LinkedIn känner inte till sidan. Kontrollera dess id (urn:li:organization:…) i kanalregistret."),
        HttpStatusCode.TooManyRequests => new("throttled", "LinkedIn vill inte ha fler frågor just nu.", order.Now + (wait ?? TimeSpan.FromMinutes(1))),
        HttpStatusCode.UpgradeRequired => new("unreadable", $"LinkedIn har stängt version {version.Version} av sitt gränssnitt. Ange en nyare i LinkedIn__ApiVersion eller uppdatera programmet."),
        >= HttpStatusCode.InternalServerError => new("unreachable", "LinkedIn svarar inte som det ska just nu."),
        _ => new("unreadable", string.Create(CultureInfo.InvariantCulture, $"LinkedIn svarade med något som inte går att läsa ({(int)status}).")),
    };
}
