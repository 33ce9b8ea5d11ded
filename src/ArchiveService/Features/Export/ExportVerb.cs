using System.CommandLine;
using System.Security.Cryptography;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Spectre.Console;

namespace ArchiveService.Features.Export;

/// <summary><c>./run export all DIR [--by NAME]</c>: the way out (SFS 2024:558).</summary>
public static class ExportVerb
{
    public static Command Verb(OpenArchive open)
    {
        var folder = new Argument<string>("DIR") { Description = "A folder that is empty or does not exist, made for its owner only (mode 700); or one with an export that broke off, which goes on: attachments that are whole stay" };
        var by = new Option<string?>("--by") { Description = "The person who takes it out, by name; without it the log says that the operator did, on the command line" };
        var all = new Command("all", "Everything, opened: events, contents, attachments, diary, cases and proofs, in files that need no program of ours. Secret content is included. It may run while the archive is served.") { folder, by };
        all.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            var who = CommandLineCaller.Caller.PersonId;
            if (parsed.GetValue(by) is { } name)
            {
                who = await archive.Services.GetRequiredService<PersonRegister>().Find(name, service: false, ct)
                    ?? throw new CannotStart($"There is no person called {name}. Persons stand under /anvandare.");
            }

            try
            {
                var export = ActivatorUtilities.CreateInstance<ArchiveExport>(archive.Services);
                ExportCounts? counts = null;
                await AnsiConsole.Progress().StartAsync(async progress =>
                {
                    var writing = progress.AddTask("Writing events");
                    counts = await export.All(parsed.GetRequiredValue(folder), who, new Progress<(long Done, long Of)>(p => (writing.MaxValue, writing.Value) = (Math.Max(1, p.Of), p.Done)), ct);
                    writing.Value = writing.MaxValue;
                });
                var output = parsed.InvocationConfiguration.Output;
                foreach (var (file, lines) in counts!.Lines) await output.WriteLineAsync($"{lines,10} {file}");
                await output.WriteLineAsync($"{counts.Attachments - counts.AttachmentsLocked,10} files of attachments, {counts.AttachmentBytes} bytes");
                if (export.Kept > 0) await output.WriteLineAsync($"{export.Kept,10} of them from the try that broke off");
                await output.WriteLineAsync($"Everything is in the clear in {Path.GetFullPath(parsed.GetRequiredValue(folder))}, {counts.Records["secret"]} secret records too. Check it with sha256sum -c manifest-sha256.txt; docs/export.md describes every file.");
                return 0;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectMissing or SealedContentMissing or KeyFileProblem or CryptographicException)
            {
                throw new CannotStart($"The export is not complete. Run it again with the same folder: it goes on, and writes anew what has changed; or destroy the folder. {error.Message}", error);
            }
        });
        return new("export", "Takes the archive out.") { all, Warc.WarcVerb.Export(open) };
    }
}
