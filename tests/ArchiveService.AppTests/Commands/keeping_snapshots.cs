using System.Net;
using System.Net.Http.Json;
using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Features.Snapshots;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static ArchiveService.AppTests.Commands.CommandArchive;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.AppTests.Commands;

/// <summary>Files of each kind, as small as they can be and still be what they are.</summary>
internal static class Made
{
    public static readonly byte[] Mp4 = [0, 0, 0, 0x18, .. "ftypisom"u8, .. new byte[8000]];

    public static readonly byte[] Png = [0x89, (byte)'P', (byte)'N', (byte)'G', 0x0D, 0x0A, 0x1A, 0x0A, 1, 2, 3];

    public static readonly byte[] Pdf = [.. "%PDF-1.7\n"u8, 1, 2, 3];

    public static MultipartFormDataContent Form(IEnumerable<(string Name, string Value)> fields, params IEnumerable<(string Field, string Name, byte[] Bytes)> files)
    {
        var form = new MultipartFormDataContent();
        foreach (var (name, value) in fields) form.Add(new StringContent(value), name);
        foreach (var (field, name, bytes) in files) form.Add(new ByteArrayContent(bytes), field, name);
        return form;
    }
}

[Collection(nameof(CommandArchive))]
public sealed class Keeping_snapshots(CommandArchive archive)
{
    private static readonly (string, string)[] Halfyear = [("from", "2026-01-01"), ("to", "2026-06-30"), ("coversContent", "true"), ("screened", "true")];

    private T Get<T>()
        where T : notnull => archive.Served.Services.GetRequiredService<T>();

    private async Task<Guid> A_channel(string authority = "HKS") => (await Ok(await archive.Everybody.PostAsJsonAsync(At("/api/v1/channels"), new
    {
        authority,
        platform = "instagram",
        nativeAccountId = $"snap-{Guid.CreateVersion7(TimeProvider.System.GetUtcNow()):N}",
        handle = "@bilder",
        purpose = "Dialog",
    }))).GetProperty("id").GetGuid();

    private async Task<HttpResponseMessage> Send(Guid channel, (string, string)[] fields, params IEnumerable<(string Field, string Name, byte[] Bytes)> files)
    {
        using var form = Made.Form(fields, files);
        return await archive.Everybody.PostAsync(At($"/api/v1/channels/{channel}/snapshots"), form);
    }

