using ArchiveService.Http;
using Microsoft.AspNetCore.Antiforgery;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Access;

/// <summary>
/// A browser sends its cookie along with what another site made it send. So a command that comes with a cookie must also carry the form token
/// (field or header <c>RequestVerificationToken</c>), pages and API alike; one that comes with a bearer token needs none.
/// </summary>
public sealed class FormTokens(RequestDelegate next, IAntiforgery antiforgery)
{
    private static Refusal Missing { get; } = Refusal.Input(
        "form-token-missing", "Begäran kom med en inloggningskaka men utan formulärets kontrollkod. Ladda om sidan och försök igen, eller använd en API-nyckel.");

    public async Task InvokeAsync(HttpContext http)
    {
        // Razor Pages check theirs themselves.
        if (IsCommand(http.Request.Method)
            && http.User.Identity is { IsAuthenticated: true, AuthenticationType: Schemes.Cookie }
            && http.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is null
            && !await antiforgery.IsRequestValidAsync(http))
        {
            await Problems.Refused(Missing).ExecuteAsync(http);
            return;
        }

        await next(http);
    }

    public static bool IsCommand(string method) =>
        !HttpMethods.IsGet(method) && !HttpMethods.IsHead(method) && !HttpMethods.IsOptions(method) && !HttpMethods.IsTrace(method);
}
