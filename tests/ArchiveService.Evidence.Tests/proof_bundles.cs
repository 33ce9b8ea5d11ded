using System.Diagnostics;
using System.Runtime.CompilerServices;
using System.Text;
using System.Text.Json.Nodes;

namespace ArchiveService.Evidence.Tests;

/// <summary>docs/proofs.md: what holds is told, what was touched is refused with what is wrong, and what is hostile ends with an error.</summary>
public sealed class Proof_bundles
{
    private static readonly GoldenLog Log = new();

    private static readonly BundleTrust Trust = new([GoldenLog.Key]) { File = name => name == $"attachment-{GoldenLog.Attachment:D}" ? new MemoryStream([0, 255, 254, 7]) : null };

    private static string Folder([CallerFilePath] string here = "") => Path.Combine(Path.GetDirectoryName(here)!, "Golden");

    private static BundleReport Verified(JsonNode bundle) => BundleVerification.Of(Encoding.UTF8.GetBytes(bundle.ToJsonString()), Trust);

    /// <summary>The files in Golden are the form, version 1: they are never changed. UPDATE_DOCS=1 writes those that are missing.</summary>
    [Fact]
    public void are_written_as_the_golden_ones()
    {
        foreach (var (file, bundle) in Log.Bundles())
        {
            var path = Path.Combine(Folder(), file);
            if (Environment.GetEnvironmentVariable("UPDATE_DOCS") == "1" && !File.Exists(path)) File.WriteAllBytes(path, bundle.Write());
            Assert.Equal(File.ReadAllText(path), Encoding.UTF8.GetString(bundle.Write()));
            Assert.Equal(bundle.Write(), BundleReader.Read(bundle.Write(), out _)!.Write());
        }
    }

    [Fact]
    public void show_what_they_show()
    {
        foreach (var (file, said) in new[]
        {
            ("authentic-copy.json", "3 events, 5 parts shown"), ("masked-copy.json", "Withheld under OSL 21 kap. 1 §"), ("existed.json", "no later than the checkpoint of 5 events"),
            ("lawful-destruction.json", "KS § 94/2020-05-25"), ("extension.json", "each of the first 5 events stands unchanged"),
        })
        {
            var report = BundleVerification.Of(File.ReadAllBytes(Path.Combine(Folder(), file)), Trust);
            Assert.Empty(report.Findings);
            Assert.Contains(report.Shown, line => line.Contains(said, StringComparison.Ordinal));
            Assert.NotEmpty(report.NotShown);
        }
    }

    [Fact]
    public void say_who_else_saw_them_and_when()
    {
        var witness = new NoteSigner("vittne.example.se", NoteKeyType.Witness, [.. Enumerable.Range(50, 32).Select(i => (byte)i)]);
        ProofBundle Cosigned(ProofBundle bundle, int which) => bundle with
        {
            Checkpoints = [.. bundle.Checkpoints.Select((note, i) => i == which && SignedNote.TryParse(note, out var signed) ? signed.With(witness.Sign(signed.Text, DateTimeOffset.UnixEpoch.AddDays(20000))).ToString() : note)],
        };
        var trust = Trust with { Witnesses = [witness.Key] };
        foreach (var (bundle, which, said) in new[]
        {
            (Log.Existed(), 0, "2024-10-04 00:00:00 UTC, and all events of this bundle in it."),
            (Log.Destruction(), 1, "and all events of this bundle in it."), (Log.Destruction(), 0, "events of this bundle in it."), (Log.Extension(), 0, "2024-10-04 00:00:00 UTC."),
        })
        {
            var report = BundleVerification.Of(Cosigned(bundle, which), trust);
            Assert.Empty(report.Findings);
            Assert.Contains(report.Shown, line => line.StartsWith("The witness vittne.example.se saw", StringComparison.Ordinal) && line.EndsWith(said, StringComparison.Ordinal));
            Assert.DoesNotContain(BundleVerification.Of(Cosigned(bundle, which), Trust).Shown, line => line.StartsWith("The witness", StringComparison.Ordinal));
        }

        // Under another checkpoint the same line is no signature.
        var line = Cosigned(Log.Extension(), 0).Checkpoints[0].TrimEnd('\n').Split('\n')[^1] + "\n";
        var other = Log.Extension();
        var finding = Assert.Single(BundleVerification.Of(other with { Checkpoints = [other.Checkpoints[0], other.Checkpoints[1] + line] }, trust).Findings);
        Assert.Equal(("cosignature-does-not-hold", "checkpoints[1]"), (finding.Code, finding.Where));
    }

