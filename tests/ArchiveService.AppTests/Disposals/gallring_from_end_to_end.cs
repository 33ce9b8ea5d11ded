using System.Diagnostics;
using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.AppTests.Commands;
using ArchiveService.AppTests.Hosting;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Hosting.Embedded;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ArchiveService.AppTests.Disposals;

/// <summary>The trial mode as ./run starts it: one data folder with its own PostgreSQL, keys, attachments and erasure ledger.</summary>
public sealed class Gallring_from_end_to_end
{
    // Nothing of these may be left anywhere afterwards; long enough not to occur by chance, also when stemmed.
    private const string Text = "kvistfinkarnas", Name = "Järpabergsson", Handle = "jarpabergarn", FileName = "lavskrikebild", Subject = "tornseglardebatten", Motivation = "nattskärrekravets",
        Heard = "sommargyllingkören", Imported = "Dubbelbeckasinerna";

    private static readonly string[] Words = [Text, Name, Handle, FileName, Subject, Motivation, Heard, Imported];

    private readonly HeardLog log = new();

    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task destroys_until_not_a_byte_of_it_is_left_on_the_disk()
    {
        await using var served = await ServedArchive.Start(Listen, embedded: true, settings: Meta);
        await served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
        var (record, kept, channel) = await FilledArchive(served);
        var embedded = served.Services.GetRequiredService<Installation>().Embedded!;
        var words = await Traces.Of(served, Words);

        // The test would prove nothing if the words were not there before.
        await Do(served, "checkpoint");
        var before = await Dump(embedded);
        Assert.All(words, word => Assert.True(word.In(before), word.Word));
        Assert.Equal(Words.Order(StringComparer.Ordinal), Traces.InFiles(words, embedded.Cluster, served.DataFolder).Select(f => f.Split(':')[0]).Distinct().Order(StringComparer.Ordinal));

        var (run, certificate) = await Gallra(served);
        Assert.StartsWith("raderad, slutförs senast ", certificate.GetProperty("status").GetString(), StringComparison.Ordinal);
        Assert.DoesNotContain(words, word => word.In(certificate.GetRawText()));

        await Scrubbed(served, embedded);

        var after = await Dump(embedded);
        Assert.DoesNotContain(words, word => word.In(after));
        Assert.Empty(Traces.InFiles(words, embedded.Cluster, served.DataFolder));

        // What was not to be destroyed is there, and the whole archive verifies.
        await Everywhere(served, words, record, run);
        var staff = served.Program(await served.Token("Rut Registrator", [new("registrator"), new("moderator")]));
        var found = await CommandArchive.Ok(await staff.GetAsync(At("/api/v1/records?q=blåmesarnas")));
        Assert.Equal(kept, found.GetProperty("items")[0].GetProperty("id").GetGuid());
        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(served.Services).Run(null, default);
        Assert.Equal([], report.Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code} {f.What}"));
        Assert.Equal((1L, 1L), (report.Counts["destroyed records"], report.Counts["erasure ledger entries"]));

        // It comes again from the platform: counted, stored nowhere.
        var again = await Capture(served, channel, Comment("c-1", Text));
        Assert.Equal((0, 1), (again.GetProperty("accepted").GetInt32(), again.GetProperty("disposed").GetInt32()));
        await Hear(served, HeardAt(1583064777));
        Assert.Equal("0 1", await served.Value<string>("select (data->>'accepted') || ' ' || (data->>'disposed') from archive.mt_events where type = 'delivery_processed' order by seq_id desc limit 1"));
        Assert.Contains("Accepted 0, duplicates 0, disposed 1,", await Imported_file(served, channel, new Dictionary<string, string>(), " "), StringComparison.Ordinal);
        Assert.Empty(Traces.InFiles(words, embedded.Cluster, served.DataFolder));
        Assert.NotEqual(record, kept);
        Assert.NotEmpty(log.Lines);
        Assert.DoesNotContain(log.Lines, line => words.Any(word => word.In(line)));
    }

