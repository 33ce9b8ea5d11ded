using ArchiveService.Features.Disposals;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Verify;
using ArchiveService.Http;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Disposals;

/// <summary>A rule's action, scope and time, decisions to preserve, reviews and previews: by the SQL that the worklist, the proposal and dispose_batch go by.</summary>
public sealed class Rules_and_their_actions
{
    private static readonly DateOnly Summer = new(2026, 6, 1);

    private static object Item(string nativeId, string kind, string author) => new
    {
        act = "create",
        nativeId,
        kind,
        author = new { nativeId = author, displayName = author },
        audience = kind == "dm" ? "direct" : "public",
        occurredAt = "2020-03-01T12:00:00Z",
        certainty = "observed",
        actingParty = "author",
        text = "Hej",
        textFormat = "plain",
    };

    [Fact]
    [Trait("Requirement", "I4")]
    [Trait("Requirement", "V-11")]
    public async Task what_is_preserved_reviewed_or_handed_over_never_reaches_a_list()
    {
        await using var world = await World.Make(projecting: false);
        await world.Capture(Item("c-1", "comment", "a-1"), Item("c-2", "comment", "a-2"), Item("p-1", "post", "a-3"), Item("d-1", "dm", "a-4"));
        var own = await world.Decision("P2Y", "comment", "post", "direct-message");
        var destroy = await world.Rule(own);
        Assert.Equal(4, await Listed(world));

        // A decision to preserve one record, and rules that say something else for each type.
        var preserved = await Preserve(world, world.Record("c-2"));
        var keep = await Adopt(world, own, "comment", "preserve");
        var review = await Adopt(world, own, "post", "review", "P3Y");
        var transfer = await Adopt(world, own, "direct-message", "transfer", "P1Y");
        Assert.Equal(0, await Listed(world));
        foreach (var rule in new[] { destroy, review }) Assert.Equal("nothing-due", await Proposed(world, rule));
        foreach (var rule in new[] { keep, transfer }) Assert.Equal("rule-does-not-destroy", await Proposed(world, rule));

        // Each waits where somebody sees it.
        var reviews = world.Get<ReviewHandler>();
        Assert.Equal([world.Record("p-1")], (await reviews.Waiting("review", null, world.Anna, null, 10, default)).Select(w => w.Record));
        Assert.Equal([world.Record("d-1")], (await reviews.Waiting("transfer", null, Everything(world), null, 10, default)).Select(w => w.Record));

        // An archivist's word on what is to be reviewed: keep, and then destroy.
        Assert.IsType<Outcome.Done>(await reviews.Review(new(world.Record("p-1"), review, "keep", "Unik"), world.Anna, default));
        Assert.Empty(await reviews.Waiting("review", null, world.Anna, null, 10, default));
        Assert.Equal(0, await Listed(world));
        Assert.IsType<Outcome.Done>(await reviews.Review(new(world.Record("p-1"), review, "destroy", "Ringa"), world.Anna, default));
        Assert.Equal([world.Record("p-1")], await Due(world));

        // Without the rule that preserves, the decision on the one record still keeps it.
        Assert.IsType<Outcome.Done>(await world.Get<AdoptRuleHandler>().Repeal(keep, world.Anna, default));
        Assert.Equal([.. new[] { world.Record("c-1"), world.Record("p-1") }.Order()], (await Due(world)).Order());
        Assert.IsType<Outcome.Done>(await world.Get<PreservationHandler>().Lift(preserved, new("KS § 11", "Finns på papper"), world.Anna, default));
        Assert.Equal(3, await Listed(world));
        await Sound(world);
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task a_decision_to_preserve_stops_what_was_approved_and_a_special_act_goes_before_it()
    {
        await using var world = await World.Make(projecting: false);
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2"));
        var run = await world.Started(await world.Rule());
        await Preserve(world, world.Record("c-1"));
        Assert.Equal((1, 1), (await Batch(world, run.Id)) is var (_, destroyed, skipped) ? (destroyed, skipped) : default);
        Assert.Equal(("longer-rule", false), (await world.Reason(run.Id, world.Record("c-1")), await world.IsDisposed(world.Record("c-1"))));

        // Socialtjänstlagen commands gallring: neither the decision nor a longer rule keeps, a hold does.
        var law = await Decision(world, "law", "P5Y", "socialtjänstlagen (2025:400)");
        await Adopt(world, await world.Decision("P2Y", "comment"), "comment", "destroy", "P50Y");
        var compulsory = await Adopt(world, law, "comment", "compulsory");
        Assert.Equal([world.Record("c-1")], await Due(world));
        var hold = await world.Hold(record: world.Record("c-1"));
        Assert.Equal("held", await Proposed(world, compulsory));
        await world.Get<HoldHandler>().Lift(hold, world.Anna, default);
        Assert.Null(await Proposed(world, compulsory));
        await Sound(world);
    }

    [Fact]
    public async Task a_rule_has_a_scope_a_time_and_a_day_to_count_from()
    {
        await using var world = await World.Make(projecting: false);
        await world.Capture(World.Comment("c-1"));
        var own = await world.Decision("P2Y", "comment");
        var later = DateOnly.FromDateTime(TimeProvider.System.GetUtcNow().Date.AddYears(1));

        // A first version that is not in force yet destroys nothing; a changed rule that is not in force yet keeps.
        var future = await Adopt(world, own, "comment", "destroy", with: c => c with { ValidFrom = later });
        Assert.Equal((0, 0L), (await Listed(world), await world.Ask<long>("select count(*) from archive.rules_of_records")));
        Assert.Equal("nothing-due", await Proposed(world, future));
        var present = await Adopt(world, own, "comment", "destroy", "P2Y", c => c with { CountedFrom = "received" });
        Assert.Equal(1, await Listed(world));
        await Change(world, present, new("KS", null, null, null, null, null, null, ValidFrom: later));
        Assert.Equal((0, 1L), (await Listed(world), await world.Ask<long>("select count(*) from archive.rules_of_records where due_on is null")));
        await world.Get<AdoptRuleHandler>().Repeal(present, world.Anna, default);

        // A rule that has ended says nothing any more.
        var past = await Adopt(world, own, "comment", "destroy", "P2Y", c => c with { CountedFrom = "received", ValidUntil = new(2026, 1, 1) });
        Assert.Equal("nothing-due", await Proposed(world, past));

        // No day noted means keep; with a day the frist runs from it.
        var agreement = await Adopt(world, own, "comment", "destroy", "P2Y", c => c with { CountedFrom = "event-date", DateName = "avtalet upphör" });
        Assert.Equal(0, await Listed(world));
        var dates = world.Get<RetentionDateHandler>();
        Assert.IsType<Outcome.Done>(await dates.Give(HoldKind.Record, world.Record("c-1"), "Avtalet upphör", new(new(2020, 2, 29), "Uppsagt"), world.Anna, default));
        Assert.Equal(new DateTime(2022, 2, 28), await world.Ask<DateTime>("select due_on::timestamp from archive.rules_of_records where rule_id = $1", agreement));
        Assert.Equal(1, await Listed(world));
        Assert.IsType<Outcome.Done>(await dates.Give(HoldKind.Record, world.Record("c-1"), "avtalet upphör", new(null, null), world.Anna, default));
        Assert.Equal(0, await Listed(world));

        foreach (var (limit, covers) in new (Func<AdoptRule, AdoptRule>, bool)[]
        {
            (c => c with { Platforms = ["facebook"] }, true), (c => c with { Platforms = ["instagram"] }, false), (c => c with { Directions = ["received"] }, true), (c => c with { Directions = ["drawnUp"] }, false),
            (c => c with { Channels = [world.Channel.Id] }, true), (c => c with { Channels = [own] }, false), (c => c with { ClassCodes = ["1.7"] }, false), (c => c with { Platforms = ["facebook"], Directions = ["drawnUp"] }, false),
        })
        {
            var scoped = await Adopt(world, own, "comment", "destroy", "P2Y", c => limit(c) with { CountedFrom = "received" });
            Assert.Equal(covers ? 1L : 0L, await world.Ask<long>("select count(*) from archive.rules_of_records where rule_id = $1", scoped));
            await world.Get<AdoptRuleHandler>().Repeal(scoped, world.Anna, default);
        }

        // A class covers those below it, and nothing that only begins alike.
        foreach (var (code, covers) in new[] { ("1.7", true), ("1.7.9", true), ("1.70", false), ("1", false) })
        {
            Assert.Equal(covers, await world.Ask<bool>("""
                select archive.rule_covers(jsonb_populate_record(r, '{"class_likes": ["1.7.%"]}'), r.authority_id, 'comment', $1, null, null, 'received', true, false)
                from archive.retention_rules r where r.rule_id = $2
                """, code, agreement));
        }

        // Midnight in Sweden, on both sides of summer time, and the day a leap year has too many.
        foreach (var (from, years, days, due) in new[]
        {
            ("2026-03-28T23:30:00Z", 0, 1, "2026-03-30"), ("2026-10-24T21:59:00Z", 0, 1, "2026-10-25"), ("2026-10-24T22:01:00Z", 0, 1, "2026-10-26"), ("2024-02-28T23:30:00Z", 1, 0, "2025-02-28"), ("2023-12-31T23:30:00Z", 1, 0, "2025-01-01"),
        }) Assert.Equal(due, await world.Ask<string>("select archive.due_on($1::timestamptz, $2, 0, $3)::text", DateTimeOffset.Parse(from, null), years, days));
        await Sound(world);
    }

    [Fact]
    public async Task a_change_says_beforehand_how_many_records_change_fate()
    {
        await using var world = await World.Make(projecting: false);
        await world.Capture(Item("c-1", "comment", "a-1"), Item("c-2", "comment", "a-2"), Item("p-1", "post", "a-3"));
        var own = await world.Decision("P2Y", "comment", "post", "direct-message");
        var handler = world.Get<AdoptRuleHandler>();
        async Task<(int KeptToDue, int DueToKept, int Sooner, int Later, int AtOnce)> Preview(Guid? rule, AdoptRule change)
        {
            var (impact, refused) = await handler.Preview(rule, change, world.Anna, default);
            Assert.Null(refused);
            return ((int)impact!.KeptToDue, (int)impact.DueToKept, (int)impact.Sooner, (int)impact.Later, (int)impact.DueAtOnce);
        }

        var plain = new AdoptRule("KS", own, "Kommentarer", ["comment"], "received", null, null);
        Assert.Equal((2, 0, 0, 0, 2), await Preview(null, plain));
        Assert.Equal(0L, await world.Ask<long>("select count(*) from archive.retention_rules"));
        var rule = (await handler.Adopt(null, plain, world.Anna, default)).Rule!.Id;

        Assert.Equal((0, 0, 0, 0, 0), await Preview(rule, plain));
        Assert.Equal((0, 0, 0, 2, 0), await Preview(rule, plain with { Frist = "P10Y" }));
        Assert.Equal((0, 2, 0, 0, 0), await Preview(rule, plain with { Action = "preserve" }));
        Assert.Equal((1, 2, 0, 0, 1), await Preview(rule, plain with { RecordTypes = ["post"] }));
        Assert.Equal((0, 2, 0, 0, 0), await Preview(rule, plain with { ValidFrom = Summer.AddYears(20) }));
        Assert.Equal((0, 0, 0, 0, 0), await Preview(null, plain with { Frist = "P3Y", RecordTypes = ["direct-message"] }));
        var (gone, _) = await handler.PreviewRepeal(rule, world.Anna, default);
        Assert.Equal((2L, 3L, new TypeImpact("comment", 2020, 0, 2, 0, 0)), (gone!.DueToKept, gone.Records, gone.ByType.Single()));

        // Many records are compared in one statement.
        await world.Do(world.Database.Owner, """
            insert into archive.record_states
            select (jsonb_populate_record(s, jsonb_build_object('record_id', gen_random_uuid()))).* from archive.record_states s, generate_series(1, 10000) where s.record_id = $1
            """, world.Record("p-1"));
        Assert.Equal((10_001, 2, 0, 0, 10_001), await Preview(rule, plain with { RecordTypes = ["post"] }));
        await world.Do(world.Database.Owner, "delete from archive.record_states where record_id not in ($1, $2, $3)", world.Record("c-1"), world.Record("c-2"), world.Record("p-1"));

        // The count is in the event of the change.
        Assert.NotNull((await handler.Adopt(rule, plain with { Frist = "P5Y" }, world.Anna, default)).Rule);
        Assert.Equal("2", await world.Ask<string>("select data#>>'{impact,later}' from archive.mt_events where stream_id = $1 and version = 2", rule));
        Assert.Equal("2", await world.Ask<string>("select data#>>'{impact,keptToDue}' from archive.mt_events where stream_id = $1 and version = 1", rule));
        Assert.IsType<Outcome.Done>(await handler.Repeal(rule, world.Anna, default));
        Assert.Equal("2", await world.Ask<string>("select data#>>'{impact,dueToKept}' from archive.mt_events where type = 'retention_rule_repealed' and stream_id = $1", rule));
    }

    [Fact]
    public async Task the_service_s_own_records_have_rules_too_and_what_they_say_is_done()
    {
        await using var world = await World.Make(projecting: false);
        foreach (var age in new[] { 10, 31 })
        {
            await world.Do(world.Database.Owner, "insert into work.quarantine (quarantine_id, platform, reason, bytes, sealed, received_at) values (gen_random_uuid(), 'meta', 'old', 1, '', now() - $1 * interval '1 day')", age);
            await world.Do(world.Database.Owner, "insert into archive.saved_searches (saved_id, person_id, saved_at, kek_id, sealed) values (gen_random_uuid(), gen_random_uuid(), now() - $1 * 25 * interval '1 day', gen_random_uuid(), '')", age);
            await world.Do(world.Database.Owner, "insert into archive.search_log (search_id, person_id, searched_at, kind, sensitive, kek_id, sealed) values (gen_random_uuid(), gen_random_uuid(), now() - $1 * 25 * interval '1 day', 'text', false, gen_random_uuid(), '')", age);
        }

        await world.Get<OwnRecordSweep>().Sweep(default);

        // Thirty days, two years, and kept: as the presets say.
        Assert.Equal((1L, 1L, 2L), (await world.Ask<long>("select count(*) from work.quarantine"), await world.Ask<long>("select count(*) from archive.saved_searches"), await world.Ask<long>("select count(*) from archive.search_log")));
        await world.Get<ArchiveService.Features.Authorities.PutAuthorityHandler>().Put("KS", new("Kommunstyrelsen", "custom", null, new Dictionary<string, string> { ["own.searchLog"] = "P1Y" }, "KS § 9/2026"), world.Boss, default);
        await world.Get<OwnRecordSweep>().Sweep(default);
        Assert.Equal(1L, await world.Ask<long>("select count(*) from archive.search_log"));

        var without = new List<string>();
        await using var query = world.Database.Owner.CreateCommand(OwnRecords.EveryTable);
        await using var rows = await query.ExecuteReaderAsync();
        while (await rows.ReadAsync())
        {
            if (OwnRecords.Of(rows.GetString(0)) is null) without.Add(rows.GetString(0));
        }

        Assert.True(without.Count == 0, $"No rule for {string.Join(", ", without)}: add each to {nameof(OwnRecords)}, with what destroys it.");
    }

    private static async Task<Guid> Adopt(World world, Guid decision, string type, string action, string? frist = null, Func<AdoptRule, AdoptRule>? with = null)
    {
        var command = new AdoptRule("KS", decision, $"{action} {type}", [type], "received", frist, null, action);
        var (rule, _, refused) = await world.Get<AdoptRuleHandler>().Adopt(null, with?.Invoke(command) ?? command, world.Anna, default);
        Assert.Null(refused);
        return rule!.Id;
    }

    private static async Task Change(World world, Guid rule, AdoptRule change) => Assert.Null((await world.Get<AdoptRuleHandler>().Adopt(rule, change, world.Anna, default)).Refused);

    private static async Task<Guid> Decision(World world, string kind, string? frist, string basis)
    {
        var (id, _, refused) = await world.Get<RecordDecisionHandler>().Record(
            new("KS", basis, null, new(2020, 5, 25), null, null, ["comment"], frist, null, null, Kind: kind, LegalBasis: basis), world.Anna, default);
        Assert.Null(refused);
        return id;
    }

    private static async Task<Guid> Preserve(World world, Guid record)
    {
        var (id, _, refused) = await world.Get<PreservationHandler>().Decide(new(null, record, null, null, "KS § 10", "Av betydelse för forskningen"), world.Anna, default);
        Assert.Null(refused);
        return id;
    }

    private static async Task<IReadOnlyList<Guid>> Due(World world) => [.. (await world.Get<Worklist>().Records(null, null, Summer, Everything(world), null, 100, default)).Select(r => r.Record)];

    private static ArchiveService.Access.Caller Everything(World world) => world.Anna with { Grants = [.. world.Anna.Grants, .. world.Registrar.Grants] };

    /// <summary>How many stand in the worklist.</summary>
    private static async Task<int> Listed(World world) => (await Due(world)).Count;

    private static async Task<string?> Proposed(World world, Guid rule) => (await world.Get<ProposeDisposalHandler>().Propose(new(rule, Summer), world.Anna, default)).Refused?.Code;

    private static Task<(int Batch, int Destroyed, int Skipped)> Batch(World world, Guid run) => world.Batch(run, [world.Record("c-1"), world.Record("c-2")]);

    /// <summary>The inline tables say what the log says.</summary>
    private static async Task Sound(World world)
    {
        var verified = await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default);
        Assert.DoesNotContain(verified.Findings, f => f.Code is "rules-differ" or "decisions-differ" or "preservations-differ" or "retention-dates-differ" or "retention-reviews-differ" or "information-plan-differs" or "table-without-rule");
    }
}
