using System.Collections.Concurrent;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.Outgoing;

/// <summary>Against a real receiver that fails, hangs and lets the connection of the sender be killed between the message and the mark.</summary>
public sealed class Telling_the_external_diary : IAsyncLifetime
{
    private const string Secret = "en delad hemlighet";

    private readonly HttpListener listener = new();
    private readonly ConcurrentQueue<(string Key, string Body, bool Signed)> received = [];
    private readonly CancellationTokenSource stop = new();
    private Func<string, int, Task<int>> answers = (_, _) => Task.FromResult(200);
    private ServedArchive archive = null!;
    private HttpClient staff = null!;
    private Guid channel;
    private int numbers;

    public async Task InitializeAsync()
    {
        using (var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
        {
            free.Start();
            Address = $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/in/";
        }

        listener.Prefixes.Add(Address);
        listener.Start();
        _ = Receive();
        archive = await ServedArchive.Start(settings: new Dictionary<string, string?>
        {
            ["ExternalDiary:0:Authority"] = "EXT",
            ["ExternalDiary:0:Address"] = Address,
            ["ExternalDiary:0:Secret"] = Secret,
            ["ExternalDiary:0:TimeoutSeconds"] = "1",
        });
        staff = archive.Program(await archive.Token("Alva Allt", [new("admin"), new("kommunikator"), new("moderator"), new("registrator")]));
        await Ok(await staff.PutAsJsonAsync(At("/api/v1/authorities/EXT"), new { name = "Nämnden", preset = "trosa", diary = new { mode = "both" } }));
        channel = (await Ok(await staff.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "EXT", platform = "facebook", nativeAccountId = "own", handle = "EXT", purpose = "Dialog" }))).GetProperty("id").GetGuid();
    }

    private string Address { get; set; } = "";

    public async Task DisposeAsync()
    {
        await stop.CancelAsync();
        await archive.DisposeAsync();
        listener.Close();
        stop.Dispose();
    }

    [Fact]
    public async Task goes_on_through_failures_and_never_tells_two_things()
    {
        // Fails, then takes it: the same key each time.
        answers = (_, n) => Task.FromResult(n == 1 ? 503 : 200);
        var first = await Register("Saken zebra");
        await Until(() => Task.FromResult(received.Count == 2));
        Assert.Single(received.Select(r => r.Key).Distinct());
        Assert.All(received, r => Assert.True(r.Signed));
        var told = JsonDocument.Parse(received.First().Body).RootElement;
        Assert.Equal(("registered", first.Number, true), (told.GetProperty("type").GetString(), told.GetProperty("diaryNumber").GetString(), told.GetProperty("withheld").GetBoolean()));
        Assert.DoesNotContain("zebra", received.First().Body, StringComparison.Ordinal);

        // Hangs once.
        received.Clear();
        answers = async (_, n) =>
        {
            if (n == 1) await Task.Delay(2500);
            return 200;
        };
        await Register("Saken okapi");
        await Until(async () => received.Count == 2 && await Unsent() == 0);
        Assert.Single(received.Select(r => r.Key).Distinct());

        // The sender's connection dies between the message and the mark.
        received.Clear();
        answers = async (_, n) =>
        {
            if (n > 1) return 200;
            await using var kill = archive.Databases.Writer.CreateCommand(
                "select count(pg_terminate_backend(pid)) from pg_stat_activity where state = 'idle in transaction' and query like '%outgoing_entries%' and usename = current_user and pid <> pg_backend_pid()");
            await kill.ExecuteScalarAsync();
            return 200;
        };
        await Register("Saken tapir");
        await Until(async () => received.Count == 2 && await Unsent() == 0);
        Assert.Single(received.Select(r => r.Key).Distinct());

        // A no for good waits for somebody; the correction of it waits behind it.
        received.Clear();
        answers = (_, _) => Task.FromResult(422);
        var refused = await Register("Saken lemur");
        await Until(async () => (await Queue()).GetProperty("dead").GetInt64() == 1);
        await Ok(await staff.PostAsJsonAsync(At($"/api/v1/records/{refused.Id}/correct-registration"), new { subject = "Rättad", reason = "Fel." }));
        answers = (_, _) => Task.FromResult(409);
        var dead = (await Queue()).GetProperty("items")[0];
        Assert.Equal(("http-422", refused.Number), (dead.GetProperty("problem").GetString(), dead.GetProperty("diaryNumber").GetString()));
        Assert.Equal(HttpStatusCode.Accepted, (await staff.PostAsync(At($"/api/v1/authorities/EXT/outgoing/{dead.GetProperty("id").GetGuid()}/retry"), null)).StatusCode);
        await Until(async () => await Unsent() == 0);
        Assert.Equal(["registered", "registered", "corrected"], received.Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("type").GetString()!));

        // Who asks instead reads on from a place, without gaps, and sees what staff may see.
        var pulled = await Ok(await staff.GetAsync(At("/api/v1/authorities/EXT/outgoing?after=1&limit=3")));
        Assert.Equal([2, 3, 4], pulled.GetProperty("items").EnumerateArray().Select(i => i.GetProperty("place").GetInt64()));
        Assert.Equal((4, true, "Saken okapi"), (pulled.GetProperty("next").GetInt64(), pulled.GetProperty("more").GetBoolean(), pulled.GetProperty("items")[0].GetProperty("subject").GetString()));
        Assert.Equal((404, "outgoing-unknown"), await Refused(await staff.PostAsync(At($"/api/v1/authorities/EXT/outgoing/{Guid.Empty}/retry"), null)));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Program(await archive.Token("Mo Moderator", [new("moderator")])).GetAsync(At("/api/v1/authorities/EXT/outgoing"))));

        // What a case has of its own is told too: a decision and an appeal on paper at once, a note when its case is closed. To others never more than the public diary shows.
        received.Clear();
        answers = (_, _) => Task.FromResult(200);
        var opened = await Ok(await staff.PostAsJsonAsync(At("/api/v1/cases"), new { authority = "EXT", title = "Kvastfrågan" }));
        var (id, number) = (opened.GetProperty("caseId").GetGuid(), opened.GetProperty("diaryNumber").GetString());
        async Task Write(string what, object body) => await Ok(await staff.PostAsJsonAsync(At($"/api/v1/cases/{id}/{what}"), body));
        await Write("notes", new { means = "phone", with = "Anna Låtsas", text = "Talade om kvasten." });
        await Write("decisions", new { decidedOn = "2026-03-02", outcome = "refused", body = "Nämnden § 7", subject = "Avslag om kvasten", text = "Kvasten avslås.", reasons = "Skäl." });
        await Until(async () => received.Count == 1 && await Unsent() == 0);
        var decision = JsonDocument.Parse(received.Single().Body).RootElement;
        Assert.Equal(("decision", number, 2, true), (decision.GetProperty("type").GetString(), decision.GetProperty("diaryNumber").GetString(), decision.GetProperty("documentNumber").GetInt32(), decision.GetProperty("withheld").GetBoolean()));
        Assert.DoesNotContain("vasten", received.Single().Body, StringComparison.Ordinal);
        await Write("close", new { draftsWeeded = true });
        await Until(async () => received.Count == 2 && await Unsent() == 0);
        Assert.Equal(["decision", "note"], received.Select(r => JsonDocument.Parse(r.Body).RootElement.GetProperty("type").GetString()!));
        Assert.DoesNotContain("vasten", received.Last().Body, StringComparison.Ordinal);
        var own = (await Ok(await staff.GetAsync(At("/api/v1/authorities/EXT/outgoing?after=5")))).GetProperty("items").EnumerateArray().Where(i => i.GetProperty("diaryNumber").GetString() == number).ToList();
        Assert.Equal(["Avslag om kvasten"], own.Where(i => i.GetProperty("type").GetString() == "decision").Select(i => i.GetProperty("subject").GetString()!));
        Assert.Equal(2, own.Count);
    }

    private async Task<(Guid Id, string Number)> Register(string subject)
    {
        var native = $"c{Interlocked.Increment(ref numbers)}";
        var line = JsonSerializer.Serialize(new { act = "create", nativeId = native, kind = "comment", author = new { nativeId = "77", displayName = "Nils Låtsasson" }, audience = "public", occurredAt = "2026-03-01T12:00:00Z", text = "Hej" });
        using var content = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
        await Ok(await staff.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
        var id = archive.Services.GetRequiredService<KeyedIds>().Record(channel, "facebook", "native", native);
        return (id, (await Ok(await staff.PostAsJsonAsync(At($"/api/v1/records/{id}/register"), new { newCase = new { title = "Fråga" }, subject }))).GetProperty("diaryNumber").GetString()!);
    }

    private async Task<long> Unsent() => await archive.Value<long>("select count(*) from archive.outgoing_entries where sent_at is null");

    private async Task<JsonElement> Queue() => await Ok(await staff.GetAsync(At("/api/v1/authorities/EXT/outgoing/queue")));

    private static async Task Until(Func<Task<bool>> reached)
    {
        for (var i = 0; i < 300 && !await reached(); i++) await Task.Delay(50);
        Assert.True(await reached());
    }

    private async Task Receive()
    {
        while (!stop.IsCancellationRequested)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception) when (!listener.IsListening)
            {
                return;
            }

            // One that hangs does not keep the next from being heard.
            _ = Answer(context);
        }
    }

    private async Task Answer(HttpListenerContext context)
    {
        using var reader = new StreamReader(context.Request.InputStream, Encoding.UTF8);
        var body = await reader.ReadToEndAsync();
        var signature = "sha256=" + Convert.ToHexStringLower(HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), Encoding.UTF8.GetBytes(context.Request.Headers["Archive-Timestamp"] + "." + body)));
        var key = context.Request.Headers["Idempotency-Key"]!;
        received.Enqueue((key, body, signature == context.Request.Headers["Archive-Signature"]));
        var status = await answers(key, received.Count);
        try
        {
            context.Response.StatusCode = status;
            context.Response.Close();
        }
        catch (Exception error) when (error is HttpListenerException or ObjectDisposedException)
        {
            // The sender did not wait.
        }
    }
}
