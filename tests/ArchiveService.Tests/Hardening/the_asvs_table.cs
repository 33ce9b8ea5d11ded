using System.Text.RegularExpressions;
using Xunit;

namespace ArchiveService.Tests.Hardening;

/// <summary>docs/asvs.md names every requirement of levels 1 and 2, and only tests that there are.</summary>
public sealed partial class The_ASVS_table
{
    /// <summary>The chapters' sections with how many of their requirements are of level 1 and of level 2.</summary>
    private const string Sections =
        "1.1:0,2 1.2:5,4 1.3:2,9 1.4:0,3 1.5:1,1 2.1:1,2 2.2:2,1 2.3:1,3 2.4:0,1 3.2:2,0 3.3:1,3 3.4:2,4 3.5:3,2 3.7:0,2 4.1:1,2 4.2:0,1 4.3:0,2 4.4:1,3 5.1:0,1 5.2:2,1 5.3:2,0 5.4:0,3 "
        + "6.1:1,2 6.2:8,4 6.3:2,2 6.4:2,2 6.5:0,5 6.6:0,3 6.8:0,4 7.1:0,3 7.2:4,0 7.3:0,2 7.4:2,3 7.5:0,2 7.6:0,2 8.1:1,1 8.2:2,1 8.3:1,0 8.4:0,1 9.1:3,0 9.2:1,3 10.1:0,2 10.2:0,2 10.3:0,4 10.4:5,6 10.5:0,5 10.6:0,2 10.7:0,3 "
        + "11.1:0,2 11.2:0,3 11.3:2,1 11.4:1,3 11.5:0,1 11.6:0,1 12.1:1,2 12.2:2,0 12.3:0,4 13.1:0,1 13.2:0,5 13.3:0,2 13.4:1,4 14.1:0,2 14.2:1,3 14.3:1,2 15.1:1,2 15.2:1,2 15.3:1,6 16.1:0,1 16.2:0,5 16.3:0,4 16.4:0,3 16.5:0,3 17.1:0,1 17.2:0,4 17.3:0,2";

    [GeneratedRegex(@"^\| (?<section>\d+\.\d+)\.(?<nr>\d+) \| (?<level>[12]) \| [^|]+ \| (?<how>Test|By design|Document|Operator|Not applicable|Gap) \| (?<which>[^|]+) \|$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Row { get; }

    [GeneratedRegex(@"`(?<class>\w+)\.(?<method>\w+)`", RegexOptions.ExplicitCapture)]
    private static partial Regex Named { get; }

    private static string Root()
    {
        for (var at = new DirectoryInfo(AppContext.BaseDirectory); at is not null; at = at.Parent)
        {
            if (File.Exists(Path.Combine(at.FullName, "ArchiveService.sln"))) return at.FullName;
        }

        throw new InvalidOperationException("The tests run outside the repository.");
    }

    private static IReadOnlyList<Match> Rows { get; } = Row.Matches(File.ReadAllText(Path.Combine(Root(), "docs", "asvs.md"))).ToList();

    [Fact]
    public void has_every_requirement_of_levels_1_and_2_once()
    {
        Assert.Equal(Rows.Count, Rows.Select(r => r.Groups["section"].Value + "." + r.Groups["nr"].Value).Distinct(StringComparer.Ordinal).Count());
        var said = Rows.GroupBy(r => r.Groups["section"].Value).ToDictionary(g => g.Key, g => $"{g.Count(r => r.Groups["level"].Value == "1")},{g.Count(r => r.Groups["level"].Value == "2")}", StringComparer.Ordinal);
        var meant = Sections.Split(' ').Select(s => s.Split(':')).ToDictionary(s => s[0], s => s[1], StringComparer.Ordinal);

        Assert.Equal(meant.OrderBy(m => m.Key, StringComparer.Ordinal), said.OrderBy(s => s.Key, StringComparer.Ordinal));
        Assert.Equal((70, 183), (Rows.Count(r => r.Groups["level"].Value == "1"), Rows.Count(r => r.Groups["level"].Value == "2")));
    }

    [Fact]
    public void names_tests_that_there_are()
    {
        var sources = Directory.EnumerateFiles(Path.Combine(Root(), "tests"), "*.cs", SearchOption.AllDirectories)
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal)).Select(File.ReadAllText).ToList();
        var missing = Rows.SelectMany(r => Named.Matches(r.Groups["which"].Value)).Select(n => (Class: n.Groups["class"].Value, Method: n.Groups["method"].Value)).Distinct()
            .Where(n => char.IsUpper(n.Class[0]) && (n.Class.Contains('_', StringComparison.Ordinal) || n.Method.Contains('_', StringComparison.Ordinal)))
            .Where(n => !sources.Any(s => s.Contains($"class {n.Class}", StringComparison.Ordinal) && s.Contains($" {n.Method}(", StringComparison.Ordinal))).ToList();

        Assert.Empty(missing);
        Assert.All(Rows.Where(r => r.Groups["how"].Value == "Test"), r => Assert.True(Named.IsMatch(r.Groups["which"].Value) || r.Groups["which"].Value.StartsWith("As ", StringComparison.Ordinal), r.Value));
    }
}
