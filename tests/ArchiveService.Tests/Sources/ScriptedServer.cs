using System.Net;
using System.Net.Sockets;
using System.Text;

namespace ArchiveService.Tests.Sources;

/// <summary>A server on this machine that answers as it is told, and remembers what it was asked.</summary>
internal sealed class ScriptedServer : IAsyncDisposable
{
    private readonly HttpListener listener = new();
    private readonly Func<HttpListenerRequest, (int Status, string Body)> answer;
    private readonly Task serving;

    public ScriptedServer(Func<HttpListenerRequest, (int Status, string Body)> answer)
    {
        this.answer = answer;
        for (var port = FreePort(); ; port = FreePort())
        {
            try
            {
                listener.Prefixes.Clear();
                listener.Prefixes.Add($"http://127.0.0.1:{port}/");
                listener.Start();
                Address = new Uri($"http://127.0.0.1:{port}/");
                break;
            }
            catch (HttpListenerException)
            {
                // Somebody else was first.
            }
        }

        serving = Serve();
    }

    public Uri Address { get; }

    public List<string> Asked { get; } = [];

    public List<string?> Tokens { get; } = [];

    public async ValueTask DisposeAsync()
    {
        listener.Stop();
        await serving;
        listener.Close();
    }

    private async Task Serve()
    {
        while (listener.IsListening)
        {
            HttpListenerContext context;
            try
            {
                context = await listener.GetContextAsync();
            }
            catch (Exception stopped) when (stopped is HttpListenerException or ObjectDisposedException)
            {
                return;
            }

            Asked.Add(context.Request.RawUrl!);
            Tokens.Add(context.Request.Headers["Authorization"] ?? context.Request.Headers["X-Goog-Api-Key"]);
            var (status, body) = answer(context.Request);
            context.Response.StatusCode = status;
            if (status == 429) context.Response.Headers["Retry-After"] = "90";
            await context.Response.OutputStream.WriteAsync(Encoding.UTF8.GetBytes(body));
            context.Response.Close();
        }
    }

    private static int FreePort()
    {
        using var probe = new TcpListener(IPAddress.Loopback, 0);
        probe.Start();
        return ((IPEndPoint)probe.LocalEndpoint).Port;
    }
}
