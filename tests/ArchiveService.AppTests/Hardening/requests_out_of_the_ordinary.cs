using System.Net;
using System.Net.Http.Json;
using System.Net.Sockets;
using System.Text;
using System.Text.Json;
using ArchiveService.Http;
using ArchiveService.Testing;
using static ArchiveService.AppTests.Hardening.HostileArchive;

namespace ArchiveService.AppTests.Hardening;

[Collection(nameof(HostileArchive))]
public sealed class A_request_out_of_the_ordinary(HostileArchive archive)
{
    private static async Task<(int Status, string Code, long? Limit)> Refused(HttpResponseMessage answer)
    {
        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.NotEmpty(problem.GetProperty("title").GetString()!);
        return ((int)answer.StatusCode, problem.GetProperty("code").GetString()!, problem.TryGetProperty("limit", out var limit) ? limit.GetInt64() : null);
    }

    private static StringContent Json(string text) => new(text, Encoding.UTF8, "application/json");

    private Task<HttpResponseMessage> OpenCase(string body) => archive.Program.PostAsync(At("/api/v1/cases"), Json(body));

    [Fact]
    public async Task that_is_too_large_is_told_the_limit()
    {
        Assert.Equal((414, "address-too-long", 8192), await Refused(await archive.Program.GetAsync(At("/api/v1/records?q=" + new string('a', 8200)))));
        using (var request = new HttpRequestMessage(HttpMethod.Get, At("/api/v1/channels")))
        {
            for (var i = 0; i < 13; i++) request.Headers.Add($"X-Long-{i}", new string('a', 2000));
            Assert.Equal((431, "headers-too-large", 24576), await Refused(await archive.Program.SendAsync(request)));
        }

        Assert.Equal((413, "request-too-large", 8388608), await Refused(await OpenCase("{\"title\":\"" + new string('a', 9 * 1024 * 1024) + "\"}")));
        Assert.Equal((400, "json-too-deep", 64), await Refused(await OpenCase("{\"annat\":" + new string('[', 100) + new string(']', 100) + "}")));
        Assert.Equal((400, "list-too-long", 10_000), await Refused(await archive.Program.PostAsJsonAsync(At($"/api/v1/disclosures/{archive.Ids["requests"][0]}/items"), new { records = Enumerable.Repeat(Guid.Empty, 10_001) })));
        var form = new FormUrlEncodedContent(Enumerable.Range(0, 5000).Select(i => KeyValuePair.Create($"f{i}", "x")));
        using var anybody = archive.Served.Program();
        Assert.Equal(HttpStatusCode.BadRequest, (await anybody.PostAsync(At("/public/request"), form)).StatusCode);
    }

    [Fact]
    public async Task on_a_page_is_told_in_Swedish()
    {
        var answer = await archive.Browser.GetAsync(At("/sok?q=" + new string('a', 8200)));

        Assert.Equal(HttpStatusCode.RequestUriTooLong, answer.StatusCode);
        Assert.Equal("text/html", answer.Content.Headers.ContentType?.MediaType);
    }

    [Fact]
    public async Task that_sends_its_body_drop_by_drop_holds_nothing_up()
    {
        // The header comes at once, the body never: others are answered meanwhile.
        using var slow = new TcpClient();
        await slow.ConnectAsync(archive.Served.Address.Host, archive.Served.Address.Port);
        await slow.GetStream().WriteAsync("POST /public/requests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Type: application/json\r\nContent-Length: 1000\r\n\r\n{"u8.ToArray());
        using var anybody = archive.Served.Program();

        Assert.Equal(HttpStatusCode.OK, (await anybody.GetAsync(At("/health/live"))).StatusCode);
    }

