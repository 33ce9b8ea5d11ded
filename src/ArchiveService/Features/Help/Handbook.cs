using System.Collections.Frozen;
using System.Text;
using System.Text.RegularExpressions;
using Markdig;
using Markdig.Extensions.AutoIdentifiers;
using Markdig.Renderers;
using Markdig.Renderers.Html;
using Markdig.Syntax;
using Markdig.Syntax.Inlines;

namespace ArchiveService.Features.Help;

/// <param name="Id">Its anchor.</param>
/// <param name="Text">Its words without markup, for searching.</param>
public sealed record HelpSection(string Id, string Title, int Level, string Text);

/// <param name="Slug">In the address: <c>/hjalp/{slug}</c>.</param>
/// <param name="Html">The chapter without its title.</param>
public sealed record HelpChapter(string Slug, string Title, string Html, IReadOnlyList<HelpSection> Sections)
{
    public bool Has(string anchor) => Sections.Any(s => s.Id == anchor);
}

/// <summary>docs/handbok as pages of the service: the chapters are in the program, so that help is there without a net and is of the same version.</summary>
public static partial class Handbook
{
    /// <summary>docs/handbok/README.md: what each role does where.</summary>
    public const string Roles = "rollerna";

    private const string Prefix = "handbok/";
    private const string Images = "handbok-bilder/";

    private static readonly Lazy<FrozenDictionary<string, HelpChapter>> Read = new(() => Names(Prefix).Select(Of).ToFrozenDictionary(c => c.Slug, StringComparer.Ordinal));

    // Raw HTML is text here: a handbook needs none, and nobody has to look through it for scripts.
    private static readonly MarkdownPipeline Pipeline = new MarkdownPipelineBuilder().UsePipeTables().UseAutoIdentifiers(AutoIdentifierOptions.GitHub).DisableHtml().Build();

    public static IReadOnlyList<HelpChapter> Chapters { get; } = [.. Read.Value.Values.OrderBy(c => Place(c.Slug)).ThenBy(c => c.Title, StringComparer.Create(System.Globalization.CultureInfo.GetCultureInfo("sv-SE"), ignoreCase: true))];

    public static HelpChapter? Find(string slug) => Read.Value.GetValueOrDefault(slug);

    /// <summary>A picture by its file's name; null where there is none.</summary>
    public static byte[]? Picture(string name)
    {
        if (!PictureName().IsMatch(name)) return null;
        using var stream = typeof(Handbook).Assembly.GetManifestResourceStream(Images + name);
        if (stream is null) return null;
        var bytes = new byte[stream.Length];
        stream.ReadExactly(bytes);
        return bytes;
    }

    /// <summary>Sections that hold every word, those with one in the title first.</summary>
    public static IReadOnlyList<(HelpChapter Chapter, HelpSection Section)> Search(string asked)
    {
        var words = asked.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        if (words.Length == 0) return [];
        return
        [
            .. Chapters.SelectMany(c => c.Sections.Select(s => (Chapter: c, Section: s)))
                .Where(f => words.All(w => f.Section.Text.Contains(w, StringComparison.OrdinalIgnoreCase) || f.Section.Title.Contains(w, StringComparison.OrdinalIgnoreCase)))
                .OrderByDescending(f => words.Count(w => f.Section.Title.Contains(w, StringComparison.OrdinalIgnoreCase))).Take(50),
        ];
    }

    private static int Place(string slug) => slug switch
    {
        "kom-igang" => 0,
        Roles => 1,
        "startsidan" => 2,
        _ => 3,
    };

    private static IEnumerable<string> Names(string prefix) => typeof(Handbook).Assembly.GetManifestResourceNames().Where(name => name.StartsWith(prefix, StringComparison.Ordinal));

    private static HelpChapter Of(string resource)
    {
        using var reader = new StreamReader(typeof(Handbook).Assembly.GetManifestResourceStream(resource)!, Encoding.UTF8);
        return Of(resource[Prefix.Length..], reader.ReadToEnd());
    }

    /// <summary>A chapter from its file. Pure.</summary>
    public static HelpChapter Of(string file, string markdown)
    {
        var document = Markdown.Parse(markdown, Pipeline);
        foreach (var link in document.Descendants<LinkInline>().ToList()) Lead(link);
        var headings = document.OfType<HeadingBlock>().ToList();
        var first = headings.FirstOrDefault(h => h.Level == 1);
        var sections = new List<HelpSection>();
        foreach (var (nth, heading) in headings.Index())
        {
            var from = document.IndexOf(heading) + 1;
            var to = nth + 1 < headings.Count ? document.IndexOf(headings[nth + 1]) : document.Count;
            sections.Add(new(heading.GetAttributes().Id ?? "", Plain(heading.Inline), heading.Level, string.Join(' ', Enumerable.Range(from, to - from).Select(at => Words(document[at])))));
        }

        var title = first is null ? Slug(file) : Plain(first.Inline);
        if (first is not null) document.Remove(first);
        var writer = new StringWriter();
        var renderer = new HtmlRenderer(writer);
        Pipeline.Setup(renderer);
        renderer.Render(document);
        // A table wider than a phone is scrolled in its own frame, by keyboard too.
        var html = writer.ToString().Replace("<table>", "<div class=\"help-table\" tabindex=\"0\" role=\"group\" aria-label=\"Tabell\"><table>", StringComparison.Ordinal).Replace("</table>", "</table></div>", StringComparison.Ordinal);
        return new(Slug(file), title, html, sections);
    }

    private static string Slug(string file) => file is "README.md" ? Roles : Path.GetFileNameWithoutExtension(file);

    /// <summary>Where a link of the handbook leads inside the service; what is not in it is no link.</summary>
    private static void Lead(LinkInline link)
    {
        var url = link.Url ?? "";
        if (link.IsImage)
        {
            link.Url = "/hjalp/bilder/" + Uri.EscapeDataString(Path.GetFileName(url));
            return;
        }

        var (file, anchor) = url.Split('#', 2) is [var before, var after] ? (before, "#" + after) : (url, "");
        if (file.Length == 0) return;
        if (file.EndsWith(".md", StringComparison.Ordinal) && !file.Contains('/', StringComparison.Ordinal)) link.Url = $"/hjalp/{Slug(file)}{anchor}";
        else if (!url.StartsWith("https://", StringComparison.Ordinal) && !(url.StartsWith('/') && !url.StartsWith("//", StringComparison.Ordinal))) link.ReplaceBy(new ContainerInline().Holding(link));
    }

    private static ContainerInline Holding(this ContainerInline container, ContainerInline of)
    {
        while (of.FirstChild is { } child)
        {
            child.Remove();
            container.AppendChild(child);
        }

        return container;
    }

    private static string Plain(ContainerInline? inline) => inline is null ? "" : string.Concat(inline.Descendants().Select(i => i switch
    {
        LiteralInline literal => literal.Content.ToString(),
        CodeInline code => code.Content,
        LineBreakInline => " ",
        _ => "",
    }));

    private static string Words(Block block) => block switch
    {
        LeafBlock { Inline: { } inline } => Plain(inline),
        LeafBlock leaf => leaf.Lines.ToString(),
        ContainerBlock container => string.Join(' ', container.Select(Words)),
        _ => "",
    };

    [GeneratedRegex(@"^[a-z0-9-]+\.(png|jpg|svg)$")]
    private static partial Regex PictureName();
}
