using System.Text;
using Microsoft.AspNetCore.Builder;
using Microsoft.AspNetCore.Hosting;
using Microsoft.AspNetCore.Hosting.Server;
using Microsoft.AspNetCore.Hosting.Server.Features;
using Microsoft.AspNetCore.Http;
using Microsoft.Extensions.DependencyInjection;
using Microsoft.Extensions.Logging;

namespace ArchiveService.Tests.Sources;

/// <summary>A server of our own that answers as the Graph API does.</summary>
internal sealed class GraphServer : IAsyncDisposable
{
    private readonly WebApplication app;
    private readonly Func<string, IReadOnlyDictionary<string, string>, GraphReply?> answer;

    private GraphServer(WebApplication app, Func<string, IReadOnlyDictionary<string, string>, GraphReply?> answer) => (this.app, this.answer) = (app, answer);

    public Uri Address { get; private set; } = null!;

    /// <summary>Path and query of what was asked.</summary>
    public List<string> Asked { get; } = [];

    public List<string> Authorizations { get; } = [];

    /// <param name="answer">By path without the version, and query; null: there is no such object.</param>
    public static async Task<GraphServer> Start(Func<string, IReadOnlyDictionary<string, string>, GraphReply?> answer)
    {
        var builder = WebApplication.CreateSlimBuilder();
        builder.Logging.ClearProviders();
        builder.WebHost.UseUrls("http://127.0.0.1:0");
        var app = builder.Build();
        var server = new GraphServer(app, answer);
        app.Run(server.Answer);
        await app.StartAsync();
        server.Address = new(app.Services.GetRequiredService<IServer>().Features.Get<IServerAddressesFeature>()!.Addresses.First());
        return server;
    }

    public async ValueTask DisposeAsync() => await app.DisposeAsync();

    private async Task Answer(HttpContext http)
    {
        Asked.Add($"{http.Request.Path}{http.Request.QueryString}");
        Authorizations.Add(http.Request.Headers.Authorization.ToString());
        var path = http.Request.Path.Value!.TrimStart('/');
        path = path[(path.IndexOf('/', StringComparison.Ordinal) + 1)..];
        var reply = answer(path, http.Request.Query.ToDictionary(part => part.Key, part => part.Value.ToString(), StringComparer.Ordinal))
            ?? new("""{"error":{"message":"Unsupported get request. Object does not exist","type":"GraphMethodException","code":100,"error_subcode":33}}""", 400);
        http.Response.StatusCode = reply.Status;
        http.Response.ContentType = "application/json";
        http.Response.Headers["facebook-api-version"] = "v24.0";
        foreach (var (name, value) in reply.Headers ?? []) http.Response.Headers[name] = value;
        await http.Response.Body.WriteAsync(Encoding.UTF8.GetBytes(reply.Body));
    }
}

internal sealed record GraphReply(string Body, int Status = 200, (string Name, string Value)[]? Headers = null)
{
    public static implicit operator GraphReply?(string? body) => body is null ? null : new(body);
}
