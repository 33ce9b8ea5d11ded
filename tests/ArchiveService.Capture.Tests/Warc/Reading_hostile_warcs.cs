using System.IO.Compression;
using System.Text;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Warc;

namespace ArchiveService.Capture.Tests.Warc;

public sealed class Reading_hostile_warcs
{
    private const string Head = "WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:6a59c5c8-d806-4cdb-83aa-b21495d11063>\r\nWARC-Date: 2026-01-02T03:04:05Z\r\nWARC-Target-URI: urn:a\r\n";

    private static string Record(string block, string more = "", int? length = null) => $"{Head}{more}Content-Length: {length ?? block.Length}\r\n\r\n{block}\r\n\r\n";

    private static WarcReport Read(string text) => WarcSamples.Read(Encoding.Latin1.GetBytes(text));

    private static string[] Errors(WarcReport report) => [.. report.Problems.Where(p => p.IsError).Select(p => p.Code)];

    [Fact]
    public void A_length_that_lies_never_takes_the_memory_it_states()
    {
        var report = Read(Record("abc", length: int.MaxValue) + Record("abc"));
        Assert.Equal([WarcCodes.BlockTruncated], Errors(report));
        Assert.Equal([WarcCodes.BlockTruncated], Errors(Read($"{Head}Content-Length: {long.MaxValue}\r\n\r\nabc")));
        Assert.Contains(WarcCodes.Length, Errors(Read($"{Head}Content-Length: 99999999999999999999\r\n\r\nabc")));
        Assert.Contains(WarcCodes.Length, Errors(Read($"{Head}Content-Length: -1\r\n\r\nabc")));
    }

    [Fact]
    public void A_length_that_is_too_short_is_told_with_its_place_and_the_next_record_is_read()
    {
        var first = Record("abc");
        var report = Read(first + Record("abcdef", length: 3) + Record("abc"));
        var error = Assert.Single(report.Problems, p => p.IsError);
        Assert.Equal((WarcCodes.RecordEnd, first.Length), (error.Code, error.Offset));
        Assert.Equal(3, report.Records["resource"]);
    }

    [Theory]
    [InlineData("")]
    [InlineData("\r\n\r\n")]
    public void What_is_empty_is_told(string text) => Assert.Equal([WarcCodes.Empty], Errors(Read(text)));

    [Theory]
    [InlineData("<!doctype html>", WarcCodes.NotWarc)]
    [InlineData("WARC/2.0\r\nWARC-Type: resource\r\n\r\n", WarcCodes.Version)]
    [InlineData("WARC/1.1", WarcCodes.HeaderTruncated)]
    [InlineData("WARC/1.1\r\nWARC-Type: reso", WarcCodes.HeaderTruncated)]
    [InlineData("WARC/1.1\r\nno colon here\r\nContent-Length: 0\r\n\r\n\r\n\r\n", WarcCodes.HeaderLine)]
    [InlineData("WARC/1.1\r\n folded first\r\nContent-Length: 0\r\n\r\n\r\n\r\n", WarcCodes.HeaderLine)]
    public void What_is_not_a_record_says_so(string text, string code) => Assert.Contains(code, Errors(Read(text)));

    [Fact]
    public void Fields_are_held_against_the_standard()
    {
        Assert.Equal([WarcCodes.Duplicate], Errors(Read(Record("a", "WARC-Date: 2027-01-02T03:04:05Z\r\n"))));
        Assert.Empty(Errors(Read(Record("a", "WARC-Date: 2026-01-02T03:04:05Z\r\n"))));
        Assert.Contains(WarcCodes.Invalid, Errors(Read(Record("a").Replace("2026-01-02T", "2026-13-02T", StringComparison.Ordinal))));
        Assert.Contains(WarcCodes.Missing, Errors(Read(Record("a").Replace("WARC-Type", "X-Type", StringComparison.Ordinal))));
        Assert.Contains(WarcCodes.Missing, Errors(Read(Record("a").Replace("resource", "revisit", StringComparison.Ordinal))));
        Assert.Empty(Errors(Read(Record("a").Replace("resource", "something", StringComparison.Ordinal))));
        Assert.Contains(WarcCodes.DigestMalformed, Errors(Read(Record("a", "WARC-Block-Digest: sha1:ABC\r\n"))));
        Assert.Empty(Errors(Read(Record("a", "WARC-Block-Digest: blake3:ABC\r\n"))));
        Assert.Contains(WarcCodes.BlockDigest, Errors(Read(Record("a", "WARC-Block-Digest: md5:00000000000000000000000000000000\r\n"))));
    }

    [Fact]
    public void Folded_and_foreign_heads_are_read()
    {
        using var reader = new WarcReader(new MemoryStream(Encoding.UTF8.GetBytes(Record("a", "X-Note: å\r\n\tä\r\n"))));
        Assert.Equal("å ä", reader.Next()!.Headers["x-note"]);
        Assert.Null(reader.Next());
        Assert.Empty(reader.Problems);
    }

    [Fact]
    public void A_head_without_end_is_given_up()
    {
        var report = WarcSamples.Read(Encoding.Latin1.GetBytes("WARC/1.1\r\nX: " + new string('a', 5000)), new WarcLimits { MaxHeaderBytes = 1000 });
        Assert.Equal([WarcCodes.HeaderTooLong], Errors(report));
    }

