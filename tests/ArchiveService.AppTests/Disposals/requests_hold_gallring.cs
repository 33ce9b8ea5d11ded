using ArchiveService.EventStore;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Verify;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Disposals;

/// <summary>What a pending request has found is never destroyed, and what is destroyed is never promised, whatever comes first (I4, arkivlagen 10 §, TF 2:15).</summary>
public sealed class Requests_hold_gallring
{
    private static async Task<Guid> A_request(World world) => (await world.Get<ReceiveRequestHandler>().Receive(new("KS", "Allt om vägen", Channel: "phone"), world.Registrar, default)).Id;

    private static Task<Outcome> Find(World world, Guid request, params Guid[] records) => world.Get<Requests>().Add(request, new(records), default, world.Registrar, default);

    private static string? Code(Outcome outcome) => (outcome as Outcome.Refused)?.Why.Code;

    private static async Task<string[]> Faults(World world)
    {
        Assert.True(await world.Projected());
        return [.. (await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code}: {f.What}")];
    }

    private static async Task GiveOut(World world, Guid request, Guid record)
    {
        var requests = world.Get<Requests>();
        Assert.IsType<Outcome.Done>(await requests.Examine(request, record, new("provision", "none"), default, world.Registrar, default));
        Assert.IsType<Outcome.Done>(await requests.DecideItem(request, record, new("disclose"), default, world.Registrar, default));
        Assert.IsType<Outcome.Done>(await requests.Deliver(request, new("read"), default, world.Registrar, default));
    }

    [Theory]
    [InlineData("proposal")]
    [InlineData("approval")]
    [InlineData("execution")]
    [Trait("Requirement", "I4")]
    public async Task found_before(string point)
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2"));
        var (asked, other) = (world.Record("c-1"), world.Record("c-2"));
        var rule = await world.Rule();
        var request = await A_request(world);
        async Task Found() => Assert.IsType<Outcome.Done>(await Find(world, request, asked));

        if (point == "proposal") await Found();
        var run = await world.Proposed(rule);
        Assert.Equal(point == "proposal" ? 1 : 2, run.Items);
        if (point == "approval") await Found();
        Assert.Null((await world.Get<RunCommands>().Approve(run.Id, world.Bo, default)).Refused);
        if (point == "execution") await Found();
        Assert.Null((await world.Get<RunCommands>().Start(run.Id, world.Anna, default)).Refused);
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));

        Assert.Equal((false, true), (await world.IsDisposed(asked), await world.IsDisposed(other)));
        Assert.Equal("record-disposed", Code(await Find(world, request, other)));

        // Given out, it is held no longer.
        await GiveOut(world, request, asked);
        await world.Executed(rule);
        Assert.True(await world.IsDisposed(asked));
        Assert.Empty(await Faults(world));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task a_run_where_everything_is_asked_for_is_not_approved_and_not_started()
    {
        await using var world = await World.Make(projecting: false);
        var record = (await world.Capture(World.Comment("c-1")))[0];
        var (run, another) = (await world.Proposed(await world.Rule()), await A_request(world));
        Assert.IsType<Outcome.Done>(await Find(world, another, record));
        Assert.Equal("held", (await world.Get<RunCommands>().Approve(run.Id, world.Bo, default)).Refused?.Code);
        await world.Get<RunCommands>().Cancel(run.Id, world.Anna, default);
        Assert.Equal("held", (await world.Get<ProposeDisposalHandler>().Propose(new(run.Rule, new DateOnly(2026, 6, 1)), world.Anna, default)).Refused?.Code);
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task a_record_that_has_gone_to_another_authority_is_held_there_too()
    {
        await using var world = await World.Make(projecting: false);
        var record = (await world.Capture(World.Comment("c-1")))[0];
        var request = await A_request(world);
        Assert.IsType<Outcome.Done>(await Find(world, request, record));
        Assert.True(await world.Ask<bool>("select archive.is_held(gen_random_uuid(), $1, null, null)", record));
        Assert.IsType<Outcome.Done>(await world.Get<Requests>().Drop(request, record, new("Fel handling"), default, world.Registrar, default));
        Assert.False(await world.Ask<bool>("select archive.is_held(gen_random_uuid(), $1, null, null)", record));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task a_batch_under_way_is_waited_for_and_then_the_record_is_not_promised()
    {
        await using var world = await World.Make(projecting: false);
        var record = (await world.Capture(World.Comment("c-1")))[0];
        var (run, request) = (await world.Started(await world.Rule()), await A_request(world));

        // The batch stands under the hold gate, before its first look: it waits for the views, which a reader holds.
        await using var reader = await world.Database.Owner.OpenConnectionAsync();
        await Run(reader, "begin; select pg_advisory_xact_lock_shared(4711)");
        var batch = world.Batch(run.Id, [record]);
        await Until(world, "select exists (select from pg_locks where locktype = 'advisory' and objid = 4711 and not granted)");
        var finding = Find(world, request, record);
        await Until(world, "select count(*) >= 2 from pg_locks where locktype = 'advisory' and not granted");
        await Run(reader, "rollback");

        Assert.Equal(1, (await batch).Destroyed);
        Assert.Equal("record-disposed", Code(await finding));
        Assert.Equal(0L, await world.Ask<long>("select count(*) from archive.disclosure_items"));
        Assert.Equal(1L, await world.Ask<long>("select version from archive.mt_streams where id = $1", request));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task what_is_found_first_stands_though_the_batch_has_begun()
    {
        await using var world = await World.Make(projecting: false);
        var record = (await world.Capture(World.Comment("c-1")))[0];
        var (run, request) = (await world.Started(await world.Rule()), await A_request(world));

        await using var finder = await world.Database.Writer.OpenConnectionAsync();
        await Run(finder, $"begin; insert into archive.disclosure_items (request_id, place, authority_id, kind, target_id, added_at) values ('{request}', 1, '{world.Authority.Id}', 'record', '{record}', now())");
        var batch = world.Batch(run.Id, [record]);
        await Until(world, "select exists (select from pg_locks where locktype = 'advisory' and not granted)");
        await Run(finder, "commit");

        Assert.Equal((0, 1), ((await batch).Destroyed, (await world.Batch(run.Id, [record])).Skipped + 1));
        Assert.Equal(("held", 1L), (await world.Reason(run.Id, record), await world.Keys(record)));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task in_whatever_order_requests_and_batches_come()
    {
        // Property, with a pause of its own length between every two statements of both: found and pending is never destroyed, destroyed is never promised.
        await using var world = await World.Make();
        var random = new Random(73);
        var records = await world.Capture([.. Enumerable.Range(1, 60).Select(i => World.Comment($"c-{i}", author: $"author-{i % 7}"))]);
        var run = await world.Started(await world.Rule());
        await world.Do(world.Database.Superuser, """
            create function public.dawdle() returns trigger language plpgsql as $$ begin perform pg_sleep(random() * 0.01); return null; end $$;
            do $$ declare t text; begin
              foreach t in array array['archive.disclosure_items', 'archive.disposal_items', 'archive.destruction_marks', 'archive.record_keys', 'archive.record_states', 'archive.mt_events'] loop
                execute format('create trigger dawdle_before before insert or update or delete on %s for each statement execute function public.dawdle()', t);
                execute format('create trigger dawdle_after after insert or update or delete on %s for each statement execute function public.dawdle()', t);
              end loop;
            end $$
            """);
        var promised = new System.Collections.Concurrent.ConcurrentBag<Guid>();
        async Task Asking(int seed)
        {
            var mine = new Random(seed);
            var request = await A_request(world);
            for (var i = 0; i < 12; i++)
            {
                var record = records[mine.Next(records.Count)];
                var outcome = await Find(world, request, record);
                if (outcome is not Outcome.Done)
                {
                    Assert.Equal("record-disposed", Code(outcome));
                    continue;
                }

                if (mine.Next(3) > 0) promised.Add(record);
                else await world.Get<Requests>().Drop(request, record, new("Hörde inte dit"), default, world.Registrar, default);
            }
        }

        var order = records.OrderBy(_ => random.Next()).Chunk(4).ToList();
        await Task.WhenAll([.. Enumerable.Range(1, 3).Select(seed => Task.Run(() => Asking(seed))), Task.Run(async () =>
        {
            foreach (var some in order) await world.Batch(run.Id, some);
        })]);

        // Some were promised by one request and dropped by another, or by the same one later: those that stand must be there.
        Assert.Equal(0L, await world.Ask<long>("select count(*) from archive.disclosure_items i join archive.record_states s on s.record_id = i.target_id where i.released_at is null and s.disposed_at is not null"));
        Assert.NotEmpty(promised);
        Assert.True(await world.Ask<long>("select count(*) from archive.disposal_items where state = 'destroyed'") > 0);
        Assert.DoesNotContain(await Faults(world), f => f.StartsWith("held-and-destroyed", StringComparison.Ordinal) || f.StartsWith("disclosures-differ", StringComparison.Ordinal));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    [Trait("Requirement", "I5")]
    [Trait("Requirement", "H-19")]
    public async Task a_request_is_gallrad_itself_when_it_is_closed_and_due()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        var (record, request, open) = (world.Record("c-1"), await A_request(world), await A_request(world));
        await Find(world, request, record);
        await GiveOut(world, request, record);

        // Not sooner than the authority's own policy says, and never while it is current.
        var decision = await world.Decision("P1D", "disclosure-request");
        async Task<(RetentionRule? Rule, long Last, Refusal? Refused)> Adopt(string frist) =>
            await world.Get<AdoptRuleHandler>().Adopt(null, new("KS", decision, "Begäranden", null, "no-longer-current", frist, null), world.Anna, default);
        Assert.Equal("rule-shorter-than-policy", (await Adopt("P1Y")).Refused?.Code);
        var rule = (await Adopt("P2Y")).Rule!.Id;
        Assert.Equal("nothing-due", (await world.Get<ProposeDisposalHandler>().Propose(new(rule, new DateOnly(2026, 6, 1)), world.Anna, default)).Refused?.Code);

        await world.Do(world.Database.Superuser, "update archive.disclosure_requests set closed_at = closed_at - interval '3 years' where request_id = $1", request);
        var run = await world.Executed(rule);

        Assert.Equal((1, 0L, 0L), (run.Items, await world.Keys(request), await world.Ciphertexts(request)));
        Assert.Equal(1L, await world.Keys(open));
        var history = await world.Get<SealedLog>().Store.ReadStream(request);
        Assert.Equal((run.Id, run.Rule), history[^1].Event is DisclosureRequestDisposed gone ? (gone.Run, gone.Rule) : default);
        Assert.Equal(RequestAnswer.Given, DisclosureState.From(history).Answer);
        Assert.Equal("disclosure-disposed", Code(await Find(world, request, record)));
        Assert.Null((await world.Get<DisclosureRegister>().Told(request, default)).Words[history[0].Id].Parts);
        Assert.Equal("begäran om utlämnande", Words.RecordTypes[(await world.Get<DisposalRuns>().Items(run.Id, 0, 10, default))[0].RecordType]);
        Assert.NotNull(await world.Get<Certificates>().Of(run, default));
        await world.Do(world.Database.Superuser, "update archive.disclosure_requests set closed_at = closed_at + interval '3 years' where request_id = $1", request);
        Assert.Empty(await Faults(world));
    }

    private static async Task Until(World world, string condition)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await world.Ask<bool>(condition)) return;
            await Task.Delay(25);
        }

        Assert.Fail($"Never became true: {condition}");
    }

    private static async Task Run(NpgsqlConnection connection, string sql)
    {
        await using var command = new NpgsqlCommand(sql, connection);
        await command.ExecuteNonQueryAsync();
    }
}
