using System.Net;
using ArchiveService.Access;
using Microsoft.AspNetCore.Http;

namespace ArchiveService.Tests.AccessTests;

public sealed class Local_accounts
{
    [Theory]
    [InlineData("127.0.0.1", "127.0.0.1")]
    [InlineData("::1", "localhost")]
    [InlineData("::ffff:127.0.0.1", "localhost")]
    [InlineData("127.8.9.1", "[::1]")]
    public void are_open_to_the_machine_itself(string from, string host) => Assert.Null(new LocalAccounts(open: true).RefusedFor(Request(from, host)));

    [Theory]
    [InlineData("192.0.2.7", "localhost")]
    [InlineData("2001:db8::1", "localhost")]
    [InlineData(null, "localhost")]
    [InlineData("127.0.0.1", "arkivet.exempel.invalid")]
    [InlineData("127.0.0.1", "localhost.exempel.invalid")]
    public void are_closed_to_everybody_else(string? from, string host) =>
        Assert.Equal("only-from-this-machine", new LocalAccounts(open: true).RefusedFor(Request(from, host))?.Code);

    [Theory]
    [InlineData("X-Forwarded-For")]
    [InlineData("Forwarded")]
    [InlineData("Via")]
    public void are_closed_behind_a_proxy_on_the_same_machine(string header)
    {
        var request = Request("127.0.0.1", "localhost");
        request.Request.Headers[header] = "192.0.2.7";

        Assert.Equal("only-from-this-machine", new LocalAccounts(open: true).RefusedFor(request)?.Code);
    }

    [Fact]
    public void do_not_exist_beside_a_database_of_ones_own() =>
        Assert.Equal("local-accounts-closed", new LocalAccounts(open: false).RefusedFor(Request("127.0.0.1", "localhost"))?.Code);

    private static DefaultHttpContext Request(string? from, string host)
    {
        var http = new DefaultHttpContext();
        http.Connection.RemoteIpAddress = from is null ? null : IPAddress.Parse(from);
        http.Request.Host = HostString.FromUriComponent(host);
        return http;
    }
}
