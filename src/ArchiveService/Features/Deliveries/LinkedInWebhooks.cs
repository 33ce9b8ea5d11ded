using ArchiveService.Capture.LinkedIn;
using ArchiveService.Http;

namespace ArchiveService.Features.Deliveries;

public sealed record LinkedInOptions(string? ClientSecret);

/// <summary><c>/api/v1/webhooks/linkedin</c>: notifications of LinkedIn pages. What may be kept of them, the program's terms say (docs/platforms/linkedin.md).</summary>
public sealed class LinkedInWebhooks(LinkedInOptions options) : IWebhook
{
    public string Platform => "linkedin";

    public int MaxBody => 16 * 1024 * 1024;

    public IReadOnlyList<string> Headers { get; } = ["X-LI-Signature"];

    public Refusal? NotConfigured => options.ClientSecret is { Length: > 0 } ? null : Lacks();

    public IResult Shake(HttpRequest request) =>
        options.ClientSecret is not { Length: > 0 } secret ? Problems.Refused(Lacks())
        : LinkedInHandshake.Answer(request.Query["challengeCode"], secret) is { } answer ? TypedResults.Text(answer, "application/json")
        : Problems.Refused(new("challenge-code", "Frågan saknar challengeCode.", StatusCodes.Status400BadRequest));

    public SignatureResult Verify(ReadOnlySpan<byte> body, IHeaderDictionary headers) => LinkedInSignature.Verify(body, headers["X-LI-Signature"], options.ClientSecret!) switch
    {
        LinkedInSignatureResult.Valid => SignatureResult.Right(),
        LinkedInSignatureResult.Absent => SignatureResult.Missing("X-LI-Signature"),
        _ => SignatureResult.Wrong("LinkedIn__ClientSecret"),
    };

    private static Refusal Lacks() => new("webhook-not-configured", "Mottagningen från LinkedIn är inte inställd: LinkedIn__ClientSecret saknas.", StatusCodes.Status503ServiceUnavailable);
}

/// <summary>Reads what LinkedIn delivers, page by page. The register may hold a page's number or its whole name.</summary>
public sealed class LinkedInDeliveryReader : IRoutedReader
{
    private const string Organization = "urn:li:organization:";

    public string Platform => "linkedin";

    public IReadOnlyList<RoutedActs> Read(ReadOnlyMemory<byte> body, DateTimeOffset now) =>
        [.. LinkedInWebhook.Read(body, now).Select(entry => new RoutedActs(NamesOf(entry.Organization), entry.Acts))];

    private static IReadOnlyList<string> NamesOf(string? page) => page switch
    {
        null => [],
        _ when page.StartsWith(Organization, StringComparison.Ordinal) => [page, page[Organization.Length..]],
        _ => [page],
    };
}
