using System.Net;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Warc;
using ArchiveService.Features.Warc;
using ArchiveService.Http;
using ArchiveService.Printing;

namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>A page as it looked.</summary>
/// <param name="Png">A picture of all of it, cut off where it becomes too high.</param>
/// <param name="Pdf">The page as it prints.</param>
/// <param name="Wacz">What it was made of, with its text.</param>
/// <param name="Text">What can be read on it.</param>
/// <param name="Fetched">Answers it was made of.</param>
/// <param name="Refused">What it asked for and did not get.</param>
public sealed record PagePicture(byte[] Png, byte[] Pdf, byte[] Wacz, string Text, int Fetched, int Refused);

/// <summary>
/// Takes a picture of a page by the confined Chromium: a user of its own, sandbox on, no network. Everything that the page asks for is held in the browser and fetched by
/// <see cref="PageFetch"/>, which also keeps it for the web archive.
/// </summary>
public sealed class PageCamera(PdfOptions options, Pdf pdf, TimeProvider clock, Func<IPAddress, bool>? allowed = null)
{
    /// <summary>The address of the page's text in its web archive.</summary>
    public const string TextType = "text/plain; charset=utf-8";

    private const int Width = 1280;
    private const int MostHeight = 16_000;
    private const int MostText = 1_000_000;

    private static readonly TimeSpan Quiet = TimeSpan.FromMilliseconds(700);
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(30);

