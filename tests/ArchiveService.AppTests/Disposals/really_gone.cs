using System.Net;
using System.Text;
using System.Text.Json;
using ArchiveService.Attachments;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Verify;
using ArchiveService.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Disposals;

/// <summary>The two looks after a gallring, and what they find when something was left or copied.</summary>
public sealed class Really_gone
{
    private const string Said = "Trädgårdssnäckans vandring över kullerstenarna i gryningen";

    private static readonly JsonSerializerOptions AsWritten = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task is_asked_of_every_place_by_reference_and_by_content()
    {
        await using var world = await World.Make();
        var (missing, gone) = await Places.Against(world.Database.Owner);
        Assert.True(missing.Count == 0, $"Not in {nameof(ContentPlaces)}: {string.Join(", ", missing)}. Say what the column holds, what destroys it and how it is asked.");
        Assert.True(gone.Count == 0, $"In {nameof(ContentPlaces)} and not in the database: {string.Join(", ", gone)}");

        await world.Capture(World.Comment("c-1", $"{Said}.\nOch en rad till, som ingen annan har skrivit"), World.Comment("c-2", "Kort"), World.Comment("c-3", $"Jag håller med: {Said}.", at: "2026-05-01T12:00:00Z", author: "author-3"));
        Assert.True(await world.Projected());
        var run = await world.Executed(await world.Rule());

        var verified = await Last<DisposalVerified>(world, run.Id);
        Assert.Equal((2, (bool?)null), (verified.ByReference, verified.SampleLost));
        Assert.Equal((1, 1), (verified.ByContent, verified.WithoutPassage));
        Assert.Empty(ContentPlaces.Tables.Where(t => t.Left is not null).Select(t => t.Table).Append("object-store").Except(verified.Places!.Select(p => p.Place)));
        Assert.Equal(2, verified.Places!.Single(p => p.Place == "views.all_versions").ByReference);

        // Every table was read for the sample; the record that is kept quotes a destroyed one, and is listed.
        Assert.Empty(ContentPlaces.Tables.Where(t => t.Columns != "search").Select(t => t.Table).Except(verified.Places!.Select(p => p.Place)));
        Assert.True(verified.Places!.Single(p => p.Place == "views.all_versions").ByContent >= 3);
        Assert.Equal(1, verified.Copies!.Single(c => c.Kind == "record").Count);
    }

    [Fact]
    public async Task fails_on_residue_wherever_it_stands_and_says_where()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1", Said));
        Assert.True(await world.Projected());
        var run = await world.Started(await world.Rule());
        var (lower, hex, base64) = (Said.ToUpperInvariant(), Convert.ToHexString(Encoding.UTF8.GetBytes(Said)), Convert.ToBase64String(Encoding.UTF8.GetBytes("xy" + Said + "z")));
        await world.Do(world.Database.Owner, "insert into archive.idempotency (principal, route, key_digest, request, started_at, answer) values (gen_random_uuid(), 'POST /x', '\\x01', $1, now(), $2::jsonb)",
            Encoding.Unicode.GetBytes("å" + Said), JsonSerializer.Serialize(new { text = lower }));
        await world.Do(world.Database.Owner, "insert into work.inbox (delivery_id, platform, problem, dead) values (gen_random_uuid(), 'x', $1, true)", $"Kunde inte läsa {hex}");
        await world.Do(world.Database.Owner, "insert into work.qrtz_job_details (sched_name, job_name, job_group, job_class_name, is_durable, is_nonconcurrent, is_update_data, requests_recovery, job_data) values ('x', 'x', 'x', 'x', false, false, false, false, $1)",
            Encoding.UTF8.GetBytes(base64));
        await world.Do(world.Database.Owner, "create table views.nobody_thought_of (a int, b text)");
        await world.Do(world.Database.Owner, "insert into views.nobody_thought_of values (1, $1)", $"<p>{WebUtility.HtmlEncode(Said)}</p>");
        var stray = ObjectKey.Of("attachment", Guid.CreateVersion7());
        await world.Get<IObjectStore>().Put(stray, new MemoryStream(Encoding.UTF8.GetBytes("en kopia: " + Said)), null, default);

