using System.Net;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.AppTests.Views;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.Operations;

/// <summary>Lag, stops and reconciles, on the page /drift, in the API, at /health/ready and at /metrics.</summary>
public sealed class Watching_the_service : IAsyncLifetime
{
    private const string Password = "fyra ord i en rad";

    private readonly ViewedArchive archive = new();

    private ServedArchive Served => archive.Archive;

    public async Task InitializeAsync()
    {
        await archive.InitializeAsync();
        await archive.Say("drift-1", "hemligordet");
        await archive.Shown();
    }

    public Task DisposeAsync() => archive.DisposeAsync();

    [Fact]
    public async Task shows_a_projection_that_keeps_up_and_one_that_has_stopped()
    {
        var auditor = Served.Program(await Served.Token("Greta Granskare", [new("revisor", "KS")]));
        var admin = Served.Program(await Served.Token("Ada Admin", [new("admin")]));
        Assert.Equal((true, 200), (await Until(auditor, p => State(p) == "leading" && p.GetProperty("lagEvents").GetInt64() == 0), await Ready()));
        Assert.Equal((409, "projection-not-stopped"), await CommandArchive.Refused(await admin.PostAsync(CommandArchive.At("/api/v1/projections/records/resume"), null)));
        Assert.Equal((404, "projection-unknown"), await CommandArchive.Refused(await admin.PostAsync(CommandArchive.At("/api/v1/projections/nothing/resume"), null)));

        var poison = await Poison();
        Assert.True(await Until(auditor, p => State(p) == "stopped"));
        var stopped = await Projection(auditor);
        Assert.Equal((poison, "InvalidOperationException", true), (stopped.GetProperty("stoppedOnEvent").GetInt64(), stopped.GetProperty("error").GetString(), stopped.GetProperty("ledHere").GetBoolean()));
        Assert.True(stopped.GetProperty("lagSeconds").GetDouble() > 0);
        Assert.Equal(503, await Ready());
        using var health = JsonDocument.Parse(await (await archive.Anybody.GetAsync(CommandArchive.At("/health/ready"))).Content.ReadAsStringAsync());
        var check = health.RootElement.GetProperty("checks").GetProperty("projections");
        Assert.Equal(("unhealthy", "stopped"), (check.GetProperty("status").GetString(), State(check.GetProperty("projections")[0])));
        Assert.Equal("healthy", health.RootElement.GetProperty("checks").GetProperty("database").GetProperty("status").GetString());
        var metrics = await archive.Anybody.GetStringAsync(CommandArchive.At("/metrics"));
        Assert.Contains("archive_projection_state{projection=\"records\",state=\"stopped\"} 1\n", metrics, StringComparison.Ordinal);
        Assert.Contains("archive_projection_lag_events{projection=\"records\"} 1\n", metrics, StringComparison.Ordinal);

        var greta = await Browser("greta", Role.Revisor);
        Assert.DoesNotContain("Försök igen</button>", await Text(greta), StringComparison.Ordinal);
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await auditor.PostAsync(CommandArchive.At("/api/v1/projections/records/resume"), null)));

        // Mended; from the page and without JavaScript.
        await Mend(poison);
        var ada = await Browser("ada", Role.Admin);
        var page = await Text(ada);
        Assert.Contains("En vy har stannat", page, StringComparison.Ordinal);
        Assert.Contains("Försök igen</button>", page, StringComparison.Ordinal);
        Assert.Equal(HttpStatusCode.Redirect, (await ServedArchive.Post(ada, "/drift", "/drift?handler=resume", ("name", "records"))).StatusCode);
        Assert.True(await Until(auditor, p => State(p) == "leading"));
        Assert.Equal(200, await Ready());
        Assert.Contains("Vyn försöker igen", await Text(ada), StringComparison.Ordinal);
    }

    /// <summary>event-store.md §3: the reader waits for whoever may still write, and for nobody else; that it waits can be seen.</summary>
    [Fact]
    public async Task shows_that_a_projection_waits_for_a_writer_that_does_not_end()
    {
        var auditor = Served.Program(await Served.Token("Greta Granskare", [new("revisor", "KS")]));
        await using var connection = await Served.Databases.Writer.OpenConnectionAsync();
        await using var hanging = await connection.BeginTransactionAsync();
        await using (var draw = new Npgsql.NpgsqlCommand("select nextval('archive.mt_events_sequence')", connection, hanging)) await draw.ExecuteScalarAsync();
        await archive.Say("drift-2", "efter den som hänger");

        Assert.True(await Until(auditor, p => p.GetProperty("waitsForWriter").GetBoolean()));
        Assert.Equal(200, await Ready());
        Assert.Contains("archive_projection_waits_for_writer{projection=\"records\"} 1\n", await archive.Anybody.GetStringAsync(CommandArchive.At("/metrics")), StringComparison.Ordinal);

        await hanging.RollbackAsync();
        Assert.True(await Until(auditor, p => !p.GetProperty("waitsForWriter").GetBoolean() && p.GetProperty("lagEvents").GetInt64() == 0));
    }

    [Fact]
    public async Task reconciles_when_asked_and_keeps_what_it_found()
    {
        var auditor = Served.Program(await Served.Token("Greta Granskare", [new("revisor", "KS")]));
        var admin = Served.Program(await Served.Token("Ada Admin", [new("admin")]));
        Assert.Equal((404, "reconciliation-unknown"), await CommandArchive.Refused(await auditor.GetAsync(CommandArchive.At("/api/v1/reconciliation"))));
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await auditor.PostAsync(CommandArchive.At("/api/v1/reconciliation"), null)));

        var accepted = await admin.PostAsync(CommandArchive.At("/api/v1/reconciliation"), null);
        Assert.Equal(HttpStatusCode.Accepted, accepted.StatusCode);
        var done = await Reconciled(auditor);
        Assert.Equal(("finished", 0L, 0L, "Ada Admin"), (State(done), done.GetProperty("errors").GetInt64(), done.GetProperty("warnings").GetInt64(), done.GetProperty("startedByName").GetString()));
        Assert.Equal(await Served.Value<long>("select count(*) from archive.mt_events"), done.GetProperty("report").GetProperty("counts").GetProperty("events").GetInt64());

        await archive.Run("delete from views.all_versions");
        var ada = await Browser("ada", Role.Admin);
        Assert.Contains("Allt stämmer", await Text(ada), StringComparison.Ordinal);
        await ServedArchive.Post(ada, "/drift", "/drift?handler=reconcile");
        await Reconciled(auditor);
        var page = await Text(ada);
        Assert.Contains("1 skillnad hittades", page, StringComparison.Ordinal);
        Assert.Contains("views.all_versions has 0 rows, the log says 1", page, StringComparison.Ordinal);
        Assert.DoesNotContain("hemligordet", page, StringComparison.Ordinal);
        Assert.Contains("archive_reconcile_findings{severity=\"error\"} 1\n", await archive.Anybody.GetStringAsync(CommandArchive.At("/metrics")), StringComparison.Ordinal);

        // What the schedule keeps is ids.
        Assert.Equal(0L, await Served.Value<long>("select count(*) from work.qrtz_triggers where convert_from(job_data, 'UTF8') ~ 'Ada'"));
    }

    [Fact]
    public async Task is_not_for_registrars()
    {
        var registrar = Served.Program(await Served.Token("Rut Registrator", [new("registrator"), new("moderator"), new("chef"), new("kommunikator")]));
        foreach (var path in (string[])["/api/v1/projections", "/api/v1/reconciliation"]) Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await registrar.GetAsync(CommandArchive.At(path))));
        foreach (var path in (string[])["/api/v1/projections/records/resume", "/api/v1/reconciliation"]) Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await registrar.PostAsync(CommandArchive.At(path), null)));
        Assert.NotEqual(HttpStatusCode.OK, (await (await Browser("rut", Role.Registrator)).GetAsync(CommandArchive.At("/drift"))).StatusCode);
        Assert.Equal(0L, await Served.Value<long>("select count(*) from archive.reconciliations"));
    }

    [Fact]
    public async Task measures_for_this_machine_and_for_administrators_with_a_token()
    {
        var answer = await archive.Anybody.GetAsync(CommandArchive.At("/metrics"));
        Assert.Equal("text/plain; version=0.0.4; charset=utf-8", answer.Content.Headers.ContentType!.ToString());
        var text = await answer.Content.ReadAsStringAsync();
        foreach (var family in (string[])
        [
            "archive_database_up 1", "archive_log_head ", "archive_projection_position{projection=\"records\"} ", "archive_projection_lag_seconds{projection=\"records\"} ", "archive_appends_total ",
            "archive_appended_events_total ", "archive_append_conflicts_total ", "archive_inbox_waiting 0", "archive_inbox_dead_letters 0", "process_resident_memory_bytes ",
            "dotnet_gc_collections_total{generation=\"gen0\"} ", "http_server_request_duration_seconds_bucket{method=\"POST\",route=\"/api/v1/channels/{id:guid}/captures\",status=\"200\",le=\"+Inf\"} 1",
        ]) Assert.Contains("\n" + family, text, StringComparison.Ordinal);
        Assert.Matches("\narchive_appended_events_total [1-9]", text);
        Assert.All(text.TrimEnd('\n').Split('\n'), line => Assert.Matches("""^(# (HELP|TYPE) [a-z_]+ .+|[a-z_]+(\{([a-z_]+="([^"\\]|\\.)*",?)+\})? [-+0-9.eEINaNf]+)$""", line));
        foreach (var secret in (string[])["hemligordet", "Låtsasson", "acct:", archive.Channel.ToString(), ViewedArchive.Siv]) Assert.DoesNotContain(secret, text, StringComparison.Ordinal);

        var auditor = await Served.Token("Greta Granskare", [new("revisor")]);
        var admin = await Served.Token("Ada Admin", [new("admin")]);
        Assert.Equal(HttpStatusCode.Unauthorized, (await FromElsewhere(null)).StatusCode);
        Assert.Equal(HttpStatusCode.Unauthorized, (await FromElsewhere("ask_fel")).StatusCode);
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await FromElsewhere(auditor)));
        Assert.Equal(HttpStatusCode.OK, (await FromElsewhere(admin)).StatusCode);
    }

    /// <summary>As through a proxy.</summary>
    private Task<HttpResponseMessage> FromElsewhere(string? token)
    {
        var request = new HttpRequestMessage(HttpMethod.Get, "/metrics");
        request.Headers.Add("X-Forwarded-For", "192.0.2.1");
        if (token is not null) request.Headers.Authorization = new("Bearer", token);
        return archive.Anybody.SendAsync(request);
    }

    /// <summary>An event that this build cannot know.</summary>
    private async Task<long> Poison() => await Served.Value<long>("""
        with stream as (insert into archive.mt_streams (id, type, version) values ('0199aaaa-0000-7000-8000-0000000000bb', 'office', 1) returning id)
        insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
        select nextval('archive.mt_events_sequence'), gen_random_uuid(), id, 1, '{}', 'item_from_the_future', clock_timestamp() from stream returning seq_id
        """);

    private async Task Mend(long poison)
    {
        await using var mend = Served.Database!.Superuser.CreateCommand($"""
            alter table archive.mt_events disable trigger all; alter table archive.mt_streams disable trigger all;
            delete from archive.mt_events where seq_id = {poison}; delete from archive.mt_streams where id = '0199aaaa-0000-7000-8000-0000000000bb';
            """);
        await mend.ExecuteNonQueryAsync();
    }

    private async Task<int> Ready() => (int)(await archive.Anybody.GetAsync(CommandArchive.At("/health/ready"))).StatusCode;

    private static async Task<JsonElement> Projection(HttpClient by) => (await CommandArchive.Ok(await by.GetAsync(CommandArchive.At("/api/v1/projections")))).GetProperty("items")[0];

    private static string? State(JsonElement of) => of.GetProperty("state").GetString();

    private static async Task<bool> Until(HttpClient by, Func<JsonElement, bool> so)
    {
        for (var i = 0; i < 300; i++)
        {
            if (so(await Projection(by))) return true;
            await Task.Delay(50);
        }

        return false;
    }

    private static async Task<JsonElement> Reconciled(HttpClient by)
    {
        for (var i = 0; i < 300; i++)
        {
            var now = await CommandArchive.Ok(await by.GetAsync(CommandArchive.At("/api/v1/reconciliation")));
            if (State(now) != "running") return now;
            await Task.Delay(50);
        }

        throw new TimeoutException("The reconcile did not end.");
    }

    private async Task<HttpClient> Browser(string username, Role role)
    {
        await Served.User($"{username} Exempelsson", username, Password, new Grant(role, null));
        var browser = Served.Browser();
        await ServedArchive.LogIn(browser, username, Password);
        return browser;
    }

    private static async Task<string> Text(HttpClient browser) => WebUtility.HtmlDecode(await browser.GetStringAsync(CommandArchive.At("/drift"))).Replace((char)0xA0, (char)0x20);
}
