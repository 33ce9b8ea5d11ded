using System.Text.Json;
using Npgsql;
using static ArchiveService.EventStore.Tests.Scenarios;

namespace ArchiveService.EventStore.Tests;

[EventName("everything_told")]
public sealed record EverythingTold(
    Guid Id, string FirstText, bool IsTrue, long Whole, DateTimeOffset HappenedAt, Weekday DayOfWeek, IReadOnlyList<string> ManyTexts, ThingRenamed Inner, string? Absent = null);

/// <summary>How sizes were told first, in whole metres; then in millimetres; and now with the tool.</summary>
[EventName("size_told")]
public sealed record SizeTold(long Metres) : IOlderVersion
{
    public object Newer() => new SizeToldInMillimetres(Metres * 1000);
}

[EventName("size_told_v2")]
public sealed record SizeToldInMillimetres(long Millimetres) : IOlderVersion
{
    public object Newer() => new SizeToldWithTool(Millimetres, "unknown");
}

[EventName("size_told_v3")]
public sealed record SizeToldWithTool(long Millimetres, string Tool);

public enum Weekday
{
    Monday,
    TuesdayNight,
}

public sealed class Event_json(StoreFixture fixture) : IClassFixture<StoreFixture>
{
    // Marten reads with case-sensitive names: a wrong case would read silently as an empty event there.
    private const string Pinned =
        """{"id":"0199aaaa-0000-7000-8000-000000000001","firstText":"å","isTrue":true,"whole":9007199254740991,"happenedAt":"2026-03-01T12:00:00.123456Z","dayOfWeek":"tuesdayNight","manyTexts":["a"],"inner":{"newName":"b"}}""";

    private static readonly EverythingTold Told = new(
        new("0199aaaa-0000-7000-8000-000000000001"), "å", true, 9007199254740991, new DateTimeOffset(2026, 3, 1, 13, 0, 0, 123, TimeSpan.FromHours(1)).AddMicroseconds(456),
        Weekday.TuesdayNight, ["a"], new("b"));

    [Fact]
    public async Task is_camel_case_with_words_for_enumerations_and_microseconds_in_utc()
    {
        var stream = AStream();
        await fixture.Store.MustAppend(stream.To(ExpectedVersion.NewStream, Event(Told)));

        var stored = await fixture.Writer.Scalar<string>($"select data::text from archive.mt_events where stream_id = '{stream}'");

        Assert.True(JsonElement.DeepEquals(JsonDocument.Parse(Pinned).RootElement, JsonDocument.Parse(stored).RootElement), stored);
        var read = Assert.IsType<EverythingTold>(Assert.Single(await fixture.Store.ReadStream(stream)).Event);
        Assert.Equal(Told with { ManyTexts = read.ManyTexts }, read);
        Assert.Equal(Told.ManyTexts, read.ManyTexts);
    }

    [Theory]
    [InlineData("""{"Number":1}""")]
    [InlineData("""{"number":"1"}""")]
    public void of_another_shape_is_not_read_as_if_it_were_ours(string json)
    {
        if (json.Contains("\"1\"", StringComparison.Ordinal)) Assert.Throws<JsonException>(() => StoreFixture.Types.Read("thing_counted", System.Text.Encoding.UTF8.GetBytes(json)));
        else Assert.Equal(new ThingCounted(0), StoreFixture.Types.Read("thing_counted", System.Text.Encoding.UTF8.GetBytes(json)));
    }

    [Fact]
    public async Task with_a_fraction_is_refused_by_the_database()
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() => fixture.Store.Append([AStream().To(ExpectedVersion.NewStream, Event(new ThingMeasured(0.5)))], Nobody));

        Assert.Equal("mt_events_exact_numbers", refused.ConstraintName);
    }

    [Theory]
    [InlineData(9007199254740993, false)]
    [InlineData(-9007199254740993, false)]
    [InlineData(long.MaxValue, false)]
    [InlineData(9007199254740991, true)]
    [InlineData(-9007199254740991, true)]
    public async Task holds_only_whole_numbers_that_every_reader_reads_alike(long number, bool allowed)
    {
        var append = () => fixture.Store.Append([AStream().To(ExpectedVersion.NewStream, Counted(number))], Nobody);

        if (allowed) Assert.IsType<Appended.Done>(await append());
        else Assert.Equal("mt_events_exact_numbers", (await Assert.ThrowsAsync<PostgresException>(append)).ConstraintName);
    }

    [Theory]
    [InlineData("""{"a":{"b":[1,{"c":1.5}]}}""")]
    [InlineData("""[[1.5]]""")]
    [InlineData("""{"a":1e30}""")]
    public async Task is_looked_through_to_the_bottom(string body)
    {
        Assert.False(await fixture.Writer.Scalar<bool>("select archive.only_exact_numbers($1::text::jsonb)", body));
        Assert.True(await fixture.Writer.Scalar<bool>("select archive.only_exact_numbers($1::text::jsonb)", """{"a":[1,"1.5",{"b":-3}],"c":null,"d":true}"""));
    }

    [Fact]
    public async Task of_headers_is_held_to_the_same()
    {
        var refused = await Assert.ThrowsAsync<PostgresException>(() =>
            fixture.Store.Append([AStream().To(ExpectedVersion.NewStream, Counted(1))], new(HeadersJson: """{"a":1.5}""")));

        Assert.Equal("mt_events_exact_numbers", refused.ConstraintName);
    }

    [Theory]
    [InlineData("size_told", """{"metres":2}""", 2000, "unknown")]
    [InlineData("size_told_v2", """{"millimetres":2500}""", 2500, "unknown")]
    [InlineData("size_told_v3", """{"millimetres":2500,"tool":"tumstock"}""", 2500, "tumstock")]
    public async Task of_an_older_version_is_read_as_the_newest(string name, string json, long millimetres, string tool)
    {
        var stream = AStream();
        await fixture.Writer.Run($"""
            insert into archive.mt_streams (id, type, version) values ('{stream}', 'thing', 1);
            insert into archive.mt_events (seq_id, id, stream_id, version, data, type, timestamp) values (nextval('archive.mt_events_sequence'), gen_random_uuid(), '{stream}', 1, '{json}', '{name}', now())
            """);

        var read = Assert.Single(await fixture.Store.ReadStream(stream));

        Assert.Equal((name, new SizeToldWithTool(millimetres, tool)), (read.Name, read.Event));
    }

    [Fact]
    public async Task of_an_older_version_is_not_written_any_more() =>
        await Assert.ThrowsAsync<InvalidOperationException>(() => fixture.Store.Append([AStream().To(ExpectedVersion.NewStream, Event(new SizeTold(1)))], Nobody));

    [Fact]
    public void has_a_name_for_every_type_and_each_name_once()
    {
        Assert.Equal(["everything_told", "size_told", "size_told_v2", "size_told_v3", "thing_counted", "thing_measured", "thing_renamed"], StoreFixture.Types.All.Keys.Order(StringComparer.Ordinal));
        Assert.Equal("thing_counted", StoreFixture.Types.NameOf(typeof(ThingCounted)));
        Assert.Throws<InvalidOperationException>(() => new EventTypes(typeof(ThingCounted).Assembly, typeof(ThingCounted).Assembly));
    }
}
