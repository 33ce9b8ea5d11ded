using System.Net;
using System.Net.Http.Json;
using System.Reflection;
using System.Text;
using System.Text.Json;
using System.Text.Json.Nodes;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http.Metadata;
using Microsoft.AspNetCore.Routing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.AppTests.Commands;

[Collection(nameof(CommandArchive))]
public sealed class Refusing_unusable_input(CommandArchive archive)
{
    private const string AnId = "0195aaaa-0000-7000-8000-000000000001";

    /// <summary>Every command that takes a body, with every text it has, however deep.</summary>
    private IEnumerable<(HttpMethod Method, string Path, string Field, JsonNode Body)> Texts()
    {
        foreach (var endpoint in archive.Served.Services.GetRequiredService<IEnumerable<EndpointDataSource>>().SelectMany(source => source.Endpoints).OfType<RouteEndpoint>())
        {
            if (endpoint.Metadata.GetMetadata<IAcceptsMetadata>()?.RequestType is not { } command || endpoint.Metadata.GetMetadata<IHttpMethodMetadata>() is not { HttpMethods: [var method] }) continue;
            var path = Regex.Replace(Regex.Replace(endpoint.RoutePattern.RawText!, @"\{\w+:guid\}", AnId), @"\{\w+:int\}", "1").Replace("{code}", "KS", StringComparison.Ordinal).Replace("{role}", "admin", StringComparison.Ordinal);
            foreach (var (field, body) in Texts(command)) yield return (new(method), path, field, body);
        }
    }

    private static IEnumerable<(string Field, JsonNode Body)> Texts(Type type)
    {
        foreach (var property in type.GetProperties(BindingFlags.Public | BindingFlags.Instance).Where(p => p.CanWrite))
        {
            var name = JsonNamingPolicy.CamelCase.ConvertName(property.Name);
            if (property.PropertyType == typeof(string)) yield return (name, new JsonObject { [name] = "§" });
            else if (property.PropertyType == typeof(IReadOnlyList<string>)) yield return ($"{name}[0]", new JsonObject { [name] = new JsonArray("§") });
            else if (property.PropertyType == typeof(IReadOnlyDictionary<string, string>)) yield return ($"{name}.key", new JsonObject { [name] = new JsonObject { ["key"] = "§" } });
            else if (property.PropertyType.Namespace!.StartsWith("ArchiveService", StringComparison.Ordinal) && property.PropertyType.IsClass)
            {
                foreach (var (field, body) in Texts(property.PropertyType)) yield return ($"{name}.{field}", new JsonObject { [name] = body });
            }
        }
    }

    [Theory]
    [InlineData("a\\u0000b")]
    [InlineData("a\\ud83d")]
    [InlineData("\\ude00b")]
    public async Task names_the_field_of_every_command_that_holds_what_cannot_be_stored(string unstorable)
    {
        var wrong = new List<string>();
        var asked = Texts().ToList();
        foreach (var (method, path, field, body) in asked)
        {
            using var request = new HttpRequestMessage(method, At(path)) { Content = new StringContent(body.ToJsonString().Replace("\\u00A7", unstorable, StringComparison.Ordinal).Replace("§", unstorable, StringComparison.Ordinal), Encoding.UTF8, "application/json") };
            var answer = await archive.Everybody.SendAsync(request);
            var text = await answer.Content.ReadAsStringAsync();
            if (answer.StatusCode != HttpStatusCode.BadRequest || !text.Contains("\"unstorable-text\"", StringComparison.Ordinal) || !text.Contains($"\"field\":\"{field}\"", StringComparison.Ordinal))
                wrong.Add($"{method} {path} {field}: {(int)answer.StatusCode} {text}");
        }

        Assert.Empty(wrong);
        Assert.True(asked.Count > 50, $"Only {asked.Count} texts were found.");
        Assert.Contains(asked, a => a.Field == "newCase.classCode");
    }

