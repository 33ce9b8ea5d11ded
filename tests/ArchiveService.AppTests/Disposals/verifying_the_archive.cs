using ArchiveService.Attachments;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.Verify;
using Microsoft.Extensions.DependencyInjection;

namespace ArchiveService.AppTests.Disposals;

/// <summary>What <c>./run verify</c> names when somebody with the server in hand has been at the archive.</summary>
public sealed class Verifying_the_archive
{
    [Fact]
    public async Task finds_nothing_in_one_that_is_whole()
    {
        await using var world = await Filled();
        Assert.Equal([], Errors(await Verify(world)));
    }

    [Fact]
    public async Task names_both_of_two_keys_that_were_exchanged()
    {
        await using var world = await Filled();
        await Tamper(world, """
            update archive.record_keys k set wrapped = o.wrapped from archive.record_keys o
            where k.class = 'content' and o.class = 'content' and k.key_id <> o.key_id
            """);

        Assert.Equal(2, (await Verify(world)).Findings.Count(f => f.Code == "key-does-not-unwrap"));
    }

    [Fact]
    public async Task names_both_of_two_ciphertexts_that_were_exchanged()
    {
        await using var world = await Filled();
        var two = "(select e.id from archive.mt_events e where e.type = 'item_captured' order by e.seq_id desc limit 2)";
        await Tamper(world, $"""
            update archive.sealed_content k set ciphertext = o.ciphertext from archive.sealed_content o
            where k.event_id in {two} and o.event_id in {two} and k.event_id <> o.event_id
            """);

        Assert.Equal(2, (await Verify(world)).Findings.Count(f => f.Code == "ciphertext-altered"));
    }

    [Theory]
    [InlineData("delete from archive.record_keys where class = 'content'", "key-missing")]
    [InlineData("delete from archive.sealed_content", "sealed-content-missing")]
    [InlineData("insert into archive.sealed_content values (gen_random_uuid(), '\\x00')", "sealed-without-event")]
    [InlineData("delete from archive.mt_events where type = 'item_captured'", "stream-with-holes")]
    [InlineData("update archive.mt_events set id = (select id from archive.mt_events order by seq_id limit 1) where seq_id = (select max(seq_id) from archive.mt_events)", "event-id-twice")]
    [InlineData("update archive.mt_events set type = 'item_forgotten' where type = 'item_captured'", "event-type-unknown")]
    [InlineData("delete from archive.record_states", "inline-records-differ")]
    [InlineData("delete from views.all_records", "view-differs")]
    [InlineData("update views.all_versions set text = 'kvar' where destroyed", "not-destroyed")]
    [InlineData("update views.all_accounts set name = 'kvar' where destroyed", "not-destroyed")]
    [InlineData("delete from archive.destruction_marks", "sealed-content-missing")]
    [InlineData("update archive.disposal_batches set ledger_entry = 7", "ledger-entry-missing")]
    [InlineData("update archive.mt_events set data = jsonb_set(data, '{observed}', '[]') where type = 'item_captured'", "event-unreadable")]
    [InlineData("update archive.mt_events set data = '\"item\"' where type = 'item_captured'", "event-unreadable")]
    [InlineData("update archive.mt_events set data = jsonb_set(data, '{sealed,cm,text}', to_jsonb(repeat('0', 64))) where type = 'item_captured'", "commitment-differs")]
    [InlineData("insert into archive.record_keys (key_id, class, stream_id, kek_id, alg, wrapped) select gen_random_uuid(), class, gen_random_uuid(), kek_id, alg, wrapped from archive.record_keys limit 1", "key-without-stream")]
    [InlineData("select setval('archive.mt_events_sequence', 1)", "sequence-behind")]
    [InlineData("update archive.record_states set wall = 'secret'", "open-behind-wall")]
    [InlineData("insert into archive.destruction_marks (key_id, stream_id, class, run_id, destroyed_at) select key_id, stream_id, class, gen_random_uuid(), now() from archive.record_keys where class = 'content'", "mark-without-event")]
    [InlineData("insert into archive.holds (hold_id, authority_id, kind, target_id, ground, placed_at) select gen_random_uuid(), authority_id, 'record', record_id, 'police', disposed_at - interval '1 day' from archive.record_states where disposed_at is not null", "held-and-destroyed")]
    [InlineData("update archive.disposal_batches set ledger_entry = null", "batch-outside-ledger")]
    public async Task names_what_was_done_by_hand(string done, string code)
    {
        await using var world = await Filled();
        await Tamper(world, done);

        Assert.Contains(code, (await Verify(world)).Findings.Select(f => f.Code));
    }