    /// <exception cref="PdfUnavailable">There is no browser, its sandbox cannot be on, or it broke off.</exception>
    public async Task<(PagePicture? Picture, Refusal? Refused)> Take(Uri address, CancellationToken ct)
    {
        var here = await pdf.Standing(ct);
        if (!here.Available) return (null, new("picture-unavailable", "En bild kan inte tas: programmet Chromium är inte installerat på servern, eller får inte köras avskärmat. Se driftshandboken.", StatusCodes.Status503ServiceUnavailable));
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience + Patience);
        using var fetch = new PageFetch(clock, allowed);
        try
        {
            await using var browser = ConfinedBrowser.Start(options, here.OwnNetwork, limit.Token);
            return await Taken(browser, address, fetch);
        }
        catch (Exception error) when (error is IOException or System.ComponentModel.Win32Exception || (error is OperationCanceledException && !ct.IsCancellationRequested))
        {
            return (null, new("picture-failed", "Bilden kunde inte tas: sidan var för tung, eller så avbröt programmet. Försök igen.", StatusCodes.Status503ServiceUnavailable));
        }
    }

    private async Task<(PagePicture? Picture, Refusal? Refused)> Taken(ConfinedBrowser browser, Uri address, PageFetch fetch)
    {
        var (pipe, over) = (browser.Pipe, browser.Over);
        var pending = 0;
        var loaded = false;
        var lastActive = clock.GetTimestamp();
        var target = (await pipe.Call("Target.createTarget", new { url = "about:blank" }, null, over)).GetProperty("targetId").GetString();
        var session = (await pipe.Call("Target.attachToTarget", new { targetId = target, flatten = true }, null, over)).GetProperty("sessionId").GetString()!;
        pipe.Happening = (method, parameters) =>
        {
            if (method == "Page.loadEventFired") loaded = true;
            if (method != "Fetch.requestPaused") return;
            Interlocked.Increment(ref pending);
            var held = parameters.Clone();
            _ = Task.Run(
                async () =>
                {
                    try
                    {
                        await Answer(pipe, session, held, fetch, over);
                    }
                    catch (Exception error) when (error is IOException or OperationCanceledException or ObjectDisposedException or InvalidOperationException)
                    {
                        // The browser has ended; whoever reads from it says so.
                    }
                    finally
                    {
                        lastActive = clock.GetTimestamp();
                        Interlocked.Decrement(ref pending);
                    }
                },
                CancellationToken.None);
        };
        await pipe.Call("Page.enable", null, session, over);
        await pipe.Call("Emulation.setDeviceMetricsOverride", new { width = Width, height = 1024, deviceScaleFactor = 1, mobile = false }, session, over);
        await pipe.Call("Fetch.enable", new { patterns = new[] { new { urlPattern = "*" } } }, session, over);
        await pipe.Call("Browser.setDownloadBehavior", new { behavior = "deny" }, null, over);
        var began = clock.GetTimestamp();
        var navigated = await pipe.Call("Page.navigate", new { url = address.AbsoluteUri }, session, over);
        if (navigated.TryGetProperty("errorText", out _)) return (null, new("page-unreachable", "Sidan kunde inte hämtas. Adressen ska leda till en sida på det öppna nätet.", StatusCodes.Status422UnprocessableEntity));

        // Asking something moves the reading of the pipe on.
        while (clock.GetElapsedTime(began) < Patience && !(loaded && Volatile.Read(ref pending) == 0 && clock.GetElapsedTime(lastActive) > Quiet))
        {
            await pipe.Call("Page.getLayoutMetrics", null, session, over);
            await Task.Delay(100, over);
        }

        var metrics = (await pipe.Call("Page.getLayoutMetrics", null, session, over)).GetProperty("cssContentSize");
        var height = Math.Clamp((int)metrics.GetProperty("height").GetDouble(), 1, MostHeight);
        var png = (await pipe.Call("Page.captureScreenshot", new { format = "png", captureBeyondViewport = true, clip = new { x = 0, y = 0, width = Width, height, scale = 1 } }, session, over)).GetProperty("data").GetBytesFromBase64();
        var read = await pipe.Call("Runtime.evaluate", new { expression = $"(document.body ? document.body.innerText : '').slice(0, {MostText})", returnByValue = true }, session, over);
        var text = read.GetProperty("result").TryGetProperty("value", out var value) && value.ValueKind == JsonValueKind.String ? value.GetString()! : "";
        var title = (await pipe.Call("Runtime.evaluate", new { expression = "String(document.title).slice(0, 200)", returnByValue = true }, session, over)).GetProperty("result").TryGetProperty("value", out var named) ? named.ToString() : "";
        var printed = (await pipe.Call("Page.printToPDF", new { printBackground = true }, session, over)).GetProperty("data").GetBytesFromBase64();
        pipe.Happening = null;
        return (new(png, printed, await Package(address, title, text, fetch.All, over), text, fetch.All.Count, fetch.Refused), null);
    }

    private static async Task Answer(DevToolsPipe pipe, string session, JsonElement held, PageFetch fetch, CancellationToken ct)
    {
        var requestId = held.GetProperty("requestId").GetString();
        var request = held.GetProperty("request");
        var accept = request.GetProperty("headers").TryGetProperty("Accept", out var stated) ? stated.GetString() : null;
        var got = await fetch.Get(request.GetProperty("url").GetString()!, request.GetProperty("method").GetString()!, accept, ct);
        if (got is null) await pipe.Send("Fetch.failRequest", new { requestId, errorReason = "BlockedByClient" }, session, ct);
        else await pipe.Send("Fetch.fulfillRequest", new { requestId, responseCode = got.Status, responseHeaders = got.Headers.Select(h => new { name = h.Key, value = h.Value }), body = Convert.ToBase64String(got.Body) }, session, ct);
    }

    private async Task<byte[]> Package(Uri address, string title, string text, IReadOnlyList<Fetched> fetched, CancellationToken ct)
    {
        using var file = new MemoryStream();
        await using (var package = await WaczWriter.Begin(file, clock.GetUtcNow(), ct))
        {
            var info = Guid.CreateVersion7(clock.GetUtcNow());
            await package.Warc.Write(new(WarcTypes.WarcInfo, info, clock.GetUtcNow()) { ContentType = "application/warc-fields" }, WarcWriter.Fields(("software", ChannelWarc.Software), ("format", "WARC File Format 1.1"), ("description", "A page as it looked; bodies are as they were without their transfer and content encodings, and the heads say nothing of those.")), ct);
            Guid? page = null;
            foreach (var one in fetched)
            {
                var id = Guid.CreateVersion7(one.At);
                if (one.Status is >= 200 and < 300) page ??= id;
                var mime = one.Headers.FirstOrDefault(h => h.Key.Equals("Content-Type", StringComparison.OrdinalIgnoreCase)).Value ?? "application/octet-stream";
                var place = await package.Warc.Write(new(WarcTypes.Response, id, one.At) { TargetUri = one.Url, ContentType = "application/http; msgtype=response", WarcInfo = info, PayloadDigest = WarcWriter.DigestOf(System.Security.Cryptography.SHA256.HashData(one.Body)) }, Http(one), ct);
                package.Index(place, one.Url, one.At, mime.Split(';')[0].Trim(), one.Status.ToString(System.Globalization.CultureInfo.InvariantCulture));
            }

            await package.Warc.Write(new(WarcTypes.Conversion, Guid.CreateVersion7(clock.GetUtcNow()), clock.GetUtcNow()) { TargetUri = address.AbsoluteUri, ContentType = TextType, RefersTo = page, WarcInfo = info }, Encoding.UTF8.GetBytes(text), ct);
            package.Page(address.AbsoluteUri, fetched.Count > 0 ? fetched[0].At : clock.GetUtcNow(), title);
            await package.Finish(title.Length > 0 ? title : address.Host, ChannelWarc.Software, ct);
        }

        return file.ToArray();
    }

    private static byte[] Http(Fetched one)
    {
        var head = new StringBuilder($"HTTP/1.1 {one.Status} {one.Reason}\r\n");
        foreach (var (name, value) in one.Headers) head.Append(name).Append(": ").Append(value.ReplaceLineEndings(" ")).Append("\r\n");
        return [.. Encoding.UTF8.GetBytes(head.Append(System.Globalization.CultureInfo.InvariantCulture, $"Content-Length: {one.Body.Length}\r\n\r\n").ToString()), .. one.Body];
    }
}