    [S3Fact]
    public async Task leaves_no_version_of_an_object_in_a_bucket_that_keeps_versions()
    {
        await using var bucket = await (await S3Server.Running).NewBucket(versioned: true);
        var settings = new Dictionary<string, string?>(Meta)
        {
            ["Attachments:S3:Endpoint"] = $"{bucket.Settings.Endpoint}",
            ["Attachments:S3:Bucket"] = bucket.Name,
            ["Attachments:S3:AccessKey"] = bucket.Settings.AccessKey,
            ["Attachments:S3:SecretKey"] = bucket.Settings.SecretKey,
            ["Attachments:S3:Region"] = bucket.Settings.Region,
        };
        await using var served = await ServedArchive.Start(Listen, settings: settings);
        await served.Services.MustStoreAttachments(default);
        await FilledArchive(served, settings.Where(s => s.Key.StartsWith("Attachments", StringComparison.Ordinal)).ToDictionary(s => s.Key.Replace(":", "__", StringComparison.Ordinal), s => s.Value!));

        // An attachment and an imported file; one more version and a delete marker, as a bucket's own tools leave them.
        var before = (await bucket.Versions()).Select(v => v.Key).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(["attachment", "delivery"], before.Select(k => k.Split('/')[0]));
        foreach (var key in before)
        {
            await bucket.Put(key, "another version");
            await bucket.Client.DeleteObjectAsync(bucket.Name, key);
        }

        Assert.Equal(6, (await bucket.Versions()).Count);
        await Gallra(served);

        Assert.Empty(await bucket.Versions());
        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(served.Services).Run(null, default);
        Assert.Equal([], report.Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code} {f.What}"));
    }

    private const string Secret = "hemlighet-för-prov";

    private static Dictionary<string, string?> Meta => new() { ["Meta:AppSecret"] = Secret, ["Meta:VerifyToken"] = "x" };

