using ArchiveService.Capture.X;
using ArchiveService.Http;

namespace ArchiveService.Features.Deliveries;

public sealed record XOptions(string? ConsumerSecret);

/// <summary><c>/api/v1/webhooks/x</c>: the Activity API of X, and the Account Activity API before it.</summary>
public sealed class XWebhooks(XOptions options) : IWebhook
{
    public string Platform => "x";

    public int MaxBody => 16 * 1024 * 1024;

    public IReadOnlyList<string> Headers { get; } = ["x-twitter-webhooks-signature"];

    public Refusal? NotConfigured => options.ConsumerSecret is { Length: > 0 } ? null : Lacks();

    public IResult Shake(HttpRequest request) =>
        options.ConsumerSecret is not { Length: > 0 } secret ? Problems.Refused(Lacks())
        : XHandshake.Answer(request.Query["crc_token"], secret) is { } answer ? TypedResults.Text(answer, "application/json")
        : Problems.Refused(new("crc-token", "Frågan saknar crc_token.", StatusCodes.Status400BadRequest));

    public SignatureResult Verify(ReadOnlySpan<byte> body, IHeaderDictionary headers) => XSignature.Verify(body, headers["x-twitter-webhooks-signature"], options.ConsumerSecret!) switch
    {
        XSignatureResult.Valid => SignatureResult.Right(),
        XSignatureResult.Absent => SignatureResult.Missing("x-twitter-webhooks-signature"),
        _ => SignatureResult.Wrong("X__ConsumerSecret"),
    };

    private static Refusal Lacks() => new("webhook-not-configured", "Mottagningen från X är inte inställd: X__ConsumerSecret saknas.", StatusCodes.Status503ServiceUnavailable);
}

/// <summary>Reads what X delivers, account by account.</summary>
public sealed class XDeliveryReader : IRoutedReader
{
    public string Platform => "x";

    public IReadOnlyList<RoutedActs> Read(ReadOnlyMemory<byte> body, DateTimeOffset now) =>
        [.. XWebhook.Read(body, now).Select(entry => new RoutedActs(entry.AccountId is { } account ? [account] : [], entry.Acts))];
}
