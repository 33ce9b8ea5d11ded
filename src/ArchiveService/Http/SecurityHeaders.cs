using Microsoft.Net.Http.Headers;

namespace ArchiveService.Http;

/// <summary>What every answer tells the browser; first in the pipeline, so that errors and static files say it too.</summary>
public sealed class SecurityHeaders(RequestDelegate next)
{
    /// <summary>Of pages: everything comes from this server, nothing is inline, nothing frames or is framed, and a form is sent nowhere else.</summary>
    internal const string OfPages =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; connect-src 'self'; "
        + "object-src 'none'; frame-src 'none'; form-action 'self'; base-uri 'none'; frame-ancestors 'none'; require-trusted-types-for 'script'; trusted-types 'none'";

    /// <summary>Of all else: should a browser take it for a page after all, it is one without origin, scripts, forms and requests.</summary>
    internal const string OfFiles = "default-src 'none'; sandbox; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

    // Only what browsers know: of any other they complain on every page.
    private const string Permissions =
        "accelerometer=(), autoplay=(), camera=(), display-capture=(), encrypted-media=(), fullscreen=(self), geolocation=(), gyroscope=(), hid=(), magnetometer=(), microphone=(), midi=(), payment=(), "
        + "picture-in-picture=(), publickey-credentials-get=(), screen-wake-lock=(), serial=(), usb=(), xr-spatial-tracking=()";

    // What is taken away is never shown in place, whoever forgot to say so.
    private static readonly string[] TakenAway =
        ["text/csv", "application/pdf", "application/zip", "application/warc", "application/wacz", "application/x-ndjson", "application/gzip", "application/octet-stream"];

    public Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;
            var type = (http.Response.ContentType ?? "").Split(';')[0].Trim();

            // A player shows an attachment in place, and brings the rest of its policy with it.
            if (type.Equals("text/html", StringComparison.OrdinalIgnoreCase) || type.Length == 0) headers.TryAdd(HeaderNames.ContentSecurityPolicy, OfPages);
            else headers.ContentSecurityPolicy = OfFiles;
            if (headers.ContentDisposition.Count == 0 && TakenAway.Contains(type, StringComparer.OrdinalIgnoreCase)) headers.ContentDisposition = "attachment";
            headers.XContentTypeOptions = "nosniff";
            headers.XFrameOptions = "DENY";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Origin-Agent-Cluster"] = "?1";
            headers["X-Permitted-Cross-Domain-Policies"] = "none";
            headers["Permissions-Policy"] = Permissions;
            if (http.Request.IsHttps) headers.StrictTransportSecurity = "max-age=31536000; includeSubDomains";

            // Cookies and forms bring a no-store without private; what else asked for a cache on purpose keeps it.
            var cache = headers.CacheControl.ToString();
            if (cache.Length == 0 || cache.Contains("no-store", StringComparison.OrdinalIgnoreCase)) headers.CacheControl = "private, no-store";
            return Task.CompletedTask;
        });
        return next(http);
    }
}

public static class SecurityHeadersRegistration
{
    public static WebApplication UseSecurityHeaders(this WebApplication app)
    {
        app.UseMiddleware<SecurityHeaders>();
        return app;
    }
}
