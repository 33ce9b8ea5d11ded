using System.Runtime.CompilerServices;

namespace ArchiveService.Capture;

/// <summary>No pattern is looked for longer than this: names of files in an export are chosen by whoever made it.</summary>
internal static class RegexPatience
{
#pragma warning disable CA2255 // Nothing else runs before the first pattern of a library is made.
    [ModuleInitializer]
#pragma warning restore CA2255
    internal static void Set()
    {
        if (AppContext.GetData("REGEX_DEFAULT_MATCH_TIMEOUT") is null) AppDomain.CurrentDomain.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", TimeSpan.FromSeconds(10));
    }
}
