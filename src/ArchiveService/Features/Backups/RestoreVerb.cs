using System.CommandLine;
using ArchiveService.Features.Cases;
using ArchiveService.Features.Disposals;
using ArchiveService.Hosting;
using ArchiveService.Hosting.Embedded;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Backups;

/// <summary><c>./run restore DIR</c>: 0 when the archive is back and may be served.</summary>
public static class RestoreVerb
{
    public static Command Verb()
    {
        var folder = new Argument<DirectoryInfo>("DIR") { Description = "A finished backup" };
        var by = new Option<string>("--by") { Description = "The name of whoever brings it back, for the event; absent: the user's of this machine", DefaultValueFactory = _ => Environment.UserName };
        var until = new Option<string[]>("--numbers-until") { Description = "CODE=NUMBER, as of resume-log: the highest diary number known outside at the authority", AllowMultipleArgumentsPerToken = true };
        var none = new Option<bool>("--no-numbers") { Description = "No number is known outside that is not in the backup" };
        var verb = new Command("restore", "Brings a backup back into an empty database or data folder. Refuses without the erasure ledger, and destroys again what it says was destroyed since.") { folder, by, until, none };
        verb.SetAction(async (parsed, ct) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var from = parsed.GetRequiredValue(folder).FullName;
            var written = parsed.GetValue(until) ?? [];
            var known = written.Select(KnownOutside.Read).ToList();
            if (known.IndexOf(null) is >= 0 and var wrong) throw new CannotStart($"{written[wrong]} is not CODE=NUMBER, as in \"KS=KS 120/2026 956\".");
            if (known.Count > 0 && parsed.GetValue(none)) throw new CannotStart("Give either --numbers-until or --no-numbers.");
            IReadOnlyList<KnownOutside>? numbers = known.Count > 0 || parsed.GetValue(none) ? [.. known.Select(k => k!)] : null;

            var builder = WebHost.NewBuilder([]);
            builder.LogTo(standardError: true, LogLevel.Warning);
            var configuration = builder.Configuration;
            var embedded = ArchiveConnections.From(configuration) is null;
            var keys = Keys(configuration, embedded);
            using var ledger = ErasureLedger.From(configuration, embedded ? Installation.DataFolderOf(configuration) : null, keys);
            var manifest = await RestoreCheck.Look(from, keys, ledger, output.WriteLine, ct);

            using var claim = embedded ? ServiceClaim.Take(Installation.DataFolderOf(configuration)) : null;
            await using var installation = await Installation.OpenForRestore(configuration, ct);
            builder.AddArchive(installation);
            await using var app = builder.Build();
            await app.Services.MustStoreAttachments(ct);
            Restored? done = null;
            await Shown.Progress(async progress => done = await ActivatorUtilities.CreateInstance<Restore>(app.Services).Run(from, manifest, parsed.GetRequiredValue(by), numbers, progress, ct));
            await Print(done!, output);
            return 0;
        });
        return verb;
    }

    private static async Task Print(Restored done, TextWriter output)
    {
        await output.WriteLineAsync($"The archive is back up to event {done.Manifest.LastSequence} (restore {done.Restore}).");
        await output.WriteLineAsync(done.Replayed.Nothing
            ? $"The erasure ledger ({done.Replayed.Lines} lines) knows of nothing that was destroyed after the backup."
            : $"The erasure ledger ({done.Replayed.Lines} lines) was replayed: {done.Replayed.LinesReplayed} lines, {done.Replayed.Streams} streams and {done.Replayed.Keys} keys that came back were destroyed again.");
        foreach (var one in done.Resumed)
            await output.WriteLineAsync($"{one.Authority} {one.Organ} {one.Skipped.Year}: {one.Skipped.From}–{one.Skipped.Until} utgår (återläsning).");
        if (!done.NumbersAsked)
            await output.WriteLineAsync("No diary number is given until ./run resume-log has said where the series go on (--numbers-until or --no-numbers).");
        await output.WriteLineAsync("Everybody has to log in again. Run ./run verify before it is served.");
    }

    private static KeyFile Keys(ConfigurationManager configuration, bool embedded)
    {
        var path = configuration["Keys:MasterKeyFile"] is { Length: > 0 } given ? given
            : embedded ? Path.Combine(Installation.DataFolderOf(configuration), "keys.json")
            : throw new CannotStart("Keys__MasterKeyFile is not set. Give the key file that belongs to the backup.");
        try
        {
            return KeyFile.Open(path);
        }
        catch (KeyFileProblem why)
        {
            throw new CannotStart(why.Message, why);
        }
    }
}
