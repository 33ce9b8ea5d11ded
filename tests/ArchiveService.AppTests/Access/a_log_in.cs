using System.Net;
using ArchiveService.Access;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.AccessTests;

/// <summary>One served archive for tests that leave it as it was.</summary>
public sealed class An_archive_with_an_administrator : IAsyncLifetime
{
    public const string Password = "fyra glada grisar";

    public ServedArchive Archive { get; private set; } = null!;

    public async Task InitializeAsync()
    {
        Archive = await ServedArchive.Start();
        await Archive.User("Siv Exempelsson", "siv", Password, new Grant(Role.Admin, null));
    }

    public Task DisposeAsync() => Archive.DisposeAsync().AsTask();
}

public sealed class A_log_in(An_archive_with_an_administrator given) : IClassFixture<An_archive_with_an_administrator>
{
    private const string Password = An_archive_with_an_administrator.Password;
    private readonly ServedArchive archive = given.Archive;

    [Theory]
    [InlineData("siv", "fel lösenord helt")]
    [InlineData("ingen-alls", Password)]
    [InlineData("s", Password)]
    [InlineData("siv", "")]
    public async Task is_refused_without_telling_what_was_wrong(string username, string password)
    {
        var browser = archive.Browser();

        var answer = await ServedArchive.LogIn(browser, username, password);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.DoesNotContain(password.Length == 0 ? "\0" : password, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(new Uri("/anvandare", UriKind.Relative))).StatusCode);
    }

    [Theory]
    [InlineData("https://exempel.invalid/")]
    [InlineData("//exempel.invalid/")]
    [InlineData("/\\exempel.invalid")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/logga-ut")]
    public async Task never_leads_to_another_site(string returnUrl)
    {
        var answer = await ServedArchive.LogIn(archive.Browser(), "siv", Password, returnUrl);

        Assert.Equal("/", answer.Headers.Location!.OriginalString);
    }

    [Fact]
    public async Task is_refused_without_the_forms_own_token()
    {
        var form = new FormUrlEncodedContent([new("Username", "siv"), new("Password", Password)]);

        var answer = await archive.Browser().PostAsync(new Uri("/logga-in", UriKind.Relative), form);

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
    }

    [Theory]
    [InlineData("X-Forwarded-For", "203.0.113.7")]
    [InlineData("Host", "arkivet.exempel.invalid")]
    public async Task is_for_this_machine_only(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/logga-in", UriKind.Relative));
        request.Headers.Add(header, value);

        var answer = await archive.Browser().SendAsync(request);

        Assert.Equal(HttpStatusCode.Forbidden, answer.StatusCode);
        Assert.Contains("samma dator", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/logga-in", HttpStatusCode.OK)]
    [InlineData("/api/v1/persons", HttpStatusCode.Unauthorized)]
    [InlineData("/anvandare", HttpStatusCode.Redirect)]
    [InlineData("/health/live", HttpStatusCode.OK)]
    public async Task tells_the_browser_to_trust_nothing_but_this_site(string path, HttpStatusCode status)
    {
        var answer = await archive.Program().GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(status, answer.StatusCode);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        foreach (var part in new[] { "default-src 'none'", "form-action '", "base-uri 'none'", "frame-ancestors 'none'", path is "/logga-in" ? "script-src 'self'; img-src" : "" })
            Assert.Contains(part, policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Opener-Policy")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
        Assert.True(answer.Headers.CacheControl is { NoStore: true, Private: true });
        Assert.False(answer.Headers.Contains("Server"));
    }

    [Theory]
    [InlineData("ask_AAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAAA")]
    [InlineData("something-else")]
    [InlineData("")]
    public async Task with_a_token_that_nobody_issued_is_worth_nothing(string token)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, new Uri("/api/v1/persons", UriKind.Relative));
        request.Headers.TryAddWithoutValidation("Authorization", $"Bearer {token}");

        Assert.Equal(HttpStatusCode.Unauthorized, (await archive.Program().SendAsync(request)).StatusCode);
    }
}
