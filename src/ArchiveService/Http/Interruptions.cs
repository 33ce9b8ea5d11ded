using Microsoft.AspNetCore.Diagnostics;
using Npgsql;

namespace ArchiveService.Http;

/// <summary>
/// The database went away, or was busy, in the middle of a request. Nothing is wrong with what was sent, so the answer is 503 and when to try again:
/// a problem for programs, the page of the status code for people. A transaction that was cut off has left nothing.
/// </summary>
public sealed partial class Interruptions(RequestDelegate next, ILogger<Interruptions> logger)
{
    public const int RetryAfterSeconds = 5;

    public static Refusal Unavailable { get; } = new(
        "database-unavailable", "Databasen svarade inte hela vägen. Försök igen om en stund, och läs först hur det ser ut nu.", StatusCodes.Status503ServiceUnavailable);

    public async Task InvokeAsync(HttpContext http)
    {
        try
        {
            await next(http);
        }
        catch (Exception error) when (!http.Response.HasStarted && Interrupted(error) && !http.RequestAborted.IsCancellationRequested)
        {
            Log(error.GetType().Name, (error as PostgresException)?.SqlState ?? "", http.GetEndpoint()?.DisplayName ?? "");
            var again = http.Features.Get<IStatusCodeReExecuteFeature>() is not null;
            http.Response.Clear();
            http.Response.Headers.RetryAfter = RetryAfterSeconds.ToString(System.Globalization.CultureInfo.InvariantCulture);
            http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
            if (http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase))
                await Problems.Refused(error is Sealing.ArchiveIsReadOnly ? Features.Evidence.KeyRotation.ReadOnly : Unavailable).ExecuteAsync(http);
            else if (again)
                await http.Response.WriteAsync("Tjänsten når inte sin databas. Försök igen om en stund.", CancellationToken.None);
        }
    }

    public static bool Interrupted(Exception error) => error switch
    {
        Sealing.ArchiveIsReadOnly => true,
        PostgresException refused => refused.IsTransient || refused.SqlState.StartsWith("57", StringComparison.Ordinal) || refused.SqlState.StartsWith("08", StringComparison.Ordinal),
        NpgsqlException => true,
        _ => false,
    };

    [LoggerMessage(Level = LogLevel.Warning, Message = "The database interrupted a request: {Kind} {SqlState} at {Endpoint}")]
    private partial void Log(string kind, string sqlState, string endpoint);
}
