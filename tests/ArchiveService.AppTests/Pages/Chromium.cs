namespace ArchiveService.AppTests.Pages;

/// <summary>Chromium as the machine has it; nothing is downloaded. <c>CHROMIUM</c> may point to another.</summary>
internal static class Chromium
{
    public const string WhyAbsent = "chromium is not installed (CHROMIUM may point to it): the pages are not looked at in a browser.";

    public static string? Path { get; } = new[] { Environment.GetEnvironmentVariable("CHROMIUM"), "/usr/bin/chromium", "/usr/bin/chromium-browser", "/usr/bin/google-chrome" }.FirstOrDefault(File.Exists);
}

internal sealed class ChromiumFactAttribute : FactAttribute
{
    public ChromiumFactAttribute()
    {
        if (Chromium.Path is null) Skip = Chromium.WhyAbsent;
    }
}
