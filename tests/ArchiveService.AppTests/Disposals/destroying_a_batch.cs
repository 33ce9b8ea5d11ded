using ArchiveService.Attachments;
using ArchiveService.EventStore;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Sealing;

namespace ArchiveService.AppTests.Disposals;

public sealed class Destroying_a_batch
{
    [Fact]
    [Trait("Requirement", "H-19")]
    [Trait("Requirement", "I5")]
    public async Task takes_key_ciphertext_and_view_rows_and_leaves_a_stub()
    {
        await using var world = await World.Make();
        var record = (await world.Capture(World.Comment("c-1", "Hemligt ord: kvistfink")))[0];
        Assert.True(await world.Projected());
        Assert.Equal(1, await world.Keys(record));

        var run = await world.Executed(await world.Rule());

        Assert.Equal((RunState.Completed, 0L, 0L), (run.State, await world.Keys(record), await world.Ciphertexts(record)));
        Assert.Equal(1L, await world.Ask<long>("select count(*) from archive.destruction_marks where stream_id = $1 and class = 'content'", record));
        Assert.Equal(0L, await world.Ask<long>("select count(*) from views.all_records where text is not null or sender_name is not null"));
        var history = await world.Get<SealedLog>().Store.ReadStream(record);
        var disposed = Assert.IsType<ItemDisposed>(history[^1].Event);
        Assert.Equal((run.Id, run.Decision, run.Rule, 1), (disposed.Run, disposed.Decision, disposed.Rule, disposed.RuleVersion));
        Assert.Equal(["content", "register"], disposed.Classes);
        Assert.Equal((history[^1].Time, world.Anna.PersonId.ToString()), (disposed.DisposedAt, history[^1].Actor));
        Assert.True(await world.IsDisposed(record));
        Assert.Equal(history[^1].Version, await world.Ask<long>("select version from archive.record_states where record_id = $1", record));
    }

    [Fact]
    public async Task writes_events_as_the_service_would_have_written_them()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        await world.Executed(await world.Rule());

        var types = world.Get<EventTypes>();
        foreach (var type in (Type[])[typeof(ItemDisposed), typeof(AccountDisposed)])
        {
            var stored = await world.Ask<string>("select min(mt_dotnet_type) from archive.mt_events where type = $1", types.NameOf(type));
            Assert.Equal($"{type.FullName}, ArchiveService", stored);
        }

