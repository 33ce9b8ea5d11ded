using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

public sealed class An_append_sent_again(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    private readonly PostgresEventStore store = fixture.Store;

    private static AppendContext Once() => new(Once: Guid.CreateVersion7());

    [Fact]
    public async Task under_the_same_key_appends_nothing_and_answers_what_the_first_led_to()
    {
        var (old, fresh) = (AStream(), AStream());
        await store.MustAppend(old.To(ExpectedVersion.NewStream, Counted(1)));
        var by = Once();
        Task<Appended> Send() => store.Append([old.To(ExpectedVersion.Exactly(1), Counted(2), Counted(3)), fresh.To(ExpectedVersion.NewStream, Counted(4))], by, [new("select 1")]);

        var first = Assert.IsType<Appended.Done>(await Send());
        await store.MustAppend(old.To(ExpectedVersion.Exactly(3), Counted(5)));
        var again = Assert.IsType<Appended.Done>(await Send());

        Assert.False(first.Repeated);
        Assert.True(again.Repeated);
        Assert.Equal((first.FirstSequence, first.LastSequence, first.RecordedAt), (again.FirstSequence, again.LastSequence, again.RecordedAt));
        Assert.Equal(first.Versions.OrderBy(v => v.Key), again.Versions.OrderBy(v => v.Key));
        Assert.Equal(4, (await store.ReadStream(old)).Count);
        Assert.Single(await store.ReadStream(fresh));
    }

    [Fact]
    public async Task by_many_at_once_is_appended_once()
    {
        var stream = AStream();
        var by = Once();

        var outcomes = await Task.WhenAll(Enumerable.Range(0, 16).Select(_ => Task.Run(() => store.Append([stream.To(ExpectedVersion.Any, Counted(1))], by))));

        Assert.Single(outcomes, o => o is Appended.Done { Repeated: false });
        Assert.Single(outcomes.Select(o => ((Appended.Done)o).LastSequence).Distinct());
        Assert.Single(await store.ReadStream(stream));
    }

    [Fact]
    public async Task after_a_conflict_or_a_refusal_is_the_first_one()
    {
        var stream = AStream();
        var by = Once();

        Assert.IsType<Appended.Conflict>(await store.Append([stream.To(ExpectedVersion.Exactly(7), Counted(1))], by));
        await Assert.ThrowsAsync<PostgresException>(() => store.Append([stream.To(ExpectedVersion.NewStream, Counted(1))], by, [new("select 1/0")]));
        var done = Assert.IsType<Appended.Done>(await store.Append([stream.To(ExpectedVersion.NewStream, Counted(1))], by));

        Assert.False(done.Repeated);
        Assert.Single(await store.ReadStream(stream));
    }

    [Fact]
    public async Task after_its_key_was_forgotten_meets_the_version_it_left_behind()
    {
        var stream = AStream();
        var by = Once();
        await store.Append([stream.To(ExpectedVersion.NewStream, Counted(1))], by);

        await store.ForgetKeys(TimeProvider.System.GetUtcNow().AddMinutes(1));

        Assert.IsType<Appended.Conflict>(await store.Append([stream.To(ExpectedVersion.NewStream, Counted(1))], by));
        Assert.Single(await store.ReadStream(stream));
    }

    [Fact]
    public async Task inside_a_callers_transaction_is_refused()
    {
        await using var connection = await fixture.Writer.OpenConnectionAsync();
        await using var transaction = await connection.BeginTransactionAsync();

        await Assert.ThrowsAsync<ArgumentException>(() => store.Append(transaction, [AStream().To(ExpectedVersion.NewStream, Counted(1))], Once()));
    }
}
