using System.Diagnostics;
using System.Globalization;
using System.Net;
using System.Net.Http.Json;
using System.Security.Cryptography;
using System.Security.Cryptography.X509Certificates;
using System.Text;
using System.Text.Json.Nodes;
using ArchiveService.Evidence;
using ArchiveService.Features.Evidence;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using ArchiveService.Testing;
using Microsoft.Extensions.DependencyInjection;
using Npgsql;
using static ArchiveService.AppTests.Commands.CommandArchive;

namespace ArchiveService.AppTests.EvidenceTests;

/// <summary>Two served archives that cosign each other, a time-stamping authority made with openssl, and a key that another takes over from.</summary>
public sealed class Others_who_vouch : IAsyncLifetime
{
    private const string Here = "granvika.example.se/bevis";
    private const string There = "norrsund.example.se/bevis";

    private readonly DirectoryInfo folder = Directory.CreateTempSubdirectory("archiveservice-vouching-");
    private ServedArchive one = null!;
    private ServedArchive other = null!;
    private Authority authority = null!;
    private Guid channel;
    private Guid record;
    private SignedCheckpoint? earliest;

    public async Task InitializeAsync()
    {
        var (mine, theirs) = (KeyFile.Create(Path.Combine(folder.FullName, "one.json"), TimeProvider.System), KeyFile.Create(Path.Combine(folder.FullName, "other.json"), TimeProvider.System));
        authority = await Authority.Open(folder.FullName);
        one = await ServedArchive.Start(settings: new Dictionary<string, string?>
        {
            ["Keys:MasterKeyFile"] = Path.Combine(folder.FullName, "one.json"),
            ["Evidence:Origin"] = Here,
            ["Evidence:WitnessName"] = "granvika.example.se/vittne",
            ["Evidence:WitnessedLogs:0"] = LogKey(There, theirs),
            ["Evidence:TsaUrl"] = authority.Address,
            ["Evidence:TsaCertificate"] = Path.Combine(folder.FullName, "ca.pem"),
        });
        other = await ServedArchive.Start(settings: new Dictionary<string, string?>
        {
            ["Keys:MasterKeyFile"] = Path.Combine(folder.FullName, "other.json"),
            ["Evidence:Origin"] = There,
            ["Evidence:WitnessName"] = "norrsund.example.se/vittne",
            ["Evidence:WitnessedLogs:0"] = LogKey(Here, mine),
            ["Evidence:Witnesses:0"] = $"{one.Services.GetRequiredService<WitnessDesk>().Key} {one.Address}evidence/witness",
        });
        foreach (var served in new[] { one, other }) await served.Services.GetRequiredService<ArchiveService.Attachments.IObjectStore>().Probe(default);
    }

    public async Task DisposeAsync()
    {
        await one.DisposeAsync();
        await other.DisposeAsync();
        await authority.DisposeAsync();
        folder.Delete(recursive: true);
    }

    private static string LogKey(string origin, KeyFile keys) => new NoteSigner(origin, NoteKeyType.Log, keys.SigningKey).Key.ToString();

    private static async Task<string[]> Errors(ServedArchive served, params IReadOnlyList<string> outside) =>
        [.. (await ActivatorUtilities.CreateInstance<VerifyArchive>(served.Services).Run(null, outside, default)).Findings.Where(f => f.Severity == Severity.Error).Select(f => f.Code).Distinct(StringComparer.Ordinal)];

    private static async Task Unguarded(ServedArchive served, string table, string sql)
    {
        await using var superuser = await served.Database!.Superuser.OpenConnectionAsync();
        await using var command = new NpgsqlCommand($"begin; alter table archive.{table} disable trigger user; {sql}; alter table archive.{table} enable trigger user; commit", superuser);
        await command.ExecuteNonQueryAsync();
    }

    [Fact]
    public async Task are_a_witness_a_timestamp_and_the_key_before()
    {
        await Witnesses();
        await Timestamps();
        await Bundles();
        await Keys();
        await Bundles_of_two_keys();
        foreach (var served in new[] { one, other }) Assert.Empty(await Errors(served));
        await A_change_of_key_that_a_restore_lost();
    }