    /// <summary>By a program that shares nothing with this one: tests/independent/verify_proof.py, written from docs/proofs.md.</summary>
    [PythonFact]
    public void are_verified_by_an_independent_program_too()
    {
        var scratch = Directory.CreateTempSubdirectory("archiveservice-proofs-");
        try
        {
            var key = Path.Combine(scratch.FullName, "key");
            File.WriteAllText(key, GoldenLog.Key + "\n");
            File.WriteAllBytes(Path.Combine(scratch.FullName, $"attachment-{GoldenLog.Attachment:D}"), [0, 255, 254, 7]);
            foreach (var (file, bundle) in Log.Bundles())
            {
                var path = Path.Combine(scratch.FullName, file);
                File.WriteAllBytes(path, bundle.Write());
                Assert.True(Independent(path, key) == 0, file);
            }

            // And it says no where this one does.
            foreach (var (from, to) in new[] { ("Gatlyset", "Gatljuset"), ("\"index\": 2", "\"index\": 3"), ("granvika", "granvikb") })
            {
                var touched = Path.Combine(scratch.FullName, "touched.json");
                File.WriteAllText(touched, Encoding.UTF8.GetString(Log.Copy().Write()).Replace(from, to, StringComparison.Ordinal));
                Assert.NotEqual(0, Independent(touched, key));
            }
        }
        finally
        {
            scratch.Delete(recursive: true);
        }
    }

    private static int Independent(string bundle, string key)
    {
        var start = new ProcessStartInfo("python3") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-B", Path.Combine(Folder(), "..", "..", "independent", "verify_proof.py"), bundle, key }) start.ArgumentList.Add(argument);
        using var process = Process.Start(start)!;
        process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        return process.ExitCode;
    }

    /// <summary>Every value in every bundle, changed at its beginning, in its middle and at its end: none passes.</summary>
    [Fact]
    public void are_refused_when_any_field_is_flipped()
    {
        var flipped = 0;
        foreach (var (file, bundle) in Log.Bundles())
        {
            var whole = JsonNode.Parse(bundle.Write())!;
            foreach (var path in Scalars(whole, []).ToList())
            {
                foreach (var changed in Flips(At(whole, path)))
                {
                    var touched = whole.DeepClone();
                    Set(touched, path, changed);
                    var report = Verified(touched);
                    Assert.True(!report.Holds && report.Shown.Count == 0, $"{file} {string.Join('/', path)}: {changed} instead of {At(whole, path)}");
                    Assert.All(report.Findings, f => Assert.NotEmpty(f.What));
                    flipped++;
                }
            }
        }

        Assert.True(flipped > 300, $"{flipped}");
    }

    /// <summary>Bits of the file itself, white space apart.</summary>
    [Fact]
    public void are_refused_when_a_bit_of_the_file_is_flipped()
    {
        foreach (var (file, bundle) in Log.Bundles())
        {
            var bytes = bundle.Write();
            for (var i = 0; i < bytes.Length; i += 11)
            {
                if (bytes[i] is (byte)' ' or (byte)'\n') continue;
                bytes[i] ^= 1;
                Assert.False(BundleVerification.Of(bytes, Trust).Holds, $"{file} byte {i}");
                bytes[i] ^= 1;
            }
        }
    }

    [Fact]
    public void are_refused_when_a_member_is_missing_unknown_or_of_another_type()
    {
        foreach (var (file, bundle) in Log.Bundles())
        {
            var whole = JsonNode.Parse(bundle.Write())!;
            foreach (var path in Scalars(whole, []).ToList())
            {
                foreach (var other in new JsonNode?[] { null, new JsonArray(), new JsonObject(), JsonValue.Create(1.5), JsonValue.Create(-1), JsonValue.Create(true), JsonValue.Create(1e300) })
                {
                    var touched = whole.DeepClone();
                    Set(touched, path, other?.DeepClone());
                    Assert.False(Verified(touched).Holds, $"{file} {string.Join('/', path)}: {other?.ToJsonString() ?? "null"}");
                }
            }

            foreach (var path in Objects(whole, []).ToList())
            {
                var touched = whole.DeepClone();
                ((JsonObject)At(touched, path)!)["hemligt"] = "x";
                Assert.Contains(Verified(touched).Findings, f => f.Code == "unknown-member");
            }
        }
    }

