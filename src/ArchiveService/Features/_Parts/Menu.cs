using System.Security.Claims;

namespace ArchiveService.Features.PageParts;

/// <summary>Who is looking, as far as the frame of the page needs to know. Roles may carry an authority: "registrator:KS".</summary>
public sealed record Reader(string Name, IReadOnlySet<string> Roles, string? Authority)
{
    /// <summary>The claim with the authority's name for the top bar.</summary>
    public const string AuthorityClaim = "authority_name";

    public static Reader? From(ClaimsPrincipal user) => user.Identity is not { IsAuthenticated: true } identity
        ? null
        : new Reader(
            identity.Name ?? "Okänd",
            user.Claims
                .Where(claim => claim.Type is ClaimTypes.Role or "role")
                .Select(claim => claim.Value.Split(':', '@')[0])
                .ToHashSet(StringComparer.Ordinal),
            user.FindFirst(AuthorityClaim)?.Value);

    /// <summary>"Arkivarie och registrator, Granvika kommun"; many roles are counted, so that the line stays a line.</summary>
    public string RoleLine
    {
        get
        {
            var said = Roles.Order(StringComparer.Ordinal).Select(Swedish.Role).ToArray() switch
            {
                [] => "Utan roll",
                [var one] => one,
                [var one, var two] => $"{one} och {two}",
                [var first, .. var rest] => $"{first} och {Swedish.InWords(rest.Length)} roller till",
            };
            return Swedish.Sentence(said) + (Authority is null ? "" : ", " + Authority);
        }
    }
}

public sealed record MenuGroup(string Title, IReadOnlyList<MenuItem> Items);

/// <summary>A page in the menu; <paramref name="Also"/> are addresses that belong to it.</summary>
public sealed record MenuItem(string Text, string Href, IReadOnlyList<string> Also)
{
    /// <summary>"page" on the page itself, "true" below it, else nothing.</summary>
    public string? Current(string path) =>
        string.Equals(path, Href, StringComparison.OrdinalIgnoreCase) ? "page"
        : Below(path, Href) || Also.Any(also => Below(path, also)) ? "true"
        : null;

    private static bool Below(string path, string root) =>
        root.Length > 1 && (path + "/").StartsWith(root + "/", StringComparison.OrdinalIgnoreCase);
}

/// <summary>Which pages stand in the side menu for which roles. The pages themselves decide who may open them.</summary>
public static class Menu
{
    private static readonly (string Group, string Text, string Href, string[] Also, string[] Roles)[] Pages =
    [
        ("Arbete", "Start", "/", [], []),
        ("Arbete", "Sök handlingar", "/sok", ["/handlingar"], []),
        ("Arbete", "Insamling", "/insamling", [], ["moderator", "kommunikator", "admin", "registrator"]),
        ("Diarium och arkiv", "Diarium", "/diarium", ["/arenden"], ["registrator", "arkivarie", "moderator", "revisor", "chef", "admin"]),
        ("Diarium och arkiv", "Gallring", "/gallring", [], ["arkivarie", "revisor", "registrator", "chef", "admin"]),
        ("Diarium och arkiv", "Konton", "/konton", [], ["revisor", "registrator", "arkivarie", "moderator", "admin"]),
        ("Förvaltning", "Kanaler", "/kanaler", [], ["kommunikator", "chef", "admin", "moderator", "registrator", "arkivarie", "revisor"]),
        ("Förvaltning", "Myndigheter", "/myndigheter", [], ["admin", "chef", "arkivarie", "revisor"]),
        ("Förvaltning", "Användare", "/anvandare", [], ["admin"]),
        ("Utan inloggning", "Publikt diarium", "/offentligt/diarium", [], []),
        ("Utan inloggning", "Våra kanaler", "/offentligt/kanaler", [], []),
    ];

    public static IReadOnlyList<MenuGroup> For(IReadOnlySet<string> roles) =>
    [
        .. Pages
            .Where(page => page.Roles.Length == 0 || page.Roles.Any(roles.Contains))
            .GroupBy(page => page.Group)
            .Select(group => new MenuGroup(group.Key, [.. group.Select(page => new MenuItem(page.Text, page.Href, page.Also))])),
    ];
}
