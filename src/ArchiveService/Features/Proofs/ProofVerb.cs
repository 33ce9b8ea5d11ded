using System.CommandLine;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text.Json;
using ArchiveService.Evidence;
using ArchiveService.Features.Evidence;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Proofs;

/// <summary>
/// <c>./run proof verify BUNDLE --checkpoint-key KEYFILE</c>: without a database, without the service; 0 only when all of it holds. <c>./run proof make</c> makes the bundle.
/// </summary>
public static class ProofVerb
{
    private const long MostKeyBytes = 64 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Verb(OpenArchive open) => new("proof", "Proof bundles, which stand without this archive.") { Verify(), Make(open) };

    private static Command Verify()
    {
        var file = new Argument<FileInfo>("BUNDLE") { Description = "The file to verify; larger attachments lie beside it as attachment-UUID" };
        var keys = new Option<FileInfo>("--checkpoint-key") { Required = true, Description = "A file with the log's key, as /evidence/key gives it: one vkey a line; several where another key took over. Get it from somebody you trust, not with the bundle" };
        var handovers = new Option<FileInfo?>("--handovers") { Description = "What /evidence/keys answers: keys that a key you trust handed over to are trusted too" };
        var witnesses = new Option<FileInfo?>("--witness-key") { Description = "A file with keys of witnesses, one vkey a line" };
        var authority = new Option<FileInfo?>("--tsa-certificate") { Description = "The certificate (CA) of the time-stamping authority you trust; without it a time-stamp's signature is checked, not whose it is" };
        var checkpoints = new Option<string[]>("--checkpoint") { Description = "Checkpoints that you kept yourself: signed notes, or checkpoints-….jsonl of the copies", AllowMultipleArgumentsPerToken = true };
        var json = new Option<bool>("--json") { Description = "The report as JSON" };
        var verify = new Command("verify", "Verifies a proof bundle offline: docs/proofs.md.") { file, keys, handovers, witnesses, authority, checkpoints, json };
        verify.SetAction(async (parsed, ct) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var bundle = parsed.GetRequiredValue(file);
            BundleReport report;
            try
            {
                var trusted = Keys(parsed.GetRequiredValue(keys));
                if (parsed.GetValue(handovers) is { } notes) trusted = Led(trusted, Handovers(notes));
                List<NoteKey> seen = parsed.GetValue(witnesses) is { } given ? Keys(given) : [];
                using var root = parsed.GetValue(authority) is { } certificate ? X509CertificateLoader.LoadCertificateFromFile(certificate.FullName) : null;
                List<string> outside = [.. (parsed.GetValue(checkpoints) ?? []).SelectMany(CheckpointCopies.Read)];
                if (bundle.Length > ProofBundle.MostBytes)
                {
                    report = new(null, [new("too-large", "", $"The file has {bundle.Length} bytes; a bundle has at most {ProofBundle.MostBytes}.")], [], []);
                }
                else
                {
                    report = BundleVerification.Of(await File.ReadAllBytesAsync(bundle.FullName, ct), new(trusted)
                    {
                        Witnesses = seen,
                        Outside = outside,
                        File = name => Beside(bundle, name),
                        Stamp = (note, token) => Timestamp.Seen(note, token, root),
                    });
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException or CryptographicException or JsonException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(error.Message);
                return 1;
            }

            if (parsed.GetValue(json)) await output.WriteLineAsync(JsonSerializer.Serialize(new { report.Kind, report.Holds, report.Shown, report.NotShown, report.Findings }, Json));
            else await Print(report, output);
            return report.Holds ? 0 : 1;
        });
        return verify;
    }

    private static Command Make(OpenArchive open)
    {
        var by = new Option<string>("--by") { Required = true, Description = "The person in whose name, and with whose rights, it is made" };
        var into = new Argument<string>("FILE") { Description = "The bundle; a file that is there is not written over" };

        var record = new Argument<Guid>("ID") { Description = "The record's id" };
        var existed = new Option<bool>("--existed") { Description = "Only that it existed, nothing of what it says" };
        var at = new Option<DateTimeOffset?>("--at") { Description = "With --existed: the checkpoint is from then or before" };
        var parts = new Option<string[]>("--part") { Description = "The parts that are shown; without it all of them", AllowMultipleArgumentsPerToken = true };
        var reason = new Option<string?>("--reason") { Description = "Why it is opened; asked for where it is secret" };
        var ofRecord = new Command("record", "An authentic copy of a record, or with --existed that it was there.") { record, into, by, existed, at, parts, reason };
        ofRecord.SetAction((parsed, ct) => Made(open, parsed, files => files.OfRecord(
            parsed.GetValue(record), new(parsed.GetValue(existed) ? BundleKind.Existed : BundleKind.AuthenticCopy, parsed.GetValue(at), parsed.GetValue(parts) is { Length: > 0 } some ? some : null),
            parsed.GetRequiredValue(by), parsed.GetValue(reason), parsed.GetRequiredValue(into), ct), ct));

        var run = new Argument<Guid>("RUN") { Description = "The gallring run's id" };
        var destroyed = new Option<Guid?>("--record") { Description = "A record it destroyed" };
        var ofDisposal = new Command("disposal", "That a gallring was lawful, and with --record that it destroyed this record.") { run, into, by, destroyed };
        ofDisposal.SetAction((parsed, ct) => Made(open, parsed, files => files.OfDisposal(parsed.GetValue(run), parsed.GetValue(destroyed), parsed.GetRequiredValue(by), parsed.GetRequiredValue(into), ct), ct));

        var from = new Option<long>("--from") { Required = true, Description = "Events in the earlier checkpoint: its second line" };
        var to = new Option<long?>("--to") { Description = "Events in the later one; without it the latest" };
        var ofLog = new Command("log", "That the log at one checkpoint extends the log at another.") { into, from, to };
        ofLog.SetAction((parsed, ct) => Made(open, parsed, files => files.OfLog(parsed.GetValue(from), parsed.GetValue(to), parsed.GetRequiredValue(into), ct), ct));

        return new("make", "Makes a proof bundle, with what witnesses and time-stamping authorities signed.") { ofRecord, ofDisposal, ofLog };
    }