    [Fact]
    public void Only_so_many_problems_are_told()
    {
        var report = WarcSamples.Read(Encoding.Latin1.GetBytes(string.Concat(Enumerable.Repeat("WARC/9\r\n\r\n", 5000))), new WarcLimits { MaxProblems = 10 });
        Assert.Equal(11, report.Problems.Count);
        Assert.Equal(WarcCodes.TooMany, report.Problems[^1].Code);
    }

    [Fact]
    public void Packed_members_are_told_apart()
    {
        var one = Packed(Record("abc"));
        var report = WarcSamples.Read([.. one, .. Packed(""), .. one]);
        Assert.Equal((WarcPacking.MemberPerRecord, 2L, true), (report.Packing, report.Records["resource"], report.IsSound));
        Assert.Equal(WarcPacking.Whole, WarcSamples.Read(Packed(Record("abc") + Record("abc"))).Packing);

        // Cut into members without regard to records.
        var text = Record("abc");
        var cut = WarcSamples.Read([.. Packed(text[..50]), .. Packed(text[50..])]);
        Assert.Equal((WarcPacking.Whole, 1L, true), (cut.Packing, cut.Records["resource"], cut.IsSound));
    }

    [Fact]
    public void Damaged_packing_is_told_and_the_next_member_is_read()
    {
        var one = Packed(Record(new string('x', 300) + "åäö"));
        var damaged = one.ToArray();
        damaged[^6] ^= 1;
        var report = WarcSamples.Read([.. one, .. damaged, .. one]);
        Assert.Contains(report.Problems, p => p.Code == WarcCodes.GzipDamaged && p.Offset == one.Length);
        Assert.Equal(3, report.Records["resource"]);
        var cutOff = WarcSamples.Read([.. one, .. one[..^12]]);
        Assert.Contains(cutOff.Problems, p => p.Code == WarcCodes.GzipTruncated && p.Offset == one.Length);
    }

    [Fact]
    public void A_bomb_is_refused()
    {
        var limits = new WarcLimits { Archive = new ArchiveLimits { MaxRatio = 20, RatioFreeBytes = 1 << 20 } };
        Assert.Equal([WarcCodes.Bomb], Errors(WarcSamples.Read(Packed(Record(new string('\0', 4 << 20))), limits)).Except([WarcCodes.BlockTruncated]));
    }

    [Fact]
    public void Segments_are_put_together()
    {
        var digest = $"WARC-Payload-Digest: {WarcWriter.DigestOf(System.Security.Cryptography.SHA256.HashData("abcdef"u8))}\r\n";
        var first = Record("abc", $"{digest}WARC-Segment-Number: 1\r\n");
        var second = Record("def", "WARC-Segment-Number: 2\r\nWARC-Segment-Origin-ID: <urn:uuid:6a59c5c8-d806-4cdb-83aa-b21495d11063>\r\nWARC-Segment-Total-Length: 6\r\n").Replace("resource", "continuation", StringComparison.Ordinal);
        var report = Read(first + second);
        Assert.True(report.IsSound, string.Join(';', report.Problems));
        Assert.Equal(1, report.DigestsHold);
        Assert.Equal([WarcCodes.PayloadDigest], Errors(Read(first + second.Replace("def", "def".ToUpperInvariant(), StringComparison.Ordinal))));
        Assert.Contains(WarcCodes.Segments, Errors(Read(first + second.Replace("Number: 2", "Number: 3", StringComparison.Ordinal))));
    }

    /// <summary>Seeded: bytes are changed, cut out and doubled. Nothing is thrown, nothing goes on for ever.</summary>
    [Fact]
    public void Whatever_comes_nothing_is_thrown()
    {
        var plain = Encoding.Latin1.GetBytes(Record("abc", "WARC-Block-Digest: sha1:ABC\r\n") + Record("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\n0\r\n\r\n", "WARC-Payload-Digest: md5:900150983cd24fb0d6963f7d28e17f72\r\nContent-Type: application/http\r\n").Replace("resource", "response", StringComparison.Ordinal));
        byte[][] seeds = [plain, [.. Packed(Record("abc")), .. Packed(Record("defg"))], Encoding.Latin1.GetBytes("filedesc://a 127.0.0.1 20140216050221 text/plain 3\nabc\nhttp://a/ 1.1.1.1 20140216050221 text/html 3\nabc\n")];
        var random = new Random(20261127);
        for (var i = 0; i < 3000; i++) WarcSamples.Read(Mutated(seeds[i % seeds.Length], random), new WarcLimits { MaxProblems = 100 });
    }

    internal static byte[] Mutated(byte[] seed, Random random)
    {
        var bytes = seed.ToList();
        for (var changes = random.Next(1, 8); changes > 0 && bytes.Count > 0; changes--)
        {
            var at = random.Next(bytes.Count);
            switch (random.Next(5))
            {
                case 0: bytes[at] = (byte)random.Next(256); break;
                case 1: bytes[at] ^= (byte)(1 << random.Next(8)); break;
                case 2: bytes.RemoveRange(at, random.Next(bytes.Count - at)); break;
                case 3: bytes.InsertRange(at, bytes.GetRange(0, random.Next(bytes.Count))); break;
                default: bytes.Insert(at, (byte)"\r\n:/ 9<"[random.Next(7)]); break;
            }
        }

        return [.. bytes];
    }

    internal static byte[] Packed(string text)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(Encoding.Latin1.GetBytes(text));
        return packed.ToArray();
    }
}
