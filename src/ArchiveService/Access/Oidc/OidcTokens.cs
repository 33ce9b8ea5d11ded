using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.IdentityModel.JsonWebTokens;
using Microsoft.IdentityModel.Tokens;

namespace ArchiveService.Access.Oidc;

/// <summary>Who the provider says has logged in.</summary>
/// <param name="Session">The provider's own session, when it tells it (sid).</param>
public sealed record OidcIdentity(string Issuer, string Subject, string? Session, string? Name, string? Username, IReadOnlyList<string> Roles);

/// <summary>Whose sessions the provider ends: one of them, or all of the subject's.</summary>
public sealed record OidcLogOut(string Issuer, string? Subject, string? Session);

/// <summary>
/// Validates what the provider signed (OpenID Connect Core 3.1.3.7, Back-Channel Logout 2.6): signature under one of its published keys, by an algorithm of the list and never by
/// none or a shared secret; issuer, audience, authorised party, times, nonce, and that the access token is the one it came with. What is wrong is told by a code; nothing of the
/// token is told or logged.
/// </summary>
public sealed class OidcTokens(OidcOptions options, OidcProvider provider, TimeProvider clock)
{
    /// <summary>For clocks that do not quite agree.</summary>
    public static readonly TimeSpan Skew = TimeSpan.FromSeconds(60);

    /// <summary>A logout token is sent at once.</summary>
    private static readonly TimeSpan LogOutFresh = TimeSpan.FromMinutes(5);

    private const int Longest = 64 * 1024;
    private const string LogOutEvent = "http://schemas.openid.net/event/backchannel-logout";

    private static readonly string[] Algorithms =
    [
        SecurityAlgorithms.RsaSha256, SecurityAlgorithms.RsaSha384, SecurityAlgorithms.RsaSha512,
        SecurityAlgorithms.RsaSsaPssSha256, SecurityAlgorithms.RsaSsaPssSha384, SecurityAlgorithms.RsaSsaPssSha512,
        SecurityAlgorithms.EcdsaSha256, SecurityAlgorithms.EcdsaSha384, SecurityAlgorithms.EcdsaSha512,
    ];

    private readonly JsonWebTokenHandler handler = new() { MapInboundClaims = false, MaximumTokenSizeInBytes = Longest };

    public async Task<(OidcIdentity? Identity, Refusal? Refused)> IdToken(string? written, string nonce, string? accessToken, CancellationToken ct)
    {
        var (token, refused) = await Validated(written, mustExpire: true, ["JWT"], ct);
        if (token is null) return (null, refused);
        if (!Same(Claim(token, "nonce"), nonce)) return (null, OidcRefusals.Nonce);
        if (accessToken is not null && Claim(token, "at_hash") is { } hash && !Same(hash, HalfHash(token.Alg, accessToken))) return (null, OidcRefusals.AccessToken);
        if (Claim(token, "sub") is not { Length: > 0 and <= 255 } subject) return (null, OidcRefusals.Unreadable);
        return (new(token.Issuer, subject, Claim(token, "sid"), Claim(token, options.NameClaim), Claim(token, "preferred_username"), RolesOf(token)), null);
    }

    public async Task<(OidcLogOut? LogOut, Refusal? Refused)> LogOutToken(string? written, CancellationToken ct)
    {
        var (token, refused) = await Validated(written, mustExpire: false, ["JWT", "logout+jwt"], ct);
        if (token is null) return (null, refused);
        if (clock.GetUtcNow() - new DateTimeOffset(token.IssuedAt, TimeSpan.Zero) > LogOutFresh + Skew) return (null, OidcRefusals.Expired);
        // A log-in's own token must not log anybody out: it has a nonce, and no such event.
        if (Claim(token, "nonce") is not null || Claim(token, "jti") is not { Length: > 0 } || !IsLogOut(token)) return (null, OidcRefusals.NoLogOut);
        var (subject, session) = (Claim(token, "sub"), Claim(token, "sid"));
        return subject is null && session is null ? (null, OidcRefusals.NoLogOut) : (new(token.Issuer, subject, session), null);
    }

