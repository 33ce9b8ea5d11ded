using System.CommandLine;
using ArchiveService.Access;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Backups;

/// <summary><c>./run backup DIR [--by NAME]</c>.</summary>
public static class BackupVerb
{
    public static Command Verb(OpenArchive open)
    {
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "An empty or new folder, or one with an unfinished backup, which is gone on with" };
        var by = new Option<string?>("--by") { Description = "The person who takes it, by name; without it the log says that the operator did, on the command line" };
        var verb = new Command("backup", "Log, wrapped keys and attachments at one moment, while the archive is used; never the epoch keys, nor what is unsealed for searching. That it was taken is an event.") { folder, by };
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            await archive.Services.MustStoreAttachments(ct);
            var who = CommandLineCaller.Caller.PersonId;
            if (parsed.GetValue(by) is { } name)
            {
                who = await archive.Services.GetRequiredService<PersonRegister>().Find(name, service: false, ct)
                    ?? throw new CannotStart($"There is no person called {name}. Persons stand under /anvandare.");
            }

            var backup = archive.Services.GetRequiredService<Backup>();
            BackupManifest? done = null;
            await Shown.Progress(async progress => done = await backup.Run(parsed.GetRequiredValue(folder).FullName, progress, ct));
            try
            {
                await backup.Note(done!, who, ct);
            }
            catch (ArchiveIsReadOnly why)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync($"The backup is whole, but the log could not say that it was taken: {why.Message}");
            }

            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                $"Backup {done!.Id}: {done.Counts["events"]} events up to number {done.LastSequence}, {done.Counts["keys"]} keys, {done.Counts["objects"] - done.Counts["objectsMissing"]} attachments.");
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                $"It opens with epoch key {string.Join(", ", done.KeysByKek.Keys)} only, until the next ./run keys rotate. Key file and erasure ledger are not in it: keep them apart.");
            return 0;
        });
        return verb;
    }
}
