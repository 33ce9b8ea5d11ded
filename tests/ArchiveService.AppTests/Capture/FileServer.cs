using System.Collections.Concurrent;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ArchiveService.AppTests.Capture;

/// <summary>A small server on this machine that answers as it is told, and remembers what it was asked.</summary>
public sealed class FileServer : IAsyncDisposable
{
    private readonly TcpListener listener = new(IPAddress.Loopback, 0);
    private readonly CancellationTokenSource stop = new();
    private readonly ConcurrentDictionary<string, Func<Task<byte[]>>> answers = new(StringComparer.Ordinal);
    private readonly ConcurrentQueue<string> heads = new();
    private readonly Task serving;

    public FileServer()
    {
        listener.Start();
        serving = Serve();
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    public string Address(string path) => $"http://127.0.0.1:{Port}{path}";

    public int Asked(string path) => heads.Count(head => head.StartsWith($"GET {path} ", StringComparison.Ordinal));

    public IReadOnlyList<string> Heads => [.. heads];

    public void File(string path, byte[] bytes, string mediaType = "application/octet-stream", string status = "200 OK", string more = "") =>
        answers[path] = () => Task.FromResult<byte[]>([.. Encoding.ASCII.GetBytes($"HTTP/1.1 {status}\r\nContent-Type: {mediaType}\r\nContent-Length: {bytes.Length}\r\nConnection: close\r\n{more}\r\n"), .. bytes]);

    public void Status(string path, string status, string more = "") => File(path, Encoding.ASCII.GetBytes("nej"), "text/plain", status, more);

    /// <summary>Does something while the other side waits for the file.</summary>
    public void Meanwhile(string path, byte[] bytes, Func<Task> first)
    {
        File(path, bytes);
        var answer = answers[path];
        answers[path] = async () =>
        {
            await first();
            return await answer();
        };
    }

    /// <summary>Says that it is longer than what comes.</summary>
    public void BrokenOff(string path, byte[] bytes) =>
        answers[path] = () => Task.FromResult<byte[]>([.. Encoding.ASCII.GetBytes($"HTTP/1.1 200 OK\r\nContent-Type: image/png\r\nContent-Length: {bytes.Length * 2}\r\nConnection: close\r\n\r\n"), .. bytes]);

    public async ValueTask DisposeAsync()
    {
        await stop.CancelAsync();
        listener.Stop();
        await serving;
        listener.Dispose();
        stop.Dispose();
    }

    private async Task Serve()
    {
        while (!stop.IsCancellationRequested)
        {
            try
            {
                var client = await listener.AcceptTcpClientAsync(stop.Token);
                _ = Task.Run(() => Answer(client));
            }
            catch (Exception error) when (error is OperationCanceledException or SocketException or ObjectDisposedException)
            {
                return;
            }
        }
    }

    private async Task Answer(TcpClient client)
    {
        using (client)
        {
            try
            {
                var stream = client.GetStream();
                var head = new StringBuilder();
                var buffer = new byte[4096];
                while (!head.ToString().Contains("\r\n\r\n", StringComparison.Ordinal))
                {
                    var count = await stream.ReadAsync(buffer, stop.Token);
                    if (count == 0) return;
                    head.Append(Encoding.ASCII.GetString(buffer, 0, count));
                }

                heads.Enqueue(head.ToString());
                var path = head.ToString().Split(' ')[1].Split('?')[0];
                await stream.WriteAsync(answers.TryGetValue(path, out var answer) ? await answer() : "HTTP/1.1 404 Not Found\r\nContent-Length: 0\r\nConnection: close\r\n\r\n"u8.ToArray(), stop.Token);
            }
            catch (Exception error) when (error is IOException or OperationCanceledException or SocketException)
            {
                // The other side had enough.
            }
        }
    }
}
