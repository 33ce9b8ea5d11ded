using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Nodes;
using ArchiveService.Access;
using ArchiveService.Sealing;

namespace ArchiveService.Http;

/// <summary>Further members of a command's answer that a repeat gets again: ids and numbers, never content.</summary>
public sealed record Idempotent(IReadOnlyList<string> AlsoKept);

public static class IdempotentEndpoints
{
    /// <summary>Names what is kept of the answer besides <see cref="IdempotencyKey.AlwaysKept"/>; outside /api it also makes the endpoint honour the key.</summary>
    public static T Idempotent<T>(this T endpoint, params string[] alsoKept)
        where T : IEndpointConventionBuilder => endpoint.WithMetadata(new Idempotent(alsoKept));
}

/// <summary>
/// <c>Idempotency-Key</c> on every command of the API, per principal and route, for 24 hours: the first request is carried out, to its end even if the sender
/// goes away; a repeat gets the status, ids and numbers of what the first led to. A refused one (4xx, 503) did nothing, so its key may be used again.
/// Captures and uploaded files need no key: the same act, or the same file, sent again is known by itself.
/// </summary>
public sealed class IdempotencyKey(RequestDelegate next, IdempotencyRows rows, IKeyProvider keys, TimeProvider clock)
{
    public static IReadOnlyList<string> AlwaysKept { get; } = ["id", "lastSequence", "version", "diaryNumber", "caseId", "documentNumber"];

    private const string Header = "Idempotency-Key";
    private const int LargestBody = 1024 * 1024;

    // An id, a diary number or a time fits; what somebody wrote mostly does not.
    private const int LongestKept = 64;

    // No command takes this long: whoever began it was killed before saying how it went.
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(5);

    private static Refusal Malformed { get; } = Refusal.Input("idempotency-key-malformed", "Idempotency-Key ska vara 1–255 tecken utan mellanslag, till exempel ett UUID.");

    private static Refusal TooLarge { get; } = new(
        "request-too-large", "Med Idempotency-Key får begäran vara högst 1 MiB.", StatusCodes.Status413PayloadTooLarge, new Dictionary<string, object?> { ["limit"] = LargestBody });

    private static Refusal Reused { get; } = new(
        "idempotency-key-reused", "Nyckeln har redan använts för en annan begäran. Välj en ny Idempotency-Key.", StatusCodes.Status422UnprocessableEntity);

    private static Refusal StillRunning { get; } = new("still-running", "Samma begäran behandlas fortfarande. Försök igen om en stund.");

    private static Refusal OutcomeUnknown { get; } = new(
        "outcome-unknown", "Det går inte att säga om begäran hann utföras. Läs hur det ser ut nu och skicka annars en ny begäran med en ny nyckel.");

    public async Task InvokeAsync(HttpContext http)
    {
        if (!http.Request.Headers.TryGetValue(Header, out var given)
            || http.GetEndpoint() is not RouteEndpoint endpoint
            || !Honours(endpoint, http.Request)
            || http.CallerOrNull() is not { } caller)
        {
            await next(http);
            return;
        }

        var key = given.ToString();
        if (key.Length is 0 or > 255 || key.Any(letter => letter is <= ' ' or > '~'))
        {
            await Refuse(http, Malformed);
            return;
        }

        if (await Digest(http.Request, http.RequestAborted) is not { } digest)
        {
            await Refuse(http, TooLarge);
            return;
        }

        var route = $"{http.Request.Method} {endpoint.RoutePattern.RawText}";
        var request = new KeyedRequest(caller.PersonId, route, Mac(new ByteForm().Text("idempotency-key").Text(key)), digest);
        switch (await rows.Begin(request, http.RequestAborted))
        {
            case KeyUse.OtherRequest:
                await Refuse(http, Reused);
                break;
            case KeyUse.Unfinished(var startedAt):
                await Refuse(http, clock.GetUtcNow() - startedAt < Patience ? StillRunning : OutcomeUnknown);
                break;
            case KeyUse.Answered answered:
                await Repeat(http, answered);
                break;
            default:
                await Run(http, request, [.. AlwaysKept, .. endpoint.Metadata.GetMetadata<Idempotent>()?.AlsoKept ?? []]);
                break;
        }
    }

    private static bool Honours(RouteEndpoint endpoint, HttpRequest request) =>
        FormTokens.IsCommand(request.Method)
        && (endpoint.Metadata.GetMetadata<Idempotent>() is not null
            || (request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase)
                && endpoint.Metadata.GetMetadata<OpenToConnectors>() is null
                && (request.ContentType is null || request.HasJsonContentType())));

    private async Task Run(HttpContext http, KeyedRequest request, IReadOnlyList<string> members)
    {
        var (toSender, answer) = (http.Response.Body, new MemoryStream());
        http.Response.Body = answer;
        http.RequestAborted = CancellationToken.None;
        try
        {
            await next(http);
        }
        finally
        {
            http.Response.Body = toSender;
        }

        var status = http.Response.StatusCode;
        if (status is >= 200 and < 300)
            await rows.Finish(request, status, http.Response.Headers.Location, Kept(answer, members));
        else if (status is < 500 or StatusCodes.Status503ServiceUnavailable)
            await rows.Release(request);

        answer.Position = 0;
        await answer.CopyToAsync(toSender, CancellationToken.None);
    }

    private static async Task Repeat(HttpContext http, KeyUse.Answered first)
    {
        http.Response.StatusCode = first.Status;
        http.Response.Headers["Idempotent-Replayed"] = "true";
        if (first.Location is not null) http.Response.Headers.Location = first.Location;
        if (first.Answer is not null) await http.Response.WriteAsJsonAsync(first.Answer, http.RequestAborted);
    }

    // Everything that makes it the same request; what is read stays readable for the endpoint.
    private async Task<byte[]?> Digest(HttpRequest request, CancellationToken ct)
    {
        if (request.ContentLength > LargestBody) return null;
        var body = new MemoryStream();
        var buffer = new byte[16 * 1024];
        for (int read; (read = await request.Body.ReadAsync(buffer, ct)) > 0;)
        {
            if (body.Length + read > LargestBody) return null;
            body.Write(buffer, 0, read);
        }

        body.Position = 0;
        request.Body = body;
        return Mac(new ByteForm()
            .Text("idempotent-request").Text(request.Path.Value ?? "").Text(request.QueryString.Value ?? "")
            .Text(request.Headers.IfMatch.ToString()).Text(request.ContentType ?? "").Bytes(body.ToArray()));
    }

    private byte[] Mac(ByteForm form) => HMACSHA256.HashData(keys.IdentitySecret, form.Written);

    private static JsonObject? Kept(MemoryStream answer, IReadOnlyList<string> members)
    {
        if (answer.Length == 0) return null;
        var kept = new JsonObject();
        try
        {
            if (JsonNode.Parse(answer.ToArray()) is not JsonObject whole) return null;
            foreach (var name in members)
            {
                if (whole[name] is JsonValue value && (value.GetValueKind() != JsonValueKind.String || value.GetValue<string>().Length <= LongestKept))
                    kept[name] = value.DeepClone();
            }
        }
        catch (JsonException)
        {
            return null;
        }

        return kept.Count == 0 ? null : kept;
    }

    private static Task Refuse(HttpContext http, Refusal why) => Problems.Refused(why).ExecuteAsync(http);
}
