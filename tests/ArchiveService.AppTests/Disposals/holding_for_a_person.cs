using ArchiveService.Features.DataSubjects;
using ArchiveService.Http;

namespace ArchiveService.AppTests.Disposals;

/// <summary>What a person has asked about is not destroyed while the request is open, whatever the order of links and batches.</summary>
public sealed class Holding_for_a_person
{
    [Fact]
    [Trait("Requirement", "I4")]
    public async Task never_lets_a_batch_take_what_was_linked_before()
    {
        await using var world = await World.Make();
        var random = new Random(4711);
        var records = await world.Capture([.. Enumerable.Range(1, 48).Select(i => World.Comment($"c-{i}", author: $"author-{i % 8}"))]);
        var run = await world.Started(await world.Rule());
        Assert.True(await world.Projected());
        var (id, _, _) = await world.Get<ReceiveSubjectRequestHandler>().Receive(new("KS", "access", "Kajsa Låtsberg"), world.Registrar, default);
        var requests = world.Get<SubjectRequests>();
        Assert.IsType<Outcome.Done>(await requests.Identify(id, new("idDocument"), default, world.Registrar, default));
        var order = records.OrderBy(_ => random.Next()).ToList();

        // By when a link had been made and when the batch began: a link that waits for a batch bears the earlier time of its event.
        var stood = new (long From, long Until)[8];
        var began = new Dictionary<Guid, (long From, long Until)>();
        Array.Fill(stood, (long.MaxValue, long.MaxValue));
        await Task.WhenAll(
            Task.Run(async () =>
            {
                for (var i = 0; i < 8; i++)
                {
                    Assert.IsType<Outcome.Done>(await requests.Link(id, new(world.Account($"author-{i}"), Reason: "Prov"), default, world.Registrar, default));
                    stood[i].From = System.Diagnostics.Stopwatch.GetTimestamp();
                    if (i % 3 != 2) continue;
                    stood[i].Until = System.Diagnostics.Stopwatch.GetTimestamp();
                    Assert.IsType<Outcome.Done>(await requests.Unlink(id, world.Account($"author-{i}"), new("Inte personens"), default, world.Registrar, default));
                }
            }),
            Task.Run(async () =>
            {
                foreach (var some in order.Chunk(2))
                {
                    var from = System.Diagnostics.Stopwatch.GetTimestamp();
                    await world.Batch(run.Id, some);
                    foreach (var record in some) began[record] = (from, System.Diagnostics.Stopwatch.GetTimestamp());
                }
            }));

        for (var i = 0; i < records.Count; i++)
        {
            var (link, batch) = (stood[(i + 1) % 8], began[records[i]]);
            if (link.From < batch.From && link.Until > batch.Until) Assert.False(await world.IsDisposed(records[i]), $"c-{i + 1}");
        }

        Assert.True(await world.Ask<long>("select count(*) from archive.disposal_items where state = 'skipped' and reason = 'held'") > 0);
    }
}
