using System.Globalization;

namespace ArchiveService.Printing;

/// <summary>The settings <c>Pdf:…</c>.</summary>
/// <param name="Browser">Chromium's program; null when there is none.</param>
/// <param name="Sandboxed">False only where the operator says <c>Pdf__Sandbox=off</c>.</param>
/// <param name="AtOnce">How many are printed at the same time; the others wait.</param>
/// <param name="Limit">How long one may take, waiting included.</param>
/// <param name="Memory">Bytes that one may hold.</param>
/// <param name="OwnNetwork">Whether the browser gets an empty network of its own where the kernel allows it. Tests turn it off to see that nothing gets out without it either.</param>
public sealed record PdfOptions(string? Browser, bool Sandboxed, int AtOnce, TimeSpan Limit, long Memory, bool OwnNetwork = true)
{
    private static readonly string[] Places = ["/usr/lib/chromium/chromium", "/usr/bin/chromium", "/usr/lib64/chromium-browser/chromium-browser", "/usr/bin/chromium-browser", "/opt/google/chrome/chrome"];

    public static PdfOptions From(IConfiguration configuration)
    {
        int Number(string name, int usual) => configuration[name] is not { Length: > 0 } given ? usual
            : int.TryParse(given, NumberStyles.None, CultureInfo.InvariantCulture, out var number) && number > 0 ? number
            : throw new Hosting.CannotStart($"{name.Replace(":", "__", StringComparison.Ordinal)} is {given}; it takes a whole number above 0.");
        var sandboxed = configuration["Pdf:Sandbox"] switch
        {
            null or "" or "required" => true,
            "off" => false,
            var other => throw new Hosting.CannotStart($"Pdf__Sandbox is {other}; it is required (as when it is not set) or off."),
        };
        var browser = configuration["Pdf:Browser"] is { Length: > 0 } named ? named : Places.FirstOrDefault(File.Exists);
        return new(browser is not null && File.Exists(browser) ? browser : null, sandboxed, Number("Pdf:AtOnce", 2), TimeSpan.FromSeconds(Number("Pdf:Seconds", 60)), Number("Pdf:MemoryMB", 1500) * 1024L * 1024);
    }
}