    /// <summary>A destruction of which a step is left out, or that was not lawful, is none. Each is signed as the others are.</summary>
    [Fact]
    public void of_destruction_need_every_step_in_its_order()
    {
        var lawful = JsonNode.Parse(Log.Destruction().Write())!;
        for (var i = 0; i < lawful["events"]!.AsArray().Count; i++)
        {
            var touched = lawful.DeepClone();
            var type = touched["events"]![i]!["leaf"]!.GetValue<string>();
            touched["events"]!.AsArray().RemoveAt(i);
            var report = Verified(touched);

            // Without the last report less is shown; without anything else, nothing.
            Assert.True(type.Contains("\"disposal_verified\"", StringComparison.Ordinal) == report.Holds, type);
        }

        foreach (var (code, told) in new (string, Action<GoldenLog>)[]
        {
            ("same-person", log => log.Destroy(approver: "anna")), ("cooling-off", log => log.Destroy(startDay: 3)), ("another-manifest", log => log.Destroy(digest: "bb22")),
            ("step-missing", log => log.Destroy(approve: false)), ("another-run", log => log.Destroy(runOfItem: GoldenLog.Record)), ("run-cancelled", log => log.Destroy(cancelled: true)),
            ("wrong-order", log => log.Destroy(approveLast: true)),
        })
        {
            Assert.Contains(BundleVerification.Of(new GoldenLog(told).Destruction(), Trust).Findings, f => f.Code == code);
        }

        // Something of the record shown, and no checkpoint from before.
        var shown = Log.Destruction();
        Assert.Contains(BundleVerification.Of(shown with { Events = [.. shown.Events.Select(e => e.Leaf.Contains("item_captured", StringComparison.Ordinal) ? e with { Opened = Log.Copy().Events[0].Opened } : e)] }, Trust).Findings, f => f.Code == "content-shown");
        Assert.Contains(BundleVerification.Of(shown with { Events = [.. shown.Events.Select(e => e with { In = [.. e.In.Where(i => i.Checkpoint == 1)] })] }, Trust).Findings, f => f.Code == "not-there-before");
        Assert.Contains(BundleVerification.Of(shown with { Extensions = [] }, Trust).Findings, f => f.Code == "not-bound-together");
    }

    [Fact]
    public void are_refused_without_the_right_key_or_against_a_checkpoint_kept_outside()
    {
        var foreign = new NoteSigner(GoldenLog.Origin, NoteKeyType.Log, new byte[32]).Key;
        Assert.Contains(BundleVerification.Of(Log.Copy(), Trust with { Keys = [foreign] }).Findings, f => f.Code == "checkpoint-not-signed");
        Assert.Contains(BundleVerification.Of(Log.Copy(), Trust with { Keys = [new NoteSigner("annan.se/logg", NoteKeyType.Log, new byte[32]).Key] }).Findings, f => f.Code == "origin-not-trusted");
        Assert.Contains(BundleVerification.Of(Log.Copy(), Trust with { File = _ => null }).Shown, line => line.Contains("5 parts", StringComparison.Ordinal));
        Assert.Contains(BundleVerification.Of(Log.Masked(), Trust with { File = _ => null }).Findings, f => f.Code == "file-missing");

        // The same size with another root, signed by the log itself: it has told two stories.
        var other = new GoldenLog(log => log.Destroy(approver: "cilla"));
        Assert.Contains(BundleVerification.Of(Log.Copy(), Trust with { Outside = [other.Checkpoint(other.Size)] }).Findings, f => f.Code == "outside-checkpoint-differs");
        Assert.True(BundleVerification.Of(Log.Copy(), Trust with { Outside = [Log.Checkpoint(Log.Size)] }).Holds);

        var witness = new NoteSigner("vittne.example.se", NoteKeyType.Witness, [.. Enumerable.Repeat((byte)9, 32)]);
        Assert.True(SignedNote.TryParse(Log.Checkpoint(Log.Before), out var note));
        var witnessed = Log.Existed() with { Checkpoints = [note.With(witness.Sign(note.Text, new DateTimeOffset(2026, 3, 2, 8, 0, 0, TimeSpan.Zero))).ToString()] };
        Assert.Contains(BundleVerification.Of(witnessed, Trust with { Witnesses = [witness.Key] }).Shown, line => line.Contains("vittne.example.se saw", StringComparison.Ordinal) && line.Contains("2026-03-02 08:00:00", StringComparison.Ordinal));
    }

