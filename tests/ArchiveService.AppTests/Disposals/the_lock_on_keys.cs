using Npgsql;

namespace ArchiveService.AppTests.Disposals;

/// <summary>Only archive.dispose_batch destroys: nobody else may delete or change a key or a ciphertext, not even the owner or a superuser by hand.</summary>
public sealed class The_lock_on_keys
{
    private static readonly string[] Attempts =
    [
        "delete from archive.record_keys",
        "delete from archive.sealed_content",
        "truncate archive.record_keys",
        "truncate archive.sealed_content",
        "update archive.record_keys set wrapped = '\\x00'",
        "update archive.sealed_content set ciphertext = '\\x00'",
        "delete from archive.destruction_marks",
        "delete from archive.disposal_items",
        "delete from archive.holds",
        "update archive.holds set target_id = gen_random_uuid()",
        "update archive.retention_decisions set years = 0, months = 0, days = 0",
        "update archive.retention_rules set years = 0, months = 0, days = 0",
    ];

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task holds_against_every_login()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2"));
        await world.Hold(record: world.Record("c-2"));
        await world.Executed(await world.Rule());

        foreach (var sql in Attempts)
        {
            foreach (var (login, pool) in new[] { ("writer", world.Database.Writer), ("owner", world.Database.Owner), ("superuser", world.Database.Superuser) })
            {
                var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(pool, sql));
                Assert.True(refused.SqlState is "AS001" or "AS010" or PostgresErrorCodes.InsufficientPrivilege, $"{login}: {sql}: {refused.SqlState} {refused.MessageText}");
            }
        }
    }

    [Fact]
    public async Task holds_when_triggers_are_set_aside_for_replication()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));

        var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(world.Database.Superuser, "set session_replication_role = replica; delete from archive.record_keys"));

        Assert.Equal("AS010", refused.SqlState);
    }

    [Fact]
    public async Task holds_against_an_owner_who_pretends_to_be_a_batch()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"), World.Comment("c-2", author: "author-2"));
        var run = await world.Started(await world.Rule());
        await world.Batch(run.Id, [world.Record("c-1")]);

        var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(world.Database.Owner, $"""
            begin; set local archive.destroying = '{run.Id}'; set local archive.destroying_batch = '1'; select archive.lock_streams('{"{}"}');
            delete from archive.record_keys where stream_id = '{world.Record("c-2")}'; commit
            """));

        Assert.Equal(("AS010", 1L), (refused.SqlState, await world.Keys(world.Record("c-2"))));
    }

    [Fact]
    [Trait("Requirement", "I4")]
    public async Task lets_nobody_but_the_writer_call_the_executor()
    {
        await using var world = await World.Make();
        foreach (var login in new[] { world.Database.Staff, world.Database.Cleared, world.Database.Public })
        {
            var refused = await Assert.ThrowsAsync<PostgresException>(() => world.Do(login, "select archive.dispose_batch($1, array[$1])", Guid.Parse("0199aaaa-0000-7000-8000-0000000000aa")));
            Assert.Equal(PostgresErrorCodes.InsufficientPrivilege, refused.SqlState);
        }
    }
}
