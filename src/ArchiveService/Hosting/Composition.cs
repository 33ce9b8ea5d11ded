using ArchiveService.Features;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;

namespace ArchiveService.Hosting;

/// <summary>How the service is put together; the web application and every verb are built by the same lines.</summary>
public static class Composition
{
    public static void AddArchive(this WebApplicationBuilder builder, Installation installation)
    {
        var services = builder.Services;
        services.AddSingleton(TimeProvider.System);
        services.AddSingleton(installation);
        services.AddSingleton(installation.Databases);
        services.AddHealthChecks().AddCheck<DatabaseHealth>("database");
        services.AddProblemDetails();
        services.AddPages();
    }

    public static void MapArchive(this WebApplication app)
    {
        app.UseExceptionHandler();
        app.UseStatusCodePages();
        app.UsePages();
        app.UseStaticFiles();
        app.MapHealthChecks("/health/live", new HealthCheckOptions { Predicate = _ => false });
        app.MapHealthChecks("/health/ready");
        app.MapPages();
    }

    /// <summary>One JSON object a line. Requests are never logged with their bodies: they hold what people wrote.</summary>
    public static void LogTo(this WebApplicationBuilder builder, bool standardError, LogLevel least)
    {
        builder.Logging.ClearProviders();
        builder.Logging.AddJsonConsole(json => json.UseUtcTimestamp = true);
        if (standardError)
            builder.Services.Configure<Microsoft.Extensions.Logging.Console.ConsoleLoggerOptions>(console => console.LogToStandardErrorThreshold = LogLevel.Trace);
        builder.Logging.SetMinimumLevel(least);
        builder.Logging.AddFilter("Microsoft", LogLevel.Warning);
        builder.Logging.AddFilter("Npgsql", LogLevel.Warning);
    }
}