        Assert.Equal(7, Convert.ToInt32((await world.Ask<Guid>("select id from archive.mt_events where type = 'item_disposed'")).ToString("D")[14].ToString(), 16));
    }

    [Fact]
    public async Task keeps_the_register_when_the_rule_says_content_only()
    {
        await using var world = await World.Make();
        var record = (await world.Capture(World.Comment("c-1")))[0];
        var (_, registered) = await world.Get<RegisterRecordHandler>().Register(record, new(null, new("Ett ärende", null), null, "Fråga om snöröjning", "Namn author-1", null), default, world.Registrar, default);
        Assert.NotNull(registered);

        // While its case is open it is held.
        Assert.IsType<Http.Outcome.Done>(await world.Get<Features.Cases.CloseCaseHandler>().Close(registered.Case, new("Klart"), default, world.Registrar, default));
        Assert.True(await world.Projected());

        await world.Executed(await world.Rule(classes: ["content"]));

        Assert.Equal("register", await world.Ask<string>("select class from archive.record_keys where stream_id = $1", record));
        Assert.Equal("Fråga om snöröjning", await world.Ask<string>("select subject from views.all_diary where record_id = $1", record));
    }

    [Fact]
    public async Task destroys_what_an_account_was_called_with_its_last_record_only()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", at: "2026-04-01T12:00:00Z"));
        var decision = await world.Decision("P1M");
        var rule = await world.Rule(decision, frist: "P1Y");

        await world.Executed(rule);
        Assert.Equal((1L, false), (await world.Keys(world.Account()), await world.IsDisposed(world.Record("c-2"))));

        await world.Get<AdoptRuleHandler>().Adopt(rule, new(null, null, null, null, null, "P1M", null), world.Anna, default);
        await world.Executed(rule);

        Assert.Equal((0L, 0L), (await world.Keys(world.Account()), await world.Ciphertexts(world.Account())));
        Assert.IsType<AccountDisposed>((await world.Get<SealedLog>().Store.ReadStream(world.Account()))[^1].Event);
        Assert.Equal(0L, await world.Ask<long>("select count(*) from views.all_accounts where name is not null or handle is not null"));
    }

    [Fact]
    public async Task leaves_the_channels_own_account_alone()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1", author: "page-1"));

        await world.Executed(await world.Rule());

        Assert.Equal((1L, 0L), (await world.Keys(world.Account("page-1")), await world.Keys(world.Record("c-1"))));
    }

    [Fact]
    public async Task goes_on_with_a_new_account_when_the_person_writes_again()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        await world.Executed(await world.Rule());

        await world.Capture(World.Comment("c-2", at: "2026-05-01T12:00:00Z"));

        var second = world.Get<KeyedIds>().Account(world.Channel.Id, "facebook", "native", "author-1", 2);
        Assert.Equal((0L, 1L), (await world.Keys(world.Account()), await world.Keys(second)));
    }

    [Fact]
    public async Task takes_the_attachments_and_the_delivery_that_held_them()
    {
        await using var world = await World.Make();
        var deliveries = world.Get<Deliveries>();
        var (delivery, _) = await deliveries.Receive("meta", "webhook", world.Channel.Id, "valid", new byte[2_000_000], default);
        await world.Capture(delivery, [World.Comment("c-1", attachments: new { fileName = "bild.png", mediaType = "image/png", contentBase64 = Convert.ToBase64String(new byte[5000]) })]);
        await deliveries.Add(delivery, new DeliveryProcessed(1, 0, 0, 0, 0, []), default);
        var store = world.Get<IObjectStore>();
        Assert.Equal(2, await store.List("", default).CountAsync());

        var run = await world.Executed(await world.Rule());

        Assert.Equal((0, 0L), (await store.List("", default).CountAsync(), await world.Keys(delivery)));
        Assert.IsType<DeliveryDisposed>((await world.Get<SealedLog>().Store.ReadStream(delivery))[^1].Event);
        var progress = await world.Get<DisposalRuns>().Progress(run.Id, default);
        Assert.Equal((2L, 0L, 1L), (progress.ObjectsDestroyed, progress.ObjectsLeft, progress.Deliveries));
    }

    [Fact]
    public async Task waits_with_a_delivery_that_is_still_in_work()
    {
        await using var world = await World.Make();
        var deliveries = world.Get<Deliveries>();
        var (delivery, _) = await deliveries.Receive("meta", "webhook", world.Channel.Id, "valid", [1, 2, 3], default);
        await world.Capture(delivery, [World.Comment("c-1")]);

        var run = await world.Started(await world.Rule());
        Assert.False(await world.Get<DisposalExecutor>().Run(run.Id, default));
        Assert.Equal("deliveries-in-work", (await world.Get<DisposalRuns>().Find(run.Id, default))!.Problem);
        Assert.Equal((0L, 1L), (await world.Keys(world.Record("c-1")), await world.Keys(delivery)));

        await deliveries.Add(delivery, new DeliveryProcessed(1, 0, 0, 0, 0, []), default);
        Assert.True(await world.Get<DisposalExecutor>().Run(run.Id, default));
        Assert.Equal(0L, await world.Keys(delivery));
    }

    [Fact]
    public async Task takes_a_delivery_that_only_repeated_the_record_and_one_that_comes_afterwards()
    {
        await using var world = await World.Make();
        var deliveries = world.Get<Deliveries>();
        async Task<Guid> Delivered(byte body)
        {
            var (delivery, _) = await deliveries.Receive("meta", "webhook", world.Channel.Id, "valid", [body], default);
            await world.Send(delivery, [World.Comment("c-1")]);
            await deliveries.Add(delivery, new DeliveryProcessed(0, 0, 0, 0, 0, []), default);
            return delivery;
        }

        var (first, repeated) = (await Delivered(1), await Delivered(2));
        var run = await world.Executed(await world.Rule());
        Assert.Equal((0L, 0L), (await world.Keys(first), await world.Keys(repeated)));

        var late = await Delivered(3);
        Assert.Equal([run.Id], await world.Get<DisposalRuns>().WithLateDeliveries(default));
        await world.Get<DisposalExecutor>().DestroyDeliveries(run.Id, default);
        Assert.Equal((0L, 0L), (await world.Keys(late), await world.Ciphertexts(late)));
    }

    [Fact]
    [Trait("Requirement", "I5")]
    public async Task keeps_the_log_readable_and_every_view_buildable_again()
    {
        // I5: after disposal, replay from the log still builds every projection, without payload; I12: and the same rows.
        await using var world = await World.Make(projecting: false);
        await world.Capture(World.Comment("c-1", "kvistfink"), World.Comment("c-2", "lövsångare", at: "2026-05-01T12:00:00Z"));
        var run = await world.Started(await world.Rule());
        await world.Batch(run.Id, [world.Record("c-1")]);

        world.Project();
        Assert.True(await world.Projected());

        Assert.Equal("lövsångare", await world.Ask<string>("select string_agg(text, ',') from views.all_records"));
        Assert.Equal(2L, await world.Ask<long>("select count(*) from views.all_records"));
    }
}
