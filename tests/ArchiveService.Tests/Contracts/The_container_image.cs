using System.Diagnostics;
using System.Text.RegularExpressions;
using Xunit.Abstractions;

namespace ArchiveService.Tests.Contracts;

/// <summary>The image is built from the repository's root, and sees only what .dockerignore lets through.</summary>
public sealed partial class The_container_image(ITestOutputHelper output)
{
    [GeneratedRegex(@"^COPY\s+(?!--from)(?<paths>.+)$", RegexOptions.Multiline | RegexOptions.ExplicitCapture)]
    private static partial Regex Copy { get; }

    private static string[] Sources => [.. Copy.Matches(File.ReadAllText(RepositoryFiles.Path("src", "ArchiveService", "Dockerfile")))
        .SelectMany(line => line.Groups["paths"].Value.Split(' ', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries)[..^1])];

    [Fact]
    public void copies_only_what_is_in_the_repository_and_not_shut_out()
    {
        var tracked = Run("git", ["-C", RepositoryFiles.Root, "ls-files", "--cached", "--others", "--exclude-standard"])?.Split('\n', StringSplitOptions.RemoveEmptyEntries);
        Assert.NotEmpty(Sources);
        foreach (var source in Sources)
        {
            var full = RepositoryFiles.Path(source.TrimEnd('/'));
            var files = Directory.Exists(full) ? Directory.GetFiles(full, "*", SearchOption.AllDirectories)
                : Directory.Exists(Path.GetDirectoryName(full)) ? Directory.GetFiles(Path.GetDirectoryName(full)!, Path.GetFileName(full))
                : [];
            string[] relative = [.. files.Select(file => Path.GetRelativePath(RepositoryFiles.Root, file).Replace('\\', '/')).Where(file => tracked is null || tracked.Contains(file, StringComparer.Ordinal))];
            Assert.True(relative.Length > 0, $"COPY {source}: there is no such file in the repository.");
            Assert.True(relative.Any(file => !ShutOut(file)), $"COPY {source}: .dockerignore shuts it out.");
        }
    }

    [Theory]
    [InlineData("src/ArchiveService/wwwroot/lib/htmx.org/htmx.min.js")]
    [InlineData("src/ArchiveService/bin/Release/net10.0/ArchiveService.dll")]
    [InlineData("data/keys.json")]
    [InlineData(".env")]
    public void never_gets_what_was_built_fetched_or_is_secret(string file) => Assert.True(ShutOut(file));

    [Fact]
    public void is_described_by_a_compose_file_that_docker_accepts()
    {
        var environment = File.ReadAllLines(RepositoryFiles.Path(".env.example"))
            .Select(line => line.Split('=', 2)).Where(pair => pair.Length == 2 && !pair[0].StartsWith('#')).ToDictionary(pair => pair[0].Trim(), _ => "0123456789abcdef", StringComparer.Ordinal);
        if (Run("docker", ["compose", "version"]) is null)
        {
            output.WriteLine("Skipped: docker compose is not installed.");
            return;
        }

        Assert.NotNull(Run("docker", ["compose", "--project-directory", RepositoryFiles.Root, "--file", RepositoryFiles.Path("docker-compose.yml"), "config", "--quiet"], environment, output));
    }

    /// <summary>The last line of .dockerignore that matches decides, as Docker has it; ! takes back.</summary>
    private static bool ShutOut(string file)
    {
        var shut = false;
        foreach (var line in File.ReadAllLines(RepositoryFiles.Path(".dockerignore")).Select(l => l.Trim()).Where(l => l.Length > 0 && !l.StartsWith('#')))
        {
            var back = line.StartsWith('!');
            var pattern = "^" + Regex.Escape(line.TrimStart('!').Trim('/')).Replace(@"\*\*/", "(.*/)?", StringComparison.Ordinal).Replace(@"\*", "[^/]*", StringComparison.Ordinal) + "(/.*)?$";
            if (Regex.IsMatch(file, pattern, RegexOptions.None, TimeSpan.FromSeconds(1))) shut = !back;
        }

        return shut;
    }

    private static string? Run(string program, string[] arguments, Dictionary<string, string>? environment = null, ITestOutputHelper? output = null)
    {
        var start = new ProcessStartInfo(program, arguments) { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var (name, value) in environment ?? []) start.Environment[name] = value;
        try
        {
            using var process = Process.Start(start)!;
            var errors = process.StandardError.ReadToEndAsync();
            var said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            if (process.ExitCode != 0) output?.WriteLine(errors.Result);
            return process.ExitCode == 0 ? said : null;
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }
}
