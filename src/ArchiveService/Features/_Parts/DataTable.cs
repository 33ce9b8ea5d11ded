using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ArchiveService.Features.PageParts;

/// <summary>The column heads of the table being written, so that each cell can say its own on a narrow screen.</summary>
internal sealed class TableColumns
{
    public List<string> Heads { get; } = [];

    public bool InHead { get; set; }

    public int At { get; set; }

    public static TableColumns? Of(TagHelperContext context) =>
        context.Items.TryGetValue(typeof(TableColumns), out var columns) ? columns as TableColumns : null;
}

/// <summary>
/// <c>&lt;table data caption="Kanaler" note="fyra av sex"&gt;</c> with ordinary rows: becomes a table that answers to its own width.
/// Roles, scopes and the narrow screen's labels are filled in. Stands in an element of class <c>data-wrap</c>.
/// </summary>
[HtmlTargetElement("table", Attributes = "data")]
public sealed class DataTableTagHelper : TagHelper
{
    public required string Caption { get; set; }

    /// <summary>Small words after the caption.</summary>
    public string? Note { get; set; }

    /// <summary>The caption is there for assistive technology only, when a heading already says it.</summary>
    public bool CaptionHidden { get; set; }

    public override void Init(TagHelperContext context) => context.Items[typeof(TableColumns)] = new TableColumns();

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.Attributes.RemoveAll("data");
        output.Attributes.SetAttribute("class", "data");
        output.Attributes.SetAttribute("role", "table");
        output.PreContent.AppendHtml(CaptionHidden ? """<caption class="vh">""" : "<caption>").Append(Caption);
        if (Note is not null)
        {
            output.PreContent.AppendHtml(" <span>").Append(Note).AppendHtml("</span>");
        }

        output.PreContent.AppendHtml("</caption>");
    }
}

[HtmlTargetElement("thead")]
[HtmlTargetElement("tbody")]
[HtmlTargetElement("tfoot")]
public sealed class TableSectionTagHelper : TagHelper
{
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        if (TableColumns.Of(context) is { } columns)
        {
            columns.InHead = context.TagName == "thead";
            output.Attributes.SetAttribute("role", "rowgroup");
            await output.GetChildContentAsync();
        }
    }
}

[HtmlTargetElement("tr")]
public sealed class TableRowTagHelper : TagHelper
{
    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        if (TableColumns.Of(context) is { } columns)
        {
            columns.At = 0;
            output.Attributes.SetAttribute("role", "row");
            await output.GetChildContentAsync();
        }
    }
}

/// <summary>A head that sorts: <c>&lt;th sort-href="…" sorted="descending"&gt;Datum&lt;/th&gt;</c>.</summary>
[HtmlTargetElement("th")]
[HtmlTargetElement("td")]
public sealed class TableCellTagHelper : TagHelper
{
    /// <summary>The address that sorts by this column.</summary>
    public string? SortHref { get; set; }

    /// <summary>ascending or descending, when the table is sorted by this column now.</summary>
    public string? Sorted { get; set; }

    /// <summary>On a narrow screen this cell stands alone across the card, without its column's head.</summary>
    public bool Alone { get; set; }

    public override async Task ProcessAsync(TagHelperContext context, TagHelperOutput output)
    {
        if (TableColumns.Of(context) is not { } columns)
        {
            return;
        }

        if (columns.InHead)
        {
            await Head(columns, output);
            return;
        }

        if (context.TagName == "th")
        {
            output.Attributes.SetAttribute("scope", "row");
            output.Attributes.SetAttribute("role", "rowheader");
        }
        else
        {
            output.Attributes.SetAttribute("role", "cell");
            if (Alone)
            {
                output.Attributes.SetAttribute("data-alone", null);
            }
            else if (columns.At < columns.Heads.Count)
            {
                output.Attributes.SetAttribute("data-l", columns.Heads[columns.At]);
            }
        }

        columns.At += Span(output);
    }

    private async Task Head(TableColumns columns, TagHelperOutput output)
    {
        var words = await output.GetChildContentAsync();
        for (var i = Span(output); i > 0; i--)
        {
            columns.Heads.Add(System.Net.WebUtility.HtmlDecode(words.GetContent()).Trim());
        }

        output.Attributes.SetAttribute("scope", "col");
        output.Attributes.SetAttribute("role", "columnheader");
        if (Sorted is not null)
        {
            output.Attributes.SetAttribute("aria-sort", Sorted);
        }

        if (SortHref is not null)
        {
            output.PreContent.AppendHtml("<a href=\"").Append(SortHref).AppendHtml("\">");
            if (Sorted is not null)
            {
                output.PostContent.AppendHtml(IconDrawings.Svg(Sorted == "ascending" ? Icon.SortUp : Icon.Sort));
            }

            output.PostContent.AppendHtml("</a>");
        }
    }

    private static int Span(TagHelperOutput output) =>
        output.Attributes.TryGetAttribute("colspan", out var span) && int.TryParse(span.Value?.ToString(), out var columns) ? columns : 1;
}
