using ArchiveService.Capture.YouTube;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Sources.YouTube;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Deliveries;

public sealed record YouTubeOptions(string? WebSubSecret);

/// <summary><c>/api/v1/webhooks/youtube</c>: what YouTube's WebSub hub tells of films. Only topics of channels in the register are confirmed.</summary>
public sealed class YouTubeWebhooks(YouTubeOptions options) : IWebhook
{
    public string Platform => "youtube";

    public int MaxBody => 1024 * 1024;

    public IReadOnlyList<string> Headers { get; } = ["X-Hub-Signature", "Link"];

    public Refusal? NotConfigured => options.WebSubSecret is { Length: > 0 } ? null : Lacks();

    public IResult Shake(HttpRequest request) => NotConfigured is { } why
        ? Problems.Refused(why)
        : new Confirmation(request.Query["hub.mode"], request.Query["hub.topic"], request.Query["hub.challenge"], request.Query["lease"], request.Query["hub.lease_seconds"]);

    public SignatureResult Verify(ReadOnlySpan<byte> body, IHeaderDictionary headers) => WebSubSignature.Verify(body, headers["X-Hub-Signature"], options.WebSubSecret!) switch
    {
        WebSubSignatureResult.Valid => SignatureResult.Right(),
        WebSubSignatureResult.Absent => SignatureResult.Missing("X-Hub-Signature"),
        _ => SignatureResult.Wrong("YouTube__WebSubSecret"),
    };

    private static Refusal Lacks() => new("webhook-not-configured", "Mottagningen från YouTube är inte inställd: YouTube__WebSubSecret saknas.", StatusCodes.Status503ServiceUnavailable);

    /// <summary>Whether a topic is ours stands in the register.</summary>
    private sealed class Confirmation(string? mode, string? topic, string? challenge, string? lease, string? leaseSeconds) : IResult
    {
        public async Task ExecuteAsync(HttpContext httpContext)
        {
            var services = httpContext.RequestServices;
            var asked = WebSubHandshake.ChannelOf(topic);
            var channel = asked is null ? null : await services.GetRequiredService<ChannelRegister>().FindByRoute(services.GetRequiredService<KeyedIds>().Route("youtube", asked), httpContext.RequestAborted);
            var confirmed = WebSubHandshake.Answer(mode, topic, challenge, _ => channel is { ClosedAt: null });
            if (confirmed is not null) await services.GetRequiredService<WebSubLeases>().Confirmed(channel!.Id, lease, leaseSeconds, httpContext.RequestAborted);
            IResult answer = confirmed is not null
                ? TypedResults.Text(confirmed, "text/plain")
                : Problems.Refused(new("topic-unknown", "Prenumerationen gäller ingen kanal i kanalregistret.", StatusCodes.Status404NotFound));
            await answer.ExecuteAsync(httpContext);
        }
    }
}

/// <summary>Reads what YouTube's hub delivers, channel by channel.</summary>
public sealed class YouTubeDeliveryReader : IRoutedReader
{
    public string Platform => "youtube";

    public IReadOnlyList<RoutedActs> Read(ReadOnlyMemory<byte> body, DateTimeOffset now) =>
        [.. YouTubeWebSub.Read(body, now).Select(entry => new RoutedActs(entry.ChannelId is { } channel ? [channel] : [], entry.Acts))];
}
