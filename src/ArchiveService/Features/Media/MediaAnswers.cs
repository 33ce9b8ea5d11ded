using System.Globalization;
using System.Net;
using System.Web;

namespace ArchiveService.Features.Media;

/// <summary>What an answer means. <paramref name="Outcome"/> is null while it is worth trying again.</summary>
/// <param name="Problem">In kebab case; never holds the address.</param>
/// <param name="After">How long the server wants to be left alone.</param>
public sealed record FetchVerdict(FetchOutcome? Outcome, string Problem, TimeSpan? After = null);

/// <summary>Pure: what a server's answer says of a file, and whether an address is still good.</summary>
public static class MediaAnswers
{
    private static readonly TimeSpan LongestAfter = TimeSpan.FromHours(12);

    /// <summary>Null: the body is the file.</summary>
    public static FetchVerdict? Of(HttpStatusCode status, string? declaredType, Uri address, DateTimeOffset now, TimeSpan? retryAfter) => (int)status switch
    {
        200 when IsPage(declaredType) => new(FetchOutcome.NotAFile, "web-page"),
        200 => null,
        401 or 403 => new(HasExpired(address, now) ? FetchOutcome.Expired : FetchOutcome.Forbidden, $"http-{(int)status}"),
        404 or 410 => new(HasExpired(address, now) ? FetchOutcome.Expired : FetchOutcome.Missing, $"http-{(int)status}"),
        408 or 425 or 429 or >= 500 => new(null, $"http-{(int)status}", retryAfter is { } after && after > TimeSpan.Zero ? after < LongestAfter ? after : LongestAfter : null),
        >= 300 and < 400 => new(FetchOutcome.Refused, "redirect"),
        _ => new(FetchOutcome.Failed, $"http-{(int)status}"),
    };

    /// <summary>An address that carries the end of its own life: Meta's <c>oe</c>, and the signed addresses of object stores.</summary>
    public static bool HasExpired(Uri address, DateTimeOffset now)
    {
        var query = HttpUtility.ParseQueryString(address.Query);
        if (query["oe"] is { Length: 8 } meta && long.TryParse(meta, NumberStyles.HexNumber, CultureInfo.InvariantCulture, out var until)) return DateTimeOffset.FromUnixTimeSeconds(until) <= now;
        if ((query["Expires"] ?? query["expires"] ?? query["x-expires"]) is { } at && long.TryParse(at, NumberStyles.None, CultureInfo.InvariantCulture, out var seconds) && seconds is > 0 and < 253_402_300_800)
            return DateTimeOffset.FromUnixTimeSeconds(seconds) <= now;
        return query["X-Amz-Date"] is { } signed && DateTimeOffset.TryParseExact(signed, "yyyyMMdd'T'HHmmss'Z'", CultureInfo.InvariantCulture, DateTimeStyles.AssumeUniversal, out var from)
            && int.TryParse(query["X-Amz-Expires"], NumberStyles.None, CultureInfo.InvariantCulture, out var lasts) && from.AddSeconds(lasts) <= now;
    }

    /// <summary>A link to a page comes where a file could have come: what it says is not part of the item.</summary>
    public static bool IsPage(string? mediaType) => mediaType?.ToLowerInvariant() is "text/html" or "application/xhtml+xml";

    /// <summary>The last step of the address, when it is a name that a file can have.</summary>
    public static string? FileName(Uri address)
    {
        var name = Uri.UnescapeDataString(address.Segments.Length == 0 ? "" : address.Segments[^1]).Trim();
        return name.Length is 0 or > 255 || !name.Contains('.', StringComparison.Ordinal) || name is "." or ".." || name.Any(c => c is '/' or '\\' or ':' or '\uFFFD' || char.IsControl(c) || char.IsSurrogate(c) || char.GetUnicodeCategory(c) == UnicodeCategory.Format) ? null : name;
    }
}
