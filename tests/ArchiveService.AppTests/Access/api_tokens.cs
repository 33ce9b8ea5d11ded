using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.AccessTests;

public sealed class An_API_token : IAsyncLifetime
{
    private static readonly Uri Persons = new("/api/v1/persons", UriKind.Relative);

    private readonly SetClock clock = new(new(2026, 3, 2, 7, 0, 0, TimeSpan.Zero));
    private ServedArchive archive = null!;

    public async Task InitializeAsync() => archive = await ServedArchive.Start(builder => builder.Services.AddSingleton<TimeProvider>(clock));

    public Task DisposeAsync() => archive.DisposeAsync().AsTask();

    [Fact]
    public async Task is_asked_for_as_a_problem_with_a_code()
    {
        var answer = await archive.Program().GetAsync(Persons);

        Assert.Equal(HttpStatusCode.Unauthorized, answer.StatusCode);
        Assert.Equal("application/problem+json", answer.Content.Headers.ContentType!.MediaType);
        Assert.Equal("/problems/not-logged-in", (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
        Assert.Equal("Bearer", Assert.Single(answer.Headers.WwwAuthenticate).Scheme);
    }

    [Fact]
    public async Task works_until_it_expires()
    {
        var program = archive.Program(await archive.Token("Siv Exempelsson", [new("admin")], lasts: TimeSpan.FromHours(1)));
        Assert.Equal(HttpStatusCode.OK, (await program.GetAsync(Persons)).StatusCode);

        clock.Advance(TimeSpan.FromMinutes(61));

        Assert.Equal(HttpStatusCode.Unauthorized, (await program.GetAsync(Persons)).StatusCode);
    }

    [Fact]
    public async Task works_until_it_is_revoked()
    {
        var program = archive.Program(await archive.Token("Siv Exempelsson", [new("admin")]));
        var token = await archive.Value<Guid>("select token_id from archive.tokens");

        var revoked = await program.DeleteAsync(new Uri($"/api/v1/tokens/{token}", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, revoked.StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await program.GetAsync(Persons)).StatusCode);
        Assert.Equal(1L, await archive.Value<long>("select count(*) from archive.mt_events where type = 'token_revoked'"));
    }

    [Fact]
    public async Task of_the_same_name_is_the_same_persons()
    {
        await archive.Token("Siv Exempelsson", [new("registrator")]);
        await archive.Token("  siv   EXEMPELSSON ", [new("arkivarie")]);

        Assert.Equal(1L, await archive.Value<long>("select count(distinct person_id) from archive.tokens"));
        Assert.Equal(2L, await archive.Value<long>("select count(*) from archive.grants"));
        Assert.Equal(1L, await archive.Value<long>("select count(*) from archive.mt_streams where type = 'person'"));
    }

    [Fact]
    public async Task stands_nowhere_in_the_clear()
    {
        var token = await archive.Token("Siv Exempelsson", [new("registrator")]);

        var rows = await archive.Value<string>("select row_to_json(t)::text from archive.tokens t");
        var events = await archive.Value<string>("select string_agg(data::text, ' ') from archive.mt_events");

        Assert.DoesNotContain(token[8..], rows! + events, StringComparison.Ordinal);
    }

    [Fact]
    public async Task has_only_the_roles_it_was_given_of_those_its_person_has()
    {
        await archive.Token("Bo Påhittad", [new("admin")]);
        var token = await archive.Token("Siv Exempelsson", [new("registrator")]);
        var both = await archive.Token("Siv Exempelsson", [new("admin")]);
        var siv = await archive.Services.GetRequiredService<PersonRegister>().Find("Siv Exempelsson", service: false, default);
        Assert.Equal(HttpStatusCode.Forbidden, (await archive.Program(token).GetAsync(Persons)).StatusCode);
        Assert.Equal(HttpStatusCode.OK, (await archive.Program(both).GetAsync(Persons)).StatusCode);

        await archive.Services.GetRequiredService<PersonRegister>().RevokeRole(siv!.Value, new(Role.Admin, null), CommandLineCaller.Caller, default);

        Assert.Equal(HttpStatusCode.Forbidden, (await archive.Program(both).GetAsync(Persons)).StatusCode);
    }

    [Fact]
    public async Task of_a_connector_captures_to_its_own_channel_and_nothing_else()
    {
        var admin = archive.Program(await archive.Token("Siv Exempelsson", [new("admin")]));
        await admin.PutAsJsonAsync(new Uri("/api/v1/authorities/KS", UriKind.Relative), new { name = "Kommunstyrelsen", preset = "herrljunga" });
        var own = await Channel(admin, "sidan-1");
        var other = await Channel(admin, "sidan-2");
        var connector = archive.Program(await archive.Token("Insamlaren", [new("connector")], channels: [own]));

        var captured = await connector.PostAsync(new Uri($"/api/v1/channels/{own}/captures", UriKind.Relative), new StringContent("", null, "application/x-ndjson"));
        var elsewhere = await connector.PostAsync(new Uri($"/api/v1/channels/{other}/captures", UriKind.Relative), new StringContent("", null, "application/x-ndjson"));
        var reading = await connector.GetAsync(Persons);
        var page = await connector.GetAsync(new Uri("/anvandare", UriKind.Relative));

        Assert.Equal(HttpStatusCode.OK, captured.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, elsewhere.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, reading.StatusCode);
        Assert.Equal(HttpStatusCode.Forbidden, page.StatusCode);
    }

    [Fact]
    public async Task of_a_connector_names_channels_that_exist_and_no_other_role()
    {
        await Assert.ThrowsAsync<InvalidOperationException>(() => archive.Token("Insamlaren", [new("connector")]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => archive.Token("Insamlaren", [new("connector")], channels: [new("0195aaaa-0000-7000-8000-000000000001")]));
        await Assert.ThrowsAsync<InvalidOperationException>(() => archive.Token("Insamlaren", [new("connector"), new("registrator")]));

        Assert.Equal(0L, await archive.Value<long>("select count(*) from archive.mt_events"));
    }

    [Fact]
    public async Task shows_its_persons_name_again_after_the_views_were_lost()
    {
        var program = archive.Program(await archive.Token("Siv Exempelsson", [new("admin")]));
        await using (var lose = archive.Databases.Owner.CreateCommand("truncate views.persons")) await lose.ExecuteNonQueryAsync();

        await archive.Services.GetRequiredService<PersonNames>().Fill(default);

        var persons = await program.GetFromJsonAsync<JsonElement>(Persons);
        Assert.Equal("Siv Exempelsson", persons.GetProperty("items")[0].GetProperty("name").GetString());
    }

    private static async Task<Guid> Channel(HttpClient admin, string account)
    {
        var answer = await admin.PostAsJsonAsync(
            new Uri("/api/v1/channels", UriKind.Relative),
            new { authority = "KS", platform = "facebook", nativeAccountId = account, handle = account, url = "https://exempel.invalid/" + account, purpose = "Prov" });
        return (await answer.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("id").GetGuid();
    }
}
