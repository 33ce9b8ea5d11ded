using System.Text.RegularExpressions;

namespace ArchiveService.Tests.PageParts;

/// <summary>The browser tests take them (UPDATE_DOCS=1); here it is seen that each is there, is small, and says in words what it shows.</summary>
public sealed partial class The_pictures_of_the_handbook
{
    private const long Largest = 150 * 1024;

    [GeneratedRegex(@"!\[(?<text>[^\]]*)\]\((?<path>[^)]+\.png)\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Picture { get; }

    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "ArchiveService.sln"))) return at.FullName;
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }

    [Fact]
    public void are_there_small_and_told_in_words()
    {
        var root = Root();
        var named = new HashSet<string>(StringComparer.Ordinal);
        foreach (var page in Directory.GetFiles(Path.Combine(root, "docs"), "*.md", SearchOption.AllDirectories).Append(Path.Combine(root, "README.md")))
        {
            foreach (Match picture in Picture.Matches(File.ReadAllText(page)))
            {
                var file = new FileInfo(Path.Combine(Path.GetDirectoryName(page)!, picture.Groups["path"].Value));
                Assert.True(file.Exists, $"{page} names {file.Name}, which is not there. Take it: UPDATE_DOCS=1 ./test --filter Jobs_of_the_roles");
                Assert.True(file.Length <= Largest, $"{file.Name} is {file.Length} bytes; at most {Largest}.");
                Assert.True(picture.Groups["text"].Value.Length > 10, $"{page}: {file.Name} is not told in words.");
                named.Add(file.FullName);
            }
        }

        Assert.Empty(Directory.GetFiles(Path.Combine(root, "docs", "images"), "*.png").Except(named));
    }
}
