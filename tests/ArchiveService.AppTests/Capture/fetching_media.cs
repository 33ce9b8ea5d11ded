using System.Net;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Access;
using ArchiveService.Features.Media;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Capture;

/// <summary>May fetch from this machine; a file may be a hundred thousand bytes, and is tried three times.</summary>
public sealed class MediaArchive : IntakeArchive
{
    public FileServer Platform { get; } = new();

    public FakeClamd Clamd { get; } = new();

    protected override IReadOnlyDictionary<string, string?> Settings => new Dictionary<string, string?>
    {
        ["Media:AllowPrivateAddresses"] = "true",
        ["Media:MaxBytes"] = "100000",
        ["Media:Attempts"] = "3",
        ["Scan:Clamd"] = $"127.0.0.1:{Clamd.Port}",
    };

    public async Task FetchAll()
    {
        while (await Get<MediaWorker>().WorkOne(default))
        {
        }
    }

    public static string WithFile(string id, string url, string more = "", string text = "Se bilden") =>
        IntakeArchive.Comment(id, text, more: $$""","attachments":[{"url":"{{url}}","mediaType":"image/png","nativeId":"f-{{id}}"{{more}}}]""");

    public async Task ScanAll()
    {
        while (await Get<ScanWorker>().WorkOne(default))
        {
        }
    }

    /// <summary>Lets the views catch up with the log.</summary>
    public async Task Project()
    {
        var worker = Get<ProjectionHost>().Worker;
        using var stop = new CancellationTokenSource();
        var running = worker.Run(stop.Token);
        while ((await worker.Status(default)).Any(p => p.Position < p.HeadSequence)) await Task.Delay(20);
        await stop.CancelAsync();
        try
        {
            await running;
        }
        catch (OperationCanceledException)
        {
            // As it was told.
        }
    }

    public async Task<string> Operations()
    {
        await Served.User("Ada Driftsdotter", "ada", "ett långt lösenord 2", new Grant(Role.Admin, null));
        var browser = Served.Browser();
        await Testing.ServedArchive.LogIn(browser, "ada", "ett långt lösenord 2");
        return await browser.GetStringAsync(IntakeArchive.Address("/drift"));
    }

    public Task<string?> StatusOf(string id) => Served.Value<string?>($"select status from work.media_fetches where record_id = '{RecordId(id)}'");
}

public sealed class Fetching_media(MediaArchive media) : IClassFixture<MediaArchive>
{
    private static readonly byte[] Jpeg = [0xFF, 0xD8, 0xFF, 0xE0, .. Enumerable.Range(0, 20_000).Select(i => (byte)(i * 7))];

