using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ArchiveService.Features.PageParts;

/// <summary>A piece of a page. The markup of <c>Timeline</c> is in <c>Features/_Parts/Timeline.cshtml</c>, and so on.</summary>
public abstract record Part;

/// <summary><c>&lt;part show="Model.Timeline" /&gt;</c>: writes a part; nothing when it is null.</summary>
[HtmlTargetElement("part", TagStructure = TagStructure.WithoutEndTag)]
public sealed class PartTagHelper(IHtmlHelper html) : TagHelper
{
    public Part? Show { get; set; }

    [ViewContext]
    [HtmlAttributeNotBound]
    public required ViewContext ViewContext { get; set; }

    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        if (Show is null)
        {
            return;
        }

        ((IViewContextAware)html).Contextualize(ViewContext);
        output.Content.SetHtmlContent(await html.PartialAsync($"/Features/_Parts/{Show.GetType().Name}.cshtml", Show));
    }
}
