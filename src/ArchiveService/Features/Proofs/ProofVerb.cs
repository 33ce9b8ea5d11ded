using System.CommandLine;
using System.Text.Json;
using ArchiveService.Evidence;
using ArchiveService.Features.Evidence;

namespace ArchiveService.Features.Proofs;

/// <summary><c>./run proof verify BUNDLE --checkpoint-key KEYFILE</c>: without a database, without the service; 0 only when all of it holds.</summary>
public static class ProofVerb
{
    private const long MostKeyBytes = 64 * 1024;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { WriteIndented = true, Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public static Command Verb()
    {
        var file = new Argument<FileInfo>("BUNDLE") { Description = "The file to verify; larger attachments lie beside it as attachment-UUID" };
        var keys = new Option<FileInfo>("--checkpoint-key") { Required = true, Description = "A file with the log's key, as /evidence/key gives it: one vkey a line. Get it from somebody you trust, not with the bundle" };
        var witnesses = new Option<FileInfo?>("--witness-key") { Description = "A file with keys of witnesses, one vkey a line" };
        var checkpoints = new Option<string[]>("--checkpoint") { Description = "Checkpoints that you kept yourself: signed notes, or checkpoints-….jsonl of the copies", AllowMultipleArgumentsPerToken = true };
        var json = new Option<bool>("--json") { Description = "The report as JSON" };
        var verify = new Command("verify", "Verifies a proof bundle offline: docs/proofs.md.") { file, keys, witnesses, checkpoints, json };
        verify.SetAction(async (parsed, ct) =>
        {
            var output = parsed.InvocationConfiguration.Output;
            var bundle = parsed.GetRequiredValue(file);
            BundleReport report;
            try
            {
                var trusted = Keys(parsed.GetRequiredValue(keys));
                List<NoteKey> seen = parsed.GetValue(witnesses) is { } given ? Keys(given) : [];
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
                    });
                }
            }
            catch (Exception error) when (error is IOException or UnauthorizedAccessException or FormatException)
            {
                await parsed.InvocationConfiguration.Error.WriteLineAsync(error.Message);
                return 1;
            }

            if (parsed.GetValue(json)) await output.WriteLineAsync(JsonSerializer.Serialize(new { report.Kind, report.Holds, report.Shown, report.NotShown, report.Findings }, Json));
            else await Print(report, output);
            return report.Holds ? 0 : 1;
        });
        return new("proof", "Proof bundles, which stand without this archive.") { verify };
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