    private async Task Witnesses()
    {
        await one.Token("Någon", [new("revisor")]);
        await other.Token("Någon", [new("revisor")]);
        var first = await After_a_restore_that_is_behind.Vouched(one);

        // The other archive asks by itself; this one is asked for here, and both keep what they were given.
        var desk = other.Services.GetRequiredService<WitnessDesk>();
        var witness = new AskedWitness(desk.Key!, new Uri(other.Address, "evidence/witness/"));
        var worker = one.Services.GetRequiredService<WitnessWorker>();
        Assert.Equal(WitnessOutcome.Cosigned, await worker.Ask(witness, first, default));
        await one.Token("Någon till", [new("revisor")]);
        var second = await After_a_restore_that_is_behind.Vouched(one);
        Assert.True(second.Size > first.Size);
        Assert.Equal(WitnessOutcome.Cosigned, await worker.Ask(witness, second, default));
        Assert.True(SignedNote.TryParse(await one.Program().GetStringAsync(At("/evidence/checkpoint/witnessed")), out var note));
        Assert.NotNull(note.SignedBy(desk.Key!));
        Assert.NotNull(note.SignedBy(one.Services.GetRequiredService<EvidenceLog>().Signer(Here).Key));
        for (var i = 0; i < 200 && await other.Value<long>("select count(*) from archive.evidence_cosignatures") == 0; i++) await Task.Delay(50);
        Assert.NotEqual(0, await other.Value<long>("select count(*) from archive.evidence_cosignatures"));
        Assert.Equal(second.Size, await other.Value<long>($"select size from archive.evidence_witnessed where origin = '{Here}'"));

        // History made anew, properly signed: a larger one that is no extension, and the same size with another root.
        var signer = one.Services.GetRequiredService<EvidenceLog>().Signer(Here);
        string Forged(long size)
        {
            var text = new Checkpoint(Here, size, MerkleHash.OfLeaf([1]), []).Text();
            return new SignedNote(text, [signer.Sign(text, DateTimeOffset.UnixEpoch)]).ToString();
        }

        async Task<(int Status, string Body)> Post(string body)
        {
            using var answer = await other.Program().PostAsync(At("/evidence/witness/add-checkpoint"), new StringContent(body));
            return ((int)answer.StatusCode, await answer.Content.ReadAsStringAsync());
        }

        Assert.Equal(422, (await Post(new WitnessRequest(second.Size, [MerkleHash.OfNothing], Forged(second.Size + 1)).ToString())).Status);
        Assert.Equal((409, FormattableString.Invariant($"{second.Size}\n")), await Post(new WitnessRequest(second.Size, [], Forged(second.Size)).ToString()));
        Assert.Equal((409, FormattableString.Invariant($"{second.Size}\n")), await Post(new WitnessRequest(first.Size, [], second.Note).ToString()));
        Assert.Equal(400, (await Post("hej")).Status);
        Assert.Equal(403, (await Post(new WitnessRequest(second.Size, [], second.Note.Replace("\n" + second.Root, "\n" + first.Root, StringComparison.Ordinal)).ToString())).Status);
        Assert.Equal(404, (await Post(new WitnessRequest(0, [], (await After_a_restore_that_is_behind.Vouched(other)).Note).ToString())).Status);
        Assert.Equal(413, (await Post(new string('a', 100_000))).Status);
        Assert.Equal(WitnessOutcome.SawMore, await worker.Ask(witness, first, default));
        Assert.Equal(second.Size, await other.Value<long>($"select size from archive.evidence_witnessed where origin = '{Here}'"));

        // Two at once: what was seen moves one after the other.
        var answers = await Task.WhenAll(Enumerable.Range(0, 6).Select(_ => Post(new WitnessRequest(second.Size, [], second.Note).ToString())));
        Assert.All(answers, answer => Assert.Equal(200, answer.Status));
        Assert.Equal("AS001", (await Assert.ThrowsAsync<PostgresException>(() => other.Value<object>("update archive.evidence_witnessed set size = 0 returning 1"))).SqlState);

        // The witness's database comes back from before: what it saw stands beside the erasure ledger, and it does not vouch for another story.
        await Unguarded(other, "evidence_witnessed", $"update archive.evidence_witnessed set size = {first.Size}, root = decode('{Convert.ToHexStringLower(first.Root.ToArray())}', 'hex') where origin = '{Here}'");
        Assert.Equal((409, FormattableString.Invariant($"{second.Size}\n")), await Post(new WitnessRequest(first.Size, [MerkleHash.OfNothing], Forged(second.Size + 1)).ToString()));
        Assert.Equal(422, (await Post(new WitnessRequest(second.Size, [MerkleHash.OfNothing], Forged(second.Size + 1)).ToString())).Status);
        Assert.Equal(200, (await Post(new WitnessRequest(second.Size, [], second.Note).ToString())).Status);
        Assert.Equal(second.Size, await other.Value<long>($"select size from archive.evidence_witnessed where origin = '{Here}'"));

        await Unguarded(one, "evidence_cosignatures", "update archive.evidence_cosignatures set line = overlay(line placing 'A' from length(line) - 20 for 1)");
        Assert.Contains("cosignature-altered", await Errors(one));
        await Unguarded(one, "evidence_cosignatures", "delete from archive.evidence_cosignatures");
    }

