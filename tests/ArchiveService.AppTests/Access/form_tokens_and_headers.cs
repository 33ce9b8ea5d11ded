using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.Access;

public sealed class A_browser : IAsyncLifetime
{
    private const string Password = "fyra glada grisar";
    private static readonly Uri Persons = new("/api/v1/persons", UriKind.Relative);
    private ServedArchive archive = null!;

    public async Task InitializeAsync()
    {
        archive = await ServedArchive.Start();
        await archive.User("Siv Exempelsson", "siv", Password, new Grant(Role.Admin, null));
    }

    public Task DisposeAsync() => archive.DisposeAsync().AsTask();

    [Fact]
    public async Task commands_the_API_with_its_cookie_only_together_with_the_form_token()
    {
        var browser = archive.Browser();
        await ServedArchive.LogIn(browser, "siv", Password);

        var without = await browser.PostAsJsonAsync(Persons, new { name = "Bo Påhittad" });
        using var request = new HttpRequestMessage(HttpMethod.Post, Persons) { Content = JsonContent.Create(new { name = "Bo Påhittad" }) };
        request.Headers.Add("RequestVerificationToken", await ServedArchive.FormToken(browser, "/anvandare"));
        var with = await browser.SendAsync(request);

        Assert.Equal(HttpStatusCode.BadRequest, without.StatusCode);
        Assert.Equal("form-token-missing", (await without.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        Assert.Equal(HttpStatusCode.Created, with.StatusCode);
    }

    [Fact]
    public async Task posts_a_page_only_with_its_form_token()
    {
        var browser = archive.Browser();
        await ServedArchive.LogIn(browser, "siv", Password);

        var answer = await browser.PostAsync(new Uri("/anvandare", UriKind.Relative), new FormUrlEncodedContent([new("Name", "Bo Påhittad")]));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        Assert.Equal(1L, await archive.Value<long>("select count(*) from archive.persons"));
    }

    [Fact]
    public async Task lets_an_administrator_add_a_person_and_take_a_role_away()
    {
        var browser = archive.Browser();
        await ServedArchive.LogIn(browser, "siv", Password);

        var added = await ServedArchive.Post(
            browser, "/anvandare", "/anvandare", ("Name", "Bo Påhittad"), ("Username", "bo.p"), ("NewPassword", "sju sköna sälar"), ("NewRoles", "registrator"), ("NewRoles", "moderator"));
        Assert.Equal(HttpStatusCode.Redirect, added.StatusCode);
        var page = added.Headers.Location!.OriginalString;
        var revoked = await ServedArchive.Post(browser, page, page + "?handler=Revoke", ("Role", "moderator"), ("Authority", ""));

        Assert.Equal(HttpStatusCode.Redirect, revoked.StatusCode);
        Assert.Contains("Bo Påhittad", await browser.GetStringAsync(new Uri("/anvandare", UriKind.Relative)), StringComparison.Ordinal);
        Assert.Equal("registrator", await archive.Value<string>("select string_agg(role, ',') from archive.grants join archive.users using (person_id) where username = 'bo.p'"));
        Assert.Equal("/sok", (await ServedArchive.LogIn(archive.Browser(), "bo.p", "sju sköna sälar", "/sok")).Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("/logga-in", HttpStatusCode.OK)]
    [InlineData("/api/v1/persons", HttpStatusCode.Unauthorized)]
    [InlineData("/anvandare", HttpStatusCode.Redirect)]
    [InlineData("/health/live", HttpStatusCode.OK)]
    public async Task is_told_to_trust_nothing_but_this_site(string path, HttpStatusCode status)
    {
        var answer = await archive.Program().GetAsync(new Uri(path, UriKind.Relative));

        Assert.Equal(status, answer.StatusCode);
        var policy = Assert.Single(answer.Headers.GetValues("Content-Security-Policy"));
        foreach (var part in new[] { "default-src 'none'", "script-src 'self'", "style-src 'self'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'" })
            Assert.Contains(part, policy, StringComparison.Ordinal);
        Assert.DoesNotContain("unsafe", policy, StringComparison.Ordinal);
        Assert.Equal("nosniff", Assert.Single(answer.Headers.GetValues("X-Content-Type-Options")));
        Assert.Equal("no-referrer", Assert.Single(answer.Headers.GetValues("Referrer-Policy")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Opener-Policy")));
        Assert.Equal("same-origin", Assert.Single(answer.Headers.GetValues("Cross-Origin-Resource-Policy")));
        Assert.True(answer.Headers.CacheControl is { NoStore: true, Private: true });
        Assert.False(answer.Headers.Contains("Server"));
    }
}
