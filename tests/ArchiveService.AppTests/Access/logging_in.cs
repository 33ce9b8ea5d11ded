using System.Net;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.AccessTests;

public sealed class Logging_in : IAsyncLifetime
{
    private const string Password = "fyra glada grisar";
    private static readonly DateTimeOffset Morning = new(2026, 3, 2, 7, 0, 0, TimeSpan.Zero);

    private readonly SetClock clock = new(Morning);
    private ServedArchive archive = null!;
    private Guid siv;

    public async Task InitializeAsync()
    {
        archive = await ServedArchive.Start(builder => builder.Services.AddSingleton<TimeProvider>(clock));
        siv = await archive.User("Siv Exempelsson", "siv", Password, new Grant(Role.Admin, null));
    }

    public Task DisposeAsync() => archive.DisposeAsync().AsTask();

    [Fact]
    public async Task leads_to_the_page_that_was_asked_for()
    {
        var browser = archive.Browser();
        var asked = await browser.GetAsync(new Uri("/anvandare?x=1", UriKind.Relative));
        Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
        Assert.Equal("/logga-in?returnUrl=%2Fanvandare%3Fx%3D1", asked.Headers.Location!.PathAndQuery);

        var loggedIn = await ServedArchive.LogIn(browser, "SIV ", Password, "/anvandare?x=1");

        Assert.Equal(HttpStatusCode.Redirect, loggedIn.StatusCode);
        Assert.Equal("/anvandare?x=1", loggedIn.Headers.Location!.OriginalString);
        var cookie = Assert.Single(loggedIn.Headers.GetValues("Set-Cookie"), c => c.StartsWith("archive-session=", StringComparison.Ordinal));
        Assert.Contains("httponly", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Contains("samesite=lax", cookie, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(loggedIn.Headers.Location)).StatusCode);
    }

    [Fact]
    public async Task is_closed_for_a_while_after_ten_wrong_passwords_and_for_longer_after_the_next()
    {
        var logIns = archive.Services.GetRequiredService<LogIns>();
        for (var i = 0; i < LogIns.FreeFailures; i++) Assert.Null(await logIns.Try("siv", $"fel lösenord {i}", default));

        Assert.Null(await logIns.Try("siv", Password, default));
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(await logIns.Try("siv", "fel en gång till", default));
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Null(await logIns.Try("siv", Password, default));
        clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(siv, await logIns.Try("siv", Password, default));
        Assert.Equal(0, await archive.Value<int>("select failures from archive.users"));
    }

    [Fact]
    public async Task counts_attempts_that_are_made_at_once()
    {
        var logIns = archive.Services.GetRequiredService<LogIns>();

        await Task.WhenAll(Enumerable.Range(0, 14).Select(i => logIns.Try("siv", $"fel lösenord {i}", default)));

        Assert.Equal(LogIns.FreeFailures, await archive.Value<int>("select failures from archive.users"));
        Assert.Null(await logIns.Try("siv", Password, default));
    }

    [Fact]
    public async Task ends_for_good_with_the_log_out_also_for_a_cookie_that_was_kept()
    {
        var cookies = new CookieContainer();
        var browser = archive.Browser(cookies);
        await ServedArchive.LogIn(browser, "siv", Password);
        var kept = new CookieContainer();
        kept.Add(cookies.GetAllCookies());

        var answer = await ServedArchive.Post(browser, "/anvandare", "/logga-ut");

        Assert.Equal("/logga-in", answer.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Redirect, (await archive.Browser(kept).GetAsync(new Uri("/anvandare", UriKind.Relative))).StatusCode);
        Assert.Equal(0L, await archive.Value<long>("select count(*) from work.sessions"));
    }

    [Fact]
    public async Task lasts_a_day_at_most()
    {
        var browser = archive.Browser();
        await ServedArchive.LogIn(browser, "siv", Password);
        for (var hours = 0; hours < 18; hours += 6)
        {
            clock.Advance(TimeSpan.FromHours(6));
            Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(new Uri("/anvandare", UriKind.Relative))).StatusCode);
        }

        clock.Advance(TimeSpan.FromHours(6.1));

        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(new Uri("/anvandare", UriKind.Relative))).StatusCode);
    }

    [Fact]
    public async Task follows_a_role_that_is_taken_away_at_the_next_request()
    {
        var browser = archive.Browser();
        await archive.User("Bo Påhittad", "bo-p", Password, new Grant(Role.Admin, null));
        await ServedArchive.LogIn(browser, "siv", Password);
        var register = archive.Services.GetRequiredService<PersonRegister>();

        await register.RevokeRole(siv, new(Role.Admin, null), CommandLineCaller.Caller, default);
        var refused = await browser.GetAsync(new Uri("/anvandare", UriKind.Relative));
        await register.Close(siv, new(Closed: true), CommandLineCaller.Caller, default);
        var gone = await browser.GetAsync(new Uri("/anvandare", UriKind.Relative));

        Assert.Equal(HttpStatusCode.Forbidden, refused.StatusCode);
        Assert.Equal(HttpStatusCode.Redirect, gone.StatusCode);
    }

    [Fact]
    public async Task ends_everywhere_when_the_password_is_changed()
    {
        var elsewhere = archive.Browser();
        await ServedArchive.LogIn(elsewhere, "siv", Password);
        var browser = archive.Browser();
        await ServedArchive.LogIn(browser, "siv", Password);

        var answer = await ServedArchive.Post(browser, "/mitt-losenord", "/mitt-losenord", ("Username", "siv"), ("OldPassword", Password), ("NewPassword", "en helt ny fras"));

        Assert.Equal("/logga-in", answer.Headers.Location!.OriginalString);
        Assert.Equal(HttpStatusCode.Redirect, (await elsewhere.GetAsync(new Uri("/anvandare", UriKind.Relative))).StatusCode);
        Assert.Equal(siv, await archive.Services.GetRequiredService<LogIns>().Try("siv", "en helt ny fras", default));
    }

    [Fact]
    public async Task keeps_neither_the_password_nor_the_cookie_in_the_database()
    {
        var cookies = new CookieContainer();
        await ServedArchive.LogIn(archive.Browser(cookies), "siv", Password);

        // As the service itself stores it: those who are only to log in here were given a cheaper one.
        await ServedArchive.Post(archive.Browser(cookies), "/mitt-losenord", "/mitt-losenord", ("Username", "siv"), ("OldPassword", Password), ("NewPassword", "en helt ny fras"));
        await ServedArchive.LogIn(archive.Browser(cookies), "siv", "en helt ny fras");
        Assert.StartsWith("$pbkdf2-sha512$i=310000$", await archive.Value<string>("select password_hash from archive.users"), StringComparison.Ordinal);
        Assert.Equal(32, await archive.Value<int>("select length(session_hash) from work.sessions"));
        Assert.DoesNotContain("masterKey", await archive.Value<string>("select string_agg(xml, '') from work.web_keys") ?? "", StringComparison.Ordinal);
        Assert.DoesNotContain("Exempelsson", await archive.Value<string>("select string_agg(data::text, '') from archive.mt_events") ?? "", StringComparison.Ordinal);
    }
}
