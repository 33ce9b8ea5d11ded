using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Features.Records;
using ArchiveService.Sealing;

namespace ArchiveService.Tests.Records;

public sealed class A_record_view
{
    private static readonly Guid Record = new("00000000-0000-8000-8000-00000000000a");
    private static readonly Guid Authority = new("0199aaaa-0000-7000-8000-000000000001");
    private static readonly Guid Channel = new("0199aaaa-0000-7000-8000-000000000002");
    private static readonly RecordKey Key = new(new("0199aaaa-0000-7000-8000-000000000003"), KeyClass.Content, Record, [.. Enumerable.Range(0, 32).Select(i => (byte)i)]);

    private static DateTimeOffset At(int hour) => new(2026, 3, 1, hour, 0, 0, TimeSpan.Zero);

    private static CapturedAct Act(ActKind act, int hour, string? text = null, string name = "Nils") => new()
    {
        Act = act,
        NativeId = "c1",
        Kind = ItemKind.Comment,
        OccurredAt = At(hour),
        Text = text,
        Author = new("n1", name, "@nils", false, null),
        ActingParty = ActingParty.Author,
    };

    /// <summary>The acts as capture decides them, in the order they arrive, folded.</summary>
    private static (RecordViewRow Row, IReadOnlyList<RecordVersionRow> Versions) Fold(IEnumerable<CapturedAct> arriving)
    {
        var state = RecordState.None;
        RecordViewRow? row = null;
        var observed = new List<RecordVersionRow>();
        var sequence = 0L;
        foreach (var act in arriving)
        {
            var context = new ActContext(Authority, "mastodon", Channel, 1, new Guid("00000000-0000-8000-8000-00000000000b"), false, null, null, null, null, 1, [], Key, At(20));
            foreach (var happened in CaptureDecision.Decide(state, act, context))
            {
                sequence++;
                var seal = new Sealed(1, RecordKey.Algorithm, Key.Id, "", new Dictionary<string, string>());
                var recorded = new Recorded(
                    sequence, new Guid((int)sequence, 0, 0, new byte[8]), Record, sequence, "", happened.Parts is null ? happened.Event : happened.Event with { Sealed = seal },
                    At(20).AddSeconds(sequence), null, null, null, null);
                var opened = happened.Parts is { } parts ? new Opened(parts, Key) : null;
                row = RecordViewRow.After(row, recorded, opened);
                if (RecordVersionRow.Of(recorded, opened) is { } version) observed.Add(version);
                state = state.After((RecordEvent)happened.Event, recorded.Time);
            }
        }

        return (row!, RecordVersionRow.Versions(observed));
    }

    private static IEnumerable<IReadOnlyList<T>> Orders<T>(IReadOnlyList<T> of) =>
        of.Count < 2 ? [of] : of.SelectMany((first, i) => Orders([.. of.Where((_, j) => j != i)]).Select(rest => (IReadOnlyList<T>)[first, .. rest]));

    [Fact]
    public void is_the_same_in_whatever_order_the_acts_arrive()
    {
        CapturedAct[] acts = [Act(ActKind.Create, 8, "ett"), Act(ActKind.Edit, 9, "två"), Act(ActKind.Edit, 11, "tre", "Nils L"), Act(ActKind.Hide, 10), Act(ActKind.Unhide, 12)];
        var (expected, versions) = Fold(acts);

        Assert.Equal(("tre", "Nils L", At(8), At(11), "visible", true), (expected.Text, expected.SenderName, expected.OccurredAt, expected.TextAt!.Value, expected.Visibility, expected.Edited));
        Assert.Equal(["ett", "två", "tre"], versions.Select(v => v.Text));
        foreach (var order in Orders(acts))
        {
            var (row, its) = Fold(order);
            Assert.Equal(Comparable(expected), Comparable(row));
            Assert.Equal(versions.Select(v => (v.Text, v.ValidAt)), its.Select(v => (v.Text, v.ValidAt)));
        }
    }