    private async Task<(JsonWebToken? Token, Refusal? Refused)> Validated(string? written, bool mustExpire, string[] types, CancellationToken ct)
    {
        if (written is not { Length: > 0 and <= Longest } || !handler.CanReadToken(written)) return (null, OidcRefusals.Unreadable);
        JsonWebToken token;
        try
        {
            token = new(written);
        }
        catch (Exception error) when (error is ArgumentException or SecurityTokenException or JsonException)
        {
            return (null, OidcRefusals.Unreadable);
        }

        if (token.IsEncrypted || !Algorithms.Contains(token.Alg, StringComparer.Ordinal)) return (null, OidcRefusals.Algorithm);
        if (token.TryGetHeaderValue<object>("crit", out _)) return (null, OidcRefusals.Unreadable);
        if (token.Typ is { Length: > 0 } type && !types.Contains(type, StringComparer.OrdinalIgnoreCase)) return (null, OidcRefusals.Unreadable);
        var about = await provider.Metadata(ct);
        var keys = await provider.Keys(string.IsNullOrEmpty(token.Kid) ? null : token.Kid, ct);
        if (keys.Count == 0) return (null, OidcRefusals.Key);

        var now = clock.GetUtcNow().UtcDateTime;
        var result = await handler.ValidateTokenAsync(token, new TokenValidationParameters
        {
            ValidIssuer = about.Issuer,
            ValidAudience = options.ClientId,
            IssuerSigningKeys = keys,
            ValidAlgorithms = Algorithms,
            RequireSignedTokens = true,
            RequireAudience = true,
            RequireExpirationTime = mustExpire,
            ValidateIssuerSigningKey = true,
            LifetimeValidator = (from, until, _, _) => (until is { } last ? last > now - Skew : !mustExpire) && (from is not { } first || first <= now + Skew),
        });
        if (!result.IsValid) return (null, Why(result.Exception));
        if (token.IssuedAt == DateTime.MinValue || token.IssuedAt > now + Skew) return (null, OidcRefusals.Expired);
        var party = Claim(token, "azp");
        if (party is null ? token.Audiences.Count() > 1 : party != options.ClientId) return (null, OidcRefusals.Audience);
        return (token, null);
    }

    private static Refusal Why(Exception? error) => error switch
    {
        SecurityTokenInvalidIssuerException => OidcRefusals.Issuer,
        SecurityTokenInvalidAudienceException => OidcRefusals.Audience,
        SecurityTokenInvalidAlgorithmException => OidcRefusals.Algorithm,
        SecurityTokenInvalidLifetimeException or SecurityTokenExpiredException or SecurityTokenNotYetValidException or SecurityTokenNoExpirationException => OidcRefusals.Expired,
        SecurityTokenSignatureKeyNotFoundException or SecurityTokenInvalidSigningKeyException => OidcRefusals.Key,
        SecurityTokenInvalidSignatureException => OidcRefusals.Signature,
        _ => OidcRefusals.Unreadable,
    };

    private IReadOnlyList<string> RolesOf(JsonWebToken token)
    {
        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        var at = payload.RootElement;
        // A claim may have dots in its name, as addresses have; otherwise they lead into objects, as Keycloak nests them.
        if (!at.TryGetProperty(options.RoleClaim, out var found))
        {
            found = at;
            foreach (var step in options.RoleClaim.Split('.'))
            {
                if (found.ValueKind != JsonValueKind.Object || !found.TryGetProperty(step, out found)) return [];
            }
        }

        return found.ValueKind switch
        {
            JsonValueKind.String => [found.GetString()!],
            JsonValueKind.Array => [.. found.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)],
            _ => [],
        };
    }

    private static bool IsLogOut(JsonWebToken token)
    {
        using var payload = JsonDocument.Parse(Base64UrlEncoder.DecodeBytes(token.EncodedPayload));
        return payload.RootElement.TryGetProperty("events", out var events) && events.ValueKind == JsonValueKind.Object && events.TryGetProperty(LogOutEvent, out var happened) && happened.ValueKind == JsonValueKind.Object;
    }

    private static string? Claim(JsonWebToken token, string name) => token.TryGetPayloadValue<string>(name, out var value) ? value : null;

    private static bool Same(string? one, string other) => one is not null && CryptographicOperations.FixedTimeEquals(Encoding.UTF8.GetBytes(one), Encoding.UTF8.GetBytes(other));

    private static string HalfHash(string algorithm, string token)
    {
        var ascii = Encoding.ASCII.GetBytes(token);
        var hash = algorithm[^3..] switch
        {
            "384" => SHA384.HashData(ascii),
            "512" => SHA512.HashData(ascii),
            _ => SHA256.HashData(ascii),
        };
        return WebEncoders.Base64UrlEncode(hash.AsSpan(0, hash.Length / 2));
    }
}
