using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Replay;

namespace ArchiveService.Tests.Replay;

public sealed class Comparing_versions
{
    [Fact]
    public void tells_word_by_word_what_was_added_and_removed()
    {
        var diff = VersionDiff.Words("Ni är hopplösa i kommunen", "Ni är duktiga i hela kommunen");
        Assert.Equal(
            [new("same", "Ni är "), new("removed", "hopplösa"), new("added", "duktiga"), new("same", " i"), new("added", " hela"), new("same", " kommunen")],
            diff.Where(run => run.Text.Length > 0));
        Assert.Equal("Ni är hopplösaduktiga i hela kommunen", VersionDiff.Shown(diff).ToString());
        Assert.Contains(VersionDiff.Shown(diff).Runs, run => run is { Kind: RunKind.Removed, Text: "hopplösa" });
    }

    [Fact]
    public void tells_which_fields_appeared_changed_and_are_gone()
    {
        ReplayField Of(string key, string? value) => new(key, key, value);
        var changes = VersionDiff.Fields([Of("purpose", "Dialog"), Of("handle", "@a"), Of("administrator", "Kim")], [Of("purpose", "Dialog och service"), Of("handle", "@a"), Of("paused", "ja")]);
        Assert.Equal([("purpose", "edited"), ("paused", "appeared"), ("administrator", "gone")], changes.Select(c => (c.Key, c.Change)));
        Assert.Equal(new DiffRun("added", " och service"), changes[0].Diff![^1]);
        Assert.Equal(("Kim", null), (changes[2].Before, changes[2].After));
    }

    [Theory]
    [InlineData(null, "visible", null, false, "appeared")]
    [InlineData(null, "deleted", "author", false, "appearedAndRemoved")]
    [InlineData("visible", "visible", null, true, "edited")]
    [InlineData("visible", "visible", null, false, "same")]
    [InlineData("visible", "hidden", "authority", true, "hidden")]
    [InlineData("visible", "deleted", "author", false, "deletedByAuthor")]
    [InlineData("hidden", "deleted", "platform", false, "deletedByPlatform")]
    [InlineData("hidden", "deleted", "authority", false, "deletedByAuthority")]
    [InlineData("hidden", "deleted", null, false, "deleted")]
    [InlineData("hidden", "visible", "authority", false, "restored")]
    public void says_in_one_word_what_two_states_come_to(string? before, string after, string? by, bool differs, string change) => Assert.Equal(change, ItemChange.Of(before, after, by, differs));

    private static readonly Guid Record = Guid.CreateVersion7();

    private static DateTimeOffset At(int hour) => new(2026, 3, 1, hour, 0, 0, TimeSpan.Zero);

    private static RecordActRow Act(long seq, string name, int hour, string? by = null) =>
        new(Record, Guid.CreateVersion7(), seq, name, At(hour), At(20), null, by, null, [], null, """{"run":"r"}""", null, null, null, null);

    private static RecordVersionRow Version(long seq, int hour, string text) => new(Record, Guid.CreateVersion7(), seq, At(hour), At(20), "observed", text, text, [], [], false);

    private static string? Said(IReadOnlyList<ReplayField> fields, string key) => fields.FirstOrDefault(f => f.Key == key)?.Value;

    [Fact]
    public void a_record_is_as_it_was_then_and_as_it_was_known_then_whatever_the_order()
    {
        RecordActRow[] acts = [Act(1, "item_captured", 8), Act(2, "item_edited", 10), Act(3, "item_hidden", 12, "authority"), Act(9, "item_restored", 11, "authority"), Act(10, "item_deleted_from_channel", 13, "author")];
        RecordVersionRow[] versions = [Version(1, 8, "först"), Version(2, 10, "sedan"), Version(8, 9, "upptäckt senare")];
        (string? State, string? Text) Then(int hour, long known)
        {
            var one = RecordInstant.Of(acts, versions, At(hour), known);
            Assert.Equal(one, RecordInstant.Of([.. acts.Reverse()], [.. versions.Reverse()], At(hour), known));
            return (Said(one, "state"), Said(one, "text"));
        }

        Assert.Equal((null, null), Then(7, 10));
        Assert.Equal(("Synlig", "först"), Then(9, 3));
        Assert.Equal(("Synlig", "upptäckt senare"), Then(9, 10));
        Assert.Equal(("Synlig", "sedan"), Then(11, 10));
        Assert.Equal(("Dold", "sedan"), Then(14, 3));
        Assert.Equal(("Raderad av avsändaren", "sedan"), Then(14, 10));
    }
}
