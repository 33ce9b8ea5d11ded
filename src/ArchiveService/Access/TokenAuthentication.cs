using System.Text.Encodings.Web;
using ArchiveService.Http;
using Microsoft.AspNetCore.Authentication;
using Microsoft.Extensions.Options;
using Microsoft.Net.Http.Headers;

namespace ArchiveService.Access;

/// <summary><c>Authorization: Bearer ask_…</c></summary>
public sealed class TokenAuthentication(
    IOptionsMonitor<AuthenticationSchemeOptions> options, ILoggerFactory log, UrlEncoder encoder, Principals principals)
    : AuthenticationHandler<AuthenticationSchemeOptions>(options, log, encoder)
{
    private const string Bearer = "Bearer ";

    public static Refusal NotLoggedIn { get; } = new(
        "not-logged-in", "Logga in, eller skicka med en giltig API-nyckel (Authorization: Bearer ask_…).", StatusCodes.Status401Unauthorized);

    public static Refusal NotAllowed { get; } = Refusal.NotAllowed("Din roll får inte göra detta.");

    protected override async Task<AuthenticateResult> HandleAuthenticateAsync()
    {
        var header = Request.Headers.Authorization.ToString();
        if (!header.StartsWith(Bearer, StringComparison.OrdinalIgnoreCase)) return AuthenticateResult.NoResult();
        var token = header[Bearer.Length..].Trim();
        if (!token.StartsWith(Secrets.TokenPrefix, StringComparison.Ordinal) || token.Length > 100) return AuthenticateResult.Fail("No token of this service.");

        return await principals.OfToken(Secrets.HashOf(token), Context.RequestAborted) is { } principal
            ? AuthenticateResult.Success(new(principal, Scheme.Name))
            : AuthenticateResult.Fail("Unknown, expired or revoked.");
    }

    protected override Task HandleChallengeAsync(AuthenticationProperties properties)
    {
        Response.Headers.WWWAuthenticate = "Bearer";
        return Problems.Refused(NotLoggedIn).ExecuteAsync(Context);
    }

    protected override Task HandleForbiddenAsync(AuthenticationProperties properties) => Problems.Refused(NotAllowed).ExecuteAsync(Context);
}
