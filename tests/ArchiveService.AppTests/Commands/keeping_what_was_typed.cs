using System.Net;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Features.FormDrafts;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Commands;

/// <summary>No form loses what was typed: not when it is refused, not when the log-in or the form's token has ended.</summary>
[Collection(nameof(CommandArchive))]
public sealed partial class Keeping_what_was_typed(CommandArchive archive)
{
    private const string Password = "ett långt lösenord 1";

    [GeneratedRegex("name=\"archive-form\" type=\"hidden\" value=\"([^\"]+)\"")]
    private static partial Regex Owner { get; }

    private async Task<(HttpClient Browser, CookieContainer Cookies)> LoggedIn(string username, params Role[] roles)
    {
        await archive.Served.User($"{username} Exempelsson", username, Password, [.. roles.Select(r => new Grant(r, null))]);
        var cookies = new CookieContainer();
        var browser = archive.Served.Browser(cookies);
        await ServedArchive.LogIn(browser, username, Password);
        return (browser, cookies);
    }

    private Task Ended(string username) => archive.Served.Value<object>($"delete from work.sessions where person_id = (select person_id from archive.users where username = '{username}')");

    /// <summary>A form as a browser sends it: every hidden field of the page's form, and what was typed.</summary>
    private static async Task<HttpResponseMessage> Send(HttpClient browser, string page, string action, params (string Name, string Value)[] typed)
    {
        var html = await browser.GetStringAsync(At(page));
        return await browser.PostAsync(At(action), Form(html, typed));
    }

    private static FormUrlEncodedContent Form(string html, params (string Name, string Value)[] typed) => new(
    [
        KeyValuePair.Create("__RequestVerificationToken", WebUtility.HtmlDecode(Token.Match(html).Groups[1].Value)),
        .. Owner.Match(html) is { Success: true } owner ? [KeyValuePair.Create(FormOwner.Field, WebUtility.HtmlDecode(owner.Groups[1].Value))] : Array.Empty<KeyValuePair<string, string>>(),
        .. typed.Select(t => KeyValuePair.Create(t.Name, t.Value)),
    ]);