    private async Task Capture(Guid channel, string line)
    {
        using var content = new StringContent(line, Encoding.UTF8, "application/x-ndjson");
        await Ok(await archive.Everybody.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
    }

    private async Task<List<string>> Objects()
    {
        var keys = new List<string>();
        await foreach (var found in Get<IObjectStore>().List("", default)) keys.Add(found.Key);
        return keys;
    }

    private async Task<List<string>> Faults()
    {
        var report = await ActivatorUtilities.CreateInstance<ArchiveService.Features.Verify.VerifyArchive>(archive.Served.Services).Run(null, default);
        return [.. report.Findings.Where(f => f.Code.EndsWith("-differ", StringComparison.Ordinal) && f.Severity == ArchiveService.Features.Verify.Severity.Error).Select(f => $"{f.Code}: {f.What}")];
    }

    [Fact]
    [Trait("Requirement", "H-28")]
    [Trait("Requirement", "H-29")]
    [Trait("Requirement", "C7")]
    public async Task makes_a_record_that_is_found_and_has_its_files_sealed()
    {
        var channel = await A_channel();

        var answer = await Ok(await Send(channel, [.. Halfyear, ("note", "Inspelad i webbläsaren")], ("screen-recording", "halvår.mp4", Made.Mp4), ("pdf", "sidan.pdf", Made.Pdf)));

        var id = answer.GetProperty("id").GetGuid();
        var state = await archive.State(id);
        Assert.Equal((MadeHere.Snapshot, Direction.DrawnUp, Wall.Open, Registration.KeptOrdered), (state.RecordType, state.Direction, state.Wall, state.Registration));
        Assert.Equal(2, state.AttachmentsStored.Count);
        var taken = (await Get<SealedLog>().Store.ReadStream(id)).Select(h => h.Event).OfType<SnapshotTaken>().Single();
        Assert.Equal([(ArtefactKind.ScreenRecording, "mp4"), (ArtefactKind.Pdf, "pdf")], taken.Artefacts.Select(a => (a.Kind, a.Format)));
        var recording = taken.Artefacts[0].Attachment;
        Assert.Equal(Made.Mp4, await archive.Everybody.GetByteArrayAsync(At($"/api/v1/records/{id}/attachments/{recording}")));
        var found = await Ok(await archive.Everybody.GetAsync(At($"/api/v1/records?kind=snapshot&authority=HKS&after={answer.GetProperty("lastSequence").GetInt64()}")));
        Assert.Contains(found.GetProperty("items").EnumerateArray(), i => i.GetProperty("id").GetGuid() == id);
        var listed = await Ok(await archive.Everybody.GetAsync(At($"/api/v1/channels/{channel}/snapshots")));
        Assert.Equal(id, listed.GetProperty("items")[0].GetProperty("id").GetGuid());
        Assert.Empty(await Faults());
    }

    [Fact]
    [Trait("Requirement", "H-29")]
    public async Task is_refused_when_a_file_is_not_what_it_is_called_and_leaves_nothing()
    {
        var channel = await A_channel();
        var before = await Objects();

        var answer = await Send(channel, Halfyear, ("screen-recording", "riktig.mp4", Made.Mp4), ("screenshot", "bild.png", "MZ ett program"u8.ToArray()));

        Assert.Equal((415, "artefact-format"), await Refused(answer));
        Assert.Equal(before.Order(), (await Objects()).Order());
        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from archive.snapshots where channel_id = '{channel}'"));
    }

    [Fact]
    public async Task is_refused_with_a_reason_before_any_file_is_stored()
    {
        var channel = await A_channel();

        Assert.Equal((400, "snapshot-not-screened"), await Refused(await Send(channel, [("from", "2026-01-01"), ("to", "2026-06-30"), ("coversContent", "true")], ("screen-recording", "a.mp4", Made.Mp4))));
        Assert.Equal((400, "period-missing"), await Refused(await Send(channel, [("coversContent", "true")], ("screen-recording", "a.mp4", Made.Mp4))));
        Assert.Equal((400, "file-missing"), await Refused(await Send(channel, Halfyear)));
        Assert.Equal((400, "artefact-kind-unknown"), await Refused(await Send(channel, Halfyear, ("bild", "a.png", Made.Png))));
        Assert.Equal((400, "snapshot-kind"), await Refused(await Send(channel, Halfyear, ("screenshot", "a.png", Made.Png))));
        Assert.Equal((400, "attachment-file-name"), await Refused(await Send(channel, Halfyear, ("screen-recording", "../a.mp4", Made.Mp4))));
        Assert.Equal((404, "channel-unknown"), await Refused(await Send(new("0195aaaa-0000-7000-8000-00000000ffff"), Halfyear, ("screen-recording", "a.mp4", Made.Mp4))));
        using var form = Made.Form(Halfyear, ("screen-recording", "a.mp4", Made.Mp4));
        Assert.Equal((403, "not-allowed"), await Refused(await archive.Registrator.PostAsync(At($"/api/v1/channels/{channel}/snapshots"), form)));
    }

    [Fact]
    [Trait("Requirement", "H-28")]
    public async Task with_something_secret_in_it_exists_only_for_the_cleared_but_counts_as_taken()
    {
        var channel = await A_channel();

        var answer = await Ok(await Send(channel, [.. Halfyear, ("containsSecret", "true"), ("provision", "OSL 25 kap. 1 §")], ("screen-recording", "a.mp4", Made.Mp4)));

        var id = answer.GetProperty("id").GetGuid();
        Assert.Equal(Wall.Secret, (await archive.State(id)).Wall);
        Assert.Equal((404, "record-unknown"), await Refused(await archive.Everybody.GetAsync(At($"/api/v1/records/{id}"))));
        var open = await Ok(await archive.Everybody.GetAsync(At($"/api/v1/channels/{channel}/snapshots")));
        Assert.Equal(0, open.GetProperty("items").GetArrayLength());
        Assert.NotEqual(JsonValueKind.Null, open.GetProperty("due").GetProperty("last").ValueKind);
        var cleared = archive.Served.Program(await archive.Served.Token("Klas Klarerad", [new("kommunikator")], clearance: true));
        Assert.Equal(id, (await Ok(await cleared.GetAsync(At($"/api/v1/channels/{channel}/snapshots")))).GetProperty("items")[0].GetProperty("id").GetGuid());
    }

    [Fact]
    [Trait("Requirement", "H-28")]
    [Trait("Requirement", "T-19")]
    public async Task is_asked_for_by_a_person_and_answered()
    {
        var channel = await A_channel();
        var today = ArchiveService.Features.PageParts.Swedish.Date(TimeProvider.System.GetUtcNow());
        Assert.Equal((400, "reason-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel}/snapshots/orders"), new { occasion = "debate" })));

