using System.Text.RegularExpressions;
using ArchiveService.Tests.Contracts;

namespace ArchiveService.Tests.Requirements;

/// <summary>A test as it stands in the source, with the requirements it proves.</summary>
/// <param name="Skipped">Never runs.</param>
/// <param name="Conditional">Runs only where something is that need not be, such as the shared samples.</param>
internal sealed record TestMethod(string Project, string File, string Class, string Name, bool Skipped, bool Conditional, IReadOnlyList<string> Requirements)
{
    public string FullName => $"{Class}.{Name}";
}

/// <summary>
/// The traits of all test projects, read from their source: so that one project alone can be built and tested, and no assembly built
/// earlier has a say. That it reads as xunit does is proved on the assembly that is always there, this one.
/// </summary>
internal static partial class TestSource
{
    public static IReadOnlyList<TestMethod> All { get; }

    /// <summary>Traits that stand on nothing that runs: file and line.</summary>
    public static IReadOnlyList<string> Astray { get; }

    static TestSource()
    {
        List<TestMethod> tests = [];
        List<string> astray = [];
        foreach (var project in Directory.EnumerateFiles(RepositoryFiles.Path("tests"), "*.csproj", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
        {
            if (!File.ReadAllText(project).Contains("<IsTestProject>true</IsTestProject>", StringComparison.Ordinal)) continue;
            var folder = Path.GetDirectoryName(project)!;
            foreach (var file in Directory.EnumerateFiles(folder, "*.cs", SearchOption.AllDirectories).Order(StringComparer.Ordinal))
            {
                var inside = Path.GetRelativePath(folder, file);
                if (inside.StartsWith("obj", StringComparison.Ordinal) || inside.StartsWith("bin", StringComparison.Ordinal)) continue;
                Read(Path.GetFileNameWithoutExtension(project), $"{Path.GetFileName(folder)}/{inside.Replace('\\', '/')}", File.ReadAllLines(file), tests, astray);
            }
        }

        (All, Astray) = (tests, astray);
    }

    public static void Read(string project, string file, IReadOnlyList<string> lines, List<TestMethod> tests, List<string> astray)
    {
        var held = "";
        List<string> attributes = [];
        var classes = new Stack<(int Indent, string Name, bool Public, List<string> Traits)>();
        for (var i = 0; i < lines.Count; i++)
        {
            var line = lines[i].Trim();
            if (held.Length > 0 || Attribute().IsMatch(line))
            {
                held += line;
                if (!held.EndsWith(']')) continue;
                attributes.Add(held);
                held = "";
                continue;
            }

            if (line.Length == 0 || line.StartsWith("//", StringComparison.Ordinal) || line.StartsWith('#')) continue;
            if (attributes.Count == 0 && !line.Contains("class ", StringComparison.Ordinal)) continue;
            var traits = attributes.SelectMany(Traits).ToList();
            var indent = lines[i].Length - lines[i].TrimStart().Length;
            while (classes.TryPeek(out var before) && before.Indent >= indent) classes.Pop();
            if (Class().Match(line) is { Success: true } declared)
            {
                classes.Push((indent, declared.Groups["name"].Value, line.StartsWith("public ", StringComparison.Ordinal), traits));
            }
            else if (classes.TryPeek(out var of) && of.Public && attributes.Select(a => Fact().Match(a)).FirstOrDefault(m => m.Success) is { } fact && Method().Match(line) is { Success: true } method)
            {
                tests.Add(new(project, file, of.Name, method.Groups["name"].Value, attributes.Any(a => Skip().IsMatch(a)), fact.Groups["kind"].Length > 0, [.. of.Traits.Concat(traits).Distinct()]));
            }
            else if (traits.Count > 0)
            {
                astray.Add($"{file}:{i + 1}: {string.Join(", ", traits)}");
            }

            attributes.Clear();
        }
    }

    private static IEnumerable<string> Traits(string attribute) => Trait().Matches(attribute).Select(m => m.Groups["id"].Value);

    [GeneratedRegex(@"^\[[A-Z]\w*(\(|\]|,|\.)")]
    private static partial Regex Attribute();

    [GeneratedRegex(@"^((public|internal|private|protected|sealed|static|partial|abstract|file) )*(class|record|struct) (?<name>\w+)", RegexOptions.ExplicitCapture)]
    private static partial Regex Class();

    [GeneratedRegex(@"^public [^=(]*?\b(?<name>\w+)\(", RegexOptions.ExplicitCapture)]
    private static partial Regex Method();

    [GeneratedRegex(@"[\[,]\s*(?<kind>\w*?)(Fact|Theory)\s*[(\],]", RegexOptions.ExplicitCapture)]
    private static partial Regex Fact();

    [GeneratedRegex(@"\bSkip\s*=")]
    private static partial Regex Skip();

    [GeneratedRegex(@"\bTrait\(""Requirement"",\s*""(?<id>[^""]*)""\)", RegexOptions.ExplicitCapture)]
    private static partial Regex Trait();
}
