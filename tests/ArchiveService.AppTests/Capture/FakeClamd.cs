using System.Buffers.Binary;
using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ArchiveService.AppTests.Capture;

/// <summary>Speaks clamd's INSTREAM on this machine: what holds the word <c>farligt</c> is dangerous, what is longer than a MiB it will not look at.</summary>
public sealed class FakeClamd
{
    private const int Most = 1024 * 1024;

    private readonly TcpListener listener = new(IPAddress.Loopback, 0);

    public FakeClamd()
    {
        listener.Start();
        _ = Task.Run(Serve);
    }

    public int Port => ((IPEndPoint)listener.LocalEndpoint).Port;

    private async Task Serve()
    {
        while (true)
        {
            using var client = await listener.AcceptTcpClientAsync();
            try
            {
                var stream = client.GetStream();
                await stream.WriteAsync(Encoding.UTF8.GetBytes(await Answer(stream) + "\0"));
            }
            catch (IOException)
            {
                // Whoever asked went away.
            }
        }
    }

    private static async Task<string> Answer(NetworkStream stream)
    {
        var command = new byte["zINSTREAM\0"u8.Length];
        await stream.ReadExactlyAsync(command);
        if (!command.AsSpan().SequenceEqual("zINSTREAM\0"u8)) return "UNKNOWN COMMAND";
        using var all = new MemoryStream();
        var head = new byte[4];
        while (true)
        {
            await stream.ReadExactlyAsync(head);
            var length = BinaryPrimitives.ReadInt32BigEndian(head);
            if (length == 0) break;
            if (all.Length + length > Most) return "INSTREAM size limit exceeded. ERROR";
            var chunk = new byte[length];
            await stream.ReadExactlyAsync(chunk);
            all.Write(chunk);
        }

        return all.ToArray().AsSpan().IndexOf("farligt"u8) >= 0 ? "stream: Prov.Farligt FOUND" : "stream: OK";
    }
}
