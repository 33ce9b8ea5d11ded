using System.Globalization;
using System.Text;
using System.Text.Json.Nodes;

namespace ArchiveService.Evidence.Tests;

/// <summary>A small log with a record, its masking and its gallring, the same whenever it is made: what the golden bundles are cut from.</summary>
internal sealed class GoldenLog
{
    public const string Origin = "granvika.example.se/bevis";

    public static readonly Guid Record = new("8f14e45f-ceea-867a-9a36-dedd4bea2543");
    public static readonly Guid Run = new("0197a1b2-0000-7000-8000-0000000000a1");
    public static readonly Guid Attachment = new("0197a1b2-0000-7000-8000-0000000000f1");

    private static readonly Guid Decision = new("0197a1b2-0000-7000-8000-0000000000d1");
    private static readonly Guid Rule = new("0197a1b2-0000-7000-8000-0000000000e1");
    private static readonly Guid Request = new("0197a1b2-0000-7000-8000-0000000000b1");
    private static readonly byte[] Seed = [.. Enumerable.Range(1, 32).Select(i => (byte)i)];

    private readonly List<(string Leaf, Guid Stream, Guid Id, string Type, Dictionary<string, byte[]> Parts)> events = [];
    private readonly List<MerkleHash> hashes = [];
    private readonly Dictionary<Guid, long> versions = [];

    public GoldenLog(Action<GoldenLog>? instead = null)
    {
        Add(Decision, "disposal_decision_recorded", "anna", 0, new JsonObject { ["authority"] = "0197a1b2-0000-7000-8000-0000000000c1", ["reference"] = "KS § 94/2020-05-25", ["decidingBody"] = "nämnden", ["decidedOn"] = "2020-05-25", ["policyVersion"] = 1 });
        Add(Rule, "retention_rule_adopted", "anna", 1, new JsonObject { ["version"] = 1, ["decision"] = Text(Decision), ["name"] = "Kommentarer", ["classes"] = new JsonArray("content", "register"), ["policyVersion"] = 1 });
        Add(Record, "item_captured", null, 2, new JsonObject { ["kind"] = "comment", ["policyVersion"] = 1 },
            ("text", "Hej! Gatlyset på Åsgatan är trasigt \U0001F4A1"), ("author.displayName", "Nils Låtsasson"), ("permalink", "https://example.se/1"));
        Add(Record, "attachment_stored", null, 3, new JsonObject { ["attachment"] = Text(Attachment), ["bytes"] = 4 }, ($"attachment/{Attachment:D}/fileName", "lyset.bin"), ($"attachment/{Attachment:D}/bytes", new byte[] { 0, 255, 254, 7 }));
        Add(Record, "record_assessed", "rut", 4, new JsonObject { ["minor"] = false, ["policyVersion"] = 1 });
        Before = Size;
        Add(Request, "disclosure_masks_set", "rut", 5, new JsonObject { ["item"] = Text(Record), ["masks"] = 1, ["provisions"] = new JsonArray("OSL 21 kap. 1 §"), ["policyVersion"] = 1 }, ("map", "[]"));
        if (instead is null) Destroy();
        else instead(this);
    }

    public long Before { get; }

    public long Size => hashes.Count;

    public static NoteKey Key => new NoteSigner(Origin, NoteKeyType.Log, Seed).Key;

    public MerkleHash this[int index] => hashes[index];

    /// <summary>What a lawful run leaves in the log; each step can be told otherwise.</summary>
    public void Destroy(string approver = "bo", int startDay = 15, string digest = "aa11", bool approve = true, Guid? runOfItem = null, bool cancelled = false, bool approveLast = false)
    {
        Add(Run, "disposal_proposed", "anna", 1000, new JsonObject { ["rule"] = Text(Rule), ["ruleVersion"] = 1, ["decision"] = Text(Decision), ["items"] = 1, ["held"] = 0, ["manifestDigest"] = "aa11", ["policyVersion"] = 1 }, ("actor.name", "Anna Arkivarie"));
        void Approve() => Add(Run, "disposal_approved", approver, 2000, new JsonObject { ["coolingOffDays"] = 7, ["manifestDigest"] = digest, ["policyVersion"] = 1 }, ("actor.name", "Bo Arkivarie"));
        if (approve && !approveLast) Approve();
        if (cancelled) Add(Run, "disposal_cancelled_v2", "anna", 2500, new JsonObject { ["role"] = "arkivarie" });
        Add(Run, "disposal_execution_started", "anna", startDay * 86400L, new JsonObject { ["finalDays"] = 30, ["policyVersion"] = 1 }, ("actor.name", "Anna Arkivarie"));
        Add(Record, "item_disposed", "anna", (startDay * 86400L) + 1, new JsonObject { ["run"] = Text(runOfItem ?? Run), ["decision"] = Text(Decision), ["rule"] = Text(Rule), ["ruleVersion"] = 1, ["classes"] = new JsonArray("content", "register") });
        if (approve && approveLast) Approve();
        Add(Run, "disposal_destroyed", "anna", (startDay * 86400L) + 2, new JsonObject { ["records"] = 1, ["skipped"] = 0, ["keys"] = 2, ["ciphertexts"] = 3 });
        Add(Run, "disposal_verified", "anna", (startDay * 86400L) + 3, new JsonObject { ["byReference"] = 1, ["byContent"] = 1 });
    }

