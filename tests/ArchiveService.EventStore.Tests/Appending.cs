using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

public sealed class Appending(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private readonly PostgresEventStore store = fixture.Store;

    [Fact]
    public async Task stores_the_events_in_order_with_who_and_why()
    {
        var stream = AStream();
        var first = new NewEvent(new("0199bbbb-0000-7000-8000-000000000001"), new ThingCounted(1, "å"));
        var by = new AppendContext("0199cccc-0000-7000-8000-000000000001", "request-1", "cause-1", """{"role":"registrator"}""");

        var done = Assert.IsType<Appended.Done>(await store.Append([stream.To(ExpectedVersion.NewStream, first, Event(new ThingRenamed("b")))], by));
        var read = await store.ReadStream(stream);

        Assert.Equal([1L, 2L], read.Select(r => r.Version));
        Assert.Equal([done.FirstSequence, done.LastSequence], read.Select(r => r.Sequence));
        Assert.Equal(new Recorded(
            done.FirstSequence, first.Id, stream, 1, "thing_counted", new ThingCounted(1, "å"), done.RecordedAt,
            by.Actor, "request-1", "cause-1", """{"role": "registrator"}"""), read[0]);
        Assert.Equal(new ThingRenamed("b"), read[1].Event);
        Assert.Equal(2, done.Versions[stream]);
        Assert.Equal(0, done.RecordedAt.Ticks % TimeSpan.TicksPerMicrosecond);
    }

    /// <summary>Other tests of this process count too.</summary>
    [Fact]
    public async Task is_counted_and_so_is_losing_a_race()
    {
        var counted = new System.Collections.Concurrent.ConcurrentDictionary<string, long>();
        using var listener = new System.Diagnostics.Metrics.MeterListener();
        listener.InstrumentPublished = (instrument, self) =>
        {
            if (instrument.Meter.Name == StoreMeter.Name) self.EnableMeasurementEvents(instrument);
        };
        listener.SetMeasurementEventCallback<long>((instrument, value, _, _) => counted.AddOrUpdate(instrument.Name, value, (_, before) => before + value));
        listener.Start();
        var stream = AStream();

        await store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(1), Counted(2)));
        Assert.IsType<Appended.Conflict>(await store.Append([stream.To(ExpectedVersion.NewStream, Counted(3))], Nobody));

        Assert.True(counted[StoreMeter.Appends] >= 1 && counted[StoreMeter.AppendedEvents] >= 2 && counted[StoreMeter.Conflicts] >= 1);
    }

    [Fact]
    public async Task writes_what_marten_reads()
    {
        var stream = AStream();
        await store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(7)));

        await using var query = fixture.Writer.CreateCommand("""
            select e.type, e.mt_dotnet_type, e.tenant_id, e.is_archived, e.data::text, s.type, s.version, s.timestamp = e.timestamp, s.created = e.timestamp
            from archive.mt_events e join archive.mt_streams s on s.id = e.stream_id where e.stream_id = $1
            """);
        query.Parameters.Add(new() { Value = stream });
        await using var row = await query.ExecuteReaderAsync();
        await row.ReadAsync();
        var values = new object[row.FieldCount];
        row.GetValues(values);

        Assert.Equal(
            ["thing_counted", "ArchiveService.EventStore.Tests.ThingCounted, ArchiveService.EventStore.Tests", "*DEFAULT*", false, """{"number": 7}""", "thing", 1L, true, true],
            values);
    }

    [Fact]
    public async Task to_many_streams_is_one_act_and_numbers_each_stream()
    {
        var (old, fresh, any) = (AStream(), AStream(), AStream());
        await store.MustAppend(old.To(ExpectedVersion.NewStream, Counted(1), Counted(2)));

        var done = await store.MustAppend(
            any.To(ExpectedVersion.Any, Counted(30)),
            old.To(ExpectedVersion.Exactly(2), Counted(3), Counted(4)),
            fresh.To(ExpectedVersion.NewStream, Counted(20)));
        var read = await store.ReadStreams([old, fresh, any, AStream()]);

        Assert.Equal(3, read.Count);
        Assert.Equal([1L, 2L, 3L, 4L], read[old].Select(r => r.Version));
        Assert.Equal([4L, 1L, 1L], [done.Versions[old], done.Versions[fresh], done.Versions[any]]);
        Assert.Equal([30L, 3L, 4L, 20L], read.SelectMany(s => s.Value).Where(r => r.Sequence >= done.FirstSequence).OrderBy(r => r.Sequence).Select(r => ((ThingCounted)r.Event).Number));
        Assert.All(read.SelectMany(s => s.Value).Where(r => r.Sequence >= done.FirstSequence), r => Assert.Equal(done.RecordedAt, r.Time));
    }

    [Fact]
    public async Task takes_more_than_five_hundred_streams_at_once()
    {
        var streams = Enumerable.Range(0, 700).Select(_ => AStream()).ToArray();

        var done = await store.MustAppend([.. streams.Select(s => s.To(ExpectedVersion.NewStream, Counted(1)))]);

        Assert.Equal(700, done.Versions.Count);
        Assert.Equal(700, (await store.ReadStreams(streams)).Count);
    }

    [Fact]
    public async Task on_a_stream_that_stands_elsewhere_is_a_conflict_and_writes_nothing()
    {
        var (stream, other) = (AStream(), AStream());
        await store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(1), Counted(2)));

        var outcome = await store.Append([other.To(ExpectedVersion.NewStream, Counted(1)), stream.To(ExpectedVersion.Exactly(1), Counted(3))], Nobody);

        Assert.Equal(new Appended.Conflict(stream, 1, 2), outcome);
        Assert.Equal(2, (await store.ReadStream(stream)).Count);
        Assert.Empty(await store.ReadStream(other));
    }

    [Fact]
    public async Task to_a_new_stream_that_exists_is_a_conflict_that_names_it()
    {
        var (stream, other) = (AStream(), AStream());
        await store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(1)));

        var outcome = await store.Append([other.To(ExpectedVersion.NewStream, Counted(1)), stream.To(ExpectedVersion.NewStream, Counted(1))], Nobody);

        Assert.Equal(new Appended.Conflict(stream, 0, 1), outcome);
        Assert.Empty(await store.ReadStream(other));
    }

    [Fact]
    public async Task on_a_version_of_a_stream_that_does_not_exist_is_a_conflict()
    {
        var stream = AStream();

        Assert.Equal(new Appended.Conflict(stream, 3, 0), await store.Append([stream.To(ExpectedVersion.Exactly(3), Counted(1))], Nobody));
    }

    [Fact]
    public async Task refuses_a_stream_named_twice()
    {
        var stream = AStream();

        await Assert.ThrowsAsync<ArgumentException>(() => store.Append([stream.To(ExpectedVersion.Any, Counted(1)), stream.To(ExpectedVersion.Any, Counted(2))], Nobody));
        foreach (var (expected, state) in new[] { (-1, PostgresErrorCodes.CardinalityViolation), (0, PostgresErrorCodes.UniqueViolation) })
        {
            Assert.Equal(state, await fixture.Writer.StateOfRefusal($$"""
                select archive.append_events(array['{{stream}}','{{stream}}']::uuid[], '{thing,thing}', '{ {{expected}},{{expected}} }', '{1,2}', '{1,1}',
                  array[gen_random_uuid(), gen_random_uuid()], '{a,a}', '{A,A}', array['{}','{}']::jsonb[], null, null, null, null)
                """));
        }
    }

    [Theory]
    [InlineData("'{2}'", "'{1}'", "the event belongs to no stream")]
    [InlineData("'{1}'", "'{2}'", "a version would be missing")]
    [InlineData("'{1,1}'", "'{1,2}'", "an event has no body")]
    public async Task refuses_arrays_that_do_not_fit_together(string streams, string nth, string because)
    {
        foreach (var expected in new[] { -1, 0 })
        {
            var state = await fixture.Writer.StateOfRefusal($$"""
                select archive.append_events(array['{{AStream()}}']::uuid[], '{thing}', '{ {{expected}} }', {{streams}}, {{nth}},
                  array[gen_random_uuid()], '{a}', '{A}', array['{}']::jsonb[], null, null, null, null)
                """);

            Assert.True(state == "22023", because);
        }
    }

    [Theory]
    [InlineData("'{1,1,2}'", "'{1,3,1}'", "a version would be missing", "22023")]
    [InlineData("'{1,1,2}'", "'{1,1,1}'", "a version would be there twice", PostgresErrorCodes.UniqueViolation)]
    [InlineData("'{1,1,1}'", "'{1,2,3}'", "a stream has no event", "22023")]
    [InlineData("'{1,2,3}'", "'{1,1,1}'", "an event belongs to no stream", "22023")]
    [InlineData("'{1,null,2}'", "'{1,2,1}'", "an event belongs to nobody knows what", "22023")]
    public async Task refuses_numbering_with_holes(string streams, string nth, string because, string expectedState)
    {
        foreach (var expected in new[] { -1, 0 })
        {
            var (one, two) = (AStream(), AStream());
            var state = await fixture.Writer.StateOfRefusal($$"""
                select archive.append_events(array['{{one}}','{{two}}']::uuid[], '{thing,thing}', '{ {{expected}},{{expected}} }', {{streams}}, {{nth}},
                  array[gen_random_uuid(), gen_random_uuid(), gen_random_uuid()], '{a,a,a}', '{A,A,A}', array['{}','{}','{}']::jsonb[], null, null, null, null)
                """);

            Assert.True(state == expectedState, because);
            Assert.Empty(await store.ReadStream(one));
        }
    }

    [Fact]
    public async Task of_several_new_streams_says_which_is_there_already()
    {
        var (first, taken, last) = (AStream(), AStream(), AStream());
        await store.MustAppend(taken.To(ExpectedVersion.NewStream, Counted(1), Counted(2)));

        Assert.Equal(
            new Appended.Conflict(taken, 0, 2),
            await store.Append([first.To(ExpectedVersion.NewStream, Counted(1)), taken.To(ExpectedVersion.NewStream, Counted(1)), last.To(ExpectedVersion.NewStream, Counted(1))], Nobody));
        Assert.Equal(new Appended.Conflict(taken, 0, 2), await store.AppendNew([first.To(ExpectedVersion.NewStream, Counted(1)), taken.To(ExpectedVersion.NewStream, Counted(1))], Nobody));
        Assert.Empty(await store.ReadStream(first));
        Assert.Empty(await store.ReadStream(last));
    }

    [Fact]
    public async Task of_several_new_streams_that_another_is_just_making_waits_and_is_told()
    {
        var (one, two) = (AStream(), AStream());
        await using var connection = await fixture.Writer.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        Assert.IsType<Appended.Done>(await store.Append(transaction, [one.To(ExpectedVersion.NewStream, Counted(1)), two.To(ExpectedVersion.NewStream, Counted(1))], Nobody));

        var second = store.Append([two.To(ExpectedVersion.NewStream, Counted(2)), one.To(ExpectedVersion.NewStream, Counted(2))], Nobody);
        await Task.Delay(50);
        Assert.False(second.IsCompleted);
        await transaction.CommitAsync();

        Assert.Equal(new Appended.Conflict(two, 0, 1), await second);
        Assert.Single(await store.ReadStream(one));
    }

    [Fact]
    public async Task runs_the_statements_beside_in_the_same_transaction()
    {
        await fixture.Database.Owner.Run("create table if not exists archive.beside_test (n int primary key); grant insert, select on archive.beside_test to archive_writer");
        var (kept, lost) = (AStream(), AStream());

        await store.Append([kept.To(ExpectedVersion.NewStream, Counted(1))], Nobody, [new("insert into archive.beside_test values (1)")]);
        await Assert.ThrowsAsync<PostgresException>(() => store.Append(
            [lost.To(ExpectedVersion.NewStream, Counted(1))], Nobody, [new("insert into archive.beside_test values (2)"), new("insert into archive.beside_test values (1)")]));

        Assert.Single(await store.ReadStream(kept));
        Assert.Empty(await store.ReadStream(lost));
        Assert.Equal(1L, await fixture.Writer.Scalar<long>("select count(*) from archive.beside_test"));
    }

    [Fact]
    public async Task inside_a_callers_transaction_is_undone_with_it()
    {
        var stream = AStream();
        await using var connection = await fixture.Writer.OpenConnectionAsync();
        await using (var transaction = await connection.BeginTransactionAsync())
        {
            Assert.IsType<Appended.Done>(await store.Append(transaction, [stream.To(ExpectedVersion.NewStream, Counted(1))], Nobody));
            Assert.Single(await store.ReadStream(transaction, stream));
            await transaction.RollbackAsync();
        }

        Assert.Empty(await store.ReadStream(stream));
    }

    [Fact]
    public async Task after_a_lock_records_the_time_the_lock_gave()
    {
        var (stream, fresh) = (AStream(), AStream());
        await store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(1)));
        await using var connection = await fixture.Writer.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();

        var locked = await store.Lock(transaction, [stream, fresh]);
        await Task.Delay(20);
        var done = Assert.IsType<Appended.Done>(await store.Append(
            transaction, [stream.To(ExpectedVersion.Exactly(locked.Versions[stream]), Counted(2)), fresh.To(ExpectedVersion.NewStream, Counted(1))], Nobody));
        await transaction.CommitAsync();

        Assert.Equal(locked.RecordedAt, done.RecordedAt);
        Assert.Equal((1, 0), (locked.Versions[stream], locked.Versions[fresh]));
    }

    [Fact]
    public async Task does_not_believe_a_recorded_time_from_before_the_transaction()
    {
        var stream = AStream();
        await using var connection = await fixture.Writer.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();
        await using (var lie = new NpgsqlCommand("select set_config('archive.recorded_at', '2001-01-01 00:00:00+00', true)", connection, transaction))
            await lie.ExecuteNonQueryAsync();

        var done = Assert.IsType<Appended.Done>(await store.Append(transaction, [stream.To(ExpectedVersion.NewStream, Counted(1))], Nobody));

        Assert.NotEqual(2001, done.RecordedAt.Year);
    }

    [Fact]
    public async Task never_records_a_time_below_the_streams_last()
    {
        // A clock that was set back: the stream's last event lies ahead of now.
        var stream = AStream();
        await fixture.Database.Owner.Run($$"""
            insert into archive.mt_streams (id, type, version, timestamp) values ('{{stream}}', 'thing', 1, '2100-01-01 00:00:00.000001+00');
            insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp)
            values (nextval('archive.mt_events_sequence'), gen_random_uuid(), '{{stream}}', 1, '{"number":1}', 'thing_counted', '2100-01-01 00:00:00.000001+00')
            """);

        var done = await store.MustAppend(stream.To(ExpectedVersion.Any, Counted(2)));

        Assert.Equal(new DateTimeOffset(2100, 1, 1, 0, 0, 0, TimeSpan.Zero).AddMicroseconds(1), done.RecordedAt);
    }

    [Fact]
    public async Task of_nothing_or_of_an_unregistered_type_is_refused()
    {
        await Assert.ThrowsAsync<ArgumentException>(() => store.Append([], Nobody));
        await Assert.ThrowsAsync<ArgumentException>(() => store.Append([AStream().To(ExpectedVersion.Any)], Nobody));
        await Assert.ThrowsAsync<InvalidOperationException>(() => store.Append([AStream().To(ExpectedVersion.Any, Event(new Version(1, 0)))], Nobody));
    }

    [Fact]
    public async Task reads_a_stream_as_it_stood_at_an_instant()
    {
        var stream = AStream();
        var first = await store.MustAppend(stream.To(ExpectedVersion.NewStream, Counted(1)));
        await store.MustAppend(stream.To(ExpectedVersion.Exactly(1), Counted(2)));

        Assert.Single(await store.ReadStream(stream, first.RecordedAt));
        Assert.Empty(await store.ReadStream(stream, first.RecordedAt.AddMicroseconds(-1)));
        Assert.Empty(await store.ReadStream(AStream()));
    }
}
