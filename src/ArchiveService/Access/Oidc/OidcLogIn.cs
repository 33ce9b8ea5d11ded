using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Http;
using Microsoft.AspNetCore.DataProtection;
using Microsoft.AspNetCore.WebUtilities;

namespace ArchiveService.Access.Oidc;

/// <summary>One attempt to log in, kept in the browser that began it, sealed: an answer that belongs to no attempt of this browser is worth nothing.</summary>
internal sealed record OidcAttempt(string State, string Nonce, string Verifier, string RedirectUri, string ReturnUrl, DateTimeOffset Began);

/// <summary>Log-in at the identity provider: the authorization code flow with PKCE, state and nonce.</summary>
public sealed partial class OidcLogIn(OidcOptions options, OidcProvider provider, OidcTokens tokens, OidcPersons persons, Sessions sessions, IDataProtectionProvider protection, TimeProvider clock, ILogger<OidcLogIn> log)
{
    private static readonly TimeSpan AttemptLasts = TimeSpan.FromMinutes(10);

    private readonly IDataProtector sealing = protection.CreateProtector("archiveservice/oidc-attempt/v1");

    /// <summary>What the button says.</summary>
    public string Called => options.Called;

    /// <summary>Where the browser is sent, or why it is not.</summary>
    /// <param name="returnUrl">An address of ours, checked by whoever asks.</param>
    public async Task<(string? Address, Refusal? Refused)> Begin(HttpContext http, string returnUrl, CancellationToken ct)
    {
        OidcMetadata about;
        try
        {
            about = await provider.Metadata(ct);
        }
        catch (OidcUnavailable why)
        {
            Unavailable(why.Message);
            return (null, OidcRefusals.Unavailable);
        }

        var attempt = new OidcAttempt(Random(), Random(), Random(), options.Own(http.Request, OidcOptions.SignInPath), returnUrl, clock.GetUtcNow());
        http.Response.Cookies.Append(Cookie(attempt.State), sealing.Protect(JsonSerializer.Serialize(attempt)), Lasting(http, AttemptLasts));
        return (QueryHelpers.AddQueryString(about.Authorization.AbsoluteUri, new Dictionary<string, string?>(StringComparer.Ordinal)
        {
            ["response_type"] = "code",
            ["client_id"] = options.ClientId,
            ["redirect_uri"] = attempt.RedirectUri,
            ["scope"] = options.Scope,
            ["state"] = attempt.State,
            ["nonce"] = attempt.Nonce,
            ["code_challenge"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(attempt.Verifier))),
            ["code_challenge_method"] = "S256",
        }), null);
    }

    /// <summary>Where the browser goes next, logged in; or why it is not.</summary>
    public async Task<(string? ReturnUrl, Refusal? Refused)> Answer(HttpContext http, CancellationToken ct)
    {
        var (returnUrl, refused) = await Answered(http, ct);
        if (refused is not null) Refused(refused.Code);
        return (returnUrl, refused);
    }

    /// <summary>Where the provider's own session ends too; null when it has no such address, or cannot be asked.</summary>
    public async Task<string?> EndAddress(HttpContext http, CancellationToken ct)
    {
        try
        {
            return (await provider.Metadata(ct)).EndSession is { } end
                ? QueryHelpers.AddQueryString(end.AbsoluteUri, new Dictionary<string, string?>(StringComparer.Ordinal) { ["client_id"] = options.ClientId, ["post_logout_redirect_uri"] = options.Own(http.Request, "/logga-in") })
                : null;
        }
        catch (OidcUnavailable why)
        {
            Unavailable(why.Message);
            return null;
        }
    }

    /// <summary>The provider ends sessions (back-channel logout); null when it did, or why not.</summary>
    public async Task<Refusal?> EndedThere(string? logOutToken, CancellationToken ct)
    {
        try
        {
            var (ended, refused) = await tokens.LogOutToken(logOutToken, ct);
            if (ended is null)
            {
                Refused(refused!.Code);
                return refused;
            }

            await sessions.EndProviders(
                ended.Subject is { } subject ? persons.Key(ended.Issuer, subject) : null, ended.Session is { } session ? persons.SessionKey(ended.Issuer, session) : null, ct);
            return null;
        }
        catch (OidcUnavailable why)
        {
            Unavailable(why.Message);
            return OidcRefusals.Unavailable;
        }
    }

    private async Task<(string? ReturnUrl, Refusal? Refused)> Answered(HttpContext http, CancellationToken ct)
    {
        var said = http.Request.Query;
        if (Attempt(http, said["state"].ToString()) is not { } attempt) return (null, OidcRefusals.State);
        // Used once, whatever comes of it.
        http.Response.Cookies.Delete(Cookie(attempt.State), Lasting(http, null));
        if (clock.GetUtcNow() - attempt.Began > AttemptLasts) return (null, OidcRefusals.TooLate);
        try
        {
            var about = await provider.Metadata(ct);
            var issuer = said["iss"].ToString();
            if ((issuer.Length > 0 || about.SaysIssuer) && issuer != about.Issuer) return (null, OidcRefusals.Issuer);
            if (said["error"].ToString() is { Length: > 0 } error) return (null, error == "access_denied" ? OidcRefusals.Denied : OidcRefusals.ProviderError);
            if (said["code"].ToString() is not { Length: > 0 and <= 4096 } code) return (null, OidcRefusals.NoCode);

            var answer = await provider.Exchange(code, attempt.Verifier, attempt.RedirectUri, ct);
            if (answer.Error is { } no) return (null, no switch { "invalid_grant" => OidcRefusals.CodeRefused, "invalid_client" or "unauthorized_client" => OidcRefusals.ClientRefused, _ => OidcRefusals.ProviderError });
            var (identity, refused) = await tokens.IdToken(answer.IdToken, attempt.Nonce, answer.AccessToken, ct);
            if (identity is null) return (null, refused);
            var (person, notHere) = await persons.LogIn(identity, ct);
            if (person is not { } who) return (null, notHere);
            await sessions.Start(http, who, persons.Key(identity.Issuer, identity.Subject), identity.Session is { } session ? persons.SessionKey(identity.Issuer, session) : null, ct);
            return (attempt.ReturnUrl, null);
        }
        catch (OidcUnavailable why)
        {
            Unavailable(why.Message);
            return (null, OidcRefusals.Unavailable);
        }
    }

    private OidcAttempt? Attempt(HttpContext http, string state)
    {
        if (state.Length is < 20 or > 100 || http.Request.Cookies[Cookie(state)] is not { Length: > 0 and < 4096 } cookie) return null;
        try
        {
            var attempt = JsonSerializer.Deserialize<OidcAttempt>(sealing.Unprotect(cookie));
            return attempt is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(attempt.State), Encoding.UTF8.GetBytes(state)) ? attempt : null;
        }
        catch (Exception error) when (error is CryptographicException or JsonException)
        {
            return null;
        }
    }

    // Two tabs may log in at once: each attempt has a cookie of its own, named by a digest of its state, which is no more than letters and digits.
    private static string Cookie(string state) => string.Create(CultureInfo.InvariantCulture, $"archive-oidc-{Convert.ToHexStringLower(SHA256.HashData(Encoding.UTF8.GetBytes(state)).AsSpan(0, 8))}");

    // Lax: the answer comes by a link from the provider's site.
    private static CookieOptions Lasting(HttpContext http, TimeSpan? lasts) =>
        new() { HttpOnly = true, SameSite = SameSiteMode.Lax, Secure = http.Request.IsHttps, Path = "/logga-in", MaxAge = lasts, IsEssential = true };

    private static string Random() => WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(32));

    [LoggerMessage(EventId = 7101, Level = LogLevel.Warning, Message = "A log-in at the identity provider was refused: {Code}")]
    private partial void Refused(string code);

    [LoggerMessage(EventId = 7102, Level = LogLevel.Error, Message = "The identity provider cannot be used: {What}")]
    private partial void Unavailable(string what);
}
