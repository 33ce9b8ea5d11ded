using System.Text;
using Microsoft.AspNetCore.Razor.TagHelpers;

namespace ArchiveService.Features.PageParts;

public enum RunKind
{
    Plain, Hit, Added, Removed, Masked,
}

/// <summary>A stretch of text in one manner. A masked run holds no text at all.</summary>
public readonly record struct TextRun(RunKind Kind, string Text);

/// <summary>What a person wrote, ready to be shown: plain, with search hits, with a difference, or with masks.</summary>
public sealed record RecordText(IReadOnlyList<TextRun> Runs)
{
    /// <summary>Stands for one masked stretch in a text handed to <see cref="Plain"/> or <see cref="WordDiff"/>.</summary>
    public const char MaskSign = '\uE0AF';

    /// <summary>Around search hits, unless told otherwise: characters that captured text never holds.</summary>
    public const char HitStart = '\u0002';
    public const char HitStop = '\u0003';

    public static RecordText Plain(string? text)
    {
        var runs = new List<TextRun>();
        Append(runs, RunKind.Plain, text ?? "");
        return new RecordText(runs);
    }

    /// <summary>A snippet whose hits stand between <paramref name="start"/> and <paramref name="stop"/> (ts_headline's StartSel and StopSel).</summary>
    public static RecordText WithHits(string? snippet, char start = HitStart, char stop = HitStop)
    {
        var runs = new List<TextRun>();
        var kind = RunKind.Plain;
        var from = 0;
        var text = snippet ?? "";
        for (var i = 0; i <= text.Length; i++)
        {
            if (i < text.Length && text[i] != start && text[i] != stop)
            {
                continue;
            }

            Append(runs, kind, text[from..i]);
            if (i < text.Length)
            {
                kind = text[i] == start ? RunKind.Hit : RunKind.Plain;
            }

            from = i + 1;
        }

        return new RecordText(runs);
    }

    internal static void Append(List<TextRun> runs, RunKind kind, string text)
    {
        var rest = text;
        for (var at = rest.IndexOf(MaskSign); at >= 0; at = rest.IndexOf(MaskSign))
        {
            AppendPlain(runs, kind, rest[..at]);
            runs.Add(new TextRun(RunKind.Masked, ""));
            rest = rest[(at + 1)..];
        }

        AppendPlain(runs, kind, rest);
    }

    private static void AppendPlain(List<TextRun> runs, RunKind kind, string text)
    {
        if (text.Length > 0)
        {
            runs.Add(new TextRun(kind, text));
        }
    }

    /// <summary>The text as a reader of plain text sees it.</summary>
    public override string ToString() =>
        Runs.Aggregate(new StringBuilder(), (all, run) => all.Append(run.Kind == RunKind.Masked ? "[maskad uppgift]" : run.Text)).ToString();
}

/// <summary><c>&lt;record-text of="Model.Text" /&gt;</c>: writes the runs; put it in an element of class <c>rec-text</c>.</summary>
[HtmlTargetElement("record-text", TagStructure = TagStructure.WithoutEndTag)]
public sealed class RecordTextTagHelper : TagHelper
{
    public RecordText? Of { get; set; }

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        foreach (var run in Of?.Runs ?? [])
        {
            switch (run.Kind)
            {
                case RunKind.Masked:
                    output.Content.AppendHtml(MaskedTagHelper.Bar);
                    break;
                case RunKind.Hit:
                    output.Content.AppendHtml("<mark>").Append(run.Text).AppendHtml("</mark>");
                    break;
                case RunKind.Added:
                    output.Content.AppendHtml("""<ins><span class="vh">[tillagt: </span>""").Append(run.Text).AppendHtml("""<span class="vh">]</span></ins>""");
                    break;
                case RunKind.Removed:
                    output.Content.AppendHtml("""<del><span class="vh">[struket: </span>""").Append(run.Text).AppendHtml("""<span class="vh">]</span></del>""");
                    break;
                default:
                    output.Content.Append(run.Text);
                    break;
            }
        }
    }
}

/// <summary><c>&lt;masked /&gt;</c>: a bar of fixed length; neither the text nor how long it was can be read from it.</summary>
[HtmlTargetElement("masked", TagStructure = TagStructure.WithoutEndTag)]
public sealed class MaskedTagHelper : TagHelper
{
    internal const string Bar = """<span class="redact" aria-hidden="true">Xxxxxxxxxxxx</span><span class="vh">[maskad uppgift]</span>""";

    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = null;
        output.Content.SetHtmlContent(Bar);
    }
}

/// <summary><c>&lt;omitted /&gt;</c>: a diary fact that is kept apart (OSL 5:2, third and fourth).</summary>
[HtmlTargetElement("omitted", TagStructure = TagStructure.WithoutEndTag)]
public sealed class OmittedTagHelper : TagHelper
{
    public override void Process(TagHelperContext context, TagHelperOutput output)
    {
        output.TagName = "span";
        output.TagMode = TagMode.StartTagAndEndTag;
        output.Attributes.SetAttribute("class", "omit");
        output.Content.SetContent("uppgift utelämnad");
    }
}
