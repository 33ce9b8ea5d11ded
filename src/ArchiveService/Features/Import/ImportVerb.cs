using System.CommandLine;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Capture;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Csv;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using Spectre.Console;

namespace ArchiveService.Features.Import;

/// <summary><c>./run import PLATFORM PATH --channel ID</c>: streams, can be stopped and run again; what was already recorded counts as duplicates.</summary>
public static class ImportVerb
{
    public static Command Verb(OpenArchive open)
    {
        var platform = new Argument<string>("PLATFORM") { Description = string.Join(", ", ImportForms.All.Select(form => form.Name)) };
        var path = new Argument<string>("PATH") { Description = "The export: a file, or for most platforms also a folder" };
        var channel = new Option<Guid>("--channel") { Description = "The channel's id, from the channel register", Required = true };
        var dryRun = new Option<bool>("--dry-run") { Description = "Reads and counts, stores nothing" };
        var mapping = new Option<string?>("--mapping") { Description = "For csv: a JSON file that says which column is what (docs/platforms/generic.md)" };
        var verb = new Command("import", "Imports an export of a channel.") { platform, path, channel, dryRun, mapping };
        platform.AcceptOnlyFromAmong([.. ImportForms.All.Select(form => form.Name)]);
        verb.SetAction(async (parsed, ct) =>
        {
            var file = parsed.GetValue(path)!;
            if (!File.Exists(file) && !Directory.Exists(file)) throw new CannotStart($"{file} does not exist. Give the path of the export.");
            if (!ImportForms.Named(parsed.GetValue(platform)!).TakesFolder && Directory.Exists(file)) throw new CannotStart($"{file} is a folder. Give the file itself.");
            var told = parsed.GetValue(mapping);
            if (told is not null && !File.Exists(told)) throw new CannotStart($"{told} does not exist. Give the path of the mapping.");
            if (told is not null && new FileInfo(told).Length > CsvMapping.MaxBytes) throw new CannotStart($"{told} is larger than {CsvMapping.MaxBytes} bytes. That is no mapping.");
            await using var archive = await open(ct);
            if (!parsed.GetValue(dryRun)) await archive.Services.MustStoreAttachments(ct);
            try
            {
                return await new Import(archive.Services).Run(parsed.GetValue(platform)!, file, parsed.GetValue(channel), parsed.GetValue(dryRun), told is null ? null : await File.ReadAllTextAsync(told, ct), AnsiConsole.Console, ct);
            }
            catch (Exception error) when (Sentence(error, file) is { } said)
            {
                throw new CannotStart(said, error);
            }
        });
        return verb;
    }

    /// <summary>What can go wrong while a file is read and stored. Everything already stored counts as duplicates when the command is run again.</summary>
    private static string? Sentence(Exception error, string file) => error switch
    {
        UnauthorizedAccessException => $"{file} may not be read by this user. Change its permissions, or copy it.",
        ArchiveLimitException or InvalidDataException => $"{file} could not be read to its end: {error.Message}",
        IOException => $"{file} could not be read: {error.Message}",
        ObjectStoreUnavailable => $"{error.Message} The import stopped; run it again, what is stored already counts as duplicates.",
        _ when Captures.IsInterruption(error) => "The database went away or was busy. The import stopped; run it again, what is stored already counts as duplicates.",
        _ => null,
    };
}

public sealed class Import(IServiceProvider services)
{
    public Task<int> Run(string platform, string path, Guid channelId, bool dryRun, IAnsiConsole console, CancellationToken ct) => Run(platform, path, channelId, dryRun, null, console, ct);

