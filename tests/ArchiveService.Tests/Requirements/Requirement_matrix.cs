using System.Reflection;
using System.Text.RegularExpressions;
using ArchiveService.Tests.Contracts;

namespace ArchiveService.Tests.Requirements;

public sealed partial class Requirement_matrix
{
    private static readonly string Page = RepositoryFiles.Path("docs", "requirements.md");

    [Fact]
    public void has_a_row_for_every_requirement_once_and_no_other() =>
        Assert.Equal(Requirement.Groups.SelectMany(g => g.Ids), Requirement.All.Select(r => r.Id));

    [Fact]
    public void says_of_every_row_what_it_asks_and_what_answers_to_it() => Assert.All(Requirement.All, row =>
    {
        Assert.EndsWith(".", row.Asks, StringComparison.Ordinal);
        Assert.True(row.NotTheSystems is null == row.Behaviour is { Length: > 0 }, $"{row.Id}: behaviour, or why it is not the system's.");
        Assert.True(row.NotTheSystems is not null || row.Slices is { Count: > 0 }, $"{row.Id}: no slice.");
        Assert.True(row.Id[0] is 'C' or 'I' ? row.Modality is null : row.Modality is "MUST" or "SHOULD" or "MAY", $"{row.Id}: {row.Modality}");
    });

    [Fact]
    public void has_a_test_for_every_row_that_is_the_systems()
    {
        var bare = Requirement.All.Where(r => r.NotTheSystems is null && !r.Awaits && r.Tests.All(t => t.Conditional)).Select(r => r.Id);

        Assert.True(!bare.Any(), $"No test that always runs carries [Trait(\"Requirement\", …)] for {string.Join(", ", bare)}. Put it on the test that proves it, or say in requirements.json why it is not the system's.");
    }

    [Fact]
    public void awaits_only_what_is_not_there()
    {
        var there = Requirement.All.Where(r => r.Awaits && r.AllSlicesExist && r.Tests.Any(t => !t.Conditional)).Select(r => r.Id);

        Assert.True(!there.Any(), $"Tests and slices are there: take \"awaits\" from {string.Join(", ", there)} in requirements.json.");
    }

    [Fact]
    public void names_only_slices_that_exist() => Assert.All(Requirement.All.Where(r => !r.Awaits), row =>
        Assert.All(row.Slices ?? [], slice => Assert.True(Requirement.Exists(slice), $"{row.Id}: src/ArchiveService/{slice} is not there.")));

    [Fact]
    public void knows_every_id_that_a_test_claims()
    {
        var known = Requirement.All.Select(r => r.Id).ToHashSet();

        Assert.Empty(TestSource.All.SelectMany(t => t.Requirements.Where(id => !known.Contains(id)), (t, id) => $"{t.File}: {t.FullName} claims {id}"));
    }

    /// <summary>A number in a comment, a message or a preset is a promise that the requirement exists, and is the system's.</summary>
    [Fact]
    public void knows_every_id_that_the_code_and_the_presets_cite()
    {
        var known = Requirement.All.ToDictionary(r => r.Id);
        var cited = Directory.EnumerateFiles(RepositoryFiles.Path("src", "ArchiveService"), "*.*", SearchOption.AllDirectories)
            .Where(f => f.EndsWith(".cs", StringComparison.Ordinal) || f.EndsWith(".cshtml", StringComparison.Ordinal) || f.Contains("/Presets/", StringComparison.Ordinal))
            .Where(f => !f.Contains("/obj/", StringComparison.Ordinal) && !f.Contains("/bin/", StringComparison.Ordinal))
            .SelectMany(f => Cited().Matches(File.ReadAllText(f)).Select(m => (File: Path.GetRelativePath(RepositoryFiles.Root, f), Id: m.Value)))
            .Distinct();

        Assert.Empty(cited.Where(c => !known.ContainsKey(c.Id)).Select(c => $"{c.File} cites {c.Id}"));
    }

    [Fact]
    public void takes_no_test_that_does_not_run() =>
        Assert.Empty(TestSource.Astray.Concat(TestSource.All.Where(t => t.Skipped && t.Requirements.Count > 0).Select(t => $"{t.File}: {t.FullName} is skipped.")));

