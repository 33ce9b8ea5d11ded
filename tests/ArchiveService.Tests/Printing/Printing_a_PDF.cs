using System.Buffers.Binary;
using System.Diagnostics;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ArchiveService.Printing;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ArchiveService.Tests.Printing;

/// <summary>Skipped where there is no Chromium.</summary>
internal sealed class PrintedFactAttribute : FactAttribute
{
    public static PdfOptions Usual { get; } = PdfOptions.From(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Pdf:Browser"] = Environment.GetEnvironmentVariable("CHROMIUM") }).Build());

    public PrintedFactAttribute()
    {
        if (Usual.Browser is null) Skip = "chromium is not installed (CHROMIUM may point to it): nothing is printed.";
    }
}

/// <summary>Skipped also where the kernel does not let the browser be confined.</summary>
internal sealed class SandboxedFactAttribute : FactAttribute
{
    private static readonly Lazy<bool> MayConfine = new(() =>
    {
        using var pdf = new Pdf(PrintedFactAttribute.Usual, NullLogger<Pdf>.Instance);
        return pdf.Standing(CancellationToken.None).GetAwaiter().GetResult().Available;
    });

    public SandboxedFactAttribute()
    {
        if (PrintedFactAttribute.Usual.Browser is null) Skip = "chromium is not installed (CHROMIUM may point to it): nothing is drawn.";
        else if (!MayConfine.Value) Skip = "the kernel does not permit user namespaces, which chromium's sandbox needs: nothing is drawn.";
    }
}

public sealed class Printing_a_PDF
{
    private static readonly DateTimeOffset At = new(2026, 11, 27, 9, 30, 15, TimeSpan.FromHours(1));

    private static PdfDocument Page(string body, string title = "Ärendeakt KS 2026/1") => new(
        $"<!doctype html><html lang=\"sv\"><head><title>x</title><style>@page {{ size: A4; margin: 2cm; @bottom-right {{ content: \"Sida \" counter(page) \" av \" counter(pages) }} }} .new {{ break-before: page }}</style></head><body>{body}</body></html>",
        title, At, Author: "Trosa kommun");

    private static async Task<PrintedPdf> Print(PdfDocument document, PdfOptions? options = null)
    {
        using var pdf = new Pdf(options ?? PrintedFactAttribute.Usual, NullLogger<Pdf>.Instance);
        return await pdf.Print(document, CancellationToken.None);
    }

    [PrintedFact, Trait("Requirement", "R-15")]
    public async Task Declares_itself_archival_with_tags_fonts_colours_and_numbers()
    {
        var printed = await Print(Page("<h1>Första</h1><p><a href=\"#andra\">Andra</a> på sidan <span data-page-of=\"andra\"></span></p><h2 class=\"new\" id=\"andra\">Andra</h2><p>åäö ÅÄÖ čđŋšŧž Sámi 😀</p>"));
        var text = Encoding.Latin1.GetString(printed.Bytes);

        Assert.Equal(2, printed.Pages);
        Assert.Equal(2, printed.PageOf["andra"]);
        Assert.Contains("<pdfaid:part>2</pdfaid:part><pdfaid:conformance>A</pdfaid:conformance>", text, StringComparison.Ordinal);
        Assert.Contains("/S /GTS_PDFA1", text, StringComparison.Ordinal);
        Assert.Contains("/Marked true", text, StringComparison.Ordinal);
        Assert.Contains("/StructTreeRoot", text, StringComparison.Ordinal);
        Assert.Contains("/Lang (sv)", text, StringComparison.Ordinal);
        Assert.Contains("/DisplayDocTitle true", text, StringComparison.Ordinal);
        Assert.Matches(@"/ID \[<[0-9A-F]{32}> <[0-9A-F]{32}>\]", text);
        Assert.Contains("<xmp:CreateDate>2026-11-27T08:30:15+00:00</xmp:CreateDate>", text, StringComparison.Ordinal);
        Assert.Contains("D:20261127083015+00'00'", text, StringComparison.Ordinal);

        if (Said(printed, "qpdf", "--check") is { } check) Assert.Contains("No syntax or stream encoding errors found", check, StringComparison.Ordinal);
        if (Said(printed, "pdffonts") is { } fonts) Assert.All(fonts.Split('\n', StringSplitOptions.RemoveEmptyEntries).Skip(2), font => Assert.Matches(@" yes +yes +yes +\d+ +0\s*$", font));
        if (Said(printed, "pdfinfo") is { } info)
        {
            Assert.Matches(@"Title: +Ärendeakt KS 2026/1", info);
            Assert.Matches(@"Author: +Trosa kommun", info);
            Assert.Matches(@"Tagged: +yes", info);
            Assert.Matches(@"JavaScript: +no", info);
            Assert.Matches(@"Page size: .*A4", info);
        }

        if (Said(printed, "pdftotext", after: "-") is { } words)
        {
            Assert.Contains("Andra på sidan 2", words, StringComparison.Ordinal);
            Assert.Contains("åäö ÅÄÖ čđŋšŧž Sámi 😀", words, StringComparison.Ordinal);
            Assert.Contains("Sida 2 av 2", words, StringComparison.Ordinal);
        }
    }

