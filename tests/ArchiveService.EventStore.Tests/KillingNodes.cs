using System.Reflection;
using ArchiveService.Testing;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

/// <summary>The short form of <c>./run bench projection-kills</c>: real processes, killed with -9.</summary>
public sealed class A_projection_whose_node_is_killed
{
    private static readonly Assembly ThisProgram = typeof(A_projection_whose_node_is_killed).Assembly;

    [Fact]
    public async Task at_any_moment_again_and_again_has_seen_every_event_once_and_in_order()
    {
        var outlived = await NodeKills.OneByOne(ThisProgram, kills: 30, seed: 20_261_126);

        Assert.Equal(30, outlived.Kills);
        Assert.Equal(outlived.Log, outlived.Witnessed);
        Assert.Equal(outlived.Log[^1], outlived.Position);
        Assert.True(outlived.Log.Count > 300, $"{outlived.Log.Count} events were appended meanwhile.");
        Assert.True(outlived.Midway > 0, "Not one of them was killed inside a page.");
    }

    [Fact]
    public async Task while_another_stands_by_is_taken_over_without_loss()
    {
        var outlived = await NodeKills.Leaders(ThisProgram, kills: 3, seed: 20_261_127);

        Assert.Equal(3, outlived.TakenOver.Count);
        Assert.Equal(outlived.Log, outlived.Witnessed);
        Assert.Equal(outlived.Log[^1], outlived.Position);
    }

    [Fact]
    public async Task on_a_poison_event_goes_on_without_loss_in_a_build_that_knows_it()
    {
        await using var database = await PostgresServer.NewDatabase();
        await ProjectionNode.MakeTable(database);
        var store = new PostgresEventStore(database.Writer, new(typeof(SoakWritten).Assembly, ThisProgram));
        for (var n = 1; n <= 25; n++) await store.MustAppend(Stream(n).To(ExpectedVersion.NewStream, n == 14 ? Counted(n) : Event(new SoakWritten(n))));

        // Started twice: a restart alone mends nothing, and skips nothing.
        var stoppedAt = "-infinity";
        for (var restart = 0; restart < 2; restart++)
        {
            using var old = ProjectionNode.Start(ThisProgram, database, "old", typeof(SoakWritten).Assembly);
            await Until($"exists (select from archive.projection_stops where stopped_at > '{stoppedAt}')");
            stoppedAt = await database.Writer.Scalar<string>("select stopped_at::text from archive.projection_stops");
            Assert.Equal("archive:witness:v1 14 NotSupportedException", await database.Writer.Scalar<string>("select concat_ws(' ', name, seq_id, error) from archive.projection_stops"));
            Assert.Equal(13L, await database.Writer.Scalar<long>("select last_seq_id from archive.mt_event_progression"));
            await old.Kill();
        }

        using var mended = ProjectionNode.Start(ThisProgram, database, "mended", typeof(SoakWritten).Assembly, ThisProgram);
        await Until("(select last_seq_id from archive.mt_event_progression) = 25 and not exists (select from archive.projection_stops)");
        await mended.Kill();

        Assert.Equal(Enumerable.Range(1, 25).Select(n => (long)n), await database.Writer.Scalar<long[]>("select array_agg(seq_id order by nth) from archive.witnessed"));
        Assert.Equal("mended 12, old 13", await database.Writer.Scalar<string>("select string_agg(by || ' ' || n, ', ' order by by) from (select by, count(*) n from archive.witnessed group by by) s"));

        async Task Until(string condition)
        {
            for (var i = 0; i < 6000; i++)
            {
                if (await database.Superuser.Scalar<bool>($"select {condition}")) return;
                await Task.Delay(10);
            }

            Assert.Fail($"It did not come to this in a minute: {condition}");
        }
    }
}
