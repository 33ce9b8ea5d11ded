using System.Net;
using System.Net.Http.Headers;
using System.Text;
using System.Text.Json;
using Microsoft.IdentityModel.Tokens;

namespace ArchiveService.Access.Oidc;

/// <summary>What the provider says of itself (OpenID Connect Discovery).</summary>
/// <param name="SaysIssuer">Its answers to the browser name it (RFC 9207).</param>
public sealed record OidcMetadata(string Issuer, Uri Authorization, Uri Token, Uri Jwks, Uri? EndSession, bool SecretInBody, bool SaysIssuer);

/// <summary>What came of a code.</summary>
public sealed record OidcTokenAnswer(string? IdToken, string? AccessToken, string? Error);

/// <summary>The provider cannot be reached, or does not answer as one. Nothing of what it said goes along.</summary>
public sealed class OidcUnavailable(string what, Exception? cause = null) : Exception(what, cause);

/// <summary>
/// Asks the identity provider: its metadata and keys, kept for a while, and what a code is worth. Keys are fetched again when a token names one that is not known, once a minute
/// at most: the provider may change its keys at any time, and nobody can make us ask it without end.
/// </summary>
public sealed class OidcProvider : IDisposable
{
    public static readonly TimeSpan BetweenRefetches = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan Kept = TimeSpan.FromHours(12);

    /// <summary>A provider that does not answer is not asked by each who waits, one after the other.</summary>
    private static readonly TimeSpan AfterFailure = TimeSpan.FromSeconds(10);

    private readonly OidcOptions options;
    private readonly TimeProvider clock;
    private readonly HttpClient http;
    private readonly SemaphoreSlim one = new(1, 1);
    private Known<OidcMetadata>? metadata;
    private Known<IReadOnlyList<JsonWebKey>>? keys;
    private DateTimeOffset metadataAsked;
    private DateTimeOffset keysAsked;

    public OidcProvider(OidcOptions options, TimeProvider clock)
    {
        (this.options, this.clock) = (options, clock);
        http = new(new SocketsHttpHandler { AllowAutoRedirect = false, UseCookies = false, PooledConnectionLifetime = TimeSpan.FromMinutes(5) })
        {
            Timeout = TimeSpan.FromSeconds(10),
            MaxResponseContentBufferSize = 1024 * 1024,
        };
    }

    public void Dispose()
    {
        http.Dispose();
        one.Dispose();
    }