    // What people wrote is escaped by the templates; here it is not, and still nothing gets in or out.
    [PrintedFact]
    public async Task Reaches_neither_network_nor_files_nor_runs_a_script()
    {
        using var listener = new TcpListener(IPAddress.Loopback, 0);
        listener.Start();
        var here = $"http://127.0.0.1:{((IPEndPoint)listener.LocalEndpoint).Port}";
        using var datagrams = new UdpClient((IPEndPoint)listener.LocalEndpoint);
        var hostile = Page($"""
            <p id="said">before</p><script>document.getElementById('said').textContent = 'RAN'; fetch('{here}/script')</script>
            <img src="x" onerror="document.getElementById('said').textContent = 'RAN'"><img src="{here}/image.png"><iframe src="{here}/frame"></iframe>
            <iframe src="file:///etc/passwd"></iframe><object data="file:///etc/passwd"></object><embed src="file:///etc/passwd">
            <link rel="stylesheet" href="{here}/style.css"><style>@import url({here}/import.css); </style>
            <link rel="prefetch" href="{here}/prefetch"><link rel="dns-prefetch" href="//localhost"><meta http-equiv="refresh" content="0; url={here}/refresh"><base href="{here}/">
            <script>new WebSocket('{here.Replace("http", "ws", StringComparison.Ordinal)}/socket'); new RTCPeerConnection({"{"} iceServers: [{"{"} urls: 'stun:{here["http://".Length..]}' {"}"}] {"}"}).createDataChannel('x'); navigator.sendBeacon('{here}/beacon'); new EventSource('{here}/events')</script>
            <link rel="preconnect" href="{here}"><link rel="preload" as="image" href="{here}/preload"><link rel="modulepreload" href="{here}/module"><link rel="icon" href="{here}/icon"><link rel="manifest" href="{here}/manifest">
            <svg xmlns="http://www.w3.org/2000/svg"><image href="{here}/svg.png"/><use href="{here}/use.svg#a"/></svg><input type="image" src="{here}/input.png"><audio src="{here}/audio" autoplay></audio><img srcset="{here}/set.png 2x" lazy>
            <img src="{here.Replace("127.0.0.1", "localhost", StringComparison.Ordinal)}/by-name"><img src="//[::1]{here[(here.LastIndexOf(':'))..]}/six"><style>@font-face {"{"} font-family: f; src: url({here}/font.woff) {"}"} .f {"{"} font-family: f; cursor: url({here}/cursor), auto; list-style-image: url({here}/list); content: url({here}/content) {"}"}</style><p class="f">f</p>
            <meta http-equiv="refresh" content="0; url=file:///etc/passwd"><iframe srcdoc="<img src={here}/srcdoc>"></iframe><a href="{here}/ping" ping="{here}/pinged">länk</a><blockquote cite="{here}/cite"></blockquote>
            <form action="{here}/form"><input autofocus></form><video src="{here}/video" autoplay></video><p style="background: url({here}/background.png)">after</p>
            """);

        foreach (var options in new[] { PrintedFactAttribute.Usual, PrintedFactAttribute.Usual with { OwnNetwork = false } })
        {
            var printed = await Print(hostile, options);
            Assert.False(listener.Pending(), "Something was asked of the network.");
            Assert.Equal(0, datagrams.Available);
            if (Said(printed, "pdftotext", after: "-") is not { } words) continue;
            Assert.Contains("before", words, StringComparison.Ordinal);
            Assert.Contains("after", words, StringComparison.Ordinal);
            Assert.DoesNotContain("RAN", words, StringComparison.Ordinal);
            Assert.DoesNotContain("root:", words, StringComparison.Ordinal);
        }
    }

