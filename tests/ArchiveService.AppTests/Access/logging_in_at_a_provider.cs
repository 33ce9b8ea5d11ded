using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json.Nodes;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Testing;
using Microsoft.AspNetCore.WebUtilities;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.AccessTests;

/// <summary>A served archive that is not the trial mode, whose people log in at a provider.</summary>
public sealed class An_archive_with_a_provider : IAsyncLifetime
{
    private readonly Collected logged = new();

    internal SetClock Clock { get; } = new(new(2026, 3, 2, 7, 0, 0, TimeSpan.Zero));

    internal OidcServer Provider { get; private set; } = null!;

    public ServedArchive Archive { get; private set; } = null!;

    public HttpClient Admin { get; private set; } = null!;

    public IReadOnlyCollection<string> Logged => logged.Lines;

    public async Task InitializeAsync()
    {
        Provider = await OidcServer.Start(Clock);
        Archive = await ServedArchive.Start(
            builder =>
            {
                builder.Services.AddSingleton<TimeProvider>(Clock);
                // As much of the service itself as there is, and of the framework what the service lets through.
                builder.Logging.AddProvider(logged).AddFilter<Collected>(null, LogLevel.Trace).AddFilter<Collected>("Microsoft", LogLevel.Warning).AddFilter<Collected>("Npgsql", LogLevel.Warning).AddFilter<Collected>("Quartz", LogLevel.Warning);
            },
            settings: new Dictionary<string, string?>
            {
                ["Access:LocalAccounts"] = null,
                ["Oidc:Authority"] = Provider.Issuer,
                ["Oidc:ClientId"] = OidcServer.ClientId,
                ["Oidc:ClientSecret"] = OidcServer.Secret,
            });
        Admin = Archive.Program(await Archive.Token("Ada Admin", [new("admin")]));
        foreach (var code in new[] { "KS", "BUN" }) await Ok(await Admin.PutAsJsonAsync(At($"/api/v1/authorities/{code}"), new { name = $"Nämnden {code}", preset = "herrljunga" }));
    }

    public async Task DisposeAsync()
    {
        await Archive.DisposeAsync();
        await Provider.DisposeAsync();
    }

    /// <summary>As a browser does it: to the provider, and back.</summary>
    internal async Task<HttpResponseMessage> LogIn(HttpClient browser, ProviderUser user, string returnUrl = "/sok", Func<Uri, Uri>? changed = null)
    {
        Provider.User = user;
        var back = await Back(browser, returnUrl);
        return await browser.GetAsync(changed is null ? back : changed(back));
    }

    internal static async Task<Uri> Back(HttpClient browser, string returnUrl = "/sok")
    {
        var begun = await browser.GetAsync(At(QueryHelpers.AddQueryString("/logga-in?handler=Begin", "returnUrl", returnUrl)));
        Assert.Equal(HttpStatusCode.Redirect, begun.StatusCode);
        using var plain = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false });
        var there = await plain.GetAsync(begun.Headers.Location);
        Assert.Equal(HttpStatusCode.Redirect, there.StatusCode);
        return there.Headers.Location!;
    }

    public Task<string?> Roles(string name) => Archive.Value<string>($"""
        select string_agg(g.role || coalesce('@' || a.code, ''), ',' order by g.role, a.code) from views.persons n join archive.grants g using (person_id) left join archive.authorities a using (authority_id) where n.name = '{name}'
        """);

    private sealed class Collected : ILoggerProvider, ILogger
    {
        private readonly ConcurrentQueue<string> lines = new();

        public IReadOnlyCollection<string> Lines => lines;

        public ILogger CreateLogger(string categoryName) => this;

        public void Dispose()
        {
        }

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => logLevel >= LogLevel.Debug;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) => lines.Enqueue($"{formatter(state, exception)} {exception}");
    }
}

public sealed class Logging_in_at_a_provider(An_archive_with_a_provider given) : IClassFixture<An_archive_with_a_provider>, IDisposable
{
    private readonly ServedArchive archive = given.Archive;
    private readonly OidcServer provider = given.Provider;

