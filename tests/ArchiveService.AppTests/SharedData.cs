namespace ArchiveService.AppTests;

/// <summary>Real samples that are not part of the repository: <c>shared/data</c> beside it, or where <c>ARCHIVESERVICE_SHARED</c> points.</summary>
internal static class SharedData
{
    public const string WhyAbsent = "shared/data is not beside the repository (ARCHIVESERVICE_SHARED may point to the folder shared).";

    private static readonly string? Folder = Find();

    public static bool IsPresent => Folder is not null;

    public static string PathOf(string path) => Path.Combine(Folder!, path);

    private static string? Find()
    {
        var told = Environment.GetEnvironmentVariable("ARCHIVESERVICE_SHARED");
        var tried = told is null ? BesideTheRepository() : [told];
        return tried.Select(shared => Path.Combine(shared, "data")).FirstOrDefault(Directory.Exists);
    }

    private static IEnumerable<string> BesideTheRepository()
    {
        for (var folder = new DirectoryInfo(AppContext.BaseDirectory); folder is not null; folder = folder.Parent)
        {
            if (File.Exists(Path.Combine(folder.FullName, "ArchiveService.sln"))) yield return Path.Combine(folder.FullName, "..", "shared");
        }
    }
}

/// <summary>A test over <see cref="SharedData"/>; skipped with the reason where that is absent.</summary>
internal sealed class SharedDataFactAttribute : FactAttribute
{
    public SharedDataFactAttribute()
    {
        if (!SharedData.IsPresent) Skip = SharedData.WhyAbsent;
    }
}

/// <summary>Likewise, for several cases.</summary>
internal sealed class SharedDataTheoryAttribute : TheoryAttribute
{
    public SharedDataTheoryAttribute()
    {
        if (!SharedData.IsPresent) Skip = SharedData.WhyAbsent;
    }
}
