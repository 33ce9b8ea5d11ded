using System.Globalization;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ArchiveService.Features.PageParts;

/// <summary>
/// <c>&lt;moment at="Model.At" /&gt;</c>: a time element in Swedish local time. <c>form</c> is date, clock, seconds, long,
/// prose (needs <c>now</c>) or, unless told otherwise, date and clock.
/// </summary>
[HtmlTargetElement("moment", TagStructure = TagStructure.WithoutEndTag)]
public sealed class MomentTagHelper : TagHelper
{
    public DateTimeOffset? At { get; set; }

    public DateOnly? Day { get; set; }

    public string Form { get; set; } = "both";

    public DateTimeOffset? Now { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        if (At is null && Day is null)
        {
            output.SuppressOutput();
            return;
        }

        output.TagName = "time";
        output.TagMode = TagMode.StartTagAndEndTag;
        if (At is not { } at)
        {
            output.Attributes.SetAttribute("datetime", Swedish.Date(Day!.Value));
            output.Content.SetContent(Form == "long" ? Swedish.LongDate(Day.Value) : Swedish.Date(Day.Value));
            return;
        }

        output.Attributes.SetAttribute("datetime", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", CultureInfo.InvariantCulture));
        output.Content.SetContent(Form switch
        {
            "date" => Swedish.Date(at),
            "clock" => Swedish.Clock(at),
            "seconds" => $"{Swedish.Date(at)}\u00A0{Swedish.ClockWithSeconds(at)}",
            "long" => Swedish.LongDate(at),
            "prose" => Swedish.InProse(at, Now ?? DateTimeOffset.MinValue),
            _ => Swedish.DateAndClock(at),
        });
    }
}
