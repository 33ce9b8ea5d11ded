namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>Whether a platform's terms let a program take a picture of its pages.</summary>
/// <param name="Platform">The platform's word.</param>
/// <param name="MayTake">A program may.</param>
/// <param name="Source">Where that stands. General knowledge of the terms, to be read again by whoever relies on it: terms change.</param>
/// <param name="Sentence">Said to whoever asks.</param>
public sealed record PlatformTerm(string Platform, bool MayTake, string Source, string Sentence);

/// <summary>The terms of each platform. What they forbid a program, a person may still do: a screen recording or a screenshot of one's own is uploaded as before (H-28, T-19).</summary>
public static class PlatformTerms
{
    private const string ByHand = "Spela in skärmen eller ta en skärmbild själv, och spara den som en ögonblicksbild.";

    private static readonly (string Host, string Platform)[] Hosts =
    [
        ("facebook.com", "facebook"), ("fb.com", "facebook"), ("messenger.com", "messenger"), ("instagram.com", "instagram"), ("threads.net", "threads"), ("threads.com", "threads"), ("x.com", "x"), ("twitter.com", "x"),
        ("linkedin.com", "linkedin"), ("tiktok.com", "tiktok"), ("youtube.com", "youtube"), ("youtu.be", "youtube"),
    ];

    public static IReadOnlyList<PlatformTerm> All { get; } =
    [
        Not("facebook", "Meta, Automated Data Collection Terms; Meta Terms of Service 3.2.3", "Facebooks villkor låter inte ett program samla in innehåll utan Metas skriftliga tillstånd."),
        Not("instagram", "Instagram Terms of Use, section 4 (automated means without permission)", "Instagrams villkor låter inte ett program samla in innehåll utan Metas tillstånd."),
        Not("messenger", "Meta Terms of Service 3.2.3", "Messengers villkor låter inte ett program samla in innehåll utan Metas tillstånd."),
        Not("threads", "Threads Terms of Use, with Instagram Terms of Use, section 4", "Threads villkor låter inte ett program samla in innehåll utan Metas tillstånd."),
        Not("x", "X Terms of Service, section 4 (crawling or scraping without prior written consent)", "X:s villkor förbjuder att ett program hämtar sidor utan skriftligt medgivande."),
        Not("linkedin", "LinkedIn User Agreement 8.2 (bots or other automated methods)", "LinkedIns användaravtal förbjuder att ett program hämtar eller kopierar sidor."),
        Not("tiktok", "TikTok Terms of Service, section 5 (automated scripts)", "TikToks villkor förbjuder att ett program samlar in innehåll."),
        Not("youtube", "YouTube Terms of Service, Permissions and Restrictions (automated means)", "YouTubes villkor låter inte ett program hämta sidor utan YouTubes skriftliga tillstånd."),
        new("mastodon", true, "No terms common to all; each server's own rules, and the authority's agreement with its server", "Servern bestämmer själv. Ta bilden bara av en server vars regler tillåter det, som myndighetens egen."),
        new("other", true, "The authority's own page", "Myndighetens egen sida får ett program ta en bild av."),
    ];

    public static PlatformTerm Of(string platform) => All.FirstOrDefault(t => t.Platform == platform) ?? Not(platform, "not known", "Plattformens villkor är inte kända här.");

    /// <summary>By the address too: a page of a platform that forbids it does not become another's by standing in another channel.</summary>
    public static PlatformTerm Of(string platform, Uri address) =>
        Hosts.FirstOrDefault(h => address.IdnHost.Equals(h.Host, StringComparison.OrdinalIgnoreCase) || address.IdnHost.EndsWith($".{h.Host}", StringComparison.OrdinalIgnoreCase)) is { Platform: { } named } ? Of(named) : Of(platform);

    private static PlatformTerm Not(string platform, string source, string sentence) => new(platform, false, source, $"{sentence} {ByHand}");
}