        var order = (await Ok(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel}/snapshots/orders"), new { occasion = "debate", reason = "Skolnedläggningen" }))).GetProperty("id").GetGuid();

        var due = await Ok(await archive.Everybody.GetAsync(At("/api/v1/snapshots/due?by=2099-01-01&authority=HKS")));
        Assert.Contains(due.GetProperty("items").EnumerateArray(), d => d.GetProperty("channel").GetGuid() == channel && d.GetProperty("orders").GetArrayLength() == 1);
        await Ok(await Send(channel, [("from", today), ("to", today), ("coversContent", "true"), ("screened", "true"), ("occasion", "debate"), ("order", order.ToString())], ("screen-recording", "a.mp4", Made.Mp4)));
        due = await Ok(await archive.Everybody.GetAsync(At("/api/v1/snapshots/due?by=2099-01-01&authority=HKS")));
        Assert.Contains(due.GetProperty("items").EnumerateArray(), d => d.GetProperty("channel").GetGuid() == channel && d.GetProperty("orders").GetArrayLength() == 0);
        Assert.Equal((400, "order-unknown"), await Refused(await Send(channel, [.. Halfyear, ("order", order.ToString())], ("screen-recording", "a.mp4", Made.Mp4))));
        Assert.Empty(await Faults());
    }

