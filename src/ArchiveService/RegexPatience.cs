using System.Runtime.CompilerServices;

namespace ArchiveService;

/// <summary>No pattern is looked for longer than this, also where it does not say so itself: what people wrote is matched against many.</summary>
internal static class RegexPatience
{
    internal static readonly TimeSpan AtMost = TimeSpan.FromSeconds(10);

    // Before anything of this assembly runs, and so before the first pattern is made.
    [ModuleInitializer]
    internal static void Set() => AppDomain.CurrentDomain.SetData("REGEX_DEFAULT_MATCH_TIMEOUT", AtMost);
}
