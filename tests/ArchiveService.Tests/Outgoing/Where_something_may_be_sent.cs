using System.Net;
using ArchiveService.Features.Outgoing;
using ArchiveService.Hosting;
using Microsoft.Extensions.Configuration;

namespace ArchiveService.Tests.Outgoing;

public sealed class Where_something_may_be_sent
{
    [Theory]
    [InlineData("https://diarium.exempel.se/in", true)]
    [InlineData("http://127.0.0.1:8080/in", true)]
    [InlineData("http://localhost/in", true)]
    [InlineData("http://diarium.exempel.se/in", false)]
    [InlineData("ftp://diarium.exempel.se/in", false)]
    [InlineData("https://user:pass@diarium.exempel.se/in", false)]
    public void is_https_or_this_machine(string address, bool allowed) => Assert.Equal(allowed, OutgoingAddress.Refuse(new(address)) is null);

    [Theory]
    [InlineData("93.184.216.34", false, false, true)]
    [InlineData("10.0.0.5", false, false, false)]
    [InlineData("10.0.0.5", false, true, true)]
    [InlineData("172.20.1.1", false, false, false)]
    [InlineData("192.168.1.1", false, false, false)]
    [InlineData("169.254.169.254", false, false, false)]
    [InlineData("100.64.0.1", false, false, false)]
    [InlineData("127.0.0.1", false, false, false)]
    [InlineData("127.0.0.1", true, false, true)]
    [InlineData("::1", false, false, false)]
    [InlineData("::ffff:10.0.0.5", false, false, false)]
    [InlineData("64:ff9b::a00:5", false, false, false)]
    [InlineData("fd00::1", false, false, false)]
    [InlineData("fe80::1", false, false, false)]
    [InlineData("0.0.0.0", true, true, false)]
    [InlineData("224.0.0.1", true, true, false)]
    public void is_no_private_network_unless_it_is_allowed(string to, bool loopback, bool allowPrivate, bool allowed) =>
        Assert.Equal(allowed, OutgoingAddress.Allows(IPAddress.Parse(to), loopback, allowPrivate));

    [Fact]
    public void is_refused_at_the_start_when_the_settings_are_wrong()
    {
        static IReadOnlyList<ExternalDiary> Read(string address, string secret) => ExternalDiary.Read(new ConfigurationBuilder().AddInMemoryCollection(new Dictionary<string, string?>
        {
            ["ExternalDiary:0:Authority"] = "ks",
            ["ExternalDiary:0:Address"] = address,
            ["ExternalDiary:0:Secret"] = secret,
        }).Build());

        Assert.Equal("KS", Assert.Single(Read("https://diarium.exempel.se/in", "en lång hemlighet")).Authority);
        Assert.Throws<CannotStart>(() => Read("http://diarium.exempel.se/in", "en lång hemlighet"));
        Assert.Throws<CannotStart>(() => Read("https://diarium.exempel.se/in", "kort"));
    }
}