    [Fact]
    [Trait("Requirement", "H-28")]
    [Trait("Requirement", "C7")]
    public async Task works_on_its_pages()
    {
        var channel = await A_channel();
        var browser = await archive.Browser("snappa", Role.Kommunikator);
        var page = await browser.GetStringAsync(At($"/kanaler/{channel}/ogonblicksbilder/ny"));
        var token = System.Text.RegularExpressions.Regex.Match(page, "name=\"__RequestVerificationToken\"[^>]*value=\"([^\"]+)\"").Groups[1].Value;
        async Task<HttpResponseMessage> Post(string with, params (string, string)[] more)
        {
            using var form = Made.Form([("__RequestVerificationToken", with), ("From", "2026-01-01"), ("To", "2026-06-30"), ("CoversContent", "true"), .. more], ("screen-recording", "a.mp4", Made.Mp4));
            return await browser.PostAsync(At($"/kanaler/{channel}/ogonblicksbilder/ny"), form);
        }

        var forged = await Post("påhittad", ("Screened", "true"));
        Assert.Contains("kom inte härifrån", WebUtility.HtmlDecode(await forged.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var unscreened = WebUtility.HtmlDecode(await (await Post(token, ("Note", "det jag skrev"))).Content.ReadAsStringAsync());
        Assert.Contains("Gå igenom ögonblicksbilden", unscreened, StringComparison.Ordinal);
        Assert.Contains("det jag skrev", unscreened, StringComparison.Ordinal);
        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from archive.snapshots where channel_id = '{channel}'"));

        Assert.Equal(HttpStatusCode.Redirect, (await Post(token, ("Screened", "true"))).StatusCode);
        Assert.Contains("innehåll", WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/kanaler/{channel}/ogonblicksbilder"))), StringComparison.Ordinal);
        Assert.Contains("@bilder", WebUtility.HtmlDecode(await browser.GetStringAsync(At("/ogonblicksbilder"))), StringComparison.Ordinal);
        var ordered = await ServedArchive.Post(browser, $"/kanaler/{channel}/ogonblicksbilder", $"/kanaler/{channel}/ogonblicksbilder", ("Occasion", "debate"), ("Reason", "Debatt"));
        Assert.Equal(HttpStatusCode.Redirect, ordered.StatusCode);
    }

    [Fact]
    [Trait("Requirement", "H-30")]
    public async Task of_content_and_layout_come_before_the_closing_which_tells_what_is_lost()
    {
        var channel = await A_channel();
        await Capture(channel, """{"act":"create","nativeId":"p1","kind":"post","author":{"nativeId":"9","displayName":"X"},"audience":"public","occurredAt":"2026-03-01T12:00:00Z","text":"Hej"}""");
        await Capture(channel, """{"act":"message","nativeId":"m1","kind":"dm","author":{"nativeId":"9","displayName":"X"},"audience":"direct","occurredAt":"2026-03-01T12:00:00Z","text":"Hemligt"}""");

        Assert.Equal((409, "closing-snapshot-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel}/close"), new { reason = "Används inte" })));
        await Ok(await Send(channel, [.. Halfyear, ("occasion", "closing")], ("screen-recording", "a.mp4", Made.Mp4)));
        Assert.Equal((409, "closing-snapshot-missing"), await Refused(await archive.Everybody.PostAsJsonAsync(At($"/api/v1/channels/{channel}/close"), new { reason = "Används inte" })));
        await Ok(await Send(channel, [("from", "2026-01-01"), ("to", "2026-06-30"), ("coversLayout", "true"), ("screened", "true"), ("occasion", "closing")], ("screen-recording", "b.mp4", Made.Mp4), ("layout", "layout.pdf", Made.Pdf)));

        // What is counted comes from the view; the closing itself does not wait for it.
        await Eventually(async () => (await Ok(await archive.Everybody.GetAsync(At($"/api/v1/channels/{channel}/closing")))).GetProperty("lost").GetProperty("directMessages").GetInt64() == 1);
        var checks = await Ok(await archive.Everybody.GetAsync(At($"/api/v1/channels/{channel}/closing")));
        Assert.True(checks.GetProperty("takenIntoUse").GetBoolean() && checks.GetProperty("coversContent").GetBoolean() && checks.GetProperty("coversLayout").GetBoolean());

        var browser = await archive.Browser("stanger", Role.Kommunikator, Role.Moderator);
        var page = WebUtility.HtmlDecode(await browser.GetStringAsync(At($"/kanaler/{channel}/avsluta")));
        Assert.Contains("Direktmeddelanden", page, StringComparison.Ordinal);
        var unread = await ServedArchive.Post(browser, $"/kanaler/{channel}/avsluta", $"/kanaler/{channel}/avsluta", ("Reason", "Används inte"), ("Informed", "Charlie Chef"));
        Assert.Contains("Läs vad som förstörs", WebUtility.HtmlDecode(await unread.Content.ReadAsStringAsync()), StringComparison.Ordinal);
        var done = await ServedArchive.Post(browser, $"/kanaler/{channel}/avsluta", $"/kanaler/{channel}/avsluta", ("Reason", "Används inte"), ("Informed", "Charlie Chef"), ("Acknowledged", "true"));

        Assert.Equal(HttpStatusCode.Redirect, done.StatusCode);
        var history = await Get<SealedLog>().Store.ReadStream(channel);
        var told = history.Select(h => h.Event).OfType<ChannelClosingChecked>().Single();
        Assert.Equal((2, 1L, true, true), (told.Snapshots.Count, told.Lost["directMessages"], told.Acknowledged, told.ManagersInformed));
        Assert.IsType<ChannelClosed>(history[^1].Event);
        Assert.Equal((409, "channel-closed"), await Refused(await Send(channel, Halfyear, ("screen-recording", "a.mp4", Made.Mp4))));
    }

    [Fact]
    [Trait("Requirement", "H-28")]
    public async Task broken_off_between_the_files_and_the_event_leaves_nothing()
    {
        var channel = await A_channel();
        var before = await Objects();
        await using var holder = await archive.Served.Database!.Superuser.OpenConnectionAsync();
        await using var hold = await holder.BeginTransactionAsync();

        // The append stops in the middle of its transaction, its files already stored.
        await Run(holder, "lock table archive.snapshots in exclusive mode");
        var sent = Send(channel, Halfyear, ("screen-recording", "a.mp4", Made.Mp4));
        var backend = await Waiting(holder);
        Assert.Equal(before.Count + 1, (await Objects()).Count);
        await Run(holder, $"select pg_terminate_backend({backend})");
        await hold.RollbackAsync();

        Assert.Equal(HttpStatusCode.ServiceUnavailable, (await sent).StatusCode);
        Assert.Equal(before.Order(), (await Objects()).Order());
        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from archive.snapshots where channel_id = '{channel}'"));
        Assert.Equal(0, await archive.Served.Value<long>($"select count(*) from archive.record_states where channel_id = '{channel}'"));
        await Ok(await Send(channel, Halfyear, ("screen-recording", "a.mp4", Made.Mp4)));
    }

    [Fact]
    public async Task cannot_be_taken_down_since_it_stands_in_no_channel()
    {
        var id = (await Ok(await Send(await A_channel(), Halfyear, ("screen-recording", "a.mp4", Made.Mp4)))).GetProperty("id").GetGuid();

        Assert.Equal((409, "not-in-channel"), await Refused(await archive.Moderator.PostAsJsonAsync(At($"/api/v1/records/{id}/hide"), new { grounds = new[] { "INSULT" }, motivation = "x" })));
    }

    private static async Task Eventually(Func<Task<bool>> so)
    {
        for (var i = 0; i < 200; i++)
        {
            if (await so()) return;
            await Task.Delay(50);
        }

        Assert.Fail("It never came to be so.");
    }

    private static async Task<int> Waiting(NpgsqlConnection by)
    {
        await using var query = new NpgsqlCommand("select pid from pg_locks where relation = 'archive.snapshots'::regclass and not granted", by);
        for (var i = 0; i < 600; i++)
        {
            if (await query.ExecuteScalarAsync() is int pid) return pid;
            await Task.Delay(50);
        }

        throw new TimeoutException("No append waits.");
    }

    private static async Task Run(NpgsqlConnection on, string sql)
    {
        await using var command = new NpgsqlCommand(sql, on);
        await command.ExecuteNonQueryAsync();
    }
}