    /// <summary>A comment's whole life as Facebook tells of it. What is removed and hidden says neither text nor when it was written.</summary>
    [Fact]
    public void of_a_comment_told_twice_and_shuffled_ends_deleted_with_two_versions()
    {
        string Body(string verb, int at, string more) =>
            $$$"""{"object":"page","entry":[{"id":"1001","time":{{{at}}},"changes":[{"field":"feed","value":{"item":"comment","verb":"{{{verb}}}","comment_id":"1001_7","post_id":"1001_1","parent_id":"1001_1"{{{more}}}}}]}]}""";
        const string From = ""","from":{"id":"55","name":"Nils Låtsasson"},"created_time":1770000000""";
        string[] bodies =
        [
            Body("add", 1770000001, From + ",\"message\":\"ett\""), Body("edited", 1770000100, From + ",\"message\":\"två\""), Body("hide", 1770000200, From + ",\"message\":\"två\""),
            Body("unhide", 1770000300, From + ",\"message\":\"två\""), Body("remove", 1770000400, ""","from":{"id":"55","name":"Nils Låtsasson"}"""),
        ];
        var acts = bodies.Select(body => Assert.IsType<ReadAct.Accepted>(Assert.Single(Assert.Single(ArchiveService.Capture.Meta.MetaWebhook.Read(System.Text.Encoding.UTF8.GetBytes(body))).Acts)).Act).ToList();
        foreach (var order in Orders(acts))
        {
            var (row, versions) = Fold([.. order, .. order.Reverse()]);
            Assert.Equal(("deleted", "två"), (row.Visibility, row.Text));
            Assert.Equal(["ett", "två"], versions.Select(v => v.Text));
        }
    }

    [Fact]
    public void of_something_only_seen_deleted_is_filled_when_the_content_comes()
    {
        var (alone, none) = Fold([Act(ActKind.Delete, 10)]);
        var (filled, one) = Fold([Act(ActKind.Delete, 10), Act(ActKind.Create, 8, "sent")]);

        Assert.Equal((false, "deleted"), (alone.ContentCaptured, alone.Visibility));
        Assert.Empty(none);
        Assert.Equal((true, "deleted", "sent", At(8)), (filled.ContentCaptured, filled.Visibility, filled.Text, filled.OccurredAt));
        Assert.Equal("sent", Assert.Single(one).Text);
    }

    [Fact]
    public void counts_no_version_when_the_content_is_the_same()
    {
        var (row, versions) = Fold([Act(ActKind.Create, 8, "ett"), Act(ActKind.Edit, 9, "två"), Act(ActKind.Edit, 10, "två"), Act(ActKind.Edit, 11, "ett")]);

        Assert.Equal(["ett", "två", "ett"], versions.Select(v => v.Text));
        Assert.True(row.Edited);
    }

    [Fact]
    public void counts_a_reaction_once_however_often_the_same_person_changes_it()
    {
        var (row, _) = Fold([Act(ActKind.Create, 8, "ett"), Act(ActKind.React, 9), Act(ActKind.React, 10)]);

        Assert.Equal(1, row.Reactions);
    }

    [Fact]
    public void of_destroyed_content_keeps_the_stub()
    {
        var captured = new ItemCaptured(
            Authority, Channel, "mastodon", 1, ItemKind.Comment, Direction.Received, Audience.Public, null, null, null, null, "comment", Wall.Open, true, true, "hmac", TextFormat.Plain, [], null,
            new("act", At(8), null, Certainty.Observed, ActingParty.Author, [], null), 1);
        var row = RecordViewRow.After(null, new(1, Guid.Empty, Record, 1, "item_captured", captured, At(20), null, null, null, null), Opened.Destroyed);

        Assert.Equal((true, null, null, At(8), "comment"), (row.Destroyed, row.Text, row.SenderName, row.OccurredAt, row.Kind));
    }

    [Theory]
    [InlineData("a\0b", "a\uFFFDb")]
    [InlineData("rad\nrad\ttabb", "rad\nrad\ttabb")]
    [InlineData("\u0002\u0003\u001b", "\uFFFD\uFFFD\uFFFD")]
    [InlineData("\uE0AF", "\uFFFD")]
    [InlineData(null, null)]
    public void holds_no_sign_that_a_page_gives_another_meaning(string? written, string? kept) => Assert.Equal(kept, RecordViewText.Clean(written));

    [Theory]
    [InlineData("<p>Hej <b>du</b></p><p>Andra</p>", "Hej du\n\nAndra")]
    [InlineData("a<br>b<br/>c", "a\nb\nc")]
    [InlineData("1 &lt; 2 &amp; 3 &#229;", "1 < 2 & 3 å")]
    [InlineData("3 < 4 och <", "3 < 4 och <")]
    [InlineData("<a href=\"https://x.example\">länk</a>", "länk")]
    [InlineData("öppen <a href=", "öppen <a href=")]
    public void shows_what_markup_says(string html, string text) => Assert.Equal(text, RecordViewText.FromHtml(html));

    private static object Comparable(RecordViewRow row) => (
        row.Kind, row.Direction, row.Text, row.TextAt, row.SenderName, row.SenderHandle, row.SenderAt, row.OccurredAt, row.Edited, row.Visibility, row.VisibilityAt, row.VisibilityBy,
        (row.ContentCaptured, row.SenderCaptured, row.RecordType, row.AuthorId, row.Content, row.Reactions));
}
