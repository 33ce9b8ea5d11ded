using Microsoft.AspNetCore.Html;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ArchiveService.Features.PageParts;

/// <summary>What a drawing means. Families: tray = direction, round = channel, square = diary, diamond = retention.</summary>
public enum Icon
{
    Brand, Menu, Search, Close, Sort, SortUp, Next, Previous, Download, Print, Eye, Pen, Reply, Outside,
    Info, Ok, Warning, Stop, Clock, Gap, Box, Person, Channel,
    Image, Film, Sound, File, Camera, Seal, Lock,
    Incoming, Drafted, DirectionUnknown,
    Visible, Edited, Hidden, Unpublished, Deleted, NotSeen,
    NotAssessed, Registered, KeptOrdered, Minor, Routed, Struck,
    TimeRuns, TimePassed, Held, Kept, Approved, Transferred, Destroyed,
}

/// <summary>Draws an icon in place: <c>&lt;icon of="Print" /&gt;</c>. The word beside it carries the meaning.</summary>
[HtmlTargetElement("icon", TagStructure = TagStructure.WithoutEndTag)]
public sealed class IconTagHelper : TagHelper
{
    public Icon Of { get; set; }

    /// <summary>Extra class, such as <c>i-16</c> or <c>i-20</c>.</summary>
    public string? Look { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        output.Content.SetHtmlContent(IconDrawings.Svg(Of, Look));
    }
}

/// <summary>The drawings, on a 16 grid, in the colour of the text around them.</summary>
public static class IconDrawings
{
    private const string Diamond = """<path d="M8 1.2 14.8 8 8 14.8 1.2 8z"/>""";
    private const string Ring = """<circle cx="8" cy="8" r="6"/>""";
    private const string Square = "M2 2h12v12H2z";

    /// <summary>The whole svg element; hidden from assistive technology.</summary>
    public static IHtmlContent Svg(Icon icon, string? look = null) => new HtmlString(
        $"""<svg class="i{(look is null ? "" : " " + look)}" viewBox="0 0 16 16" aria-hidden="true" focusable="false">{Paths(icon)}</svg>""");

