using System.CommandLine;
using System.Text.Encodings.Web;
using System.Text.Json;
using System.Text.Json.Serialization;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Verify;

/// <summary><c>./run verify [--json]</c>: re-reads the whole history and every derived part, and reports all it finds; exit 0 only when none is an error.</summary>
public static class VerifyVerb
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static IServiceCollection AddVerify(this IServiceCollection services) => services.AddSingleton<LogCheck>().AddSingleton<ObjectCheck>().AddSingleton<TableCheck>();

    public static Command Verb(OpenArchive open)
    {
        var json = new Option<bool>("--json") { Description = "Writes the report as JSON" };
        var verb = new Command("verify", "Re-reads the whole history and everything derived from it, and reports every finding.") { json };
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            var findings = await Run(archive.Services, ct);
            await parsed.InvocationConfiguration.Output.WriteLineAsync(parsed.GetValue(json) ? AsJson(findings) : AsText(findings));
            return findings.Ok ? 0 : 1;
        });
        return verb;
    }

    public static async Task<Findings> Run(IServiceProvider services, CancellationToken ct)
    {
        var findings = new Findings();
        await services.GetRequiredService<LogCheck>().Run(findings, ct);
        await services.GetRequiredService<TableCheck>().Run(findings, ct);
        await services.GetRequiredService<ObjectCheck>().Run(findings, ct);
        return findings;
    }

    private static string AsJson(Findings findings) =>
        JsonSerializer.Serialize(new { findings.Ok, checkedCounts = findings.Counted, findings = findings.All, cannotShow = Findings.CannotShow }, Json);

    private static string AsText(Findings findings)
    {
        var lines = new List<string> { $"Checked: {string.Join(", ", findings.Counted.Select(c => $"{c.Value} {c.Key}"))}" };
        lines.AddRange(findings.All.OrderByDescending(f => f.Severity).Select(f => $"{f.Severity.ToString().ToUpperInvariant()} {f.Check} {f.Subject}: {f.Detail}"));
        lines.Add(findings.All.Count == 0 ? "Nothing found." : $"{findings.All.Count(f => f.Severity == Severity.Error)} errors, {findings.All.Count(f => f.Severity == Severity.Warning)} warnings.");
        lines.Add("What this cannot show:");
        lines.AddRange(Findings.CannotShow.Select(line => $"  {line}"));
        return string.Join(Environment.NewLine, lines);
    }
}
