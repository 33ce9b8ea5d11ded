using System.CommandLine;
using ArchiveService.Access;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Inspections;

/// <summary><c>./run jo-pack AUTHORITY --from DAY --to DAY DIR</c>: the papers for an inspection, as a folder. Whoever runs it is cleared for nothing, so nothing secret goes along.</summary>
public static class JoPackVerb
{
    public static Command Verb(OpenArchive open)
    {
        var authority = new Argument<string>("AUTHORITY") { Description = "The authority's code, such as KS" };
        var folder = new Argument<string>("DIR") { Description = "A folder that is empty or does not exist" };
        var from = new Option<DateOnly>("--from") { Description = "The first day, as 2026-01-01", Required = true };
        var to = new Option<DateOnly>("--to") { Description = "The last day", Required = true };
        var verb = new Command("jo-pack", "Puts together what JO or JK asks for, for a period: routines, registration lag, disclosure times, decisions of gallring, removed content.") { authority, folder, from, to };
        verb.SetAction(async (parsed, ct) =>
        {
            var into = Path.GetFullPath(parsed.GetValue(folder)!);
            if (File.Exists(into) || (Directory.Exists(into) && Directory.EnumerateFileSystemEntries(into).Any())) throw new CannotStart($"{into} is not empty. Give a folder that is, or one that does not exist.");
            await using var archive = await open(ct);
            var (files, refused) = await archive.Services.GetRequiredService<InspectionPacks>().Make(parsed.GetValue(authority)!, new(parsed.GetValue(from), parsed.GetValue(to)), CommandLineCaller.Caller, ct);
            if (refused is not null) throw new CannotStart(refused.Explanation);
            foreach (var file in files)
            {
                var path = Path.Combine(into, file.Path);
                Directory.CreateDirectory(Path.GetDirectoryName(path)!);
                await File.WriteAllBytesAsync(path, file.Bytes, ct);
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{files.Count} files in {into}; begin with index.html.");
            return 0;
        });
        return verb;
    }
}
