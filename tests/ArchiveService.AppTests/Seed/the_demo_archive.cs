using System.Net;
using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.AppTests.Hosting;

namespace ArchiveService.AppTests.SeedTests;

/// <summary>Part 15, as a newcomer runs it: <c>./run seed</c> in an empty data folder, before the first <c>./run</c>.</summary>
public sealed partial class The_demo_archive
{
    private static readonly string[] Authorities = ["Granvika kommunstyrelse", "Björkstads barn- och utbildningsnämnd", "Tallåsa samhällsbyggnadsnämnd", "Ängholms vård- och omsorgsnämnd", "Ljunghems kulturnämnd"];

    [Fact]
    public async Task is_whole_also_when_it_was_killed_in_between_and_doubles_nothing()
    {
        using var folder = await TemporaryFolder.WithDatabase();
        await using (var killed = new RunningProgram(folder.Data, "seed"))
        {
            await killed.Says(Authorities[1]);
            await Task.Delay(300);
            await killed.KillAtOnce();
        }

        var (code, said) = await Run(folder, "seed");
        Assert.True(code == 0, said);
        Assert.Contains("Demo users, all with the password", said, StringComparison.Ordinal);
        var once = await Counts(folder);

        (code, said) = await Run(folder, "seed");
        Assert.True(code == 0, said);
        Assert.All(Authorities, name => Assert.Matches($@"{Regex.Escape(name)} \(\w+\) is already there\.", said));
        var twice = await Counts(folder);

        // What people did is shown a moment after they did it, and the first verification may come before that.
        foreach (var counts in new[] { once, twice }) counts.Remove("rows of views.all_deeds");
        Assert.True(once.OrderBy(c => c.Key).SequenceEqual(twice.OrderBy(c => c.Key)), string.Join(", ", twice.Except(once)));

        // 351 items from the channels, a consent each and a snapshot of four of them. Of the items, those of little importance and more than half a year's quarter old are destroyed; what is registered or taken down is not.
        Assert.Equal(351 + 5 + 4, once["records"]);
        Assert.InRange(once["destroyed records"], 10, 30);

        await using var service = RunningProgram.Serving(folder.Data);
        var address = await service.Ready();
        var password = (await File.ReadAllTextAsync(Path.Combine(folder.Data, "demo-login.txt"))).Trim();
        var rut = await LoggedIn(address, "rut", password);
        var record = RecordLink.Match(await rut.GetStringAsync("/sok?q=f%C3%B6rskola")).Groups[1].Value;
        foreach (var page in new[] { "/", "/sok", $"/handlingar/{record}", "/diarium", "/gallring", "/kanaler", "/konton", "/public/diary", "/public/channels" })
            Assert.Equal((page, HttpStatusCode.OK), (page, (await rut.GetAsync(page)).StatusCode));
        Assert.Equal(HttpStatusCode.OK, (await (await LoggedIn(address, "greta", password)).GetAsync("/kontroll")).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await (await LoggedIn(address, "arvid", password)).GetAsync("/gallring")).StatusCode);

        // A seed before the first start leaves an administrator too.
        var first = File.ReadAllLines(Path.Combine(folder.Data, "first-login.txt")).Single(l => l.StartsWith("Lösenord: ", StringComparison.Ordinal))["Lösenord: ".Length..];
        Assert.Equal(HttpStatusCode.OK, (await (await LoggedIn(address, "admin", first)).GetAsync("/anvandare")).StatusCode);

        // Every number on every role's start page leads to as many.
        foreach (var (who, secret) in new[] { "rut", "moa", "arvid", "alma", "greta", "kim", "chefen" }.Select(u => (u, password)).Append(("admin", first)))
            Assert.True(await StartTests.StartPages.Agree(await LoggedIn(address, who, secret), who) > 1);

        // What was registered, or taken down for an insult, stands; its words are found.
        var moa = await LoggedIn(address, "moa", password);
        Assert.Contains(RecordLink.Matches(await moa.GetStringAsync("/sok?q=p%C3%A5hittad+idiot")), m => m.Success);
        Assert.Contains(RecordLink.Matches(await moa.GetStringAsync("/sok?q=handlingarna+%C3%A4rendet")), m => m.Success);
    }

    /// <summary>What verify counts, when it finds no error.</summary>
    private static async Task<Dictionary<string, long>> Counts(TemporaryFolder folder)
    {
        var (code, said) = await Run(folder, "verify", "--json");
        Assert.True(code == 0, said);
        Assert.DoesNotContain("place-unknown", said, StringComparison.Ordinal);
        return JsonDocument.Parse(said).RootElement.GetProperty("counts").EnumerateObject().ToDictionary(c => c.Name, c => c.Value.GetInt64());
    }

    private static async Task<(int Code, string Said)> Run(TemporaryFolder folder, params string[] verb)
    {
        await using var program = new RunningProgram(folder.Data, verb);
        return await program.Ended();
    }

    private static async Task<HttpClient> LoggedIn(Uri address, string username, string password)
    {
        var browser = new HttpClient(new SocketsHttpHandler { AllowAutoRedirect = false, CookieContainer = new() }) { BaseAddress = address };
        var answer = await ArchiveService.Testing.ServedArchive.LogIn(browser, username, password);
        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        return browser;
    }

    [GeneratedRegex("/handlingar/([0-9a-f-]{36})")]
    private static partial Regex RecordLink { get; }
}
