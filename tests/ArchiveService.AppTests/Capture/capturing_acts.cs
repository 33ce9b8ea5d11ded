using System.Net;
using System.Text.Json;
using ArchiveService.Capture;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.AppTests.Capture;

public sealed class Capturing_acts(IntakeArchive intake) : IClassFixture<IntakeArchive>
{
    private const string Create = "2026-03-01T12:00:00Z";
    private const string Edit = "2026-03-01T12:10:00Z";
    private const string Hide = "2026-03-01T12:20:00Z";
    private const string Unhide = "2026-03-01T12:30:00Z";
    private const string Delete = "2026-03-01T12:40:00Z";

    [Fact]
    [Trait("Requirement", "T-07")]
    [Trait("Requirement", "N-07")]
    public async Task keeps_what_was_written_word_for_word()
    {
        var line = IntakeArchive.Comment("word-1", "Räksmörgås \\u2764");

        var answer = await intake.Capture(line);

        Assert.Equal(1, answer.GetProperty("accepted").GetInt32());
        var captured = Assert.Single(await intake.History("word-1"));
        Assert.True(answer.GetProperty("lastSequence").GetInt64() >= captured.Sequence);
        var parts = await intake.PartsOf(captured);
        Assert.Equal(line, System.Text.Encoding.UTF8.GetString(parts.Bytes(Parts.Raw)!));
        Assert.Equal("Räksmörgås ❤", parts[Parts.Text]);
        Assert.Equal("Nils Låtsasson", parts[Parts.AuthorDisplayName]);
    }

    [Fact]
    public async Task takes_a_JSON_array_as_well()
    {
        var answer = await IntakeArchive.Ok(await intake.Send($"[{IntakeArchive.Comment("array-1")},\n {IntakeArchive.Comment("array-2")}]", "application/json"));

        Assert.Equal(2, answer.GetProperty("accepted").GetInt32());
    }

    [Fact]
    public async Task counts_the_same_line_twice_as_a_duplicate()
    {
        var line = IntakeArchive.Comment("twice-1");

        var together = await intake.Capture(line, line);
        var again = await intake.Capture(line);

        Assert.Equal((1, 1), (together.GetProperty("accepted").GetInt32(), together.GetProperty("duplicates").GetInt32()));
        Assert.Equal((0, 1), (again.GetProperty("accepted").GetInt32(), again.GetProperty("duplicates").GetInt32()));
        Assert.Single(await intake.History("twice-1"));
    }

    [Theory]
    [InlineData("order-1", 0, 1, 2, 3, 4)]
    [InlineData("order-2", 0, 4, 3, 2, 1)]
    [InlineData("order-3", 1, 0, 4, 2, 3)]
    [InlineData("order-4", 4, 2, 0, 3, 1)]
    [InlineData("order-5", 3, 1, 4, 0, 2)]
    [InlineData("order-6", 2, 3, 1, 4, 0)]
    public async Task ends_the_same_in_any_order_and_told_twice(string id, params int[] order)
    {
        string[] acts =
        [
            IntakeArchive.Comment(id, "Först", at: Create), IntakeArchive.Comment(id, "Sedan", "edit", Edit),
            IntakeArchive.Act(id, "hide", Hide), IntakeArchive.Act(id, "unhide", Unhide), IntakeArchive.Act(id, "delete", Delete),
        ];

        foreach (var act in order.Select(i => acts[i])) await intake.Capture(act);
        var again = await intake.Capture(order.Reverse().Select(i => acts[i]));
        await intake.Capture(acts);

        Assert.Equal((0, 5), (again.GetProperty("accepted").GetInt32(), again.GetProperty("duplicates").GetInt32()));
        var history = await intake.History(id);
        var state = RecordState.From(history);
        Assert.Equal(Visibility.Deleted, state.Visibility);
        Assert.True(state.ContentCaptured);
        Assert.Equal(DateTimeOffset.Parse(Create), state.ReceivedAt);
        Assert.Equal(2, state.Contents.Count);
        Assert.Equal(2, history.Count(h => h.Event is ItemEdited or ItemCaptured { ContentCaptured: true }));

        // An act on an item never seen gives it a birth without content, which is one event more.
        Assert.Equal(order[0] is 0 or 1 ? 5 : 6, history.Count);
        Assert.Equal("deleted", await intake.Served.Value<string>($"select visibility from archive.record_states where record_id = '{intake.RecordId(id)}'"));
    }

    [Fact]
    public async Task of_acts_without_a_time_leaves_the_inline_row_as_the_fold_has_it()
    {
        await intake.Capture(IntakeArchive.Comment("timeless-1"), IntakeArchive.Act("timeless-1", "hide", Hide), """{"act":"delete","nativeId":"timeless-1"}""");

        Assert.Equal(Visibility.Deleted, (await intake.State("timeless-1")).Visibility);
        Assert.Equal("deleted", await intake.Served.Value<string>($"select visibility from archive.record_states where record_id = '{intake.RecordId("timeless-1")}'"));
    }

