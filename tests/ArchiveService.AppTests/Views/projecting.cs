using ArchiveService.EventStore;
using ArchiveService.Features.Diary;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;

namespace ArchiveService.AppTests.Views;

public sealed class Projecting_the_views : IAsyncLifetime
{
    private readonly StandingViewedArchive archive = new();

    public Task InitializeAsync() => archive.InitializeAsync();

    public Task DisposeAsync() => archive.DisposeAsync();

    private async Task<Guid> Only(string where = "true") => Guid.Parse(Assert.Single(await archive.Column($"select record_id from archive.record_states where {where}")));

    [Fact]
    public async Task twice_in_other_pages_gives_the_same_rows()
    {
        await AWorld();
        await archive.Project();
        var first = await archive.Rows();

        await archive.Rebuild(pageSize: 1);
        Assert.Equal(first, await archive.Rows());
        await archive.Rebuild(pageSize: 7);
        Assert.Equal(first, await archive.Rows());
        Assert.True(first.Count > 20);
    }

    [Fact]
    public async Task puts_a_row_where_a_mark_made_meanwhile_says()
    {
        await archive.Say("race-1", "kapplöpning");
        var id = await Only();
        var page = await archive.Log();
        await using var connection = await archive.Archive.Databases.Writer.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await archive.Projection.Write(transaction, page, CancellationToken.None);

        // The mark waits for the page, then moves what the page wrote.
        var mark = archive.MarkSecret(id);
        await Task.Delay(300);
        Assert.False(mark.IsCompleted);
        await transaction.CommitAsync();
        await mark;

        Assert.Equal(["secret"], await archive.Column($"select wall from views.all_records where record_id = '{id}'"));
        Assert.Empty(await archive.Column("select record_id from views.record_view"));
        Assert.Empty(await archive.Column("select record_id from views.record_versions"));
        Assert.Empty(await archive.Column("select record_id from views.record_acts"));
        Assert.Empty(await archive.Column("select account_id from views.account_view where not own"));
    }

    [Fact]
    public async Task waits_for_a_mark_that_was_first()
    {
        await archive.Say("race-2", "kapplöpning andra");
        var id = await Only();
        var page = await archive.Log();
        await using var marking = await archive.Archive.Databases.Writer.OpenConnectionAsync();
        await using var mark = await marking.BeginTransactionAsync();
        await using (var set = new NpgsqlCommand($"update archive.record_states set wall = 'secret' where record_id = '{id}'", marking, mark)) await set.ExecuteNonQueryAsync();
        await Walls.Move(mark, id, CancellationToken.None);

        await using var connection = await archive.Archive.Databases.Writer.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        var write = archive.Projection.Write(transaction, page, CancellationToken.None);
        await Task.Delay(300);
        Assert.False(write.IsCompleted);
        await mark.CommitAsync();
        await write;
        await transaction.CommitAsync();

        Assert.Equal(["secret"], await archive.Column("select wall from views.all_records"));
    }

    [Fact]
    public async Task stands_a_record_without_an_inline_row_behind_the_innermost_wall()
    {
        await archive.Say("lost-1", "utan rad");
        await archive.Run("delete from archive.record_states");

        await archive.Project();

        Assert.Equal(["secret"], await archive.Column("select wall from views.all_records"));
    }

    [Fact]
    [Trait("Requirement", "I5")]
    public async Task after_a_destruction_leaves_the_rows_that_the_destruction_left()
    {
        await AWorld();
        await archive.Project();
        var id = await Only("registration = 'registered'");
        await Destroy(id, "content", "register");
        await archive.Project();
        var left = await archive.Rows();
        // The case's title stands under the case's own key, which outlives its documents.
        Assert.DoesNotContain(left, row => !row.StartsWith("all_cases", StringComparison.Ordinal) && row.Contains(id.ToString(), StringComparison.Ordinal)
            && (row.Contains("registrerad hemlighet", StringComparison.Ordinal) || row.Contains("Avsändare Ett", StringComparison.Ordinal) || row.Contains("mycket halt", StringComparison.Ordinal)));
        Assert.Equal(["True"], await archive.Column($"select destroyed from views.all_records where record_id = '{id}'"));
        Assert.Equal(["null"], await archive.Column($"select subject from views.diary_public where record_id = '{id}'"));

        // Also when the projection starts over, now that the keys are gone.
        await archive.Rebuild(pageSize: 3);

        Assert.Equal(left, await archive.Rows());
    }

    [Fact]
    [Trait("Requirement", "I5")]
    [Trait("Requirement", "I2")]
    public async Task of_content_alone_keeps_what_the_diary_says()
    {
        await AWorld();
        await archive.Project();
        var id = await Only("registration = 'registered'");
        await Destroy(id, "content");
        await archive.Project();
        var left = await archive.Rows();
        Assert.Equal(["registrerad hemlighet"], await archive.Column($"select subject from views.all_diary where record_id = '{id}'"));
        Assert.Equal(["null"], await archive.Column($"select text from views.all_records where record_id = '{id}'"));

        await archive.Rebuild(pageSize: 1000);

        Assert.Equal(left, await archive.Rows());
    }

    [Fact]
    public async Task stops_at_a_missing_key_without_a_mark()
    {
        await archive.Say("gone-1", "borta utan märke");
        await archive.Run($"begin; {Unguarded} delete from archive.record_keys where class = 'content'; {Guarded} commit;");

        await Assert.ThrowsAsync<SealedContentMissing>(() => archive.Project());
    }

    [Fact]
    public async Task moves_nothing_without_the_lock()
    {
        await archive.Say("lock-1", "utan lås");
        await using var move = archive.Archive.Databases.Writer.CreateCommand($"select views.move_behind_wall('{await Only()}')");

        Assert.Equal("AS003", (await Assert.ThrowsAsync<PostgresException>(() => move.ExecuteNonQueryAsync())).SqlState);
    }

