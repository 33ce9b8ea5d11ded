using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Capture.Ndjson;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Http;
using Microsoft.AspNetCore.Http.Features;

namespace ArchiveService.Features.Records;

/// <summary><c>POST /api/v1/channels/{id}/captures</c>: captured acts as NDJSON or a JSON array. A bad line never takes the others down.</summary>
public static class Captures
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/channels/{id:guid}/captures", Receive)
        .AllowConnectors("id").WithName("capture");

    private static async Task<IResult> Receive(Guid id, HttpContext http, Caller caller, ChannelRegister channels, AuthorityRegister authorities, CaptureActs capture, TimeProvider clock, CancellationToken ct)
    {
        if (await channels.Find(id, ct) is not { } channel || !MayKnow(caller, channel))
            return Problems.Refused(Refusal.Unknown("channel", "Kanalen finns inte i förteckningen. Kontrollera id:t med GET /api/v1/channels."));
        if (!MayCapture(caller, channel)) return Problems.Refused(Refusal.NotAllowed("Du får inte lägga in handlingar i den här kanalen. Det får en connector för kanalen, en moderator eller en kommunikatör."));
        if (http.Request.ContentLength > CaptureLimits.MaxRequestBytes) return TooLarge();
        if (http.Features.Get<IHttpMaxRequestBodySizeFeature>() is { IsReadOnly: false } size) size.MaxRequestBodySize = CaptureLimits.MaxRequestBytes;
        var form = http.Request.ContentType?.Split(';')[0].Trim().ToLowerInvariant() switch
        {
            "application/x-ndjson" or "application/ndjson" or "application/jsonl" => ActForm.Lines,
            "application/json" => ActForm.Array,
            null or "" => ActForm.Either,
            _ => (ActForm?)null,
        };
        if (form is null) return Problems.Refused(new("media-type", "Skicka application/x-ndjson (en händelse per rad) eller en JSON-lista som application/json.", StatusCodes.Status415UnsupportedMediaType));

        var source = new CaptureSource(channel, 0, null, caller, clock.GetUtcNow());
        var result = CaptureResult.None;
        var page = new List<ReadAct>(256);
        try
        {
            await foreach (var act in ActReader.Read(http.Request.Body, source.Now, form.Value, ct))
            {
                page.Add(act);
                if (page.Count < 250) continue;
                result = result.Plus(await capture.Capture(await UnderPolicyNow(), page, ct));
                page.Clear();
            }

            result = result.Plus(await capture.Capture(await UnderPolicyNow(), page, ct));
        }
        catch (BadHttpRequestException error) when (error.StatusCode == StatusCodes.Status413PayloadTooLarge)
        {
            return TooLarge(result);
        }
        catch (Exception error) when (IsInterruption(error))
        {
            http.Response.Headers.RetryAfter = "5";
            return Problems.Refused(new(
                "capture-interrupted", "Alla rader hann inte sparas. Skicka hela begäran igen: det som redan är sparat räknas som dubbletter.",
                StatusCodes.Status503ServiceUnavailable, new Dictionary<string, object?>(StringComparer.Ordinal) { ["accepted"] = result.Accepted }));
        }

        return TypedResults.Ok(new { result.Accepted, result.Duplicates, result.Disposed, rejected = result.Rejected, result.RejectedCount, result.LastSequence });

        // Anew for every page: a long request may last past the day on which another version comes into force.
        async Task<CaptureSource> UnderPolicyNow() => source with { PolicyVersion = (await authorities.Find(channel.Authority, ct))!.Policy.Version };
    }

    public static bool MayCapture(Caller caller, Channel channel) => caller.IsService
        ? caller.Channels.Contains(channel.Id) && caller.May(channel.Authority, Role.Connector)
        : caller.May(channel.Authority, Role.Moderator, Role.Kommunikator, Role.Admin);

    /// <summary>The database went away or was busy; nothing is wrong with what was sent.</summary>
    public static bool IsInterruption(Exception error) => error is CaptureContended || Interruptions.Interrupted(error);

    private static bool MayKnow(Caller caller, Channel channel) => caller.IsService ? caller.Channels.Contains(channel.Id) : caller.IsStaffOf(channel.Authority);

    private static Microsoft.AspNetCore.Http.HttpResults.ProblemHttpResult TooLarge(CaptureResult? stored = null) => Problems.Refused(new(
        "request-too-large", $"En begäran får vara högst {CaptureLimits.MaxRequestBytes / 1024 / 1024} MiB. Dela upp den; det som hann tas emot är sparat och räknas som dubbletter nästa gång.",
        StatusCodes.Status413PayloadTooLarge, new Dictionary<string, object?>(StringComparer.Ordinal) { ["limit"] = CaptureLimits.MaxRequestBytes, ["accepted"] = stored?.Accepted ?? 0 }));
}