        Assert.False(await world.Get<DisposalExecutor>().Run(run.Id, default));
        Assert.False(await world.Get<DisposalExecutor>().Run(run.Id, default));
        var waiting = (await world.Get<DisposalRuns>().Find(run.Id, default))!;
        Assert.Equal(
            "still-there: archive.idempotency.answer 1, archive.idempotency.request 1, object-store: strays 1, views.nobody_thought_of.b 1, work.inbox.problem 1, work.qrtz_job_details.job_data 1",
            waiting.Problem);
        Assert.Equal((RunState.Executing, null), (waiting.State, waiting.VerifiedAt));
        Assert.Equal(1L, await world.Ask<long>("select count(*) from archive.mt_events where type = 'disposal_residue_found'"));

        // Taken away: the same sample, still in memory, finds nothing more; and the certificate tells that it was there.
        await world.Do(world.Database.Owner, "delete from archive.idempotency");
        await world.Do(world.Database.Owner, "delete from work.inbox");
        await world.Do(world.Database.Owner, "delete from work.qrtz_job_details where sched_name = 'x'");
        await world.Do(world.Database.Owner, "drop table views.nobody_thought_of");
        await world.Get<IObjectStore>().DestroyEverything(stray, default);
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default), (await world.Get<DisposalRuns>().Find(run.Id, default))!.Problem);
        var certificate = (await world.Get<Certificates>().Of((await world.Get<DisposalRuns>().Find(run.Id, default))!, true, default))!;
        Assert.Contains(certificate.Deviations, d => d.Contains("fann rester i archive.idempotency.answer", StringComparison.Ordinal));
        Assert.Equal((1, false), (certificate.Verification.Sample.Looked, certificate.Verification.Sample.Lost));
    }

    [Fact]
    public async Task fails_on_what_came_back_into_a_view()
    {
        await using var world = await World.Make();
        var records = await world.Capture(World.Comment("c-1", Said));
        Assert.True(await world.Projected());
        var run = await world.Started(await world.Rule());
        await world.Batch(run.Id, records);
        Assert.True(await world.Projected());
        await world.Do(world.Database.Owner, "update views.all_records set text = $1 where record_id = $2", Said, records[0]);

        Assert.False(await world.Get<DisposalExecutor>().Run(run.Id, default));
        Assert.Equal("still-there: views.all_records 1", (await world.Get<DisposalRuns>().Find(run.Id, default))!.Problem);
    }

    [Fact]
    public async Task leaves_lawful_copies_and_lists_each_with_its_rule()
    {
        await using var world = await World.Make();
        var records = await world.Capture(World.Comment("c-1", Said));
        Assert.True(await world.Projected());
        await world.Do(world.Database.Owner, "insert into archive.paper_copies (copy_id, record_id, pages, archival, produced_on) values (gen_random_uuid(), $1, 2, true, '2026-01-01')", records[0]);
        await world.Do(world.Database.Owner, "insert into archive.search_log (search_id, person_id, authority_id, searched_at, kind, sensitive, kek_id, sealed) values (gen_random_uuid(), gen_random_uuid(), $1, now(), 'export', false, gen_random_uuid(), '\\x00')", world.Authority.Id);
        await world.Do(world.Database.Owner, "insert into archive.inspection_packs (pack_id, authority_id, from_day, to_day, secret, made_by, made_at) values (gen_random_uuid(), $1, '2020-01-01', '2030-01-01', false, gen_random_uuid(), now())", world.Authority.Id);

        // A note in a case that quotes it: the case's own document, with the case's fate.
        var (opened, @case, _) = await world.Get<OpenCaseHandler>().Open(new("KS", "Om snäckor", null, null, null, null), world.Registrar, default);
        Assert.IsType<Outcome.Done>(opened);
        var note = new WriteNote(NoteMeans.Phone, null, null, $"Hon läste upp: {Said}", null, null);
        Assert.IsType<Outcome.Done>(await world.Get<CaseActs>().Decide(@case, default, world.Registrar, note.Decide, default));
        Assert.True(await world.Projected());

        var run = await world.Executed(await world.Rule());

        var certificate = (await world.Get<Certificates>().Of(run, true, default))!;
        Assert.Equal(["case-document", "export", "inspection-pack", "paper"], certificate.Copies.Select(c => c.Kind));
        Assert.All(certificate.Copies, c => Assert.Equal((1L, true), (c.Count, c.Rule.Length > 0)));
        Assert.Contains(certificate.RemainsIn, r => r.StartsWith("tjänsteanteckningar, beslut och överklaganden som citerar: 1; ärendets egna handlingar följer ärendet", StringComparison.Ordinal));
        Assert.Contains(certificate.RemainsIn, r => r.StartsWith("granskningspaket till JO eller JK: 1", StringComparison.Ordinal));
        Assert.Contains(certificate.RemainsIn, r => r.StartsWith("uttag ur sökningar", StringComparison.Ordinal));
        Assert.Contains(certificate.RemainsIn, r => r.StartsWith("papperskopior: 1 ", StringComparison.Ordinal));
    }

    [Fact]
    public async Task says_honestly_that_a_sample_died_with_its_process()
    {
        await using var world = await World.Make();
        var records = await world.Capture(World.Comment("c-1", Said));
        Assert.True(await world.Projected());
        var run = await world.Started(await world.Rule());
        await world.Batch(run.Id, records);

        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));

        var certificate = (await world.Get<Certificates>().Of((await world.Get<DisposalRuns>().Find(run.Id, default))!, true, default))!;
        Assert.Equal((0, true), (certificate.Verification.SampledByContent, certificate.Verification.Sample.Lost));
        Assert.Contains(certificate.Deviations, d => d.StartsWith("stickprovet gick förlorat", StringComparison.Ordinal));
        Assert.Contains("volymen mättes inte", certificate.Volume.InWords, StringComparison.Ordinal);
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task has_a_protocol_with_every_field_registered_once_and_preserved()
    {
        await using var world = await World.Make();
        await world.Capture(
            World.Comment("c-1", Said, attachments: new { fileName = "bild.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(new byte[5000]) }), World.Comment("c-2", "Kort", author: "author-2"));
        await world.Hold(record: world.Record("c-2"));
        Assert.True(await world.Projected());
        var (decision, _, unable) = await world.Get<RecordDecisionHandler>().Record(
            new("KS", "KS § 94/2020-05-25", "nämnden", new(2020, 5, 25), null, null, ["comment"], "P2Y", "Kommentarer av ringa betydelse", "Kommunarkivet 2020-05-02, ingen erinran"), world.Anna, default);
        Assert.Null(unable);
        var run = await world.Executed(await world.Rule(decision));

        // Registered once, whoever tries again and at once.
        await Task.WhenAll(Enumerable.Range(0, 4).Select(_ => world.Get<ProtocolRegistration>().Issue(run, [], default)));
        Assert.Equal((1L, 1L, 1L), (await world.Ask<long>("select count(*) from archive.case_documents where kind = 'protocol'"),
            await world.Ask<long>("select count(*) from archive.mt_events where type = 'disposal_protocol_issued'"), await world.Ask<long>("select count(*) from archive.cases where collective like 'disposals-%'")));

        // Signed by another than the one who executed, and on paper by arkivansvarig.
        async Task<string?> Sign(SignProtocol with, Access.Caller by) => (await world.Get<SignProtocolHandler>().Sign(run.Id, with, by, default)).Refused?.Code;
        Assert.Equal("same-person", await Sign(new("controller", null, null, "Arkivarie", null, null), world.Anna));
        Assert.Equal("signer-title", await Sign(new("controller", null, null, " ", null, null), world.Bo));
        Assert.Null(await Sign(new("controller", "electronic", null, "Registrator", null, null), world.Registrar));
        Assert.Equal("already-signed", await Sign(new("controller", "electronic", null, "Registrator", null, null), world.Registrar));
        Assert.Equal("not-allowed", await Sign(new("archivist", null, null, "Registrator", null, null), world.Registrar));
        Assert.Equal("signed-paper-kept", await Sign(new("archivist", "paper", "Karin Arkivchef", "Arkivchef", null, null), world.Bo));
        Assert.Null(await Sign(new("archivist", "paper", "Karin Arkivchef", "Arkivchef", null, "Protokollspärm 2026"), world.Bo));

        // The signed paper is read in: sealed, with its hash in the protocol, and what it is not is refused.
        async Task<string?> Scan(string? part, byte[]? bytes, Access.Caller by)
        {
            using var stream = new MemoryStream(bytes ?? []);
            var file = bytes is null ? null : new Microsoft.AspNetCore.Http.FormFile(stream, 0, bytes.Length, "file", "C:\\protokoll\\papper.pdf");
            return (await world.Get<ProtocolPaperHandler>().Keep(run.Id, new(part), file, by, default)).Refused?.Code;
        }

        var scan = "%PDF-1.7 undertecknat"u8.ToArray();
        Assert.Equal("signing-part", await Scan(null, scan, world.Bo));
        Assert.Equal("not-signed-on-paper", await Scan("controller", scan, world.Bo));
        Assert.Equal("file-missing", await Scan("archivist", null, world.Bo));
        Assert.Equal("file-kind", await Scan("archivist", "MZ"u8.ToArray(), world.Bo));
        Assert.Equal("file-too-large", await Scan("archivist", new byte[ScanProtocol.MostBytes + 1], world.Bo));
        Assert.Null(await Scan("archivist", scan, world.Bo));
        Assert.Equal(scan, (await world.Get<ProtocolPaperHandler>().Find(run.Id, "archivist", default))!.Bytes);
        Assert.Null(await world.Get<ProtocolPaperHandler>().Find(run.Id, "controller", default));

        // The number of a diary kept elsewhere is taken only where this one gave none.
        Assert.Equal("protocol-registered", (await world.Get<ProtocolPaperHandler>().Number(run.Id, new("W3D3", "KS 2026/12"), world.Registrar, default)).Refused?.Code);
        var policy = (await world.Get<ArchiveService.Features.Authorities.AuthorityRegister>().Find(run.Authority, default))!.Policy;
        var (completed, elsewhere) = ((await world.Get<DisposalRuns>().Find(run.Id, default))!, new DisposalProtocolIssued(new(2026, 3, 2), [], NotRegistered: ProtocolRegistration.External));
        Assert.Equal("external-number", new NumberProtocol("W3D3", " ").Decide(completed, elsewhere, null, world.Registrar, policy).Refused?.Code);
        var numbered = Assert.IsType<DisposalProtocolNumbered>(new NumberProtocol("W3D3", " KS 2026/12 ").Decide(completed, elsewhere, null, world.Registrar, policy).Events.Single().Event);
        Assert.Equal(("W3D3", "KS 2026/12"), (numbered.System, numbered.DiaryNumber));
        Assert.Equal("already-numbered", new NumberProtocol("W3D3", "KS 2026/12").Decide(completed, elsewhere, numbered, world.Registrar, policy).Refused?.Code);

        var certificate = (await world.Get<Certificates>().Of((await world.Get<DisposalRuns>().Find(run.Id, default))!, true, default))!;
        Assert.Equal(Convert.ToHexStringLower(System.Security.Cryptography.SHA256.HashData(scan)), certificate.ArchivistInCharge.Single().ScanSha256);
        var number = certificate.Diary.Number!;
        string[] fields =
        [
            number, "Kommunstyrelsen", "KS § 94/2020-05-25", "nämnden", "2020-05-25", "arkivlagen (1990:782) 10 §", "Kommentarer av ringa betydelse", "Kommunarkivet 2020-05-02, ingen erinran", "kommentar", "innehållet",
            "2020-03-01", "2 år från det att handlingen kom in eller upprättades", "2022-03-01", "bilagelagret", "PostgreSQL", "gallringsstopp", "begäran om utlämnande", "pågående ärenden", "Krypteringsnycklarna",
            "borttagningsmärken", "Anna Arkivarie", "Bo Arkivarie", "Rut Registrator", "Karin Arkivchef", "Arkivchef", "Protokollspärm 2026", run.ManifestDigest, "säkerhetskopior", "inte känt", "logisk", "fysisk", "slutlig", "stickprov",
        ];
        var json = JsonSerializer.Serialize(certificate, AsWritten);
        var paper = WebUtility.HtmlDecode(CertificatePaper.Of(certificate).Html).Replace(" ", "", StringComparison.Ordinal);
        Assert.All(fields.Where(f => f is not "stickprov"), field => Assert.Contains(field, json, StringComparison.OrdinalIgnoreCase));
        Assert.All(fields.Where(f => f is not "stickprov"), field => Assert.Contains(field.Replace(" ", "", StringComparison.Ordinal), paper, StringComparison.OrdinalIgnoreCase));
        Assert.True(certificate.Volume.Bytes > 5000);
        Assert.Equal((1, 1, 0), (certificate.Counts.Items, certificate.Counts.Destroyed, certificate.Counts.Skipped));
        Assert.Equal((1, 0L), (certificate.Checks.HeldAtProposal, certificate.Checks.HeldAtExecution));
        Assert.All(new[] { Said, "author-1", "bild.png", "https://example.se/c-1" }, word => Assert.DoesNotContain(word, json + paper, StringComparison.OrdinalIgnoreCase));
        Assert.Equal((null, "kan inte sägas: hur länge fysiska säkerhetskopior och arkiverad transaktionslogg sparas är inte känt (policyn säger det inte)"), (certificate.UnreadableEverywhereFrom, certificate.UnreadableEverywhere));

        // Preserved: no rule can name it, and no key of it can be marked destroyed, whoever tries.
        Assert.Equal("record-type-unknown", (await world.Get<RecordDecisionHandler>().Record(new("KS", "x", "nämnden", new(2020, 5, 25), null, null, ["disposal-protocol"], "P2Y", null, null), world.Anna, default)).Refused?.Code);
        foreach (var stream in new[] { run.Id, certificate.Diary.Case!.Value })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(world.Database.Superuser,
                "insert into archive.destruction_marks (key_id, stream_id, class, run_id, destroyed_at, batch) select key_id, stream_id, class, $1, now(), 9 from archive.record_keys where stream_id = $2", run.Id, stream));
            Assert.Equal("AS013", refused.SqlState);
        }

        // It stands in the diary, in the view of its case, and the archive verifies.
        Assert.True(await world.Projected());
        Assert.StartsWith("Gallringsprotokoll: kommentar, 2020-03-01, enligt KS § 94", await world.Ask<string>("select subject from views.all_case_documents where kind = 'protocol'"), StringComparison.Ordinal);
        Assert.Equal(1L, await world.Ask<long>("select count(*) from views.diary_public where kind = 'protocol' and subject is null"));
        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default);
        Assert.Equal([], report.Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code} {f.What}"));
    }

    [Fact]
    public async Task is_said_to_be_destroyed_only_when_the_epoch_key_is()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1", Said));
        Assert.True(await world.Projected());
        var run = await world.Executed(await world.Rule());
        await world.Do(world.Database.Owner, "create table if not exists archive.key_rotations (rotation_id uuid primary key, old_kek text, new_kek text, started_at timestamptz, rewrapped_at timestamptz, trial_opened_at timestamptz, destroyed_at timestamptz)");
        await world.Do(world.Database.Owner, "create table if not exists archive.key_exports (export_id uuid primary key, exported_at timestamptz, kek_id text, exported_by uuid)");
        await world.Do(world.Database.Owner, "grant select on archive.key_rotations, archive.key_exports to archive_writer");
        async Task<Certificate> Certificate() => (await world.Get<Certificates>().Of((await world.Get<DisposalRuns>().Find(run.Id, default))!, true, default))!;
        Task Rotation(string began) => world.Do(world.Database.Owner, $"""
            insert into archive.key_rotations (rotation_id, old_kek, new_kek, started_at, rewrapped_at, trial_opened_at, destroyed_at)
            select gen_random_uuid(), gen_random_uuid()::text, gen_random_uuid()::text, {began}, now(), now(), now() from archive.disposal_runs r where r.run_id = $1
            """, run.Id);

        // One that began before the run's logical step took no key of it.
        await Rotation("r.destroyed_at - interval '1 second'");
        Assert.Equal(("väntar på ./run scrub", "väntar på byte av epoknyckel (./run keys rotate)"), ((await Certificate()).Steps[1].Status, (await Certificate()).Steps[2].Status));
        await world.Do(world.Database.Owner, "insert into archive.key_exports (export_id, exported_at, kek_id, exported_by) values (gen_random_uuid(), now() - interval '1 day', gen_random_uuid()::text, gen_random_uuid())");
        await Rotation("r.destroyed_at");

        var certificate = await Certificate();
        Assert.StartsWith("förstörd i arkivet 20", certificate.Status, StringComparison.Ordinal);
        Assert.StartsWith("genomförd", certificate.Steps[2].Status, StringComparison.Ordinal);
        Assert.Contains(certificate.RemainsIn, r => r.StartsWith("nyckelexport ", StringComparison.Ordinal));
        Assert.Contains(certificate.RemainsIn, r => r.Contains("kan inte läsas, epoknyckeln förstördes", StringComparison.Ordinal));
    }

    private static async Task<T> Last<T>(World world, Guid run) => (await world.Get<Sealing.SealedLog>().Store.ReadStream(run)).Select(e => e.Event).OfType<T>().Last();
}
