using System.Net;
using System.Security.Claims;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.Configuration;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging.Abstractions;
using Xunit;

namespace ArchiveService.Tests.Http;

public sealed class Limiting_requests
{
    private static readonly IServiceProvider Services = new ServiceCollection().AddLogging().AddProblemDetails().BuildServiceProvider();

    private static DefaultHttpContext Request(string path, string from = "203.0.113.7", string method = "GET", bool open = true, ClaimsPrincipal? by = null)
    {
        var http = new DefaultHttpContext { RequestServices = Services };
        var at = path.Split('?');
        (http.Request.Method, http.Request.Path, http.Request.Host, http.Connection.RemoteIpAddress, http.Response.Body) = (method, at[0], new("arkiv.example.se"), IPAddress.Parse(from), new MemoryStream());
        if (at.Length > 1) http.Request.QueryString = new("?" + at[1]);
        http.SetEndpoint(new(_ => Task.CompletedTask, new(open ? [new AllowAnonymousAttribute()] : []), path));
        if (by is not null) http.User = by;
        return http;
    }

    private static async Task<int> Ask(RequestLimits limits, DefaultHttpContext http, int answer = 200)
    {
        var person = new RequestLimits.ByPerson(h =>
        {
            h.Response.StatusCode = answer;
            return Task.CompletedTask;
        }, limits, NullLogger<RequestLimits>.Instance);
        await new RequestLimits.ByNetwork(person.InvokeAsync, limits, NullLogger<RequestLimits>.Instance).InvokeAsync(http);
        return http.Response.StatusCode;
    }

    /// <summary>A second may pass meanwhile, and bring one more.</summary>
    private static async Task<DefaultHttpContext> UntilRefused(RequestLimits limits, Func<DefaultHttpContext> request)
    {
        for (var i = 0; i < 1000; i++)
        {
            var http = request();
            if (await Ask(limits, http) == 429) return http;
        }

        throw new InvalidOperationException("Never refused.");
    }

    [Fact]
    public async Task what_is_open_to_everybody_is_counted_by_network_and_says_when_to_come_back()
    {
        using var limits = new RequestLimits(new() { PublicPerSecond = 1 });
        for (var i = 0; i < 60; i++) Assert.Equal(200, await Ask(limits, Request("/public/diary.json")));

        var refused = await UntilRefused(limits, () => Request("/public/diary.json"));
        refused.Response.Body.Position = 0;
        var problem = (await JsonDocument.ParseAsync(refused.Response.Body)).RootElement;
        Assert.Equal("too-many-requests", problem.GetProperty("code").GetString());
        Assert.True(int.Parse(refused.Response.Headers.RetryAfter.ToString(), System.Globalization.CultureInfo.InvariantCulture) >= 1);
        Assert.Equal(200, await Ask(limits, Request("/public/diary.json", from: "203.0.113.8")));
    }

    [Fact]
    public async Task one_who_has_half_of_a_network_of_IPv6_is_one()
    {
        using var limits = new RequestLimits(new() { PublicPerSecond = 1 });
        for (var i = 0; i < 60; i++) await Ask(limits, Request("/public/diary.json", from: $"2001:db8::{i:x}"));

        await UntilRefused(limits, () => Request("/public/diary.json", from: "2001:db8::ffff"));
        Assert.Equal(200, await Ask(limits, Request("/public/diary.json", from: "2001:db8:0:1::1")));
    }

    [Fact]
    public async Task this_machine_itself_is_not_counted_but_whoever_comes_through_a_proxy_on_it_is()
    {
        using var limits = new RequestLimits(new() { PublicPerSecond = 1, LogInsPerMinute = 2 });
        DefaultHttpContext Here(string path, string method = "GET", string? proxy = null)
        {
            var http = Request(path, from: "127.0.0.1", method);
            http.Request.Host = new("127.0.0.1", 5080);
            if (proxy is not null) http.Request.Headers[proxy] = "203.0.113.9";
            return http;
        }

        for (var i = 0; i < 100; i++) Assert.Equal(200, await Ask(limits, Here("/logga-in", "POST")));
        var through = new List<int>();
        for (var i = 0; i < 4; i++) through.Add(await Ask(limits, Here("/logga-in", "POST", "X-Forwarded-For")));
        Assert.Contains(429, through);
    }

    [Fact]
    public async Task guessing_at_what_is_closed_stops_by_network()
    {
        using var limits = new RequestLimits(new() { RefusedPerMinute = 5 });
        var answers = new List<int>();
        for (var i = 0; i < 8; i++) answers.Add(await Ask(limits, Request("/api/v1/records", open: false), answer: 401));

        Assert.Equal(5, answers.Count(a => a == 401));
        Assert.Equal(429, answers[^1]);

        // Whoever is let in is not held to what the network's guesser did not do.
        Assert.Equal(200, await Ask(limits, Request("/api/v1/records", from: "203.0.113.9", open: false)));
    }