    public void Dispose() => (provider.Says, provider.Signs, provider.RefusesClient, provider.Down, provider.Elliptic) = (null, null, false, false, false);

    private static async Task Refused(string code, HttpResponseMessage answer, HttpClient browser)
    {
        var html = await answer.Content.ReadAsStringAsync();
        Assert.True((int)answer.StatusCode is >= 400 and < 600, $"{(int)answer.StatusCode} instead of a refusal: {html}");
        Assert.Contains($"<code>{code}</code>", html, StringComparison.Ordinal);
        Assert.DoesNotContain("archive-session=", string.Join(';', answer.Headers.TryGetValues("Set-Cookie", out var set) ? set : []), StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(At("/sok"))).StatusCode);
    }

    [Theory]
    [InlineData(false)]
    [InlineData(true)]
    public async Task makes_the_person_by_events_and_leads_to_the_page_that_was_asked_for(bool elliptic)
    {
        provider.Elliptic = elliptic;
        var name = elliptic ? "Elsa Kurva" : "Rut Primtal";
        var browser = archive.Browser();

        var answer = await given.LogIn(browser, new($"first-{elliptic}", name, null, "KS:registrator", "moderator", "connector", "XX:chef", "nonsense"), "/sok?q=x");

        Assert.Equal((HttpStatusCode.Redirect, "/sok?q=x"), (answer.StatusCode, answer.Headers.Location?.OriginalString));
        var page = await browser.GetAsync(At("/sok"));
        Assert.Equal(HttpStatusCode.OK, page.StatusCode);
        Assert.Contains(name, await page.Content.ReadAsStringAsync(), StringComparison.Ordinal);
        Assert.Equal("moderator,registrator@KS", await given.Roles(name));
        Assert.Equal("person_registered,person_identity_linked,role_granted,role_granted,logged_in", await archive.Value<string>(
            $"select string_agg(e.type, ',' order by e.version) from archive.mt_events e join views.persons n on n.person_id = e.stream_id where n.name = '{name}'"));
        Assert.Equal(0L, await archive.Value<long>($"select count(*) from archive.mt_events where data::text like '%first-{elliptic}%' or data::text like '%{name}%'"));
        Assert.True(await archive.Value<bool>($"select last_login is not null from archive.person_identities join views.persons using (person_id) where name = '{name}'"));
    }

    [Theory]
    [InlineData("https://exempel.invalid/")]
    [InlineData("//exempel.invalid/")]
    [InlineData("/logga-ut")]
    public async Task never_leads_to_another_site(string returnUrl)
    {
        var answer = await given.LogIn(archive.Browser(), new("local-only", "Lo Kal", null, "KS:registrator"), returnUrl);

        Assert.Equal("/", answer.Headers.Location!.OriginalString);
    }

    [Theory]
    [InlineData("nonce", "oidc-nonce")]
    [InlineData("no-nonce", "oidc-nonce")]
    [InlineData("aud", "oidc-audience")]
    [InlineData("two-audiences", "oidc-audience")]
    [InlineData("azp", "oidc-audience")]
    [InlineData("iss", "oidc-issuer")]
    [InlineData("expired", "oidc-expired")]
    [InlineData("no-exp", "oidc-expired")]
    [InlineData("nbf", "oidc-expired")]
    [InlineData("iat", "oidc-expired")]
    [InlineData("at_hash", "oidc-at-hash")]
    [InlineData("no-sub", "oidc-token-unreadable")]
    [InlineData("no-name", "oidc-no-name")]
    public async Task is_refused_when_the_token_says_something_wrong(string attack, string code)
    {
        var now = given.Clock.GetUtcNow().ToUnixTimeSeconds();
        provider.Says = claims => _ = attack switch
        {
            "nonce" => claims["nonce"] = "another",
            "no-nonce" => claims.Remove("nonce"),
            "aud" => claims["aud"] = "another",
            "two-audiences" => claims["aud"] = new JsonArray(OidcServer.ClientId, "another"),
            "azp" => claims["azp"] = "another",
            "iss" => claims["iss"] = "https://exempel.invalid",
            "expired" => claims["exp"] = now - 120,
            "no-exp" => claims.Remove("exp"),
            "nbf" => claims["nbf"] = now + 600,
            "iat" => claims["iat"] = now + 600,
            "at_hash" => claims["at_hash"] = "AAAAAAAAAAAAAAAAAAAAAA",
            "no-sub" => claims.Remove("sub"),
            _ => (object?)claims.Remove("name"),
        };
        var browser = archive.Browser();

        await Refused(code, await given.LogIn(browser, new("attacked", "An Gripen", null, "KS:registrator")), browser);
        Assert.Equal(0L, await archive.Value<long>("select count(*) from views.persons where name = 'An Gripen'"));
    }

    [Theory]
    [InlineData("none", "oidc-algorithm")]
    [InlineData("hmac", "oidc-algorithm")]
    [InlineData("other-key", "oidc-signature")]
    [InlineData("unknown-key", "oidc-key-unknown")]
    [InlineData("changed", "oidc-signature")]
    [InlineData("other-alg", "oidc-signature")]
    [InlineData("garbage", "oidc-token-unreadable")]
    [InlineData("crit", "oidc-token-unreadable")]
    [InlineData("access-token", "oidc-token-unreadable")]
    public async Task is_refused_when_the_token_is_signed_wrongly(string attack, string code)
    {
        provider.Signs = (server, claims) =>
        {
            var whole = server.Signed(claims);
            switch (attack)
            {
                case "none":
                    return $"{OidcServer.Part(new() { ["alg"] = "none", ["kid"] = server.KeyName })}.{OidcServer.Part(claims)}.";
                case "hmac":
                    var asked = $"{OidcServer.Part(new() { ["alg"] = "HS256", ["typ"] = "JWT", ["kid"] = server.KeyName })}.{OidcServer.Part(claims)}";
                    return $"{asked}.{WebEncoders.Base64UrlEncode(HMACSHA256.HashData(server.PublicKey, Encoding.ASCII.GetBytes(asked)))}";
                case "other-key":
                    using (var strangers = RSA.Create(2048)) return server.Signed(claims, with: strangers);
                case "unknown-key":
                    return server.Signed(claims, kid: "another");
                case "changed":
                    claims["roles"] = new JsonArray("admin");
                    return $"{whole.Split('.')[0]}.{OidcServer.Part(claims)}.{whole.Split('.')[2]}";
                case "other-alg":
                    return $"{OidcServer.Part(new() { ["alg"] = "PS256", ["typ"] = "JWT", ["kid"] = server.KeyName })}.{whole.Split('.', 2)[1]}";
                case "crit":
                    return $"{OidcServer.Part(new() { ["alg"] = "RS256", ["crit"] = new JsonArray("b64"), ["kid"] = server.KeyName })}.{whole.Split('.', 2)[1]}";
                case "access-token":
                    return server.Signed(claims, type: "at+jwt");
                default:
                    return "inte.en.nyckel";
            }
        };
        var browser = archive.Browser();

        await Refused(code, await given.LogIn(browser, new("attacked", "An Gripen", null, "KS:registrator")), browser);
        Assert.Equal(0L, await archive.Value<long>("select count(*) from views.persons where name = 'An Gripen'"));
    }

    [Fact]
    public async Task is_refused_when_the_answer_belongs_to_no_attempt_of_the_browser()
    {
        var (one, other) = (archive.Browser(), archive.Browser());
        provider.User = new("attacked", "An Gripen", null, "KS:registrator");
        var back = await An_archive_with_a_provider.Back(one);

        await Refused("oidc-state", await other.GetAsync(back), other);
        await Refused("oidc-state", await one.GetAsync(new Uri(back.AbsoluteUri.Replace("state=", "state=X", StringComparison.Ordinal))), one);
        await Refused("oidc-issuer", await one.GetAsync(new Uri(back.AbsoluteUri.Replace("iss=", "iss=x", StringComparison.Ordinal))), one);
        // The attempt is used up, whatever came of it.
        await Refused("oidc-state", await one.GetAsync(back), one);
    }

    [Fact]
    public async Task takes_a_code_once_also_from_somebody_who_kept_the_cookie()
    {
        var cookies = new CookieContainer();
        var browser = archive.Browser(cookies);
        provider.User = new("once", "En Gång", null, "KS:registrator");
        var back = await An_archive_with_a_provider.Back(browser);
        var kept = new CookieContainer();
        kept.Add(cookies.GetAllCookies());
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(back)).StatusCode);
        var thief = archive.Browser(kept);

        await Refused("oidc-code-refused", await thief.GetAsync(back), thief);
    }

    [Fact]
    public async Task is_refused_after_ten_minutes_and_when_it_is_denied_or_fails_there()
    {
        var browser = archive.Browser();
        provider.User = new("late", "Sen Person", null, "KS:registrator");
        var back = await An_archive_with_a_provider.Back(browser);
        given.Clock.Advance(TimeSpan.FromMinutes(11));
        await Refused("oidc-too-late", await browser.GetAsync(back), browser);
        await Refused("oidc-denied", await given.LogIn(browser, provider.User, changed: Error("access_denied")), browser);
        await Refused("oidc-provider-error", await given.LogIn(browser, provider.User, changed: Error("server_error")), browser);
        await Refused("oidc-code-missing", await given.LogIn(browser, provider.User, changed: uri => new(uri.AbsoluteUri.Replace("code=", "kod=", StringComparison.Ordinal))), browser);
        provider.RefusesClient = true;
        await Refused("oidc-client-refused", await given.LogIn(browser, provider.User), browser);
        provider.Down = true;
        await Refused("oidc-unavailable", await given.LogIn(browser, provider.User), browser);

        static Func<Uri, Uri> Error(string error) => uri => new(uri.AbsoluteUri.Replace("code=", $"error={error}&kod=", StringComparison.Ordinal));
    }

    [Fact]
    public async Task follows_keys_that_are_changed_and_asks_for_them_once_a_minute_at_most()
    {
        var user = new ProviderUser("rotating", "Nyckel Byte", null, "KS:registrator");
        Assert.Equal(HttpStatusCode.Redirect, (await given.LogIn(archive.Browser(), user)).StatusCode);
        given.Clock.Advance(TimeSpan.FromMinutes(2));

        provider.Rotate();
        var asked = provider.KeyRequests;
        Assert.Equal(HttpStatusCode.Redirect, (await given.LogIn(archive.Browser(), user)).StatusCode);
        Assert.Equal(asked + 1, provider.KeyRequests);

        provider.Rotate();
        for (var i = 0; i < 3; i++)
        {
            var browser = archive.Browser();
            await Refused("oidc-key-unknown", await given.LogIn(browser, user), browser);
        }

        Assert.Equal(asked + 1, provider.KeyRequests);
        given.Clock.Advance(TimeSpan.FromSeconds(61));
        Assert.Equal(HttpStatusCode.Redirect, (await given.LogIn(archive.Browser(), user)).StatusCode);
    }

    [Fact]
    public async Task gives_and_takes_back_the_roles_that_the_claims_say_and_leaves_those_given_by_hand()
    {
        var user = new ProviderUser("roles", "Rolf Roller", null, "KS:registrator", "BUN:moderator");
        await given.LogIn(archive.Browser(), user);
        var person = await archive.Value<Guid>("select person_id from views.persons where name = 'Rolf Roller'");
        await Ok(await given.Admin.PostAsJsonAsync(At($"/api/v1/persons/{person}/roles"), new { role = "chef", authority = "KS" }));
        // Given by hand as well: now it is the administrator's.
        await Ok(await given.Admin.PostAsJsonAsync(At($"/api/v1/persons/{person}/roles"), new { role = "moderator", authority = "BUN" }));
        var shown = (await Ok(await given.Admin.GetAsync(At($"/api/v1/persons/{person}")))).GetProperty("roles").EnumerateArray().ToDictionary(r => r.GetProperty("role").GetString()!, r => r.GetProperty("fromProvider").GetBoolean());
        Assert.Equal((true, false, false), (shown["registrator"], shown["chef"], shown["moderator"]));

        var again = archive.Browser();
        Assert.Equal(HttpStatusCode.Redirect, (await given.LogIn(again, user with { Name = "Rolf Nygift", Roles = ["BUN:registrator"] })).StatusCode);

        Assert.Equal("chef@KS,moderator@BUN,registrator@BUN", await given.Roles("Rolf Nygift"));
        Assert.Equal(IdentityProvider.Caller.PersonId, await archive.Value<Guid>($"select (data->>'revokedBy')::uuid from archive.mt_events where stream_id = '{person}' and type = 'role_revoked' order by version desc limit 1"));
        var events = await archive.Value<long>($"select version from archive.mt_streams where id = '{person}'");
        await given.LogIn(archive.Browser(), user with { Name = "Rolf Nygift", Roles = ["BUN:registrator"] });
        Assert.Equal("logged_in", await archive.Value<string>($"select string_agg(type, ',') from archive.mt_events where stream_id = '{person}' and version > {events}"));

        // After a restore the name is read from the events again: the last one.
        await using (var lose = archive.Databases.Owner.CreateCommand($"delete from views.persons where person_id = '{person}'")) await lose.ExecuteNonQueryAsync();
        await archive.Services.GetRequiredService<PersonNames>().Fill(default);
        Assert.Equal("Rolf Nygift", await archive.Value<string>($"select name from views.persons where person_id = '{person}'"));
    }

    [Fact]
    public async Task shows_an_administrator_when_a_token_was_last_used()
    {
        var used = archive.Program(await archive.Token("Nyckel Person", [new("registrator")]));
        await archive.Token("Nyckel Person", [new("registrator")]);
        var person = await archive.Value<Guid>("select person_id from views.persons where name = 'Nyckel Person'");
        await used.GetAsync(At("/api/v1/records"));

        var tokens = (await Ok(await given.Admin.GetAsync(At($"/api/v1/persons/{person}")))).GetProperty("tokens").EnumerateArray().Select(t => t.GetProperty("lastUsed")).ToList();
        Assert.Equal(given.Clock.GetUtcNow(), tokens[0].GetDateTimeOffset());
        Assert.Equal(System.Text.Json.JsonValueKind.Null, tokens[1].ValueKind);
        given.Clock.Advance(TimeSpan.FromMinutes(5));
        await used.GetAsync(At("/api/v1/records"));
        Assert.Equal(given.Clock.GetUtcNow(), (await Ok(await given.Admin.GetAsync(At($"/api/v1/persons/{person}")))).GetProperty("tokens")[0].GetProperty("lastUsed").GetDateTimeOffset());

        var admin = archive.Browser();
        await given.LogIn(admin, new("page-admin", "Sid Admin", null, "admin"));
        var page = WebUtility.HtmlDecode(await admin.GetStringAsync(At($"/anvandare/{person}")));
        Assert.Contains("Senast använd", page, StringComparison.Ordinal);
        Assert.Contains("aldrig", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Lokalt konto", page, StringComparison.Ordinal);
    }

    [Fact]
    public async Task takes_nobody_for_another_because_of_the_name()
    {
        var known = await archive.Value<Guid>("select person_id from views.persons where name = 'Ada Admin'");

        await given.LogIn(archive.Browser(), new("namesake", "Ada Admin", null, "KS:registrator"));
        await given.LogIn(archive.Browser(), new("namesake", "Ada Admin", null, "KS:registrator"));

        Assert.Equal("admin", await given.Roles("Ada Admin"));
        Assert.Equal("registrator@KS", await given.Roles("Ada Admin (2)"));
        Assert.NotEqual(known, await archive.Value<Guid>("select person_id from views.persons where name = 'Ada Admin (2)'"));
        Assert.Equal(0L, await archive.Value<long>("select count(*) from views.persons where name = 'Ada Admin (3)'"));
    }

    [Fact]
    public async Task is_refused_without_a_role_with_roles_that_do_not_go_together_and_for_who_has_left()
    {
        var browser = archive.Browser();
        await Refused("oidc-no-role", await given.LogIn(browser, new("roleless", "Utan Roll", null, "hr-portal")), browser);
        Assert.Equal(0L, await archive.Value<long>("select count(*) from views.persons where name = 'Utan Roll'"));
        await Refused("duties-apart", await given.LogIn(browser, new("both", "Både Och", null, "admin", "KS:arkivarie")), browser);
        Assert.Equal(0L, await archive.Value<long>("select count(*) from views.persons where name = 'Både Och'"));

        var leaver = new ProviderUser("leaver", "Har Slutat", null, "KS:registrator", "KS:chef");
        var session = archive.Browser();
        await given.LogIn(session, leaver);
        var person = await archive.Value<Guid>("select person_id from views.persons where name = 'Har Slutat'");
        // What is lost is lost although the log-in is refused.
        await Refused("duties-apart", await given.LogIn(browser, leaver with { Roles = ["KS:admin", "KS:arkivarie"] }), browser);
        Assert.Null(await given.Roles("Har Slutat"));
        await given.LogIn(session, leaver);
        await Ok(await given.Admin.PutAsJsonAsync(At($"/api/v1/persons/{person}/closed"), new { value = true }));
        Assert.Equal(HttpStatusCode.Redirect, (await session.GetAsync(At("/sok"))).StatusCode);
        await Refused("oidc-person-closed", await given.LogIn(browser, leaver), browser);
    }

    [Fact]
    public async Task keeps_the_administrator_and_the_archivist_apart_for_commands_and_tokens_too()
    {
        await given.LogIn(archive.Browser(), new("apart", "Arkiv Arie", null, "KS:arkivarie"));
        var person = await archive.Value<Guid>("select person_id from views.persons where name = 'Arkiv Arie'");

        Assert.Equal((409, "duties-apart"), await CommandsRefused(new { role = "admin", authority = "KS" }));
        Assert.Equal((409, "duties-apart"), await CommandsRefused(new { role = "admin" }));
        await Ok(await given.Admin.PostAsJsonAsync(At($"/api/v1/persons/{person}/roles"), new { role = "admin", authority = "BUN" }));
        var register = archive.Services.GetRequiredService<PersonRegister>();
        var (token, refused) = await TokenVerb.Issue(new("Två Hattar", [new("admin"), new("arkivarie")], false, [], TimeSpan.FromDays(1)), register, archive.Services.GetRequiredService<RoleWords>(), default);
        Assert.Equal((null, "duties-apart"), (token, refused?.Code));
        Assert.Equal(0L, await archive.Value<long>("select count(*) from views.persons where name = 'Två Hattar'"));

        async Task<(int, string)> CommandsRefused(object role) => await Commands.CommandArchive.Refused(await given.Admin.PostAsJsonAsync(At($"/api/v1/persons/{person}/roles"), role));
    }

    [Fact]
    public async Task ends_here_and_there_with_the_log_out()
    {
        var browser = archive.Browser();
        await given.LogIn(browser, new("leaving", "Loggar Ut", "s-1", "KS:registrator"));

        var answer = await ServedArchive.Post(browser, "/sok", "/logga-ut");

        var there = Assert.Single(answer.Headers.GetValues("Refresh"));
        Assert.StartsWith($"0; url={provider.Issuer}/end?client_id={OidcServer.ClientId}&post_logout_redirect_uri=", there, StringComparison.Ordinal);
        Assert.Contains(Uri.EscapeDataString($"{archive.Address.AbsoluteUri.TrimEnd('/')}/logga-in"), there, StringComparison.OrdinalIgnoreCase);
        Assert.Equal(HttpStatusCode.Redirect, (await browser.GetAsync(At("/sok"))).StatusCode);
    }

    [Fact]
    public async Task ends_when_the_provider_says_so()
    {
        var (here, there, stranger) = (archive.Browser(), archive.Browser(), archive.Browser());
        var user = new ProviderUser("two-places", "Två Ställen", "s-here", "KS:registrator");
        await given.LogIn(here, user);
        await given.LogIn(there, user with { Session = "s-there" });
        await given.LogIn(stranger, new("stranger", "Någon Annan", "s-here", "KS:registrator"));

        Assert.Equal(HttpStatusCode.BadRequest, await Say(provider.LogOutToken(null, "s-here", c => c["nonce"] = "n")));
        Assert.Equal(HttpStatusCode.BadRequest, await Say(provider.LogOutToken(null, "s-here", c => c.Remove("events"))));
        Assert.Equal(HttpStatusCode.BadRequest, await Say(provider.LogOutToken(null, "s-here", c => c["aud"] = "another")));
        Assert.Equal(HttpStatusCode.BadRequest, await Say(provider.LogOutToken(null, "s-here", c => c["iat"] = given.Clock.GetUtcNow().AddHours(-1).ToUnixTimeSeconds())));
        Assert.Equal(HttpStatusCode.BadRequest, await Say(provider.LogOutToken(null, null)));
        Assert.Equal(HttpStatusCode.BadRequest, await Say(provider.Signed(provider.Claims(user, "n"))));
        Assert.Equal(HttpStatusCode.BadRequest, await Say(""));
        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync(At("/sok"))).StatusCode);

        Assert.Equal(HttpStatusCode.OK, await Say(provider.LogOutToken("two-places", "s-here")));
        Assert.Equal(HttpStatusCode.Redirect, (await here.GetAsync(At("/sok"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await there.GetAsync(At("/sok"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync(At("/sok"))).StatusCode);

        Assert.Equal(HttpStatusCode.OK, await Say(provider.LogOutToken("two-places", null)));
        Assert.Equal(HttpStatusCode.Redirect, (await there.GetAsync(At("/sok"))).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await stranger.GetAsync(At("/sok"))).StatusCode);

        async Task<HttpStatusCode> Say(string token)
        {
            provider.Confidential.Add(token);
            return (await archive.Program().PostAsync(At("/logga-in/oidc/avslut"), new FormUrlEncodedContent([new("logout_token", token)]))).StatusCode;
        }
    }

    [Fact]
    public async Task lasts_eight_hours_without_use_and_a_day_at_most()
    {
        var (used, left) = (archive.Browser(), archive.Browser());
        var user = new ProviderUser("lasting", "Varar Länge", null, "KS:registrator");
        await given.LogIn(used, user);
        await given.LogIn(left, user);
        for (var i = 0; i < 3; i++)
        {
            given.Clock.Advance(TimeSpan.FromHours(6));
            Assert.Equal(HttpStatusCode.OK, (await used.GetAsync(At("/sok"))).StatusCode);
        }

        Assert.Equal(HttpStatusCode.Redirect, (await left.GetAsync(At("/sok"))).StatusCode);
        given.Clock.Advance(TimeSpan.FromHours(6.5));
        Assert.Equal(HttpStatusCode.Redirect, (await used.GetAsync(At("/sok"))).StatusCode);
    }

    [Fact]
    public async Task leaves_no_local_accounts_open()
    {
        var page = await (await archive.Browser().GetAsync(At("/logga-in"))).Content.ReadAsStringAsync();
        Assert.Contains("Logga in med organisationens konto", page, StringComparison.Ordinal);
        Assert.DoesNotContain("Lösenord", page, StringComparison.Ordinal);

        var person = await archive.Value<Guid>("select person_id from views.persons where name = 'Ada Admin'");
        Assert.Equal((403, "local-accounts-closed"), await Commands.CommandArchive.Refused(await given.Admin.PutAsJsonAsync(At($"/api/v1/persons/{person}/password"), new { password = "ett långt lösenord 1", username = "ada" })));
    }

    [Fact]
    public async Task leaves_nothing_of_tokens_codes_or_the_secret_in_the_log()
    {
        provider.Says = claims => claims["nonce"] = "another";
        var browser = archive.Browser();
        await Refused("oidc-nonce", await given.LogIn(browser, new("logged", "Logg Bok", null, "KS:registrator")), browser);
        provider.Says = null;
        await given.LogIn(browser, new("logged", "Logg Bok", null, "KS:registrator"));

        var log = string.Join('\n', given.Logged);
        Assert.Contains("oidc-nonce", log, StringComparison.Ordinal);
        Assert.All(provider.Confidential.Where(c => c.Length > 8), secret => Assert.DoesNotContain(secret, log, StringComparison.Ordinal));
    }
}
