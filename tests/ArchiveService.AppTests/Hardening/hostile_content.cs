using System.Collections.Concurrent;
using System.Net;
using System.Text;
using System.Text.Json;
using AngleSharp.Html.Parser;
using ArchiveService.AppTests.Pages;
using ArchiveService.Testing;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Playwright;
using static ArchiveService.AppTests.Hardening.HostileArchive;

namespace ArchiveService.AppTests.Hardening;

[Collection(nameof(HostileArchive))]
public sealed class Hostile_content(HostileArchive archive)
{
    private static readonly (string Start, string Kind)[] IdsOf =
    [
        ("api/v1/records/", "records"), ("handlingar/", "records"), ("api/v1/accounts/", "accounts"), ("konton/", "accounts"), ("api/v1/cases/", "cases"), ("arenden/", "cases"),
        ("api/v1/replay/accounts/", "accounts"), ("api/v1/replay/channels/", "channels"), ("api/v1/replay/records/", "records"), ("api/v1/replay/persons/", "persons"),
        ("granskning/konto/", "accounts"), ("granskning/kanal/", "channels"), ("granskning/handling/", "records"), ("granskning/person/", "persons"),
        ("api/v1/channels/", "channels"), ("kanaler/", "channels"), ("api/v1/sources/", "channels"), ("kallor/", "channels"), ("api/v1/consents/", "consents"), ("samtycken/", "consents"), ("api/v1/disposals/", "runs"), ("gallring/regler/", "rules"), ("gallring/", "runs"),
        ("api/v1/persons/", "persons"), ("anvandare/", "persons"), ("api/v1/authorities/", "authorities"), ("myndigheter/", "authorities"), ("public/authorities/", "authorities"), ("offentligt/myndigheter/", "authorities"), ("api/v1/diary/", "numbers"),
        ("api/v1/disclosures/", "requests"), ("utlamnanden/", "requests"), ("api/v1/data-subject-requests/", "subjects"), ("registerutdrag/", "subjects"), ("public/requests/", "references"), ("offentligt/begaran/", "references"),
    ];

    /// <summary>Questions that a page shows again.</summary>
    private static readonly string[] Echoed = ["/sok?q=", "/sok?sender=", "/konton?q=", "/diarium?q=", "/public/diary?q=", "/public/terminal?q=", "/public/request?number=", "/logga-in?returnUrl=", "/andamal?to=", "/min-logg?q=", "/arbetslista?state=", "/sok?from=", "/kanaler?fel="];

    private IEnumerable<string> Addresses()
    {
        var seen = new HashSet<string>(StringComparer.Ordinal);
        foreach (var endpoint in archive.Served.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is { HttpMethods: { Count: > 0 } methods } && !methods.Contains("GET")) continue;
            var route = endpoint.RoutePattern.RawText!.TrimStart('/');

            // A print takes a second: some are made below. What never ends is not waited for.
            if (!seen.Add(route) || route.EndsWith(".pdf", StringComparison.Ordinal) || route.StartsWith("evidence/", StringComparison.Ordinal) || route.EndsWith("/live", StringComparison.Ordinal) || route.EndsWith("/events", StringComparison.Ordinal) || route.EndsWith("/progress", StringComparison.Ordinal)) continue;
            if (endpoint.RoutePattern.Parameters.Count == 0)
            {
                yield return "/" + route;
                continue;
            }

            if (route.Contains("/{attachment:guid}", StringComparison.Ordinal))
            {
                foreach (var pair in archive.Ids["attachments"].Select(a => a.Split(' '))) yield return "/" + route.Replace("{id:guid}", pair[0], StringComparison.Ordinal).Replace("{attachment:guid}", pair[1], StringComparison.Ordinal);
                continue;
            }

            if (IdsOf.FirstOrDefault(i => route.StartsWith(i.Start, StringComparison.Ordinal)) is not { Kind: { } kind }) continue;
            foreach (var id in archive.Ids[kind].Take(route.StartsWith("handlingar/{id:guid}/", StringComparison.Ordinal) ? 2 : 7))
            {
                var path = new StringBuilder("/");
                foreach (var (nth, segment) in route.Split('/').Index())
                    path.Append(nth > 0 ? "/" : "").Append(!segment.Contains('{', StringComparison.Ordinal) ? segment : segment.Contains("int", StringComparison.Ordinal) ? "1" : nth <= 3 ? segment[..segment.IndexOf('{', StringComparison.Ordinal)] + Uri.EscapeDataString(id) + segment[(segment.IndexOf('}', StringComparison.Ordinal) + 1)..] : "x");
                yield return path.ToString();
            }
        }

