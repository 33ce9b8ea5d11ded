using System.Globalization;
using ArchiveService.Attachments;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ArchiveService.Features.Deliveries;

/// <summary>What a signature says: a word that is kept with the delivery, or why it is refused.</summary>
public sealed record SignatureResult(string? Kept, Refusal? Refused)
{
    public static SignatureResult Right(string word = "valid") => new(word, null);

    public static SignatureResult Missing(string header) => new(null, new(
        "signature-missing", $"Leveransen saknar signatur ({header}). Den är satt i karantän.", StatusCodes.Status401Unauthorized));

    public static SignatureResult Wrong(string setting) => new(null, new(
        "signature-wrong", $"Leveransens signatur stämmer inte. Kontrollera {setting}. Den är satt i karantän.", StatusCodes.Status401Unauthorized));
}

/// <summary>How one platform delivers to <c>/api/v1/webhooks/{platform}</c>. What it delivers is read later, by whoever reads deliveries of that platform.</summary>
public interface IWebhook
{
    /// <summary>The last part of the address, and the platform that the delivery is kept under.</summary>
    string Platform { get; }

    /// <summary>Bodies over this are refused before their signature is looked at.</summary>
    int MaxBody { get; }

    /// <summary>Headers kept sealed with the delivery, beside <c>Content-Type</c> and <c>User-Agent</c>: those of the signature, and the platform's own id of the delivery.</summary>
    IReadOnlyList<string> Headers { get; }

    /// <summary>Why nothing can be received: a setting is missing; null when all are there.</summary>
    Refusal? NotConfigured { get; }

    /// <summary>Answers the platform's question whether this is the right place.</summary>
    IResult Shake(HttpRequest request);

    SignatureResult Verify(ReadOnlySpan<byte> body, IHeaderDictionary headers);
}

/// <summary>
/// <c>/api/v1/webhooks/{platform}</c>: handshakes, and deliveries that are durable and sealed before the 200. In this order: room, size, signature, sealing. Nothing is parsed.
/// </summary>
public static class Webhooks
{
    private static readonly string[] AlwaysKept = ["Content-Type", "User-Agent"];

    private const int LongestHeader = 1000;

    public static void Map(IEndpointRouteBuilder routes)
    {
        var all = routes.ServiceProvider.GetServices<IWebhook>().ToList();
        foreach (var webhook in all)
        {
            var address = $"/api/v1/webhooks/{webhook.Platform}";
            routes.MapGet(address, (HttpRequest request) => webhook.Shake(request)).AllowAnonymous().WithName($"{webhook.Platform}-handshake");
            routes.MapPost(address, (HttpContext http, Deliveries deliveries, Quarantine quarantine, WebhookLimit limit, InboxBell bell, CancellationToken ct) =>
                    Receive(webhook, http, deliveries, quarantine, limit, bell, ct))
                .AllowAnonymous().DisableAntiforgery().WithName($"{webhook.Platform}-delivery");
        }

        var unknown = Unknown([.. all.Select(webhook => webhook.Platform).Order(StringComparer.Ordinal)]);
        routes.MapMethods("/api/v1/webhooks/{platform}", [HttpMethods.Get, HttpMethods.Post], (string platform) => Problems.Refused(unknown))
            .AllowAnonymous().DisableAntiforgery().WithName("webhook-unknown").ExcludeFromDescription();
    }

    private static Refusal Unknown(IReadOnlyList<string> platforms) => new(
        "webhook-unknown", $"Det finns ingen mottagning för den plattformen. De som finns: {string.Join(", ", platforms)}.", StatusCodes.Status404NotFound,
        new Dictionary<string, object?>(StringComparer.Ordinal) { ["platforms"] = platforms });

    private static async Task<IResult> Receive(IWebhook webhook, HttpContext http, Deliveries deliveries, Quarantine quarantine, WebhookLimit limit, InboxBell bell, CancellationToken ct)
    {
        if (webhook.NotConfigured is { } why) return Problems.Refused(why);
        if (http.Request.ContentLength > webhook.MaxBody) return TooLarge(webhook);
        using var place = await limit.Read(ct);
        if (!place.IsAcquired) return TryAgain(http, 5, new("too-many-deliveries", "Många leveranser tas emot just nu. Skicka den igen om en stund.", StatusCodes.Status429TooManyRequests));
        if (await Body(webhook, http, ct) is not { } body) return TooLarge(webhook);

        var headers = http.Request.Headers;
        var result = webhook.Verify(body, headers);
        if (result.Refused is { } refused) return await Refuse(webhook, refused, body, http, quarantine, limit, ct);

        var kept = new SortedDictionary<string, string>(StringComparer.Ordinal);
        foreach (var name in AlwaysKept.Concat(webhook.Headers))
        {
            if (headers.TryGetValue(name, out var value) && value.ToString() is { Length: > 0 } said) kept[name] = said.Length <= LongestHeader ? said : said[..LongestHeader];
        }

        try
        {
            await deliveries.Receive(webhook.Platform, "webhook", null, result.Kept!, body, new(Headers: kept), ct);
        }
        catch (Exception error) when (error is ObjectStoreUnavailable || Captures.IsInterruption(error))
        {
            // Anything but 200 makes a platform deliver again.
            return TryAgain(http, 30, new("delivery-not-stored", "Leveransen kunde inte sparas just nu. Skicka den igen.", StatusCodes.Status503ServiceUnavailable));
        }

        bell.Ring();
        return TypedResults.Ok();
    }

    private static async Task<IResult> Refuse(IWebhook webhook, Refusal why, byte[] body, HttpContext http, Quarantine quarantine, WebhookLimit limit, CancellationToken ct)
    {
        var from = http.Connection.RemoteIpAddress;
        if (limit.MayRefuse(quarantine.SourceOf(webhook.Platform, from)))
        {
            await quarantine.Keep(webhook.Platform, why.Code, body, from, ct);
            return Problems.Refused(why);
        }

        await quarantine.Count(webhook.Platform, why.Code, body.Length, from, ct);
        return TryAgain(http, (int)WebhookLimit.Window.TotalSeconds, new(
            "too-many-refused", "För många leveranser utan rätt signatur härifrån. De räknas, men sparas inte längre.", StatusCodes.Status429TooManyRequests));
    }

    private static async Task<byte[]?> Body(IWebhook webhook, HttpContext http, CancellationToken ct)
    {
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = webhook.MaxBody;
        try
        {
            using var all = new MemoryStream();
            await http.Request.Body.CopyToAsync(all, ct);
            return all.ToArray();
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return null;
        }
    }

    private static IResult TryAgain(HttpContext http, int seconds, Refusal why)
    {
        http.Response.Headers.RetryAfter = seconds.ToString(CultureInfo.InvariantCulture);
        return Problems.Refused(why);
    }

    private static IResult TooLarge(IWebhook webhook) => Problems.Refused(new(
        "request-too-large", $"En leverans får vara högst {webhook.MaxBody / 1024 / 1024} MiB.", StatusCodes.Status413PayloadTooLarge));
}
