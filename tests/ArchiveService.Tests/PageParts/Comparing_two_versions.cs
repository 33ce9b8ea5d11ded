using ArchiveService.Features.PageParts;

namespace ArchiveService.Tests.PageParts;

public sealed class Comparing_two_versions
{
    private const char Mask = RecordText.MaskSign;

    [Fact]
    public void gives_one_removed_and_one_added_phrase_where_words_were_exchanged() =>
        Assert.Equal(
            [
                new TextRun(RunKind.Plain, "Det är "),
                new TextRun(RunKind.Removed, "ganska halt"),
                new TextRun(RunKind.Added, "livsfarligt"),
                new TextRun(RunKind.Plain, " på Skolvägen."),
            ],
            WordDiff.Between("Det är ganska halt på Skolvägen.", "Det är livsfarligt på Skolvägen.").Runs);

    [Theory]
    [InlineData("", "")]
    [InlineData("samma text", "samma text")]
    [InlineData("", "ny text")]
    [InlineData("gammal text", "")]
    [InlineData("ett två tre fyra", "noll ett tre fyra fem")]
    [InlineData("rad ett\nrad två", "rad ett\n\nrad två\nrad tre")]
    [InlineData("👩‍👩‍👧 och 🇸🇪", "👩‍👩‍👧 utan 🇳🇴")]
    [InlineData("كيف حالك", "كيف الحال اليوم")]
    public void loses_no_word_of_the_later_version(string before, string after)
    {
        var runs = WordDiff.Between(before, after).Runs;

        Assert.Equal(after, string.Concat(runs.Where(run => run.Kind != RunKind.Removed).Select(run => run.Text)));
    }

    [Fact]
    public void shows_no_text_behind_a_mask()
    {
        var runs = WordDiff.Between($"ring {Mask} nu", $"ring {Mask} eller {Mask} nu").Runs;

        Assert.Equal(2, runs.Count(run => run.Kind == RunKind.Masked));
        Assert.DoesNotContain(runs, run => run.Text.Contains(Mask, StringComparison.Ordinal));
    }

    [Fact]
    public void stays_bounded_for_texts_at_the_limit_of_500_000_characters()
    {
        var before = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"ord{i} "));
        var after = string.Concat(Enumerable.Range(0, 60_000).Select(i => $"ny{i} "));

        var runs = WordDiff.Between(before, after).Runs;

        Assert.Equal([RunKind.Removed, RunKind.Added, RunKind.Plain], runs.Select(run => run.Kind));
    }

    [Fact]
    public void lists_the_newest_first_and_the_first_one_plain()
    {
        var at = new DateTimeOffset(2026, 11, 18, 21, 5, 0, TimeSpan.Zero);

        var versions = VersionList.Of([(at, "webhook", "Det är halt."), (at.AddMinutes(13), "webhook", "Det är mycket halt.")]).Versions;

        Assert.Equal([2, 1], versions.Select(version => version.Number));
        Assert.Equal([new TextRun(RunKind.Plain, "Det är halt.")], versions[1].Text.Runs);
        Assert.Contains(new TextRun(RunKind.Added, "mycket "), versions[0].Text.Runs);
    }
}
