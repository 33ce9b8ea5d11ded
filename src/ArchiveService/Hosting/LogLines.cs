using System.Buffers;
using System.Diagnostics;
using System.Globalization;
using System.Text;
using System.Text.Json;
using Microsoft.Extensions.Logging.Abstractions;
using Microsoft.Extensions.Logging.Console;
using Npgsql;

namespace ArchiveService.Hosting;

/// <summary>
/// One JSON object a line. What a library says of the value that made it fail (a cast, a number, a date, a piece of JSON) quotes the value, which somebody wrote: of
/// such an exception its kind, its place in the program and the database's code are written, never its words. JSON escapes what would end a line or colour a terminal.
/// </summary>
public sealed class LogLines() : ConsoleFormatter(FormatName)
{
    public const string FormatName = "archive";

    private const int LongestValue = 2000;

    public override void Write<TState>(in LogEntry<TState> logEntry, IExternalScopeProvider? scopeProvider, TextWriter textWriter)
    {
        var message = logEntry.Formatter(logEntry.State, logEntry.Exception);
        if (logEntry.Exception is null && message is null) return;
        var buffer = new ArrayBufferWriter<byte>(512);
        using (var json = new Utf8JsonWriter(buffer))
        {
            json.WriteStartObject();
            json.WriteString("Timestamp", TimeProvider.System.GetUtcNow().ToString("yyyy-MM-dd'T'HH:mm:ss.fff'Z'", CultureInfo.InvariantCulture));
            json.WriteNumber("EventId", logEntry.EventId.Id);
            json.WriteString("LogLevel", logEntry.LogLevel.ToString());
            json.WriteString("Category", logEntry.Category);
            json.WriteString("Message", Cut(message));
            if (Activity.Current is { } activity) json.WriteString("TraceId", activity.TraceId.ToString());
            if (logEntry.Exception is { } error) json.WriteString("Exception", Told(error));
            if (logEntry.State is IReadOnlyCollection<KeyValuePair<string, object?>> { Count: > 0 } state)
            {
                json.WriteStartObject("State");
                foreach (var (name, value) in state)
                {
                    if (value is Exception inner) json.WriteString(name, Told(inner));
                    else json.WriteString(name, Cut(Convert.ToString(value, CultureInfo.InvariantCulture)));
                }

                json.WriteEndObject();
            }

            json.WriteEndObject();
        }

        textWriter.WriteLine(Encoding.UTF8.GetString(buffer.WrittenSpan));
    }

    private static string? Cut(string? text) => text is { Length: > LongestValue } ? text[..LongestValue] + "…" : text;

    /// <summary>An exception and what lies under it: kinds, places, and only those words that cannot quote what somebody wrote.</summary>
    public static string Told(Exception error)
    {
        var told = new StringBuilder();
        for (var (each, depth) = ((Exception?)error, 0); each is not null && depth < 8; (each, depth) = (each.InnerException, depth + 1))
        {
            if (depth > 0) told.Append("\n---> ");
            told.Append(each.GetType().FullName);
            if (Words(each) is { Length: > 0 } words) told.Append(": ").Append(Cut(words));
            if (each.StackTrace is { } places) told.Append('\n').Append(places);
        }

        return told.ToString();
    }

    private static string? Words(Exception error) => error switch
    {
        // The server's own words quote values («invalid input syntax for type uuid: "…"»); its code and the names of its tables do not.
        PostgresException refused => $"{refused.SqlState} {string.Join(' ', new[] { refused.SchemaName, refused.TableName, refused.ColumnName, refused.ConstraintName, refused.Routine }.Where(name => name is not null))}",
        NpgsqlException or IOException or System.Net.Sockets.SocketException or HttpRequestException or OperationCanceledException or TimeoutException or ObjectDisposedException or UnauthorizedAccessException => error.Message,
        _ when error.GetType().Assembly.GetName().Name?.StartsWith("ArchiveService", StringComparison.Ordinal) == true => error.Message,
        _ => null,
    };
}
