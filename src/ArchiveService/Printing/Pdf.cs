using System.ComponentModel;
using System.Text.RegularExpressions;
using ArchiveService.Http;

namespace ArchiveService.Printing;

/// <summary>Whether PDFs can be made here.</summary>
/// <param name="Browser">The program; null when none is installed.</param>
/// <param name="Sandbox">Whether the browser's sandbox is on.</param>
/// <param name="OwnNetwork">Whether the browser has an empty network of its own; otherwise its settings alone keep it from the network.</param>
public sealed record PdfStanding(bool Available, string? Browser, bool Sandbox, bool OwnNetwork);

/// <summary>Our templates as PDF/A: printed by a confined Chromium, completed by <see cref="ArchivalPdf"/>.</summary>
public sealed partial class Pdf(PdfOptions options, ILogger<Pdf> logger) : IDisposable
{
    private const int MostHtml = 96 * 1024 * 1024;
    private readonly SemaphoreSlim places = new(options.AtOnce);
    private Task<PdfStanding>? standing;

    [GeneratedRegex("""<span data-page-of="(?<id>[A-Za-z0-9-]+)"></span>""", RegexOptions.ExplicitCapture)]
    private static partial Regex PageNumber { get; }

    [GeneratedRegex("<head[^>]*>", RegexOptions.IgnoreCase)]
    private static partial Regex Head { get; }

    // First in the head, so that nothing before it can be fetched; scripts and frames are shut out here and once more by the browser's own switches.
    private const string Closed = """<meta charset="utf-8"><meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'; img-src data:; font-src data:">""";

    /// <exception cref="PdfUnavailable">There is no browser, its sandbox cannot be on, or the document is too much for it.</exception>
    public async Task<byte[]> Of(PdfDocument document, CancellationToken ct) => (await Print(document, ct)).Bytes;

