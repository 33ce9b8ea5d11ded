using System.Text;
using ArchiveService.Features.Media;

namespace ArchiveService.AppTests.Capture;

public sealed class Asking_a_virus_scanner
{
    [Theory]
    [InlineData("stream: OK\0", ScanResult.Clean, null)]
    [InlineData("stream: Eicar-Test-Signature FOUND\n", ScanResult.Infected, "Eicar-Test-Signature")]
    [InlineData("stream:  FOUND", ScanResult.Infected, "?")]
    [InlineData("INSTREAM size limit exceeded. ERROR\0", ScanResult.Unscanned, null)]
    public void its_line_is_understood(string line, ScanResult result, string? signature) => Assert.Equal(new ScanVerdict(result, signature), ClamdClient.Verdict(line));

    [Theory]
    [InlineData("")]
    [InlineData("PONG")]
    public void a_line_that_is_none_is_no_verdict(string line) => Assert.Throws<IOException>(() => ClamdClient.Verdict(line));

    [Fact]
    public async Task its_protocol_is_spoken_in_chunks()
    {
        var fake = new FakeClamd();
        var client = new ClamdClient(new(Host: "127.0.0.1", fake.Port, Socket: null));
        Assert.Equal(ScanResult.Clean, (await client.Scan(new MemoryStream(new byte[300_000]), default)).Result);
        Assert.Equal(new ScanVerdict(ScanResult.Infected, "Prov.Farligt"), await client.Scan(new MemoryStream([.. new byte[200_000], .. Encoding.UTF8.GetBytes("farligt")]), default));
        Assert.Equal(ScanResult.Clean, (await client.Scan(new MemoryStream(), default)).Result);
    }

    [Fact]
    public async Task one_that_is_not_there_is_no_verdict() =>
        await Assert.ThrowsAnyAsync<IOException>(() => new ClamdClient(new(Host: "127.0.0.1", 1, Socket: null)).Scan(new MemoryStream([1]), default));

    /// <summary>The real one, where it listens: the file that every scanner knows (EICAR) is found.</summary>
    [ClamdFact]
    public async Task the_real_one_finds_what_every_scanner_knows()
    {
        // Put together here, so that no scanner takes this very file away.
        var eicar = @"X5O!P%@AP[4\PZX54(P^)7CC)7}$" + "EICAR-STANDARD-ANTIVIRUS-TEST-FILE!" + "$H+H*";
        var client = new ClamdClient(ClamdFactAttribute.Here!);
        Assert.Equal(ScanResult.Infected, (await client.Scan(new MemoryStream(Encoding.ASCII.GetBytes(eicar)), default)).Result);
        Assert.Equal(ScanResult.Clean, (await client.Scan(new MemoryStream("hej"u8.ToArray()), default)).Result);
    }
}

/// <summary>Skipped with the reason where no clamd listens.</summary>
internal sealed class ClamdFactAttribute : FactAttribute
{
    public ClamdFactAttribute()
    {
        if (Here is null) Skip = "No clamd listens on its usual socket (Debian: apt-get install clamav-daemon).";
    }

    public static ScanOptions? Here => ((string[])["/run/clamav/clamd.ctl", "/var/run/clamav/clamd.ctl", "/run/clamd.scan/clamd.sock"]).Where(File.Exists).Select(path => new ScanOptions(null, 0, path)).FirstOrDefault();
}
