using System.Net;
using System.Text;
using System.Text.Encodings.Web;
using System.Text.Unicode;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Diagnostics;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.FormDrafts;

/// <summary>
/// No form loses what was typed into it. A page that comes back instead of leading on shows what was sent, whatever the page itself remembers; and after a new log-in the
/// page shows what was sent when the old one had ended, to be looked through and sent again.
/// </summary>
public sealed class RefilledForms(RequestDelegate next, KeptForms kept)
{
    private static readonly HtmlEncoder Encoder = HtmlEncoder.Create(UnicodeRanges.All);

    public async Task InvokeAsync(HttpContext http)
    {
        var request = http.Request;
        // The page of a status code is made of the same request, which has been answered already.
        if (http.GetEndpoint()?.Metadata.GetMetadata<PageActionDescriptor>() is null || http.Features.Get<IStatusCodeReExecuteFeature>() is not null || http.CallerOrNull() is not { IsService: false } caller)
        {
            await next(http);
            return;
        }

        var posts = HttpMethods.IsPost(request.Method);
        var held = !(posts || HttpMethods.IsGet(request.Method)) || KeptForms.InBrowser(http).Count == 0 ? [] : await kept.Of(http, caller.PersonId, http.RequestAborted);
        if (posts && held.Where(h => Same(h.Form.Sent.Action, request.Path.Value!) && h.Form.Sent.Query == HtmlForms.Query(request.Query)).Select(h => h.Secret).ToList() is { Count: > 0 } sentAnew)
            await kept.Forget(http, sentAnew, http.RequestAborted);
        var ofThePage = posts ? [] : held.Where(h => Same(HtmlForms.Parted(h.Form.Address).Path, request.Path.Value!)).Select(h => h.Form).ToList();
        if (!posts && ofThePage.Count == 0)
        {
            await next(http);
            return;
        }

        var (toReader, page) = (http.Response.Body, new MemoryStream());
        http.Response.Body = page;
        try
        {
            await next(http);
        }
        finally
        {
            http.Response.Body = toReader;
        }

        if (page.Length == 0) return;
        if (http.Response.ContentType?.StartsWith("text/html", StringComparison.OrdinalIgnoreCase) == true && http.Response.StatusCode < 500)
        {
            var html = Encoding.UTF8.GetString(page.GetBuffer(), 0, (int)page.Length);
            html = posts ? Refused(http, html) : Returned(http, html, ofThePage);
            page = new(Encoding.UTF8.GetBytes(html));
            if (http.Response.ContentLength is not null) http.Response.ContentLength = page.Length;
        }

        page.Position = 0;
        await page.CopyToAsync(toReader, http.RequestAborted);
    }

    private static string Refused(HttpContext http, string html) =>
        KeptForms.Sent(http) is { } sent ? HtmlForms.Refill(html, (http.Request.Path.Value!, sent.Query), sent).Html : html;

    private static string Returned(HttpContext http, string html, List<KeptForm> forms)
    {
        foreach (var form in forms)
        {
            var (filled, left) = HtmlForms.Refill(html, (http.Request.Path.Value!, HtmlForms.Query(http.Request.Query)), form.Sent);
            html = Tell(filled, left is null ? Shown(form.Sent.Fields) : Shown(left), left is not null, form.Sent.Files);
        }

        return html;
    }

    /// <summary>Of fields nobody typed in there are ids and codes: they tell nobody anything.</summary>
    private static List<(string Name, string Value)> Shown(IReadOnlyList<(string Name, string Value)> fields) =>
        [.. fields.Where(f => f.Value.Trim() is { Length: > 0 } value && value is not ("true" or "false" or "on") && !Guid.TryParse(value, out _) && !(value.Length > 31 && !value.Contains(' ', StringComparison.Ordinal) && value.All(c => char.IsAsciiHexDigit(c) || c is '.' or '-')))];

    private static string Tell(string html, List<(string Name, string Value)> left, bool found, IReadOnlyList<string> files)
    {
        var text = new StringBuilder();
        text.Append("""<div role="status" id="sparat-formular"><div class="note note-warn">""").Append(Html(IconDrawings.Svg(Icon.Warning))).Append("<div><strong>Det du skrev finns kvar</strong>");
        text.Append(found
            ? "Inloggningen eller formuläret hade gått ut när du skickade. Det du skrev står i formuläret igen. Inget är skickat: läs igenom och skicka det på nytt."
            : "Inloggningen eller formuläret hade gått ut när du skickade. Formuläret finns inte längre på sidan, så det du skrev visas här. Inget är skickat.");
        if (files.Count > 0) text.Append(" Filer måste väljas igen: ").Append(Encoder.Encode(string.Join(", ", files))).Append('.');
        text.Append("</div></div>");
        if (left.Count > 0)
        {
            text.Append("""<section class="card mt4" aria-label="Det som inte fick plats i formuläret"><dl class="facts">""");
            foreach (var (name, value) in left) text.Append("<dt>").Append(Encoder.Encode(name)).Append("""</dt><dd dir="auto" class="kept-text">""").Append(Encoder.Encode(value)).Append("</dd>");
            text.Append("</dl></section>");
        }

        text.Append("</div>");
        var main = html.IndexOf("<main", StringComparison.OrdinalIgnoreCase);
        var at = main < 0 ? 0 : html.IndexOf('>', main) + 1;
        return html.Insert(at, text.ToString());
    }

    private static string Html(Microsoft.AspNetCore.Html.IHtmlContent content)
    {
        using var written = new StringWriter();
        content.WriteTo(written, Encoder);
        return written.ToString();
    }

    private static bool Same(string one, string other) => string.Equals(one.TrimEnd('/'), other.TrimEnd('/'), StringComparison.OrdinalIgnoreCase);
}
