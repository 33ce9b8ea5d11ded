using ArchiveService.Capture.LinkedIn;
using ArchiveService.Capture.X;
using ArchiveService.Http;

namespace ArchiveService.Features.Deliveries;

/// <summary>
/// A platform that signs what it delivers under the app's secret, and asks now and then for proof that the secret is known here: X
/// (<c>/api/v1/webhooks/x</c>, the Activity API and the Account Activity API before it) and LinkedIn (<c>/api/v1/webhooks/linkedin</c>, notifications of pages; what may be kept
/// of them, the program's terms say: docs/platforms/linkedin.md).
/// </summary>
public sealed class ChallengedWebhook : IWebhook
{
    private delegate SignatureResult Signed(ReadOnlySpan<byte> body, string? header, string secret);

    private readonly string? secret;
    private readonly string question;
    private readonly Refusal lacks;
    private readonly Refusal unasked;
    private readonly Func<string?, string, string?> answer;
    private readonly Signed signed;

    private ChallengedWebhook(string platform, string name, string header, string setting, string? secret, string question, string code, Func<string?, string, string?> answer, Signed signed)
    {
        (Platform, Headers, this.secret, this.question, this.answer, this.signed) = (platform, [header], secret, question, answer, signed);
        lacks = new("webhook-not-configured", $"Mottagningen från {name} är inte inställd: {setting} saknas.", StatusCodes.Status503ServiceUnavailable);
        unasked = new(code, $"Frågan saknar {question}.", StatusCodes.Status400BadRequest);
    }

    public string Platform { get; }

    public int MaxBody => 16 * 1024 * 1024;

    public IReadOnlyList<string> Headers { get; }

    public Refusal? NotConfigured => secret is { Length: > 0 } ? null : lacks;

    public static ChallengedWebhook OfX(string? secret)
    {
        const string header = "x-twitter-webhooks-signature";
        const string setting = "X__ConsumerSecret";
        return new("x", "X", header, setting, secret, "crc_token", "crc-token", XHandshake.Answer, (body, given, key) => XSignature.Verify(body, given, key) switch
        {
            XSignatureResult.Valid => SignatureResult.Right(),
            XSignatureResult.Absent => SignatureResult.Missing(header),
            _ => SignatureResult.Wrong(setting),
        });
    }

    public static ChallengedWebhook OfLinkedIn(string? secret)
    {
        const string header = "X-LI-Signature";
        const string setting = "LinkedIn__ClientSecret";
        return new("linkedin", "LinkedIn", header, setting, secret, "challengeCode", "challenge-code", LinkedInHandshake.Answer, (body, given, key) => LinkedInSignature.Verify(body, given, key) switch
        {
            LinkedInSignatureResult.Valid => SignatureResult.Right(),
            LinkedInSignatureResult.Absent => SignatureResult.Missing(header),
            _ => SignatureResult.Wrong(setting),
        });
    }

    public IResult Shake(HttpRequest request) =>
        secret is not { Length: > 0 } known ? Problems.Refused(lacks)
        : answer(request.Query[question], known) is { } said ? TypedResults.Text(said, "application/json")
        : Problems.Refused(unasked);

    public SignatureResult Verify(ReadOnlySpan<byte> body, IHeaderDictionary headers) => signed(body, headers[Headers[0]], secret!);
}

/// <summary>Reads what X delivers, account by account.</summary>
public sealed class XDeliveryReader : IRoutedReader
{
    public string Platform => "x";

    public IReadOnlyList<RoutedActs> Read(ReadOnlyMemory<byte> body, DateTimeOffset now) =>
        [.. XWebhook.Read(body, now).Select(entry => new RoutedActs(entry.AccountId is { } account ? [account] : [], entry.Acts))];
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