    [Fact]
    public async Task in_an_address_or_a_form_is_refused_too()
    {
        Assert.Equal((400, "unstorable-text"), await Refused(await archive.Everybody.GetAsync(At("/api/v1/records?q=a%00b"))));

        var id = await archive.A_comment();
        var browser = await archive.Browser("formnoll", Role.Registrator);
        var answer = await ServedArchive.Post(browser, $"/handlingar/{id}/registrera", $"/handlingar/{id}/registrera", ("Subject", "Synp\0unkt"), ("Where", "new"), ("Title", "Skolmaten"));

        Assert.Equal(HttpStatusCode.BadRequest, answer.StatusCode);
        var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());
        Assert.Contains("Sidan förstod inte det som skickades", html, StringComparison.Ordinal);
        Assert.Equal(Registration.Captured, (await archive.State(id)).Registration);
    }

    [Theory]
    [InlineData("{\"subject\":")]
    [InlineData("[]")]
    [InlineData("{\"subject\":5}")]
    [InlineData("{\"subject\":\"a\",\"subject\":\"b\"}")]
    [InlineData("null")]
    [InlineData("")]
    public async Task that_is_no_JSON_of_the_command_has_a_code(string body)
    {
        using var content = new StringContent(body, Encoding.UTF8, "application/json");
        Assert.Equal((400, "input-unreadable"), await Refused(await archive.Registrator.PostAsync(At($"/api/v1/records/{AnId}/register"), content)));
    }

    [Fact]
    public async Task of_another_media_type_or_in_a_parameter_has_a_code()
    {
        using var content = new StringContent("subject=x", Encoding.UTF8, "text/plain");
        Assert.Equal((415, "media-type"), await Refused(await archive.Registrator.PostAsync(At($"/api/v1/records/{AnId}/register"), content)));
        Assert.Equal((400, "bad-parameter"), await Refused(await archive.Everybody.GetAsync(At("/api/v1/retention/worklist?due=ig%C3%A5r"))));
    }

    [Fact]
    public async Task leaves_the_idempotency_key_free()
    {
        var id = await archive.A_comment();
        Assert.Equal((400, "unstorable-text"), await Refused(await Register("{\"subject\":\"a\\u0000\"}")));

        await Ok(await Register(JsonSerializer.Serialize(NewCase())));

        Task<HttpResponseMessage> Register(string body)
        {
            var request = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/records/{id}/register")) { Content = new StringContent(body, Encoding.UTF8, "application/json") };
            request.Headers.Add("Idempotency-Key", "same-key-" + id.ToString("N"));
            return archive.Registrator.SendAsync(request);
        }
    }

    [Theory]
    [InlineData("W/\"1\"")]
    [InlineData("\"abc\"")]
    [InlineData("\"1\", \"2\"")]
    [InlineData("\"\"")]
    [InlineData("-1")]
    public async Task as_If_Match_is_never_taken_for_absent(string given)
    {
        var id = await archive.A_comment();
        var answer = await Hide(id, given);

        var problem = JsonDocument.Parse(await answer.Content.ReadAsStringAsync()).RootElement;
        Assert.Equal((400, "bad-parameter", "If-Match"), ((int)answer.StatusCode, problem.GetProperty("code").GetString(), problem.GetProperty("parameter").GetString()));
        Assert.Equal(Visibility.Visible, (await archive.State(id)).Visibility);
    }

    [Theory]
    [InlineData("\"1\"")]
    [InlineData("*")]
    public async Task does_not_refuse_an_If_Match_that_holds(string given)
    {
        var id = await archive.A_comment();
        await Ok(await Hide(id, given));
        Assert.Equal(Visibility.Hidden, (await archive.State(id)).Visibility);
    }

    [Theory]
    [InlineData("registrera", "Subject")]
    [InlineData("sekretess", "Provision")]
    [InlineData("ta-ned", "Motivation")]
    public async Task on_a_form_that_stands_on_an_older_version_gives_the_form_again(string form, string field)
    {
        var id = await archive.A_comment("TKS");
        var browser = await archive.Browser("stale" + form.Replace("-", "", StringComparison.Ordinal), Role.Registrator, Role.Moderator);
        var before = (await archive.State(id)).Version;
        await Ok(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/assess"), new { isQuestion = true }));
        (string, string)[] filled = [(field, "Det jag skrev"), ("Where", "new"), ("Title", "Skolmaten"), ("Act", "Hide"), ("Grounds", "INSULT"), ("Viewpoint", "yes")];

        foreach (var stale in new[] { $"{before}", "inget tal" })
        {
            var answer = await ServedArchive.Post(browser, $"/handlingar/{id}/{form}", $"/handlingar/{id}/{form}", [.. filled, ("Version", stale)]);
            var html = WebUtility.HtmlDecode(await answer.Content.ReadAsStringAsync());

            Assert.Equal(HttpStatusCode.PreconditionFailed, answer.StatusCode);
            Assert.Contains("Handlingen har ändrats sedan du öppnade formuläret", html, StringComparison.Ordinal);
            Assert.Contains("Det jag skrev", html, StringComparison.Ordinal);
            Assert.Contains($"name=\"Version\" value=\"{before + 1}\"", html, StringComparison.Ordinal);
            Assert.Equal(before + 1, (await archive.State(id)).Version);
        }

        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(browser, $"/handlingar/{id}/{form}", $"/handlingar/{id}/{form}", [.. filled, ("Version", $"{before + 1}")])).StatusCode);
    }

    private Task<HttpResponseMessage> Hide(Guid id, string ifMatch)
    {
        var request = new HttpRequestMessage(HttpMethod.Post, At($"/api/v1/records/{id}/hide")) { Content = JsonContent.Create(new { grounds = new[] { "INSULT" }, motivation = "Grov förolämpning" }) };
        request.Headers.TryAddWithoutValidation("If-Match", ifMatch);
        return archive.Moderator.SendAsync(request);
    }
}
