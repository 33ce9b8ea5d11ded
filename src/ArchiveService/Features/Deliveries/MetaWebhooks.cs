using ArchiveService.Attachments;
using ArchiveService.Capture.Meta;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Deliveries;

public sealed record MetaOptions(string? AppSecret, string? VerifyToken);

/// <summary><c>/api/v1/webhooks/meta</c>: handshake, and deliveries that are durable and sealed before the 200.</summary>
public static class MetaWebhooks
{
    public const int MaxBody = 16 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/webhooks/meta", (
            [FromQuery(Name = "hub.mode")] string? mode, [FromQuery(Name = "hub.verify_token")] string? token, [FromQuery(Name = "hub.challenge")] string? challenge, MetaOptions options) =>
                options.VerifyToken is not { Length: > 0 } expected ? NotConfigured("Meta__VerifyToken")
                : MetaHandshake.Answer(mode, token, challenge, expected) is { } answer ? TypedResults.Text(answer, "text/plain")
                : (IResult)Problems.Refused(new("verify-token", "Verifieringsordet stämmer inte. Kontrollera Meta__VerifyToken mot inställningen hos Meta.", StatusCodes.Status403Forbidden)))
            .AllowAnonymous().WithName("meta-handshake");
        routes.MapPost("/api/v1/webhooks/meta", Receive).AllowAnonymous().DisableAntiforgery().WithName("meta-delivery");
    }

    private static async Task<IResult> Receive(HttpContext http, MetaOptions options, Deliveries deliveries, Quarantine quarantine, InboxBell bell, CancellationToken ct)
    {
        if (options.AppSecret is not { Length: > 0 } secret) return NotConfigured("Meta__AppSecret");
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = MaxBody;
        byte[] body;
        try
        {
            using var all = new MemoryStream();
            await http.Request.Body.CopyToAsync(all, ct);
            body = all.ToArray();
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return Problems.Refused(new("request-too-large", $"En leverans får vara högst {MaxBody / 1024 / 1024} MiB.", StatusCodes.Status413PayloadTooLarge));
        }

        var headers = http.Request.Headers;
        var result = MetaSignature.Verify(body, Header("X-Hub-Signature-256"), Header("X-Hub-Signature"), secret);
        if (result is not (MetaSignatureResult.Valid or MetaSignatureResult.ValidEscaped))
        {
            await quarantine.Keep("meta", result == MetaSignatureResult.Absent ? "signature-missing" : "signature-wrong", body, ct);
            return Problems.Refused(result == MetaSignatureResult.Absent
                ? new("signature-missing", "Leveransen saknar signatur (X-Hub-Signature-256). Den är satt i karantän.", StatusCodes.Status401Unauthorized)
                : new("signature-wrong", "Leveransens signatur stämmer inte. Kontrollera Meta__AppSecret. Den är satt i karantän.", StatusCodes.Status401Unauthorized));
        }

        try
        {
            await deliveries.Receive("meta", "webhook", null, result == MetaSignatureResult.Valid ? "valid" : "valid-escaped", body, ct);
        }
        catch (Exception error) when (error is ObjectStoreUnavailable || Captures.IsInterruption(error))
        {
            // Anything but 200 makes Meta deliver again.
            http.Response.Headers.RetryAfter = "30";
            return Problems.Refused(new("delivery-not-stored", "Leveransen kunde inte sparas just nu. Skicka den igen.", StatusCodes.Status503ServiceUnavailable));
        }

        bell.Ring();
        return TypedResults.Ok();

        string? Header(string name) => headers.TryGetValue(name, out var value) ? value.ToString() : null;
    }

    private static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult NotConfigured(string setting) =>
        Problems.Refused(new("webhook-not-configured", $"Mottagningen från Meta är inte inställd: {setting} saknas.", StatusCodes.Status503ServiceUnavailable));
}
