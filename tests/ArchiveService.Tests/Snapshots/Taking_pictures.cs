using System.IO.Compression;
using System.Net;
using System.Net.Sockets;
using System.Text;
using ArchiveService.Capture.Warc;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Snapshots;
using ArchiveService.Features.Snapshots.Pictures;
using ArchiveService.Printing;
using ArchiveService.Tests.Printing;
using Microsoft.Extensions.Logging.Abstractions;
using static ArchiveService.Tests.Records.Given;
using Given = ArchiveService.Tests.Records.Given;

namespace ArchiveService.Tests.Snapshots;

[Trait("Requirement", "H-28")]
[Trait("Requirement", "T-19")]
public sealed class Taking_pictures
{
    private static readonly DateOnly Today = new(2026, 9, 1);

    private static TakePicture Of(string? address) => new(address, null, null, null, null, null);

    private static Channel On(string platform) => new(Given.Channel, Given.Authority, platform, [], null);

    [Fact]
    public void Every_platform_has_its_terms_with_their_source()
    {
        foreach (var platform in Platforms.All) Assert.Equal(platform, Assert.Single(PlatformTerms.All, t => t.Platform == platform).Platform);
        Assert.All(PlatformTerms.All, t => Assert.NotEmpty(t.Source));
        Assert.Equal(["mastodon", "other"], PlatformTerms.All.Where(t => t.MayTake).Select(t => t.Platform));
    }

    [Theory]
    [InlineData("facebook", "https://www.facebook.com/kommunen", "platform-terms")]
    [InlineData("other", "https://m.facebook.com/kommunen", "platform-terms")]
    [InlineData("other", "https://x.com/kommunen", "platform-terms")]
    [InlineData("mastodon", "file:///etc/passwd", "address-missing")]
    [InlineData("mastodon", "https://anna:hemligt@social.example/", "address-missing")]
    [InlineData("mastodon", null, "address-missing")]
    public void What_may_not_be_taken_is_refused_with_its_reason(string platform, string? address, string code) => Assert.Equal(code, Of(address).Refuse(On(platform), null, Today)?.Code);

    [Fact]
    public void The_authoritys_own_page_may_be_taken()
    {
        Assert.Null(Of("https://social.kommunen.example/@kommunen").Refuse(On("mastodon"), null, Today));
        Assert.Null(Of("https://notfacebook.com/").Refuse(On("other"), null, Today));
        Assert.Equal("period-wrong", (Of("https://a.example/") with { From = new(2026, 9, 2) }).Refuse(On("other"), null, Today)?.Code);
        Assert.Equal("channel-closed", Of("https://a.example/").Refuse(On("other") with { ClosedAt = new DateTimeOffset(2026, 8, 1, 0, 0, 0, TimeSpan.Zero) }, null, Today)?.Code);
    }

    [Theory]
    [InlineData("127.0.0.1", false)]
    [InlineData("10.1.2.3", false)]
    [InlineData("169.254.169.254", false)]
    [InlineData("::1", false)]
    [InlineData("fd00::1", false)]
    [InlineData("::ffff:192.168.0.1", false)]
    [InlineData("64:ff9b::7f00:1", false)]
    [InlineData("0.0.0.0", false)]
    [InlineData("93.184.216.34", true)]
    [InlineData("2606:2800:220:1::1", true)]
    public void Only_the_public_internet_is_reached(string address, bool isPublic) => Assert.Equal(isPublic, PublicAddresses.IsPublic(IPAddress.Parse(address)));

    [Fact]
    public void Two_pictures_are_compared_by_their_lines_and_their_pixels()
    {
        var before = new PngPixels(2, 2, new byte[12]);
        var after = new PngPixels(2, 3, [.. Enumerable.Repeat((byte)0, 9), 255, 0, 0, .. new byte[6]]);
        var differs = PictureComparison.Of("Hej\nKommunen\n", "Hej\nKommunen\nHej\nNytt inlägg", before, after);
        Assert.Equal(["Hej", "Nytt inlägg"], differs.Added);
        Assert.Empty(differs.Removed);
        Assert.Equal(0.5, differs.PictureShare!.Value, 3);
        Assert.Equal(0, PictureComparison.Of("a", "a", before, before).PictureShare);
        Assert.Null(PictureComparison.Of("a", "a", null, before).PictureShare);
    }

    [Fact]
    public void Two_texts_are_laid_beside_each_other_line_by_line()
    {
        static string Said(IEnumerable<DiffLine?> lines) => string.Join('|', lines.Select(l => l is null ? "…" : $"{(l.Fate == LineFate.Added ? "+" : l.Fate == LineFate.Removed ? "-" : "")}{l.Line}"));
        Assert.Equal("a|-b|+x|c|+d", Said(TextDiff.Of("a\nb\nc", "a\nx\nc\nd")));
        Assert.Equal("+a", Said(TextDiff.Of("", "a")));
        Assert.Equal("-a|b|+a", Said(TextDiff.Of("a\nb", "b\na")));
        var far = string.Join('\n', Enumerable.Range(1, 20));
        Assert.Equal("1|2|-3|4|5|…|18|19|-20|+tjugo", Said(TextDiff.Told(TextDiff.Of(far, far.Replace("\n3\n", "\n", StringComparison.Ordinal).Replace("\n20", "\ntjugo", StringComparison.Ordinal)))));
        Assert.Empty(TextDiff.Told(TextDiff.Of(far, far)));
        Assert.Equal("a", Assert.Single(PictureComparison.Of("a", "a", null, null).Text).Line);
    }

