using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Shortcuts;

/// <summary>A key, or two after each other, and what it does.</summary>
/// <param name="Key">As the browser names it; a space between two.</param>
/// <param name="Href">The page it leads to; null for what is done on the page.</param>
/// <param name="Act">The act the script knows by this name; null for an element of the page that is followed or given the focus.</param>
public sealed record Shortcut(string Key, string Said, string? Href = null, string? Act = null);

/// <summary>
/// Every shortcut, once: the frame writes them into the markup (<c>data-key</c>), where the script finds them, and the help page lists them. Single keys, so they may be turned
/// off (WCAG 2.1.4) and do nothing while a field has the focus. No accesskeys: they collide with those of browsers and readers.
/// </summary>
public static class Shortcuts
{
    public const string Cookie = "archive-keys";

    public static IReadOnlyList<Shortcut> ToPages { get; } =
    [
        new("g h", "Start", "/"), new("g a", "Arbetslistan", "/arbetslista"), new("g p", "Postöppningen", "/postoppning"), new("g f", "Fördelningen", "/fordelning"), new("g s", "Sök", "/sok"),
        new("g i", "Insamlingen", "/insamling"), new("g b", "Borttaget", "/borttaget"), new("g d", "Diariet", "/diarium"), new("g e", "Ärenden", "/arenden"), new("g u", "Utlämnanden", "/utlamnanden"),
        new("g g", "Gallring", "/gallring"), new("g k", "Kanaler", "/kanaler"),
    ];

    /// <summary>In a list.</summary>
    public static IReadOnlyList<Shortcut> InLists { get; } =
    [
        new("j", "Nästa rad", Act: "next-row"), new("k", "Föregående rad", Act: "previous-row"), new("o", "Öppna raden", Act: "open-row"), new("x", "Välj raden, eller välj inte", Act: "choose-row"),
        new("n", "Nästa sida i listan", Act: "next-page"), new("b", "Föregående sida i listan", Act: "previous-page"),
    ];

    public static Shortcut All { get; } = new("a", "Välj alla på sidan, eller ingen");

    public static Shortcut Find { get; } = new("/", "Sökfältet");

    public static Shortcut Help { get; } = new("?", "Kortkommandon", "/kortkommandon");

    public static IEnumerable<Shortcut> Every => [.. ToPages, .. InLists, All, Find, Help];

    public static string? KeyOf(string href) => ToPages.FirstOrDefault(s => s.Href == href)?.Key;

    /// <summary>For aria-keyshortcuts, which knows no keys after each other: only those of one key.</summary>
    public static string? Aria(string? key) => key is { Length: 1 } ? key : null;

    public static bool On(HttpContext http) => http.Request.Cookies[Cookie] != "off";

    /// <summary>"g s" as keys to press: "g" and then "s".</summary>
    public static IReadOnlyList<string> Pressed(this Shortcut shortcut) => shortcut.Key.Split(' ');
}
