using ArchiveService.Access;

namespace ArchiveService.Features.PageParts;

/// <summary>Who is looking, as far as the frame of the page needs to know.</summary>
public sealed record Reader(string Name, IReadOnlyList<Role> Roles, string? Place = null)
{
    public static Reader? From(Caller? caller) => caller is null
        ? null
        : new Reader(caller.Name, [.. caller.Grants.Select(grant => grant.Role).Distinct()]);

    /// <summary>"Registrator och arkivarie, Granvika kommun"; many roles are counted, so that the line stays a line.</summary>
    public string RoleLine
    {
        get
        {
            var said = Roles.Select(role => Swedish.Role(role.ToString())).ToArray() switch
            {
                [] => "Utan roll",
                [var one] => one,
                [var one, var two] => $"{one} och {two}",
                [var first, .. var rest] => $"{first} och {Swedish.InWords(rest.Length)} roller till",
            };
            return Swedish.Sentence(said) + (Place is null ? "" : ", " + Place);
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
    private static readonly (string Group, string Text, string Href, string[] Also, Role[] Roles)[] Pages =
    [
        ("Arbete", "Start", "/", [], []),
        ("Arbete", "Arbetslista", "/arbetslista", [], [Role.Moderator, Role.Kommunikator, Role.Chef, Role.Registrator]),
        ("Arbete", "Postöppning", "/postoppning", [], [Role.Registrator, Role.Moderator, Role.Chef]),
        ("Arbete", "Fördelning", "/fordelning", [], [Role.Registrator, Role.Chef, Role.Moderator, Role.Kommunikator, Role.Arkivarie, Role.Admin]),
        ("Arbete", "Ersättare", "/ersattare", [], [Role.Registrator, Role.Arkivarie, Role.Chef, Role.Moderator, Role.Kommunikator, Role.Admin]),
        ("Arbete", "Sök handlingar", "/sok", ["/handlingar", "/min-logg"], []),
        ("Arbete", "Insamling", "/insamling", [], [Role.Moderator, Role.Kommunikator, Role.Admin, Role.Registrator]),
        ("Arbete", "Källor", "/kallor", [], [Role.Kommunikator, Role.Admin, Role.Moderator, Role.Registrator, Role.Chef, Role.Revisor]),
        ("Arbete", "Läs in filer", "/import", [], [Role.Kommunikator, Role.Admin, Role.Registrator]),
        ("Arbete", "Borttaget", "/borttaget", [], []),
        ("Arbete", "Blockerade", "/blockerade", [], [Role.Moderator, Role.Kommunikator, Role.Chef, Role.Registrator, Role.Revisor, Role.Admin]),
        ("Arbete", "Jour", "/jour", [], [Role.Moderator, Role.Kommunikator, Role.Registrator, Role.Chef, Role.Admin]),
        ("Diarium och arkiv", "Diarium", "/diarium", [], [Role.Registrator, Role.Arkivarie, Role.Moderator, Role.Revisor, Role.Chef, Role.Admin]),
        ("Diarium och arkiv", "Ärenden", "/arenden", [], [Role.Registrator, Role.Arkivarie, Role.Moderator, Role.Revisor, Role.Chef, Role.Admin]),
        ("Diarium och arkiv", "Postlista", "/diarium/postlista", [], [Role.Registrator, Role.Arkivarie, Role.Moderator, Role.Revisor, Role.Chef, Role.Admin]),
        ("Diarium och arkiv", "Utgående", "/diarium/utgaende", [], [Role.Registrator, Role.Arkivarie, Role.Admin]),
        ("Diarium och arkiv", "Sekretess", "/sekretess", [], [Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef]),
        ("Diarium och arkiv", "Skyddade identiteter", "/skyddade-identiteter", [], [Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef]),
        ("Diarium och arkiv", "Utlämnanden", "/utlamnanden", [], [Role.Registrator, Role.Arkivarie, Role.Moderator, Role.Kommunikator, Role.Revisor, Role.Chef, Role.Admin]),
        ("Diarium och arkiv", "Registerutdrag", "/registerutdrag", [], [Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef]),
        ("Diarium och arkiv", "Gallring", "/gallring", [], [Role.Arkivarie, Role.Revisor, Role.Registrator, Role.Chef, Role.Admin]),
        ("Diarium och arkiv", "Delegation", "/delegation", [], [Role.Chef, Role.Registrator, Role.Arkivarie, Role.Admin, Role.Revisor]),
        ("Diarium och arkiv", "Konton", "/konton", [], [Role.Revisor, Role.Registrator, Role.Arkivarie, Role.Moderator, Role.Admin]),
        ("Förvaltning", "Kanaler", "/kanaler", [], [Role.Kommunikator, Role.Chef, Role.Admin, Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Revisor]),
        ("Förvaltning", "Behöriga användare", "/behoriga", [], [Role.Kommunikator, Role.Chef, Role.Admin, Role.Moderator, Role.Revisor]),
        ("Förvaltning", "Ögonblicksbilder", "/ogonblicksbilder", [], [Role.Kommunikator, Role.Moderator, Role.Arkivarie, Role.Chef, Role.Admin, Role.Revisor]),
        ("Förvaltning", "Samtycken", "/samtycken", [], [Role.Kommunikator, Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Chef, Role.Revisor]),
        ("Förvaltning", "Standardlägen", "/standardlagen", [], [Role.Registrator, Role.Chef, Role.Arkivarie, Role.Moderator, Role.Revisor]),
        ("Förvaltning", "Myndigheter", "/myndigheter", [], [Role.Admin, Role.Chef, Role.Arkivarie, Role.Revisor]),
        ("Förvaltning", "Granskning", "/granskning", [], [Role.Revisor, Role.Registrator, Role.Moderator, Role.Arkivarie]),
        ("Förvaltning", "Loggen", "/granskning/logg", [], [Role.Revisor, Role.Admin]),
        ("Förvaltning", "Bevis", "/bevis", [], [Role.Revisor, Role.Arkivarie, Role.Admin, Role.Registrator]),
        ("Förvaltning", "Kontroll", "/kontroll", [], [Role.Revisor, Role.Arkivarie, Role.Admin]),
        ("Förvaltning", "Drift", "/drift", [], [Role.Admin, Role.Revisor, Role.Arkivarie]),
        ("Förvaltning", "Användare", "/anvandare", [], [Role.Admin]),
        ("Utan inloggning", "Publikt diarium", "/offentligt/diarium", [], []),
        ("Utan inloggning", "Begär en handling", "/offentligt/begar", [], []),
        ("Utan inloggning", "Arkivens innehåll", "/offentligt/myndigheter", [], []),
        ("Utan inloggning", "Våra kanaler", "/offentligt/kanaler", [], []),
        ("Utan inloggning", "Nedtaget", "/offentligt/nedtaget", [], []),
    ];

    public static IReadOnlyList<MenuGroup> For(IReadOnlyList<Role> roles) =>
    [
        .. Pages
            .Where(page => page.Roles.Length == 0 || page.Roles.Intersect(roles).Any())
            .GroupBy(page => page.Group)
            .Select(group => new MenuGroup(group.Key, [.. group.Select(page => new MenuItem(page.Text, page.Href, page.Also))])),
    ];
}