    /// <inheritdoc cref="Of"/>
    public async Task<PrintedPdf> Print(PdfDocument document, CancellationToken ct)
    {
        var here = await Standing(ct);
        if (options.Browser is null)
            throw new PdfUnavailable(Unavailable("PDF kan inte göras: programmet Chromium är inte installerat på servern. Den som sköter driften installerar det (Debian: apt-get install chromium). Sidan kan skrivas ut från webbläsaren så länge."), "Chromium is not installed.");
        if (!here.Available)
            throw new PdfUnavailable(Unavailable("PDF kan inte göras: servern tillåter inte den avskärmning som programmet Chromium ska köras i. Den som sköter driften läser om Pdf__Sandbox i driftshandboken. Sidan kan skrivas ut från webbläsaren så länge."), "The kernel does not permit user namespaces, which Chromium's sandbox needs.");
        if (document.Html.Length > MostHtml || Head.Match(document.Html) is not { Success: true } head) throw new PdfUnavailable(TooMuch, $"{document.Html.Length} characters of HTML.");
        var html = document.Html.Insert(head.Index + head.Length, Closed);

        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(options.Limit);
        try
        {
            await places.WaitAsync(limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new PdfUnavailable(Unavailable("Det är många utskrifter just nu. Försök igen om en stund."), "No place came free in time.");
        }

        try
        {
            return await Printed(document, html, here, limit.Token);
        }
        catch (OperationCanceledException) when (!ct.IsCancellationRequested)
        {
            throw new PdfUnavailable(TooMuch, $"It took longer than {options.Limit.TotalSeconds} s.");
        }
        finally
        {
            places.Release();
        }
    }

    private async Task<PrintedPdf> Printed(PdfDocument document, string html, PdfStanding here, CancellationToken ct)
    {
        ConfinedBrowser browser;
        try
        {
            browser = ConfinedBrowser.Start(options, here.OwnNetwork, ct);
        }
        catch (Win32Exception error)
        {
            Log.CouldNotStart(logger, error.Message);
            throw new PdfUnavailable(Unavailable("PDF kan inte göras: programmet Chromium kunde inte startas på servern."), error.Message);
        }

        await using (browser)
        {
            try
            {
                return await Printed(document, html, browser);
            }
            catch (OperationCanceledException) when (browser.TookTooMuch)
            {
                throw new PdfUnavailable(TooMuch, $"It took more than {options.Memory} bytes of memory.");
            }
            catch (IOException error)
            {
                var complaints = await browser.Complaints();
                Log.Broke(logger, error.Message, complaints);
                throw new PdfUnavailable(Unavailable("PDF kunde inte göras: programmet Chromium avbröt. Försök igen; händer det på nytt står skälet i serverns logg."), error.Message);
            }
        }
    }

    private static async Task<PrintedPdf> Printed(PdfDocument document, string html, ConfinedBrowser browser)
    {
        var (pipe, over) = (browser.Pipe, browser.Over);
        var target = (await pipe.Call("Target.createTarget", new { url = "about:blank" }, null, over)).GetProperty("targetId").GetString();
        var session = (await pipe.Call("Target.attachToTarget", new { targetId = target, flatten = true }, null, over)).GetProperty("sessionId").GetString()!;
        await pipe.Call("Emulation.setScriptExecutionDisabled", new { value = true }, session, over);
        await pipe.Call("Page.enable", null, session, over);
        var frame = (await pipe.Call("Page.getFrameTree", null, session, over)).GetProperty("frameTree").GetProperty("frame").GetProperty("id").GetString()!;

        // Whatever would be fetched all the same, the page that a refresh leads to among it, is held here and never let go.
        await pipe.Call("Fetch.enable", new { patterns = new[] { new { urlPattern = "*" } } }, session, over);

        var raw = await Once(PageNumber.Replace(html, "000"));
        if (!PageNumber.IsMatch(html)) return Completed(raw);
        // The numbers are as wide as their placeholders or narrower, so that no page moves.
        var pages = new SkiaPdf(raw).Destinations();
        return Completed(await Once(PageNumber.Replace(html, found => pages.TryGetValue(found.Groups["id"].Value, out var page) ? $"{page}" : "–")));

        async Task<byte[]> Once(string text)
        {
            await pipe.Call("Page.setDocumentContent", new { frameId = frame, html = text }, session, over);
            await pipe.Await(over, "Page.documentOpened", "Page.loadEventFired");
            var printed = await pipe.Call("Page.printToPDF", new { printBackground = true, preferCSSPageSize = true, generateTaggedPDF = true, generateDocumentOutline = true }, session, over);
            return printed.GetProperty("data").GetBytesFromBase64();
        }

        PrintedPdf Completed(byte[] bytes)
        {
            var read = new SkiaPdf(ArchivalPdf.Pinned(bytes, document.Created));
            return new(ArchivalPdf.From(read, document), read.Pages().Count, read.Destinations());
        }
    }

    /// <summary>Measured once: whether the browser is there and its sandbox can be on.</summary>
    public Task<PdfStanding> Standing(CancellationToken ct) => (standing ??= Measure()).WaitAsync(ct);

    private async Task<PdfStanding> Measure()
    {
        var namespaces = await ConfinedBrowser.MayMakeNamespaces(CancellationToken.None);
        var found = new PdfStanding(options.Browser is not null && (namespaces || !options.Sandboxed), options.Browser, options.Sandboxed && namespaces, options.OwnNetwork && namespaces);
        if (found.Browser is null) Log.NoBrowser(logger);
        else if (!options.Sandboxed) Log.SandboxOff(logger);
        else if (!namespaces) Log.NoSandbox(logger);
        return found;
    }

    public void Dispose() => places.Dispose();

    private static Refusal Unavailable(string explanation) => new("pdf-unavailable", explanation, StatusCodes.Status503ServiceUnavailable);

    private static Refusal TooMuch => new("pdf-too-large", "Det här är för mycket för en PDF. Skriv ut sidan från webbläsaren, eller dela upp utskriften.", StatusCodes.Status422UnprocessableEntity);

    private static partial class Log
    {
        [LoggerMessage(Level = LogLevel.Warning, Message = "No PDFs: Chromium is not installed (Debian: apt-get install chromium), or Pdf__Browser does not name it.")]
        public static partial void NoBrowser(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "No PDFs: user namespaces are not permitted here, so that Chromium's sandbox cannot be on. See Pdf__Sandbox in docs/operations.md.")]
        public static partial void NoSandbox(ILogger logger);

        [LoggerMessage(Level = LogLevel.Warning, Message = "Chromium prints without its sandbox, because Pdf__Sandbox is off.")]
        public static partial void SandboxOff(ILogger logger);

        [LoggerMessage(Level = LogLevel.Error, Message = "Chromium could not be started: {Error}")]
        public static partial void CouldNotStart(ILogger logger, string error);

        [LoggerMessage(Level = LogLevel.Error, Message = "Chromium broke off: {Error} {Complaints}")]
        public static partial void Broke(ILogger logger, string error, string complaints);
    }
}
