using System.Text.RegularExpressions;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Style;

namespace ArchiveService.Tests.PageParts;

/// <summary>The house style as it stands in the files: nothing is left out of the style page, nothing is defined that no page uses, and nothing is fetched from elsewhere.</summary>
public sealed partial class The_style_sheets
{
    private static readonly DirectoryInfo Service = Find();

    private static readonly string Css = string.Join('\n', Directory.GetFiles(Path.Combine(Service.FullName, "wwwroot"), "*.css").Select(file => Comment.Replace(File.ReadAllText(file), "")));

    private static readonly string StylePage = string.Join('\n', Directory.GetFiles(Path.Combine(Service.FullName, "Features", "Style")).Select(File.ReadAllText));

    [GeneratedRegex(@"/\*.*?\*/", RegexOptions.Singleline)]
    private static partial Regex Comment { get; }

    [GeneratedRegex(@"\{[^{}]*\}")]
    private static partial Regex Declarations { get; }

    [GeneratedRegex(@"\.(?<name>[a-zA-Z][\w-]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex ClassName { get; }

    [GeneratedRegex(@"(?<name>--[a-z][\w-]*):", RegexOptions.ExplicitCapture)]
    private static partial Regex Token { get; }

    [GeneratedRegex(@"var\((?<name>--[a-z][\w-]*)", RegexOptions.ExplicitCapture)]
    private static partial Regex TokenUse { get; }

    [GeneratedRegex("HtmlTargetElement\\(\"(?<name>[a-z-]+)\"")]
    private static partial Regex Tag { get; }

    private static IReadOnlyList<string> Names(Regex of, string text) => [.. of.Matches(text).Select(m => m.Groups["name"].Value).Distinct().Order(StringComparer.Ordinal)];

    [Fact]
    public void show_every_part_on_the_style_page()
    {
        var parts = Path.Combine(Service.FullName, "Features", "_Parts");
        var names = Directory.GetFiles(parts, "*.cshtml").Select(Path.GetFileNameWithoutExtension).Select(name => $@"\b{name}\b")
            .Concat(Directory.GetFiles(parts, "*.cs").SelectMany(file => Names(Tag, File.ReadAllText(file))).Select(tag => $"<{tag}\\b"))
            .Concat(Enum.GetNames<FieldKind>().Except([nameof(FieldKind.FromType), nameof(FieldKind.Line), nameof(FieldKind.Day), nameof(FieldKind.Number), nameof(FieldKind.Tick)]).Select(kind => $"as=\"{kind}\""));

        Assert.DoesNotContain(names, name => !Regex.IsMatch(StylePage, name));
    }

    [Fact]
    public void define_no_class_that_no_page_uses()
    {
        var pages = string.Join('\n', Directory.EnumerateFiles(Service.FullName, "*", SearchOption.AllDirectories)
            .Where(file => Path.GetExtension(file) is ".cshtml" or ".cs" or ".js" && !Regex.IsMatch(file, @"[\\/](bin|obj|node_modules|lib)[\\/]")).Select(File.ReadAllText));

        Assert.DoesNotContain(Names(ClassName, Declarations.Replace(Css, "{}")), name => !Regex.IsMatch(pages, $@"(?<![\w-]){Regex.Escape(name)}(?![\w-])"));
    }

    [Fact]
    public void define_every_token_that_they_use_and_use_every_one()
    {
        var (defined, used) = (Names(Token, Css), Names(TokenUse, Css));

        Assert.Empty(used.Except(defined));
        Assert.Empty(defined.Except(used));
    }

    [Fact]
    public void explain_every_token()
    {
        var explained = IndexModel.Colours.Select(c => c.Token).Concat(IndexModel.Measures.SelectMany(m => m.Tokens.Split(", "))).ToList();

        Assert.Empty(Names(Token, Css).Except(explained));
        Assert.Empty(explained.Except(Names(Token, Css)));
    }

    [Fact]
    public void fetch_nothing_and_carry_no_picture()
    {
        Assert.DoesNotContain("url(", Css, StringComparison.Ordinal);
        Assert.DoesNotContain("@import", Css, StringComparison.Ordinal);
        Assert.DoesNotContain("http", Css, StringComparison.Ordinal);
    }

    /// <summary>What differs only by colour is the same to who sees none (1.4.1), and to who has chosen their own.</summary>
    [Fact]
    public void tell_marks_apart_by_shape_and_word()
    {
        foreach (var (family, _, marks) in IndexModel.Families)
        {
            Assert.True(marks.Select(m => m.Word).Distinct().Count() == marks.Length, $"{family}: two marks have one word.");
            Assert.All(marks.GroupBy(m => m.Icon), alike => Assert.Single(alike.Select(m => m.Tone).Distinct()));
        }
    }

    private static DirectoryInfo Find()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "ArchiveService.sln"))) return new(Path.Combine(at.FullName, "src", "ArchiveService"));
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }
}
