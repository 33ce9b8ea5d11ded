using ArchiveService.Features.Disclosures;
using ArchiveService.Http;

namespace ArchiveService.Features.Public;

/// <summary>
/// <c>POST /public/requests</c>: the form of /public/request for a program. No field for who or why (TF 2:18, R-10), no cookie, and nothing is kept of where it was sent from.
/// </summary>
public sealed record SendRequest(string? Authority, string? Request = null, string? Number = null, string? Form = null, string? DeliveryAddress = null)
{
    public const int LongestNumber = 100;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/public/requests", async (SendRequest command, HttpContext http, ReceiveRequestHandler handler, PublicRequestLimit limit, CancellationToken ct) =>
        {
            http.Response.Headers.CacheControl = "no-store";
            http.Response.Headers["X-Robots-Tag"] = "noindex";
            if (!limit.Allows(http.Connection.RemoteIpAddress)) return Problems.Refused(new("too-many-requests", "Det har kommit för många begäranden på en gång. Försök igen om tio minuter, eller skriv, ring eller besök myndigheten.", StatusCodes.Status429TooManyRequests));
            if (command.Number is { } number && number.Trim().Length > LongestNumber) return Problems.Refused(Refusal.Input("number-too-long", $"Diarienumret får vara högst {LongestNumber} tecken."));
            var (reference, outcome) = await handler.Receive(new(command.Authority, Said(command.Number, command.Request), command.Form, command.DeliveryAddress), ct);
            return outcome is Outcome.Refused { Why: var why } ? Problems.Refused(why) : (IResult)TypedResults.Created($"/public/requests/{reference}.json", new { reference });
        })
        .AllowAnonymous().DisableAntiforgery().WithName("send-public-request");

    /// <summary>Pure. The document by its number, and what is said besides.</summary>
    public static string Said(string? number, string? wanted) =>
        string.Join("\n", new[] { string.IsNullOrWhiteSpace(number) ? null : $"Handling {number.Trim()} i diariet.", string.IsNullOrWhiteSpace(wanted) ? null : wanted.Trim() }.OfType<string>());
}