    [GeneratedRegex("name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"")]
    private static partial Regex Token { get; }

    private Task<long> Kept() => archive.Served.Value<long>("select count(*) from work.kept_forms");

    [Fact]
    public async Task when_the_log_in_has_ended_the_form_comes_back_filled_in_for_the_same_person_and_nothing_is_done()
    {
        var record = await archive.A_comment("TKS");
        var page = $"/handlingar/{record}/undanta";
        var (browser, cookies) = await LoggedIn("sparare", Role.Moderator);
        var html = await browser.GetStringAsync(At(page));
        await Ended("sparare");

        // It is kept sealed, the address says nothing of it, and the cookie is a key alone.
        var sent = await browser.PostAsync(At(page), Form(html, ("Version", "1"), ("Reason", "Ett långt skäl om Åsa & <Nils>")));
        Assert.Equal(HttpStatusCode.Redirect, sent.StatusCode);
        Assert.Equal($"/logga-in?returnUrl={Uri.EscapeDataString(page)}", sent.Headers.Location!.OriginalString);
        var kept = cookies.GetAllCookies()[KeptForms.Cookie]!;
        Assert.True(kept.HttpOnly);
        Assert.Equal(43, kept.Value.Length);
        Assert.Equal(0, await archive.Served.Value<long>("select count(*) from work.kept_forms where position(convert_to('skäl', 'UTF8') in sealed) > 0"));
        Assert.Contains("Det du skrev finns kvar", await browser.GetStringAsync(At(sent.Headers.Location!.OriginalString)), StringComparison.Ordinal);

        // Somebody else in the same browser sees nothing of it, and does not use it up.
        await archive.Served.User("Annan Exempelsson", "annan", Password, new Grant(Role.Moderator, null));
        await ServedArchive.LogIn(browser, "annan", Password, page);
        Assert.DoesNotContain("Ett långt skäl", await browser.GetStringAsync(At(page)), StringComparison.Ordinal);
        await ServedArchive.Post(browser, "/", "/logga-ut");

        // The same person in another browser neither.
        var other = archive.Served.Browser();
        await ServedArchive.LogIn(other, "sparare", Password, page);
        Assert.DoesNotContain("Ett långt skäl", await other.GetStringAsync(At(page)), StringComparison.Ordinal);

        var back = await ServedArchive.LogIn(browser, "sparare", Password, page);
        Assert.Equal(page, back.Headers.Location!.OriginalString);
        var filled = await browser.GetStringAsync(At(page));
        Assert.Contains("Ett långt skäl om Åsa &amp; &lt;Nils&gt;</textarea>", filled, StringComparison.Ordinal);
        Assert.Contains("Inget är skickat", filled, StringComparison.Ordinal);
        Assert.Null((await archive.State(record)).Assessment);

        // Read again it is still there; sent, it is gone.
        Assert.Contains("Ett långt skäl", await browser.GetStringAsync(At(page)), StringComparison.Ordinal);
        var before = await Kept();
        var version = (await archive.State(record)).Version;
        Assert.Equal(HttpStatusCode.Redirect, (await browser.PostAsync(At(page), Form(filled, ("Version", $"{version}"), ("Reason", "Ett långt skäl")))).StatusCode);
        Assert.Equal(before - 1, await Kept());
    }

    [Fact]
    public async Task a_program_that_asks_for_a_fragment_is_led_to_the_log_in_and_loses_nothing_either()
    {
        var (browser, _) = await LoggedIn("fragment", Role.Moderator);
        var html = await browser.GetStringAsync(At("/postoppning?authority=TKS"));
        await Ended("fragment");
        using var request = new HttpRequestMessage(HttpMethod.Post, At("/postoppning?authority=TKS")) { Content = Form(html, ("Note", "Genomgånget i dag")) };
        request.Headers.Add("HX-Request", "true");
        var answer = await browser.SendAsync(request);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.StartsWith("/logga-in?returnUrl=%2Fpostoppning", answer.Headers.GetValues("HX-Redirect").Single(), StringComparison.Ordinal);
    }

    [Fact]
    public async Task files_are_to_be_chosen_again_and_passwords_are_not_kept()
    {
        var (browser, _) = await LoggedIn("filer", Role.Kommunikator);
        var page = $"/kanaler/{archive.Channels["TKS"]}/registrera-inlagg";
        var html = await browser.GetStringAsync(At(page));
        await Ended("filer");
        using var form = new MultipartFormDataContent
        {
            { new StringContent(WebUtility.HtmlDecode(Owner.Match(html).Groups[1].Value)), FormOwner.Field },
            { new StringContent("Skärmbilden visar hot"), "Note" },
            { new ByteArrayContent([1, 2, 3]), "Files", "bild.png" },
        };
        Assert.Equal($"/logga-in?returnUrl={Uri.EscapeDataString(page)}", (await browser.PostAsync(At(page), form)).Headers.Location!.OriginalString);
        await ServedArchive.LogIn(browser, "filer", Password, page);
        var filled = await browser.GetStringAsync(At(page));
        Assert.Contains("Skärmbilden visar hot</textarea>", filled, StringComparison.Ordinal);
        Assert.Contains("Filer måste väljas igen: bild.png", filled, StringComparison.Ordinal);

        var own = await browser.GetStringAsync(At("/mitt-losenord"));
        await Ended("filer");
        var before = await Kept();
        Assert.Contains("/logga-in", (await browser.PostAsync(At("/mitt-losenord"), Form(own, ("OldPassword", Password), ("NewPassword", "ett annat långt lösenord")))).Headers.Location!.OriginalString, StringComparison.Ordinal);
        Assert.Equal(before, await Kept());
    }

    [Fact]
    public async Task what_no_form_of_ours_brings_is_not_kept()
    {
        var stranger = archive.Served.Browser();
        var before = await Kept();
        foreach (var owner in (string[])["", "x.y", "W10.AAAA"])
        {
            var answer = await stranger.PostAsync(At("/postoppning"), new FormUrlEncodedContent([KeyValuePair.Create(FormOwner.Field, owner), KeyValuePair.Create("Note", "planterat")]));
            Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        }

        Assert.Equal(before, await Kept());
    }

    [Fact]
    public async Task when_the_forms_token_has_ended_the_form_comes_back_filled_in()
    {
        var record = await archive.A_comment("TKS");
        var page = $"/handlingar/{record}/undanta";
        var (browser, _) = await LoggedIn("kodlös", Role.Moderator);
        var html = await browser.GetStringAsync(At(page));
        var answer = await browser.PostAsync(At(page), new FormUrlEncodedContent(
            [KeyValuePair.Create(FormOwner.Field, WebUtility.HtmlDecode(Owner.Match(html).Groups[1].Value)), KeyValuePair.Create("Version", "1"), KeyValuePair.Create("Reason", "Skrivet länge")]));
        Assert.Equal((HttpStatusCode.Redirect, page), (answer.StatusCode, answer.Headers.Location!.OriginalString));
        Assert.Contains("Skrivet länge</textarea>", await browser.GetStringAsync(At(page)), StringComparison.Ordinal);

        // Without the mark of our own forms it is refused as before.
        Assert.Equal(HttpStatusCode.BadRequest, (await browser.PostAsync(At(page), new FormUrlEncodedContent([KeyValuePair.Create("Reason", "Utifrån")]))).StatusCode);
    }

    [Fact]
    public async Task every_posting_page_that_is_refused_shows_what_was_typed()
    {
        var record = await archive.A_comment("TKS");
        var registered = await archive.A_comment("TKS");
        await Ok(await archive.Registrator.PostAsync(At($"/api/v1/records/{registered}/register"), System.Net.Http.Json.JsonContent.Create(NewCase())));
        var (browser, _) = await LoggedIn("allförmåga", Enum.GetValues<Role>().Where(r => r is not Role.Connector).ToArray());
        var channel = archive.Channels["TKS"];
        string[] pages =
        [
            $"/handlingar/{record}/undanta", $"/handlingar/{record}/besvara", $"/handlingar/{record}/vidarebefordra", $"/handlingar/{record}/bedom", $"/handlingar/{record}/ta-ned", $"/handlingar/{record}/sekretess",
            $"/handlingar/{record}/fel-adressat", $"/handlingar/{record}/registrera", $"/handlingar/{record}/polisanmalan", $"/handlingar/{record}/akut", $"/handlingar/{registered}/fordela", $"/handlingar/{registered}/ratta",
            $"/handlingar/{record}/papperskopia", $"/handlingar/{record}/trad/bedom", $"/kanaler/{channel}/uppdrag", $"/kanaler/{channel}/bemanning", $"/kanaler/{channel}/plan", "/utlamnanden/ny", "/registerutdrag/ny",
            "/gallring/stopp", "/gallring/plan", "/arenden/nytt", "/jour", "/delegation", "/standardlagen", "/myndigheter", "/kanaler", "/anvandare", "/postoppning?authority=TKS",
        ];
        var faults = new List<string>();
        var tried = 0;
        foreach (var page in pages)
        {
            var got = await browser.GetAsync(At(page));
            if (!got.IsSuccessStatusCode)
            {
                faults.Add($"{page}: {(int)got.StatusCode}");
                continue;
            }

            var html = await got.Content.ReadAsStringAsync();
            foreach (Match form in PostingForm.Matches(html))
            {
                if (form.Value.Contains("/logga-ut", StringComparison.Ordinal)) continue;
                var action = Action.Match(form.Groups["attributes"].Value) is { Success: true } to ? WebUtility.HtmlDecode(to.Groups[1].Value) : page;
                var hidden = Hidden.Matches(form.Groups["inside"].Value).Select(h => (Name: h.Groups["name"].Value, Value: WebUtility.HtmlDecode(h.Groups["value"].Value))).Where(h => h.Name != FormOwner.Field && h.Name != "__RequestVerificationToken").ToList();
                // A long text, so that whatever else is missing the form is refused, too long for each to be stored.
                var fields = TextArea.Matches(form.Groups["inside"].Value).Select(t => t.Groups[1].Value).ToList();
                if (fields.Count == 0) continue;
                var words = $"Märkord {tried} " + new string('å', 5100);
                var answer = await browser.PostAsync(At(action), Form(form.Value, [.. hidden.Where(h => h.Name is not "Version"), .. fields.Select(f => (f, words))]));
                tried++;
                if (answer.StatusCode is HttpStatusCode.Redirect or HttpStatusCode.Forbidden or HttpStatusCode.NotFound)
                {
                    // Accepted after all, or not for this record in this state: nothing to keep.
                    continue;
                }

                var shown = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
                if (Regex.Count(shown, $"Märkord {tried - 1} ") < fields.Count) faults.Add($"{page} → {action} ({(int)answer.StatusCode}): {string.Join(", ", fields)}");
            }
        }

        Assert.Empty(faults);
        Assert.True(tried > 20, $"{tried}");
    }

    [GeneratedRegex("<form(?<attributes>[^>]*method=\"post\"[^>]*)>(?<inside>.*?)</form>", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex PostingForm { get; }

    [GeneratedRegex("action=\"([^\"]*)\"")]
    private static partial Regex Action { get; }

    [GeneratedRegex("<input(?=[^>]*type=\"hidden\")[^>]*?name=\"(?<name>[^\"]+)\"[^>]*?value=\"(?<value>[^\"]*)\"", RegexOptions.Singleline | RegexOptions.ExplicitCapture)]
    private static partial Regex Hidden { get; }

    [GeneratedRegex("<textarea[^>]*name=\"([^\"]+)\"")]
    private static partial Regex TextArea { get; }
}