    [Fact]
    public void has_a_scenario_for_every_row_where_the_guidelines_differ() => Assert.All(Requirement.All.Where(r => r.Id[0] == 'C'), row =>
    {
        var has = Scenario.All.Any(s => s.Row == row.Id);
        Assert.True(has != row.ScenarioAwaits, has ? $"{row.Id}: take \"scenarioAwaits\" from requirements.json." : $"{row.Id}: no scenario in {nameof(Scenario)}.");
    });

    [Fact]
    public void is_up_to_date()
    {
        var generated = RequirementsPage.Write();
        if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1") File.WriteAllText(Page, generated);

        Assert.True(File.Exists(Page) && File.ReadAllText(Page) == generated,
            "docs/requirements.md does not say what the tests say. Write it again: UPDATE_DOCS=1 ./test --filter Requirement_matrix");
    }

    [Fact]
    public void reads_the_traits_in_the_source_as_xunit_does()
    {
        var compiled = typeof(Requirement_matrix).Assembly.GetExportedTypes().SelectMany(type => type.GetMethods(BindingFlags.Public | BindingFlags.Instance | BindingFlags.DeclaredOnly), (type, method) => (type, method))
            .Where(x => x.method.GetCustomAttributes<FactAttribute>().Any())
            .Select(x => (Test: $"{x.type.Name}.{x.method.Name}", Ids: string.Join(' ', Traits(x.type).Concat(Traits(x.method)).Distinct().Order(StringComparer.Ordinal))));
        var read = TestSource.All.Where(t => t.Project == "ArchiveService.Tests").Select(t => (Test: t.FullName, Ids: string.Join(' ', t.Requirements.Order(StringComparer.Ordinal))));

        Assert.Equal(compiled.Order(), read.Order());
    }

    [Theory]
    [InlineData("[Fact]\n[Trait(\"Requirement\", \"H-25\")]\npublic void runs() { }", "runs H-25")]
    [InlineData("[Trait(\"Requirement\", \"H-25\"), Trait(\"Requirement\", \"I1\")]\n[Theory]\n[InlineData(1,\n 2)]\npublic async Task runs(int a) =>", "runs H-25 I1")]
    [InlineData("[Fact(Skip = \"broken\")]\n[Trait(\"Requirement\", \"H-25\")]\npublic void sleeps() { }", "sleeps (skipped) H-25")]
    [InlineData("[SharedDataFact]\n[Trait(\"Requirement\", \"H-25\")]\npublic void sometimes() { }", "sometimes (conditional) H-25")]
    [InlineData("[Trait(\"Requirement\", \"H-25\")]\npublic void runs_never() { }", "astray X.cs:4: H-25")]
    [InlineData("// [Trait(\"Requirement\", \"H-25\")]\n[Fact]\npublic void bare() { }", "bare ")]
    [InlineData("private sealed class Y\n{\n    [Fact]\n    [Trait(\"Requirement\", \"H-25\")]\n    public void hidden() { }\n}\n\n[Fact]\npublic void after() { }", "after ; astray X.cs:7: H-25")]
    public void tells_what_runs_from_what_does_not(string source, string expected)
    {
        List<TestMethod> tests = [];
        List<string> astray = [];

        TestSource.Read("P", "X.cs", $"public sealed class X\n{{\n    {source.Replace("\n", "\n    ", StringComparison.Ordinal)}\n}}".Split('\n'), tests, astray);

        Assert.Equal(expected, string.Join("; ", tests.Select(t => $"{t.Name} {(t.Skipped ? "(skipped) " : "")}{(t.Conditional ? "(conditional) " : "")}{string.Join(' ', t.Requirements)}").Concat(astray.Select(a => $"astray {a}"))));
    }

    private static IEnumerable<string> Traits(MemberInfo member) => member.GetCustomAttributesData()
        .Where(a => a.AttributeType == typeof(TraitAttribute) && (string?)a.ConstructorArguments[0].Value == "Requirement").Select(a => (string)a.ConstructorArguments[1].Value!);

    [GeneratedRegex(@"(?<![\w-])[HNTRV]-\d\d(?!\d)")]
    private static partial Regex Cited();
}
