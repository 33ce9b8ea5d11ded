using System.Text;
using ArchiveService.Capture.Warc;

namespace ArchiveService.Capture.Tests.Warc;

/// <summary>Alone, because it measures the process. The long form, 5 GB, is <c>./run bench memory-warc</c>.</summary>
[CollectionDefinition(nameof(Reading_a_large_warc), DisableParallelization = true)]
[Collection(nameof(Reading_a_large_warc))]
public sealed class Reading_a_large_warc
{
    [Fact]
    public void does_not_hold_it_in_memory()
    {
        const int records = 4000;
        var one = Encoding.Latin1.GetBytes($"WARC/1.1\r\nWARC-Type: resource\r\nWARC-Record-ID: <urn:uuid:6a59c5c8-d806-4cdb-83aa-b21495d11063>\r\nWARC-Date: 2026-01-02T03:04:05Z\r\nWARC-Target-URI: urn:a\r\nContent-Length: 16000\r\n\r\n{new string('x', 16000)}\r\n\r\n");
        using var reader = new WarcReader(new Repeated(one, records));
        var before = GC.GetTotalMemory(forceFullCollection: true);
        long most = 0;
        var count = 0;
        while (reader.Next() is not null)
        {
            if (++count % 1000 == 0) most = Math.Max(most, GC.GetTotalMemory(forceFullCollection: true) - before);
        }

        Assert.Equal(records, count);
        Assert.Empty(reader.Problems);
        Assert.True(most < 4 << 20, $"{most} bytes held of {reader.BytesRead}");
    }

    private sealed class Repeated(byte[] one, int times) : MemoryStream
    {
        private long at;

        public override int Read(Span<byte> buffer)
        {
            var from = (int)(at % one.Length);
            var here = (int)Math.Min(Math.Min(buffer.Length, one.Length - from), ((long)one.Length * times) - at);
            one.AsSpan(from, here).CopyTo(buffer);
            at += here;
            return here;
        }

        public override int Read(byte[] buffer, int offset, int count) => Read(buffer.AsSpan(offset, count));
    }
}
