using System.Net;
using System.Text;
using ArchiveService.Features.Media;
using ArchiveService.Http;

namespace ArchiveService.Tests.Http;

/// <summary>What a hostile address may try, on wires of our own: names that change, redirects inwards, ways to write an address.</summary>
public sealed class Guarding_what_is_fetched
{
    private static readonly IPAddress Outside = IPAddress.Parse("203.0.113.10");

    private readonly List<IPEndPoint> connected = [];

    [Fact]
    public async Task a_redirect_inwards_is_not_followed()
    {
        using var client = Client(_ => [Outside], _ => Answer("302 Found", "Location: http://10.0.0.1/inne\r\n"));
        Assert.Equal("address", await Refused(client, "http://ute.exempel.invalid/"));
        Assert.All(connected, to => Assert.Equal(Outside, to.Address));
    }

    [Fact]
    public async Task a_redirect_to_a_name_that_leads_inwards_is_not_followed()
    {
        using var client = Client(name => name == "ute.exempel.invalid" ? [Outside] : [IPAddress.Parse("169.254.169.254")], _ => Answer("307 Moved", "Location: http://metadata.exempel.invalid/\r\n"));
        Assert.Equal("address", await Refused(client, "http://ute.exempel.invalid/"));
        Assert.Single(connected);
    }

    /// <summary>The answer that was examined is the one that is connected to, and every connection is examined.</summary>
    [Fact]
    public async Task a_name_that_changes_its_answer_gains_nothing()
    {
        var asked = 0;
        using var client = Client(_ => ++asked == 1 ? [Outside] : [IPAddress.Loopback], _ => Answer("200 OK"));
        await client.GetStringAsync(new Uri("http://rebind.exempel.invalid/"));
        Assert.Equal(1, asked);
        Assert.Equal("address", await Refused(client, "http://rebind.exempel.invalid/"));
        Assert.Equal([Outside], connected.Select(to => to.Address));
    }

    [Fact]
    public async Task of_several_addresses_only_those_outside_are_tried()
    {
        using var client = Client(_ => [IPAddress.Loopback, IPAddress.Parse("::ffff:10.0.0.1"), Outside], _ => Answer("200 OK"));
        await client.GetStringAsync(new Uri("http://blandat.exempel.invalid/"));
        Assert.Equal([Outside], connected.Select(to => to.Address));
    }

    [Theory]
    [InlineData("http://2130706433/")]
    [InlineData("http://0x7f000001/")]
    [InlineData("http://0177.0.0.1/")]
    [InlineData("http://127.1/")]
    [InlineData("http://localhost./")]
    [InlineData("http://LOCALHOST/")]
    [InlineData("http://[::ffff:127.0.0.1]/")]
    [InlineData("http://[::ffff:a00:1]/")]
    [InlineData("http://[fe80::1]/")]
    [InlineData("http://[fd12::1]/")]
    [InlineData("http://169.254.169.254/latest/meta-data/")]
    [InlineData("http://100.64.1.1/")]
    [InlineData("http://0.0.0.0/")]
    [InlineData("http://239.1.1.1/")]
    public async Task every_way_to_write_an_address_inwards_is_refused(string address)
    {
        // As resolvers answer that know what the name means; numbers are never looked up.
        using var client = Client(name => name.TrimEnd('.').Equals("localhost", StringComparison.OrdinalIgnoreCase) ? [IPAddress.IPv6Loopback, IPAddress.Loopback] : [Outside], _ => Answer("200 OK"));
        Assert.Equal("address", await Refused(client, address));
        Assert.Empty(connected);
    }

    [Theory]
    [InlineData("http://name:word@ute.exempel.invalid/")]
    [InlineData("http://name@ute.exempel.invalid/")]
    [InlineData("ftp://ute.exempel.invalid/")]
    public async Task names_and_other_ways_are_refused(string address)
    {
        using var client = Client(_ => [Outside], _ => Answer("200 OK"));
        var error = await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync(new Uri(address)));
        Assert.Equal(FetchOutcome.Refused, MediaClient.Verdict(error, default)!.Outcome);
        Assert.Empty(connected);
    }

    [Fact]
    public async Task five_redirects_are_followed_and_no_more()
    {
        var hops = 0;
        using var client = Client(_ => [Outside], _ => Answer("302 Found", $"Location: http://ute.exempel.invalid/{++hops}\r\n"));
        using var last = await client.GetAsync(new Uri("http://ute.exempel.invalid/"));
        Assert.Equal(HttpStatusCode.Found, last.StatusCode);
        Assert.Equal(6, hops);
    }

    private HttpClient Client(Func<string, IPAddress[]> lookUp, Func<IPEndPoint, Stream> answer) => GuardedHttp.Client(
        new(TimeSpan.FromSeconds(20), 1000, MediaOptions.Redirects, AllowHttp: true),
        new(
            (name, _) => Task.FromResult(lookUp(name)),
            (to, _) =>
            {
                connected.Add(to);
                return Task.FromResult(answer(to));
            }));

    private static async Task<string> Refused(HttpClient client, string address)
    {
        var error = await Assert.ThrowsAnyAsync<Exception>(() => client.GetAsync(new Uri(address)));
        var verdict = MediaClient.Verdict(error, default)!;
        Assert.Equal(FetchOutcome.Refused, verdict.Outcome);
        return verdict.Problem;
    }

    private static Canned Answer(string status, string more = "") => new(Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\n{more}Content-Length: 2\r\nConnection: close\r\n\r\nok"));

    /// <summary>Swallows the question and gives the answer.</summary>
    private sealed class Canned(byte[] answer) : Stream
    {
        private readonly MemoryStream left = new(answer);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position { get => throw new NotSupportedException(); set => throw new NotSupportedException(); }

        public override int Read(byte[] buffer, int offset, int count) => left.Read(buffer, offset, count);

        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) => left.ReadAsync(buffer, cancellationToken);

        public override void Write(byte[] buffer, int offset, int count)
        {
        }

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => ValueTask.CompletedTask;

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
