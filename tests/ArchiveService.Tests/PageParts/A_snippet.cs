using ArchiveService.Features.PageParts;

namespace ArchiveService.Tests.PageParts;

public sealed class A_snippet
{
    [Fact]
    public void marks_its_hits() =>
        Assert.Equal(
            [
                new TextRun(RunKind.Plain, "Min dotter "),
                new TextRun(RunKind.Hit, "halkade"),
                new TextRun(RunKind.Plain, " på väg"),
            ],
            RecordText.WithHits("Min dotter \u0002halkade\u0003 på väg").Runs);

    [Theory]
    [InlineData(null)]
    [InlineData("")]
    [InlineData("\u0002\u0003")]
    [InlineData("\u0003\u0003")]
    public void without_words_is_empty(string? snippet) => Assert.Empty(RecordText.WithHits(snippet).Runs);

    [Fact]
    public void masks_inside_a_hit_too() =>
        Assert.Equal("ring [maskad uppgift] nu", RecordText.WithHits($"ring \u0002{RecordText.MaskSign}\u0003 nu").ToString());
}
