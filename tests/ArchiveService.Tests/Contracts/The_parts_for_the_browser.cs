using System.Text.Json;

namespace ArchiveService.Tests.Contracts;

/// <summary>Third-party scripts are fetched by the build, by a lock file without addresses, and never stand in the repository.</summary>
public sealed class The_parts_for_the_browser
{
    private static string Service(params string[] parts) => RepositoryFiles.Path(["src", "ArchiveService", .. parts]);

    [Fact]
    public void are_locked_by_their_hash_and_by_no_address()
    {
        var locked = JsonDocument.Parse(File.ReadAllText(Service("package-lock.json"))).RootElement.GetProperty("packages").EnumerateObject().Where(p => p.Name.Length > 0).ToList();

        Assert.NotEmpty(locked);
        Assert.All(locked, part =>
        {
            Assert.StartsWith("sha512-", part.Value.GetProperty("integrity").GetString(), StringComparison.Ordinal);
            Assert.False(part.Value.TryGetProperty("resolved", out _), $"{part.Name} names an address.");
        });
    }

    [Fact]
    public void are_fetched_by_the_build_from_that_lock_file_and_written_where_git_does_not_look()
    {
        var build = File.ReadAllText(Service("Directory.Build.targets"));

        Assert.Contains("Inputs=\"$(MSBuildThisFileDirectory)package-lock.json\"", build, StringComparison.Ordinal);
        Assert.Contains("npm ci --ignore-scripts", build, StringComparison.Ordinal);
        Assert.Contains("wwwroot/lib/htmx.org", build, StringComparison.Ordinal);
        Assert.Contains("**/wwwroot/lib/", File.ReadAllLines(RepositoryFiles.Path(".gitignore")));
        Assert.False(File.Exists(RepositoryFiles.Path("package-lock.json")), "The lock file stands beside the service, where the build looks for it.");
    }

    [Fact]
    public void are_there_when_npm_could_fetch_them()
    {
        // The stamp is written by every build, the folder only by one that had npm and a registry.
        var fetched = Directory.Exists(Service("wwwroot", "lib"));
        Assert.True(File.Exists(Service("obj", "web-parts.stamp")), "The build wrote no stamp: ./run would try again on every start.");
        if (fetched) Assert.True(new FileInfo(Service("wwwroot", "lib", "htmx.org", "htmx.min.js")).Length > 10_000);
    }
}
