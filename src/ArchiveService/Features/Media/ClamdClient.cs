using System.Buffers.Binary;
using System.Net.Sockets;
using System.Text;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Media;

/// <summary>Where a clamd listens: <c>Scan__Clamd</c>, as <c>host:port</c> or the path of its socket; nothing is scanned without it.</summary>
public sealed record ScanOptions(string? Host, int Port, string? Socket)
{
    public bool IsOn => Host is not null || Socket is not null;

    public static ScanOptions From(IConfiguration configuration)
    {
        var given = configuration["Scan:Clamd"];
        if (string.IsNullOrWhiteSpace(given)) return new(null, 0, null);
        if (given.StartsWith('/')) return new(null, 0, given);
        var at = given.LastIndexOf(':');
        return at > 0 && int.TryParse(given[(at + 1)..], System.Globalization.CultureInfo.InvariantCulture, out var port) && port is > 0 and < 65536
            ? new(given[..at].Trim('[', ']'), port, null)
            : throw new CannotStart("Scan__Clamd must be host:port, such as 127.0.0.1:3310, or the path of a socket.");
    }
}

public enum ScanResult
{
    Clean,
    Infected,

    /// <summary>The scanner would not look, as at a file over its own limit.</summary>
    Unscanned,
}

/// <param name="Signature">What the scanner calls it.</param>
public sealed record ScanVerdict(ScanResult Result, string? Signature);

/// <summary>Asks clamd about a stream (INSTREAM, clamd(8)): chunks with their length before them, a chunk of none at the end, one line back.</summary>
public sealed class ClamdClient(ScanOptions options)
{
    private const int ChunkBytes = 64 * 1024;
    private const int MostAnswer = 4096;
    private static readonly TimeSpan Patience = TimeSpan.FromMinutes(10);

    /// <exception cref="IOException">The scanner cannot be reached, or went away; try again later.</exception>
    public async Task<ScanVerdict> Scan(Stream plain, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            using var socket = options.Socket is null ? new Socket(SocketType.Stream, ProtocolType.Tcp) : new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
            if (options.Socket is { } path) await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit.Token);
            else await socket.ConnectAsync(options.Host!, options.Port, limit.Token);
            await using var wire = new NetworkStream(socket);
            await Send(wire, plain, limit.Token);
            return Verdict(await Answer(wire, limit.Token));
        }
        catch (SocketException error)
        {
            throw new IOException("The virus scanner cannot be reached.", error);
        }
        catch (OperationCanceledException late) when (!ct.IsCancellationRequested)
        {
            throw new IOException("The virus scanner did not answer in time.", late);
        }
    }

    /// <summary>Pure: what the line means.</summary>
    public static ScanVerdict Verdict(string answer)
    {
        var said = answer.Trim('\0', '\r', '\n', ' ');
        if (said.EndsWith("OK", StringComparison.Ordinal) && said.StartsWith("stream:", StringComparison.Ordinal)) return new(ScanResult.Clean, null);
        if (said.EndsWith("FOUND", StringComparison.Ordinal) && said.StartsWith("stream:", StringComparison.Ordinal))
        {
            var name = said["stream:".Length..^"FOUND".Length].Trim();
            return new(ScanResult.Infected, name.Length == 0 ? "?" : name.Length > 200 ? name[..200] : name);
        }

        return said.EndsWith("ERROR", StringComparison.Ordinal) ? new(ScanResult.Unscanned, null) : throw new IOException("The virus scanner gave an answer that is none.");
    }

    private static async Task Send(NetworkStream wire, Stream plain, CancellationToken ct)
    {
        await wire.WriteAsync("zINSTREAM\0"u8.ToArray(), ct);
        var chunk = new byte[4 + ChunkBytes];
        for (int count; (count = await plain.ReadAsync(chunk.AsMemory(4), ct)) > 0;)
        {
            BinaryPrimitives.WriteInt32BigEndian(chunk, count);
            try
            {
                await wire.WriteAsync(chunk.AsMemory(0, 4 + count), ct);
            }
            catch (IOException)
            {
                // Over its limit it answers at once and listens no more.
                return;
            }
        }

        await wire.WriteAsync(new byte[4], ct);
    }

    private static async Task<string> Answer(NetworkStream wire, CancellationToken ct)
    {
        var answer = new StringBuilder();
        var buffer = new byte[512];
        while (answer.Length < MostAnswer)
        {
            var count = await wire.ReadAsync(buffer, ct);
            if (count == 0) break;
            answer.Append(Encoding.UTF8.GetString(buffer, 0, count));
            if (buffer.AsSpan(0, count).Contains((byte)0)) break;
        }

        return answer.ToString();
    }
}
