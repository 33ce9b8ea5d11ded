using ArchiveService.Access;
using ArchiveService.Features.DataSubjects;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.Persons;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Disposals;

/// <summary>An archive with something in every derived table, all of it agreeing with the log.</summary>
public sealed class FilledWorld : IAsyncLifetime
{
    public World World { get; private set; } = null!;

    public Guid Registered { get; private set; }

    public async Task InitializeAsync()
    {
        World = await World.Make();
        var delivery = (await World.Get<Deliveries>().Receive("meta", "webhook", null, "valid", "{\"object\":\"page\"}"u8.ToArray(), default)).Id;
        var waiting = (await World.Get<Deliveries>().Receive("meta", "webhook", null, "valid", new byte[Deliveries.MaxSealedInDatabase + 1], default)).Id;
        var picture = new { fileName = "a.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(new byte[3000]) };
        await World.Capture(delivery, [World.Comment("d-1", attachments: picture), World.Comment("d-2", "Ett", "author-2"), World.Comment("d-3", "Två", "author-2")]);
        Registered = World.Record("d-1");
        var (registered, _) = await World.Get<RegisterRecordHandler>().Register(Registered, new(null, new("Ett ärende", null), null, "Fråga om vinterväghållning", null, null), default, World.Registrar, default);
        Assert.IsType<ArchiveService.Http.Outcome.Done>(registered);
        await World.Get<PersonRegister>().Ensure("Siv Exempelsson", "siv", "ett långt lösenord", [new(Role.Registrator, null)], clearance: true, CommandLineCaller.Caller, default);
        await TokenVerb.Issue(new("Siv Exempelsson", [new("registrator")], false, [], TimeSpan.FromDays(1)), World.Get<PersonRegister>(), World.Get<RoleWords>(), default);
        var request = (await World.Get<ReceiveRequestHandler>().Receive(new("KS", "Allt om vinterväghållning"), World.Registrar, default)).Id;
        Assert.IsType<ArchiveService.Http.Outcome.Done>(await World.Get<Requests>().Add(request, new([Registered]), default, World.Registrar, default));
        Assert.IsType<ArchiveService.Http.Outcome.Done>(await World.Get<Requests>().Pause(request, new("clarification", "Vilket år?"), default, World.Registrar, default));
        Assert.True(await World.Projected());
        Assert.NotEqual(delivery, waiting);
        await A_request_of_a_person();

        // The hand that changes things here is a superuser's, who has taken every trigger away.
        await World.Do(World.Database.Superuser, """
            do $$ declare t record; begin
              for t in select distinct tgrelid::regclass as tab from pg_trigger loop execute format('alter table %s disable trigger all', t.tab); end loop;
            end $$
            """);
    }

    public Task DisposeAsync() => World.DisposeAsync().AsTask();

    private async Task A_request_of_a_person()
    {
        var (id, _, _) = await World.Get<ReceiveSubjectRequestHandler>().Receive(new("KS", "rectification", "Kajsa Låtsberg"), World.Registrar, default);
        var requests = World.Get<SubjectRequests>();
        foreach (var outcome in new[]
        {
            await requests.Identify(id, new("idDocument"), default, World.Registrar, default),
            await requests.Link(id, new(World.Account("author-2"), Reason: "Skrev från kontot"), default, World.Registrar, default),
            await requests.Supplement(id, World.Record("d-2"), new("Jag menade Storgatan"), default, World.Registrar, default),
        }) Assert.IsType<ArchiveService.Http.Outcome.Done>(outcome);
    }

    public Task<Verification> Verify() => ActivatorUtilities.CreateInstance<VerifyArchive>(World.Services).Run(null, default);
}

/// <summary>Part 13: every view's count equal to the log's.</summary>
public sealed class Verifying_derived_tables(FilledWorld filled) : IClassFixture<FilledWorld>
{
    [Theory]
    [InlineData("archive.record_states", "inline-records-differ")]
    [InlineData("archive.open_items", "open-items-differ")]
    [InlineData("archive.diary_entries", "diary-differs")]
    [InlineData("archive.cases", "cases-differ")]
    [InlineData("archive.disclosure_items", "disclosures-differ")]
    [InlineData("archive.disclosure_pauses", "disclosures-differ")]
    [InlineData("archive.subject_requests", "data-subject-requests-differ")]
    [InlineData("archive.subject_links", "data-subject-links-differ")]
    [InlineData("archive.subject_supplements", "supplements-differ")]
    [InlineData("archive.attachments", "attachments-differ")]
    [InlineData("archive.delivery_objects", "delivery-objects-differ")]
    [InlineData("archive.delivery_records", "delivery-records-differ")]
    [InlineData("archive.authorities", "authorities-differ")]
    [InlineData("archive.channels", "channels-differ")]
    [InlineData("archive.channel_routes", "channels-differ")]
    [InlineData("archive.persons", "persons-differ")]
    [InlineData("archive.audit_entries", "audit-differs")]
    [InlineData("views.persons", "persons-differ")]
    [InlineData("archive.users", "persons-differ")]
    [InlineData("archive.tokens", "persons-differ")]
    [InlineData("archive.grants", "persons-differ")]
    [InlineData("views.all_records", "view-differs")]
    [InlineData("views.all_versions", "view-differs")]
    [InlineData("views.all_acts", "view-differs")]
    [InlineData("views.all_diary", "view-differs")]
    [InlineData("views.diary_public", "view-differs")]
    [InlineData("views.all_cases", "view-differs")]
    [InlineData("views.channel_register", "view-differs")]
    [InlineData("views.all_accounts", "view-differs")]
    [InlineData("views.all_account_names", "view-differs")]
    [InlineData("work.inbox", "delivery-forgotten")]
    public async Task names_the_table_of_a_row_deleted_by_hand(string table, string code)
    {
        var columns = await filled.World.Ask<string>("select string_agg(quote_ident(column_name), ', ') from information_schema.columns where table_schema || '.' || table_name = $1 and is_generated = 'NEVER'", table);
        Assert.True(await filled.World.Ask<long>($"select count(*) from {table}") > 0);
        await Do($"create table public.kept as select {columns} from {table}; delete from {table} where ctid = (select min(ctid) from {table})");
        try
        {
            Assert.Contains((await filled.Verify()).Findings, f => f.Severity == Severity.Error && f.Code == code && f.What.Contains(table, StringComparison.Ordinal));
        }
        finally
        {
            await Do($"delete from {table}; insert into {table} ({columns}) select * from public.kept; drop table public.kept");
        }

        Assert.Equal([], (await filled.Verify()).Findings.Where(f => f.Severity == Severity.Error).Select(f => f.What));
    }