    private async Task Timestamps()
    {
        var worker = one.Services.GetRequiredService<TimestampWorker>();
        for (var i = 0; i < 300 && await one.Value<long>("select count(*) from archive.evidence_timestamps") == 0; i++) await Task.Delay(50);
        await one.Token("Stämplad", [new("revisor")]);
        var latest = await After_a_restore_that_is_behind.Vouched(one);
        var stamped = (await worker.Stamp(latest, default))!;
        Assert.Equal(latest.Size, stamped.Size);

        // What is served is what openssl reads.
        var client = one.Program();
        var note = await client.GetByteArrayAsync(At(FormattableString.Invariant($"/evidence/logs/1/checkpoints/{latest.Size}")));
        var token = await client.GetByteArrayAsync(At(FormattableString.Invariant($"/evidence/timestamps/1/{latest.Size}")));
        Assert.Equal(latest.Note, Encoding.UTF8.GetString(note));
        Assert.Contains(FormattableString.Invariant($"\"size\":{latest.Size}"), await client.GetStringAsync(At("/evidence/timestamps")), StringComparison.Ordinal);
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "note"), note);
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "token"), token);
        await authority.OpenSsl("ts", "-verify", "-data", "note", "-in", "token", "-token_in", "-CAfile", "ca.pem");

        // Answers that are none: to another request, cut off, of another authority, none at all.
        var request = Timestamp.Request(latest.Note);
        var answer = await authority.Answer(request.Encode());
        Assert.NotNull(Timestamp.Accept(request, answer, latest.Note, null, out _));
        Assert.Null(Timestamp.Accept(Timestamp.Request(latest.Note), answer, latest.Note, null, out _));
        Assert.Null(Timestamp.Accept(request, answer[..^3], latest.Note, null, out _));
        Assert.Null(Timestamp.Accept(Timestamp.Request("en annan"), answer, "en annan", null, out _));
        Assert.Null(Timestamp.Accept(request, [], latest.Note, null, out _));
        using var stranger = Authority.SelfSigned();
        Assert.Null(Timestamp.Accept(request, answer, latest.Note, stranger, out var problem));
        Assert.Equal("not-the-trusted-authority", problem);
        for (var bit = 0; bit < token.Length * 8; bit += 997)
        {
            var flipped = token.ToArray();
            flipped[bit / 8] ^= (byte)(1 << (bit % 8));
            if (Timestamp.Open(flipped, latest.Note, null, out _) is { } still) Assert.Equal(stamped.StampedAt, still.TokenInfo.Timestamp.ToUniversalTime());
        }

        authority.Wrong = true;
        await one.Token("Ostämplad", [new("revisor")]);
        Assert.Null(await worker.Stamp(await After_a_restore_that_is_behind.Vouched(one), default));
        Assert.Equal([10, 20, 40, 3600], new[] { 1, 2, 3, 40 }.Select(failures => (int)TimestampWorker.Pause(failures).TotalSeconds));

        await Unguarded(one, "evidence_timestamps", $"update archive.evidence_timestamps set token = set_byte(token, length(token) - 5, get_byte(token, length(token) - 5) # 1) where size = {latest.Size}");
        Assert.Contains("timestamp-altered", await Errors(one));
        await Unguarded(one, "evidence_timestamps", $"update archive.evidence_timestamps set token = set_byte(token, length(token) - 5, get_byte(token, length(token) - 5) # 1) where size = {latest.Size}");
    }

    /// <summary>A bundle brings along what others signed: since when at the latest they saw what is in it.</summary>
    private async Task Bundles()
    {
        authority.Wrong = false;
        var client = one.Program(await one.Token("Bevis-Bertil", [new("admin"), new("kommunikator"), new("moderator"), new("registrator")]));
        await Ok(await client.PutAsJsonAsync(At("/api/v1/authorities/VIT"), new { name = "Vittnesnämnden", preset = "custom" }));
        channel = (await Ok(await client.PostAsJsonAsync(At("/api/v1/channels"), new { authority = "VIT", platform = "facebook", nativeAccountId = "vit", handle = "VIT", purpose = "Dialog" }))).GetProperty("id").GetGuid();
        record = await Captured(client, "v1", "Sågs det här?");
        earliest = await After_a_restore_that_is_behind.Vouched(one);
        await one.Token("Efter handlingen", [new("revisor")]);
        var vouched = await After_a_restore_that_is_behind.Vouched(one);
        var desk = other.Services.GetRequiredService<WitnessDesk>();
        Assert.NotNull(await one.Services.GetRequiredService<TimestampWorker>().Stamp(vouched, default));
        Assert.Equal(WitnessOutcome.Cosigned, await one.Services.GetRequiredService<WitnessWorker>().Ask(new(desk.Key!, new Uri(other.Address, "evidence/witness/")), vouched, default));
        await one.Token("Långt efter", [new("revisor")]);
        await After_a_restore_that_is_behind.Vouched(one);

        var bundle = await client.GetByteArrayAsync(At($"/api/v1/records/{record}/proof?kind=existed"));
        using var root = X509CertificateLoader.LoadCertificateFromFile(Path.Combine(folder.FullName, "ca.pem"));
        var trust = new BundleTrust([one.Services.GetRequiredService<EvidenceLog>().Signer(Here).Key]) { Witnesses = [desk.Key!], Stamp = (note, token) => Timestamp.Seen(note, token, root) };
        var report = BundleVerification.Of(bundle, trust);
        Assert.Empty(report.Findings);
        Assert.Contains(report.Shown, line => line.StartsWith("The witness norrsund.example.se/vittne saw", StringComparison.Ordinal) && line.EndsWith("and all events of this bundle in it.", StringComparison.Ordinal));
        Assert.Contains(report.Shown, line => line.StartsWith("The time-stamping authority Provstämplare saw", StringComparison.Ordinal) && line.EndsWith("and all events of this bundle in it.", StringComparison.Ordinal));
        Assert.DoesNotContain(report.NotShown, line => line.StartsWith("That the times are right", StringComparison.Ordinal));

        // Without their keys their word counts for nothing; of another authority it is refused; altered lines and tokens are.
        Assert.Contains(BundleVerification.Of(bundle, trust with { Witnesses = [], Stamp = (note, token) => Timestamp.Seen(note, token, null) }).NotShown, line => line.StartsWith("That the times are right", StringComparison.Ordinal));
        using var stranger = Authority.SelfSigned();
        Assert.Equal("timestamp-does-not-hold", BundleVerification.Of(bundle, trust with { Stamp = (note, token) => Timestamp.Seen(note, token, stranger) }).Findings[0].Code);
        var touched = JsonNode.Parse(bundle)!;
        var notes = touched["checkpoints"]!.AsArray();
        var at = Enumerable.Range(0, notes.Count).First(i => notes[i]!.GetValue<string>().Contains("norrsund", StringComparison.Ordinal));
        var line = notes[at]!.GetValue<string>();
        notes[at] = string.Concat(line.AsSpan(0, line.Length - 10), line[^10] == 'A' ? "B" : "A", line.AsSpan(line.Length - 9));
        Assert.Equal("cosignature-does-not-hold", BundleVerification.Of(Encoding.UTF8.GetBytes(touched.ToJsonString()), trust).Findings[0].Code);
        touched = JsonNode.Parse(bundle)!;
        touched["timestamps"]![0]!["checkpoint"] = (touched["timestamps"]![0]!["checkpoint"]!.GetValue<int>() + 1) % notes.Count;
        Assert.Equal("timestamp-does-not-hold", BundleVerification.Of(Encoding.UTF8.GetBytes(touched.ToJsonString()), trust).Findings[0].Code);

        // The same by the program that shares nothing with this one, and by the verb.
        foreach (var (name, text) in new[] { ("key", trust.Keys[0].ToString()), ("witness", desk.Key!.ToString()) }) await File.WriteAllTextAsync(Path.Combine(folder.FullName, name), text + "\n");
        await File.WriteAllBytesAsync(Path.Combine(folder.FullName, "vouched.json"), bundle);
        await using var said = new StringWriter();
        string Of(string name) => Path.Combine(folder.FullName, name);
        Assert.Equal(0, await Verb().Parse(["verify", Of("vouched.json"), "--checkpoint-key", Of("key"), "--witness-key", Of("witness"), "--tsa-certificate", Of("ca.pem")]).InvokeAsync(new() { Output = said }));
        Assert.Contains("Provstämplare", said.ToString(), StringComparison.Ordinal);
        if (Independent(Of("vouched.json"), Of("key"), Of("witness"), Of("ca.pem")) is { } independent) Assert.True(independent.Exit == 0 && independent.Said.Contains("the authority saw", StringComparison.Ordinal), independent.Said);
    }

    /// <summary>Checkpoints from before and after a change of key: both keys in the key file, or the handover.</summary>
    private async Task Bundles_of_two_keys()
    {
        await After_a_restore_that_is_behind.Vouched(one);
        string Of(string name) => Path.Combine(folder.FullName, name);
        await File.WriteAllBytesAsync(Of("two.json"), await one.Program().GetByteArrayAsync(At(FormattableString.Invariant($"/evidence/consistency?from={earliest!.Size}"))));
        await File.WriteAllTextAsync(Of("keys"), await one.Program().GetStringAsync(At("/evidence/key?all=true")));
        await File.WriteAllTextAsync(Of("handovers"), await one.Program().GetStringAsync(At("/evidence/keys")));
        Assert.Equal(3, (await File.ReadAllLinesAsync(Of("keys"))).Length);
        async Task<int> Verified(params string[] with)
        {
            await using var said = new StringWriter();
            return await Verb().Parse(["verify", Of("two.json"), .. with]).InvokeAsync(new() { Output = said, Error = said });
        }

        Assert.Equal(0, await Verified("--checkpoint-key", Of("keys")));
        Assert.Equal(1, await Verified("--checkpoint-key", Of("key")));
        Assert.Equal(0, await Verified("--checkpoint-key", Of("key"), "--handovers", Of("handovers")));
        await File.WriteAllTextAsync(Of("handovers"), (await File.ReadAllTextAsync(Of("handovers"))).Replace("from here on", "from now on", StringComparison.Ordinal));
        Assert.Equal(1, await Verified("--checkpoint-key", Of("key"), "--handovers", Of("handovers")));
        if (Independent(Of("two.json"), Of("keys")) is { } independent) Assert.Equal(0, independent.Exit);
    }

    /// <summary>A database from before a change of key is told of it by the key file; with a key file that knows of none it is refused.</summary>
    private async Task A_change_of_key_that_a_restore_lost()
    {
        var path = Path.Combine(folder.FullName, "one.json");
        var forgetful = Path.Combine(folder.FullName, "forgetful.json");
        var file = JsonNode.Parse(await File.ReadAllTextAsync(path))!.AsObject();
        file.Remove("signingHandovers");
        await File.WriteAllTextAsync(forgetful, file.ToJsonString());
        File.SetUnixFileMode(forgetful, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        await Unguarded(one, "evidence_keys", "delete from archive.evidence_keys where nth = 3");
        await one.Value<object>("update archive.evidence_logs set current_vkey = (select vkey from archive.evidence_keys order by nth desc limit 1) returning 1");

        (EvidenceLog Log, KeyRotation Rotation, SigningKeys Keys) With(string keyFile)
        {
            var keys = new SigningKeys(KeyFile.Open(keyFile), keyFile);
            var log = new EvidenceLog(one.Databases, one.Services.GetRequiredService<EvidenceOptions>(), keys, TimeProvider.System);
            return (log, new(one.Services.GetRequiredService<SealedLog>(), one.Databases, log, keys, new(), TimeProvider.System), keys);
        }

        var without = With(forgetful);
        await without.Rotation.CarryOver(default);
        Assert.Contains("rotate-key", (await Assert.ThrowsAsync<CannotStart>(() => without.Log.Begin(default))).Message, StringComparison.Ordinal);
        var bridged = With(path);
        await bridged.Rotation.CarryOver(default);
        Assert.Equal(bridged.Keys.Signer(Here).Key, (await bridged.Log.Begin(default)).Key);
        Assert.Equal(bridged.Keys.Signer(Here).Key.ToString(), await one.Value<string>("select vkey from archive.evidence_keys where nth = 3"));
    }

    private async Task<Guid> Captured(HttpClient by, string native, string text)
    {
        using var content = new StringContent($$"""{"act":"create","nativeId":"{{native}}","kind":"comment","author":{"nativeId":"77","displayName":"Nils Låtsasson"},"audience":"public","occurredAt":"2026-03-01T12:00:00Z","text":"{{text}}"}""", Encoding.UTF8, "application/x-ndjson");
        await Ok(await by.PostAsync(At($"/api/v1/channels/{channel}/captures"), content));
        return one.Services.GetRequiredService<KeyedIds>().Record(channel, "facebook", "native", native);
    }

    private static System.CommandLine.Command Verb() => ArchiveService.Features.Proofs.ProofVerb.Verb(_ => throw new InvalidOperationException("no archive is opened"));

    /// <summary>By tests/independent/verify_proof.py; null where there is no Python.</summary>
    private static (int Exit, string Said)? Independent(params string[] arguments)
    {
        var start = new ProcessStartInfo("python3") { UseShellExecute = false, RedirectStandardOutput = true, RedirectStandardError = true };
        foreach (var argument in new[] { "-B", Path.Combine(Path.GetDirectoryName(SourceFile())!, "..", "..", "independent", "verify_proof.py") }.Concat(arguments)) start.ArgumentList.Add(argument);
        try
        {
            using var process = Process.Start(start)!;
            var said = process.StandardOutput.ReadToEnd() + process.StandardError.ReadToEnd();
            process.WaitForExit();
            return (process.ExitCode, said);
        }
        catch (System.ComponentModel.Win32Exception)
        {
            return null;
        }
    }

    private static string SourceFile([System.Runtime.CompilerServices.CallerFilePath] string here = "") => here;

    private async Task Keys()
    {
        var before = await After_a_restore_that_is_behind.Vouched(one);
        var log = one.Services.GetRequiredService<EvidenceLog>();
        var old = log.Signer(Here);
        var revisor = one.Program(await one.Token("Rikard", [new("revisor")]));
        Assert.Equal(403, (int)(await revisor.PostAsJsonAsync(At("/api/v1/evidence/keys/rotate"), new { })).StatusCode);
        var admin = one.Program(await one.Token("Adam", [new("admin")]));
        var rotated = await Ok(await admin.PostAsJsonAsync(At("/api/v1/evidence/keys/rotate"), new { }));
        Assert.Equal(old.Key.ToString(), rotated.GetProperty("from").GetString());
        var after = await After_a_restore_that_is_behind.Vouched(one);
        Assert.True(NoteKey.TryParse(await one.Program().GetStringAsync(At("/evidence/key")), out var now));
        Assert.Equal(rotated.GetProperty("to").GetString(), now.ToString());
        Assert.NotNull(Checkpoint.Open(after.Note, now, out _));
        Assert.Null(Checkpoint.Open(after.Note, old.Key, out _));

        // Whoever trusts the old key is led to the new one.
        var keys = await Ok(await one.Program().GetAsync(At("/evidence/keys")));
        Assert.Equal([old.Key.ToString(), now.ToString()], keys.EnumerateArray().Select(key => key.GetProperty("vKey").GetString()));
        Assert.Equal(rotated.GetProperty("fromSize").GetInt64(), keys[1].GetProperty("aboveSize").GetInt64());
        Assert.Equal((old.Key, now), (KeyHandover.Open(keys[1].GetProperty("handover").GetString()!)!.From, KeyHandover.Open(keys[1].GetProperty("handover").GetString()!)!.To));
        Assert.Empty(await Errors(one, before.Note, after.Note));

        // The key that is in the key file now is the new one; the old one is gone, its handover stays.
        var path = Path.Combine(folder.FullName, "one.json");
        var file = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        Assert.Equal(now.PublicKey.ToArray(), Ed25519.PublicKey(Convert.FromBase64String(file["signingKey"]!.GetValue<string>())));
        Assert.Null(file["nextSigningKey"]);
        Assert.Single(file["signingHandovers"]!.AsArray());
        if (!OperatingSystem.IsWindows()) Assert.Equal(UnixFileMode.UserRead | UnixFileMode.UserWrite, File.GetUnixFileMode(path));

        // A change by the command line beside the running service, which takes the new key up; and one that a crash cut off between event and key file.
        var beside = new SigningKeys(KeyFile.Open(path), path);
        var rotation = new KeyRotation(
            one.Services.GetRequiredService<SealedLog>(), one.Databases, new EvidenceLog(one.Databases, one.Services.GetRequiredService<EvidenceOptions>(), beside, TimeProvider.System), beside, new(), TimeProvider.System);
        var (third, refused) = await rotation.Run(ArchiveService.Access.CommandLineCaller.Caller, default);
        Assert.Null(refused);
        await one.Token("Efter bytet", [new("revisor")]);
        Assert.True(NoteKey.TryParse(third!.To, out var thirdKey));
        Assert.NotNull(Checkpoint.Open((await After_a_restore_that_is_behind.Vouched(one)).Note, thirdKey, out _));
        file = JsonNode.Parse(await File.ReadAllTextAsync(path))!;
        var halfway = file.DeepClone().AsObject();
        (halfway["nextSigningKey"], halfway["signingKey"]) = (file["signingKey"]!.DeepClone(), JsonValue.Create(Convert.ToBase64String(RandomNumberGenerator.GetBytes(32))));
        var crashed = Path.Combine(folder.FullName, "halfway.json");
        await File.WriteAllTextAsync(crashed, halfway.ToJsonString());
        File.SetUnixFileMode(crashed, UnixFileMode.UserRead | UnixFileMode.UserWrite);
        var taken = new SigningKeys(KeyFile.Open(crashed), crashed);
        Assert.True(taken.TakeUp(thirdKey, third.Handover));
        Assert.Equal(thirdKey, taken.Signer(Here).Key);

        // Nobody without the keys can put another one in.
        var thief = new NoteSigner(Here, NoteKeyType.Log, RandomNumberGenerator.GetBytes(32));
        await Unguarded(one, "evidence_keys", $"update archive.evidence_keys set vkey = '{thief.Key}' where nth = 3");
        Assert.Contains("key-handover-broken", await Errors(one));
        await Unguarded(one, "evidence_keys", $"update archive.evidence_keys set vkey = '{third.To}', from_size = from_size - 1 where nth = 3");
        Assert.Contains("key-handover-differs", await Errors(one));
        await Unguarded(one, "evidence_keys", "update archive.evidence_keys set from_size = from_size + 1 where nth = 3");
    }

    /// <summary>A time-stamping authority: openssl ts behind an address of this machine.</summary>
    private sealed class Authority : IAsyncDisposable
    {
        private readonly HttpListener listener = new();
        private readonly string folder;
        private Task serving = Task.CompletedTask;

        private Authority(string folder) => this.folder = folder;

        public string Address { get; private set; } = "";

        /// <summary>Answers with what is no timestamp.</summary>
        public bool Wrong { get; set; }

        public static async Task<Authority> Open(string folder)
        {
            var opened = new Authority(folder);
            await File.WriteAllTextAsync(Path.Combine(folder, "tsa.cnf"), """
                [tsa]
                default_tsa = one
                [one]
                serial = serial
                crypto_device = builtin
                signer_cert = tsa.pem
                certs = ca.pem
                signer_key = tsa.key
                signer_digest = sha256
                default_policy = 1.2.3.4.1
                digests = sha256
                accuracy = secs:1
                ess_cert_id_chain = no
                ess_cert_id_alg = sha256
                """);
            await File.WriteAllTextAsync(Path.Combine(folder, "serial"), "01\n");
            using var rootKey = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var asked = new CertificateRequest("CN=Provrot", rootKey, HashAlgorithmName.SHA256);
            asked.CertificateExtensions.Add(new X509BasicConstraintsExtension(certificateAuthority: true, false, 0, critical: true));
            using var root = asked.CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(30));
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            var stamping = new CertificateRequest("CN=Provstämplare", key, HashAlgorithmName.SHA256);
            stamping.CertificateExtensions.Add(new X509EnhancedKeyUsageExtension([new Oid("1.3.6.1.5.5.7.3.8")], critical: true));
            stamping.CertificateExtensions.Add(new X509KeyUsageExtension(X509KeyUsageFlags.DigitalSignature, critical: true));
            using var certificate = stamping.Create(root, TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(29), [1, 2, 3, 4]);
            await File.WriteAllTextAsync(Path.Combine(folder, "ca.pem"), root.ExportCertificatePem());
            await File.WriteAllTextAsync(Path.Combine(folder, "tsa.pem"), certificate.ExportCertificatePem());
            await File.WriteAllTextAsync(Path.Combine(folder, "tsa.key"), key.ExportPkcs8PrivateKeyPem());
            using (var free = new System.Net.Sockets.TcpListener(IPAddress.Loopback, 0))
            {
                free.Start();
                opened.Address = string.Create(CultureInfo.InvariantCulture, $"http://127.0.0.1:{((IPEndPoint)free.LocalEndpoint).Port}/");
            }

            opened.listener.Prefixes.Add(opened.Address);
            opened.listener.Start();
            opened.serving = opened.Serve();
            return opened;
        }

        public static X509Certificate2 SelfSigned()
        {
            using var key = ECDsa.Create(ECCurve.NamedCurves.nistP256);
            return new CertificateRequest("CN=Främling", key, HashAlgorithmName.SHA256).CreateSelfSigned(TimeProvider.System.GetUtcNow().AddDays(-1), TimeProvider.System.GetUtcNow().AddDays(1));
        }

        public async Task<byte[]> Answer(byte[] query)
        {
            var name = Guid.CreateVersion7().ToString("N");
            await File.WriteAllBytesAsync(Path.Combine(folder, name + ".tsq"), query);
            await OpenSsl("ts", "-reply", "-config", "tsa.cnf", "-queryfile", name + ".tsq", "-out", name + ".tsr");
            return await File.ReadAllBytesAsync(Path.Combine(folder, name + ".tsr"));
        }

        public async Task OpenSsl(params string[] arguments)
        {
            using var process = Process.Start(new ProcessStartInfo("openssl", arguments) { WorkingDirectory = folder, UseShellExecute = false, RedirectStandardError = true, RedirectStandardOutput = true })!;
            var said = process.StandardError.ReadToEndAsync();
            await process.WaitForExitAsync();
            Assert.True(process.ExitCode == 0, await said);
        }

        public async ValueTask DisposeAsync()
        {
            listener.Stop();
            await serving;
            listener.Close();
        }

        private async Task Serve()
        {
            while (true)
            {
                HttpListenerContext asked;
                try
                {
                    asked = await listener.GetContextAsync();
                }
                catch (Exception error) when (error is HttpListenerException or ObjectDisposedException or InvalidOperationException)
                {
                    return;
                }

                using var query = new MemoryStream();
                await asked.Request.InputStream.CopyToAsync(query);
                var answer = Wrong ? "Det här är ingen tidsstämpel"u8.ToArray() : await Answer(query.ToArray());
                asked.Response.ContentType = "application/timestamp-reply";
                await asked.Response.OutputStream.WriteAsync(answer);
                asked.Response.Close();
            }
        }
    }
}
