using System.CommandLine;
using ArchiveService.Access;
using ArchiveService.Hosting;
using Spectre.Console;

namespace ArchiveService.Features.Backups;

/// <summary><c>./run keys rotate</c>, <c>export FILE</c>, <c>import EXPORT FILE</c>.</summary>
public static class KeyVerbs
{
    public static IEnumerable<Command> All(OpenArchive open) => [Rotate(open), Export(open), Import()];

    private static Command Rotate(OpenArchive open)
    {
        var place = new Option<DirectoryInfo?>("--backup") { Description = "The folder that the backup is put into (a folder of its own each time); absent: Backup__Folder" };
        var verb = new Command("rotate", "Wraps the surviving keys under a new epoch key, takes a backup and opens it on trial, and then destroys the old epoch key: no older backup can be opened any more.") { place };
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            await archive.Services.MustStoreAttachments(ct);
            var folder = parsed.GetValue(place)?.FullName ?? archive.Services.GetRequiredService<BackupPlace>().Required;
            Rotated? done = null;
            await Shown.Progress(async progress => done = await archive.Services.GetRequiredService<KeyRotation>().Run(CommandLineCaller.Caller, folder, progress, ct));
            await parsed.InvocationConfiguration.Output.WriteLineAsync(
                $"{done!.Keys} keys are wrapped under epoch key {done.NewKek}; epoch key {done.OldKek} is destroyed.{(done.Resumed ? " (A rotation that had been broken off was taken up.)" : "")}");
            if (done.Backup is { } backup) await parsed.InvocationConfiguration.Output.WriteLineAsync($"The backup that was opened on trial: {backup}. Backups from before can be opened by nobody: throw them away.");
            await parsed.InvocationConfiguration.Output.WriteLineAsync("Copy the key file to its safe places again, and destroy the older copies and exports: they still open older backups.");
            return 0;
        });
        return verb;
    }

    private static Command Export(OpenArchive open)
    {
        var file = new Argument<FileInfo>("FILE") { Description = "Where the copy is written, mode 600. A file that is there is never overwritten." };
        var phrase = new Option<FileInfo?>("--passphrase-file") { Description = $"Holds the passphrase; absent: {Passphrase.Variable}, or the terminal asks" };
        var verb = new Command("export", "Takes the keys out under a passphrase. Every export is an event; certificates list it while it may hold an old epoch key.") { file, phrase };
        verb.SetAction(async (parsed, ct) =>
        {
            var path = parsed.GetRequiredValue(file).FullName;
            var passphrase = Passphrase.Ask(parsed.GetValue(phrase), twice: true);
            await using var archive = await open(ct);
            var id = await archive.Services.GetRequiredService<KeyExport>().Write(path, passphrase, CommandLineCaller.Caller, ct);
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{path} holds the keys (export {id}). Keep it apart from the passphrase, the database and its backups, and destroy it after the next ./run keys rotate.");
            return 0;
        });
        return verb;
    }

    private static Command Import()
    {
        var export = new Argument<FileInfo>("EXPORT") { Description = "What ./run keys export wrote" };
        var file = new Argument<FileInfo>("FILE") { Description = "Where the key file is made, mode 600. A file that is there is never overwritten." };
        var phrase = new Option<FileInfo?>("--passphrase-file") { Description = $"Holds the passphrase; absent: {Passphrase.Variable}, or the terminal asks" };
        var verb = new Command("import", "Makes a key file of an export, in place of one that was lost.") { export, file, phrase };
        verb.SetAction(async (parsed, ct) =>
        {
            var keys = KeyExport.Import(parsed.GetRequiredValue(export).FullName, parsed.GetRequiredValue(file).FullName, Passphrase.Ask(parsed.GetValue(phrase), twice: false));
            await parsed.InvocationConfiguration.Output.WriteLineAsync($"{keys.Path} holds the keys now (epoch key {keys.Current.Id}). Set Keys__MasterKeyFile={keys.Path}.");
            return 0;
        });
        return verb;
    }
}

/// <summary>Progress bars of steps that name themselves.</summary>
internal static class Shown
{
    public static Task Progress(Func<IProgress<(string What, long Done, long Of)>, Task> work) => AnsiConsole.Progress().StartAsync(async shown =>
    {
        var bars = new Dictionary<string, ProgressTask>(StringComparer.Ordinal);
        await work(new Told(step =>
        {
            if (!bars.TryGetValue(step.What, out var bar)) bars[step.What] = bar = shown.AddTask(step.What);
            (bar.MaxValue, bar.Value) = (Math.Max(1, step.Of), step.Done);
        }));
        foreach (var bar in bars.Values) bar.Value = bar.MaxValue;
    });

    // In order and at once, which System.Progress does not promise.
    private sealed class Told(Action<(string What, long Done, long Of)> tell) : IProgress<(string What, long Done, long Of)>
    {
        public void Report((string What, long Done, long Of) value)
        {
            lock (tell) tell(value);
        }
    }
}
