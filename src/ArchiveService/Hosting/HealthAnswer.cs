using System.Text.Json;
using System.Text.Json.Serialization;
using Microsoft.AspNetCore.Diagnostics.HealthChecks;
using Microsoft.Extensions.Diagnostics.HealthChecks;

namespace ArchiveService.Hosting;

/// <summary>What /health says beside its status code: each check with its figures. An error is named by its type; its text may hold content.</summary>
public static class HealthAnswer
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static HealthCheckOptions Of(Func<HealthCheckRegistration, bool>? which = null) => new() { Predicate = which, ResponseWriter = Write };

    private static Task Write(HttpContext http, HealthReport report) => http.Response.WriteAsJsonAsync(
        new { report.Status, checks = report.Entries.ToDictionary(e => e.Key, e => Said(e.Value)) }, Json, http.RequestAborted);

    private static Dictionary<string, object?> Said(HealthReportEntry entry)
    {
        var said = new Dictionary<string, object?>(StringComparer.Ordinal) { ["status"] = entry.Status };
        if (entry.Exception is { } error) said["error"] = error.GetType().Name;
        foreach (var (name, value) in entry.Data) said[name] = value;
        return said;
    }
}
