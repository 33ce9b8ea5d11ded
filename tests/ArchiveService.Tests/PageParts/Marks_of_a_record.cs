using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;

namespace ArchiveService.Tests.PageParts;

public sealed class Marks_of_a_record
{
    [Fact]
    public void keep_hidden_unpublished_and_deleted_apart()
    {
        Mark[] acts = [Marks.Of(Visibility.Hidden), Marks.Of(Visibility.Unpublished), Marks.Of(Visibility.Deleted, removedBy: ActedBy.Authority)];

        Assert.Equal(["Dold", "Avpublicerad", "Raderad i kanalen"], acts.Select(mark => mark.Word));
        Assert.Equal(3, acts.Select(mark => mark.Icon).Distinct().Count());
    }

    [Theory]
    [InlineData(ActedBy.Author, "Raderad av avsändaren")]
    [InlineData(ActedBy.Platform, "Raderad av plattformen")]
    [InlineData(ActedBy.Authority, "Raderad i kanalen")]
    [InlineData(ActedBy.Unknown, "Borttagen, okänt av vem")]
    public void say_who_deleted(ActedBy by, string word) => Assert.Equal(word, Marks.Of(Visibility.Deleted, removedBy: by).Word);

    [Fact]
    public void have_a_shape_of_their_own_for_every_registration()
    {
        var marks = Enum.GetValues<Registration>().Select(registration => Marks.Of(registration)).ToArray();

        Assert.Equal(marks.Length, marks.Select(mark => mark.Icon).Distinct().Count());
        Assert.Equal("KS 2026/17-37", Marks.Of(Registration.Registered, "KS 2026/17-37").Word);
    }

    [Theory]
    [InlineData("keptOrdered")]
    [InlineData("kept_ordered")]
    [InlineData("KeptOrdered")]
    public void read_a_stored_state_in_any_of_its_spellings(string stored) => Assert.Equal(Marks.KeptOrdered, Marks.Registration(stored));

    [Fact]
    public void read_what_the_views_store()
    {
        Assert.Equal(Marks.Drafted, Marks.Direction("drawnUp"));
        Assert.Equal(Marks.DeletedByPlatform, Marks.Visibility("deleted", edited: true, "platform"));
        Assert.Equal("something_new", Marks.Visibility("something_new").Word);
        Assert.Equal("7", Marks.Visibility("7").Word);
    }

    [Fact]
    public void say_that_no_rule_means_keep() => Assert.Equal("Bevaras, ingen regel", Marks.Retention(null).Word);

    [Fact]
    public void show_an_unknown_code_as_it_stands() => Assert.Equal("something_new", Marks.Retention("something_new").Word);

    [Fact]
    public void say_gallringsstopp_and_not_sparr() => Assert.Equal("Gallringsstopp", Marks.Retention("held").Word);
}
