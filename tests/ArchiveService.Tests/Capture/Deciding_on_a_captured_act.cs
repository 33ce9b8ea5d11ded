using System.Text;
using ArchiveService.Capture;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.Tests.Capture;

public sealed class Deciding_on_a_captured_act
{
    private static readonly Guid Stream = new("0195aaaa-0000-7000-8000-000000000001");
    private static readonly RecordKey Key = new(new("0195aaaa-0000-7000-8000-000000000002"), KeyClass.Content, Stream, new byte[32]);
    private static readonly DateTimeOffset Noon = new(2026, 3, 1, 12, 0, 0, TimeSpan.Zero);

    private RecordState state = RecordState.None;
    private KnownContent? known;
    private int attachments;

    [Fact]
    public void the_same_act_twice_adds_nothing()
    {
        Happens(Act(ActKind.Create, "Hej"));

        Assert.Empty(Happens(Act(ActKind.Create, "Hej")));
        Assert.Empty(Happens(Act(ActKind.Create, "Hej") with { ObservedAt = Noon.AddHours(1) }));
    }

    [Fact]
    public void a_post_told_photo_by_photo_keeps_text_and_photos_in_any_order()
    {
        foreach (var order in new[] { new[] { 0, 1, 2 }, [1, 0, 2], [2, 1, 0] })
        {
            (state, known) = (RecordState.None, null);
            CapturedAct[] told = [Photo("p0", "Torget"), Photo("p1", null), Photo("p2", "")];
            foreach (var i in order) Happens(told[i]);
            foreach (var i in order) Assert.Empty(Happens(told[i] with { OccurredAt = Noon.AddMinutes(40 + i) }));

            Assert.Equal("Torget", known!.Parts[Parts.Text]);
            Assert.Equal(["p0", "p1", "p2"], known.Attachments.Select(id => known.Parts[$"attachment/{id:D}/nativeId"]!).Order());
        }
    }

    [Fact]
    [Trait("Requirement", "T-07")]
    public void another_text_is_another_version_with_its_own_photos()
    {
        Happens(Photo("p0", "Torget"));

        var edited = Assert.IsType<ItemEdited>(Assert.Single(Happens(Photo("p1", "Något annat"))).Event);

        Assert.Single(edited.Attachments);
    }

    [Fact]
    public void an_edit_without_photos_is_believed()
    {
        Happens(Photo("p0", "Torget"));

        var edited = Assert.IsType<ItemEdited>(Assert.Single(Happens(Act(ActKind.Edit, "Torget") with { EditedAt = Noon.AddHours(1) })).Event);

        Assert.Empty(edited.Attachments);
    }

    [Fact]
    public void an_edit_of_something_known_only_by_its_removal_brings_its_content()
    {
        Happens(Act(ActKind.Delete, null));
        Assert.False(state.ContentCaptured);

        Happens(Act(ActKind.Edit, "Nu med text") with { EditedAt = Noon.AddHours(-1) });

        Assert.True(state.ContentCaptured);
    }

    [Fact]
    [Trait("Requirement", "T-13")]
    [Trait("Requirement", "R-12")]
    public void an_act_without_a_time_was_so_when_it_reached_us()
    {
        var captured = (ItemCaptured)Assert.Single(Happens(Act(ActKind.Create, "Hej") with { OccurredAt = null })).Event;

        Assert.Equal((null, Noon.AddDays(1)), (captured.Observed.OccurredAt, captured.Observed.ObservedAt));
    }

    [Fact]
    [Trait("Requirement", "T-13")]
    [Trait("Requirement", "R-12")]
    public void an_item_first_heard_of_by_its_edit_came_when_it_was_written()
    {
        var captured = (ItemCaptured)Assert.Single(Happens(Act(ActKind.Edit, "Rättat") with { EditedAt = Noon.AddHours(3) })).Event;

        Assert.Equal((Noon, Noon.AddHours(3)), (captured.Observed.OccurredAt, captured.EditedAt));
        Assert.Equal(Noon, state.ReceivedAt);
    }

    [Fact]
    public void a_personal_number_in_an_edit_puts_the_record_behind_the_wall()
    {
        Happens(Act(ActKind.Create, "Hej"));
        Assert.Equal(Wall.Open, state.Wall);

        Happens(Act(ActKind.Edit, "Hej, jag är 19121212-1212") with { EditedAt = Noon.AddHours(1) });

        Assert.Equal(Wall.Unassessed, state.Wall);
    }

    [Fact]
    public void a_personal_number_in_the_name_or_description_of_a_file_counts_too()
    {
        var photo = new ActAttachment("p0", "intyg 19121212-1212.pdf", null, null, null, null, null, null);

        Happens(Act(ActKind.Create, "Se bilagan") with { Attachments = [photo] });

        Assert.Equal(Wall.Unassessed, state.Wall);
    }

