using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Features.Verify;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Disposals;

/// <summary>raw.retentionDays: what the platform sent goes by itself once its records stand, and the records stay.</summary>
public sealed class Raw_data
{
    private static byte[] Body(int n) => [.. BitConverter.GetBytes(n), .. new byte[60]];

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task that_is_due_goes_and_what_is_not_read_or_held_stays()
    {
        await using var world = await World.Make();
        var deliveries = world.Get<Deliveries>();
        var read = await Received(world, 1, World.Comment("c-1"));
        var stored = await Received(world, 2, World.Comment("c-2"), size: Deliveries.MaxSealedInDatabase + 1);
        var empty = await Received(world, 3);
        var held = await Received(world, 4, World.Comment("c-4"));
        await world.Hold(record: world.Record("c-4"));
        var ofHeldAccount = await Received(world, 5, World.Comment("c-5", author: "author-5"));
        await world.Hold(account: world.Account("author-5"));
        var (dead, _) = await deliveries.Receive("meta", "webhook", null, "valid", Body(6), default);
        await deliveries.Add(dead, new DeliveryFailed("channel-unknown", 1), default);
        var (waiting, _) = await deliveries.Receive("meta", "webhook", null, "valid", Body(7), default);
        var partial = await Received(world, 8, World.Comment("c-8"), rejected: 1);

        // A frist of 90 days: nothing is due yet.
        Assert.Equal(0, await world.Get<RawDisposal>().Run(Caller.System, default));
        await Policy(world, 0);
        Assert.Equal(3, await world.Get<RawDisposal>().Run(Caller.System, default));

        foreach (var gone in (Guid[])[read, stored, empty])
        {
            Assert.Equal((0L, 0L), (await world.Keys(gone), await world.Ciphertexts(gone)));
            Assert.IsType<DeliveryDisposed>((await world.Get<SealedLog>().Store.ReadStream(gone))[^1].Event);
            Assert.Null(await deliveries.Open(gone, default));
        }

        Assert.Equal(0, await world.Get<IObjectStore>().List("delivery/", default).CountAsync());
        foreach (var kept in (Guid[])[held, ofHeldAccount, dead, waiting, partial]) Assert.Equal(1L, await world.Keys(kept));
        Assert.Equal((1L, 1L), (await world.Keys(world.Record("c-1")), await world.Keys(world.Record("c-2"))));
        Assert.Equal(
            [("held", 2L), ("in-inbox", 2L), ("not-whole", 1L)], (await world.Get<RawDisposal>().Kept(default)).Select(k => (k.Why, k.Count)).OrderBy(k => k.Why, StringComparer.Ordinal));

        // One act with its decision, in the ledger outside the database, and every row tells the same story.
        var act = Assert.Single(await world.Get<RawDisposal>().Done(null, 10, default));
        Assert.Equal((3, 1L, 0), (act.Deliveries, act.LedgerEntry, act.ObjectsLeft));
        var entry = Assert.Single(world.Get<ErasureLedger>().Read()).Entry;
        Assert.Equal((act.Run, 3, 1), (entry.Run, entry.Keys.Count, entry.Objects.Count));
        var said = Assert.IsType<RawDataDisposed>(Assert.Single(await world.Get<SealedLog>().Store.ReadStream(act.Run)).Event);
        Assert.Equal((world.Authority.Id, 0, 3, 2), (said.Authority, said.RetentionDays, said.Deliveries, said.PolicyVersion));
        Assert.Empty((await ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default)).Findings.Where(f => f.Severity == Severity.Error).Select(f => f.What));

        // Sent again it is a duplicate, and brings nothing back.
        Assert.Equal((read, false), await deliveries.Receive("meta", "webhook", null, "valid", Body(1), default));
        Assert.Equal(0L, await world.Keys(read));
        Assert.Equal(0, await world.Get<RawDisposal>().Run(Caller.System, default));

        // Nobody else can: not the writer past the function, nor the owner past the act.
        foreach (var login in (NpgsqlDataSource[])[world.Database.Writer, world.Database.Owner])
            await Assert.ThrowsAsync<PostgresException>(() => world.Do(login, $"set archive.destroying_raw = '{act.Run}'; delete from archive.record_keys where stream_id = '{held}'"));

