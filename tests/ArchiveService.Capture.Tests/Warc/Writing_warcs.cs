using System.Diagnostics;
using System.IO.Compression;
using System.Text;
using ArchiveService.Capture.Warc;

namespace ArchiveService.Capture.Tests.Warc;

public sealed class Writing_warcs : IDisposable
{
    private readonly string folder = Directory.CreateTempSubdirectory("warc").FullName;

    public void Dispose() => Directory.Delete(folder, recursive: true);

    [Fact]
    public async Task What_is_written_is_read_again_and_holds_for_others_too()
    {
        var warc = Path.Combine(folder, "a.warc.gz");
        await using (var file = File.Create(warc)) await Records(new WarcWriter(file), null);
        var report = await WarcReport.Of(warc);
        Assert.True(report.IsSound, string.Join(';', report.Problems));
        Assert.Equal((WarcPacking.MemberPerRecord, 4L, 5L), (report.Packing, report.Records.Values.Sum(), report.DigestsHold));
        Python(warc);
    }

    [Fact]
    public async Task A_package_holds_for_itself_and_for_others()
    {
        var wacz = await Package();
        var report = await WarcReport.Of(wacz);
        Assert.True(report.IsSound, string.Join(';', report.Problems));
        Assert.Equal(4, report.Records.Values.Sum());
        Assert.Contains(report.Statements, s => s.Contains("each points to a record", StringComparison.Ordinal));
        Python(wacz);
    }

    /// <summary>As an HTTP answer is: it cannot seek, and it does not let itself be written to without waiting.</summary>
    [Fact]
    public async Task A_package_streams()
    {
        var path = Path.Combine(folder, "s.wacz");
        await using (var file = File.Create(path))
        {
            await using var answer = new Answer(file);
            await using var package = await WaczWriter.Begin(answer, Given.Now, default);
            await Records(package.Warc, package);
            await package.Finish("Kommunen på nätet", "ArchiveService", default);
        }

        var report = await WarcReport.Of(path);
        Assert.True(report.IsSound, string.Join(';', report.Problems));
        Python(path);
    }

    [Theory]
    [InlineData("datapackage.json", WaczCodes.PackageDigest)]
    [InlineData("pages/pages.jsonl", WaczCodes.ResourceHash)]
    [InlineData("indexes/index.cdxj", WaczCodes.IndexWrong)]
    [InlineData("archive/data.warc.gz", WaczCodes.ResourceHash)]
    public async Task A_changed_package_says_what_was_changed(string part, string code)
    {
        var wacz = await Package();
        using (var zip = ZipFile.Open(wacz, ZipArchiveMode.Update))
        {
            var entry = zip.GetEntry(part)!;
            using var was = new MemoryStream();
            using (var from = entry.Open()) from.CopyTo(was);
            entry.Delete();
            var text = Encoding.Latin1.GetString(was.ToArray());
            text = part switch
            {
                "indexes/index.cdxj" => text.Replace("\"offset\":\"", "\"offset\":\"7", StringComparison.Ordinal),
                "datapackage.json" => text.Replace("Kommunen", "Kommunens", StringComparison.Ordinal),
                _ => text + " ",
            };
            using var to = zip.CreateEntry(part).Open();
            to.Write(Encoding.Latin1.GetBytes(text));
        }

        var report = await WarcReport.Of(wacz);
        Assert.Contains(report.Problems, p => p.IsError && p.Code == code);
    }

    [Fact]
    public async Task A_part_that_leads_out_or_is_missing_is_refused()
    {
        var wacz = Path.Combine(folder, "b.wacz");
        using (var zip = ZipFile.Open(wacz, ZipArchiveMode.Create))
        {
            using var to = zip.CreateEntry("datapackage.json").Open();
            to.Write("""{"profile":"data-package","wacz_version":"1.1.1","resources":[{"path":"../../etc/passwd","hash":"sha256:00","bytes":1},{"path":"archive/a.warc","hash":"sha256:00","bytes":1}]}"""u8);
        }

        var codes = (await WarcReport.Of(wacz)).Problems.Select(p => p.Code).ToList();
        Assert.Contains(WaczCodes.PackageMalformed, codes);
        Assert.Contains(WaczCodes.ResourceMissing, codes);
        Assert.Contains(WaczCodes.ResourceHashUnknown, codes);
        Assert.Contains(WaczCodes.ArchiveMissing, codes);
    }

