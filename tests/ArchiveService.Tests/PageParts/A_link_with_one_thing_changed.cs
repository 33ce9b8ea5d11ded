using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Http;

namespace ArchiveService.Tests.PageParts;

public sealed class A_link_with_one_thing_changed
{
    private static HttpRequest Asked(string query)
    {
        var http = new DefaultHttpContext();
        http.Request.Path = "/sok";
        http.Request.QueryString = new QueryString(query);
        return http.Request;
    }

    [Fact]
    public void keeps_the_other_filters_and_drops_the_cursor() =>
        Assert.Equal("/sok?q=halka&channel=a&channel=b&sort=oldest", Asked("?q=halka&channel=a&channel=b&cursor=x&sort=newest").With("sort", "oldest", "cursor"));

    [Fact]
    public void leaves_a_filter_out() => Assert.Equal("/sok?q=halka", Asked("?q=halka&channel=a&channel=b&from=").Without("channel"));

    [Fact]
    public void escapes_what_was_asked() => Assert.Equal("/sok?q=%22%3Cscript%3E", Asked("?q=%22%3Cscript%3E&cursor=1").Without("cursor"));
}
