using System.Runtime.CompilerServices;
using System.Text.RegularExpressions;

namespace ArchiveService.Tests.FormDrafts;

/// <summary>The back button and a reload never send a form again: what was done leads on to a page that is read.</summary>
public sealed partial class Leading_on
{
    /// <summary>Pages that post and answer with a page, with the reason.</summary>
    private static readonly Dictionary<string, string> ShownAtOnce = new(StringComparer.Ordinal)
    {
        ["Style/Index.cshtml.cs"] = "examples that do nothing",
        ["Accessibility/Index.cshtml.cs"] = "the receipt is shown once, to whoever wrote",
        ["Errors/Status.cshtml.cs"] = "the page of a refused request",
        ["Retention/DryRunPage.cshtml.cs"] = "a trial of rules, which writes nothing",
        ["Inspections/InspectionPage.cshtml.cs"] = "the answer is a file",
        ["Warc/ChannelWarcPage.cshtml.cs"] = "the answer is a file",
        ["Public/Request.cshtml.cs"] = "the receipt is shown once, to whoever asked, and stands in no address",
    };

    private static string Features([CallerFilePath] string here = "") => Path.GetFullPath(Path.Combine(Path.GetDirectoryName(here)!, "..", "..", "..", "src", "ArchiveService", "Features"));

    [Fact]
    public void every_page_that_posts_redirects_when_it_is_done()
    {
        var root = Features();
        var staying = Directory.EnumerateFiles(root, "*.cshtml.cs", SearchOption.AllDirectories)
            .Where(file => File.ReadAllText(file) is var text && text.Contains(" OnPost", StringComparison.Ordinal) && !Leads.IsMatch(text))
            .Select(file => Path.GetRelativePath(root, file).Replace('\\', '/')).Order(StringComparer.Ordinal);

        Assert.Equal(ShownAtOnce.Keys.Order(StringComparer.Ordinal), staying);
    }

    [Fact]
    public void no_page_redirects_to_an_address_that_somebody_sent()
    {
        var root = Features();
        var open = Directory.EnumerateFiles(root, "*.cs", SearchOption.AllDirectories)
            .SelectMany(file => OpenRedirect.Matches(File.ReadAllText(file)).Select(m => $"{Path.GetFileName(file)}: {m.Value}")).ToList();

        // Where the operator's own identity provider says that logging in begins.
        Assert.Equal(["LogIn.cshtml.cs: Redirect(address)"], open);
    }

    [GeneratedRegex(@"Redirect|\bAfter\(|Finish\(")]
    private static partial Regex Leads { get; }

    // A literal that begins with one slash stays here whatever follows.
    [GeneratedRegex(@"(?<![A-Za-z])Redirect\((?!\$?""/[^/\\])[^)]*\)")]
    private static partial Regex OpenRedirect { get; }
}