    private async Task<string> Package()
    {
        var path = Path.Combine(folder, "a.wacz");
        await using var file = File.Create(path);
        await using var package = await WaczWriter.Begin(file, Given.Now, default);
        await Records(package.Warc, package);
        await package.Finish("Kommunen på nätet", "ArchiveService", default);
        return path;
    }

    private static async Task Records(WarcWriter warc, WaczWriter? package)
    {
        var info = Guid.CreateVersion7(Given.Now);
        await warc.Write(new WarcHead(WarcTypes.WarcInfo, info, Given.Now) { ContentType = "application/warc-fields" }, WarcWriter.Fields(("software", "ArchiveService"), ("format", "WARC/1.1")), default);
        var id = Guid.CreateVersion7(Given.Now);
        var place = await warc.Write(new WarcHead(WarcTypes.Resource, id, Given.Now) { TargetUri = "https://exempel.se/åäö 1", ContentType = "application/json", WarcInfo = info }, Encoding.UTF8.GetBytes("{\"text\":\"å\"}"), default);
        package?.Index(place, "https://exempel.se/%C3%A5", Given.Now, "application/json");
        package?.Page("https://exempel.se/", Given.Now, "Sidan");
        await warc.Write(new WarcHead(WarcTypes.Metadata, Guid.CreateVersion7(Given.Now), Given.Now) { RefersTo = id, ContentType = "application/warc-fields", More = [new("X-Note", "a\r\nWARC-Type: b")] }, _ => Task.FromResult<Stream>(new MemoryStream(new byte[200_000])), default);
        await warc.Write(new WarcHead(WarcTypes.Revisit, Guid.CreateVersion7(Given.Now), Given.Now) { TargetUri = "urn:a", RefersTo = id, Profile = WarcWriter.IdenticalPayload, PayloadDigest = place.Digest }, default(ReadOnlyMemory<byte>), default);
    }

    /// <summary>A checker that shares nothing with this program; where there is no Python it is left out.</summary>
    private static void Python(string file)
    {
        var root = new DirectoryInfo(AppContext.BaseDirectory);
        while (root is not null && !File.Exists(Path.Combine(root.FullName, "ArchiveService.sln"))) root = root.Parent;
        ProcessStartInfo start = new("python3", [Path.Combine(root!.FullName, "tests", "independent", "check_warc.py"), file]) { RedirectStandardOutput = true, UseShellExecute = false };
        try
        {
            using var process = Process.Start(start)!;
            var said = process.StandardOutput.ReadToEnd();
            process.WaitForExit();
            Assert.True(process.ExitCode == 0, said);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            // No Python here.
        }
    }

    private sealed class Answer(Stream to) : Stream
    {
        public override bool CanRead => false;

        public override bool CanSeek => false;

        public override bool CanWrite => true;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => throw new NotSupportedException();
            set => throw new NotSupportedException();
        }

        public override void Write(byte[] buffer, int offset, int count) => throw new InvalidOperationException("Synchronous operations are disallowed.");

        public override ValueTask WriteAsync(ReadOnlyMemory<byte> buffer, CancellationToken cancellationToken = default) => to.WriteAsync(buffer, cancellationToken);

        public override Task WriteAsync(byte[] buffer, int offset, int count, CancellationToken cancellationToken) => to.WriteAsync(buffer, offset, count, cancellationToken);

        public override void Flush() => throw new InvalidOperationException("Synchronous operations are disallowed.");

        public override Task FlushAsync(CancellationToken cancellationToken) => Task.CompletedTask;

        public override int Read(byte[] buffer, int offset, int count) => throw new NotSupportedException();

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();
    }
}