    [SandboxedFact]
    public async Task Runs_in_a_sandbox_without_the_services_secrets_and_leaves_nothing_behind()
    {
        using var pdf = new Pdf(PrintedFactAttribute.Usual, NullLogger<Pdf>.Instance);
        var here = await pdf.Standing(CancellationToken.None);
        Assert.True(here.Sandbox);
        await using (var browser = ConfinedBrowser.Start(PrintedFactAttribute.Usual, here.OwnNetwork, CancellationToken.None))
        {
            await browser.Pipe.Call("Browser.getVersion", null, null, CancellationToken.None);
            var running = Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])).Where(p => OfBrowser(p, browser.Folder)).ToList();
            Assert.NotEmpty(running);
            Assert.All(running, process =>
            {
                Assert.DoesNotContain("--no-sandbox", Text(Path.Combine(process, "cmdline")), StringComparison.Ordinal);
                Assert.DoesNotContain("ConnectionStrings", Text(Path.Combine(process, "environ")), StringComparison.OrdinalIgnoreCase);
                if (Environment.IsPrivilegedProcess) Assert.DoesNotMatch(@"Uid:\s+0\s", Text(Path.Combine(process, "status")));
            });
            Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite | UnixFileMode.UserExecute, File.GetUnixFileMode(browser.Folder));
            Leftover = browser.Folder;
        }

        Assert.False(Directory.Exists(Leftover));
        Assert.DoesNotContain(Directory.EnumerateDirectories("/proc").Where(p => char.IsAsciiDigit(Path.GetFileName(p)[0])), p => OfBrowser(p, Leftover));
    }

    private string Leftover { get; set; } = "";

    private static bool OfBrowser(string process, string folder) => Text(Path.Combine(process, "cmdline")).Contains(folder, StringComparison.Ordinal);

    private static string Text(string file)
    {
        try
        {
            return File.ReadAllText(file);
        }
        catch (Exception gone) when (gone is IOException or UnauthorizedAccessException)
        {
            return "";
        }
    }

    [PrintedFact]
    public async Task A_document_that_takes_too_long_or_too_much_is_given_up()
    {
        // Time enough to get a place to print at, too little for a browser to begin.
        var long_ = await Assert.ThrowsAsync<PdfUnavailable>(() => Print(Page("<p>x</p>"), PrintedFactAttribute.Usual with { Limit = TimeSpan.FromMilliseconds(60) }));
        Assert.Equal("pdf-too-large", long_.Why.Code);
        var big = await Assert.ThrowsAsync<PdfUnavailable>(() => Print(Page(string.Concat(Enumerable.Repeat("<p>Ett stycke till.</p>", 20_000))), PrintedFactAttribute.Usual with { Memory = 1024 * 1024 }));
        Assert.Equal(("pdf-too-large", 422), (big.Why.Code, big.Why.Status));
    }

    [Fact]
    public async Task Without_a_browser_or_its_sandbox_it_says_what_to_do()
    {
        var absent = await Assert.ThrowsAsync<PdfUnavailable>(() => Print(Page("<p>x</p>"), PrintedFactAttribute.Usual with { Browser = null }));
        Assert.Equal(("pdf-unavailable", 503), (absent.Why.Code, absent.Why.Status));
        Assert.Contains("apt-get install chromium", absent.Why.Explanation, StringComparison.Ordinal);
        var broken = await Assert.ThrowsAsync<PdfUnavailable>(() => Print(Page("<p>x</p>"), PrintedFactAttribute.Usual with { Browser = "/bin/false" }));
        Assert.Equal(("pdf-unavailable", 503), (broken.Why.Code, broken.Why.Status));
    }

    [Fact]
    public void The_colour_profile_is_that_of_sRGB()
    {
        var (red, green, blue) = StandardRgb.Primaries();
        // As published for sRGB under D50.
        foreach (var (found, published) in new[] { (red, new[] { 0.4361, 0.2225, 0.0139 }), (green, [0.3851, 0.7169, 0.0971]), (blue, [0.1431, 0.0606, 0.7141]) })
            Assert.All(found.Zip(published), pair => Assert.Equal(pair.Second, pair.First, 3));

        var profile = StandardRgb.Profile();
        Assert.Equal(profile.Length, BinaryPrimitives.ReadInt32BigEndian(profile));
        Assert.Equal("mntrRGB XYZ ", Encoding.ASCII.GetString(profile, 12, 12));
        Assert.Equal("acsp", Encoding.ASCII.GetString(profile, 36, 4));
        foreach (var tag in Enumerable.Range(0, BinaryPrimitives.ReadInt32BigEndian(profile.AsSpan(128))).Select(i => profile.AsSpan(132 + 12 * i, 12).ToArray()))
            Assert.InRange(BinaryPrimitives.ReadInt32BigEndian(tag.AsSpan(4)) + BinaryPrimitives.ReadInt32BigEndian(tag.AsSpan(8)), 132, profile.Length);
    }

    /// <summary>What the tool says of the file; null where it is not installed.</summary>
    internal static string? Said(PrintedPdf printed, string tool, string? before = null, string? after = null) => Said(printed.Bytes, tool, before, after);

    internal static string? Said(byte[] pdf, string tool, string? before = null, string? after = null)
    {
        if (!File.Exists($"/usr/bin/{tool}")) return null;
        var file = Path.Combine(Path.GetTempPath(), $"printed-{Guid.CreateVersion7():N}.pdf");
        File.WriteAllBytes(file, pdf);
        try
        {
            var start = new ProcessStartInfo($"/usr/bin/{tool}", new[] { before, file, after }.OfType<string>()) { RedirectStandardOutput = true, RedirectStandardError = true, UseShellExecute = false };
            using var process = Process.Start(start)!;
            var complaints = process.StandardError.ReadToEndAsync();
            var said = process.StandardOutput.ReadToEnd() + complaints.Result;
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, said);
            return said;
        }
        finally
        {
            File.Delete(file);
        }
    }
}
