using ArchiveService.Http;
using Microsoft.AspNetCore.Http;
using Microsoft.AspNetCore.Http.Features;
using Xunit;

namespace ArchiveService.Tests.Http;

public sealed class The_headers_of_an_answer
{
    private sealed class Starting : HttpResponseFeature
    {
        private readonly List<(Func<object, Task> Callback, object State)> waiting = [];

        public override void OnStarting(Func<object, Task> callback, object state) => waiting.Add((callback, state));

        public async Task Start()
        {
            foreach (var (callback, state) in waiting) await callback(state);
        }
    }

    private static async Task<IHeaderDictionary> Of(string? type, string scheme = "https", Action<HttpResponse>? more = null)
    {
        var http = new DefaultHttpContext();
        var starting = new Starting();
        http.Features.Set<IHttpResponseFeature>(starting);
        http.Request.Scheme = scheme;
        await new SecurityHeaders(h =>
        {
            h.Response.ContentType = type;
            more?.Invoke(h.Response);
            return Task.CompletedTask;
        }).InvokeAsync(http);
        await starting.Start();
        return http.Response.Headers;
    }

    [Fact]
    public async Task let_a_page_have_what_is_its_own_and_nothing_else()
    {
        var policy = (await Of("text/html; charset=utf-8")).ContentSecurityPolicy.ToString();

        foreach (var part in new[] { "default-src 'none'", "script-src 'self'", "style-src 'self'", "object-src 'none'", "frame-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'", "require-trusted-types-for 'script'", "trusted-types 'none'" })
            Assert.Contains(part, policy.Split("; "));
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.DoesNotContain("http", policy, StringComparison.Ordinal);
        Assert.DoesNotContain('*', policy);
    }

    [Theory]
    [InlineData("application/json; charset=utf-8", false)]
    [InlineData("image/svg+xml", false)]
    [InlineData("text/xml", false)]
    [InlineData("text/csv; charset=utf-8", true)]
    [InlineData("application/pdf", true)]
    [InlineData("application/zip", true)]
    [InlineData("application/warc", true)]
    [InlineData("application/x-ndjson", true)]
    [InlineData("application/octet-stream", true)]
    public async Task sandbox_whatever_is_no_page_and_take_files_away(string type, bool taken)
    {
        // Also where an endpoint says something wider.
        var headers = await Of(type, more: response => response.Headers.ContentSecurityPolicy = "default-src *");

        Assert.Contains("sandbox", headers.ContentSecurityPolicy.ToString().Split("; "));
        Assert.StartsWith("default-src 'none'", headers.ContentSecurityPolicy.ToString(), StringComparison.Ordinal);
        Assert.Equal(taken ? "attachment" : "", headers.ContentDisposition.ToString());
        Assert.Equal("nosniff", headers.XContentTypeOptions.ToString());
    }

    [Fact]
    public async Task keep_to_TLS_where_there_is_TLS()
    {
        Assert.Equal("max-age=31536000; includeSubDomains", (await Of("text/html")).StrictTransportSecurity.ToString());
        Assert.Equal("", (await Of("text/html", "http")).StrictTransportSecurity.ToString());
    }
}