    [Fact]
    [Trait("Requirement", "I1")]
    public async Task of_a_removal_of_something_never_seen_says_that_the_content_was_never_captured()
    {
        await intake.Capture(IntakeArchive.Act("ghost-1", "delete", Delete));

        var state = await intake.State("ghost-1");
        Assert.False(state.ContentCaptured);
        Assert.False(state.SenderCaptured);
        Assert.Equal((Visibility.Deleted, Direction.Undetermined), (state.Visibility, state.Direction));
    }

    [Fact]
    public async Task keeps_and_flags_an_act_it_does_not_know()
    {
        var answer = await intake.Capture(IntakeArchive.Comment("odd-1"), """{"act":"pinned","nativeId":"odd-1","occurredAt":"2026-03-01T13:00:00Z"}""");

        Assert.Equal(2, answer.GetProperty("accepted").GetInt32());
        var unknown = (await intake.History("odd-1"))[^1];
        Assert.Contains("unknown-act", Assert.IsType<UnknownActObserved>(unknown.Event).Observed.Flags);
        Assert.Equal("pinned", (await intake.PartsOf(unknown))["nativeActName"]);
    }

    [Fact]
    [Trait("Requirement", "H-24")]
    [Trait("Requirement", "H-27")]
    [Trait("Requirement", "C3")]
    public async Task holds_a_direct_message_unassessed()
    {
        await intake.Capture("""{"act":"message","nativeId":"dm-1","author":{"nativeId":"77"},"text":"Bara till er","occurredAt":"2026-03-01T12:00:00Z"}""");

        var state = await intake.State("dm-1");
        Assert.Equal((ItemKind.Dm, Wall.Unassessed), (state.Kind, state.Wall));
    }

    [Fact]
    public async Task moves_the_wall_when_a_message_turns_out_to_be_what_was_reacted_to()
    {
        await intake.Capture("""{"act":"react","nativeId":"r-9","parentNativeId":"dm-2","author":{"nativeId":"78"},"reactionKind":"like","occurredAt":"2026-03-01T12:05:00Z"}""");
        await intake.Capture("""{"act":"message","nativeId":"dm-2","author":{"nativeId":"77"},"text":"Bara till er","occurredAt":"2026-03-01T12:00:00Z"}""");

        Assert.Equal("unassessed", await intake.Served.Value<string>($"select wall from archive.record_states where record_id = '{intake.RecordId("dm-2")}'"));
    }

    [Fact]
    [Trait("Requirement", "R-11")]
    [Trait("Requirement", "T-14")]
    [Trait("Requirement", "I3")]
    public async Task holds_a_text_with_a_personnummer_unassessed()
    {
        await intake.Capture(IntakeArchive.Comment("pnr-1", "mitt nummer är 811218-9876"), IntakeArchive.Comment("pnr-2", "ring 011-15 00 00"));

        Assert.Equal(Wall.Unassessed, (await intake.State("pnr-1")).Wall);
        Assert.Equal(Wall.Open, (await intake.State("pnr-2")).Wall);
    }

    /// <summary>I6: the registered accounts decide, never what the sender claims.</summary>
    [Fact]
    [Trait("Requirement", "I6")]
    [Trait("Requirement", "H-03")]
    [Trait("Requirement", "N-03")]
    [Trait("Requirement", "T-13")]
    [Trait("Requirement", "C3")]
    [Trait("Requirement", "H-27")]
    public async Task takes_the_direction_from_the_registered_accounts_only()
    {
        await intake.Capture(
            """{"act":"create","nativeId":"dir-1","kind":"post","author":{"nativeId":"1001","displayName":"Granvika"},"text":"Vi svarar"}""",
            """{"act":"create","nativeId":"dir-2","kind":"post","author":{"nativeId":"666","displayName":"Granvika","isOwnChannel":true},"actingParty":"own_channel","text":"Vi ljuger"}""");

        Assert.Equal(Direction.DrawnUp, (await intake.State("dir-1")).Direction);
        Assert.Equal(Direction.Received, (await intake.State("dir-2")).Direction);
    }

    [Fact]
    public async Task counts_reactions_without_keeping_who_reacted()
    {
        string React(string who, string act, string at) => $$"""{"act":"{{act}}","nativeId":"react-1/{{who}}","parentNativeId":"react-1","author":{"nativeId":"{{who}}","displayName":"Reagerande {{who}}"},"reactionKind":"love","occurredAt":"{{at}}"}""";
        await intake.Capture(
            IntakeArchive.Comment("react-1"), React("r1", "react", "2026-03-01T12:01:00Z"), React("r2", "react", "2026-03-01T12:02:00Z"),
            React("r1", "react", "2026-03-01T12:03:00Z"), React("r2", "unreact", "2026-03-01T12:04:00Z"));

        var counted = (await intake.History("react-1")).Select(h => h.Event).OfType<ReactionCounted>().ToList();
        Assert.Equal([1, 1, 0, -1], counted.Select(c => c.Delta));
        Assert.Single((await intake.State("react-1")).Reactions.Values, reaction => reaction.Stands);
        Assert.Empty(await intake.History("react-1/r1"));
        Assert.Empty(await intake.Get<SealedLog>().Store.ReadStream(intake.Get<KeyedIds>().Account(intake.Channel, "facebook", "native", "r1")));
    }

