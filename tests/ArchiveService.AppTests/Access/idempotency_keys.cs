using System.Net;
using System.Net.Http.Json;
using System.Text.Json;
using ArchiveService.Http;
using ArchiveService.Testing;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.AccessTests;

public sealed class An_idempotency_key : IAsyncLifetime
{
    private static readonly Uri Persons = new("/api/v1/persons", UriKind.Relative);
    private static readonly Uri Slow = new("/test/slow", UriKind.Relative);
    private readonly SetClock clock = new(new(2026, 3, 2, 7, 0, 0, TimeSpan.Zero));
    private readonly TaskCompletionSource begun = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private readonly TaskCompletionSource goOn = new(TaskCreationOptions.RunContinuationsAsynchronously);
    private ServedArchive archive = null!;
    private HttpClient siv = null!;
    private HttpClient bo = null!;

    public async Task InitializeAsync()
    {
        archive = await ServedArchive.Start(
            builder => builder.Services.AddSingleton<TimeProvider>(clock),
            app =>
            {
                app.MapPost("/test/slow", async () =>
                {
                    begun.TrySetResult();
                    await goOn.Task;
                    return Results.Ok(new { id = 7, text = "hemligt" });
                }).Idempotent();
                app.MapPost("/test/broken", IResult () => throw new InvalidOperationException("broken on purpose")).Idempotent();
            });
        siv = archive.Program(await archive.Token("Siv Exempelsson", [new("admin")]));
        bo = archive.Program(await archive.Token("Bo Påhittad", [new("admin")]));
    }

    public Task DisposeAsync() => archive.DisposeAsync().AsTask();

    [Fact]
    public async Task gives_the_first_outcome_again_and_does_nothing_twice()
    {
        var first = await Send(siv, Persons, "nyckel-1", new { name = "Ny Person" });
        var again = await Send(siv, Persons, "nyckel-1", new { name = "Ny Person" });

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(HttpStatusCode.Created, again.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(first.Headers.Location, again.Headers.Location);
        Assert.Equal("true", Assert.Single(again.Headers.GetValues("Idempotent-Replayed")));
        Assert.Equal(1L, await archive.Value<long>("select count(*) from archive.idempotency where status = 201"));
    }

    [Fact]
    public async Task is_refused_for_another_request()
    {
        await Send(siv, Persons, "nyckel-1", new { name = "Ny Person" });

        var other = await Send(siv, Persons, "nyckel-1", new { name = "Annan Person" });

        Assert.Equal(HttpStatusCode.UnprocessableEntity, other.StatusCode);
        Assert.Equal("/problems/idempotency-key-reused", (await other.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("type").GetString());
    }

    [Fact]
    public async Task belongs_to_who_used_it()
    {
        await Send(siv, Persons, "nyckel-1", new { name = "Ny Person" });

        Assert.Equal(HttpStatusCode.Created, (await Send(bo, Persons, "nyckel-1", new { name = "Annan Person" })).StatusCode);
    }

    [Fact]
    public async Task is_free_again_when_the_request_was_refused()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(siv, Persons, "nyckel-1", new { name = "" })).StatusCode);

        Assert.Equal(HttpStatusCode.Created, (await Send(siv, Persons, "nyckel-1", new { name = "Ny Person" })).StatusCode);
    }

    [Fact]
    public async Task waits_for_the_first_to_end_which_it_does_even_when_its_sender_has_gone()
    {
        using var gone = new CancellationTokenSource();
        var first = Send(siv, Slow, "nyckel-1", new { }, gone.Token);
        await begun.Task;
        var meanwhile = await Send(siv, Slow, "nyckel-1", new { });
        await gone.CancelAsync();
        await Assert.ThrowsAnyAsync<OperationCanceledException>(() => first);
        goOn.SetResult();
        var after = await Send(siv, Slow, "nyckel-1", new { });
        for (var i = 0; i < 50 && after.StatusCode == HttpStatusCode.Conflict; i++)
        {
            await Task.Delay(100);
            after = await Send(siv, Slow, "nyckel-1", new { });
        }

        Assert.Equal(HttpStatusCode.Conflict, meanwhile.StatusCode);
        Assert.Equal("still-running", (await meanwhile.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
        Assert.Equal("""{"id":7}""", await after.Content.ReadAsStringAsync());
        Assert.Equal("""{"id": 7}""", await archive.Value<string>("select answer::text from archive.idempotency where status = 200"));
    }

    [Fact]
    public async Task says_so_when_nobody_knows_how_the_first_went()
    {
        var broken = new Uri("/test/broken", UriKind.Relative);
        Assert.Equal(HttpStatusCode.InternalServerError, (await Send(siv, broken, "nyckel-1", new { })).StatusCode);
        clock.Advance(TimeSpan.FromMinutes(6));

        var again = await Send(siv, broken, "nyckel-1", new { });

        Assert.Equal("outcome-unknown", (await again.Content.ReadFromJsonAsync<JsonElement>()).GetProperty("code").GetString());
    }

    [Fact]
    public async Task is_forgotten_after_a_day()
    {
        await Send(siv, Persons, "nyckel-1", new { name = "Ny Person" });
        clock.Advance(TimeSpan.FromHours(23));
        siv = archive.Program(await archive.Token("Siv Exempelsson", [new("admin")]));
        clock.Advance(TimeSpan.FromHours(2));

        Assert.Equal(HttpStatusCode.Created, (await Send(siv, Persons, "nyckel-1", new { name = "Annan Person" })).StatusCode);
    }

    [Fact]
    public async Task has_to_be_one_word()
    {
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(siv, Persons, "", new { name = "Ny Person" })).StatusCode);
        Assert.Equal(HttpStatusCode.BadRequest, (await Send(siv, Persons, "with a space", new { name = "Ny Person" })).StatusCode);
    }

    [Fact]
    public async Task is_honoured_by_every_command_of_the_API()
    {
        await siv.PutAsJsonAsync(new Uri("/api/v1/authorities/KS", UriKind.Relative), new { name = "Kommunstyrelsen", preset = "herrljunga" });
        var channel = new { authority = "KS", platform = "facebook", nativeAccountId = "sidan-1", handle = "sidan", url = "https://exempel.invalid/sidan", purpose = "Prov" };
        var channels = new Uri("/api/v1/channels", UriKind.Relative);

        var first = await Send(siv, channels, "nyckel-1", channel);
        var again = await Send(siv, channels, "nyckel-1", channel);

        Assert.Equal(HttpStatusCode.Created, first.StatusCode);
        Assert.Equal(await first.Content.ReadAsStringAsync(), await again.Content.ReadAsStringAsync());
        Assert.Equal(1L, await archive.Value<long>("select count(*) from archive.channels"));
    }

    private static async Task<HttpResponseMessage> Send(HttpClient program, Uri address, string key, object body, CancellationToken ct = default)
    {
        using var request = new HttpRequestMessage(HttpMethod.Post, address) { Content = JsonContent.Create(body) };
        request.Headers.TryAddWithoutValidation("Idempotency-Key", key);
        return await program.SendAsync(request, ct);
    }
}
