using System.Buffers;
using System.Text.Json;

namespace ArchiveService.Printing;

/// <summary>Chromium's DevTools protocol over two pipes: JSON messages that end with a zero byte.</summary>
public sealed class DevToolsPipe(Stream to, Stream from) : IDisposable
{
    private const int MostOfOneMessage = 512 * 1024 * 1024;
    private readonly Queue<string> happened = new();
    private readonly byte[] block = new byte[1 << 18];
    private ArrayBufferWriter<byte> unread = new();
    private int at;
    private int filled;
    private readonly SemaphoreSlim writing = new(1);
    private int last;

    /// <summary>Is told what happens, with its parameters, while an answer is waited for; must not wait itself.</summary>
    public Action<string, JsonElement>? Happening { get; set; }

    /// <summary>Asks for something whose answer nobody waits for; may be called while another waits for its answer.</summary>
    public Task Send(string method, object? parameters, string? session, CancellationToken ct) => Write(Interlocked.Increment(ref last), method, parameters, session, ct);

    public async Task<JsonElement> Call(string method, object? parameters, string? session, CancellationToken ct)
    {
        var id = Interlocked.Increment(ref last);
        await Write(id, method, parameters, session, ct);
        while (true)
        {
            var said = await Next(ct);
            if (!said.TryGetProperty("id", out var answered))
            {
                if (!said.TryGetProperty("method", out var name)) continue;
                if (Happening is { } told) told(name.GetString()!, said.TryGetProperty("params", out var what) ? what : default);
                else happened.Enqueue(name.GetString()!);
                continue;
            }

            if (answered.GetInt32() != id) continue;
            return said.TryGetProperty("error", out var error) ? throw new IOException($"{method}: {error.GetProperty("message").GetString()}") : said.GetProperty("result");
        }
    }

    /// <summary>Waits until these have happened, in this order.</summary>
    public async Task Await(CancellationToken ct, params string[] names)
    {
        foreach (var name in names)
        {
            while (!(happened.TryDequeue(out var one) && one == name))
            {
                if (happened.Count == 0 && (await Next(ct)).TryGetProperty("method", out var next)) happened.Enqueue(next.GetString()!);
            }
        }
    }

    public void Dispose() => writing.Dispose();

    private async Task Write(int id, string method, object? parameters, string? session, CancellationToken ct)
    {
        await writing.WaitAsync(ct);
        try
        {
            await to.WriteAsync(JsonSerializer.SerializeToUtf8Bytes(new { id, method, @params = parameters ?? new { }, sessionId = session }, Json), ct);
            await to.WriteAsync(new byte[] { 0 }, ct);
            await to.FlushAsync(ct);
        }
        finally
        {
            writing.Release();
        }
    }

    private static readonly JsonSerializerOptions Json = new() { DefaultIgnoreCondition = System.Text.Json.Serialization.JsonIgnoreCondition.WhenWritingNull };

    private async Task<JsonElement> Next(CancellationToken ct)
    {
        while (true)
        {
            var end = Array.IndexOf(block, (byte)0, at, filled - at);
            unread.Write(block.AsSpan(at, (end < 0 ? filled : end) - at));
            if (end >= 0)
            {
                at = end + 1;
                var whole = unread;
                unread = new();
                return JsonSerializer.Deserialize<JsonElement>(whole.WrittenSpan);
            }

            if (unread.WrittenCount > MostOfOneMessage) throw new IOException("The browser's answer does not end.");
            (at, filled) = (0, await from.ReadAsync(block, ct));
            if (filled == 0) throw new IOException("The browser ended.");
        }
    }
}
