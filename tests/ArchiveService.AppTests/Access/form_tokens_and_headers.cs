using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.AccessTests;

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
}
