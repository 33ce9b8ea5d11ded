using System.CommandLine;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using Spectre.Console;

namespace ArchiveService.Features.Rebuild;

/// <summary><c>./run rebuild [PROJECTION] [--accept]</c>: 0 when the views were switched, 2 when they differ and stay as they are.</summary>
public static class RebuildVerb
{
    public static Command Verb(OpenArchive open)
    {
        var projection = new Argument<string>("PROJECTION") { Description = $"Which view; there is one: {RecordViewProjection.ProjectionName}", DefaultValueFactory = _ => RecordViewProjection.ProjectionName };
        var accept = new Option<bool>("--accept") { Description = "Switch also when the rows built anew differ from those in use" };
        var verb = new Command("rebuild", "Builds the views anew from the log beside those in use, compares them, and switches. Readers are not disturbed.") { projection, accept };
        projection.AcceptOnlyFromAmong(RecordViewProjection.ProjectionName);
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            try
            {
                Rebuilt? rebuilt = null;
                await AnsiConsole.Progress().StartAsync(async progress =>
                {
                    var building = progress.AddTask("Building");
                    rebuilt = await archive.Services.GetRequiredService<RebuildViews>().Run(
                        parsed.GetValue(accept), new Progress<(long Done, long Of)>(p => (building.MaxValue, building.Value) = (Math.Max(1, p.Of), p.Done)), ct);
                    building.Value = building.MaxValue;
                });
                return await Print(rebuilt!, parsed.InvocationConfiguration.Output);
            }
            catch (Exception why) when (why is RebuildRunning or RebuildStopped)
            {
                throw new CannotStart(why.Message, why);
            }
        });
        return verb;
    }

    private static async Task<int> Print(Rebuilt rebuilt, TextWriter output)
    {
        await output.WriteLineAsync($"Compared up to event {rebuilt.UpTo}:");
        foreach (var table in rebuilt.Tables)
            await output.WriteLineAsync($"  {table.Table,-20} {table.Rows,10} rows, anew {table.RowsBeside,10}  {(table.Same ? "the same" : "DIFFERENT")}");
        await output.WriteLineAsync(rebuilt switch
        {
            { Switched: true, Same: true } => "The same rows. The views built anew are in use.",
            { Switched: true } => "The rows differed. The views built anew are in use, as asked for.",
            _ => "The rows differ, so the views in use stay as they are. The log is what holds: run ./run verify to see what is wrong, and ./run rebuild --accept to take the views built anew.",
        });
        return rebuilt.Switched ? 0 : 2;
    }
}