        // Lifted, it goes too; its record can still be destroyed by its own rule afterwards.
        await world.Do(world.Database.Owner, "update archive.holds set lifted_at = clock_timestamp() where lifted_at is null");
        Assert.Equal(2, await world.Get<RawDisposal>().Run(Caller.System, default));
        await world.Executed(await world.Rule());
        Assert.True(await world.IsDisposed(world.Record("c-4")));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task that_a_hold_or_a_policy_comes_to_cover_meanwhile_stays_and_a_crash_leaves_nothing_half_done()
    {
        await using var world = await World.Make(projecting: false);
        var first = await Received(world, 1, World.Comment("c-1"));
        var second = await Received(world, 2, World.Comment("c-2"));
        await Policy(world, 0);

        // The act waits for the gate of holds; what holds it places one, and then lets it through.
        await using (var other = await world.Database.Owner.OpenConnectionAsync())
        {
            await Run(other, $"begin; select pg_advisory_xact_lock(archive.hold_gate('{world.Authority.Id}'))");
            var act = world.Get<RawDisposal>().Run(Caller.System, default);
            await Waits(world);
            await Run(other, $"insert into archive.holds (hold_id, authority_id, kind, target_id, ground) values (gen_random_uuid(), '{world.Authority.Id}', 'record', '{world.Record("c-1")}', 'police'); commit");
            Assert.Equal(1, await act);
        }

        Assert.Equal((1L, 0L), (await world.Keys(first), await world.Keys(second)));
        await world.Do(world.Database.Owner, "update archive.holds set lifted_at = clock_timestamp() where lifted_at is null");

        // A policy that keeps longer is decided while it waits: the act says so and destroys nothing.
        await using (var other = await world.Database.Owner.OpenConnectionAsync())
        {
            await Run(other, $"begin; select pg_advisory_xact_lock(archive.hold_gate('{world.Authority.Id}'))");
            var act = world.Get<RawDisposal>().Run(Caller.System, default);
            await Waits(world);
            await Policy(world, 30);
            await Run(other, "commit");
            Assert.Equal(0, await act);
        }

        Assert.Equal(1L, await world.Keys(first));
        await Policy(world, 0);

        // The backend dies in the middle: nothing of it was done. The ledger is told of what was committed by whoever comes next.
        await using (var other = await world.Database.Owner.OpenConnectionAsync())
        {
            await Run(other, $"begin; select pg_advisory_xact_lock(archive.hold_gate('{world.Authority.Id}'))");
            var act = world.Get<RawDisposal>().Run(Caller.System, default);
            await Waits(world);
            await world.Do(world.Database.Superuser, "select pg_terminate_backend(pid) from pg_locks where locktype = 'advisory' and not granted");
            await Assert.ThrowsAnyAsync<NpgsqlException>(() => act);
            await Run(other, "rollback");
        }

        Assert.Equal((1L, 1L), (await world.Keys(first), await world.Ask<long>("select count(*) from archive.disposal_runs where kind = 'radata'")));
        await world.Do(world.Database.Owner, "update archive.disposal_batches set ledger_entry = null");
        Assert.Equal(1, await world.Get<RawDisposal>().Run(Caller.System, default));
        Assert.Equal(2, world.Get<ErasureLedger>().Read().Count());
        Assert.Equal(0L, await world.Ask<long>("select count(*) from archive.disposal_batches where ledger_entry is null"));
    }

    private static async Task<Guid> Received(World world, int n, object? act = null, int size = 64, int rejected = 0)
    {
        var deliveries = world.Get<Deliveries>();
        var body = new byte[size];
        Body(n).CopyTo(body, 0);
        var (id, isNew) = await deliveries.Receive("meta", "webhook", null, "valid", body, default);
        Assert.True(isNew);
        if (act is not null) await world.Capture(id, [act]);
        await deliveries.Add(id, new DeliveryProcessed(act is null ? 0 : 1, 0, 0, 0, rejected, []), default);
        await world.Do(world.Database.Owner, "delete from work.inbox where delivery_id = $1", id);
        return id;
    }

    private static async Task Policy(World world, int days)
    {
        var put = new PutAuthority("Kommunstyrelsen", "custom", null, new Dictionary<string, string> { ["disposal.coolingOffDays"] = "0", ["raw.retentionDays"] = $"{days}" }, "KS § 9/2026");
        Assert.Null((await world.Get<PutAuthorityHandler>().Put("KS", put, world.Boss, default)).Refused);
    }

    private static async Task Waits(World world)
    {
        for (var i = 0; i < 500 && !await world.Ask<bool>("select exists (select from pg_locks where locktype = 'advisory' and not granted)"); i++) await Task.Delay(20);
    }

    private static async Task Run(NpgsqlConnection on, string sql)
    {
        await using var command = new NpgsqlCommand(sql, on);
        await command.ExecuteNonQueryAsync();
    }
}
