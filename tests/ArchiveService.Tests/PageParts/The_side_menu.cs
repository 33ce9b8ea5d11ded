using ArchiveService.Access;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Tests.PageParts;

public sealed class The_side_menu
{
    [Fact]
    public void shows_an_archivist_the_gallring_and_not_the_capture() =>
        Assert.Equal(
            ["/", "/fordelning", "/ersattare", "/sok", "/borttaget", "/diarium", "/arenden", "/diarium/postlista", "/diarium/utgaende", "/sekretess", "/skyddade-identiteter", "/utlamnanden", "/registerutdrag", "/gallring", "/delegation", "/konton", "/kanaler", "/ogonblicksbilder", "/samtycken", "/standardlagen", "/myndigheter", "/granskning", "/bevis", "/kontroll", "/drift", "/offentligt/diarium", "/offentligt/begar", "/offentligt/myndigheter", "/offentligt/kanaler", "/offentligt/nedtaget"],
            Menu.For([Role.Arkivarie]).SelectMany(group => group.Items).Select(item => item.Href));

    [Fact]
    public void marks_the_search_while_a_record_is_read()
    {
        var search = Menu.For([]).SelectMany(group => group.Items).Single(item => item.Href == "/sok");

        Assert.Equal("page", search.Current("/sok"));
        Assert.Equal("true", search.Current("/handlingar/0193"));
        Assert.Null(search.Current("/sokning"));
        Assert.Null(search.Current("/"));
    }

    [Fact]
    public void says_who_is_looking_in_words()
    {
        var reader = Reader.From(new Caller(Guid.Empty, "Siv Exempelsson", [new(Role.Arkivarie, null), new(Role.Registrator, Guid.Empty)], false, false, []));

        Assert.Equal("Arkivarie och registrator", reader?.RoleLine);
        Assert.Null(Reader.From((Caller?)null));
    }
}
