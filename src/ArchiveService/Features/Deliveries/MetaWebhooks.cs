using ArchiveService.Capture.Meta;
using ArchiveService.Http;

namespace ArchiveService.Features.Deliveries;

public sealed record MetaOptions(string? AppSecret, string? VerifyToken);

/// <summary><c>/api/v1/webhooks/meta</c>: Facebook pages, Messenger and Instagram.</summary>
public sealed class MetaWebhooks(MetaOptions options) : IWebhook
{
    public string Platform => "meta";

    public int MaxBody => 16 * 1024 * 1024;

    public IReadOnlyList<string> Headers { get; } = ["X-Hub-Signature-256", "X-Hub-Signature", "Facebook-API-Version", "X-FB-Trace-ID"];

    public Refusal? NotConfigured => options.AppSecret is { Length: > 0 } ? null : Lacks("Meta__AppSecret");

    public IResult Shake(HttpRequest request) =>
        options.VerifyToken is not { Length: > 0 } expected ? Problems.Refused(Lacks("Meta__VerifyToken"))
        : MetaHandshake.Answer(request.Query["hub.mode"], request.Query["hub.verify_token"], request.Query["hub.challenge"], expected) is { } answer ? TypedResults.Text(answer, "text/plain")
        : Problems.Refused(new("verify-token", "Verifieringsordet stämmer inte. Kontrollera Meta__VerifyToken mot inställningen hos Meta.", StatusCodes.Status403Forbidden));

    public SignatureResult Verify(ReadOnlySpan<byte> body, IHeaderDictionary headers) => MetaSignature.Verify(body, Header(headers, "X-Hub-Signature-256"), Header(headers, "X-Hub-Signature"), options.AppSecret!) switch
    {
        MetaSignatureResult.Valid => SignatureResult.Right(),
        MetaSignatureResult.ValidEscaped => SignatureResult.Right("valid-escaped"),
        MetaSignatureResult.Absent => SignatureResult.Missing("X-Hub-Signature-256"),
        _ => SignatureResult.Wrong("Meta__AppSecret"),
    };

    private static string? Header(IHeaderDictionary headers, string name) => headers.TryGetValue(name, out var value) ? value.ToString() : null;

    private static Refusal Lacks(string setting) => new("webhook-not-configured", $"Mottagningen från Meta är inte inställd: {setting} saknas.", StatusCodes.Status503ServiceUnavailable);
}
