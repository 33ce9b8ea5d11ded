namespace ArchiveService.Evidence.Tests;

/// <summary>Skipped where there is no Python, in which the independent verifiers are written.</summary>
internal sealed class PythonFactAttribute : FactAttribute
{
    public PythonFactAttribute()
    {
        var found = (Environment.GetEnvironmentVariable("PATH") ?? "").Split(Path.PathSeparator).Any(folder => File.Exists(Path.Combine(folder, "python3")));
        if (!found) Skip = "python3 is not installed: the independent verifier is not run.";
    }
}
