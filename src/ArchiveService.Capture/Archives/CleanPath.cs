namespace ArchiveService.Capture.Archives;

/// <summary>Paths inside archives. No file is ever written under such a path; a clean one is only a key to look up.</summary>
internal static class CleanPath
{
    private const int MaxChars = 1024;

    /// <summary>Without leading slashes and dots; null when it is empty, leads out (zip slip) or could mean something else on another system.</summary>
    public static string? Of(string path)
    {
        if (path.Length > MaxChars || path.Any(c => c is '\\' or ':' or '\uFFFD' || char.IsControl(c))) return null;
        var steps = path.Split('/', StringSplitOptions.RemoveEmptyEntries).Where(step => step != ".").ToArray();
        return steps.Length == 0 || steps.Contains("..") ? null : string.Join('/', steps);
    }
}
