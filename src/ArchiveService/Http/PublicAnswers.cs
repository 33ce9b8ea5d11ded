using System.Buffers.Text;
using System.Security.Cryptography;
using ArchiveService.Sealing;
using Microsoft.Net.Http.Headers;

namespace ArchiveService.Http;

/// <summary>
/// What is open to everybody: kept out of search engines, and out of every cache that would show it after a mark of secrecy. A browser may keep an answer
/// but asks before it shows it (<c>no-cache</c> with an ETag), so what is marked is gone at the next look, and what has not changed is not sent twice.
/// The ETag is keyed: nobody can try texts against one that was kept.
/// </summary>
public sealed class PublicAnswers(RequestDelegate next, IKeyProvider keys)
{
    private readonly byte[] key = HKDF.DeriveKey(HashAlgorithmName.SHA256, keys.IdentitySecret, 32, info: "archiveservice/v1/public-etag"u8.ToArray());

    public static bool Covers(PathString path) =>
        path.StartsWithSegments("/public", StringComparison.OrdinalIgnoreCase) || path.StartsWithSegments("/offentligt", StringComparison.OrdinalIgnoreCase);

    public async Task InvokeAsync(HttpContext http)
    {
        var (request, response) = (http.Request, http.Response);
        response.OnStarting(() =>
        {
            response.Headers["X-Robots-Tag"] = "noindex, noarchive";
            return Task.CompletedTask;
        });

        // A file is sent as it is read, and says itself which it is.
        if ((!HttpMethods.IsGet(request.Method) && !HttpMethods.IsHead(request.Method)) || request.Path.StartsWithSegments("/public/attachments", StringComparison.OrdinalIgnoreCase))
        {
            await next(http);
            return;
        }

        var (toReader, answer) = (response.Body, new MemoryStream());
        response.Body = answer;
        try
        {
            await next(http);
        }
        finally
        {
            response.Body = toReader;
        }

        // An answer with a cookie, or one that asked for it, is never kept.
        if (response.StatusCode == StatusCodes.Status200OK && answer.Length > 0 && response.Headers.SetCookie.Count == 0
            && !response.Headers.CacheControl.ToString().Contains("no-store", StringComparison.OrdinalIgnoreCase))
        {
            var etag = $"\"{Base64Url.EncodeToString(HMACSHA256.HashData(key, answer.GetBuffer().AsSpan(0, (int)answer.Length)).AsSpan(0, 18))}\"";
            response.Headers.CacheControl = "public, no-cache";
            response.Headers.ETag = etag;
            if (EntityTagHeaderValue.TryParseList(request.Headers.IfNoneMatch, out var known) && known.Any(k => k.Tag == etag || k.Tag == "*"))
            {
                response.StatusCode = StatusCodes.Status304NotModified;
                response.ContentLength = null;
                response.Headers.ContentType = default;
                return;
            }
        }

        answer.Position = 0;
        await answer.CopyToAsync(toReader, http.RequestAborted);
    }
}
