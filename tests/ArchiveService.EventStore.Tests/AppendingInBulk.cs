using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

public sealed class Appending_new_streams_in_bulk(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private readonly PostgresEventStore store = fixture.Store;

    [Fact]
    public async Task writes_exactly_what_an_ordinary_append_writes()
    {
        var (bulk, plain) = (AStream(), AStream());
        var by = new AppendContext("0199cccc-0000-7000-8000-000000000001", "request-1", "cause-1", """{"role":"registrator"}""");

        var done = Assert.IsType<Appended.Done>(await store.AppendNew([bulk.To(ExpectedVersion.NewStream, Counted(1, "å"), Event(new ThingRenamed("b")))], by));
        await store.Append([plain.To(ExpectedVersion.NewStream, Counted(1, "å"), Event(new ThingRenamed("b")))], by);

        Assert.Equal(await Rows(plain), await Rows(bulk));
        Assert.Equal((2L, done.FirstSequence + 1), (done.Versions[bulk], done.LastSequence));
        Assert.All(await store.ReadStream(bulk), r => Assert.Equal(done.RecordedAt, r.Time));
    }

    [Fact]
    public async Task takes_thousands_in_any_order_and_numbers_them_as_they_came()
    {
        var changes = Enumerable.Range(0, 2000).Select(n => AStream().To(ExpectedVersion.NewStream, Counted(n), Counted(n))).Reverse().ToArray();

        var done = Assert.IsType<Appended.Done>(await store.AppendNew(changes, Nobody));
        var read = await store.ReadStreams([.. changes.Select(c => c.StreamId)]);

        Assert.Equal(done.FirstSequence, read[changes[0].StreamId][0].Sequence);
        Assert.Equal(done.LastSequence, read[changes[^1].StreamId][1].Sequence);
        Assert.Equal(4000, read.Sum(s => s.Value.Count));
    }

    [Fact]
    public async Task that_meets_a_stream_that_exists_is_a_conflict_and_writes_nothing()
    {
        var (old, fresh) = (AStream(), AStream());
        await store.MustAppend(old.To(ExpectedVersion.NewStream, Counted(1)));

        Assert.IsType<Appended.Conflict>(await store.AppendNew([fresh.To(ExpectedVersion.NewStream, Counted(1)), old.To(ExpectedVersion.NewStream, Counted(2))], Nobody));

        Assert.Empty(await store.ReadStream(fresh));
        Assert.Single(await store.ReadStream(old));
    }

    [Fact]
    public async Task against_ordinary_appends_of_the_same_streams_has_one_winner_and_no_deadlock()
    {
        for (var round = 0; round < 20; round++)
        {
            var streams = Enumerable.Range(0, 50).Select(_ => AStream()).ToArray();
            StreamChange[] Changes(int seed)
            {
                var mixed = streams.ToArray();
                new Random(seed).Shuffle(mixed);
                return [.. mixed.Select(s => s.To(ExpectedVersion.NewStream, Counted(seed)))];
            }

            var outcomes = await Task.WhenAll(Enumerable.Range(0, 6).Select(n => Task.Run(() => n % 2 == 0 ? store.AppendNew(Changes(n), Nobody) : store.Append(Changes(n), Nobody))));

            Assert.Single(outcomes.OfType<Appended.Done>());
            Assert.All(await store.ReadStreams(streams), s => Assert.Single(s.Value));
        }
    }

    [Fact]
    public async Task is_taken_back_whole_when_a_statement_beside_is_refused()
    {
        var stream = AStream();

        await Assert.ThrowsAsync<PostgresException>(() => store.AppendNew([stream.To(ExpectedVersion.NewStream, Counted(1))], Nobody, [new("select 1/0")]));

        Assert.Empty(await store.ReadStream(stream));
        Assert.Equal(0L, await fixture.Writer.Scalar<long>("select count(*) from archive.mt_streams where id = $1", stream));
    }

    [Fact]
    public async Task is_held_to_the_same_checks()
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => store.AppendNew([AStream().To(ExpectedVersion.NewStream, Event(new ThingMeasured(0.5)))], Nobody));
        Assert.Equal("mt_events_exact_numbers", refused.ConstraintName);

        var stream = AStream();
        await Assert.ThrowsAsync<ArgumentException>(() => store.AppendNew([], Nobody));
        await Assert.ThrowsAsync<ArgumentException>(() => store.AppendNew([stream.To(ExpectedVersion.Any, Counted(1))], Nobody));
        await Assert.ThrowsAsync<ArgumentException>(() => store.AppendNew([stream.To(ExpectedVersion.NewStream, Counted(1)), stream.To(ExpectedVersion.NewStream, Counted(1))], Nobody));
    }

    private Task<string> Rows(Guid stream) => fixture.Writer.Scalar<string>("""
        select string_agg(concat_ws('|', e.version, e.data, e.bdata, e.type, e.tenant_id, e.mt_dotnet_type, e.correlation_id, e.causation_id, e.headers, e.user_name, e.is_archived,
          s.type, s.version, s.tenant_id, s.is_archived, s.timestamp = e.timestamp, s.created = e.timestamp), E'\n' order by e.version)
        from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id where e.stream_id = $1
        """, stream);
}