    [Fact]
    [Trait("Requirement", "T-08")]
    public async Task a_file_shown_by_its_address_is_stored_like_any_other()
    {
        media.Platform.File("/bild-strutsvinge.jpg", Jpeg, "image/png");
        await media.Capture(MediaArchive.WithFile("fetch-1", media.Platform.Address("/bild-strutsvinge.jpg?sig=hemlig")));
        Assert.Equal("waiting", await media.StatusOf("fetch-1"));

        await media.FetchAll();

        var history = await media.History("fetch-1");
        var stored = history.Single(h => h.Event is AttachmentStored);
        var ended = history.Single(h => h.Event is AttachmentFetchEnded);
        var (file, end) = ((AttachmentStored)stored.Event, (AttachmentFetchEnded)ended.Event);
        var expected = Assert.Single(((ItemCaptured)history[0].Event).Attachments);
        Assert.Equal((expected.Id, Jpeg.Length, "image/jpeg"), (file.Attachment, file.Bytes, file.MediaType));
        Assert.Equal((expected.Id, FetchOutcome.Fetched, 1), (end.Attachment, end.Outcome, end.Attempts));
        Assert.True(end.PolicyVersion > 0);
        var parts = await media.PartsOf(ended);
        Assert.Equal(media.Platform.Address("/bild-strutsvinge.jpg?sig=hemlig"), parts[AttachmentFetchEnded.UrlPart(expected.Id)]);
        Assert.Equal("image/png", parts[AttachmentFetchEnded.DeclaredTypePart(expected.Id)]);
        Assert.Equal(Convert.ToHexStringLower(SHA256.HashData(Jpeg)), parts[AttachmentFetchEnded.HashPart(expected.Id)]);
        Assert.Equal("bild-strutsvinge.jpg", (await media.PartsOf(stored))[Parts.AttachmentFileName(expected.Id)]);
        Assert.Equal(Jpeg, await media.Staff.GetByteArrayAsync(IntakeArchive.Address($"/api/v1/records/{media.RecordId("fetch-1")}/attachments/{expected.Id}")));
        Assert.Equal("fetched", await media.StatusOf("fetch-1"));

        // No word of the address stands in the clear, neither in the log nor beside it.
        Assert.Equal(0L, await media.Served.Value<long>("select (select count(*) from archive.mt_events where data::text ~ 'strutsvinge|hemlig') + (select count(*) from work.media_fetches m where m::text ~ 'strutsvinge|hemlig')"));
        var head = Assert.Single(media.Platform.Heads, h => h.StartsWith("GET /bild-strutsvinge.jpg", StringComparison.Ordinal));
        Assert.DoesNotContain("Cookie", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Authorization", head, StringComparison.OrdinalIgnoreCase);
        Assert.DoesNotContain("Referer", head, StringComparison.OrdinalIgnoreCase);
    }

    [Fact]
    public async Task what_comes_again_is_not_fetched_again()
    {
        media.Platform.File("/en-gang.jpg", Jpeg);
        var line = MediaArchive.WithFile("fetch-2", media.Platform.Address("/en-gang.jpg"));
        await media.Capture(line);
        await media.Capture(line);
        await media.FetchAll();
        await media.Capture(line);
        await media.FetchAll();

        Assert.Equal(1, media.Platform.Asked("/en-gang.jpg"));
        Assert.Single(await media.History("fetch-2"), h => h.Event is AttachmentStored);
    }

    [Theory]
    [InlineData("403 Forbidden", "", "forbidden")]
    [InlineData("403 Forbidden", "?oe=5F000000", "expired")]
    [InlineData("404 Not Found", "", "missing")]
    [InlineData("410 Gone", "?X-Amz-Date=20200101T000000Z&X-Amz-Expires=60", "expired")]
    [InlineData("418 Teapot", "", "failed")]
    [InlineData("302 Found", "", "refused")]
    public async Task what_cannot_be_got_is_said(string status, string query, string outcome)
    {
        var id = $"said-{outcome}-{status[..3]}";
        media.Platform.Status($"/{id}", status, status.StartsWith("302", StringComparison.Ordinal) ? $"Location: /{id}\r\n" : "");
        await media.Capture(MediaArchive.WithFile(id, media.Platform.Address($"/{id}{query}")));

        await media.FetchAll();

        Assert.Equal(outcome, await media.StatusOf(id));
        var history = await media.History(id);
        Assert.Equal(outcome, RecordStates.Stored(Assert.IsType<AttachmentFetchEnded>(history[^1].Event).Outcome));
        Assert.DoesNotContain(history, h => h.Event is AttachmentStored);
    }

    [Fact]
    public async Task a_page_is_no_file_and_what_is_too_large_is_left()
    {
        media.Platform.File("/sida", "<!DOCTYPE html><p>Hej"u8.ToArray());
        media.Platform.File("/stor", new byte[100_001]);
        await media.Capture(MediaArchive.WithFile("page-1", media.Platform.Address("/sida")), MediaArchive.WithFile("large-1", media.Platform.Address("/stor")));
        var before = await media.Objects();

        await media.FetchAll();

        Assert.Equal(("notAFile", "tooLarge"), (await media.StatusOf("page-1"), await media.StatusOf("large-1")));
        Assert.Equal(before.Count, (await media.Objects()).Count);
    }

    [Fact]
    public async Task a_server_that_is_down_is_asked_again_later_and_not_for_ever()
    {
        media.Platform.Status("/sen", "503 Busy", "Retry-After: 600\r\n");
        media.Platform.BrokenOff("/bruten", Jpeg);
        await media.Capture(MediaArchive.WithFile("late-1", media.Platform.Address("/sen")), MediaArchive.WithFile("late-2", media.Platform.Address("/bruten")));
        await media.FetchAll();
        Assert.Equal(("waiting", "waiting"), (await media.StatusOf("late-1"), await media.StatusOf("late-2")));
        Assert.True(await media.Served.Value<bool>($"select due_at > clock_timestamp() + interval '9 minutes' from work.media_fetches where record_id = '{media.RecordId("late-1")}'"));

        media.Platform.File("/sen", Jpeg);
        await Due();
        await media.FetchAll();
        Assert.Equal("fetched", await media.StatusOf("late-1"));
        Assert.Equal(2, ((AttachmentFetchEnded)(await media.History("late-1"))[^1].Event).Attempts);

        await Due();
        await media.FetchAll();
        Assert.Equal("failed", await media.StatusOf("late-2"));
        Assert.Equal(3, media.Platform.Asked("/bruten"));
        Assert.DoesNotContain(await media.History("late-2"), h => h.Event is AttachmentStored);
    }

    [Fact]
    public async Task somebody_may_ask_for_it_once_more()
    {
        await media.Capture(MediaArchive.WithFile("again-1", media.Platform.Address("/kom-senare.jpg")));
        await media.FetchAll();
        Assert.Equal("missing", await media.StatusOf("again-1"));
        var attachment = ((AttachmentFetchEnded)(await media.History("again-1"))[^1].Event).Attachment;
        var link = IntakeArchive.Address($"/api/v1/records/{media.RecordId("again-1")}/attachments/{attachment}/fetch");
        var arkivarie = media.Served.Program(await media.Served.Token("Arvid Arkivarie", [new("arkivarie")]));
        Assert.Equal(HttpStatusCode.Forbidden, (await arkivarie.PostAsync(link, null)).StatusCode);

        media.Platform.File("/kom-senare.jpg", Jpeg);
        Assert.Equal(HttpStatusCode.Accepted, (await media.Staff.PostAsync(link, null)).StatusCode);
        await media.FetchAll();

        Assert.Equal("fetched", await media.StatusOf("again-1"));
        Assert.Equal("attachment-not-failed", await IntakeArchive.Problem(await media.Staff.PostAsync(link, null)));
        Assert.Equal(HttpStatusCode.NotFound, (await media.Staff.PostAsync(IntakeArchive.Address($"/api/v1/records/{media.RecordId("again-1")}/attachments/{Guid.CreateVersion7()}/fetch"), null)).StatusCode);
    }

    [Fact]
    public async Task the_record_may_change_while_its_file_is_on_the_way()
    {
        media.Platform.Meanwhile("/medan.jpg", Jpeg, () => media.Capture(IntakeArchive.Act("while-1", "hide", "2026-03-02T12:00:00Z")));
        await media.Capture(MediaArchive.WithFile("while-1", media.Platform.Address("/medan.jpg")));

        await media.FetchAll();

        Assert.Equal([typeof(ItemCaptured), typeof(ItemHidden), typeof(AttachmentStored), typeof(AttachmentFetchEnded)], (await media.History("while-1")).Select(h => h.Event.GetType()));
    }

    [Fact]
    [Trait("Requirement", "H-19")]
    public async Task nothing_is_fetched_to_what_is_destroyed()
    {
        media.Platform.File("/for-sent.jpg", Jpeg);
        await media.Capture(MediaArchive.WithFile("gone-1", media.Platform.Address("/for-sent.jpg")));

        // As dispose_batch writes it, and taken back.
        await using var connection = await media.Served.Databases.Owner.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using var destroy = new NpgsqlCommand($"update archive.record_states set disposed_at = clock_timestamp() where record_id = '{media.RecordId("gone-1")}'", connection, transaction);
        Assert.Equal(1, await destroy.ExecuteNonQueryAsync());
        await using var left = new NpgsqlCommand($"select count(*) from work.media_fetches where record_id = '{media.RecordId("gone-1")}'", connection, transaction);
        Assert.Equal(0L, await left.ExecuteScalarAsync());
        await transaction.RollbackAsync();
        await media.FetchAll();
    }

    /// <summary>A backup has nothing of the queue; what the log says of each file makes it again.</summary>
    [Fact]
    public async Task the_queue_can_be_made_again_from_the_log()
    {
        media.Platform.File("/finns.jpg", Jpeg);
        await media.Capture(MediaArchive.WithFile("queue-1", media.Platform.Address("/finns.jpg")), MediaArchive.WithFile("queue-2", media.Platform.Address("/borta.jpg")));
        await media.FetchAll();
        await media.Capture(MediaArchive.WithFile("queue-3", media.Platform.Address("/vantar.jpg")));
        const string all = "select string_agg(attachment_id || status || attempts, ',' order by attachment_id) from work.media_fetches";
        var before = await media.Served.Value<string>(all);

        await media.Served.Value<long>("with gone as (delete from work.media_fetches returning 1) select count(*) from gone");
        await using (var again = media.Served.Databases.Owner.CreateCommand("select work.requeue_media()")) await again.ExecuteNonQueryAsync();

        Assert.Equal(before, await media.Served.Value<string>(all));
        await media.FetchAll();
        Assert.Equal("missing", await media.StatusOf("queue-3"));
    }

    [Fact]
    public async Task verify_calls_what_was_never_got_a_gap_and_no_fault()
    {
        await media.Capture(MediaArchive.WithFile("gap-1", media.Platform.Address("/finns-inte.jpg")));
        await media.FetchAll();

        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(media.Served.Services).Run(null, default);

        Assert.True(report.Counts["attachments never fetched"] > 0);
        Assert.Equal(Severity.Note, Assert.Single(report.Findings, f => f.Code == "media-never-fetched").Severity);
        Assert.Equal([], report.Findings.Where(f => f.Severity == Severity.Error).Select(f => f.What));
    }

    [Fact]
    public async Task a_file_that_the_scanner_finds_something_in_is_kept_and_given_out_only_on_purpose()
    {
        byte[] bad = [.. Jpeg, .. "farligt"u8];
        media.Platform.File("/farlig.jpg", bad);
        media.Platform.File("/ofarlig.jpg", Jpeg);
        await media.Capture(MediaArchive.WithFile("scan-1", media.Platform.Address("/farlig.jpg")), MediaArchive.WithFile("scan-2", media.Platform.Address("/ofarlig.jpg")));
        await media.FetchAll();

        await media.ScanAll();

        Uri Link(string id, Guid attachment, string more = "") => IntakeArchive.Address($"/api/v1/records/{media.RecordId(id)}/attachments/{attachment}{more}");
        var (infected, clean) = (await Stored("scan-1"), await Stored("scan-2"));
        Assert.Equal("infected Prov.Farligt", await media.Served.Value<string>($"select result || ' ' || signature from work.attachment_scans where attachment_id = '{infected}'"));
        Assert.Equal("clean", await media.Served.Value<string>($"select result from work.attachment_scans where attachment_id = '{clean}'"));
        var refused = await media.Staff.GetAsync(Link("scan-1", infected));
        Assert.Equal("attachment-infected", await IntakeArchive.Problem(refused));
        var opened = await media.Staff.GetAsync(Link("scan-1", infected, "?infected=open"));
        Assert.Equal(bad, await opened.Content.ReadAsByteArrayAsync());
        Assert.Equal("attachment", opened.Content.Headers.ContentDisposition!.DispositionType);
        Assert.Equal(HttpStatusCode.OK, (await media.Staff.GetAsync(Link("scan-2", clean))).StatusCode);
    }

    [Fact]
    public async Task the_page_of_the_record_says_how_it_went_and_asks_again()
    {
        await media.Capture(MediaArchive.WithFile("page-of-1", media.Platform.Address("/sidans.jpg")));
        await media.FetchAll();
        await media.Project();
        await media.Served.User("Kim Låtsberg", "kim", "ett långt lösenord 1", new Grant(Role.Moderator, null));
        var browser = media.Served.Browser();
        await Testing.ServedArchive.LogIn(browser, "kim", "ett långt lösenord 1");
        var page = $"/handlingar/{media.RecordId("page-of-1")}";
        var attachment = ((AttachmentFetchEnded)(await media.History("page-of-1"))[^1].Event).Attachment;

        var html = WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address(page)));
        Assert.Contains("det fanns ingen fil på adressen", html, StringComparison.Ordinal);
        Assert.Contains("Bilaga inte hämtad: det fanns ingen fil på adressen", html, StringComparison.Ordinal);
        Assert.Contains("Försök igen", html, StringComparison.Ordinal);

