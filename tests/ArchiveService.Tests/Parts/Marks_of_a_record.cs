using ArchiveService.Features.PageParts;

namespace ArchiveService.Tests.Parts;

public sealed class Marks_of_a_record
{
    [Fact]
    public void keep_hidden_unpublished_and_deleted_apart()
    {
        Mark[] acts = [Marks.Visibility("hidden"), Marks.Visibility("unpublished"), Marks.Visibility("deleted", deletedBy: "authority")];

        Assert.Equal(["Dold", "Avpublicerad", "Raderad i kanalen"], acts.Select(mark => mark.Word));
        Assert.Equal(3, acts.Select(mark => mark.Icon).Distinct().Count());
    }

    [Theory]
    [InlineData("author", "Raderad av avsändaren")]
    [InlineData("platform", "Raderad av plattformen")]
    [InlineData("authority", "Raderad i kanalen")]
    public void say_who_deleted(string by, string word) => Assert.Equal(word, Marks.Visibility("deleted", deletedBy: by).Word);

    [Theory]
    [InlineData("kept_ordered")]
    [InlineData("keptOrdered")]
    [InlineData("KEPT_ORDERED")]
    public void read_a_code_in_any_of_its_spellings(string code) => Assert.Equal(Marks.KeptOrdered, Marks.Registration(code));

    [Fact]
    public void show_an_unknown_code_as_it_stands() => Assert.Equal("something_new", Marks.Retention("something_new").Word);

    [Fact]
    public void say_gallringsstopp_and_not_sparr() => Assert.Equal("Gallringsstopp", Marks.Held.Word);
}
