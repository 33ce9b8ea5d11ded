using ArchiveService.Features.PageParts;

namespace ArchiveService.Features.Channels;

/// <summary>The pages of one channel.</summary>
public static class ChannelTabs
{
    private static readonly (string Text, string Below)[] Pages =
    [
        ("Översikt", ""),
        ("Aktivitetsplan", "/plan"),
        ("Uppdrag", "/uppdrag"),
        ("Bemanning", "/bemanning"),
        ("Före publicering", "/publicering"),
        ("Ögonblicksbilder", "/ogonblicksbilder"),
        ("Källa", "/kalla"),
        ("Täckning", "/tackning"),
        ("Webbarkiv", "/webbarkiv"),
        ("För in för hand", "/registrera-inlagg"),
    ];

    /// <param name="here">The last part of the page's address, as <c>/plan</c>; empty for the first.</param>
    public static Tabs Of(Guid channel, string here) =>
        new("Kanalens sidor", [.. Pages.Select(page => new Tab(page.Text, page.Below == "/kalla" ? $"/kallor/{channel:D}" : $"/kanaler/{channel:D}{page.Below}", Current: page.Below == here))]);
}
