using System.Globalization;
using System.Security.Cryptography;
using System.Text;
using Microsoft.AspNetCore.DataProtection;

namespace ArchiveService.Access;

/// <summary>A reason to read what is secret (ändamål), and until when it holds.</summary>
public sealed record StatedPurpose(string Reason, DateTimeOffset Until);

/// <summary>
/// Why somebody reads what is secret, said once for a task: by a person on a page, where it holds for half an hour and can be changed at any time, by a program in a header. It goes with
/// every reading that is noted meanwhile. It is kept in the browser, sealed and bound to the person, not in the archive: only what was read for it is.
/// </summary>
public static class ReadPurpose
{
    public const int Longest = 1000;

    /// <summary>So long it holds.</summary>
    public static readonly TimeSpan Holds = TimeSpan.FromMinutes(30);

    private const string CookieName = "archive-purpose";

    private static readonly string[] Headers = ["Read-Reason", "X-Read-Reason"];

    /// <summary>What was stated and still holds; null when nothing is.</summary>
    public static StatedPurpose? Stated(HttpContext http, Guid person)
    {
        if (http.Request.Cookies[Http.HostCookies.Named(http, CookieName)] is not { Length: > 0 and < 8000 } cookie) return null;
        try
        {
            var parts = Protector(http).Unprotect(cookie).Split('\n', 3);
            var until = new DateTimeOffset(long.Parse(parts[1], CultureInfo.InvariantCulture), TimeSpan.Zero);
            return parts[0] == person.ToString("D") && until > Clock(http).GetUtcNow() ? new(parts[2], until) : null;
        }
        catch (Exception error) when (error is CryptographicException or FormatException or IndexOutOfRangeException)
        {
            // Not of this service, or of keys that are gone: then nothing is stated.
            return null;
        }
    }

    /// <summary>The reason that goes with what this request reads; null when none is given.</summary>
    public static string? Of(HttpContext http, Guid person)
    {
        foreach (var header in Headers)
        {
            if (http.Request.Headers[header].ToString() is { Length: > 0 } said && Uri.UnescapeDataString(said).Trim() is { Length: > 0 } reason) return reason;
        }

        return Stated(http, person)?.Reason;
    }

    public static void State(HttpContext http, Guid person, string reason)
    {
        var until = Clock(http).GetUtcNow() + Holds;
        http.Response.Cookies.Append(Http.HostCookies.Named(http, CookieName), Protector(http).Protect(string.Create(CultureInfo.InvariantCulture, $"{person:D}\n{until.UtcTicks}\n{reason}")), Options(http, until));
    }

    public static void Forget(HttpContext http) => http.Response.Cookies.Delete(Http.HostCookies.Named(http, CookieName), Options(http, null));

    private static CookieOptions Options(HttpContext http, DateTimeOffset? until) => new() { HttpOnly = true, SameSite = SameSiteMode.Strict, Secure = http.Request.IsHttps, Path = "/", Expires = until, IsEssential = true };

    private static IDataProtector Protector(HttpContext http) => http.RequestServices.GetRequiredService<IDataProtectionProvider>().CreateProtector("archiveservice/read-purpose/v1");

    private static TimeProvider Clock(HttpContext http) => http.RequestServices.GetRequiredService<TimeProvider>();
}
