using System.Globalization;
using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;

namespace ArchiveService.AppTests.StartTests;

/// <summary>Walks the figures of a start page, for tests that have an archive with something in it.</summary>
internal static partial class StartPages
{
    private const int ShownAtMost = 50;

    /// <summary>Every number, none left out, leads to a list that shows as many; the program's answer says the same. How many were walked.</summary>
    public static async Task<int> Agree(HttpClient browser, string who)
    {
        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri("/", UriKind.Relative)));
        var figures = Figure().Matches(html).Select(m => (Href: m.Groups[1].Value, Count: long.Parse(NotDigits().Replace(m.Groups[2].Value, ""), CultureInfo.InvariantCulture)))
            .Concat(Nothing().Matches(html).Select(m => (Href: m.Groups[1].Value, Count: 0L))).ToList();
        Assert.True(figures.Count > 0, $"{who} sees no figure.");
        foreach (var (href, count) in figures)
        {
            var answer = await browser.GetAsync(new Uri(href, UriKind.Relative));
            Assert.True(answer.StatusCode == HttpStatusCode.OK, $"{who}: {href} answers {answer.StatusCode}");
            var list = await answer.Content.ReadAsStringAsync();
            var total = Total().Match(list);
            Assert.True(total.Success, $"{who}: {href} does not say how many it shows.");
            Assert.True(long.Parse(total.Groups[1].Value, CultureInfo.InvariantCulture) == count, $"{who}: the start page says {count}, {href} says {total.Groups[1].Value}.");
            var body = Body().Match(list, total.Index);
            var rows = body.Success ? Row().Count(body.Value) : 0;
            if (count <= ShownAtMost) Assert.True(rows == count, $"{who}: the start page says {count}, {href} shows {rows}.");
            Assert.Contains("href=\"/hjalp/", list, StringComparison.Ordinal);
        }

        using var told = JsonDocument.Parse(await browser.GetStringAsync(new Uri("/api/v1/start", UriKind.Relative)));
        var same = told.RootElement.GetProperty("sections").EnumerateArray().SelectMany(s => s.GetProperty("figures").EnumerateArray()).Select(f => (f.GetProperty("list").GetString()!, f.GetProperty("count").GetInt64()));
        Assert.Equal(figures.Order(), same.Order());
        return figures.Count;
    }

    [GeneratedRegex("<dd><a href=\"([^\"]+)\">([^<]+)</a></dd>")]
    private static partial Regex Figure();

    [GeneratedRegex("<a href=\"([^\"]+)\" data-figure=\"0\">")]
    private static partial Regex Nothing();

    [GeneratedRegex("data-total=\"([0-9]+)\"")]
    private static partial Regex Total();

    [GeneratedRegex("<tbody.*?</tbody>", RegexOptions.Singleline)]
    private static partial Regex Body();

    [GeneratedRegex("<tr\\b")]
    private static partial Regex Row();

    [GeneratedRegex("[^0-9]")]
    private static partial Regex NotDigits();
}
