using System.Globalization;
using System.Net;
using System.Text.Json;

namespace ArchiveService.Features.Sources.Mastodon;

/// <summary>One question at a time to the server, and what its answers mean.</summary>
public sealed partial class MastodonPoller
{
    /// <summary>So many questions are left for others who use the same token.</summary>
    private const int LeastRemaining = 5;

    private static HttpRequestMessage Request(PollOrder order, string asked)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, new Uri(order.Address.AbsoluteUri.TrimEnd('/') + asked));
        if (order.Token is { } token) request.Headers.Authorization = new("Bearer", token);
        return request;
    }

    private static DateTimeOffset? Reset(Dictionary<string, string> headers) =>
        headers.TryGetValue("X-RateLimit-Reset", out var written) && DateTimeOffset.TryParse(written, CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var reset) ? reset : null;

    private static PollProblem Problem(HttpStatusCode status, DateTimeOffset? reset) => status switch
    {
        HttpStatusCode.Unauthorized => new("token-dead", "The server no longer takes the token."),
        HttpStatusCode.Forbidden => new("not-permitted", "The token does not reach so far."),
        HttpStatusCode.UnprocessableEntity => new("not-permitted", "The server will not answer that."),
        HttpStatusCode.NotFound or HttpStatusCode.Gone => new("not-found", "The server knows of no such thing, or does not show it."),
        HttpStatusCode.TooManyRequests => new("throttled", "Too many questions for now.", reset),
        >= HttpStatusCode.InternalServerError => new("unreachable", $"The server answers {(int)status}."),
        _ => new("unreadable", $"The server answers {(int)status}."),
    };

    /// <summary>One poll's questions: when the server says that there are few left, the next one is not asked.</summary>
    private sealed class Asking(PollOrder order, TimeProvider clock)
    {
        private DateTimeOffset? pausedUntil;

        public PollOrder Order => order;

        /// <summary>Whether a status stands; the server's word that there is none, to a token that it still takes; neither: proof of nothing.</summary>
        public async Task<(bool IsThere, Answer? Gone)> Look(string id, CancellationToken ct)
        {
            try
            {
                var answer = await Ask($"/api/v1/statuses/{Uri.EscapeDataString(id)}", ct);
                if (answer.Status != HttpStatusCode.NotFound) return (true, null);
                if (order.Token is null) return (false, null);
                await Get("/api/v1/accounts/verify_credentials", ct);
                return (false, answer);
            }
            catch (PollProblem told) when (told.Code is "not-permitted" or "not-found" or "unreadable")
            {
                return (false, null);
            }
        }

        public async Task<Answer> Get(string asked, CancellationToken ct) =>
            await Ask(asked, ct) is { Status: not HttpStatusCode.NotFound } answer ? answer : throw Problem(HttpStatusCode.NotFound, null);

        /// <summary>An answer, or the server's word that there is no such thing.</summary>
        private async Task<Answer> Ask(string asked, CancellationToken ct)
        {
            if (pausedUntil is { } until && until > clock.GetUtcNow()) throw new PollProblem("throttled", "Few questions are left for now.", until);
            using var request = Request(order, asked);
            using var answer = await order.Http.SendAsync(request, HttpCompletionOption.ResponseHeadersRead, ct);
            var headers = new Dictionary<string, string>(StringComparer.OrdinalIgnoreCase);
            foreach (var name in (string[])["Link", "X-RateLimit-Limit", "X-RateLimit-Remaining", "X-RateLimit-Reset"])
            {
                if (answer.Headers.TryGetValues(name, out var values)) headers[name] = string.Join(", ", values);
            }

            var reset = Reset(headers);
            if (!answer.IsSuccessStatusCode && answer.StatusCode != HttpStatusCode.NotFound) throw Problem(answer.StatusCode, reset);
            var body = await answer.Content.ReadAsByteArrayAsync(ct);
            if (answer.StatusCode == HttpStatusCode.NotFound) return new(asked, headers, body, answer.StatusCode);
            try
            {
                using var json = JsonDocument.Parse(body);
            }
            catch (JsonException)
            {
                throw new PollProblem("unreadable", "The answer is not JSON: the address may not be that of a Mastodon server.");
            }

            if (headers.TryGetValue("X-RateLimit-Remaining", out var left) && int.TryParse(left, CultureInfo.InvariantCulture, out var remaining) && remaining < LeastRemaining) pausedUntil = reset;
            return new(asked, headers, body, answer.StatusCode);
        }

        /// <summary>Null when there is no such thing (any more), or the token does not reach so far: what it does reach is asked for all the same.</summary>
        public async Task<Answer?> Found(string asked, CancellationToken ct)
        {
            try
            {
                return await Get(asked, ct);
            }
            catch (PollProblem told) when (told.Code is "not-found" or "not-permitted")
            {
                return null;
            }
        }
    }

    private sealed record Answer(string Request, IReadOnlyDictionary<string, string> Headers, byte[] Body, HttpStatusCode Status);

    /// <summary>The value of a query member in the address that a Link header gives under a name; the address itself is never followed.</summary>
    private static string? Paged(Answer answer, string rel, string member)
    {
        if (!answer.Headers.TryGetValue("Link", out var links)) return null;
        foreach (var link in links.Split(','))
        {
            if (!link.Contains($"rel=\"{rel}\"", StringComparison.Ordinal)) continue;
            var (from, to) = (link.IndexOf('<', StringComparison.Ordinal), link.IndexOf('>', StringComparison.Ordinal));
            if (from < 0 || to <= from || !Uri.TryCreate(link[(from + 1)..to], UriKind.Absolute, out var address)) continue;
            if (Microsoft.AspNetCore.WebUtilities.QueryHelpers.ParseQuery(address.Query).TryGetValue(member, out var value) && value.ToString() is { Length: > 0 and < 40 } id && id.All(char.IsAsciiDigit)) return id;
        }

        return null;
    }
}
