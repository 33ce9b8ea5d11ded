using System.Text.RegularExpressions;

namespace ArchiveService.Tests.Contracts;

public sealed partial class Every_form_that_posts
{
    /// <summary>The tag helper adds the form token by itself only to a form without an address; else the button answers 400 in a browser.</summary>
    [Fact]
    public void to_an_address_asks_for_its_form_token()
    {
        var forms = Directory.EnumerateFiles(RepositoryFiles.Path("src", "ArchiveService", "Features"), "*.cshtml", SearchOption.AllDirectories)
            .SelectMany(file => Form.Matches(File.ReadAllText(file)).Select(form => $"{Path.GetFileName(Path.GetDirectoryName(file))}/{Path.GetFileName(file)}: {form.Value}"))
            .Where(form => form.Contains("method=\"post\"", StringComparison.Ordinal) && form.Contains(" action=", StringComparison.Ordinal)).ToList();

        Assert.NotEmpty(forms);
        Assert.All(forms, form => Assert.Contains("asp-antiforgery=\"true\"", form, StringComparison.Ordinal));
    }

    [GeneratedRegex("<form [^>]*>")]
    private static partial Regex Form { get; }
}
