using System.CommandLine;
using System.Text.Json;
using System.Text.Json.Serialization;
using ArchiveService.Features.Evidence;
using ArchiveService.Hosting;
using Spectre.Console;

namespace ArchiveService.Features.Verify;

/// <summary><c>./run verify [--json] [--rows-only] [--checkpoint FILE…]</c>: 0 only when nothing found is an error.</summary>
public static class VerifyVerb
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    public static Command Verb(OpenArchive open)
    {
        var json = new Option<bool>("--json") { Description = "The whole report as JSON" };
        var checkpoint = new Option<string[]>("--checkpoint") { Description = "A checkpoint kept elsewhere: a signed note, or a checkpoints-….jsonl of the copies", AllowMultipleArgumentsPerToken = true };
        var rows = new Option<bool>("--rows-only") { Description = "Do not build the views anew: only which rows they have is looked at, not what they say" };
        var verb = new Command("verify", "Re-reads the whole history and every derived part and reports all findings.") { json, checkpoint, rows };
        verb.SetAction(async (parsed, ct) =>
        {
            List<string> outside = [];
            foreach (var file in parsed.GetValue(checkpoint) ?? [])
            {
                try
                {
                    outside.AddRange(CheckpointCopies.Read(file));
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    await parsed.InvocationConfiguration.Error.WriteLineAsync($"The checkpoint {file} cannot be read: {error.Message}");
                    return 2;
                }
            }

            await using var archive = await open(ct);
            var verify = ActivatorUtilities.CreateInstance<VerifyArchive>(archive.Services);
            var views = parsed.GetValue(rows) ? null : archive.Services.GetRequiredService<Rebuild.RebuildViews>();
            if (parsed.GetValue(json))
            {
                var report = await verify.Run(null, outside, ct, views);
                await parsed.InvocationConfiguration.Output.WriteLineAsync(JsonSerializer.Serialize(report, Json));
                return report.IsSound ? 0 : 1;
            }

            Verification? found = null;
            await AnsiConsole.Progress().StartAsync(async progress =>
            {
                var reading = progress.AddTask("Reading the log");
                found = await verify.Run(new Progress<(long Done, long Of)>(p => (reading.MaxValue, reading.Value) = (Math.Max(1, p.Of), p.Done)), outside, ct, views);
                reading.Value = reading.MaxValue;
            });
            await Print(found!, parsed.InvocationConfiguration.Output);
            return found!.IsSound ? 0 : 1;
        });
        return verb;
    }

    private static async Task Print(Verification report, TextWriter output)
    {
        foreach (var (what, count) in report.Counts) await output.WriteLineAsync($"{count,10} {what}");
        foreach (var finding in report.Findings) await output.WriteLineAsync($"{finding.Severity.ToString().ToLowerInvariant(),-8} {finding.Code}: {finding.What}");
        await output.WriteLineAsync(report.IsSound ? "No errors found." : $"{report.Findings.Count(f => f.Severity == Severity.Error)} errors found.");
        await output.WriteLineAsync("What this cannot show:");
        foreach (var line in report.CannotShow) await output.WriteLineAsync($"  {line}");
    }
}
