using System.Reflection;
using System.Text.RegularExpressions;
using ArchiveService.Features.Help;
using Microsoft.AspNetCore.Razor.Hosting;

namespace ArchiveService.Tests.Help;

public sealed partial class The_handbook_inside
{
    [Fact]
    public void Every_page_leads_to_a_chapter_and_a_part_of_it_that_exist()
    {
        var pages = typeof(Handbook).Assembly.GetCustomAttributes<RazorCompiledItemAttribute>()
            .SelectMany(item => item.Type.GetCustomAttributes<RazorCompiledItemMetadataAttribute>()).Where(m => m.Key == "RouteTemplate").Select(m => "/" + m.Value.TrimStart('/')).ToList();

        Assert.True(pages.Count > 100, $"Only {pages.Count} pages were found.");
        Assert.All(pages, page =>
        {
            var href = HelpMap.Href(Parameter().Replace(page, "x"));
            var at = href["/hjalp/".Length..].Split('#');
            Assert.True(Handbook.Find(at[0]) is { } chapter && (at.Length == 1 || chapter.Has(at[1])), $"{page} leads to {href}, which is not there.");
        });
        // What leads nowhere of its own is told of by role.
        Assert.All(HelpMap.All, m => Assert.True(m.Anchor is null || Handbook.Find(m.Chapter)!.Has(m.Anchor), $"{m.Page}: {m.Chapter}#{m.Anchor}"));
    }

    [Fact]
    public void Every_link_and_picture_in_it_leads_somewhere()
    {
        var wrong = new List<string>();
        foreach (var chapter in Handbook.Chapters)
        {
            foreach (Match link in Href().Matches(chapter.Html))
            {
                var href = System.Net.WebUtility.HtmlDecode(Uri.UnescapeDataString(link.Groups[1].Value));
                if (href.StartsWith('#') ? !chapter.Has(href[1..]) : href.StartsWith("/hjalp/", StringComparison.Ordinal) && !IsThere(href)) wrong.Add($"{chapter.Slug}: {href}");
                if (!href.StartsWith('#') && !href.StartsWith('/') && !href.StartsWith("https://", StringComparison.Ordinal)) wrong.Add($"{chapter.Slug}: {href}");
            }

            wrong.AddRange(Source().Matches(chapter.Html).Select(m => m.Groups[1].Value).Where(src => Handbook.Picture(src["/hjalp/bilder/".Length..]) is null).Select(src => $"{chapter.Slug}: {src}"));
        }

        Assert.Empty(wrong);
    }

    [Fact]
    public void What_is_no_handbook_is_text()
    {
        var chapter = Handbook.Of("prov.md", "# Prov\n\n<script>alert(1)</script>\n\n[ut](javascript:alert(1)) [sida](//example.org) [fil](../api.md) [kapitel](README.md#registrator) [sök](/sok)\n\n| a | b |\n|---|---|\n| 1 | 2 |\n");

        Assert.Equal("Prov", chapter.Title);
        Assert.DoesNotContain("<script", chapter.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("javascript:", chapter.Html, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("example.org", chapter.Html, StringComparison.Ordinal);
        Assert.DoesNotContain("api.md", chapter.Html, StringComparison.Ordinal);
        Assert.Contains("href=\"/hjalp/rollerna#registrator\"", chapter.Html, StringComparison.Ordinal);
        Assert.Contains("href=\"/sok\"", chapter.Html, StringComparison.Ordinal);
        Assert.Contains("tabindex=\"0\"", chapter.Html, StringComparison.Ordinal);
        Assert.Null(Handbook.Picture("../keys.json"));
    }

    [Fact]
    public void A_word_finds_its_part_and_the_title_goes_first()
    {
        Assert.Contains(Handbook.Search("gallringsstopp"), f => f.Chapter.Slug == "gallring");
        Assert.Equal("gallringsstopp", Handbook.Search("Gallringsstopp")[0].Section.Id);
        Assert.Empty(Handbook.Search("finnsintealls"));
        Assert.Empty(Handbook.Search("  "));
    }

    private static bool IsThere(string href) => href["/hjalp/".Length..].Split('#') is var at && (at[0].StartsWith("bilder/", StringComparison.Ordinal) || (Handbook.Find(at[0]) is { } chapter && (at.Length == 1 || chapter.Has(at[1]))));

    [GeneratedRegex(@"\{[^}]*\}")]
    private static partial Regex Parameter();

    [GeneratedRegex("href=\"([^\"]*)\"")]
    private static partial Regex Href();

    [GeneratedRegex("src=\"([^\"]*)\"")]
    private static partial Regex Source();
}