    [Fact]
    public async Task names_a_key_that_a_backup_brought_back()
    {
        await using var world = await World.Make();
        await world.Capture(World.Comment("c-1"));
        await world.Do(world.Database.Superuser, "create table public.kept as select * from archive.record_keys");
        await world.Executed(await world.Rule());
        await Tamper(world, "insert into archive.record_keys select * from public.kept where class = 'content'");

        var codes = (await Verify(world)).Findings.Select(f => f.Code).ToList();
        Assert.Contains("destroyed-key-returned", codes);
        Assert.Contains("not-destroyed", codes);
    }

    [Fact]
    public async Task names_an_object_that_is_missing_altered_or_still_there()
    {
        await using var world = await Filled();
        var objects = Path.Combine(world.DataFolder, "attachments", "objects", "attachment");
        var file = Assert.Single(Directory.GetFiles(objects, "*", SearchOption.AllDirectories));
        var bytes = await File.ReadAllBytesAsync(file);

        bytes[^1] ^= 1;
        await File.WriteAllBytesAsync(file, bytes);
        Assert.Contains("object-does-not-open", (await Verify(world)).Findings.Select(f => f.Code));

        File.Delete(file);
        Assert.Contains("object-missing", (await Verify(world)).Findings.Select(f => f.Code));

        var destroyed = await world.Ask<string>("select min(object_key) from archive.object_deletions");
        await world.Get<IObjectStore>().Put(destroyed, new MemoryStream([1]), 1, default);
        Assert.Contains("object-not-destroyed", (await Verify(world)).Findings.Select(f => f.Code));
    }

    [Fact]
    public async Task names_both_of_two_objects_that_were_exchanged()
    {
        await using var world = await World.Make();
        object Picture(string name, byte b) => new { fileName = name, mediaType = "image/png", contentBase64 = Convert.ToBase64String([.. Enumerable.Repeat(b, 3000)]) };
        await world.Capture(World.Comment("c-1", attachments: Picture("a.png", 1)), World.Comment("c-2", "Ett", "author-2", attachments: Picture("b.png", 2)));
        var files = Directory.EnumerateFiles(world.DataFolder, "*", SearchOption.AllDirectories).Where(f => f.Contains("attachment", StringComparison.Ordinal) && new FileInfo(f).Length > 3000).Order(StringComparer.Ordinal).ToList();
        Assert.Equal(2, files.Count);

        var (one, two) = (await File.ReadAllBytesAsync(files[0]), await File.ReadAllBytesAsync(files[1]));
        await File.WriteAllBytesAsync(files[0], two);
        await File.WriteAllBytesAsync(files[1], one);

        Assert.Equal(2, (await Verify(world)).Findings.Count(f => f.Code == "object-does-not-open"));
    }

    /// <summary>Three comments of two people, of which one, with its attachment and its sender, has been destroyed.</summary>
    private static async Task<World> Filled()
    {
        var world = await World.Make();
        object Picture(string name) => new { fileName = name, mediaType = "image/png", contentBase64 = Convert.ToBase64String(new byte[3000]) };
        await world.Capture(World.Comment("c-1", attachments: Picture("a.png")), World.Comment("c-2", "Ett", "author-2", "2026-05-01T12:00:00Z", Picture("b.png")), World.Comment("c-3", "Två", "author-2", "2026-05-02T12:00:00Z"));
        await world.Executed(await world.Rule());
        Assert.True(await world.Projected());
        return world;
    }

    private static Task<Verification> Verify(World world) => ActivatorUtilities.CreateInstance<VerifyArchive>(world.Services).Run(null, default);

    private static IEnumerable<string> Errors(Verification report) => report.Findings.Where(f => f.Severity == Severity.Error).Select(f => $"{f.Code} {f.What}");

    /// <summary>As a superuser who first takes every trigger away: the database's own refusals have tests of their own.</summary>
    private static Task Tamper(World world, string sql) => world.Do(world.Database.Superuser, $"""
        do $$ declare t record; begin
          for t in select distinct tgrelid::regclass as tab from pg_trigger where not tgisinternal loop execute format('alter table %s disable trigger all', t.tab); end loop;
        end $$;
        {sql}
        """);
}