    public async Task<OidcMetadata> Metadata(CancellationToken ct)
    {
        if (metadata is { } known && clock.GetUtcNow() - known.At < Kept) return known.Value;
        await one.WaitAsync(ct);
        try
        {
            var now = clock.GetUtcNow();
            if (metadata is { } meanwhile && now - meanwhile.At < Kept) return meanwhile.Value;
            if (now - metadataAsked < AfterFailure) return metadata?.Value ?? throw new OidcUnavailable("The identity provider did not answer a moment ago.");
            metadataAsked = now;
            try
            {
                metadata = new(Read(await Get(new($"{options.Authority}/.well-known/openid-configuration"), ct)), now);
            }
            catch (OidcUnavailable) when (metadata is not null)
            {
                // What it said before holds until it answers.
            }

            return metadata.Value;
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>The keys it signs with: those that <paramref name="kid"/> names, or all when a token names none. Empty when it has no such key.</summary>
    public async Task<IReadOnlyList<JsonWebKey>> Keys(string? kid, CancellationToken ct)
    {
        var address = (await Metadata(ct)).Jwks;
        await one.WaitAsync(ct);
        try
        {
            var now = clock.GetUtcNow();
            var named = Named(kid);
            if (keys is { } known ? (now - known.At < Kept && named.Count > 0) || now - keysAsked < BetweenRefetches : now - keysAsked < AfterFailure) return named;
            keysAsked = now;
            try
            {
                keys = new(Usable(await Get(address, ct)), now);
            }
            catch (OidcUnavailable) when (named.Count > 0)
            {
                // Those it published before hold until it answers.
            }

            return Named(kid);
        }
        finally
        {
            one.Release();
        }
    }

    /// <summary>Exchanges a code. The secret and the verifier go to the token endpoint and nowhere else.</summary>
    public async Task<OidcTokenAnswer> Exchange(string code, string verifier, string redirectUri, CancellationToken ct)
    {
        var about = await Metadata(ct);
        var form = new List<KeyValuePair<string, string>> { new("grant_type", "authorization_code"), new("code", code), new("redirect_uri", redirectUri), new("code_verifier", verifier) };
        using var request = new HttpRequestMessage(HttpMethod.Post, about.Token);
        if (about.SecretInBody)
        {
            form.Add(new("client_id", options.ClientId));
            form.Add(new("client_secret", options.ClientSecret));
        }
        else
        {
            // RFC 6749 2.3.1: each is form-encoded before the two are joined.
            var basic = $"{WebUtility.UrlEncode(options.ClientId)}:{WebUtility.UrlEncode(options.ClientSecret)}";
            request.Headers.Authorization = new("Basic", Convert.ToBase64String(Encoding.UTF8.GetBytes(basic)));
        }

        request.Headers.Accept.Add(new MediaTypeWithQualityHeaderValue("application/json"));
        request.Content = new FormUrlEncodedContent(form);
        var (status, body) = await Send(request, ct);
        using var said = body;
        return status == HttpStatusCode.OK
            ? new(Text(said.RootElement, "id_token"), Text(said.RootElement, "access_token"), null)
            : new(null, null, Text(said.RootElement, "error") ?? "unknown");
    }

    private IReadOnlyList<JsonWebKey> Named(string? kid) => keys is not { } known ? [] : kid is null ? known.Value : [.. known.Value.Where(k => k.Kid == kid)];

    // One reference, so that who reads it without the lock never sees half of it.
    private sealed record Known<T>(T Value, DateTimeOffset At);

    private OidcMetadata Read(JsonDocument said)
    {
        using (said)
        {
            var root = said.RootElement;
            // The issuer is what it was configured as, to the letter: what somebody else serves at the address is not it.
            if (Text(root, "issuer") is not { } issuer || issuer.TrimEnd('/') != options.Authority) throw new OidcUnavailable("The identity provider calls itself something else than Oidc__Authority.");
            var methods = Texts(root, "token_endpoint_auth_methods_supported");
            return new(
                issuer, Address(root, "authorization_endpoint")!, Address(root, "token_endpoint")!, Address(root, "jwks_uri")!, Address(root, "end_session_endpoint", optional: true),
                SecretInBody: methods.Contains("client_secret_post") && !methods.Contains("client_secret_basic"),
                SaysIssuer: root.TryGetProperty("authorization_response_iss_parameter_supported", out var says) && says.ValueKind == JsonValueKind.True);
        }
    }

    private static Uri? Address(JsonElement root, string name, bool optional = false)
    {
        if (Text(root, name) is { } written && Uri.TryCreate(written, UriKind.Absolute, out var address) && OidcOptions.MayAsk(address)) return address;
        return optional ? null : throw new OidcUnavailable($"The identity provider's metadata have no usable {name}.");
    }

    // Only keys that verify: a symmetric one in a published set would let anybody sign.
    private static IReadOnlyList<JsonWebKey> Usable(JsonDocument said)
    {
        using (said)
        {
            try
            {
                return [.. new JsonWebKeySet(said.RootElement.GetRawText()).Keys.Where(k => k.Use is null or "" or "sig" && k.Kty switch
                {
                    JsonWebAlgorithmsKeyTypes.RSA => k.KeySize >= 2048,
                    JsonWebAlgorithmsKeyTypes.EllipticCurve => true,
                    _ => false,
                })];
            }
            catch (ArgumentException unreadable)
            {
                throw new OidcUnavailable("The identity provider's keys cannot be read.", unreadable);
            }
        }
    }

    private async Task<JsonDocument> Get(Uri address, CancellationToken ct)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, address);
        var (status, body) = await Send(request, ct);
        if (status == HttpStatusCode.OK) return body;
        body.Dispose();
        throw new OidcUnavailable($"The identity provider answered {(int)status}.");
    }

    private async Task<(HttpStatusCode Status, JsonDocument Body)> Send(HttpRequestMessage request, CancellationToken ct)
    {
        try
        {
            using var answer = await http.SendAsync(request, ct);
            return (answer.StatusCode, JsonDocument.Parse(await answer.Content.ReadAsByteArrayAsync(ct), new() { MaxDepth = 16 }));
        }
        catch (Exception error) when (error is HttpRequestException or JsonException || (error is OperationCanceledException && !ct.IsCancellationRequested))
        {
            throw new OidcUnavailable("The identity provider cannot be reached, or did not answer with JSON.", error is JsonException ? null : error);
        }
    }

    private static string? Text(JsonElement root, string name) => root.ValueKind == JsonValueKind.Object && root.TryGetProperty(name, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

    private static IReadOnlyList<string> Texts(JsonElement root, string name) =>
        root.TryGetProperty(name, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Where(v => v.ValueKind == JsonValueKind.String).Select(v => v.GetString()!)] : [];
}
