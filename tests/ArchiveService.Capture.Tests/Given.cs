using System.Text;
using ArchiveService.Capture.Ndjson;

namespace ArchiveService.Capture.Tests;

/// <summary>Fixed time and short ways to read.</summary>
internal static class Given
{
    public static readonly DateTimeOffset Now = new(2026, 6, 1, 12, 0, 0, TimeSpan.Zero);

    public static byte[] Utf8(string text) => Encoding.UTF8.GetBytes(text);

    public static Task<List<ReadAct>> Read(string input, ActForm form = ActForm.Either) => Read(Utf8(input), form);

    public static Task<List<ReadAct>> Read(byte[] input, ActForm form = ActForm.Either) => Read(new MemoryStream(input), form);

    public static async Task<List<ReadAct>> Read(Stream input, ActForm form = ActForm.Either) =>
        await ActReader.Read(input, Now, form).ToListAsync();

    public static async Task<CapturedAct> Accepted(string line) =>
        Assert.IsType<ReadAct.Accepted>(Assert.Single(await Read(line))).Act;

    public static async Task<string> Refused(string line) =>
        Assert.IsType<ReadAct.Rejected>(Assert.Single(await Read(line))).Code;

    /// <summary>A stream that gives one byte at a time, as a slow network does.</summary>
    public static Stream Slowly(byte[] bytes) => new OneByteAtATime(bytes);

    private sealed class OneByteAtATime(byte[] bytes) : MemoryStream(bytes)
    {
        public override ValueTask<int> ReadAsync(Memory<byte> buffer, CancellationToken cancellationToken = default) =>
            base.ReadAsync(buffer[..Math.Min(1, buffer.Length)], cancellationToken);
    }
}