    [Fact]
    public void that_are_hostile_end_with_an_error()
    {
        static BundleReport Of(string text) => BundleVerification.Of(Encoding.UTF8.GetBytes(text), Trust);
        foreach (var (text, code) in new[]
        {
            ("", "not-json"), ("[]", "malformed"), ("null", "malformed"), ("{", "not-json"), (new string('[', 100_000), "not-json"), ("{\"format\":1}", "malformed"), ("PK\u0003\u0004", "not-json"),
            ("{\"format\":\"archiveservice/proof/v2\",\"kind\":\"existed\",\"checkpoints\":[]}", "unknown-format"), ("{\"format\":\"archiveservice/proof/v1\",\"format\":\"archiveservice/proof/v1\"}", "not-json"),
            ("{\"format\":\"archiveservice/proof/v1\",\"kind\":\"\\ud800\",\"checkpoints\":[]}", "malformed"),
            ($"{{\"format\":\"archiveservice/proof/v1\",\"kind\":\"existed\",\"checkpoints\":[{string.Join(',', Enumerable.Repeat("\"\"", 17))}]}}", "too-many"),
            ("{\"format\":\"archiveservice/proof/v1\",\"kind\":\"extension\",\"checkpoints\":[]}", "no-checkpoint"),
            ("{\"format\":\"archiveservice/proof/v1\",\"kind\":\"extension\",\"checkpoints\":[],\"extensions\":[{\"from\":0,\"to\":99999999999999999999,\"path\":[]}]}", "malformed"),
        })
        {
            Assert.Contains(Of(text).Findings, f => f.Code == code);
        }

        Assert.Equal("too-large", Assert.Single(BundleVerification.Of(new byte[ProofBundle.MostBytes + 1], Trust).Findings).Code);

        // A leaf may be anything: deep, of other types, not canonical.
        var copy = Log.Copy();
        foreach (var leaf in new[] { "", "[]", new string('{', 50_000), "{\"v\":1}", copy.Events[0].Leaf + " ", copy.Events[0].Leaf.Replace("\"v\":1", "\"v\":2", StringComparison.Ordinal), copy.Events[0].Leaf.Replace("\"seq\":\"3\"", "\"seq\":3", StringComparison.Ordinal) })
            Assert.Contains(BundleVerification.Of(copy with { Events = [copy.Events[0] with { Leaf = leaf }] }, Trust).Findings, f => f.Code == "leaf-malformed");

        // A file outside the folder is not asked for.
        foreach (var name in new[] { "../../etc/passwd", "/etc/passwd", "attachment/x", "..", ".x", "a..b", "", "C:\\x", new string('a', 65), "a\0b" })
        {
            var touched = Log.Masked();
            touched = touched with { Events = [.. touched.Events.Select(e => e with { Opened = [.. e.Opened.Select(o => o.File is null ? o : o with { File = name })] })] };
            Assert.Contains(BundleVerification.Of(touched, Trust with { File = asked => throw new InvalidOperationException(asked) }).Findings, f => f.Code == "file-name");
        }

        // Shown twice, an event twice, an event of another record, the kind of another.
        Assert.Contains(BundleVerification.Of(copy with { Events = [copy.Events[0], copy.Events[0]] }, Trust).Findings, f => f.Code == "event-twice");
        Assert.Contains(BundleVerification.Of(copy with { Events = [copy.Events[0] with { Opened = [copy.Events[0].Opened[0], copy.Events[0].Opened[0]] }] }, Trust).Findings, f => f.Code == "malformed");
        Assert.Contains(BundleVerification.Of(copy with { Events = [copy.Events[0], Log.Event(0, [(0, Log.Size)])] }, Trust).Findings, f => f.Code == "event-of-another");
        Assert.False(BundleVerification.Of(copy with { Kind = BundleKind.LawfulDestruction }, Trust).Holds);
        Assert.False(BundleVerification.Of(copy with { Kind = BundleKind.Extension }, Trust).Holds);
        Assert.False(BundleVerification.Of(Log.Destruction() with { Kind = BundleKind.AuthenticCopy }, Trust).Holds);
    }

    private static IEnumerable<string> Flips(JsonNode? value)
    {
        var text = value!.ToString();
        if (text.Length == 0) return ["x"];
        return new[] { 0, text.Length / 2, text.Length - 1 }.Distinct().Select(i => string.Concat(text.AsSpan(0, i), text[i] == 'a' ? "b" : "a", text.AsSpan(i + 1)))
            .Concat(long.TryParse(text, out var number) ? [$"{number + 1}", $"{number - 1}"] : []).Concat([text + "x", ""]);
    }

    private static IEnumerable<object[]> Scalars(JsonNode? node, object[] at) => node switch
    {
        JsonObject o => o.SelectMany(m => Scalars(m.Value, [.. at, m.Key])),
        JsonArray a => a.SelectMany((item, i) => Scalars(item, [.. at, i])),
        _ => [at],
    };

    private static IEnumerable<object[]> Objects(JsonNode? node, object[] at) => node switch
    {
        JsonObject o => [at, .. o.SelectMany(m => Objects(m.Value, [.. at, m.Key]))],
        JsonArray a => a.SelectMany((item, i) => Objects(item, [.. at, i])),
        _ => [],
    };

    private static JsonNode? At(JsonNode? node, object[] path) => path.Aggregate(node, (n, step) => step is int i ? n![i] : n![(string)step]);

    /// <summary>A number stays a number where the text is one.</summary>
    private static void Set(JsonNode node, object[] path, string text)
    {
        var old = At(node, path);
        Set(node, path, old!.GetValueKind() == System.Text.Json.JsonValueKind.Number && long.TryParse(text, out var number) ? JsonValue.Create(number) : JsonValue.Create(text));
    }

    private static void Set(JsonNode node, object[] path, JsonNode? to)
    {
        var parent = At(node, path[..^1])!;
        if (path[^1] is int i) parent[i] = to;
        else parent[(string)path[^1]] = to;
    }
}