    public string Checkpoint(long size)
    {
        var text = new Checkpoint(Origin, size, MerkleHash.Root([.. hashes.Take((int)size)]), []).Text();
        return new SignedNote(text, [new NoteSigner(Origin, NoteKeyType.Log, Seed).Sign(text, DateTimeOffset.UnixEpoch)]).ToString();
    }

    public ProofBundle Copy() => new(BundleKind.AuthenticCopy, Record, null, [Checkpoint(Size)], [],
        [.. Places(e => e.Stream == Record && e.Type != "item_disposed").Select(i => Event(i, [(0, Size)], [.. events[i].Parts.Keys]))], [], []);

    /// <summary>The sender is masked, the file lies beside.</summary>
    public ProofBundle Masked()
    {
        var captured = Places(e => e.Type == "item_captured").Single();
        return new(BundleKind.AuthenticCopy, Record, null, [Checkpoint(Size)], [],
            [
                Event(captured, [(0, Size)], "text"), Event(Places(e => e.Type == "attachment_stored").Single(), [(0, Size)], $"attachment/{Attachment:D}/bytes") is var file ? file with { Opened = [.. file.Opened.Select(o => o with { Value = null, File = $"attachment-{Attachment:D}" })] } : null!,
                Event(Places(e => e.Type == "disclosure_masks_set").Single(), [(0, Size)]),
            ],
            [new(events[captured].Id, "author.displayName", ["OSL 21 kap. 1 §"])], []);
    }

    public ProofBundle Existed() => new(BundleKind.Existed, Record, null, [Checkpoint(Before)], [], [.. Places(e => e.Stream == Record).Where(i => i < Before).Select(i => Event(i, [(0, Before)]))], [], []);

    public ProofBundle Extension() => new(BundleKind.Extension, null, null, [Checkpoint(Before), Checkpoint(Size)], [new(0, 1, Consistency(Before, Size))], [], [], []);

    public ProofBundle Destruction()
    {
        var captured = Places(e => e.Type == "item_captured").Single();
        return new(BundleKind.LawfulDestruction, Record, Run, [Checkpoint(Before), Checkpoint(Size)], [new(0, 1, Consistency(Before, Size))],
            [
                .. Places(e => e.Stream == Decision || e.Stream == Rule).Select(i => Event(i, [(1, Size)])), Event(captured, [(0, Before), (1, Size)]),
                .. Places(e => e.Stream == Run).Select(i => Event(i, [(1, Size)], [.. events[i].Parts.Keys])), .. Places(e => e.Type == "item_disposed").Select(i => Event(i, [(1, Size)])),
            ], [], []);
    }

    public IEnumerable<(string File, ProofBundle Bundle)> Bundles() =>
        [("authentic-copy.json", Copy()), ("masked-copy.json", Masked()), ("existed.json", Existed()), ("lawful-destruction.json", Destruction()), ("extension.json", Extension())];

    public BundledEvent Event(int index, (int Checkpoint, long Size)[] under, params string[] opened) => new(
        events[index].Leaf, [.. under.Select(u => new BundledInclusion(u.Checkpoint, index, Now(Tree(u.Size).Inclusion(index, u.Size)).Path))],
        [.. opened.Order(StringComparer.Ordinal).Select(part => new OpenedPart(part, Salt(part), events[index].Parts[part], null))]);

    public IReadOnlyList<MerkleHash> Consistency(long from, long to) => Now(Tree(to).Consistency(from, to)).Path;

    private IEnumerable<int> Places(Func<(string Leaf, Guid Stream, Guid Id, string Type, Dictionary<string, byte[]> Parts), bool> which) => events.Index().Where(e => which(e.Item)).Select(e => e.Index);

    private TiledTree Tree(long size) => new(size, tile => ValueTask.FromResult<IReadOnlyList<MerkleHash>>([.. hashes.Skip((int)(tile.Index * TileAddress.Full)).Take(tile.Width)]));

    private static T Now<T>(ValueTask<T> task) => task.AsTask().GetAwaiter().GetResult();

    private static byte[] Salt(string part) => System.Security.Cryptography.SHA256.HashData(Encoding.UTF8.GetBytes("salt " + part));

    private static string Text(Guid id) => id.ToString("D");

    private void Add(Guid stream, string type, string? actor, long second, JsonObject data, params (string Part, object Value)[] parts)
    {
        var id = new Guid(string.Create(CultureInfo.InvariantCulture, $"0197a1b2-1111-7000-8000-{events.Count:D12}"));
        var values = parts.ToDictionary(p => p.Part, p => p.Value as byte[] ?? Encoding.UTF8.GetBytes((string)p.Value), StringComparer.Ordinal);
        if (values.Count > 0)
        {
            var cm = new JsonObject();
            foreach (var (part, value) in values) cm[part] = PartCommitment.Of(Salt(part), part, value);
            data["sealed"] = new JsonObject { ["v"] = 1, ["alg"] = "A256GCM", ["key"] = Text(stream), ["ct"] = new string('0', 64), ["cm"] = cm };
        }

        versions[stream] = versions.GetValueOrDefault(stream) + 1;
        var leaf = new EventLeaf(events.Count + 1, id, stream, versions[stream], type, new DateTimeOffset(2026, 3, 1, 12, 0, 0, TimeSpan.Zero).AddSeconds(second), actor, null, null, null, Encoding.UTF8.GetBytes(data.ToJsonString()));
        events.Add((Encoding.UTF8.GetString(leaf.V1()), stream, id, type, values));
        hashes.Add(leaf.Hash());
    }
}