    [Fact]
    public async Task keeps_no_word_of_content_in_the_statistics()
    {
        await AWorld();
        await archive.Project();
        await archive.Run("analyze");

        await using var look = archive.Archive.Database!.Superuser.CreateCommand("""
            select s.starelid::regclass || '.' || a.attname from pg_statistic s join pg_attribute a on a.attrelid = s.starelid and a.attnum = s.staattnum
            join pg_class c on c.oid = s.starelid join pg_type t on t.oid = a.atttypid
            where c.relnamespace = 'views'::regnamespace and t.typname in ('text', 'tsvector', '_text', 'jsonb') and a.attname <> all ($1)
            """);

        // Words of ours: kinds, states, codes, and numbers that are always open (OSL 5:2).
        look.Parameters.Add(new()
        {
            Value = new[]
            {
                "wall", "platform", "kind", "direction", "audience", "record_type", "flags", "visibility", "visibility_by", "grounds", "registration", "diary_number", "number_key", "certainty",
                "acted_by", "key_class", "external_system", "class_code", "paused",
            },
        });
        await using var rows = await look.ExecuteReaderAsync();
        var found = new List<string>();
        while (await rows.ReadAsync()) found.Add(rows.GetString(0));
        Assert.Empty(found);
        Assert.Empty(await archive.Column("select stxname from pg_statistic_ext where stxnamespace = 'views'::regnamespace"));
    }

    [Theory]
    [InlineData("KS 116/2020 956")]
    [InlineData("KS-543/2010 003")]
    [InlineData("VA 2016–01315")]
    [InlineData(" ks \u2212 543 / 2010\u00A0 003 ")]
    [InlineData("va\u00A02016\u201501315")]
    [InlineData("KS 2021/1311 1.7.9")]
    [InlineData("RA\u2011KS\u20092021\u20442\u200B3")]
    [InlineData("ÅÄÖ-1/2020 É")]
    [InlineData("-")]
    [InlineData("A  -  1")]
    public async Task folds_diary_numbers_as_the_service_does(string typed)
    {
        await using var fold = archive.Archive.Databases.Writer.CreateCommand("select views.fold_number($1)");
        fold.Parameters.Add(new() { Value = typed });

        Assert.Equal(DiaryNumberKey.Of(typed), await fold.ExecuteScalarAsync());
    }

    private async Task AWorld()
    {
        await archive.Capture(
            ViewedArchive.Comment("w-post", "Så sandar vi i vinter", "2026-03-01T08:00:00Z", "Granvika", "@granvika", kind: "post"),
            ViewedArchive.Comment("w-1", "Det är halt", "2026-03-01T09:00:00Z", "Avsändare Ett", parent: "w-post"),
            ViewedArchive.Comment("w-1", "Det är mycket halt", "2026-03-01T10:00:00Z", "Avsändare Ett", act: "edit"),
            ViewedArchive.Comment("w-2", "Ring mig om mitt ärende", "2026-03-01T11:00:00Z", "Avsändare Två", kind: "dm"));
        await archive.Capture(
            new { act = "react", nativeId = "w-1", kind = "comment", author = new { nativeId = "r1", displayName = "Reagerar" }, occurredAt = "2026-03-01T12:00:00Z" },
            new { act = "delete", nativeId = "w-3", kind = "comment", occurredAt = "2026-03-01T13:00:00Z" },
            ViewedArchive.Comment("w-4", "Namnbyte", "2026-03-02T09:00:00Z", "Avsändare Ett", "@nytt"));
        var registered = await Only("record_type = 'comment' and version = 3 and visibility = 'visible'");
        await archive.Register(registered, "registrerad hemlighet", "Avsändare Ett");
        await archive.Do(archive.Registrator, registered, "unpublish", new { grounds = new[] { "INSULT" }, motivation = "Motivering av åtgärden." });
    }

    // Only dispose_batch destroys; a test of what the views do with the result lifts the guard as the owner, in its own transaction.
    private const string Unguarded = "alter table archive.record_keys disable trigger record_keys_destroyed; alter table archive.sealed_content disable trigger sealed_content_destroyed;";
    private const string Guarded = "alter table archive.record_keys enable always trigger record_keys_destroyed; alter table archive.sealed_content enable always trigger sealed_content_destroyed;";

    /// <summary>What dispose_batch does to the keys, the ciphertexts and the views, and the event it leaves.</summary>
    private async Task Destroy(Guid record, params string[] classes)
    {
        var log = archive.Archive.Services.GetRequiredService<SealedLog>();
        var named = string.Join(',', classes);
        await archive.Run($$"""
            begin;
            {{Unguarded}}
            select pg_advisory_xact_lock({{Walls.LockKey}});
            insert into archive.destruction_marks (key_id, stream_id, class, run_id, destroyed_at)
              select key_id, stream_id, class, gen_random_uuid(), clock_timestamp() from archive.record_keys where stream_id = '{{record}}' and class = any ('{ {{named}} }');
            delete from archive.sealed_content where event_id in
              (select id from archive.mt_events where stream_id = '{{record}}' and (data->'sealed'->>'key')::uuid in (select key_id from archive.destruction_marks));
            delete from archive.record_keys where key_id in (select key_id from archive.destruction_marks);
            select views.forget_records(array['{{record}}'::uuid], '{ {{named}} }');
            {{Guarded}}
            commit;
            """);
        var disposed = new ItemDisposed(record, record, record, 1, classes, new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero));
        await log.Append([new(record, "record", ExpectedVersion.Any, [new(disposed)])], log.NewKeySet(), new());
    }
}
