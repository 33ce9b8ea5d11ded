using System.Net;
using System.Net.Http.Headers;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Capture.Meta;

namespace ArchiveService.Features.Sources.Meta;

/// <param name="Request">Path and query as asked, without token and proof.</param>
/// <param name="Body">Without tokens.</param>
internal sealed record GraphAnswered(HttpStatusCode Status, string Request, IReadOnlyDictionary<string, string> Headers, byte[] Body, GraphFault? Fault);

/// <summary>Asks the Graph API, one question after the other, and stops before the platform does.</summary>
internal sealed class GraphClient(HttpClient http, Uri address, string? token, MetaGraphOptions options, DateTimeOffset now)
{
    /// <summary>In percent of what Meta allows; over it no more questions are asked for a while.</summary>
    public const int MostUsed = 75;

    private static readonly TimeSpan UsualWait = TimeSpan.FromMinutes(30);

    private static readonly string[] Kept = ["Date", "facebook-api-version", "Retry-After", .. GraphUsage.Headers];

    private GraphUsage usage = new(0, null);

    /// <exception cref="PollProblem">The platform could not be reached, or has answered as much as it allows.</exception>
    public async Task<GraphAnswered> Ask(string path, string query, CancellationToken ct)
    {
        if (string.IsNullOrEmpty(token)) throw new PollProblem("token-dead", "Källan har ingen åtkomstnyckel. Lägg in en.");
        if (usage.Percent > MostUsed) throw Throttled($"Meta räknar {usage.Percent} procent av det tillåtna som använt. Hämtningen fortsätter senare.");

        var request = $"{Version()}/{path}{(query.Length > 0 ? "?" : "")}{query}";
        var full = new Uri(new Uri(address.GetLeftPart(UriPartial.Authority)), options.AppSecret is { Length: > 0 } secret ? $"{request}{(query.Length > 0 ? '&' : '?')}appsecret_proof={Proof(secret, token)}" : request);
        using var message = new HttpRequestMessage(HttpMethod.Get, full);
        message.Headers.Authorization = new AuthenticationHeaderValue("Bearer", token);
        try
        {
            using var answer = await http.SendAsync(message, ct);
            var body = GraphTokens.Scrub(await answer.Content.ReadAsByteArrayAsync(ct), token);
            var headers = Kept.Where(name => answer.Headers.Contains(name)).ToDictionary(name => name, name => string.Join(", ", answer.Headers.GetValues(name)), StringComparer.OrdinalIgnoreCase);
            usage = GraphUsage.Of(headers.Where(header => GraphUsage.Headers.Contains(header.Key, StringComparer.OrdinalIgnoreCase)).Select(header => header.Value));
            return new(answer.StatusCode, request, headers, body, GraphFault.Of(body));
        }
        catch (Exception error) when (error is HttpRequestException or IOException || (error is TaskCanceledException && !ct.IsCancellationRequested))
        {
            // The error's own text may quote the address, and with it the proof.
            throw new PollProblem("unreachable", "Meta kunde inte nås. Det försöks igen.");
        }
    }

    /// <summary>The answer, or why there is none.</summary>
    /// <exception cref="PollProblem">The platform would not, or could not, answer.</exception>
    public async Task<GraphAnswered> MustAnswer(string path, string query, CancellationToken ct)
    {
        var answered = await Ask(path, query, ct);
        return Refusal(answered) is { } refused ? throw refused : answered;
    }

    public PollProblem? Refusal(GraphAnswered answered)
    {
        if (answered.Fault is { } fault)
        {
            return fault.Reason switch
            {
                "token-dead" => new("token-dead", $"Meta godtar inte längre åtkomstnyckeln (fel {fault.Code}). Skapa en ny och lägg in den: tills dess hämtas inget."),
                "throttled" => Throttled($"Meta har tagit emot för många frågor (fel {fault.Code}). Hämtningen fortsätter senare.", answered),
                "not-permitted" => new("not-permitted", $"Åtkomstnyckeln saknar en rättighet (fel {fault.Code}). Rättigheterna står i docs/platforms."),
                "not-found" => new("not-found", $"Meta säger att objektet inte finns, eller att nyckeln inte får se det (fel {fault.Code})."),
                _ when answered.Status is >= HttpStatusCode.InternalServerError || fault.Code is 1 or 2 => new("unreachable", $"Meta kunde inte svara just nu (fel {fault.Code}). Det försöks igen."),
                _ => new("unreadable", $"Meta svarade med ett fel som inte är känt (fel {fault.Code})."),
            };
        }

        return answered.Status switch
        {
            HttpStatusCode.OK => null,
            HttpStatusCode.TooManyRequests => Throttled("Meta har tagit emot för många frågor. Hämtningen fortsätter senare.", answered),
            HttpStatusCode.Unauthorized => new("token-dead", "Meta godtar inte åtkomstnyckeln. Skapa en ny och lägg in den: tills dess hämtas inget."),
            HttpStatusCode.NotFound => new("not-found", "Meta säger att objektet inte finns."),
            >= HttpStatusCode.InternalServerError => new("unreachable", $"Meta kunde inte svara just nu (HTTP {(int)answered.Status}). Det försöks igen."),
            _ => new("unreadable", $"Meta svarade HTTP {(int)answered.Status} utan att säga varför."),
        };
    }

    private PollProblem Throttled(string detail, GraphAnswered? answered = null)
    {
        var told = answered?.Headers.GetValueOrDefault("Retry-After") is { } written && int.TryParse(written, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var seconds) ? TimeSpan.FromSeconds(Math.Min(seconds, 86_400)) : (TimeSpan?)null;
        var wait = told ?? usage.Wait ?? UsualWait;
        return new("throttled", detail, now + (wait > TimeSpan.FromDays(1) ? TimeSpan.FromDays(1) : wait));
    }

    /// <summary>With the source's address, where it names one.</summary>
    private string Version() => address.AbsolutePath.Trim('/') is { Length: > 1 } path && path[0] == 'v' && char.IsAsciiDigit(path[1]) ? $"/{path}" : $"/{options.Version}";

    private static string Proof(string secret, string token) => Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(secret), Encoding.UTF8.GetBytes(token)));
}