    /// <returns>0 when everything found its place, 2 when something was rejected or left out, or the file broke off.</returns>
    public async Task<int> Run(string platform, string path, Guid channelId, bool dryRun, string? mapping, IAnsiConsole console, CancellationToken ct)
    {
        if (await services.GetRequiredService<ChannelRegister>().Find(channelId, ct) is not { } channel)
            throw new CannotStart($"Channel {channelId} is not in the register. List the channels with GET /api/v1/channels or on the page /kanaler.");
        var (form, problem) = ImportRun.FormOf(platform, mapping);
        if (form is null) throw new CannotStart(problem!);
        if (form.Platforms.Count > 0 && !form.Platforms.Contains(channel.Platform))
            throw new CannotStart($"Channel {channelId} is a {channel.Platform} channel. Give the id of a {string.Join(" or ", form.Platforms)} channel.");

        await using var export = await form.Open(path, ct) switch
        {
            ImportOpened.Ready(var opened) => opened,
            ImportOpened.Refused(var code, var detail) => throw new CannotStart($"{path}: {detail} ({code})"),
            var other => throw new System.Diagnostics.UnreachableException($"{other}"),
        };
        var run = services.GetRequiredService<ImportRun>();
        var counted = CaptureResult.None;
        IReadOnlyList<ReadAct.Accepted> first = [];
        await console.Progress().AutoClear(false).HideCompleted(false).StartAsync(async progress =>
        {
            Guid? delivery = null;
            var length = File.Exists(path) ? new FileInfo(path).Length : 1;
            if (!dryRun && File.Exists(path))
            {
                // The file itself is kept, sealed, before anything in it is believed (architecture §8).
                var sealing = progress.AddTask("Sealing the file", maxValue: Math.Max(1, length));
                (delivery, _) = await services.GetRequiredService<Deliveries.Deliveries>()
                    .ReceiveFile(platform, channel.Id, path, Path.GetFileName(path), mapping, Caller.System, new Progress<long>(read => sealing.Value = read), ct);
                sealing.Value = sealing.MaxValue;
            }

            var reading = progress.AddTask("Importing", maxValue: Math.Max(1, export.Bytes));
            void Seen(ImportProgress seen) => reading.Value = Math.Min(reading.MaxValue, seen.BytesRead);
            if (dryRun)
            {
                (counted, first) = await run.Try(export, Seen, ct);
            }
            else
            {
                counted = await run.Read(export, channel, delivery, Caller.System, seen =>
                {
                    Seen(seen);
                    return Task.CompletedTask;
                }, ct);
            }

            reading.Value = reading.MaxValue;
            if (delivery is { } done) await services.GetRequiredService<Deliveries.Deliveries>().Add(done, ImportRun.Processed(counted), ct);
        });

        return Report(counted, export, dryRun, first, console);
    }

    private static int Report(CaptureResult counted, ImportFile export, bool dryRun, IReadOnlyList<ReadAct.Accepted> first, IAnsiConsole console)
    {
        foreach (var (act, place) in first) console.WriteLine($"  place {place}: {ActWordsOf(act)}");
        console.WriteLine($"{(dryRun ? "Would accept" : "Accepted")} {counted.Accepted}, duplicates {counted.Duplicates}, disposed {counted.Disposed}, unknown kept {counted.Unknown}, rejected {counted.RejectedCount}");
        foreach (var rejected in counted.Rejected) console.WriteLine($"  place {rejected.Line}: {rejected.Code}: {rejected.Detail}");
        if (counted.RejectedCount > counted.Rejected.Count) console.WriteLine($"  and {counted.RejectedCount - counted.Rejected.Count} more");
        foreach (var problem in export.Problems) console.WriteLine($"  {problem.Code}: {problem.Detail}");
        foreach (var sentence in export.Summary) console.WriteLine(sentence);
        if (dryRun) console.WriteLine("Nothing was stored.");
        return counted.RejectedCount > 0 || export.IsPartial ? 2 : 0;
    }

    /// <summary>An act in one line, as it was understood.</summary>
    private static string ActWordsOf(CapturedAct act)
    {
        var at = act.EditedAt ?? act.OccurredAt;
        var author = act.Author is { } by ? by.DisplayName ?? by.Handle ?? by.NativeId : null;
        var text = act.Text?.ReplaceLineEndings(" ");
        return string.Create(System.Globalization.CultureInfo.InvariantCulture,
            $"{act.Act.ToString().ToLowerInvariant()} {act.Kind.ToString().ToLowerInvariant()} {act.NativeId}, {(at is { } time ? time.ToString("yyyy-MM-dd'T'HH:mm:ss'Z'", System.Globalization.CultureInfo.InvariantCulture) : "no time")}, {author ?? "no author"}: {(text is { Length: > 60 } ? text[..60] + "…" : text)}{(act.Flags.Count > 0 ? $" [{string.Join(", ", act.Flags)}]" : "")}");
    }
}