    private static async Task<int> Made(OpenArchive open, ParseResult parsed, Func<ProofFiles, Task<int>> make, CancellationToken ct)
    {
        await using var archive = await open(ct);
        var files = await make(archive.Services.GetRequiredService<ProofFiles>());
        await parsed.InvocationConfiguration.Output.WriteLineAsync(files == 1
            ? "The bundle is made. Verify it with ./run proof verify; docs/proofs.md says how to without this program."
            : $"The bundle is made, and {files - 1} files beside it that it names. Verify it with ./run proof verify; docs/proofs.md says how to without this program.");
        return 0;
    }

    /// <summary>The keys that a trusted key handed over to, in one step or more.</summary>
    private static List<NoteKey> Led(List<NoteKey> trusted, IReadOnlyList<KeyHandover> handovers)
    {
        for (var i = 0; i < trusted.Count; i++)
        {
            trusted.AddRange(handovers.Where(h => h.From.Equals(trusted[i]) && !trusted.Contains(h.To)).Select(h => h.To).Distinct());
        }

        return trusted;
    }

    /// <exception cref="FormatException">It is something else, or a note in it does not hold.</exception>
    private static List<KeyHandover> Handovers(FileInfo file)
    {
        if (file.Length > ProofBundle.MostBytes) throw new FormatException($"{file.Name} is not what /evidence/keys answers: it has {file.Length} bytes.");
        using var json = JsonDocument.Parse(File.ReadAllBytes(file.FullName));
        if (json.RootElement.ValueKind != JsonValueKind.Array) throw new FormatException($"{file.Name} is not what /evidence/keys answers: a list of keys.");
        return [.. json.RootElement.EnumerateArray()
            .Where(key => key.ValueKind == JsonValueKind.Object && key.TryGetProperty("handover", out var note) && note.ValueKind == JsonValueKind.String)
            .Select(key => KeyHandover.Open(key.GetProperty("handover").GetString()!) ?? throw new FormatException($"{file.Name} holds a handover that its two keys did not sign."))];
    }

    /// <exception cref="FormatException">There is no key in it, or something else.</exception>
    private static List<NoteKey> Keys(FileInfo file)
    {
        if (file.Length > MostKeyBytes) throw new FormatException($"{file.Name} is no key file: it has {file.Length} bytes.");
        var keys = new List<NoteKey>();
        foreach (var line in File.ReadLines(file.FullName).Where(line => line.Trim().Length > 0))
            keys.Add(NoteKey.TryParse(line, out var key) ? key : throw new FormatException($"{file.Name} holds a line that is no key. A key is one line: name+id+base64, as /evidence/key gives it."));
        return keys.Count > 0 ? keys : throw new FormatException($"{file.Name} holds no key.");
    }

    /// <summary>The name was checked: it has no folder in it. A link is not followed out of the folder.</summary>
    private static FileStream? Beside(FileInfo bundle, string name)
    {
        var path = new FileInfo(Path.Combine(bundle.DirectoryName!, name));
        return path is { Exists: true, LinkTarget: null } ? path.OpenRead() : null;
    }

    private static async Task Print(BundleReport report, TextWriter output)
    {
        if (!report.Holds)
        {
            await output.WriteLineAsync(report.Kind is { } said ? $"THE PROOF DOES NOT HOLD ({said})." : "THIS IS NO PROOF BUNDLE.");
            foreach (var finding in report.Findings) await output.WriteLineAsync($"error    {finding.Code}{(finding.Where.Length > 0 ? $" at {Plain(finding.Where)}" : "")}: {Plain(finding.What)}");
            return;
        }

        await output.WriteLineAsync($"The proof holds ({report.Kind}).");
        foreach (var line in report.Shown) await output.WriteLineAsync($"  {Plain(line)}");
        await output.WriteLineAsync("What this cannot show:");
        foreach (var line in report.NotShown) await output.WriteLineAsync($"  {Plain(line)}");
    }

    /// <summary>What came from the file is not let at the terminal as it is.</summary>
    private static string Plain(string text) => string.Concat(text.Select(c => char.IsControl(c) || char.GetUnicodeCategory(c) is System.Globalization.UnicodeCategory.Format ? '\uFFFD' : c));
}
