using System.Text.Encodings.Web;
using ArchiveService.Access;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ArchiveService.Features.FormDrafts;

/// <summary>Writes <see cref="FormOwner"/> first in every form that posts, so that a form that streams is known before its files.</summary>
[HtmlTargetElement("form", Attributes = "[method=post]")]
public sealed class FormOwnerTagHelper(IKeyProvider keys) : TagHelper
{
    [ViewContext]
    [HtmlAttributeNotBound]
    public required ViewContext ViewContext { get; set; }

    // Before those that look for what stands in the form.
    public override int Order => -2000;

    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        var http = ViewContext.HttpContext;
        if (Caller.From(http.User) is not { IsService: false } caller) return;
        // Logging out needs no words, and stands on every page.
        if (context.AllAttributes["action"]?.Value?.ToString() is { } action && action.EndsWith("/logga-ut", StringComparison.OrdinalIgnoreCase)) return;
        var content = (await output.GetChildContentAsync()).GetContent();
        var owner = new FormOwner(caller.PersonId, KeptForms.AddressOf(http.Request), HtmlForms.Passwords(content));
        output.PreContent.AppendHtml($"""<input name="{FormOwner.Field}" type="hidden" value="{HtmlEncoder.Default.Encode(owner.Written(keys))}" />""");
    }
}
