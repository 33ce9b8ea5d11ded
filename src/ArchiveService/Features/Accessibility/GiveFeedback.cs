using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Public;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Accessibility;

/// <summary>
/// What somebody found hard on these pages (lagen 2018:1937 om tillgänglighet till digital offentlig service). It is inkommen (TF 2:9) and becomes a record like any other message:
/// sealed, behind the wall until it is assessed, on the list of the morning's post (ADR 0043). Nobody is asked who they are.
/// </summary>
/// <param name="Authority">The authority's code.</param>
/// <param name="What">What was hard, in the visitor's words.</param>
/// <param name="Where">On which page.</param>
/// <param name="Contact">Where to answer, if an answer is wanted.</param>
public sealed record GiveFeedback(string? Authority, string? What, string? Where = null, string? Contact = null)
{
    public const int MostText = 5000;

    public const int MostLine = 500;

    /// <summary>Which of its ids it has: it comes from a form of ours.</summary>
    public const string IdKind = "form";

    /// <summary>The channel's account: one of each authority.</summary>
    public static string Account(string code) => $"accessibility-feedback:{code}";

    /// <summary>Pure.</summary>
    public Refusal? Objection() =>
        What?.Trim() is not { Length: > 0 and <= MostText } ? Refusal.Input("feedback-missing", "Skriv vad som var svårt, högst 5 000 tecken.")
        : Where is { Length: > MostLine } ? Refusal.Input("feedback-place-too-long", "Sidan får vara högst 500 tecken.")
        : Contact is { Length: > MostLine } ? Refusal.Input("feedback-contact-too-long", "Kontaktuppgiften får vara högst 500 tecken.")
        : null;

    /// <summary>Pure: the message it is captured as.</summary>
    public CapturedAct Act(string nativeId, DateTimeOffset now) => new()
    {
        Act = ActKind.Message,
        Kind = ItemKind.Dm,
        NativeId = nativeId,
        IdKind = IdKind,
        Audience = Audience.Direct,
        Author = string.IsNullOrWhiteSpace(Contact) ? null : new(null, Contact.Trim(), null, ClaimsOwnChannel: false, null),
        OccurredAt = now,
        OccurredAtSource = "platform",
        ObservedAt = now,
        ActingParty = ActingParty.Author,
        Text = string.IsNullOrWhiteSpace(Where) ? What!.Trim() : $"{What!.Trim()}\n\nSida: {Where.Trim()}",
        Raw = JsonSerializer.SerializeToUtf8Bytes(this, JsonSerializerOptions.Web),
    };

    public static void Map(IEndpointRouteBuilder routes)
    {
        // The Swedish addresses of the page.
        foreach (var address in new[] { "/offentligt/tillganglighet", "/tillganglighet" })
            routes.MapGet(address, (HttpRequest request) => TypedResults.LocalRedirect("~/public/accessibility" + request.QueryString)).AllowAnonymous().ExcludeFromDescription();
        routes.MapPost("/public/accessibility/feedback", async (GiveFeedback command, HttpContext http, GiveFeedbackHandler handler, PublicRequestLimit limit, CancellationToken ct) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            if (!limit.Allows(http.Connection.RemoteIpAddress)) return Problems.Refused(GiveFeedbackHandler.TooMany);
            return await handler.Receive(command, ct) is { } why ? Problems.Refused(why) : (IResult)TypedResults.Accepted((string?)null);
        }).AllowAnonymous().DisableAntiforgery().WithName("send-accessibility-feedback");
    }
}

public sealed class GiveFeedbackHandler(AuthorityRegister authorities, ChannelRegister channels, RegisterChannelHandler registration, KeyedIds ids, CaptureActs capture, TimeProvider clock)
{
    private const string Platform = "other";

    public static Refusal TooMany { get; } = new("too-many-requests", "Det har kommit för mycket på en gång. Försök igen om tio minuter, eller skriv, ring eller besök myndigheten.", StatusCodes.Status429TooManyRequests);

    /// <summary>Why it was not taken; null when it was. Nothing of the visitor is kept but what they wrote.</summary>
    public async Task<Refusal?> Receive(GiveFeedback command, CancellationToken ct)
    {
        if (command.Authority is not { } code || await authorities.Find(code, ct) is not { } authority) return Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {command.Authority}.");
        if (command.Objection() is { } no) return no;
        var (channel, refused) = await Channel(code, authority.Id, ct);
        if (refused is not null) return refused;
        if (channel!.ClosedAt is not null) return new("channel-closed", "Myndigheten tar inte emot synpunkter här längre. Skriv, ring eller besök den i stället.");
        var now = clock.GetUtcNow();
        var act = new ReadAct.Accepted(command.Act(Guid.CreateVersion7(now).ToString("D"), now), 1);
        var done = await capture.Capture(new(channel, authority.Policy.Version, null, Caller.System, now), [act], ct);
        return done.Accepted == 1 ? null : Refusal.ChangedMeanwhile(0);
    }

    /// <summary>The channel that the form is, entered in the register by the service itself the first time somebody writes.</summary>
    private async Task<(Channel? Channel, Refusal? Refused)> Channel(string code, Guid authority, CancellationToken ct)
    {
        var route = ids.Route(Platform, GiveFeedback.Account(code));
        if (await channels.FindByRoute(route, ct) is { } known) return (known, null);
        var keeper = Caller.System with { Grants = [new(Role.Kommunikator, authority)] };
        var (_, _, refused) = await registration.Register(
            new(code, Platform, GiveFeedback.Account(code), "Synpunkter på tillgängligheten", null, "Ta emot synpunkter på hur tillgänglig tjänsten är (lagen 2018:1937)", "Alla som använder tjänsten"), keeper, ct);
        return await channels.FindByRoute(route, ct) is { } now ? (now, null) : (null, refused ?? Refusal.ChangedMeanwhile(0));
    }
}