        media.Platform.File("/sidans.jpg", Jpeg);
        var asked = await Testing.ServedArchive.Post(browser, page, $"{page}/bilagor/{attachment}/hamta");
        Assert.Equal(HttpStatusCode.Redirect, asked.StatusCode);
        await media.FetchAll();
        await media.Project();

        html = WebUtility.HtmlDecode(await browser.GetStringAsync(IntakeArchive.Address(page)));
        Assert.Contains("Hämtad från plattformen", html, StringComparison.Ordinal);
        Assert.Contains("Bilaga hämtad från plattformen", html, StringComparison.Ordinal);
        Assert.DoesNotContain("Försök igen", html, StringComparison.Ordinal);
        Assert.Contains("Bilagor från plattformarna", WebUtility.HtmlDecode(await media.Operations()), StringComparison.Ordinal);
    }

    [PopplerFact]
    public async Task a_small_picture_is_made_of_the_first_page_and_kept_nowhere()
    {
        media.Platform.File("/blad.pdf", OnePage());
        media.Platform.File("/blad.bin", [1, 2, 3, 4]);
        await media.Capture(MediaArchive.WithFile("thumb-1", media.Platform.Address("/blad.pdf")), MediaArchive.WithFile("thumb-2", media.Platform.Address("/blad.bin")));
        await media.FetchAll();
        var before = await media.Objects();

        var made = await media.Staff.GetAsync(IntakeArchive.Address($"/api/v1/records/{media.RecordId("thumb-1")}/attachments/{await Stored("thumb-1")}/thumbnail"));

        Assert.Equal((HttpStatusCode.OK, "image/jpeg"), (made.StatusCode, made.Content.Headers.ContentType?.MediaType));
        Assert.Equal([0xFF, 0xD8, 0xFF], (await made.Content.ReadAsByteArrayAsync())[..3]);
        Assert.True(made.Headers.CacheControl!.NoStore);
        Assert.Equal(before, await media.Objects());
        Assert.Equal(HttpStatusCode.NotFound, (await media.Staff.GetAsync(IntakeArchive.Address($"/api/v1/records/{media.RecordId("thumb-2")}/attachments/{await Stored("thumb-2")}/thumbnail"))).StatusCode);
    }

    private static byte[] OnePage() => Encoding.ASCII.GetBytes("""
        %PDF-1.4
        1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
        2 0 obj <</Type/Pages/Kids[3 0 R]/Count 1>> endobj
        3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]>> endobj
        trailer <</Root 1 0 R>>
        %%EOF
        """);

    private async Task<Guid> Stored(string id) => (await media.History(id)).Select(h => h.Event).OfType<AttachmentStored>().Single().Attachment;

    private Task Due() => media.Served.Value<long>("with due as (update work.media_fetches set due_at = clock_timestamp() where status = 'waiting' returning 1) select count(*) from due");
}

/// <summary>Skipped with the reason where pdftoppm is not installed.</summary>
internal sealed class PopplerFactAttribute : FactAttribute
{
    public PopplerFactAttribute()
    {
        if (!File.Exists("/usr/bin/pdftoppm")) Skip = "pdftoppm is not installed (Debian: apt-get install poppler-utils).";
    }
}
