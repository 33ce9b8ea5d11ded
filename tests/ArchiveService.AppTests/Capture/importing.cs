using System.Diagnostics;
using System.Text;
using ArchiveService.Capture;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Import;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Spectre.Console;

namespace ArchiveService.AppTests.Capture;

public sealed class Importing(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    [SharedDataFact]
    public async Task the_real_mastodon_archive_brings_eighteen_public_items_of_nineteen_declared()
    {
        var channel = await intake.NewChannel("mastodon", "https://verklig.exempel/users/x");

        var (code, said) = await Run("mastodon", SharedData.PathOf("mastodon/archive/mastodon-export.zip"), channel);

        Assert.Equal(0, code);
        Assert.Contains("Accepted 18, duplicates 0", said, StringComparison.Ordinal);
        Assert.Contains("18 present, 19 declared", said, StringComparison.Ordinal);
        Assert.Equal(18L, await intake.Served.Value<long>($"select count(*) from archive.record_states where channel_id = '{channel}' and wall = 'open'"));
        Assert.Equal(18L, await intake.Served.Value<long>($"select count(*) from archive.mt_events where type = 'item_captured' and data->>'channel' = '{channel}' and data->>'audience' = 'public'"));
    }

    [Fact]
    public async Task a_tar_gz_makes_the_direct_item_a_message_and_takes_the_picture_along()
    {
        var channel = await intake.NewChannel("mastodon", PackedArchive.Me);
        using var file = new TemporaryFile(PackedArchive.TarGz(PackedArchive.Files), "arkiv från simhallen.tar.gz");

        var (dryCode, drySaid) = await Run("mastodon", file.Path, channel, dryRun: true);
        Assert.Equal((0, 0L), (dryCode, await Count(channel)));
        Assert.Contains("Would accept 4", drySaid, StringComparison.Ordinal);
        Assert.Empty(await intake.Get<SealedLog>().Store.ReadStream(await Delivery(file.Path)));

        var (code, said) = await Run("mastodon", file.Path, channel);
        Assert.Equal(0, code);
        Assert.Contains("Accepted 4", said, StringComparison.Ordinal);

        var direct = await History(channel, 4);
        var captured = Assert.IsType<ItemCaptured>(direct[0].Event);
        Assert.Equal((ItemKind.Dm, Audience.Direct, Wall.Unassessed, Direction.DrawnUp), (captured.Kind, captured.Audience, captured.Wall, captured.Direction));
        Assert.Equal(
            [Audience.Public, Audience.Unlisted, Audience.Followers],
            new[] { await History(channel, 1), await History(channel, 2), await History(channel, 3) }.Select(h => ((ItemCaptured)h[0].Event).Audience));
        var picture = Assert.Single((await History(channel, 1)).Select(h => h.Event).OfType<AttachmentStored>());
        Assert.Equal((PackedArchive.Picture.Length, "image/jpeg"), (picture.Bytes, picture.MediaType));

        // The file itself is kept, sealed, and the same file again adds nothing but what became of it.
        var delivery = await intake.Get<SealedLog>().Store.ReadStream(await Delivery(file.Path));
        Assert.Contains(Deliveries.ObjectKey(Assert.IsType<DeliveryReceived>(delivery[0].Event).Object!.Value), await intake.Objects());
        var (againCode, again) = await Run("mastodon", file.Path, channel);
        Assert.Equal(0, againCode);
        Assert.Contains("Accepted 0, duplicates 4", again, StringComparison.Ordinal);
        Assert.Equal(4L, await Count(channel));
    }

    [Fact]
    public async Task goes_on_where_it_was_stopped()
    {
        var channel = await intake.NewChannel("facebook", "resume");
        var lines = Enumerable.Range(0, 600).Select(i => IntakeArchive.Comment($"resume-{i}", $"Nummer {i}")).ToList();
        using var file = new TemporaryFile(Encoding.UTF8.GetBytes(string.Join('\n', lines)), "uttag.ndjson");
        using var stop = new CancellationTokenSource();
        var stopping = Task.Run(async () =>
        {
            while (await Count(channel) == 0) await Task.Delay(5);
            await stop.CancelAsync();
        });

        try
        {
            await Run("ndjson", file.Path, channel, ct: stop.Token);
        }
        catch (OperationCanceledException)
        {
        }

        await stopping;
        var stored = await Count(channel);
        var (code, said) = await Run("ndjson", file.Path, channel);

        Assert.Equal(0, code);
        Assert.Contains($"Accepted {600 - stored}, duplicates {stored}", said, StringComparison.Ordinal);
        Assert.Equal(600L, await Count(channel));
    }

    [Fact]
    public async Task a_file_that_breaks_off_takes_what_is_there_and_ends_with_two()
    {
        var channel = await intake.NewChannel("mastodon", "https://avbruten.exempel/users/x");
        var whole = Encoding.UTF8.GetBytes(PackedArchive.Outbox);
        using var file = new TemporaryFile(PackedArchive.TarGz([("outbox.json", whole[..(whole.Length - 300)])]), "avbruten.tar.gz");

        var (code, said) = await Run("mastodon", file.Path, channel);

        Assert.Equal(2, code);
        Assert.Contains("Accepted 3", said, StringComparison.Ordinal);
        Assert.Contains("rejected 1", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task a_file_whose_names_lead_out_of_it_leaves_those_out_and_says_so()
    {
        var channel = await intake.NewChannel("mastodon", "https://utbrytare.exempel/users/x");
        using var file = new TemporaryFile(PackedArchive.TarGz([.. PackedArchive.Files, ("../../utbruten.txt", [1, 2, 3])]), "utbrytare.tar.gz");

        var (code, said) = await Run("mastodon", file.Path, channel);

        Assert.Equal(2, code);
        Assert.Contains("Accepted 4", said, StringComparison.Ordinal);
        Assert.Contains("archive-unsafe-path", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task bad_lines_says_where_and_ends_with_two()
    {
        using var file = new TemporaryFile(Encoding.UTF8.GetBytes($"{IntakeArchive.Comment("mixed-1")}\ntrasig\n{IntakeArchive.Comment("mixed-2")}\n"), "blandat.ndjson");

        var (code, said) = await Run("ndjson", file.Path, intake.Channel);

        Assert.Equal(2, code);
        Assert.Contains("Accepted 2", said, StringComparison.Ordinal);
        Assert.Contains("place 2: broken-json", said, StringComparison.Ordinal);
    }

    [Fact]
    public async Task of_anything_impossible_ends_with_a_sentence()
    {
        using var garbage = new TemporaryFile([1, 2, 3, 4, 5, 6, 7, 8], "skräp.zip");
        using var empty = new TemporaryFile([], "tom.zip");
        using var folder = new Hosting.TemporaryFolder();
        var mastodon = await intake.NewChannel("mastodon", "https://omojlig.exempel/users/x");
        (string[] Arguments, string Says)[] tried =
        [
            (["mastodon", "finns-inte.zip", "--channel", $"{mastodon}"], "finns-inte.zip does not exist"),
            (["ndjson", folder.Path, "--channel", $"{mastodon}"], "is a folder"),
            (["mastodon", garbage.Path, "--channel", $"{mastodon}"], "archive-unreadable"),
            (["mastodon", empty.Path, "--channel", $"{mastodon}"], "("),
            (["mastodon", garbage.Path, "--channel", "0195aaaa-0000-7000-8000-00000000ffff"], "not in the register"),
            (["mastodon", garbage.Path, "--channel", $"{intake.Channel}"], "is a facebook channel"),
            (["mastodon", garbage.Path, "--channel", "inget-id"], "inget-id"),
            (["tiktok", garbage.Path, "--channel", $"{mastodon}"], "tiktok"),
        ];
        foreach (var (arguments, says) in tried)
        {
            var (code, said) = await Program(arguments);
            Assert.Equal(1, code);
            Assert.Contains(says, said, StringComparison.Ordinal);
            Assert.DoesNotContain("   at ", said, StringComparison.Ordinal);
        }
    }

    private const string Table = "Id;Typ;Namn;Dag;Text\n1;Kommentar;Nils Låtsasson;2026-03-01 12:30;=1+1\n2;Kommentar;Rut Påhittad;i går;Hej\n3;Kommentar;Rut Påhittad;2026-03-02 08:00;Hej igen\n";

    private const string Mapping = """
        {"timeFormats":["yyyy-MM-dd HH:mm"],"fields":{"nativeId":"Id","kind":{"column":"Typ","values":{"Kommentar":"comment"}},"author.displayName":"Namn","occurredAt":"Dag","text":"Text"}}
        """;

    [Fact]
    public async Task a_table_is_read_by_its_mapping_and_shown_first_in_a_dry_run()
    {
        var channel = await intake.NewChannel("facebook", "tabell");
        using var file = new TemporaryFile(Encoding.UTF8.GetBytes(Table), "uttag.csv");

        var (dryCode, dry) = await Run("csv", file.Path, channel, dryRun: true, mapping: Mapping);
        Assert.Equal((2, 0L), (dryCode, await Count(channel)));
        Assert.Contains("place 2: create comment 1, 2026-03-01T11:30:00Z, Nils Låtsasson: =1+1", dry, StringComparison.Ordinal);
        Assert.Contains("Would accept 2", dry, StringComparison.Ordinal);

        var (code, said) = await Run("csv", file.Path, channel, mapping: Mapping);
        Assert.Equal(2, code);
        Assert.Contains("Accepted 2, duplicates 0", said, StringComparison.Ordinal);
        Assert.Contains("place 3: time-unreadable: occurredAt (column 4 \"Dag\")", said, StringComparison.Ordinal);
        Assert.Contains("Accepted 0, duplicates 2", (await Run("csv", file.Path, channel, mapping: Mapping)).Said, StringComparison.Ordinal);

        var captured = (await intake.Get<SealedLog>().Store.ReadStream(intake.RecordId("1", channel)))[0];
        var parts = await intake.PartsOf(captured);
        Assert.Equal(("=1+1", "1;Kommentar;Nils Låtsasson;2026-03-01 12:30;=1+1"), (parts[Parts.Text], parts[Parts.Raw]));
        var unusable = await Assert.ThrowsAsync<CannotStart>(() => Run("csv", file.Path, channel, mapping: "{}"));
        Assert.Contains("csv-mapping", unusable.Message, StringComparison.Ordinal);
    }

    [Fact]
    public async Task from_the_web_is_sealed_at_once_read_by_the_worker_and_told_row_by_row()
    {
        var channel = await intake.NewChannel("facebook", "webb");
        (string, string)[] fields = [("form", "csv"), ("mapping", Mapping)];

        var tried = await IntakeArchive.Ok(await Upload(channel, [.. fields, ("dryRun", "true")], Table + "4;Okänd;A;2026-03-03 08:00;Från webben\n"));
        Assert.Equal((3, "Nils Låtsasson"), (tried.GetProperty("tried")[0].GetProperty("accepted").GetInt32(), tried.GetProperty("tried")[0].GetProperty("first")[0].GetProperty("author").GetString()));
        Assert.Equal(0L, await intake.Served.Value<long>($"select count(*) from work.imports where channel_id = '{channel}'"));

        var answer = await Upload(channel, fields, Table + "4;Okänd;A;2026-03-03 08:00;Från webben\n");
        Assert.Equal(System.Net.HttpStatusCode.Accepted, answer.StatusCode);
        var id = (await IntakeArchive.Ok(answer)).GetProperty("id").GetGuid();
        Assert.Equal("waiting", (await Import(id)).GetProperty("state").GetString());
        var delivery = (await Import(id)).GetProperty("delivery").GetGuid();
        Assert.IsType<DeliveryReceived>((await intake.Get<SealedLog>().Store.ReadStream(delivery))[^1].Event);

        while (await intake.Get<ImportWorker>().WorkOne(default))
        {
        }

        var done = await Import(id);
        Assert.Equal(("done", 3, 0, 1), (done.GetProperty("state").GetString(), done.GetProperty("accepted").GetInt32(), done.GetProperty("duplicates").GetInt32(), done.GetProperty("rejected").GetInt32()));
        Assert.Equal(3, Assert.IsType<DeliveryProcessed>((await intake.Get<SealedLog>().Store.ReadStream(delivery))[^1].Event).Accepted);
        var rejected = await intake.Staff.GetStringAsync(IntakeArchive.Address($"/api/v1/imports/{id}/rejected.csv"));
        Assert.Contains("3;time-unreadable;En tid går inte att läsa", rejected, StringComparison.Ordinal);
        Assert.Contains((await IntakeArchive.Ok(await intake.Staff.GetAsync(IntakeArchive.Address("/api/v1/imports")))).GetProperty("items").EnumerateArray(), i => i.GetProperty("id").GetGuid() == id);
        Assert.Empty(await intake.Faults());
    }

    [Fact]
    public async Task from_the_web_begins_anew_after_the_program_was_killed_and_counts_what_was_stored_as_duplicates()
    {
        var channel = await intake.NewChannel("facebook", "webb-dog");
        var lines = string.Join('\n', Enumerable.Range(0, 600).Select(i => IntakeArchive.Comment($"webb-dog-{i}", $"Nummer {i}")));
        var id = (await IntakeArchive.Ok(await Upload(channel, [("form", "ndjson")], lines, "uttag.ndjson"))).GetProperty("id").GetGuid();
        using var stop = new CancellationTokenSource();
        var stopping = Task.Run(async () =>
        {
            for (var i = 0; i < 5000 && await Count(channel) == 0; i++) await Task.Delay(2);
            await stop.CancelAsync();
        });
        try
        {
            while (!stop.IsCancellationRequested && await intake.Get<ImportWorker>().WorkOne(stop.Token))
            {
            }
        }
        catch (OperationCanceledException)
        {
        }

        await stopping;
        var stored = await Count(channel);
        while (await intake.Get<ImportWorker>().WorkOne(default))
        {
        }

        var done = await Import(id);
        Assert.Equal(("done", 600L), (done.GetProperty("state").GetString(), await Count(channel)));
        Assert.Equal(600, done.GetProperty("accepted").GetInt32() + done.GetProperty("duplicates").GetInt32());
        Assert.True(done.GetProperty("duplicates").GetInt32() == stored || stored == 600);
    }

    [Fact]
    public async Task from_the_web_refuses_with_a_reason()
    {
        var channel = await intake.NewChannel("facebook", "webb-nej");
        var moderator = intake.Served.Program(await intake.Served.Token("Nils Granne", [new("moderator", "KS")]));
        (HttpResponseMessage Answer, int Status, string Code)[] tried =
        [
            (await Upload(channel, [("form", "orkut")], "x"), 400, "form-unknown"),
            (await Upload(channel, [("form", "csv"), ("mapping", "{")], "x"), 400, "csv-mapping"),
            (await Upload(channel, [("form", "csv")], "a;b\n1;2"), 422, "csv-mapping"),
            (await Upload(channel, [("form", "mastodon")], "x"), 422, "form-other-platform"),
            (await Upload(Guid.CreateVersion7(), [("form", "csv")], "x"), 404, "channel-unknown"),
            (await Upload(channel, [("form", "ndjson")], "{}", by: moderator), 403, "not-allowed"),
        ];
        foreach (var (answer, status, code) in tried) Assert.Equal((status, code), ((int)answer.StatusCode, await IntakeArchive.Problem(answer)));
        Assert.Equal(System.Net.HttpStatusCode.NotFound, (await intake.Staff.GetAsync(IntakeArchive.Address($"/api/v1/imports/{Guid.CreateVersion7()}"))).StatusCode);
    }

    [Fact]
    public async Task on_the_page_tries_first_and_then_follows_the_reading()
    {
        var channel = await intake.NewChannel("facebook", "webb-sida");
        await intake.Served.User("Rakel Registrator", "rakel", "ett långt lösenord 3", new Access.Grant(Access.Role.Registrator, null));
        var browser = intake.Served.Browser();
        await Testing.ServedArchive.LogIn(browser, "rakel", "ett långt lösenord 3");
        async Task<HttpResponseMessage> Send(string? token, bool dry)
        {
            using var form = new MultipartFormDataContent();
            if (token is not null) form.Add(new StringContent(token), "__RequestVerificationToken");
            foreach (var (name, value) in new[] { ("Channel", channel.ToString()), ("Form", "csv"), ("Mapping", Mapping), ("DryRun", dry ? "true" : "false") }) form.Add(new StringContent(value), name);
            form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(Table)), "file", "uttag.csv");
            return await browser.PostAsync(IntakeArchive.Address("/import"), form);
        }

        var token = await Testing.ServedArchive.FormToken(browser, "/import");
        var html = System.Net.WebUtility.HtmlDecode(await (await Send(token, dry: true)).Content.ReadAsStringAsync());
        Assert.Contains("ingenting sparades", html, StringComparison.Ordinal);
        Assert.Contains("Nils Låtsasson", html, StringComparison.Ordinal);
        Assert.Contains("för gammalt", System.Net.WebUtility.HtmlDecode(await (await Send(null, dry: false)).Content.ReadAsStringAsync()), StringComparison.Ordinal);

        var sent = await Send(token, dry: false);
        Assert.Equal(System.Net.HttpStatusCode.Redirect, sent.StatusCode);
        var page = sent.Headers.Location!.ToString();
        Assert.Contains("data-live", await browser.GetStringAsync(IntakeArchive.Address(page)), StringComparison.Ordinal);
        while (await intake.Get<ImportWorker>().WorkOne(default))
        {
        }

        Assert.Contains("Inläst, allt kom inte med", System.Net.WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address(page))), StringComparison.Ordinal);
        var events = await browser.GetAsync(IntakeArchive.Address(page + "?handler=Events"));
        Assert.Equal("text/event-stream", events.Content.Headers.ContentType?.MediaType);
        Assert.Contains("\"over\":true", await events.Content.ReadAsStringAsync(), StringComparison.Ordinal);
    }

    private async Task<HttpResponseMessage> Upload(Guid channel, (string, string)[] fields, string file, string name = "uttag.csv", HttpClient? by = null)
    {
        using var form = new MultipartFormDataContent();
        foreach (var (field, value) in fields) form.Add(new StringContent(value), field);
        form.Add(new ByteArrayContent(Encoding.UTF8.GetBytes(file)), "file", name);
        return await (by ?? intake.Staff).PostAsync(IntakeArchive.Address($"/api/v1/channels/{channel}/imports"), form);
    }

    private async Task<System.Text.Json.JsonElement> Import(Guid id) => (await IntakeArchive.Ok(await intake.Staff.GetAsync(IntakeArchive.Address($"/api/v1/imports/{id}")))).GetProperty("import");

    /// <summary>The real program, on this archive's database and keys.</summary>
    private async Task<(int Code, string Said)> Program(string[] arguments)
    {
        var start = new ProcessStartInfo("dotnet", [Path.Combine(AppContext.BaseDirectory, "ArchiveService.dll"), "import", .. arguments]) { UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true };
        foreach (var (name, value) in intake.Served.Database!.Settings) start.Environment[name.Replace(":", "__", StringComparison.Ordinal)] = value;
        start.Environment["Keys__MasterKeyFile"] = Path.Combine(intake.Served.DataFolder, "keys.json");
        start.Environment["Erasure__Ledger"] = Path.Combine(intake.Served.DataFolder, "erasure-ledger.jsonl");
        start.Environment["Archive__DataFolder"] = intake.Served.DataFolder;
        using var process = Process.Start(start)!;
        var (output, errors) = (process.StandardOutput.ReadToEndAsync(), process.StandardError.ReadToEndAsync());
        await process.WaitForExitAsync().WaitAsync(TimeSpan.FromMinutes(2));
        return (process.ExitCode, await output + await errors);
    }

    private async Task<(int Code, string Said)> Run(string platform, string path, Guid channel, bool dryRun = false, string? mapping = null, CancellationToken ct = default)
    {
        var said = new StringWriter();
        var console = AnsiConsole.Create(new() { Ansi = AnsiSupport.No, Interactive = InteractionSupport.No, Out = new AnsiConsoleOutput(said) });
        console.Profile.Width = 500;
        var code = await new Import(intake.Served.Services).Run(platform, path, channel, dryRun, mapping, console, ct);
        return (code, said.ToString());
    }

    private async Task<Guid> Delivery(string path) =>
        intake.Get<KeyedIds>().Delivery("mastodon", System.Security.Cryptography.SHA256.HashData(await File.ReadAllBytesAsync(path)));

    private Task<long> Count(Guid channel) => intake.Served.Value<long>($"select count(*) from archive.record_states where channel_id = '{channel}'");

    private Task<IReadOnlyList<EventStore.Recorded>> History(Guid channel, int status) =>
        intake.Get<SealedLog>().Store.ReadStream(intake.RecordId($"{PackedArchive.Me}/statuses/{status}", channel, "mastodon", "uri"));

    private sealed class TemporaryFile : IDisposable
    {
        private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("archiveservice-import-");

        public TemporaryFile(byte[] bytes, string name)
        {
            Path = System.IO.Path.Combine(folder.FullName, name);
            File.WriteAllBytes(Path, bytes);
        }

        public string Path { get; }

        public void Dispose() => folder.Delete(recursive: true);
    }
}
