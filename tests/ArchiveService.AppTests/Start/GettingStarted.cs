using System.Net;
using System.Text.RegularExpressions;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.StartTests;

/// <summary>The five steps from nothing to a first registered item, by forms as a browser without script sends them.</summary>
internal static partial class GettingStarted
{
    private const string Password = "ett långt lösenord 1";

    /// <param name="archive">An empty one.</param>
    /// <param name="admin">Logged in as its administrator.</param>
    public static async Task Walk(ServedArchive archive, HttpClient admin)
    {
        Assert.Equal("/kom-igang", (await admin.GetAsync(new Uri("/", UriKind.Relative))).Headers.Location!.OriginalString);
        Assert.Contains("Steg 1 av 5: Myndighet", await Read(admin, "/kom-igang"), StringComparison.Ordinal);
        // Nothing can belong to an authority that is not there; the steps can be looked at all the same, and the start page too.
        Assert.Contains("Lägg upp en myndighet först", await Read(admin, "/kom-igang?steg=2"), StringComparison.Ordinal);
        Assert.Contains("0 av 5 steg klara", await Read(admin, "/?stanna=1"), StringComparison.Ordinal);

        // What is wrong is said, and what was typed stays.
        var wrong = await Send(admin, "/kom-igang?handler=Myndighet", ("First.Code", "för lång kod som inte går"), ("First.Name", "Kommunstyrelsen"), ("First.Preset", "trosa"));
        Assert.Equal(HttpStatusCode.OK, wrong.StatusCode);
        Assert.Contains("value=\"Kommunstyrelsen\"", WebUtility.HtmlDecode(await wrong.Content.ReadAsStringAsync()), StringComparison.Ordinal);

        await On(admin, "/kom-igang?handler=Myndighet", "Steg 2 av 5", ("First.Code", "KS"), ("First.Name", "Kommunstyrelsen"), ("First.Preset", "trosa"), ("First.DiaryMode", "own"));
        var refused = await Send(admin, "/kom-igang?handler=Kanal", ("Channel.Authority", "KS"), ("Channel.Platform", "mastodon"));
        Assert.Contains("Ange kanalens ändamål", WebUtility.HtmlDecode(await refused.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        await On(
            admin, "/kom-igang?handler=Kanal", "Steg 3 av 5", ("Channel.Authority", "KS"), ("Channel.Platform", "mastodon"), ("Channel.NativeAccountId", "https://social.example/users/kommunen"), ("Channel.Handle", "@kommunen"),
            ("Channel.Purpose", "Svara på frågor."));
        await On(admin, "/kom-igang?handler=Person&steg=3", "Steg 4 av 5", ("Person.Name", "Rita Registrator"), ("Person.Username", "rita"), ("Person.Password", Password), ("Person.Roles", "registrator"), ("Person.Authority", "KS"));
        var twice = await Send(admin, "/kom-igang?handler=Person&steg=4", ("Person.Name", "Rita Registrator"), ("Person.Roles", "chef"), ("Person.Authority", "KS"));
        Assert.Contains("Det finns redan en person", WebUtility.HtmlDecode(await twice.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        await On(
            admin, "/kom-igang?handler=Person&steg=4", "Steg 5 av 5", ("Person.Name", "Moa Moderator"), ("Person.Username", "moa"), ("Person.Password", Password), ("Person.Roles", "moderator"), ("Person.Roles", "chef"), ("Person.Authority", "KS"));

        // The last step is the registrar's.
        var rita = archive.Browser();
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.LogIn(rita, "rita", Password, "/")).StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, (await rita.GetAsync(new Uri("/kom-igang", UriKind.Relative))).StatusCode);
        var byHand = ByHand().Match(await Read(admin, "/kom-igang")).Value;
        var token = await ServedArchive.FormToken(rita, byHand);
        using (var form = new MultipartFormDataContent())
        {
            foreach (var (name, value) in new[] { ("__RequestVerificationToken", token), ("Kind", "comment"), ("AuthorName", "Nils Norén"), ("Text", "När plogas Storgatan?"), ("Audience", "public"), ("Certainty", "observed"), ("SeenBy", "Rita Registrator") })
                form.Add(new StringContent(value), name);
            var captured = await rita.PostAsync(new Uri(byHand, UriKind.Relative), form);
            Assert.True(captured.StatusCode == HttpStatusCode.Redirect, await captured.Content.ReadAsStringAsync());
        }

        var record = await archive.Value<Guid>("select record_id from archive.open_items where incoming");
        if (await archive.Value<string>($"select wall from archive.record_states where record_id = '{record}'") == "unassessed") Assert.Fail("The first item is behind a wall.");
        Assert.Contains($"/handlingar/{record}", await Read(rita, "/postoppning"), StringComparison.Ordinal);
        var version = Version().Match(await Read(rita, $"/handlingar/{record}/registrera")).Groups[1].Value;
        var registered = await ServedArchive.Post(
            rita, $"/handlingar/{record}/registrera", $"/handlingar/{record}/registrera", ("Version", version), ("Subject", "Fråga om snöröjning"), ("Where", "new"), ("Title", "Snöröjning"));
        Assert.True(registered.StatusCode == HttpStatusCode.Redirect, WebUtility.HtmlDecode(await registered.Content.ReadAsStringAsync()));

        Assert.Contains("Allt är på plats", await Read(admin, "/kom-igang"), StringComparison.Ordinal);
        Assert.DoesNotContain("/kom-igang", await Read(admin, "/"), StringComparison.Ordinal);
        Assert.True(await StartPages.Agree(rita, "Rita") > 5);
        Assert.True(await StartPages.Agree(admin, "admin") > 5);
    }

    private static async Task On(HttpClient browser, string action, string next, params (string, string)[] fields)
    {
        var answer = await Send(browser, action, fields);
        Assert.True(answer.StatusCode == HttpStatusCode.Redirect, $"{action}: {WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync())}");
        Assert.Contains(next, await Read(browser, answer.Headers.Location!.OriginalString), StringComparison.Ordinal);
    }

    private static Task<HttpResponseMessage> Send(HttpClient browser, string action, params (string, string)[] fields) => ServedArchive.Post(browser, "/kom-igang", action, fields);

    private static async Task<string> Read(HttpClient browser, string page) => WebUtility.HtmlDecode(await browser.GetStringAsync(new Uri(page, UriKind.Relative)));

    [GeneratedRegex("/kanaler/[0-9a-f-]{36}/registrera-inlagg")]
    private static partial Regex ByHand();

    [GeneratedRegex("name=\"Version\" value=\"([^\"]*)\"")]
    private static partial Regex Version();
}