    [Fact]
    public async Task keeps_the_names_of_an_author_over_time()
    {
        await intake.Capture(
            IntakeArchive.Comment("name-1", author: "names"),
            """{"act":"profile_change","nativeId":"p-1","author":{"nativeId":"names","displayName":"Nisse Nytt Namn"},"occurredAt":"2026-03-05T12:00:00Z"}""");

        var account = await intake.Get<SealedLog>().Store.ReadStream(intake.Get<KeyedIds>().Account(intake.Channel, "facebook", "native", "names"));
        Assert.Equal(2, account.Select(h => h.Event).OfType<AccountSeen>().Count());
    }

    [Fact]
    public async Task of_a_destroyed_record_counts_it_and_stores_nothing()
    {
        await intake.Capture(IntakeArchive.Comment("gone-1", "Ska gallras"));
        var id = intake.RecordId("gone-1");
        var state = await intake.State("gone-1");
        var disposed = new ItemDisposed(new("0195aaaa-0000-7000-8000-000000000001"), new("0195aaaa-0000-7000-8000-000000000002"), new("0195aaaa-0000-7000-8000-000000000003"), 1, ["content"], new(2026, 4, 1, 0, 0, 0, TimeSpan.Zero));
        var log = intake.Get<SealedLog>();
        await log.Append([new(id, "record", EventStore.ExpectedVersion.Exactly(state.Version), [new(disposed)])], log.NewKeySet(), new("0195aaaa-0000-7000-8000-000000000004"));
        var before = await intake.Events();

        var again = await intake.Capture(IntakeArchive.Comment("gone-1", "Ska gallras"), IntakeArchive.Act("gone-1", "hide", Hide));
        Assert.Equal((0, 2), (again.GetProperty("accepted").GetInt32(), again.GetProperty("disposed").GetInt32()));
        Assert.Equal(before, await intake.Events());

        // Written after the destruction: another record.
        var newer = await intake.Capture(IntakeArchive.Comment("gone-1", "Nyskriven", at: "2026-05-01T12:00:00Z"));
        Assert.Equal(1, newer.GetProperty("accepted").GetInt32());
        Assert.Single(await log.Store.ReadStream(intake.Get<KeyedIds>().Record(intake.Channel, "facebook", "native", "gone-1", 2)));
    }

    [Fact]
    public async Task of_two_at_once_records_every_item_once()
    {
        var lines = Enumerable.Range(0, 150).Select(i => IntakeArchive.Comment($"race-{i}", $"Nummer {i}", author: $"a{i % 5}")).ToList();

        var answers = await Task.WhenAll(Enumerable.Range(0, 3).Select(i => intake.Capture(i == 1 ? lines.AsEnumerable().Reverse() : lines)));

        Assert.Equal(150, answers.Sum(a => a.GetProperty("accepted").GetInt32()));
        Assert.Equal(300, answers.Sum(a => a.GetProperty("duplicates").GetInt32()));
        foreach (var i in new[] { 0, 75, 149 }) Assert.Single(await intake.History($"race-{i}"));
    }

    [Fact]
    public async Task to_a_closed_channel_is_kept_and_flagged()
    {
        var channel = await intake.NewChannel("facebook", "closing-1");
        await IntakeArchive.Ok(await intake.Staff.PostAsync(IntakeArchive.Address($"/api/v1/channels/{channel}/close"), System.Net.Http.Json.JsonContent.Create(new { reason = "Används inte" })));

        await IntakeArchive.Ok(await intake.Send(IntakeArchive.Comment("late-1"), channel: channel));

        var history = await intake.Get<SealedLog>().Store.ReadStream(intake.RecordId("late-1", channel));
        Assert.Contains("channel-closed", Assert.IsType<ItemCaptured>(Assert.Single(history).Event).Observed.Flags);
    }

    [Fact]
    public async Task to_a_channel_nobody_knows_is_refused()
    {
        var answer = await intake.Send(IntakeArchive.Comment("x-1"), channel: new("0195aaaa-0000-7000-8000-00000000ffff"));

        Assert.Equal(HttpStatusCode.NotFound, answer.StatusCode);
        Assert.Equal("channel-unknown", await IntakeArchive.Problem(answer));
    }

    [Fact]
    public async Task in_another_media_type_is_refused()
    {
        var answer = await intake.Send("<xml/>", "application/xml");

        Assert.Equal(HttpStatusCode.UnsupportedMediaType, answer.StatusCode);
    }
}