        foreach (var start in Echoed) yield return start + Uri.EscapeDataString(HostileArchive.Text);
        yield return "/api/v1/records/export?format=csv&q=" + Marker;
        yield return "/api/v1/records/export?format=csv";
        yield return "/api/v1/records/export?format=ndjson";
        yield return "/finns-inte/" + Uri.EscapeDataString(Short);
        yield return "/api/v1/finns-inte/" + Uri.EscapeDataString(Short);
        yield return $"/granskning/handling/{archive.Ids["records"][0]}?visa=tidpunkt";
        yield return $"/handlingar/{archive.Ids["records"][0]}?after={Uri.EscapeDataString(Short)}";
    }

    [Fact]
    public async Task is_text_on_every_page_and_in_every_file()
    {
        var (faults, shown, pages, forms) = (new ConcurrentBag<string>(), 0, 0, 0);
        await Parallel.ForEachAsync(Addresses().ToList(), new ParallelOptions { MaxDegreeOfParallelism = 6 }, async (address, ct) =>
        {
            using var request = new HttpRequestMessage(HttpMethod.Get, At(address));
            if (!address.StartsWith("/api", StringComparison.Ordinal)) request.Headers.Accept.ParseAdd("text/html");
            using var answer = await archive.Program.SendAsync(request, ct);
            var body = await answer.Content.ReadAsStringAsync(ct);
            var type = answer.Content.Headers.ContentType?.MediaType ?? "";
            var short_ = address.Length > 120 ? address[..120] : address;
            if ((int)answer.StatusCode >= 500 && answer.StatusCode != HttpStatusCode.ServiceUnavailable) faults.Add($"{short_}: {(int)answer.StatusCode}");
            foreach (var fault in Headers(answer, type).Select(f => $"{short_}: {f}")) faults.Add(fault);
            if (body.Contains(Marker, StringComparison.Ordinal)) Interlocked.Increment(ref shown);
            switch (type)
            {
                // Given out as it came, to be kept and not shown: Headers sees to that.
                case "text/html" when answer.Content.Headers.ContentDisposition?.DispositionType == "attachment":
                    if (!string.Concat(answer.Headers.GetValues("Content-Security-Policy")).Contains("sandbox", StringComparison.Ordinal)) faults.Add($"{short_}: a page that somebody sent is not sandboxed");
                    break;
                case "text/html":
                    Interlocked.Increment(ref pages);
                    var (wrong, posting) = Page(body);
                    Interlocked.Add(ref forms, posting);
                    foreach (var fault in wrong.Select(f => $"{short_}: {f}")) faults.Add(fault);
                    break;
                case "text/csv":
                    foreach (var fault in Cells(body).Where(ArchiveService.Http.CsvText.IsFormula).Select(cell => $"{short_}: the cell {cell[..Math.Min(40, cell.Length)]} is a formula")) faults.Add(fault);
                    break;
                case "application/json" or "application/problem+json" when body.Length > 0:
                    using (JsonDocument.Parse(body))
                    {
                    }

                    break;
            }
        });

        Assert.Empty(archive.Broken);
        Assert.True(faults.IsEmpty, string.Join('\n', faults.Order(StringComparer.Ordinal).Take(60)));
        Assert.True(pages > 100, $"{pages} pages were read.");
        Assert.True(shown > 40, $"{shown} answers show what was written; refused when it was put in:\n{string.Join('\n', archive.Refused)}");
        Assert.True(forms > 40, $"{forms} forms were read.");
        Assert.DoesNotContain(archive.Log.Lines, line => line.Contains(Marker, StringComparison.Ordinal));
        Assert.DoesNotContain(archive.Log.Lines, line => line.Any(char.IsControl));
    }

    private static IEnumerable<string> Headers(HttpResponseMessage answer, string type)
    {
        string Header(string name) => answer.Headers.TryGetValues(name, out var values) ? string.Join(", ", values) : "";
        if (Header("X-Content-Type-Options") != "nosniff") yield return "no nosniff";
        if (Header("X-Frame-Options") != "DENY") yield return "may be framed";
        if (Header("Referrer-Policy") != "no-referrer") yield return "no referrer policy";
        var policy = Header("Content-Security-Policy");
        foreach (var needed in (string[])["default-src 'none'", "base-uri 'none'", "frame-ancestors 'none'", "form-action"])
        {
            if (!policy.Contains(needed, StringComparison.Ordinal)) yield return $"the policy lacks {needed}";
        }

        if (policy.Contains("unsafe", StringComparison.Ordinal)) yield return "the policy has something unsafe";
        if (type != "text/html" && type.Length > 0 && !policy.Contains("sandbox", StringComparison.Ordinal)) yield return $"{type} is not sandboxed";
        if (type is "text/csv" or "application/pdf" or "application/zip" or "application/warc" or "application/wacz" or "application/x-ndjson" or "application/octet-stream"
            && answer.IsSuccessStatusCode && answer.Content.Headers.ContentDisposition?.DispositionType != "attachment") yield return $"{type} is shown in place";
        if (answer.Headers.Contains("Server") || answer.Headers.Contains("X-Powered-By")) yield return "tells what serves it";
        if (answer.Headers.Contains("Set-Cookie") && Header("Set-Cookie").Contains("pwned", StringComparison.Ordinal)) yield return "a header was injected";
        if (answer.Headers.Contains("Access-Control-Allow-Origin")) yield return "another origin may read it";
    }

    private static (IReadOnlyList<string> Faults, int Forms) Page(string html)
    {
        var faults = new List<string>();
        var document = new HtmlParser(new HtmlParserOptions { IsScripting = true }).ParseDocument(html);
        var forms = 0;
        foreach (var element in document.All)
        {
            var name = element.LocalName;
            if (name is "pwned-tag" or "iframe" or "object" or "embed" or "base" or "frame" or "applet" or "portal") faults.Add($"<{name}>");
            if (name == "meta" && element.HasAttribute("http-equiv")) faults.Add(element.OuterHtml);
            if (name is "script" && (!element.HasAttribute("src") || element.TextContent.Length > 0)) faults.Add("an inline script");
            if (name is "style") faults.Add("an inline style");
            foreach (var attribute in element.Attributes)
            {
                if (attribute.Name.StartsWith("on", StringComparison.Ordinal) || attribute.Name is "style" or "data-pwned" or "srcdoc" or "ping") faults.Add($"{name} has {attribute.Name}");
                if (attribute.Name is not ("href" or "src" or "action" or "formaction" or "poster" or "data" or "xlink:href" or "srcset" or "cite" or "data-live")) continue;
                var value = attribute.Value.Trim();
                var outwards = value.StartsWith("//", StringComparison.Ordinal) || value.Contains(':', StringComparison.Ordinal) && !value.StartsWith('/') && !value.StartsWith('#') && !value.StartsWith('?');
                if (!outwards) continue;
                if (name == "a" && attribute.Name == "href" && (value.StartsWith("https://", StringComparison.Ordinal) || value.StartsWith("http://", StringComparison.Ordinal)))
                {
                    var rel = element.GetAttribute("rel") ?? "";
                    if (!rel.Contains("noopener", StringComparison.Ordinal) || !rel.Contains("noreferrer", StringComparison.Ordinal)) faults.Add($"a link outwards without rel: {value}");
                }
                else if (!(name == "a" && (value.StartsWith("tel:", StringComparison.Ordinal) || value.StartsWith("mailto:", StringComparison.Ordinal))) && !(name == "img" && value.StartsWith("data:image/", StringComparison.Ordinal)))
                {
                    faults.Add($"{name} leads to {value[..Math.Min(60, value.Length)]}");
                }
            }

            if (element is AngleSharp.Html.Dom.IHtmlFormElement form && form.Method.Equals("post", StringComparison.OrdinalIgnoreCase))
            {
                forms++;

                // Who asks for a document or writes how the pages work is not asked who they are, and has no cookie that a token could be for.
                if (form.QuerySelector("input[name=__RequestVerificationToken]") is null && (form.GetAttribute("action") ?? "").Split('?')[0] is not ("/public/request" or "/public/accessibility")) faults.Add($"the form to {form.GetAttribute("action")} has no token");
            }
        }

        return (faults, forms);
    }

    private static IEnumerable<string> Cells(string csv)
    {
        var (cell, quoted) = (new StringBuilder(), false);
        foreach (var letter in csv.TrimStart('\uFEFF') + "\n")
        {
            if (letter == '"') quoted = !quoted;
            else if (!quoted && letter is ';' or '\n' or '\r')
            {
                if (cell.Length > 0) yield return cell.ToString();
                cell.Clear();
            }
            else
            {
                cell.Append(letter);
            }
        }
    }

    [ChromiumFact]
    public async Task does_nothing_in_a_browser_or_in_a_print()
    {
        // A print has no links outwards, no actions and no scripts, whatever stands in it.
        foreach (var print in (string[])[$"/api/v1/cases/{archive.Ids["cases"][0]}/file.pdf", "/public/diary.pdf"])
        {
            using var answer = await archive.Program.GetAsync(At(print));
            if (answer.StatusCode == HttpStatusCode.ServiceUnavailable) continue;
            Assert.True(answer.IsSuccessStatusCode, $"{print}: {answer.StatusCode}");
            Assert.Equal("attachment", answer.Content.Headers.ContentDisposition?.DispositionType);
            var bytes = Encoding.Latin1.GetString(await answer.Content.ReadAsByteArrayAsync());
            foreach (var action in (string[])["/S /JavaScript", "/JS ", "/S /Launch", "/S /URI", "/S /SubmitForm", "/OpenAction", "/EmbeddedFile", "/RichMedia"]) Assert.DoesNotContain(action, bytes, StringComparison.Ordinal);
        }

        using var playwright = await Playwright.CreateAsync();
        await using var browser = await playwright.Chromium.LaunchAsync(new() { ExecutablePath = Chromium.Path, Args = ["--no-sandbox", "--disable-gpu", "--disable-quic"] });
        var context = await browser.NewContextAsync();
        var page = await context.NewPageAsync();
        var (asked, said) = (new ConcurrentQueue<string>(), new ConcurrentQueue<string>());
        page.Request += (_, request) => asked.Enqueue(request.Url);
        page.Console += (_, message) =>
        {
            // What a browser of another year does not know of the policy is no fault of the page.
            if (message.Type is "error" or "warning" && !message.Text.Contains("Permissions-Policy header", StringComparison.Ordinal)) said.Enqueue($"{page.Url}: {message.Text}");
        };
        page.Dialog += (_, dialog) => said.Enqueue("a dialog: " + dialog.Message);
        page.PageError += (_, error) => said.Enqueue($"{page.Url}: {error}");
        await page.AddInitScriptAsync("document.addEventListener('securitypolicyviolation', e => console.error('violated ' + e.violatedDirective + ' by ' + e.blockedURI + ' ' + e.sample));");
        await page.GotoAsync(new Uri(archive.Served.Address, "/logga-in").ToString());
        await page.FillAsync("input[name=Username]", "siv");
        await page.FillAsync("input[name=Password]", "fyra glada grisar");
        await page.ClickAsync("main button[type=submit]");
        await page.WaitForLoadStateAsync();
        foreach (var path in (string[])[$"/handlingar/{archive.Ids["records"][0]}", "/sok?q=" + Uri.EscapeDataString(HostileArchive.Text), $"/arenden/{archive.Ids["cases"][0]}", $"/kanaler/{archive.Ids["channels"][0]}/plan", $"/utlamnanden/{archive.Ids["requests"][0]}", "/public/diary", "/"])
        {
            await page.GotoAsync(new Uri(archive.Served.Address, path).ToString());
            Assert.True(await page.EvaluateAsync<bool>("() => window.__pwned === undefined && document.querySelector('pwned-tag, [data-pwned]') === null"), path);
        }

        Assert.DoesNotContain(asked, url => !url.StartsWith(archive.Served.Address.ToString(), StringComparison.Ordinal));
        Assert.Empty(said);
    }
}
