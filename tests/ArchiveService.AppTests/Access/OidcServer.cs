using System.Collections.Concurrent;
using System.Net;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.Logging;

namespace ArchiveService.AppTests.AccessTests;

/// <summary>Who logs in next at the provider, and what its token then says.</summary>
internal sealed record ProviderUser(string Subject, string? Name, string? Session, params string[] Roles);

/// <summary>
/// A small OpenID Connect provider: discovery, authorize, token (which checks the secret, the redirect address and PKCE, and takes a code once), keys and end of session. Its tokens
/// are put together by hand, so that a test can make it say or sign what no provider should.
/// </summary>
internal sealed class OidcServer : IAsyncDisposable
{
    public const string ClientId = "arkivet";
    public const string Secret = "hemlig+nyckel/1 2";

    private readonly WebApplication app;
    private readonly TimeProvider clock;
    private readonly ConcurrentDictionary<string, Given> codes = new(StringComparer.Ordinal);
    private List<(string Kid, AsymmetricAlgorithm Key)> keys;
    private int rotations;

    private OidcServer(WebApplication app, TimeProvider clock)
    {
        (this.app, this.clock) = (app, clock);
        keys = [("k0", RSA.Create(2048)), ("e0", ECDsa.Create(ECCurve.NamedCurves.nistP256))];
    }

    private sealed record Given(string RedirectUri, string Nonce, string Challenge, ProviderUser User);

    public string Issuer => app.Urls.First();

    public ProviderUser User { get; set; } = new("nobody", "Ingen", null);

    /// <summary>Which of its keys signs: RS256 with an RSA key, ES256 with an elliptic one.</summary>
    public bool Elliptic { get; set; }

    /// <summary>Changes what the next tokens say.</summary>
    public Action<JsonObject>? Says { get; set; }

    /// <summary>Makes something else of the next tokens, after they are signed.</summary>
    public Func<OidcServer, JsonObject, string>? Signs { get; set; }

    public bool RefusesClient { get; set; }

    /// <summary>Answers what is no answer.</summary>
    public bool Down { get; set; }

    public int KeyRequests { get; private set; }

    /// <summary>Everything that must not stand in a log.</summary>
    public ConcurrentBag<string> Confidential { get; } = [Secret];