    [Theory]
    [InlineData("/api/v1/webhooks/meta")]
    [InlineData("/health/live")]
    [InlineData("/metrics")]
    public async Task what_has_limits_of_its_own_is_left_to_them(string path)
    {
        using var limits = new RequestLimits(new() { PublicPerSecond = 1 });
        for (var i = 0; i < 70; i++) Assert.Equal(200, await Ask(limits, Request(path)));
    }

    [Fact]
    public void no_address_stands_in_what_is_counted()
    {
        using var limits = new RequestLimits(new());
        using var other = new RequestLimits(new());

        Assert.DoesNotContain("203", limits.Network(IPAddress.Parse("203.0.113.7")), StringComparison.Ordinal);
        Assert.Equal(limits.Network(IPAddress.Parse("203.0.113.7")), limits.Network(IPAddress.Parse("::ffff:203.0.113.7")));
        Assert.NotEqual(limits.Network(IPAddress.Parse("203.0.113.7")), other.Network(IPAddress.Parse("203.0.113.7")));
    }

    [Theory]
    [InlineData("/public/diary.pdf")]
    [InlineData("/public/diary.csv")]
    [InlineData("/api/v1/records/export?format=csv")]
    [InlineData("/sok?q=halka")]
    public async Task what_costs_much_waits_for_its_turn_and_is_refused_when_too_many_wait(string path)
    {
        using var limits = new RequestLimits(new() { ExportsAtOnce = 1, SearchesAtOnce = 1, Waiting = 1 });
        var going = new TaskCompletionSource();
        var middleware = new RequestLimits.ByPerson(_ => going.Task, limits, NullLogger<RequestLimits>.Instance);
        var (first, second, third) = (Request(path), Request(path), Request(path));
        var running = middleware.InvokeAsync(first);
        var waiting = middleware.InvokeAsync(second);
        await middleware.InvokeAsync(third);

        Assert.Equal(429, third.Response.StatusCode);
        Assert.False(waiting.IsCompleted);
        going.SetResult();
        await Task.WhenAll(running, waiting);
        Assert.Equal(200, second.Response.StatusCode);
    }

    [Fact]
    public void limits_are_numbers_that_the_operator_sets()
    {
        static Limits Of(string value) => Limits.From(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Limits:PublicPerSecond"] = value }).Build());

        Assert.Equal(7, Of("7").PublicPerSecond);
        Assert.Throws<ArchiveService.Hosting.CannotStart>(() => Of("0"));
        Assert.Throws<ArchiveService.Hosting.CannotStart>(() => Of("många"));
    }

    [Fact]
    public async Task a_proxy_is_believed_only_when_it_is_known()
    {
        static Proxies Of(string known) => Proxies.From(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?> { ["Proxy:Known"] = known }).Build());
        async Task<(string? From, bool Tls)> Seen(string proxy, string said)
        {
            var http = Request("/", from: proxy);
            http.Request.Scheme = "http";
            http.Request.Headers["X-Forwarded-For"] = said;
            http.Request.Headers["X-Forwarded-Proto"] = string.Join(", ", said.Split(',').Select(_ => "https"));
            http.Request.Headers["X-Forwarded-Host"] = "evil.example";
            await new Microsoft.AspNetCore.HttpOverrides.ForwardedHeadersMiddleware(_ => Task.CompletedTask, Services.GetRequiredService<Microsoft.Extensions.Logging.ILoggerFactory>(), Microsoft.Extensions.Options.Options.Create(Of("10.0.0.5, 10.1.0.0/24").Options())).Invoke(http);
            Assert.Equal("arkiv.example.se", http.Request.Host.Value);
            return (http.Connection.RemoteIpAddress?.ToString(), http.Request.IsHttps);
        }

        Assert.Equal(("203.0.113.9", true), await Seen("10.0.0.5", "203.0.113.9"));
        Assert.Equal(("203.0.113.9", true), await Seen("10.1.0.77", "203.0.113.9"));
        Assert.Equal(("198.51.100.1", false), await Seen("198.51.100.1", "127.0.0.1"));

        // What the client itself put there lies beyond the last address that is known.
        Assert.Equal(("203.0.113.9", true), await Seen("10.0.0.5", "127.0.0.1, 203.0.113.9"));
        Assert.Throws<ArchiveService.Hosting.CannotStart>(() => Of("proxy.example.se"));
        Assert.Throws<ArchiveService.Hosting.CannotStart>(() => Of("0.0.0.0/0"));
        Assert.False(Of("").Any);
    }

    [Fact]
    public void a_cookie_over_TLS_is_bound_to_this_host()
    {
        var http = Request("/");
        http.Request.Scheme = "https";
        new HostCookies().AppendResponseCookie(http, "archive-session", "x", new() { Secure = true, HttpOnly = true, Path = "/" });

        var cookie = http.Response.Headers.SetCookie.ToString();
        Assert.StartsWith("__Host-archive-session=x", cookie, StringComparison.Ordinal);
        Assert.Contains("path=/", cookie, StringComparison.Ordinal);
        Assert.Contains("secure", cookie, StringComparison.Ordinal);
        Assert.DoesNotContain("domain", cookie, StringComparison.Ordinal);
    }
}
