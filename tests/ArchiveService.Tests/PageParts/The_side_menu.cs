using System.Security.Claims;
using ArchiveService.Features.PageParts;

namespace ArchiveService.Tests.PageParts;

public sealed class The_side_menu
{
    [Fact]
    public void shows_an_archivist_the_gallring_and_not_the_capture() =>
        Assert.Equal(
            ["/", "/sok", "/diarium", "/gallring", "/konton", "/kanaler", "/myndigheter", "/offentligt/diarium", "/offentligt/kanaler"],
            Menu.For(new HashSet<string>(["arkivarie"])).SelectMany(group => group.Items).Select(item => item.Href));

    [Fact]
    public void marks_the_search_while_a_record_is_read()
    {
        var search = Menu.For(new HashSet<string>()).SelectMany(group => group.Items).Single(item => item.Href == "/sok");

        Assert.Equal("page", search.Current("/sok"));
        Assert.Equal("true", search.Current("/handlingar/0193"));
        Assert.Null(search.Current("/sokning"));
        Assert.Null(search.Current("/"));
    }

    [Fact]
    public void reads_roles_that_name_an_authority()
    {
        var user = new ClaimsPrincipal(new ClaimsIdentity(
            [new Claim(ClaimTypes.Name, "Siv Exempelsson"), new Claim(ClaimTypes.Role, "registrator:KS"), new Claim(ClaimTypes.Role, "arkivarie")], "test"));

        var reader = Reader.From(user);

        Assert.Equal("Arkivarie och registrator", reader?.RoleLine);
        Assert.Null(Reader.From(new ClaimsPrincipal(new ClaimsIdentity())));
    }
}