    [Fact]
    public void a_reaction_counts_once_in_whatever_order_it_is_told()
    {
        CapturedAct set = Reaction(ActKind.React, Noon), takenBack = Reaction(ActKind.Unreact, Noon.AddMinutes(1)), setAgain = Reaction(ActKind.React, Noon.AddMinutes(2));
        foreach (var order in new[] { new[] { set, takenBack }, [takenBack, set], [setAgain, takenBack, set], [takenBack, setAgain, set], [set, takenBack, setAgain] })
        {
            state = RecordState.None;
            Happens(Act(ActKind.Create, "Hej"));

            var sum = order.SelectMany(Happens).Sum(h => ((ReactionCounted)h.Event).Delta);

            Assert.Equal(order.Length - 2, sum);
        }
    }

    [Fact]
    public void a_poll_says_something_only_where_an_item_stands_otherwise()
    {
        Happens(Act(ActKind.Create, "Hej"));
        Assert.Empty(Happens(Standing(ActKind.Unhide, 1)));

        Assert.IsType<ItemHidden>(Assert.Single(Happens(Standing(ActKind.Hide, 2))).Event);
        Assert.Empty(Happens(Standing(ActKind.Hide, 3)));
        Assert.Empty(Happens(Standing(ActKind.Unhide, 1)));
        Assert.IsType<ItemRestored>(Assert.Single(Happens(Standing(ActKind.Unhide, 4))).Event);
        Assert.IsType<ItemHidden>(Assert.Single(Happens(Standing(ActKind.Hide, 5))).Event);

        Happens(Act(ActKind.Delete, null) with { OccurredAt = Noon.AddHours(6) });
        Assert.Empty(Happens(Standing(ActKind.Hide, 7)));
        Assert.Empty(Happens(Standing(ActKind.Unhide, 8)));
    }

    [Fact]
    [Trait("Requirement", "T-07")]
    public void another_text_at_a_poll_is_a_version_from_when_it_was_seen()
    {
        Happens(Act(ActKind.Create, "Hej"));

        var edited = Assert.IsType<ItemEdited>(Assert.Single(Happens(Act(ActKind.Create, "Hej på er") with { ObservedAt = Noon.AddHours(1) })).Event);

        Assert.Equal((null, Noon.AddHours(1)), (edited.Observed.OccurredAt, edited.Observed.ObservedAt));
    }

    [Fact]
    public void a_message_told_in_another_manner_is_no_edit_of_it()
    {
        ActAttachment Named(string? file) => new("1_n.jpg", file, null, "https://cdn.exempel.invalid/1_n.jpg?sig=1", null, null, null, null);
        Happens(Act(ActKind.Message, "Hej") with { Attachments = [Named(null)] });

        Assert.Empty(Happens(Act(ActKind.Message, "Hej") with { OccurredAt = Noon.AddMilliseconds(-456), ObservedAt = Noon.AddHours(1), Attachments = [Named("bild.jpg")] }));
    }

    private static CapturedAct Standing(ActKind act, int hours) => Act(act, null) with { OccurredAt = null, ObservedAt = Noon.AddHours(hours), Certainty = Certainty.Inferred };

    private static CapturedAct Reaction(ActKind act, DateTimeOffset at) => Act(act, null) with { OccurredAt = at, ReactionKind = "like", Author = new("reactor", "Rut", null, false, null) };

    private static CapturedAct Act(ActKind act, string? text) => new()
    {
        Act = act,
        NativeId = "1",
        Kind = ItemKind.Post,
        Text = text,
        OccurredAt = Noon,
        Raw = Encoding.UTF8.GetBytes("{}"),
    };

    private static CapturedAct Photo(string id, string? text) => Act(ActKind.Create, text) with
    {
        Attachments = [new ActAttachment(id, null, null, $"https://cdn.exempel.invalid/{id}.jpg?sig=1", null, null, null, null)],
    };

    private IReadOnlyList<Happened> Happens(CapturedAct act)
    {
        var named = act.Attachments.Select(a => (new Guid($"0195aaaa-0000-7000-8000-{++attachments:x12}"), a)).ToList();
        var context = new ActContext(Stream, "facebook", Stream, 1, null, false, null, null, null, null, 1, named, Key, Noon.AddDays(1), Known: known);
        var events = CaptureDecision.Decide(state, act, context);
        foreach (var happened in events)
        {
            state = state.After((RecordEvent)happened.Event, Noon);
            known = KnownContent.Of((RecordEvent)happened.Event, happened.Parts!, Noon) ?? known;
        }

        return events;
    }
}
