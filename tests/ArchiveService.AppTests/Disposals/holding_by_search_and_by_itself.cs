using ArchiveService.Features.Cases;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Verify;
using ArchiveService.Features.Weeding;
using ArchiveService.Http;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Disposals;

/// <summary>Holds on a search, holds that nobody places, review of items, and rensning: on the tables, with nothing served.</summary>
public sealed class Holding_by_search_and_by_itself
{
    private static Task<(Guid Id, long Covered, long LastSequence, Refusal? Refused)> Place(World world, HoldFilter filter) =>
        world.Get<HoldHandler>().Place(new("KS", null, null, null, "litigation", "Stämning mot kommunen", filter, "27 kap. RB"), world.Anna, default);

    private static async Task<string?> Code(Task<(DisposalRun? Run, long LastSequence, Refusal? Refused)> outcome) => (await outcome).Refused?.Code;

    private static async Task Sound(World world) =>
        Assert.Empty((await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings
            .Where(f => f.Code is "held-and-destroyed" or "kept-and-destroyed" or "reviews-differ" or "notes-differ" or "holds-differ" or "mark-without-event" or "disposals-differ").Select(f => $"{f.Code}: {f.What}"));

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task a_search_holds_what_fits_it_now_and_what_comes_to_fit_it()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1", author: "a-1"), World.Comment("c-2", author: "a-2", at: "2021-03-01T12:00:00Z"), World.Comment("c-3", author: "a-3"));
        var rule = await world.Rule();

        // From 2021 on, in the channel: one now.
        var (hold, covered, _, refused) = await Place(world, new(Channels: [world.Channel.Id], RecordTypes: ["comment"], From: new(2021, 1, 1)));
        Assert.Null(refused);
        Assert.Equal(1, covered);
        var run = await world.Started(rule);
        Assert.Equal(2, run.Items);

        // While the run is under way another hold comes, that one of its items fits.
        Assert.Equal(1, (await Place(world, new(Accounts: [world.Account("a-3")]))).Covered);
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));
        Assert.Equal((true, false, false), (await world.IsDisposed(world.Record("c-1")), await world.IsDisposed(world.Record("c-2")), await world.IsDisposed(world.Record("c-3"))));
        Assert.Equal("held", await world.Reason(run.Id, world.Record("c-3")));

        // What is captured afterwards and fits is held as well; what it was lifted from is not.
        await world.Capture(World.Comment("c-4", author: "a-4", at: "2022-03-01T12:00:00Z"));
        Assert.Equal("held", await Code(world.Get<ProposeDisposalHandler>().Propose(new(rule, new DateOnly(2026, 6, 1)), world.Anna, default)));
        await world.Get<HoldHandler>().Lift(hold, world.Anna, default);
        Assert.Equal(2, (await world.Executed(rule)).Items);
        Assert.True(await world.IsDisposed(world.Record("c-4")));

        var listed = await world.Get<HoldList>().Of(null, lifted: true, world.Anna, default);
        Assert.Equal(("Stämning mot kommunen", "27 kap. RB", world.Anna.PersonId), (listed[0].Reason, listed[0].Mandate, listed[0].PlacedBy));
        Assert.Equal(1, (await world.Get<HoldList>().Of(null, lifted: false, world.Anna, default)).Single().Covers);
        await Sound(world);
    }

    [Fact]
    public async Task a_search_of_what_is_not_there_is_refused()
    {
        await using var world = await World.Make(projecting: false);
        Assert.Equal("hold-target-unknown", (await Place(world, new(Channels: [Guid.CreateVersion7()]))).Refused?.Code);
        Assert.Equal("hold-search-empty", (await Place(world, new())).Refused?.Code);
        var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(world.Database.Writer, "insert into archive.holds (hold_id, authority_id, kind, target_id, ground) values (gen_random_uuid(), $1, 'search', gen_random_uuid(), 'other')", world.Authority.Id));
        Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task an_open_case_holds_what_is_in_it_until_it_is_closed_and_again_when_it_is_opened_again()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1", author: "a-1"), World.Comment("c-2", author: "a-2"));
        var (record, free) = (world.Record("c-1"), world.Record("c-2"));
        var (registered, number) = await world.Get<RegisterRecordHandler>().Register(record, new(null, new("Ett ärende", null), null, "Fråga", null, null), default, world.Registrar, default);
        Assert.IsType<Outcome.Done>(registered);
        var @case = await world.Ask<Guid>("select case_id from archive.record_states where record_id = $1", record);
        var acts = world.Get<CaseActs>();

        var rule = await world.Rule();
        var run = await world.Proposed(rule);
        Assert.Equal((1, 1), (run.Items, (await world.Get<HoldList>().Automatic(null, world.Registrar, default)).Single(h => h.Ground == "open-case").Covers));
        await world.Get<RunCommands>().Cancel(run.Id, world.Anna, default);
        var retention = await world.Get<RecordRetention>().Of(record, world.Authority.Id, @case, null, true, true, default);
        Assert.Equal(("open-case", @case), (retention.Automatic.Single().Ground, retention.Automatic.Single().Source));

        Assert.IsType<Outcome.Done>(await world.Get<CloseCaseHandler>().Close(@case, new("Klart"), default, world.Registrar, default));
        run = await world.Started(rule);
        Assert.Equal(2, run.Items);

        // Opened again while a batch stands before its first look: it waits, and then finds the record gone; opened before, the record stays.
        Assert.IsType<Outcome.Done>(await new ReopenCase("Nytt har kommit fram").Reopen(@case, default, world.Registrar, acts, default));
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));
        Assert.Equal(("held", false, true), (await world.Reason(run.Id, record), await world.IsDisposed(record), await world.IsDisposed(free)));
        Assert.NotNull(number);
        await Sound(world);
    }

    [Fact]
    public async Task opening_a_case_again_waits_for_the_batch_that_has_passed_the_gate()
    {
        await using var world = await World.Make(projecting: false);
        var record = (await world.Capture(World.Comment("c-1")))[0];
        await world.Get<RegisterRecordHandler>().Register(record, new(null, new("Ett ärende", null), null, "Fråga", null, null), default, world.Registrar, default);
        var @case = await world.Ask<Guid>("select case_id from archive.record_states where record_id = $1", record);
        Assert.IsType<Outcome.Done>(await world.Get<CloseCaseHandler>().Close(@case, new("Klart"), default, world.Registrar, default));
        var run = await world.Started(await world.Rule());

        await using var reader = await world.Database.Owner.OpenConnectionAsync();
        await using var block = await reader.BeginTransactionAsync();
        await using (var command = new NpgsqlCommand("select pg_advisory_xact_lock_shared(4711)", reader, block)) await command.ExecuteNonQueryAsync();
        var batch = world.Batch(run.Id, [record]);
        await Waiting(world, 1);
        var opening = new ReopenCase("Nytt har kommit fram").Reopen(@case, default, world.Registrar, world.Get<CaseActs>(), default);
        await Waiting(world, 2);
        await block.RollbackAsync();

        Assert.Equal(1, (await batch).Destroyed);
        Assert.IsType<Outcome.Done>(await opening);
        Assert.True(await world.Ask<bool>("select c.closed_at is null and s.disposed_at is not null from archive.cases c, archive.record_states s where c.case_id = $1 and s.record_id = $2", @case, record));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task what_a_reviewer_keeps_is_out_of_the_run_whoever_approves_it_afterwards()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1", author: "a-1"), World.Comment("c-2", author: "a-2"));
        var (kept, other) = (world.Record("c-1"), world.Record("c-2"));
        var rule = await world.Rule();
        var run = await world.Proposed(rule);
        Assert.True(run.Size!.ContentBytes > 0);
        var commands = world.Get<RunCommands>();

        Assert.Equal("remark-missing", await Code(commands.Review(run.Id, kept, new(true, null), world.Registrar, default)));
        Assert.Equal("item-unknown", await Code(commands.Review(run.Id, Guid.CreateVersion7(), new(true, "Behövs"), world.Registrar, default)));
        Assert.Equal("not-allowed", await Code(commands.Review(run.Id, kept, new(true, "Behövs"), world.Boss, default)));
        Assert.Null(await Code(commands.Review(run.Id, other, new(null, "Sett igenom"), world.Registrar, default)));
        Assert.Null(await Code(commands.Review(run.Id, kept, new(true, "Behövs i tvisten om vägen"), world.Registrar, default)));
        Assert.Equal("already-kept", await Code(commands.Review(run.Id, kept, new(true, "Behövs"), world.Anna, default)));

        Assert.Null(await Code(commands.Approve(run.Id, world.Bo, default)));
        Assert.Null(await Code(commands.Start(run.Id, world.Anna, default)));
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));

        Assert.Equal(("kept", false, true), (await world.Reason(run.Id, kept), await world.IsDisposed(kept), await world.IsDisposed(other)));
        var items = await world.Get<DisposalRuns>().WithRemarks(run.Id, await world.Get<DisposalRuns>().Items(run.Id, 0, 10, default), default);
        Assert.Equal(["Behövs i tvisten om vägen"], items.Single(i => i.Record == kept).Remarks.Select(r => r.Remark!));
        Assert.Equal(("registrator", "Rut Registrator", false), (items.Single(i => i.Record == other).Remarks[0].Role, items.Single(i => i.Record == other).Remarks[0].Name, items.Single(i => i.Record == other).Remarks[0].Keeps));

        // Everything kept: nothing to approve.
        var again = await world.Proposed(rule);
        Assert.Null(await Code(commands.Review(again.Id, kept, new(true, "Behövs än"), world.Bo, default)));
        Assert.Equal("all-kept", await Code(commands.Approve(again.Id, world.Bo, default)));
        await Sound(world);
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task the_lock_on_keys_knows_of_every_kind_of_hold_and_of_what_is_kept()
    {
        // The owner pretends to be a batch, with a mark of the batch for the key, as far as somebody by hand can come.
        await using var world = await World.Make(projecting: false);
        await world.Capture(World.Comment("c-1", author: "a-1"), World.Comment("c-2", author: "a-2"));
        var (held, kept) = (world.Record("c-1"), world.Record("c-2"));
        var run = await world.Started(await world.Rule());
        Assert.Null((await Place(world, new(Accounts: [world.Account("a-1")]))).Refused);
        Assert.Null((await world.Get<RunCommands>().Review(run.Id, kept, new(true, "Behövs"), world.Registrar, default)).Refused);

        foreach (var record in new[] { held, kept })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(world.Database.Owner, $"""
                begin; set local archive.destroying = '{run.Id}'; set local archive.destroying_batch = '1'; select archive.lock_streams('{"{}"}');
                insert into archive.destruction_marks (key_id, stream_id, class, run_id, destroyed_at, batch)
                  select key_id, stream_id, class, '{run.Id}', current_setting('archive.recorded_at')::timestamptz, 1 from archive.record_keys where stream_id = '{record}';
                delete from archive.record_keys where stream_id = '{record}'; commit
                """));
            Assert.Equal(("AS011", 1L), (refused.SqlState, await world.Keys(record)));
        }
    }

    [Fact]
    public async Task a_dry_run_says_what_a_rule_would_have_destroyed_and_when()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1", author: "a-1", at: "2019-03-01T12:00:00Z"), World.Comment("c-2", author: "a-2", at: "2021-05-01T12:00:00Z"), World.Comment("c-3", author: "a-3", at: "2024-05-01T12:00:00Z"));
        var rule = await world.Rule(frist: "P6Y");
        await world.Executed(rule);
        Assert.True(await world.IsDisposed(world.Record("c-1")));
        await world.Hold(record: world.Record("c-2"));
        var dry = world.Get<RetentionDryRun>();

        // Two years instead of six: two in their years, of which one is gone and one is held.
        var (result, _, refused) = await dry.Ask(new(Rule: rule, Frist: "P2Y", Until: new(2026, 4, 1)), world.Anna, default);
        Assert.Null(refused);
        Assert.Equal([(2021, 1L, 1L, 0L), (2023, 1L, 0L, 1L)], result!.Years.Select(y => (y.Year, y.Due, y.Destroyed, y.Held)));
        Assert.Equal((3L, 2L, 0L, 0L), (result.Total, result.Due, result.Free, result.DestroyedThoughKept));
        Assert.Equal([world.Record("c-1"), world.Record("c-2")], result.Records.Select(r => r.Record));

        // Ten years: what is gone would have been kept.
        (result, _, _) = await dry.Ask(new(Rule: rule, Version: 1, Frist: "P10Y"), world.Anna, default);
        Assert.Equal((0L, 1L), (result!.Due, result.DestroyedThoughKept));

        // A draft of one's own, beside the rule in force, which keeps longer.
        (result, _, _) = await dry.Ask(new("KS", RecordTypes: ["comment"], CountedFrom: "received", Frist: "P1Y", Until: new(2026, 4, 1)), world.Anna, default);
        Assert.Equal((3L, 1L), (result!.Due, result.Years.Sum(y => y.KeptByOthers)));
        Assert.Equal("rule-unknown", (await dry.Ask(new(Rule: rule, Version: 9), world.Anna, default)).Refused?.Code);
        Assert.Equal("not-allowed", (await dry.Ask(new("KS", RecordTypes: ["comment"], CountedFrom: "received", Frist: "P1Y"), world.Boss, default)).Refused?.Code);

        // That it was asked is all that was written.
        Assert.Equal(3L, await world.Ask<long>("select count(*) from archive.mt_events where type = 'retention_dry_run_asked'"));
        Assert.Equal(1L, await world.Ask<long>("select count(*) from archive.retention_rules"));
    }

    [Fact]
    public async Task drafts_are_weeded_before_the_case_is_closed_and_never_after()
    {
        await using var world = await World.Make();
        var registrar = world.Registrar;
        var (opened, @case, _) = await world.Get<OpenCaseHandler>().Open(new("KS", "Vägen", null, null, null, null), registrar, default);
        Assert.IsType<Outcome.Done>(opened);
        var notes = world.Get<WorkingNotes>();
        async Task<Guid> Write(string kind, string text)
        {
            var (id, outcome) = await notes.Write(@case, new(kind, "Rubrik", text), registrar, default);
            Assert.IsType<Outcome.Done>(outcome);
            return id;
        }

        async Task<string?> Weed(params Guid[] of) => ((await notes.Weed(@case, new(of, "Inaktuellt"), registrar, default)).Outcome as Outcome.Refused)?.Why.Code;

        var (draft, memo, sent, left) = (await Write("draft", "Utkast om kvistfinken"), await Write("memo", "Ring på måndag"), await Write("draft", "Brev"), await Write("draft", "Låg kvar"));
        Assert.IsType<Outcome.Done>(await notes.Archive(sent, new("dispatched"), registrar, default));
        Assert.Equal("note-archived", await Weed(draft, sent));
        Assert.Equal(1L, await world.Keys(draft));

        var hold = await world.Hold(@case: @case);
        Assert.Equal("held", await Weed(draft));
        await world.Get<HoldHandler>().Lift(hold, world.Anna, default);

        Assert.Null(await Weed(draft, memo));
        Assert.Equal((0L, 0L, 0L), (await world.Keys(draft), await world.Ciphertexts(draft), await world.Keys(memo)));
        Assert.Equal("note-weeded", await Weed(draft));
        var (items, weedings) = (await notes.Of(@case, registrar, default))!.Value;
        Assert.Equal((null, "Låg kvar"), (items.Single(n => n.Id == draft).Text, items.Single(n => n.Id == left).Text));
        Assert.Equal((registrar.PersonId, registrar.Name, 1, 1, "Inaktuellt"), (weedings[0].By, weedings[0].Name, weedings[0].Drafts, weedings[0].Memos, weedings[0].Note));
        Assert.Null(await notes.Of(@case, world.Anna, default));

        // What is left is archived with the case; then only gallring can take it, and the database says so by itself.
        Assert.IsType<Outcome.Done>(await world.Get<CloseCaseHandler>().Close(@case, new("Klart"), default, registrar, default));
        Assert.Equal("case-closed", await Weed(left));
        Assert.Equal("AS022", (await Assert.ThrowsAsync<PostgresException>(() => world.Do(world.Database.Writer, "select archive.cleanse(gen_random_uuid(), $1, array[$2], $3)", @case, left, registrar.PersonId))).SqlState);
        Assert.IsType<Outcome.Done>(await new ReopenCase("Mer").Reopen(@case, default, registrar, world.Get<CaseActs>(), default));
        Assert.Equal("note-archived", await Weed(left));
        Assert.Equal("case-closed", await world.Ask<string>("select archived_as from archive.working_notes where note_id = $1", left));

        // It stands in the erasure ledger, so that no backup brings it back, and is no gallring.
        await world.Get<LedgerKeeping>().CarryOver(default);
        Assert.Equal(2, world.Get<ErasureLedger>().Read().Single().Entry.Keys.Count);
        Assert.Empty(await world.Get<DisposalRuns>().Of(null, 10, default));
        await Sound(world);
    }

    [Fact]
    public async Task a_record_is_never_weeded()
    {
        await using var world = await World.Make(projecting: false);
        var record = (await world.Capture(World.Comment("c-1")))[0];
        var (_, @case, _) = await world.Get<OpenCaseHandler>().Open(new("KS", "Vägen", null, null, null, null), world.Registrar, default);
        foreach (var login in new[] { world.Database.Writer, world.Database.Owner })
            Assert.Equal("AS022", (await Assert.ThrowsAsync<PostgresException>(() => world.Do(login, "select archive.cleanse(gen_random_uuid(), $1, array[$2], $3)", @case, record, world.Anna.PersonId))).SqlState);
        Assert.Equal(1L, await world.Keys(record));
    }

    private static async Task Waiting(World world, int many)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await world.Sessions("wait_event_type = 'Lock'") == many) return;
            await Task.Delay(10);
        }

        Assert.Fail($"{many} never came to wait.");
    }
}
