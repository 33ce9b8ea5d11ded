using Microsoft.AspNetCore.Mvc.Rendering;
using Microsoft.AspNetCore.Mvc.ViewFeatures;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ArchiveService.Features.PageParts;

/// <summary>The errors of a form's fields, in the order the fields stand on the page.</summary>
public sealed class FormErrors
{
    private readonly List<(string Name, string TargetId, string Text)> items = [];

    public IReadOnlyList<(string Name, string TargetId, string Text)> Items => items;

    internal void Add(string name, string targetId, string text) => items.Add((name, targetId, text));
}

/// <summary>
/// <c>&lt;form method="post" error-summary="avpublicera"&gt;</c>: after a refusal a summary stands above the form, takes the focus,
/// and links to the fields in page order; the page title then begins "Fel:". Errors of no field come first.
/// </summary>
[HtmlTargetElement("form", Attributes = "error-summary")]
public sealed class ErrorSummaryTagHelper : TagHelper
{
    private const string Mark = "page-has-errors";

    /// <summary>What the errors stand in the way of, as a verb: "avpublicera", "logga in".</summary>
    [HtmlAttributeName("error-summary")]
    public string Act { get; set; } = "";

    /// <summary>On a page with several forms: the property whose fields this one asks for; errors of the others are not its business.</summary>
    [HtmlAttributeName("errors-of")]
    public string? Of { get; set; }

    [ViewContext]
    [HtmlAttributeNotBound]
    public required ViewContext ViewContext { get; set; }

    /// <summary>Whether a summary was written on this page; the layout begins the title with "Fel:" then.</summary>
    public static bool Shown(HttpContext http) => http.Items.ContainsKey(Mark);

    // Fields that stand in a partial view of the form know nothing of its tag: they find the list in the request.
    public override void Init(TagHelperContext context) => context.Items[typeof(FormErrors)] = ViewContext.HttpContext.Items[typeof(FormErrors)] = new FormErrors();

    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        await output.GetChildContentAsync();
        ViewContext.HttpContext.Items.Remove(typeof(FormErrors));
        output.Attributes.SetAttribute("novalidate", null);

        // Without an action the form goes to the page's address with its fragment, which takes the focus from the summary: whoever came past the menu has one.
        var request = ViewContext.HttpContext.Request;
        if (!output.Attributes.ContainsName("action")) output.Attributes.SetAttribute("action", request.PathBase + request.Path + request.QueryString);
        var fields = ((FormErrors)context.Items[typeof(FormErrors)]).Items;
        var known = fields.Select(field => field.Name).ToHashSet(StringComparer.OrdinalIgnoreCase);
        var others = ViewContext.ModelState
            .Where(pair => !known.Contains(pair.Key) && (Of is null || pair.Key.StartsWith(Of + ".", StringComparison.Ordinal)))
            .SelectMany(pair => pair.Value?.Errors ?? [])
            .Select(error => error.ErrorMessage)
            .Where(message => message.Length > 0)
            .ToArray();
        var count = fields.Count + others.Length;
        if (count == 0)
        {
            return;
        }

        ViewContext.HttpContext.Items[Mark] = true;
        var head = Swedish.Sentence(Swedish.InWords(count)) + (count == 1 ? " sak" : " saker") + " behöver rättas"
            + (Act.Length == 0 ? "" : " innan du kan " + Act);
        output.PreElement
            .AppendHtml("""<div class="err-sum" role="alert" tabindex="-1" autofocus aria-labelledby="fel-rubrik"><h2 id="fel-rubrik">""")
            .AppendHtml(IconDrawings.Svg(Icon.Stop, "i-20"))
            .Append(head)
            .AppendHtml("</h2><ul>");
        foreach (var message in others)
        {
            output.PreElement.AppendHtml("<li>").Append(message).AppendHtml("</li>");
        }

        foreach (var (_, target, text) in fields)
        {
            output.PreElement.AppendHtml($"""<li><a href="#{target}">""").Append(text).AppendHtml("</a></li>");
        }

        output.PreElement.AppendHtml("</ul></div>");
    }
}