    /// <summary>All that the service says of what it does, in more detail than it is ever run with.</summary>
    private void Listen(Microsoft.AspNetCore.Builder.WebApplicationBuilder builder)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddProvider(log);
        builder.Logging.SetMinimumLevel(LogLevel.Debug);
    }

    /// <summary>./run scrub as it is run: 2 while the server keeps old write-ahead log, 0 when that is gone.</summary>
    private static async Task Scrubbed(ServedArchive served, EmbeddedPostgres embedded)
    {
        await using var server = Npgsql.NpgsqlDataSource.Create(embedded.Superuser);
        async Task Ask(string sql)
        {
            await using var command = server.CreateCommand(sql);
            await command.ExecuteNonQueryAsync();
        }

        // Somebody's standby that never came: the server keeps for it all that was written from here.
        await Ask("select pg_create_physical_replication_slot('kvar', true)");
        var (code, said) = await Verb.Run(served, "scrub");
        Assert.True(code == 2, said);
        Assert.Contains("0 disposal runs noted as scrubbed", said, StringComparison.Ordinal);
        Assert.Contains("write-ahead log files from before are still kept", said, StringComparison.Ordinal);

        await Ask("select pg_drop_replication_slot('kvar')");
        (code, said) = await Verb.Run(served, "scrub");
        Assert.True(code == 0, said);
        Assert.Matches(@"^\d+ tables rewritten, 1 disposal runs noted as scrubbed\.", said);
    }

    /// <summary>Every page and every route that may show a record, its case, its account, its gallring, or find one.</summary>
    private static async Task Everywhere(ServedArchive served, IReadOnlyList<Traces> words, Guid record, Guid run)
    {
        Grant[] grants = [.. new[] { Role.Registrator, Role.Moderator, Role.Arkivarie, Role.Revisor, Role.Chef, Role.Kommunikator, Role.Admin }.Select(r => new Grant(r, null))];
        await served.Services.GetRequiredService<PersonRegister>().Ensure("Alla Roller", "alla", "ett mycket långt lösenord", grants, clearance: true, CommandLineCaller.Caller, default);
        var browser = served.Browser();
        await ServedArchive.LogIn(browser, "alla", "ett mycket långt lösenord");
        var program = served.Program(await served.Token("Alla Roller", [.. grants.Select(g => new RoleAt(g.Role.Stored()))], clearance: true));
        var account = await served.Value<Guid>($"select account_id from archive.record_states where record_id = '{record}'");
        var @case = await served.Value<Guid>($"select case_id from archive.record_states where record_id = '{record}'");
        var attachment = await served.Value<Guid>($"select attachment_id from archive.attachments where record_id = '{record}'");
        var number = await served.Value<string>($"select diary_number from archive.cases where case_id = '{@case}'");
        Assert.All(new[] { account, @case, attachment }, id => Assert.NotEqual(Guid.Empty, id));
        string[] pages =
        [
            "/", $"/handlingar/{record}", $"/handlingar/{record}/ta-ned", $"/handlingar/{record}/registrera", $"/handlingar/{record}/sekretess", "/sok", "/sok?state=unpublished", "/diarium",
            $"/diarium?q={Uri.EscapeDataString(number!)}", $"/arenden/{@case}", "/konton", $"/konton/{account}", "/gallring", $"/gallring/{run}", "/insamling", "/kanaler", "/myndigheter", "/kontroll",
            "/public/diary", "/public/diary.json", "/public/channels", "/public/channels.json",
            $"/api/v1/records/{record}", $"/api/v1/records/{record}/versions", $"/api/v1/records/{record}/events", $"/api/v1/records/{record}/thread", $"/api/v1/records/{record}/attachments/{attachment}",
            "/api/v1/records", "/api/v1/diary", $"/api/v1/diary/{Uri.EscapeDataString(number!)}", $"/api/v1/cases/{@case}", "/api/v1/accounts", $"/api/v1/accounts/{account}/history",
            $"/api/v1/accounts/{account}/history?at=2021-01-01T00:00:00Z", "/api/v1/retention/worklist", $"/api/v1/disposals/{run}", $"/api/v1/disposals/{run}/certificate", "/api/v1/deliveries", "/api/v1/channels",
        ];
        foreach (var path in pages)
        {
            var answer = await (path.StartsWith("/api", StringComparison.Ordinal) ? program : browser).GetAsync(At(path));
            var body = await answer.Content.ReadAsByteArrayAsync();
            Assert.True((int)answer.StatusCode < 500, $"{path}: {answer.StatusCode}");
            Assert.DoesNotContain(words, word => word.In(body) || word.In($"{answer.Headers}{answer.Content.Headers}"));
        }

        Assert.Equal(HttpStatusCode.OK, (await browser.GetAsync(At($"/handlingar/{record}"))).StatusCode);
        foreach (var form in words.SelectMany(w => w.Forms))
        {
            var q = Uri.EscapeDataString(form);
            Assert.Equal(0, (await CommandArchive.Ok(await program.GetAsync(At($"/api/v1/records?q={q}")))).GetProperty("items").GetArrayLength());
            Assert.Equal(0, (await CommandArchive.Ok(await program.GetAsync(At($"/api/v1/records?sender={q}")))).GetProperty("items").GetArrayLength());
            foreach (var page in new[] { "/sok", "/diarium", "/konton", "/public/diary" })
            {
                // The page shows what was asked for, and nothing of the record.
                var answer = await browser.GetStringAsync(At($"{page}?q={q}"));
                Assert.DoesNotContain(words, word => !word.Forms.Contains(form) && word.In(answer));
                Assert.DoesNotContain($"{record}", answer, StringComparison.Ordinal);
            }
        }
    }

    private static async Task<(Guid Record, Guid Kept, Guid Channel)> FilledArchive(ServedArchive served, IReadOnlyDictionary<string, string>? store = null)
    {
        var everybody = served.Program(await served.Token("Ada Admin", [new("admin"), new("kommunikator"), new("moderator"), new("registrator")]));
        await CommandArchive.Ok(await everybody.PutAsJsonAsync(At("/api/v1/authorities/HKS"), new { name = "Nämnden", preset = "herrljunga", policy = new Dictionary<string, string> { ["disposal.coolingOffDays"] = "0" } }));
        var channel = (await CommandArchive.Ok(await everybody.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "HKS", platform = "facebook", nativeAccountId = "own", handle = "kommunen", purpose = "Dialog" }))).GetProperty("id").GetGuid();

        // The same comment comes three ways: from the platform, in a file, and through the API.
        await Hear(served, HeardAt(1583064001));
        await Imported_file(served, channel, store ?? new Dictionary<string, string>());
        await Capture(served, channel, Comment("c-1", $"Om {Text} och annat", new { fileName = $"{FileName}.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(Encoding.UTF8.GetBytes(Text + new string('x', 4000))) }, "2020-03-01T12:10:00Z", "edit"));
        await Capture(served, channel, Comment("c-2", "Om blåmesarnas väl", at: "2026-05-01T12:00:00Z"));
        var ids = served.Services.GetRequiredService<KeyedIds>();
        var (record, kept) = (ids.Record(channel, "facebook", "native", "c-1"), ids.Record(channel, "facebook", "native", "c-2"));
        Assert.Equal(2L, await served.Value<long>($"select count(*) from archive.delivery_records where record_id = '{record}'"));

        // Taken down with a motivation, and so registered with it (H-25); and a subject of its own in the diary.
        var registered = await CommandArchive.Ok(await everybody.PostAsJsonAsync(At($"/api/v1/records/{record}/register"), new { newCase = new { title = "Naturvård" }, subject = Subject }));
        await CommandArchive.Ok(await everybody.PostAsJsonAsync(At($"/api/v1/records/{record}/unpublish"), new { grounds = new[] { "INSULT" }, motivation = Motivation }));

        // While its case is open nothing in it is gallrat.
        await CommandArchive.Ok(await everybody.PostAsJsonAsync(At($"/api/v1/cases/{registered.GetProperty("caseId").GetGuid()}/close"), new { }));
        var last = await served.Value<long>("select max(seq_id) from archive.mt_events");
        Assert.True(await served.Services.GetRequiredService<DisposalVerification>().ProjectionsHavePassed(last, TimeSpan.FromSeconds(30), default));
        return (record, kept, channel);
    }

    private static string HeardAt(long time) =>
        $$$"""{"object":"page","entry":[{"id":"own","time":{{{time}}},"changes":[{"field":"feed","value":{"item":"comment","verb":"add","comment_id":"c-1","post_id":"own_1","parent_id":"own_1","from":{"id":"77","name":"{{{Name}}}"},"created_time":1583064000,"message":"Om {{{Heard}}}"}}]}]}""";

    private static async Task<string> Imported_file(ServedArchive served, Guid channel, IReadOnlyDictionary<string, string> store, string end = "")
    {
        var folder = Directory.CreateTempSubdirectory("archiveservice-import-");
        var file = Path.Combine(folder.FullName, $"{FileName}.ndjson");
        await File.WriteAllTextAsync(file, JsonSerializer.Serialize(Comment("c-1", $"Om {Imported}", at: "2020-03-01T12:05:00Z", act: "edit")) + end);
        var (code, said) = await Verb.Run(served, store, "import", "ndjson", file, "--channel", $"{channel}");
        Assert.True(code == 0, said);
        folder.Delete(recursive: true);
        return said;
    }

    /// <summary>A signed delivery, and its comment in the archive.</summary>
    private static async Task Hear(ServedArchive served, string body)
    {
        const string Processed = "select count(*) from archive.mt_events where type = 'delivery_processed'";
        var before = await served.Value<long>(Processed);
        var bytes = Encoding.UTF8.GetBytes(body);
        using var content = new ByteArrayContent(bytes);
        content.Headers.ContentType = new("application/json");
        content.Headers.TryAddWithoutValidation("X-Hub-Signature-256", "sha256=" + Convert.ToHexStringLower(System.Security.Cryptography.HMACSHA256.HashData(Encoding.UTF8.GetBytes(Secret), bytes)));
        Assert.Equal(HttpStatusCode.OK, (await served.Program().PostAsync(At("/api/v1/webhooks/meta"), content)).StatusCode);
        for (var i = 0; i < 300 && await served.Value<long>(Processed) == before; i++) await Task.Delay(100);
    }

    private static async Task<(Guid Run, JsonElement Certificate)> Gallra(ServedArchive served)
    {
        var anna = served.Program(await served.Token("Anna Arkivarie", [new("arkivarie")]));
        var bo = served.Program(await served.Token("Bo Arkivarie", [new("arkivarie")]));
        var decision = await CommandArchive.Ok(await anna.PostAsJsonAsync(At("/api/v1/retention/decisions"),
            new { authority = "HKS", reference = "KS § 94/2020-05-25", decidingBody = "kommunstyrelsen", decidedOn = "2020-05-25", recordTypes = new[] { "comment" }, frist = "P2Y" }));
        var rule = await CommandArchive.Ok(await anna.PostAsJsonAsync(At("/api/v1/retention/rules"),
            new { authority = "HKS", decision = decision.GetProperty("id").GetGuid(), name = "Kommentarer", countedFrom = "received", classes = new[] { "content", "register" } }));
        var work = await CommandArchive.Ok(await anna.GetAsync(At("/api/v1/retention/worklist?authority=HKS")));
        Assert.Equal((1, 1), (work.GetProperty("rules")[0].GetProperty("due").GetInt32(), work.GetProperty("items").GetArrayLength()));

        var run = await CommandArchive.Ok(await anna.PostAsJsonAsync(At("/api/v1/disposals"), new { rule = rule.GetProperty("id").GetGuid(), dueBefore = "2026-06-01" }));
        var path = $"/api/v1/disposals/{run.GetProperty("id").GetGuid()}";
        Assert.Equal((403, "not-allowed"), await CommandArchive.Refused(await served.Program(await served.Token("Mo Moderator", [new("moderator")])).PostAsync(At($"{path}/approve"), null)));
        Assert.Equal((409, "same-person"), await CommandArchive.Refused(await anna.PostAsync(At($"{path}/approve"), null)));
        Assert.Equal((409, "not-executed"), await CommandArchive.Refused(await anna.GetAsync(At($"{path}/certificate"))));
        await CommandArchive.Ok(await bo.PostAsync(At($"{path}/approve"), null));
        await CommandArchive.Ok(await anna.PostAsync(At($"{path}/execute"), null));
        for (var i = 0; i < 120; i++)
        {
            var now = await CommandArchive.Ok(await anna.GetAsync(At(path)));
            if (now.GetProperty("state").GetString() == "completed") break;
            await Task.Delay(500);
        }

        var certificate = await CommandArchive.Ok(await anna.GetAsync(At($"{path}/certificate.json")));
        Assert.Equal(("Anna Arkivarie", "Bo Arkivarie", "Anna Arkivarie"),
            (Signed(certificate, "proposed"), Signed(certificate, "approved"), Signed(certificate, "executed")));
        var paper = await anna.GetAsync(At($"{path}/certificate.pdf"));
        Assert.True(paper is { StatusCode: System.Net.HttpStatusCode.ServiceUnavailable } or { StatusCode: System.Net.HttpStatusCode.OK, Content.Headers.ContentType.MediaType: "application/pdf" }, $"{paper.StatusCode}");
        return (run.GetProperty("id").GetGuid(), certificate);
    }

    private static string? Signed(JsonElement certificate, string who) => certificate.GetProperty(who).GetProperty("name").GetString();

    private static object Comment(string native, string text, object? attachment = null, string at = "2020-03-01T12:00:00Z", string act = "create") => new
    {
        act,
        nativeId = native,
        kind = "comment",
        audience = "public",
        occurredAt = at,
        text,
        attachments = attachment is null ? [] : new[] { attachment },
        author = native == "c-1" ? new { nativeId = "77", displayName = Name, handle = Handle } : new { nativeId = "78", displayName = "Nils Låtsasson", handle = "nils" },
    };

    private static async Task<JsonElement> Capture(ServedArchive served, Guid channel, object act)
    {
        using var content = new StringContent(JsonSerializer.Serialize(act), Encoding.UTF8, "application/x-ndjson");
        var moderator = served.Program(await served.Token("Mo Moderator", [new("moderator")]));
        return await CommandArchive.Ok(await moderator.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
    }

    private static async Task Do(ServedArchive served, string sql)
    {
        await using var command = served.Databases.Owner.CreateCommand(sql);
        await command.ExecuteNonQueryAsync();
    }

    private static async Task<string> Dump(EmbeddedPostgres embedded)
    {
        var binaries = await PostgresBinaries.Find(null, default);
        var server = new Npgsql.NpgsqlConnectionStringBuilder(embedded.Superuser);
        var start = new ProcessStartInfo(binaries["pg_dump"], ["-h", server.Host!, "-p", $"{server.Port}", "-U", server.Username!, server.Database!])
        {
            RedirectStandardOutput = true,
            UseShellExecute = false,
            StandardOutputEncoding = Encoding.UTF8,
        };
        start.Environment["PGPASSWORD"] = server.Password;
        using var dumping = Process.Start(start)!;
        var dump = await dumping.StandardOutput.ReadToEndAsync();
        await dumping.WaitForExitAsync();
        Assert.Equal(0, dumping.ExitCode);
        return dump;
    }

    /// <summary>Keeps every line that is logged.</summary>
    private sealed class HeardLog : ILoggerProvider, ILogger
    {
        public System.Collections.Concurrent.ConcurrentQueue<string> Lines { get; } = new();

        public ILogger CreateLogger(string categoryName) => this;

        public IDisposable? BeginScope<TState>(TState state)
            where TState : notnull => null;

        public bool IsEnabled(LogLevel logLevel) => true;

        public void Log<TState>(LogLevel logLevel, EventId eventId, TState state, Exception? exception, Func<TState, Exception?, string> formatter) =>
            Lines.Enqueue($"{logLevel} {eventId} {formatter(state, exception)} {exception}");

        public void Dispose()
        {
        }
    }

    private static Uri At(string path) => new(path, UriKind.Relative);
}