    [Fact]
    public void A_PNG_is_read_and_everything_else_is_not()
    {
        var png = Png(2, 2, [2, 9, 9, 9, 1, 1, 1, 4, 1, 1, 1, 0, 0, 0]);
        Assert.Equal<byte>([9, 9, 9, 1, 1, 1, 10, 10, 10, 1, 1, 1], PngPixels.Read(png)!.Rgb);
        Assert.Null(PngPixels.Read("not a picture at all, but long enough to be one"u8));
        Assert.Null(PngPixels.Read(png.AsSpan(0, png.Length - 20)));
    }

    /// <summary>The browser has no network: what the page asks for is fetched for it, and what leads inwards is not.</summary>
    [SandboxedFact]
    public async Task A_page_is_taken_with_what_it_is_made_of()
    {
        using var pdf = new Pdf(PrintedFactAttribute.Usual, NullLogger<Pdf>.Instance);
        using var site = new TinySite();
        var camera = new PageCamera(PrintedFactAttribute.Usual, pdf, TimeProvider.System, IPAddress.IsLoopback);
        var (picture, refused) = await camera.Take(new($"http://127.0.0.1:{site.Port}/"), default);
        Assert.Null(refused);
        Assert.Contains("Hej från sidan, och från skriptet", picture!.Text, StringComparison.Ordinal);
        Assert.Equal(1280, PngPixels.Read(picture.Png)!.Width);
        Assert.StartsWith("%PDF", Encoding.Latin1.GetString(picture.Pdf, 0, 4), StringComparison.Ordinal);
        Assert.True(picture.Refused >= 1);
        Assert.DoesNotContain(site.Asked, path => path.Contains("post", StringComparison.Ordinal));

        var file = Path.Combine(Path.GetTempPath(), $"{Guid.CreateVersion7()}.wacz");
        await File.WriteAllBytesAsync(file, picture.Wacz);
        var report = await WarcReport.Of(file);
        File.Delete(file);
        Assert.True(report.IsSound, string.Join(';', report.Problems));
        Assert.True(report.Records["response"] >= 2);
        Assert.Equal(1, report.Records["conversion"]);

        // With the guard that the service has, the machine's own network is not there.
        var guarded = new PageCamera(PrintedFactAttribute.Usual, pdf, TimeProvider.System);
        var asked = site.Asked.Count;
        Assert.Equal("page-unreachable", (await guarded.Take(new($"http://127.0.0.1:{site.Port}/"), default)).Refused?.Code);
        Assert.Equal(asked, site.Asked.Count);
    }

    private static byte[] Png(int width, int height, byte[] lines)
    {
        using var packed = new MemoryStream();
        using (var zlib = new ZLibStream(packed, CompressionLevel.Optimal, leaveOpen: true)) zlib.Write(lines);
        static byte[] Number(int n) => [(byte)(n >> 24), (byte)(n >> 16), (byte)(n >> 8), (byte)n];
        return [0x89, 0x50, 0x4E, 0x47, 0x0D, 0x0A, 0x1A, 0x0A, .. Number(13), .. "IHDR"u8, .. Number(width), .. Number(height), 8, 2, 0, 0, 0, .. Number(0), .. Number((int)packed.Length), .. "IDAT"u8, .. packed.ToArray(), .. Number(0), .. Number(0), .. "IEND"u8, .. Number(0)];
    }

    /// <summary>A web site of two answers.</summary>
    private sealed class TinySite : IDisposable
    {
        private const string Page = """
            <!doctype html><html lang="sv"><head><meta charset="utf-8"><title>Kommunen</title><link rel="stylesheet" href="/s.css"></head>
            <body><p id="p">Hej från sidan</p><img src="http://169.254.169.254/latest" alt=""><script>document.getElementById('p').append(', och från skriptet'); fetch('/post', { method: 'POST', body: 'x' }).catch(() => 0)</script></body></html>
            """;

        private readonly TcpListener listener = new(IPAddress.Loopback, 0);
        private readonly List<string> asked = [];

        public TinySite()
        {
            listener.Start();
            _ = Serve();
        }

        public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

        public IReadOnlyList<string> Asked
        {
            get
            {
                lock (asked) return [.. asked];
            }
        }

        public void Dispose() => listener.Stop();

        private async Task Serve()
        {
            try
            {
                while (true)
                {
                    using var client = await listener.AcceptTcpClientAsync();
                    await using var stream = client.GetStream();
                    using var reader = new StreamReader(stream, Encoding.ASCII, leaveOpen: true);
                    var line = await reader.ReadLineAsync() ?? "";
                    while (await reader.ReadLineAsync() is { Length: > 0 })
                    {
                    }

                    var path = line.Split(' ') is [_, var asks, ..] ? asks : "";
                    lock (asked) asked.Add(path);
                    var (type, body) = path == "/" ? ("text/html; charset=utf-8", Page) : ("text/css", "p { color: #123456 }");
                    var bytes = Encoding.UTF8.GetBytes(body);
                    await stream.WriteAsync(Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: {type}\r\nContent-Length: {bytes.Length}\r\nConnection: close\r\n\r\n"));
                    await stream.WriteAsync(bytes);
                }
            }
            catch (Exception ended) when (ended is SocketException or ObjectDisposedException or IOException or InvalidOperationException)
            {
                // The test is over.
            }
        }
    }
}
