using ArchiveService.Access;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.AppTests.Disposals;

/// <summary>I4: nothing is destroyed without a decision in force with a frist that has passed, approved by another person, and never while held.</summary>
public sealed class Refusing_to_destroy
{
    private static async Task<string?> Code(Task<(DisposalRun? Run, long LastSequence, Refusal? Refused)> outcome) => (await outcome).Refused?.Code;

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task a_record_that_is_held_when_the_run_is_proposed()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2"));
        await world.Hold(record: world.Record("c-1"));
        var rule = await world.Rule();

        var run = await world.Executed(rule);

        Assert.Equal((1, false, true), (run.Items, await world.IsDisposed(world.Record("c-1")), await world.IsDisposed(world.Record("c-2"))));
        Assert.Equal("held", await Code(world.Get<ProposeDisposalHandler>().Propose(new(rule, new DateOnly(2026, 6, 1)), world.Anna, default)));
    }

    [Theory]
    [InlineData("record")]
    [InlineData("account")]
    [Trait("Requirement", "I4")]
    public async Task a_record_that_is_held_after_the_run_was_approved(string kind)
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2"));
        var run = await world.Approved(await world.Rule());
        var hold = kind == "record" ? await world.Hold(record: world.Record("c-1")) : await world.Hold(account: world.Account());

        await world.Get<RunCommands>().Start(run.Id, world.Anna, default);
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));

        Assert.Equal(("held", false), (await world.Reason(run.Id, world.Record("c-1")), await world.IsDisposed(world.Record("c-1"))));
        Assert.Equal((1L, 1L), (await world.Keys(world.Record("c-1")), await world.Keys(world.Account())));
        Assert.True(await world.IsDisposed(world.Record("c-2")));

        await world.Get<HoldHandler>().Lift(hold, world.Anna, default);
        await world.Executed(run.Rule);
        Assert.True(await world.IsDisposed(world.Record("c-1")));
    }

    [Fact]
    public async Task a_run_of_which_everything_is_held()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        var run = await world.Approved(await world.Rule());
        await world.Hold(record: world.Record("c-1"));

        Assert.Equal("held", await Code(world.Get<RunCommands>().Start(run.Id, world.Anna, default)));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task what_the_proposer_approved_alone()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        var run = await world.Proposed(await world.Rule());

        Assert.Equal("same-person", await Code(world.Get<RunCommands>().Approve(run.Id, world.Anna, default)));
        Assert.Equal("not-approved", await Code(world.Get<RunCommands>().Start(run.Id, world.Anna, default)));

        // The database says it too, should the service ever not.
        var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(world.Database.Writer,
            "update archive.disposal_runs set state = 'approved', approved_by = proposed_by, cooling_off_until = now() where run_id = $1", run.Id));
        Assert.Equal(PostgresErrorCodes.CheckViolation, refused.SqlState);
    }

    [Fact]
    public async Task for_a_service_account_or_another_role()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        var run = await world.Proposed(await world.Rule());
        var commands = world.Get<RunCommands>();

        Assert.Equal("service-account", await Code(commands.Approve(run.Id, world.Bo with { IsService = true }, default)));
        Assert.Equal("not-allowed", await Code(commands.Approve(run.Id, world.Registrar, default)));
        Assert.Equal("not-allowed", await Code(world.Get<ProposeDisposalHandler>().Propose(new(run.Rule, run.DueBefore), world.Boss, default)));
        Assert.Equal("disposal-unknown", await Code(commands.Approve(run.Id, world.Bo with { Grants = [new(Role.Arkivarie, Guid.Parse("0199aaaa-0000-7000-8000-0000000000ff"))] }, default)));
    }

    [Fact]
    public async Task before_the_cooling_off_has_ended()
    {
        await using var world = await World.Make(coolingOffDays: 7);
        var record = (await world.Capture(World.Comment("c-1")))[0];
        var run = await world.Approved(await world.Rule());

        var (_, _, refused) = await world.Get<RunCommands>().Start(run.Id, world.Anna, default);
        Assert.Equal(("cooling-off", run.CoolingOffUntil), (refused!.Code, (DateTimeOffset?)refused.More!["until"]));
        Assert.Equal(run.ApprovedAt!.Value.AddDays(7), run.CoolingOffUntil);

        // The function refuses by itself as well.
        await world.Do(world.Database.Writer, "update archive.disposal_runs set state = 'executing', started_by = approved_by where run_id = $1", run.Id);
        Assert.Equal("cooling-off", (await Assert.ThrowsAsync<PostgresException>(() => world.Batch(run.Id, [record]))).MessageText);

        await world.Do(world.Database.Owner, "update archive.disposal_runs set cooling_off_until = now() - interval '1 second', final_on = current_date where run_id = $1", run.Id);
        Assert.Equal((1, 1, 0), await world.Batch(run.Id, [record]));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    [Trait("Requirement", "V-11")]
    [Trait("Requirement", "T-17")]
    [Trait("Requirement", "N-10")]
    public async Task without_a_decision_or_outside_it()
    {
        await using var world = await World.Make();
        var decisions = world.Get<RecordDecisionHandler>();
        var rules = world.Get<AdoptRuleHandler>();
        async Task<string?> Decide(RecordDecision decision) => (await decisions.Record(decision, world.Anna, default)).Refused?.Code;
        async Task<string?> Adopt(AdoptRule rule) => (await rules.Adopt(null, rule, world.Anna, default)).Refused?.Code;

        var whole = new RecordDecision("KS", "KS § 94", "nämnden", new(2020, 5, 25), null, null, ["comment"], "P2Y", null, null);
        Assert.Equal("decision-without-frist", await Decide(whole with { Frist = null }));
        Assert.Equal("decision-without-scope", await Decide(whole with { RecordTypes = [] }));
        var (decision, _, _) = await decisions.Record(whole, world.Anna, default);

        Assert.Equal("no-decision", await Adopt(new("KS", null, "Regel", null, null, null, null)));
        Assert.Equal("outside-decision-scope", await Adopt(new("KS", decision, "Regel", ["direct-message"], null, null, null)));
        Assert.Equal("rule-shorter-than-decision", await Adopt(new("KS", decision, "Regel", null, null, "P1Y", null)));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task what_no_rule_covers_or_what_has_no_date()
    {
        // A null date means keep: no rule, a case still open, a record still current.
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));

        var open = await world.Rule(from: "no-longer-current");
        Assert.Equal("nothing-due", await Code(world.Get<ProposeDisposalHandler>().Propose(new(open, new DateOnly(2026, 6, 1)), world.Anna, default)));

        // And it keeps what a shorter rule would let go.
        var shorter = await world.Rule(from: "received", frist: "P3Y");
        Assert.Equal("nothing-due", await Code(world.Get<ProposeDisposalHandler>().Propose(new(shorter, new DateOnly(2026, 6, 1)), world.Anna, default)));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task when_rule_or_decision_fell_after_the_approval()
    {
        await using var world = await World.Make();
        var record = (await world.Capture(World.Comment("c-1")))[0];
        var run = await world.Approved(await world.Rule());
        await world.Get<AdoptRuleHandler>().Repeal(run.Rule, world.Anna, default);
        Assert.Equal("rule-changed", await Code(world.Get<RunCommands>().Start(run.Id, world.Anna, default)));

        await world.Do(world.Database.Writer, "update archive.disposal_runs set state = 'executing', started_by = approved_by where run_id = $1", run.Id);
        Assert.Equal((1, 0, 1), await world.Batch(run.Id, [record]));
        Assert.Equal(("rule-changed", 1L), (await world.Reason(run.Id, record), await world.Keys(record)));
    }

    [Fact]
    public async Task what_stands_in_no_manifest()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        var run = await world.Started(await world.Rule());
        var later = (await world.Capture(World.Comment("c-2", author: "author-2")))[0];

        Assert.Equal((0, 0, 0), await world.Batch(run.Id, [later]));
        Assert.Equal(1L, await world.Keys(later));
        foreach (var login in new[] { world.Database.Writer, world.Database.Owner })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(login,
                "insert into archive.disposal_items (run_id, place, record_id, due_on) values ($1, 99, $2, '2020-01-01')", run.Id, later));
            Assert.Equal("AS001", refused.SqlState);
        }
    }

    [Fact]
    public async Task twice()
    {
        await using var world = await World.Make();
        var record = (await world.Capture(World.Comment("c-1")))[0];
        var run = await world.Executed(await world.Rule());

        Assert.Equal("already-executed", await Code(world.Get<RunCommands>().Start(run.Id, world.Anna, default)));
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));
        Assert.Equal(1L, await world.Ask<long>("select count(*) from archive.mt_events where type = 'item_disposed' and stream_id = $1", record));
    }
}