    private static string Paths(Icon icon) => icon switch
    {
        Icon.Brand => """<path d="M2 13.5v-9h4l1.2 1.5H14v7.5z"/><path d="M4 2.5h8M4.8 9h6.4M4.8 11.2h4"/>""",
        Icon.Menu => """<path d="M2 4h12M2 8h12M2 12h12"/>""",
        Icon.Search => """<circle cx="7" cy="7" r="4.5"/><path d="m10.5 10.5 3.5 3.5"/>""",
        Icon.Close => """<path d="m3 3 10 10M13 3 3 13"/>""",
        Icon.Sort => """<path d="M8 3v10M4.5 9.5 8 13l3.5-3.5"/>""",
        Icon.SortUp => """<path d="M8 13V3M4.5 6.5 8 3l3.5 3.5"/>""",
        Icon.Next => """<path d="M3 8h10M9.5 4.5 13 8l-3.5 3.5"/>""",
        Icon.Previous => """<path d="M13 8H3M6.5 4.5 3 8l3.5 3.5"/>""",
        Icon.Download => """<path d="M8 2v8M4.5 7 8 10.5 11.5 7M2.5 14h11"/>""",
        Icon.Print => """<path d="M4 6V1.5h8V6M4 11.5H1.5V6h13v5.5H12"/><path d="M4 9.5h8v5H4z"/>""",
        Icon.Eye => """<path d="M1.5 8S4 3.8 8 3.8 14.5 8 14.5 8 12 12.2 8 12.2 1.5 8 1.5 8z"/><circle cx="8" cy="8" r="1.8"/>""",
        Icon.Pen => """<path d="m10.5 2.5 3 3L5.5 13.5 2 14l.5-3.5z"/>""",
        Icon.Reply => """<path d="M6.5 3 2.5 7l4 4M2.5 7H10a3.5 3.5 0 0 1 3.5 3.5V13"/>""",
        Icon.Outside => """<path d="M7 3H2.5v10.5H13V9M9.5 2H14v4.5M14 2 7.5 8.5"/>""",
        Icon.Info => """<circle cx="8" cy="8" r="6.3"/><path d="M8 7.3v4M8 4.8v.1"/>""",
        Icon.Ok => """<circle cx="8" cy="8" r="6.3"/><path d="m5.2 8.2 2 2 3.7-4"/>""",
        Icon.Warning => """<path d="M8 2 14.5 13.5h-13zM8 6.5v3.2M8 11.6v.1"/>""",
        Icon.Stop => """<path d="M5.3 1.8h5.4l3.5 3.5v5.4l-3.5 3.5H5.3l-3.5-3.5V5.3zM5.8 5.8l4.4 4.4M10.2 5.8l-4.4 4.4"/>""",
        Icon.Clock => """<circle cx="8" cy="8" r="6.3"/><path d="M8 4.5V8l2.5 1.5"/>""",
        Icon.Gap => """<path d="M1.5 8h3M11.5 8h3M6 4.5v7M10 4.5v7"/>""",
        Icon.Box => """<path d="M1.5 3h13v3h-13zM2.8 6v7.5h10.4V6M6.2 8.8h3.6"/>""",
        Icon.Person => """<circle cx="8" cy="5" r="3"/><path d="M2.5 14c.4-3 2.6-4.5 5.5-4.5s5.1 1.5 5.5 4.5"/>""",
        Icon.Channel => """<path d="M2 3h12v8H8l-3.5 3v-3H2z"/>""",
        Icon.Image => """<rect x="1.5" y="3" width="13" height="10" rx="1"/><circle cx="5" cy="6.3" r="1.1"/><path d="m2 12 4-3.5 2.5 2L11 7.5l3.5 3.5"/>""",
        Icon.Film => """<rect x="1.5" y="3" width="13" height="10" rx="1"/><path d="m6.5 5.8 4 2.2-4 2.2z"/>""",
        Icon.Sound => """<path d="M2 6h3l3.5-3v10L5 10H2zM11 5.5a3.5 3.5 0 0 1 0 5M12.8 3.5a6.3 6.3 0 0 1 0 9"/>""",
        Icon.File => """<path d="M3.5 1.5H10l2.5 2.5v10.5h-9zM9.5 1.5v3h3"/>""",
        Icon.Camera => """<path d="M2 3h12v8.5H2zM5.5 14h5M8 11.5V14"/>""",
        Icon.Seal => """<circle cx="8" cy="6.5" r="4.8"/><circle cx="8" cy="6.5" r="2.6"/><path d="M5.2 10.5 4 15l4-2 4 2-1.2-4.5"/>""",
        Icon.Lock => """<rect x="3" y="7" width="10" height="7" rx="1"/><path d="M5 7V5a3 3 0 0 1 6 0v2" fill="none"/>""",

        Icon.Incoming => """<path d="M8 1.5v7M5 5.8l3 3 3-3"/><path d="M1.8 9v5h12.4V9"/>""",
        Icon.Drafted => """<path d="M8 9.5v-8M5 4.3l3-3 3 3"/><path d="M1.8 9v5h12.4V9"/>""",
        Icon.DirectionUnknown => """<path d="M1.8 9v5h12.4V9M4.5 9.5h7"/>""",

        Icon.Visible => """<circle cx="8" cy="8" r="6" fill="currentColor"/>""",
        Icon.Edited => """<circle cx="8" cy="8" r="6" stroke-dasharray="2.2 2.5"/><circle cx="8" cy="8" r="2.6" fill="currentColor"/>""",
        Icon.Hidden => Ring + """<path d="M8 2a6 6 0 0 1 0 12z" fill="currentColor"/>""",
        Icon.Unpublished => """<path d="M10.5 2.9A6 6 0 1 0 13.6 6M8 8l6-6M10.6 1.6H14.4V5.4"/>""",
        Icon.Deleted => Ring + """<path d="m4 4 8 8M12 4l-8 8"/>""",
        Icon.NotSeen => Ring + """<path d="M6.2 6.4A1.9 1.9 0 1 1 8 8.6v.7M8 11.3v.1"/>""",

        Icon.NotAssessed => $"""<path d="{Square}" stroke-dasharray="2.4 2.4"/>""",
        Icon.Registered => $"""<path d="{Square}"/><path d="m4.8 8.2 2.3 2.3 4.3-4.8" stroke-width="2"/>""",
        Icon.KeptOrdered => $"""<path d="{Square}M5 5.7h6M5 8h6M5 10.3h6"/>""",
        Icon.Minor => $"""<path d="{Square}M5.5 8h5"/>""",
        Icon.Routed => $"""<path d="{Square}M5 8h5.5M8.5 5.5 11 8l-2.5 2.5"/>""",
        Icon.Struck => $"""<path d="{Square}M2 14 14 2"/>""",

        Icon.TimeRuns => Diamond,
        Icon.TimePassed => """<path d="M8 1.2 14.8 8 8 14.8 1.2 8z" fill="currentColor"/>""",
        Icon.Held => Diamond + """<path d="M5 8h6" stroke-width="2.6" stroke-linecap="butt"/>""",
        Icon.Kept => Diamond + """<path d="M8 5 11 8l-3 3-3-3z" fill="currentColor"/>""",
        Icon.Approved => Diamond + """<path d="m5.6 8.1 1.7 1.7 3.1-3.4"/>""",
        Icon.Transferred => Diamond + """<path d="M5.3 8h5M8.5 6l2 2-2 2"/>""",
        Icon.Destroyed => Diamond + """<path d="m5.8 5.8 4.4 4.4M10.2 5.8l-4.4 4.4"/>""",
        _ => Ring,
    };
}
