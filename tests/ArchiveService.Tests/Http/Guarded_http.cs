using System.Net;
using ArchiveService.Http;

namespace ArchiveService.Tests.Http;

public sealed class Guarded_http
{
    [Theory]
    [InlineData("93.184.216.34", true)]
    [InlineData("2606:2800:220:1::1", true)]
    [InlineData("127.0.0.1", false)]
    [InlineData("::1", false)]
    [InlineData("::ffff:127.0.0.1", false)]
    [InlineData("::ffff:10.0.0.1", false)]
    [InlineData("::10.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("172.16.0.1", false)]
    [InlineData("172.32.0.1", true)]
    [InlineData("192.168.0.1", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("100.64.0.1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("224.0.0.1", false)]
    [InlineData("fe80::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("2002:7f00:1::", false)]
    public void Nothing_private_is_connected_to(string address, bool allowed)
    {
        Assert.Equal(allowed, GuardedHttp.Allows(IPAddress.Parse(address), allowPrivate: false));
    }

    [Fact]
    public void A_network_of_ones_own_is_connected_to_where_that_is_allowed()
    {
        Assert.True(GuardedHttp.Allows(IPAddress.Parse("10.1.2.3"), allowPrivate: true));
        Assert.True(GuardedHttp.Allows(IPAddress.Loopback, allowPrivate: true));
        Assert.False(GuardedHttp.Allows(IPAddress.Any, allowPrivate: true));
    }

    [Theory]
    [InlineData("https://localhost/x", "address")]
    [InlineData("https://127.0.0.1/x", "address")]
    [InlineData("https://[::1]/x", "address")]
    [InlineData("http://example.invalid/", "scheme")]
    [InlineData("https://user@example.invalid/", "scheme")]
    [InlineData("file:///etc/passwd", "scheme")]
    public async Task What_is_refused_is_never_asked(string address, string code)
    {
        using var client = GuardedHttp.Client(new(TimeSpan.FromSeconds(5), 1000));

        var refused = await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync(new Uri(address)));

        Assert.Equal(code, (refused as HttpRefused ?? refused.InnerException as HttpRefused)?.Code ?? (address.StartsWith("file", StringComparison.Ordinal) ? code : refused.GetType().Name));
    }
}