    [Fact]
    public async Task too_often_from_one_network_is_asked_to_wait()
    {
        // Through a proxy that is not known: from where it comes is not believed, and it is not this machine itself.
        using var through = archive.Served.Program();
        through.DefaultRequestHeaders.Add("Via", "1.1 proxy");
        HttpResponseMessage program, page;
        var tries = 0;
        do program = await through.GetAsync(At("/public/diary.json"));
        while (program.IsSuccessStatusCode && ++tries < 200);
        page = await through.GetAsync(At("/public/diary"));

        Assert.Equal((429, "too-many-requests"), ((int)program.StatusCode, (await program.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString()));
        Assert.True(program.Headers.RetryAfter?.Delta >= TimeSpan.FromSeconds(1));
        if (page.StatusCode != HttpStatusCode.OK)
        {
            Assert.Equal(HttpStatusCode.TooManyRequests, page.StatusCode);
            Assert.Contains("För många försök på kort tid", WebUtility.HtmlDecode(await page.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        }

        // It is noted, by its route and without an address.
        Assert.Contains(archive.Log.Lines, line => line.Contains("\"EventId\":2001", StringComparison.Ordinal) && line.Contains("public/diary.json", StringComparison.Ordinal));

        // This machine itself is not held to it.
        using var here = archive.Served.Program();
        Assert.Equal(HttpStatusCode.OK, (await here.GetAsync(At("/public/diary.json"))).StatusCode);
    }

    [Fact]
    public async Task by_somebody_unknown_or_without_the_right_is_noted()
    {
        using var anybody = archive.Served.Program();
        Assert.Equal(HttpStatusCode.Unauthorized, (await anybody.GetAsync(At("/api/v1/persons?q=" + Marker))).StatusCode);
        using var moderator = archive.Served.Program(await archive.Served.Token("Moa Utan Rätt", [new("moderator")]));
        Assert.Equal(HttpStatusCode.Forbidden, (await moderator.PostAsJsonAsync(At("/api/v1/persons"), new { name = Marker })).StatusCode);

        Assert.Contains(archive.Log.Lines, line => line.Contains("\"EventId\":2002", StringComparison.Ordinal) && line.Contains("api/v1/persons", StringComparison.Ordinal));
        Assert.Contains(archive.Log.Lines, line => line.Contains("\"EventId\":2003", StringComparison.Ordinal));
        Assert.DoesNotContain(archive.Log.Lines, line => line.Contains(Marker, StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("TRACE")]
    [InlineData("CONNECT")]
    [InlineData("PROPFIND")]
    [InlineData("DELETE")]
    public async Task of_a_method_that_there_is_not_changes_nothing(string method)
    {
        using var request = new HttpRequestMessage(new(method == "CONNECT" ? "TRACK" : method), At("/api/v1/channels"));
        request.Headers.Add("X-Echo", Marker);
        var answer = await archive.Program.SendAsync(request);

        Assert.Contains((int)answer.StatusCode, new[] { 404, 405 });
        Assert.DoesNotContain(Marker, await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("X-HTTP-Method-Override", "DELETE")]
    [InlineData("X-HTTP-Method", "PUT")]
    [InlineData("X-Method-Override", "POST")]
    [InlineData("X-Original-URL", "/api/v1/persons")]
    [InlineData("X-Rewrite-URL", "/anvandare")]
    public async Task cannot_become_another_by_a_header(string header, string value)
    {
        using var request = new HttpRequestMessage(HttpMethod.Get, At("/public/diary.json"));
        request.Headers.Add(header, value);
        using var anybody = archive.Served.Program();
        var answer = await anybody.SendAsync(request);

        Assert.Equal(HttpStatusCode.OK, answer.StatusCode);
        Assert.StartsWith("{", await answer.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("https://ond.exempel.invalid/")]
    [InlineData("//ond.exempel.invalid/")]
    [InlineData("/\\ond.exempel.invalid/")]
    [InlineData("\\\\ond.exempel.invalid/")]
    [InlineData("/%09/ond.exempel.invalid")]
    [InlineData("javascript:alert(1)")]
    [InlineData("/\t/ond.exempel.invalid/")]
    [InlineData("/\r\nSet-Cookie: pwned=1")]
    [InlineData("~//ond.exempel.invalid/")]
    public async Task leads_to_no_other_host(string returnUrl)
    {
        var browser = archive.Served.Browser();
        var answer = await ServedArchive.LogIn(browser, "siv", "fyra glada grisar", returnUrl);

        Assert.Equal(HttpStatusCode.Redirect, answer.StatusCode);
        var to = new Uri(archive.Served.Address, answer.Headers.Location!.OriginalString);
        Assert.Equal(archive.Served.Address.Authority, to.Authority);
        Assert.DoesNotContain(answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [], c => c.Contains("pwned", StringComparison.Ordinal));
    }

    [Theory]
    [InlineData("q=a\r\nSet-Cookie: pwned=1")]
    [InlineData("//ond.exempel.invalid/\u0001")]
    public async Task puts_no_line_of_its_own_into_the_answer(string question)
    {
        var answer = await ServedArchive.Post(archive.Browser, "/anvandare", "/sok?handler=Save", ("name", "rad " + question.Length), ("question", question));

        Assert.True((int)answer.StatusCode < 500, $"{answer.StatusCode}");
        Assert.DoesNotContain(answer.Headers.TryGetValues("Set-Cookie", out var cookies) ? cookies : [], c => c.Contains("pwned", StringComparison.Ordinal));
        if (answer.Headers.Location is { } to) Assert.Equal(archive.Served.Address.Authority, new Uri(archive.Served.Address, to.OriginalString).Authority);
    }

    [Fact]
    public async Task with_members_that_a_command_has_not_changes_nothing_else()
    {
        var answer = await archive.Program.PostAsJsonAsync(At("/api/v1/cases"), new
        {
            authority = "OND",
            title = "Ett vanligt ärende",
            id = Guid.Empty,
            caseId = Guid.Empty,
            diaryNumber = "OND 1900/1",
            closedAt = "1900-01-01T00:00:00Z",
            openedBy = Guid.Empty,
            personId = Guid.Empty,
            version = 99,
            policyVersion = 99,
            roles = new[] { "admin" },
            clearance = true,
        });
        var made = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;

        Assert.True(answer.IsSuccessStatusCode, made.ToString());
        Assert.NotEqual(Guid.Empty, made.GetProperty("caseId").GetGuid());
        Assert.DoesNotContain("1900", made.ToString(), StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("/../../../../etc/passwd")]
    [InlineData("/%2e%2e/%2e%2e/etc/passwd")]
    [InlineData("/..%2f..%2fappsettings.json")]
    [InlineData("/lib/..%5c..%5cappsettings.json")]
    [InlineData("/.git/config")]
    [InlineData("/appsettings.json")]
    [InlineData("/keys.json")]
    [InlineData("/lib/")]
    [InlineData("/evidence/tile/0/../../../keys")]
    public async Task for_a_file_outside_gets_none(string path)
    {
        using var raw = new TcpClient();
        await raw.ConnectAsync(archive.Served.Address.Host, archive.Served.Address.Port);
        await raw.GetStream().WriteAsync(Encoding.ASCII.GetBytes($"GET {path} HTTP/1.1\r\nHost: 127.0.0.1\r\nConnection: close\r\nAccept: text/html\r\n\r\n"));
        using var reader = new StreamReader(raw.GetStream());
        var answer = await reader.ReadToEndAsync();

        Assert.DoesNotContain("HTTP/1.1 200", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("root:", answer, StringComparison.Ordinal);
        Assert.DoesNotContain("Logging", answer, StringComparison.Ordinal);
    }

    [Theory]
    [InlineData("GET /public/diary.json HTTP/1.1\r\nHost: 127.0.0.1\r\nHost: ond.exempel.invalid\r\n\r\n")]
    [InlineData("GET /public/diary.json HTTP/1.1\r\n\r\n")]
    [InlineData("GET /public/diary.json HTTP/1.1\r\nHost: a b\r\n\r\n")]
    [InlineData("POST /public/requests HTTP/1.1\r\nHost: 127.0.0.1\r\nContent-Length: 3\r\nContent-Length: 4\r\n\r\n{}\r\n")]
    [InlineData("POST /public/requests HTTP/1.1\r\nHost: 127.0.0.1\r\nTransfer-Encoding: chunked, identity\r\n\r\n0\r\n\r\n")]
    [InlineData("GET /public/diary.json HTTP/1.1\r\nHost: 127.0.0.1\r\nX: a\0b\r\n\r\n")]
    [InlineData("GET /public/diary.json HTTP/1.1\r\nHost: 127.0.0.1\r\n X-Folded: a\r\n\r\n")]
    public async Task that_two_could_read_differently_is_refused(string request)
    {
        using var raw = new TcpClient();
        await raw.ConnectAsync(archive.Served.Address.Host, archive.Served.Address.Port);
        await raw.GetStream().WriteAsync(Encoding.ASCII.GetBytes(request));
        using var reader = new StreamReader(raw.GetStream());
        var first = await reader.ReadLineAsync().WaitAsync(TimeSpan.FromSeconds(10));

        Assert.StartsWith("HTTP/1.1 4", first, StringComparison.Ordinal);
    }

    [Fact]
    public async Task sent_with_the_parameter_twice_is_not_read_as_the_last_of_them()
    {
        var answer = await archive.Program.GetAsync(At("/api/v1/records?limit=1&limit=100000"));

        Assert.Contains((int)answer.StatusCode, new[] { 200, 400 });
        if (answer.StatusCode == HttpStatusCode.OK) Assert.True(JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement.GetProperty("items").GetArrayLength() <= 200);
    }
}
