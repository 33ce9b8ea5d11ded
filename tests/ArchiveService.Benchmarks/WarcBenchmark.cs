using System.Diagnostics;
using System.Globalization;
using System.IO.Compression;
using System.Security.Cryptography;
using System.Text;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Warc;

namespace ArchiveService.Benchmarks;

/// <summary>Reading WARC with every digest checked, beside unpacking the same bytes alone; and the memory that a file of 5 GB takes.</summary>
internal static class WarcBenchmark
{
    private const int Records = 20_000;
    private const int BlockBytes = 8 * 1024;
    private const int Rounds = 5;
    private const long Large = 5L << 30;

    public static Task Run()
    {
        var packed = Packed(Records);
        var reading = new List<double>();
        var unpacking = new List<double>();
        long unpacked = 0;
        for (var round = 0; round <= Rounds; round++)
        {
            var start = Stopwatch.GetTimestamp();
            using (var gzip = new GZipStream(new MemoryStream(packed), CompressionMode.Decompress))
            {
                var buffer = new byte[64 * 1024];
                unpacked = 0;
                for (int count; (count = gzip.Read(buffer)) > 0;) unpacked += count;
            }

            if (round > 0) unpacking.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
            start = Stopwatch.GetTimestamp();
            using (var reader = new WarcReader(new MemoryStream(packed)))
            {
                var report = WarcReport.Of(reader, packed.Length);
                if (!report.IsSound || report.DigestsHold != 2 * Records) throw new InvalidOperationException("The benchmark's own file does not hold.");
            }

            if (round > 0) reading.Add(Stopwatch.GetElapsedTime(start).TotalSeconds);
        }

        var (ours, alone) = (Measured.Median(reading), Measured.Median(unpacking));
        Console.WriteLine("| WARC, a member a record, SHA-256 over each block and payload | records/s | MB/s unpacked | gunzip alone MB/s | gunzip/ours |");
        Console.WriteLine("|---|---|---|---|---|");
        Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {Records} records of {BlockBytes / 1024} KiB | {Records / ours:N0} | {unpacked / ours / 1e6:N0} | {unpacked / alone / 1e6:N0} | {alone / ours:0.00} |"));
        return Task.CompletedTask;
    }

    /// <summary>A file of 5 GB that is made as it is read, plain and packed.</summary>
    public static Task Memory()
    {
        Console.WriteLine("| WARC of 5 GB, made as it is read | records | seconds | MB/s | most held, MiB |");
        Console.WriteLine("|---|---|---|---|---|");
        foreach (var isPacked in (bool[])[false, true])
        {
            var record = isPacked ? Pack(Record(1)) : Record(1);
            using var endless = new RepeatedStream(record, isPacked ? Large / 4 : Large);
            GC.Collect();
            var before = GC.GetTotalMemory(forceFullCollection: true);
            long most = 0;
            var records = 0L;
            var start = Stopwatch.GetTimestamp();
            using var reader = new WarcReader(endless, new WarcLimits { Archive = new ArchiveLimits { MaxRatio = 10_000 } });
            while (reader.Next() is not null)
            {
                if (++records % 50_000 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
            }

            var seconds = Stopwatch.GetElapsedTime(start).TotalSeconds;
            Console.WriteLine(string.Create(CultureInfo.InvariantCulture, $"| {(isPacked ? "packed" : "plain")} ({reader.BytesRead / 1e9:0.0} GB unpacked) | {records:N0} | {seconds:0} | {reader.BytesRead / seconds / 1e6:N0} | {most / 1048576.0:0.0} |"));
            if (most > 16 << 20) throw new InvalidOperationException("The memory is not flat.");
        }

        return Task.CompletedTask;
    }

    private static byte[] Packed(int records)
    {
        using var all = new MemoryStream();
        for (var i = 0; i < records; i++) all.Write(Pack(Record(i)));
        return all.ToArray();
    }

    private static byte[] Pack(byte[] record)
    {
        using var packed = new MemoryStream();
        using (var gzip = new GZipStream(packed, CompressionLevel.Optimal, leaveOpen: true)) gzip.Write(record);
        return packed.ToArray();
    }

    private static byte[] Record(int seed)
    {
        var random = new Random(seed);
        var text = new StringBuilder(BlockBytes);
        while (text.Length < BlockBytes) text.Append(CultureInfo.InvariantCulture, $"{{\"id\":\"{random.NextInt64()}\",\"message\":\"Hej från kommunen {random.Next(1000)}\"}}\n");
        var block = Encoding.UTF8.GetBytes(text.ToString());
        var digest = WarcWriter.DigestOf(SHA256.HashData(block));
        var head = $"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:{new Guid(seed, 0, 0, new byte[8]):D}>\r\nWARC-Date: 2026-01-02T03:04:05Z\r\nWARC-Target-URI: urn:bench:{seed}\r\nWARC-Block-Digest: {digest}\r\nWARC-Payload-Digest: {digest}\r\nContent-Type: application/json\r\nContent-Length: {block.Length}\r\n\r\n";
        return [.. Encoding.UTF8.GetBytes(head), .. block, .. "\r\n\r\n"u8];
    }

    /// <summary>The same bytes again and again.</summary>
    private sealed class RepeatedStream(byte[] one, long most) : Stream
    {
        private long at;

        private long Whole => most - (most % one.Length);

        public override bool CanRead => true;

        public override bool CanSeek => false;

        public override bool CanWrite => false;

        public override long Length => throw new NotSupportedException();

        public override long Position
        {
            get => at;
            set => throw new NotSupportedException();
        }

        public override int Read(byte[] buffer, int offset, int count)
        {
            var from = (int)(at % one.Length);
            var here = (int)Math.Min(Math.Min(count, one.Length - from), Whole - at);
            one.AsSpan(from, here).CopyTo(buffer.AsSpan(offset));
            at += here;
            return here;
        }

        public override void Flush()
        {
        }

        public override long Seek(long offset, SeekOrigin origin) => throw new NotSupportedException();

        public override void SetLength(long value) => throw new NotSupportedException();

        public override void Write(byte[] buffer, int offset, int count) => throw new NotSupportedException();
    }
}
