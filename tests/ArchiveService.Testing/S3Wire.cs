using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ArchiveService.Testing;

/// <summary>A wire to a server that a test can cut: at once, or after a number of bytes in one direction. Also keeps what was asked.</summary>
public sealed class S3Wire : IAsyncDisposable
{
    private readonly Uri server;
    private readonly List<TcpClient> open = [];
    private readonly StringBuilder asked = new();
    private readonly int port;
    private TcpListener? listener;
    private Task accepting = Task.CompletedTask;

    public S3Wire(Uri server)
    {
        this.server = server;
        port = S3Server.FreePort();
        Mend();
    }

    public Uri Endpoint => new($"http://127.0.0.1:{port}");

    /// <summary>Bytes towards the server, or back, until the wire breaks.</summary>
    public long UpLeft { get; set; } = long.MaxValue;

    public long DownLeft { get; set; } = long.MaxValue;

    /// <summary>The beginning of every piece that went to the server, as text: enough to see the headers.</summary>
    public string Asked
    {
        get
        {
            lock (asked)
                return asked.ToString();
        }
    }

    public void Cut()
    {
        listener?.Stop();
        listener = null;
        lock (open)
        {
            open.ForEach(client => client.Dispose());
            open.Clear();
        }
    }

    public void Mend()
    {
        UpLeft = DownLeft = long.MaxValue;
        listener = new TcpListener(IPAddress.Loopback, port);
        listener.Start();
        accepting = Accept(listener);
    }

    private async Task Accept(TcpListener from)
    {
        try
        {
            while (true)
            {
                var near = await from.AcceptTcpClientAsync();
                var far = new TcpClient();
                lock (open)
                    open.AddRange([near, far]);
                _ = Carry(near, far);
            }
        }
        catch (Exception stopped) when (stopped is SocketException or ObjectDisposedException or InvalidOperationException)
        {
        }
    }

    private async Task Carry(TcpClient near, TcpClient far)
    {
        try
        {
            await far.ConnectAsync(server.Host, server.Port);
            await Task.WhenAny(Pump(near, far, up: true), Pump(far, near, up: false));
        }
        catch (Exception broken) when (broken is SocketException or IOException or ObjectDisposedException or InvalidOperationException)
        {
        }
        near.Dispose();
        far.Dispose();
    }

    private async Task Pump(TcpClient from, TcpClient to, bool up)
    {
        var buffer = new byte[65_536];
        while (await from.GetStream().ReadAsync(buffer) is var count and > 0)
        {
            if (up)
            {
                lock (asked)
                    asked.Append(Encoding.Latin1.GetString(buffer, 0, Math.Min(count, 4_096)));
            }
            var left = up ? UpLeft -= count : DownLeft -= count;
            if (left < 0)
            {
                Cut();
                return;
            }
            await to.GetStream().WriteAsync(buffer.AsMemory(0, count));
        }
    }

    public async ValueTask DisposeAsync()
    {
        Cut();
        await accepting;
    }
}
