using System.Text.Json;
using System.Text.Json.Serialization;
using ArchiveService.Access;
using ArchiveService.AppTests.Disposals;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.Rebuild;
using ArchiveService.Features.Replay;
using ArchiveService.Testing;

namespace ArchiveService.AppTests.Replay;

/// <summary>What was asked once is answered so for ever: late acts, edits, gallring of other records and a rebuild change no byte of it.</summary>
public sealed class The_same_answer_for_ever
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    private static readonly DateTimeOffset At = new(2020, 6, 1, 0, 0, 0, TimeSpan.Zero);

    [Fact]
    [Trait("Requirement", "I12")]
    [Trait("Requirement", "I5")]
    public async Task whatever_comes_later_apart_from_what_is_destroyed()
    {
        await using var world = await World.Make();
        var evidence = world.Get<EvidenceWorker>();
        await evidence.StartAsync(default);
        try
        {
            var reviewer = world.Anna with { Grants = [new(Role.Arkivarie, null), new(Role.Revisor, null)] };
            await world.Capture(
                World.Comment("a", "första"), World.Comment("b", "andra", author: "author-2", at: "2020-03-02T12:00:00Z"), World.Comment("x", "ska gallras", author: "author-3", at: "2020-03-03T12:00:00Z"),
                new { act = "hide", nativeId = "b", kind = "comment", occurredAt = "2020-04-01T12:00:00Z" });
            var knownAt = await Vouched(world);

            async Task<string> Ask(ReplayOf of, Guid id)
            {
                var (known, behind) = await world.Get<ReplayKnown>().At(knownAt, default);
                Assert.Null(behind);
                var (subject, refused) = await world.Get<ReplaySubjects>().Find(of, id, reviewer, default);
                Assert.Null(refused);
                var state = await world.Get<ReplayStates>().At(subject!, new(At, knownAt, null), known!, reviewer, null, default);
                var line = await world.Get<ReplayTimeline>().Read(subject!, new(null, null, null, null, null, knownAt, null), known!, reviewer, null, default);
                var compared = await world.Get<ReplayStates>().Between(subject!, new(At.AddMonths(-3), At, knownAt, null), known!, reviewer, null, default);
                return JsonSerializer.Serialize(new { state, line, compared }, Json);
            }

            async Task<string[]> All() => [await Ask(ReplayOf.Channel, world.Channel.Id), await Ask(ReplayOf.Account, world.Account("author-2")), await Ask(ReplayOf.Record, world.Record("b"))];
            var before = await All();
            Assert.Contains("andra", before[0], StringComparison.Ordinal);
            Assert.Contains("\"state\":\"hidden\"", before[1], StringComparison.Ordinal);

            // Older acts that arrive later, one of them before everything; edits; new names; and many others.
            await world.Capture(
                new { act = "edit", nativeId = "a", kind = "comment", occurredAt = "2020-03-01T18:00:00Z", text = "ändrad långt senare", author = new { nativeId = "author-1", displayName = "Nytt Namn" }, audience = "public" },
                new { act = "edit", nativeId = "b", kind = "comment", occurredAt = "2020-02-01T09:00:00Z", text = "den äldsta lydelsen", author = new { nativeId = "author-2", displayName = "Äldsta Namnet" }, audience = "public" },
                new { act = "delete", nativeId = "b", kind = "comment", occurredAt = "2020-05-01T12:00:00Z" });
            await world.Capture([.. Enumerable.Range(0, 60).Select(n => World.Comment($"sen-{n}", $"sen {n}", author: "author-2", at: "2020-03-05T12:00:00Z"))]);
            await Vouched(world);
            Assert.Equal(before, await All());

            // Now is another matter.
            var (now, _) = await world.Get<ReplayKnown>().At(TimeProvider.System.GetUtcNow(), default);
            var (channel, _) = await world.Get<ReplaySubjects>().Find(ReplayOf.Channel, world.Channel.Id, reviewer, default);
            var today = await world.Get<ReplayStates>().At(channel!, new(At, TimeProvider.System.GetUtcNow(), null), now!, reviewer, null, default);
            Assert.Equal((50, 63), (today.Items.Count, today.Counts!.Visible + today.Counts.Deleted));
            Assert.NotNull(today.Next);
            Assert.Equal(now!.Size, await world.Ask<long>("select count(*) from archive.mt_events where seq_id <= $1", now.Sequence));

            // A rebuild from the log.
            var rebuilt = await world.Get<RebuildViews>().Run(acceptDifferences: false, null, default);
            Assert.True(rebuilt is { Same: true, Switched: true }, string.Join(", ", rebuilt.Tables.Where(t => !t.Same)));
            Assert.Equal(before, await All());

            // Gallring: of others nothing is seen; what is gone stands as gone, with its run.
            await world.Do(world.Database.Writer, "update archive.record_states set received_at = now() where record_id <> $1", world.Record("x"));
            var run = await world.Started(await world.Rule());
            Assert.Equal(1, (await world.Batch(run.Id, [world.Record("x")])).Destroyed);
            Assert.True(await world.Projected());
            var after = await All();
            Assert.Equal(before[1..], after[1..]);
            Assert.DoesNotContain("ska gallras", after[0], StringComparison.Ordinal);
            var gone = JsonDocument.Parse(after[0]).RootElement.GetProperty("state").GetProperty("items").EnumerateArray().Single(i => i.GetProperty("id").GetGuid() == world.Record("x"));
            Assert.Equal(run.Id, gone.GetProperty("destroyed").GetProperty("run").GetGuid());
            Assert.Equal(JsonValueKind.Null, gone.GetProperty("text").ValueKind);
        }
        finally
        {
            await evidence.StopAsync(default);
        }
    }

    /// <summary>When a checkpoint vouches for all there is, and the views show it.</summary>
    private static async Task<DateTimeOffset> Vouched(World world)
    {
        for (var i = 0; i < 400; i++)
        {
            if (await world.Get<EvidenceLog>().Latest(default) is { } latest && latest.LastSequence == await world.Ask<long>("select max(seq_id) from archive.mt_events"))
            {
                Assert.True(await world.Projected());
                return TimeProvider.System.GetUtcNow();
            }

            await Task.Delay(50);
        }

        throw new TimeoutException("No checkpoint vouches for the end of the log.");
    }
}