    public static async Task<OidcServer> Start(TimeProvider clock)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        builder.Logging.ClearProviders();
        var app = builder.Build();
        var server = new OidcServer(app, clock);
        app.MapGet("/.well-known/openid-configuration", server.Discovery);
        app.MapGet("/authorize", server.Authorize);
        app.MapPost("/token", (Delegate)server.Token);
        app.MapGet("/jwks", server.Keys);
        await app.StartAsync();
        return server;
    }

    public async ValueTask DisposeAsync()
    {
        await app.DisposeAsync();
        foreach (var (_, key) in keys) key.Dispose();
    }

    /// <summary>New keys, under new names; the old ones are gone.</summary>
    public void Rotate()
    {
        rotations++;
        foreach (var (_, key) in keys) key.Dispose();
        keys = [($"k{rotations}", RSA.Create(2048)), ($"e{rotations}", ECDsa.Create(ECCurve.NamedCurves.nistP256))];
    }

    public string KeyName => keys[Elliptic ? 1 : 0].Kid;

    public byte[] PublicKey => ((RSA)keys[0].Key).ExportSubjectPublicKeyInfo();

    public JsonObject Claims(ProviderUser user, string? nonce)
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = ClientId,
            ["sub"] = user.Subject,
            ["exp"] = now + 300,
            ["iat"] = now,
            ["roles"] = new JsonArray([.. user.Roles.Select(r => (JsonNode)r)]),
        };
        if (nonce is not null) claims["nonce"] = nonce;
        if (user.Name is not null) claims["name"] = user.Name;
        if (user.Session is not null) claims["sid"] = user.Session;
        return claims;
    }

    public string LogOutToken(string? subject, string? session, Action<JsonObject>? change = null, string type = "logout+jwt")
    {
        var now = clock.GetUtcNow().ToUnixTimeSeconds();
        var claims = new JsonObject
        {
            ["iss"] = Issuer,
            ["aud"] = ClientId,
            ["iat"] = now,
            ["exp"] = now + 120,
            ["jti"] = Guid.CreateVersion7().ToString("N"),
            ["events"] = new JsonObject { ["http://schemas.openid.net/event/backchannel-logout"] = new JsonObject() },
        };
        if (subject is not null) claims["sub"] = subject;
        if (session is not null) claims["sid"] = session;
        change?.Invoke(claims);
        return Signed(claims, type: type);
    }

    public string Signed(JsonObject claims, string? kid = null, string? type = "JWT", AsymmetricAlgorithm? with = null)
    {
        var (named, key) = keys[Elliptic ? 1 : 0];
        key = with ?? key;
        var header = new JsonObject { ["alg"] = key is RSA ? "RS256" : "ES256", ["kid"] = kid ?? named };
        if (type is not null) header["typ"] = type;
        var signed = $"{Part(header)}.{Part(claims)}";
        var bytes = Encoding.ASCII.GetBytes(signed);
        var signature = key switch
        {
            RSA rsa => rsa.SignData(bytes, HashAlgorithmName.SHA256, RSASignaturePadding.Pkcs1),
            ECDsa elliptic => elliptic.SignData(bytes, HashAlgorithmName.SHA256, DSASignatureFormat.IeeeP1363FixedFieldConcatenation),
            _ => throw new InvalidOperationException("No such key."),
        };
        return $"{signed}.{WebEncoders.Base64UrlEncode(signature)}";
    }

    public static string Part(JsonObject part) => WebEncoders.Base64UrlEncode(Encoding.UTF8.GetBytes(part.ToJsonString()));

    private IResult Discovery() => Results.Json(new Dictionary<string, object>(StringComparer.Ordinal)
    {
        ["issuer"] = Issuer,
        ["authorization_endpoint"] = $"{Issuer}/authorize",
        ["token_endpoint"] = $"{Issuer}/token",
        ["jwks_uri"] = $"{Issuer}/jwks",
        ["end_session_endpoint"] = $"{Issuer}/end",
        ["authorization_response_iss_parameter_supported"] = true,
        ["token_endpoint_auth_methods_supported"] = new[] { "client_secret_basic" },
    });

    private IResult Keys()
    {
        KeyRequests++;
        return Results.Json(new { keys = keys.Select(Published) });
    }

    private static Dictionary<string, string> Published((string Kid, AsymmetricAlgorithm Key) key)
    {
        var published = new Dictionary<string, string>(StringComparer.Ordinal) { ["kid"] = key.Kid, ["use"] = "sig" };
        if (key.Key is RSA rsa)
        {
            var parameters = rsa.ExportParameters(false);
            (published["kty"], published["n"], published["e"]) = ("RSA", WebEncoders.Base64UrlEncode(parameters.Modulus!), WebEncoders.Base64UrlEncode(parameters.Exponent!));
        }
        else
        {
            var point = ((ECDsa)key.Key).ExportParameters(false).Q;
            (published["kty"], published["crv"], published["x"], published["y"]) = ("EC", "P-256", WebEncoders.Base64UrlEncode(point.X!), WebEncoders.Base64UrlEncode(point.Y!));
        }

        return published;
    }

    private IResult Authorize(HttpContext http)
    {
        var asked = http.Request.Query;
        if (asked["response_type"] != "code" || asked["client_id"] != ClientId || asked["code_challenge_method"] != "S256" || asked["state"].ToString().Length < 20 || asked["nonce"].ToString().Length < 20
            || !asked["scope"].ToString().Split(' ').Contains("openid")) return Results.BadRequest();
        var code = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(24));
        Confidential.Add(code);
        codes[code] = new(asked["redirect_uri"]!, asked["nonce"]!, asked["code_challenge"]!, User);
        return Results.Redirect(QueryHelpers.AddQueryString(asked["redirect_uri"]!, new Dictionary<string, string?>(StringComparer.Ordinal) { ["code"] = code, ["state"] = asked["state"], ["iss"] = Issuer }));
    }

    private async Task<IResult> Token(HttpContext http)
    {
        if (Down) return Results.Text("<html>Underhåll</html>", "text/html", statusCode: 503);
        var form = await http.Request.ReadFormAsync();
        var basic = $"Basic {Convert.ToBase64String(Encoding.UTF8.GetBytes($"{WebUtility.UrlEncode(ClientId)}:{WebUtility.UrlEncode(Secret)}"))}";
        if (RefusesClient || http.Request.Headers.Authorization != basic) return Results.Json(new { error = "invalid_client" }, statusCode: 401);
        if (form["grant_type"] != "authorization_code" || !codes.TryRemove(form["code"].ToString(), out var given) || given.RedirectUri != form["redirect_uri"]
            || WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(form["code_verifier"].ToString()))) != given.Challenge) return Results.Json(new { error = "invalid_grant" }, statusCode: 400);

        var access = WebEncoders.Base64UrlEncode(RandomNumberGenerator.GetBytes(24));
        var claims = Claims(given.User, given.Nonce);
        claims["at_hash"] = WebEncoders.Base64UrlEncode(SHA256.HashData(Encoding.ASCII.GetBytes(access)).AsSpan(0, 16));
        Says?.Invoke(claims);
        var token = Signs is { } signs ? signs(this, claims) : Signed(claims);
        Confidential.Add(access);
        Confidential.Add(token);
        if (token.Split('.') is [_, { Length: > 20 } payload, ..]) Confidential.Add(payload);
        return Results.Json(new { access_token = access, id_token = token, token_type = "Bearer", expires_in = 300 });
    }
}
