using System.Net;
using ArchiveService.Hosting;

namespace ArchiveService.Access.Oidc;

/// <summary>A value of the role claim and what it gives: a role at an authority, or at all when <paramref name="Authority"/> is null.</summary>
public sealed record MappedRole(string Claim, Role Role, string? Authority);

/// <summary>The identity provider that people log in at, from <c>Oidc__…</c>. Where there is one, there are no local accounts.</summary>
/// <param name="Authority">The issuer's address, without a slash at the end.</param>
/// <param name="RoleClaim">Which claim of the id token holds the roles; dots lead into objects, as <c>realm_access.roles</c>.</param>
/// <param name="Mapped">When there are any, only these values of the role claim count.</param>
/// <param name="Called">What the button says.</param>
/// <param name="PublicAddress">The service's own address as browsers see it, where a proxy hides it.</param>
public sealed record OidcOptions(
    string Authority, string ClientId, string ClientSecret, string RoleClaim, string NameClaim, string Scope, IReadOnlyList<MappedRole> Mapped, string Called, Uri? PublicAddress)
{
    public const string SignInPath = "/logga-in/oidc";

    public const string LogOutPath = "/logga-in/oidc/avslut";

    /// <exception cref="CannotStart">What is configured cannot be used.</exception>
    public static OidcOptions? From(IConfiguration configuration)
    {
        var section = configuration.GetSection("Oidc");
        if (section["Authority"] is not { Length: > 0 } authority) return null;
        if (!Uri.TryCreate(authority, UriKind.Absolute, out var issuer) || !MayAsk(issuer) || issuer.Query.Length + issuer.Fragment.Length + issuer.UserInfo.Length > 0)
            throw new CannotStart("Oidc__Authority has to be the https address of the identity provider, such as https://login.example.se/realms/kommun (http is for 127.0.0.1 only).");
        if (section["ClientId"] is not { Length: > 0 } client) throw new CannotStart("Oidc__Authority is set: Oidc__ClientId has to be set too.");
        if (section["ClientSecret"] is not { Length: > 0 } secret) throw new CannotStart("Oidc__Authority is set: Oidc__ClientSecret has to be set too.");
        Uri? own = null;
        if (section["PublicAddress"] is { Length: > 0 } address && (!Uri.TryCreate(address, UriKind.Absolute, out own) || !MayAsk(own)))
            throw new CannotStart("Oidc__PublicAddress has to be the https address that browsers reach the service at.");

        return new(
            authority.TrimEnd('/'), client, secret, Said(section, "RoleClaim", "roles"), Said(section, "NameClaim", "name"), Scopes(section["Scope"]),
            [.. section.GetSection("Roles").GetChildren().Select(Mapping)], Said(section, "Called", "organisationens konto"), own);
    }

    /// <summary>https, or this very machine.</summary>
    public static bool MayAsk(Uri address) =>
        address.Scheme == Uri.UriSchemeHttps
        || (address.Scheme == Uri.UriSchemeHttp && (address.Host == "localhost" || (IPAddress.TryParse(address.Host.Trim('[', ']'), out var ip) && IPAddress.IsLoopback(ip))));

    /// <summary>An address of ours, as the provider and the browser are told it.</summary>
    public string Own(HttpRequest request, string path) =>
        PublicAddress is { } own ? own.AbsoluteUri.TrimEnd('/') + path : $"{request.Scheme}://{request.Host}{request.PathBase}{path}";

    private static string Said(IConfiguration section, string key, string otherwise) => section[key] is { Length: > 0 } said ? said : otherwise;

    private static string Scopes(string? asked)
    {
        var scopes = (asked ?? "openid profile").Split((char[])[' ', ','], StringSplitOptions.RemoveEmptyEntries);
        return string.Join(' ', scopes.Prepend("openid").Distinct(StringComparer.Ordinal));
    }

    private static MappedRole Mapping(IConfigurationSection line) =>
        line["Claim"] is { Length: > 0 } claim && ArchiveService.Access.Roles.Find(line["Role"] ?? "") is { } role and not Role.Connector
            ? new(claim, role, line["Authority"] is { Length: > 0 } code ? code : null)
            : throw new CannotStart($"Oidc__Roles__{line.Key}: give __Claim, the value in the role claim, and __Role, one of moderator, registrator, arkivarie, revisor, chef, kommunikator, admin; __Authority is an authority's code, or absent for all.");

    /// <summary>Without the secret, wherever it is written.</summary>
    public override string ToString() => $"{Authority} as {ClientId}";
}
