using System.CommandLine;
using System.Security.Cryptography;
using System.Text.Json;
using System.Text.Json.Serialization;
using ArchiveService.Access;
using ArchiveService.Attachments;
using ArchiveService.Capture.Warc;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Persons;
using ArchiveService.Hosting;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Warc;

/// <summary><c>./run warc verify FILE…</c>: without a database, without the service; 0 only when every file is sound. <c>./run export warc DIR --channel ID</c>.</summary>
public static class WarcVerb
{
    private const int MostShown = 20;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web)
    {
        WriteIndented = true,
        Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping,
        Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) },
    };

    public static Command Verb()
    {
        var files = new Argument<FileInfo[]>("FILE") { Description = "WARC, ARC or WACZ files", Arity = ArgumentArity.OneOrMore };
        var json = new Option<bool>("--json") { Description = "The reports as JSON" };
        var verify = new Command("verify", "Reads files whole and says of each whether its form, its lengths and its digests hold: docs/platforms/warc.md.") { files, json };
        verify.SetAction(async (parsed, ct) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var reports = new List<object>();
            var sound = true;
            foreach (var file in parsed.GetRequiredValue(files))
            {
                try
                {
                    var report = await WarcReport.Of(file.FullName, ct: ct);
                    sound &= report.IsSound;
                    if (parsed.GetValue(json)) reports.Add(new { file = file.FullName, report.IsSound, report.Form, report.Packing, report.Bytes, report.Unpacked, report.Records, report.DigestsHold, report.Statements, report.Problems });
                    else await Print(file.Name, report, output);
                }
                catch (Exception error) when (error is IOException or UnauthorizedAccessException)
                {
                    sound = false;
                    if (parsed.GetValue(json)) reports.Add(new { file = file.FullName, isSound = false, error = error.Message });
                    else await output.WriteLineAsync($"{file.Name}: cannot be read: {error.Message}");
                }
            }

            if (parsed.GetValue(json)) await output.WriteLineAsync(JsonSerializer.Serialize(reports, Json));
            return sound ? 0 : 1;
        });
        return new("warc", "Web archive files.") { verify };
    }

    /// <summary>A part of <c>./run export</c>.</summary>
    public static Command Export(OpenArchive open)
    {
        var folder = new Argument<string>("DIR") { Description = "A folder; the file is made in it for its owner only" };
        var channel = new Option<Guid>("--channel") { Required = true, Description = "The channel's id, from the channel register" };
        var from = new Option<DateOnly?>("--from") { Description = "The first day of capture, as 2026-01-01" };
        var to = new Option<DateOnly?>("--to") { Description = "The last day of capture" };
        var package = new Option<bool>("--wacz") { Description = "A WACZ package instead of a WARC file" };
        var walled = new Option<bool>("--walled") { Description = "What is secret or unassessed too; only with --by, each of them is logged as read" };
        var by = new Option<string?>("--by") { Description = "The person who takes it out, by name, cleared and arkivarie or registrator; without it the log says that the operator did" };
        var reason = new Option<string?>("--reason") { Description = "Why, with --walled" };
        var verb = new Command("warc", "A channel's records as WARC 1.1 or WACZ. What is destroyed, and what is locked for everybody, is not in it.") { folder, channel, from, to, package, walled, by, reason };
        verb.SetAction(async (parsed, ct) =>
        {
            await using var archive = await open(ct);
            var services = archive.Services;
            var id = parsed.GetValue(channel);
            if (await services.GetRequiredService<ChannelRegister>().Find(id, ct) is not { } found) throw new CannotStart($"Channel {id} is not in the register. They stand under /kanaler.");
            var caller = CommandLineCaller.Caller;
            var command = new TakeOutChannel(parsed.GetValue(from), parsed.GetValue(to), parsed.GetValue(package) ? "wacz" : "warc", parsed.GetValue(walled), parsed.GetValue(reason));
            if (parsed.GetValue(by) is { } name)
            {
                var person = await services.GetRequiredService<PersonRegister>().Find(name, service: false, ct) ?? throw new CannotStart($"There is no person called {name}. Persons stand under /anvandare.");
                caller = await services.GetRequiredService<Principals>().OfPerson(person, ct) ?? throw new CannotStart($"{name} may not log in.");
                if (command.Refuse(found.Authority, caller) is { } refused) throw new CannotStart(refused.Explanation);
            }
            else if (command.Walled == true)
            {
                throw new CannotStart("What is secret or unassessed is taken out by a person: give --by NAME and --reason.");
            }

            try
            {
                await Write(parsed.GetRequiredValue(folder), command.Order(found, caller), caller with { ReadReason = command.Why(caller) }, services, parsed.InvocationConfiguration.Output, ct);
                return 0;
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or ObjectMissing or SealedContentMissing or KeyFileProblem or CryptographicException)
            {
                throw new CannotStart($"The file is not complete; destroy it and begin again. {error.Message}", error);
            }
        });
        return verb;
    }

    private static async Task Write(string folder, WarcOrder order, Caller caller, IServiceProvider services, TextWriter output, CancellationToken ct)
    {
        var databases = services.GetRequiredService<Databases>();
        async Task<long> Destroyed()
        {
            await using var query = databases.Writer.CreateCommand("select count(*) from archive.destruction_marks");
            return (long)(await query.ExecuteScalarAsync(ct))!;
        }

        var warc = ActivatorUtilities.CreateInstance<ChannelWarc>(services);
        var marks = await Destroyed();
        Directory.CreateDirectory(folder);
        var path = Path.Combine(folder, $"{order.Channel.Platform}-{order.Channel.Id:D}.{(order.AsPackage ? "wacz" : "warc.gz")}");
        await warc.Note(order, caller, ct);
        WarcWritten written;
        await using (var file = new FileStream(path, new FileStreamOptions { Mode = FileMode.CreateNew, Access = FileAccess.Write, UnixCreateMode = OperatingSystem.IsWindows() ? null : UnixFileMode.UserRead | UnixFileMode.UserWrite }))
        {
            written = await warc.Write(order, caller, file, ct);
        }

        var report = await WarcReport.Of(path, ct: ct);
        if (!report.IsSound) throw new IOException($"It was read again and does not hold: {report.Problems.First(p => p.IsError).Detail}");
        if (await Destroyed() is var now && now != marks) throw new CannotStart($"{now - marks} keys were destroyed while the file was written: it may hold content that is gallrat since. Destroy it and export again.");
        await output.WriteLineAsync($"{written.Records} records and {written.Files} files in {path}, {new FileInfo(path).Length} bytes; {report.DigestsHold} digests hold.");
        if (written.LeftOut > 0) await output.WriteLineAsync($"{written.LeftOut} records were destroyed, locked or put behind a wall meanwhile and are not in it.");
    }

    private static async Task Print(string name, WarcReport report, TextWriter output)
    {
        await output.WriteLineAsync($"{name}: {(report.IsSound ? "sound" : "NOT SOUND")}, {report.Form}, {report.Records.Values.Sum()} records, {report.DigestsHold} digests hold");
        foreach (var statement in report.Statements) await output.WriteLineAsync($"  {statement}");
        foreach (var problem in report.Problems.OrderByDescending(p => p.IsError).Take(MostShown)) await output.WriteLineAsync($"  {(problem.IsError ? "error" : "note ")} {problem.Code} at {problem.Offset}: {problem.Detail}");
        if (report.Problems.Count > MostShown) await output.WriteLineAsync($"  and {report.Problems.Count - MostShown} more");
    }
}