    [Fact]
    public async Task is_not_deceived_by_a_row_taken_away_and_another_put_there()
    {
        await Do("update views.all_acts set event_id = '0199aaaa-0000-7000-8000-00000000dead' where seq = (select min(seq) from views.all_acts)");

        var found = Assert.Single((await filled.Verify()).Findings, f => f.Code == "view-differs");

        Assert.Contains("0199aaaa-0000-7000-8000-00000000dead", found.What, StringComparison.Ordinal);
        await Do("update views.all_acts a set event_id = e.id from archive.mt_events e where e.seq_id = a.seq and a.event_id = '0199aaaa-0000-7000-8000-00000000dead'");
    }

    /// <summary>They are no events; their form is what can be looked at.</summary>
    [Fact]
    public async Task names_a_noted_search_that_was_altered_or_is_nobodys()
    {
        var key = filled.World.Get<ArchiveService.Sealing.IKeyProvider>().Current.Id;
        await Do($"""
            insert into archive.search_log (search_id, person_id, searched_at, kind, sensitive, hits, kek_id, sealed)
            values (gen_random_uuid(), gen_random_uuid(), clock_timestamp() + interval '1 day', 'text', false, 1, '{key}', decode(repeat('00', 40), 'hex'))
            """);

        var found = (await filled.Verify()).Findings.Where(f => f.What.Contains("archive.search_log", StringComparison.Ordinal)).Select(f => f.Code).Order();

        Assert.Equal(["search-note-altered", "search-note-of-nobody", "search-note-of-tomorrow"], found);
        await Do("delete from archive.search_log");
    }

    [Fact]
    public async Task names_a_view_that_stands_at_another_version()
    {
        await Do("update views.all_records set version = version + 1");

        Assert.Equal(3, (await filled.Verify()).Findings.Count(f => f.Code == "view-differs"));
        await Do("update views.all_records set version = version - 1");
    }

    [Fact]
    public async Task compares_as_far_as_the_projection_has_come()
    {
        // Nobody projects here: a second archive, whose projection stands still.
        await using var still = await World.Make(projecting: false);
        await still.Capture(World.Comment("s-1"));

        var report = await ActivatorUtilities.CreateInstance<VerifyArchive>(still.Services).Run(null, default);

        Assert.Equal(["projection-behind"], report.Findings.Select(f => f.Code));
        Assert.True(report.IsSound);
    }

    [Theory]
    [InlineData("archive.record_states", "update archive.record_states set wall = 'secret' where record_id = $1", "update archive.record_states set wall = 'open' where record_id = $1")]
    [InlineData("views.diary_public", "update views.diary_public set subject = 'syns' where record_id = $1", "update views.diary_public set subject = null where record_id = $1")]
    [Trait("Requirement", "I3")]
    public async Task names_what_stands_open_and_must_not(string table, string done, string undone)
    {
        await filled.World.Do(filled.World.Database.Superuser, done, filled.Registered);

        var codes = (await filled.Verify()).Findings.Where(f => f.Severity == Severity.Error).Select(f => f.Code).ToList();

        Assert.NotEmpty(table);
        Assert.Contains("open-behind-wall", codes);
        await filled.World.Do(filled.World.Database.Superuser, undone, filled.Registered);
    }

    [Fact]
    public async Task names_what_stands_behind_another_wall_than_its_own()
    {
        await Do("update views.all_versions set wall = 'secret'");

        Assert.Equal(3, (await filled.Verify()).Findings.Count(f => f.Code == "wall-differs"));
        await Do("update views.all_versions set wall = 'open'");
    }

    private Task Do(string sql) => filled.World.Do(filled.World.Database.Superuser, sql);
}
