using ArchiveService.Hosting.Embedded;
using Microsoft.AspNetCore.Connections;

namespace ArchiveService.Hosting;

/// <summary>Who can log in, a line each, for the greeting at start. Registered by the feature that knows.</summary>
public delegate IAsyncEnumerable<string> WhoCanLogIn(CancellationToken ct);

/// <summary><c>./run</c>: serves the archive until it is told to stop.</summary>
public static class WebHost
{
    public const string DefaultAddress = "http://127.0.0.1:5080";

    public static async Task<int> Serve(string[] args, CancellationToken ct)
    {
        var builder = NewBuilder(args);
        builder.LogTo(standardError: false, LogLevel.Information);
        using var claim = ArchiveConnections.From(builder.Configuration) is null ? ServiceClaim.Take(Installation.DataFolderOf(builder.Configuration)) : null;
        await using var installation = await Installation.Open(builder.Configuration, ct);
        builder.AddArchive(installation);
        await using var app = builder.Build();
        app.MapArchive();
        await app.Services.MustStoreAttachments(ct);

        await Start(app, ct);
        try
        {
            claim?.Announce(app.Urls);
            await Greet(app, installation, ct);
        }
        catch (Exception error)
        {
            // Disposing alone stops no scheduler: its threads would keep the process alive with a database that is gone.
            await app.StopAsync(CancellationToken.None);
            if (error is OperationCanceledException && ct.IsCancellationRequested) return 0;
            throw;
        }

        await app.WaitForShutdownAsync(ct);
        return 0;
    }

    /// <summary>A builder with this service's defaults, not yet its parts.</summary>
    public static WebApplicationBuilder NewBuilder(string[] args)
    {
        // Published, wwwroot lies beside the program; built, it lies in the project, where ./run points with ASPNETCORE_CONTENTROOT.
        var beside = Directory.Exists(Path.Combine(AppContext.BaseDirectory, "wwwroot"));
        var builder = WebApplication.CreateBuilder(beside ? new WebApplicationOptions { Args = args, ContentRootPath = AppContext.BaseDirectory } : new() { Args = args });
        var configuration = builder.Configuration;
        if (configuration["urls"] is null && configuration["http_ports"] is null && configuration["https_ports"] is null && !configuration.GetSection("Kestrel:Endpoints").Exists())
            builder.WebHost.UseUrls(DefaultAddress);
        builder.Services.Configure<HostOptions>(host => host.ShutdownTimeout = TimeSpan.FromSeconds(10));
        return builder;
    }

    private static async Task Start(WebApplication app, CancellationToken ct)
    {
        try
        {
            await app.StartAsync(ct);
        }
        catch (IOException error) when (error.InnerException is AddressInUseException)
        {
            throw new CannotStart(
                $"Another program already listens there: {error.Message} Stop that program, or serve somewhere else: ASPNETCORE_URLS=http://127.0.0.1:5081 ./run", error);
        }
        catch (IOException error) when (error.InnerException is System.Net.Sockets.SocketException or null)
        {
            throw new CannotStart($"The address cannot be used: {error.Message} Choose another with ASPNETCORE_URLS.", error);
        }
    }

    private static async Task Greet(WebApplication app, Installation installation, CancellationToken ct)
    {
        Console.WriteLine($"ArchiveService is ready at {string.Join(" and ", app.Urls)}");
        Console.WriteLine(installation.Embedded is { } embedded
            ? $"Data folder: {installation.DataFolder} (with a PostgreSQL of its own; its log: {embedded.Log})"
            : "Databases: as configured in ConnectionStrings");
        if (app.Services.GetService<WhoCanLogIn>() is { } who)
        {
            await foreach (var line in who(ct))
                Console.WriteLine(line);
        }

        Console.WriteLine("Ctrl-C stops it.");
    }
}
