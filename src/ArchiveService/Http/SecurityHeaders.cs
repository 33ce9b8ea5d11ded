using Microsoft.Net.Http.Headers;

namespace ArchiveService.Http;

/// <summary>What every answer tells the browser; first in the pipeline, so that errors and static files say it too.</summary>
public sealed class SecurityHeaders(RequestDelegate next)
{
    private const string ContentSecurityPolicy =
        "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self' data:; font-src 'self'; media-src 'self'; "
        + "form-action 'self'; base-uri 'none'; frame-ancestors 'none'; connect-src 'self'";

    public Task InvokeAsync(HttpContext http)
    {
        http.Response.OnStarting(() =>
        {
            var headers = http.Response.Headers;

            // An attachment's answer has a stricter policy of its own.
            headers.TryAdd(HeaderNames.ContentSecurityPolicy, ContentSecurityPolicy);
            headers.XContentTypeOptions = "nosniff";
            headers["Referrer-Policy"] = "no-referrer";
            headers["Cross-Origin-Opener-Policy"] = "same-origin";
            headers["Cross-Origin-Resource-Policy"] = "same-origin";
            headers["Permissions-Policy"] = "camera=(), geolocation=(), microphone=()";
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
