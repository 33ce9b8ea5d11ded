using Microsoft.AspNetCore.Authentication.Cookies;

namespace ArchiveService.Http;

/// <summary>Over TLS a cookie is called <c>__Host-…</c>: a browser takes it only from this host, over TLS, for every path, so that no neighbouring host can set or shadow it.</summary>
public sealed class HostCookies : ICookieManager
{
    private readonly ChunkingCookieManager inner = new();

    public static string Named(HttpContext http, string name) => http.Request.IsHttps ? "__Host-" + name : name;

    public string? GetRequestCookie(HttpContext context, string key) => inner.GetRequestCookie(context, Named(context, key));

    public void AppendResponseCookie(HttpContext context, string key, string? value, CookieOptions options) => inner.AppendResponseCookie(context, Named(context, key), value, options);

    public void DeleteCookie(HttpContext context, string key, CookieOptions options) => inner.DeleteCookie(context, Named(context, key), options);
}
