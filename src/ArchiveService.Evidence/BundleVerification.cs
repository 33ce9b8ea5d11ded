using System.Globalization;

namespace ArchiveService.Evidence;

/// <summary>What came of a bundle.</summary>
/// <param name="Kind">What it says it proves; null when it is no bundle.</param>
/// <param name="Findings">Everything that does not hold.</param>
/// <param name="Shown">What it shows, in sentences; empty unless all of it holds.</param>
/// <param name="NotShown">What it cannot show.</param>
public sealed record BundleReport(string? Kind, IReadOnlyList<BundleFinding> Findings, IReadOnlyList<string> Shown, IReadOnlyList<string> NotShown)
{
    /// <summary>Whether everything in it holds.</summary>
    public bool Holds => Findings.Count == 0;
}

/// <summary>When a time-stamp says that it saw a text; a problem when it does not hold.</summary>
public sealed record StampSeen(DateTimeOffset At, string By, bool Trusted, string? Problem);

/// <summary>What a verifier brings along: the keys it trusts, files that lie beside the bundle, and checkpoints it kept itself.</summary>
/// <param name="Keys">The keys of logs.</param>
public sealed record BundleTrust(IReadOnlyList<NoteKey> Keys)
{
    /// <summary>Keys of witnesses, who say when they saw a checkpoint.</summary>
    public IReadOnlyList<NoteKey> Witnesses { get; init; } = [];

    /// <summary>Checkpoints kept outside, as they were signed: a bundle must agree with each of the same size.</summary>
    public IReadOnlyList<string> Outside { get; init; } = [];

    /// <summary>Opens a file beside the bundle; null when it is not there.</summary>
    public Func<string, Stream?> File { get; init; } = _ => null;

    /// <summary>Reads an RFC 3161 token over a checkpoint as its log signed it; null where this verifier reads none.</summary>
    public Func<string, ReadOnlyMemory<byte>, StampSeen>? Stamp { get; init; }
}

/// <summary>
/// Verifies a bundle by itself: no database, no service, nothing believed but the keys that were brought along. Docs/proofs.md describes every step, so that
/// another program can take them.
/// </summary>
public sealed partial class BundleVerification
{
    private readonly ProofBundle bundle;
    private readonly BundleTrust trust;
    private readonly List<BundleFinding> findings = [];
    private readonly List<string> shown = [];
    private readonly List<string> notShown = [];
    private readonly List<Checkpoint?> checkpoints = [];
    private readonly List<VerifiedLeaf> leaves = [];

    private BundleVerification(ProofBundle bundle, BundleTrust trust) => (this.bundle, this.trust) = (bundle, trust);

    /// <summary>Reads and verifies a file.</summary>
    public static BundleReport Of(ReadOnlyMemory<byte> file, BundleTrust trust) => BundleReader.Read(file, out var problem) is { } bundle ? Of(bundle, trust) : new(null, [problem!], [], []);

    /// <summary>Verifies a bundle.</summary>
    public static BundleReport Of(ProofBundle bundle, BundleTrust trust)
    {
        var verification = new BundleVerification(bundle, trust);
        verification.Run();
        var holds = verification.findings.Count == 0;
        return new(bundle.Kind.Word(), verification.findings, holds ? verification.shown : [], holds ? verification.notShown : []);
    }

    private void Run()
    {
        Checkpoints();
        Extensions();
        for (var i = 0; i < bundle.Events.Count; i++) Event(FormattableString.Invariant($"events[{i}]"), bundle.Events[i]);
        Once();
        Withheld();

        // What a kind asks for is looked at only in what stands in the log.
        if (findings.Count > 0) return;
        switch (bundle.Kind)
        {
            case BundleKind.AuthenticCopy:
                AuthenticCopy();
                break;
            case BundleKind.Existed:
                Existed();
                break;
            case BundleKind.LawfulDestruction:
                Destruction();
                break;
            default:
                Extension();
                break;
        }

        Vouchers();
    }

    private void Wrong(string code, string where, string what) => findings.Add(new(code, where, what));

    private void Checkpoints()
    {
        if (bundle.Checkpoints.Count == 0) Wrong("no-checkpoint", "checkpoints", "Nothing vouches for anything: there is no checkpoint.");
        for (var i = 0; i < bundle.Checkpoints.Count; i++)
        {
            var where = FormattableString.Invariant($"checkpoints[{i}]");
            checkpoints.Add(Checkpoint(bundle.Checkpoints[i], where));
        }

        foreach (var note in trust.Outside)
        {
            if (Checkpoint(note, "--checkpoint") is not { } outside) continue;
            foreach (var (own, i) in checkpoints.Select((c, i) => (c, i)).Where(c => c.c is not null && c.c.Size == outside.Size && c.c.Origin == outside.Origin))
            {
                if (own!.Root != outside.Root) Wrong("outside-checkpoint-differs", FormattableString.Invariant($"checkpoints[{i}]"), $"A checkpoint kept outside vouches for the same {outside.Size} events with another root: the log has told two stories.");
            }
        }
    }

    private Checkpoint? Checkpoint(string note, string where)
    {
        if (!SignedNote.TryParse(note, out var signed) || !Evidence.Checkpoint.TryParse(signed.Text, out var read))
        {
            Wrong("checkpoint-malformed", where, "This is no signed checkpoint (C2SP tlog-checkpoint).");
            return null;
        }

        var keys = trust.Keys.Where(key => key.Type == NoteKeyType.Log && string.Equals(key.Name, read.Origin, StringComparison.Ordinal)).ToList();
        if (keys.Count == 0)
        {
            Wrong("origin-not-trusted", where, $"It is a checkpoint of the log {BundleReader.Cut(read.Origin)}; no key of that log was given.");
            return null;
        }

        if (keys.Any(key => Evidence.Checkpoint.Open(note, key, out _) is not null)) return read;
        Wrong("checkpoint-not-signed", where, $"The key that was given for {read.Origin} did not sign it: it was altered, or another key did.");
        return null;
    }

    private void Extensions()
    {
        var linked = new HashSet<(int, int)>();
        for (var i = 0; i < bundle.Extensions.Count; i++)
        {
            var extension = bundle.Extensions[i];
            var where = FormattableString.Invariant($"extensions[{i}]");
            if (extension.From >= checkpoints.Count || extension.To >= checkpoints.Count)
            {
                Wrong("malformed", where, "It names a checkpoint that is not in the bundle.");
                continue;
            }

            if (checkpoints[extension.From] is not { } from || checkpoints[extension.To] is not { } to) continue;
            if (extension.From == extension.To || from.Origin != to.Origin) Wrong("not-an-extension", where, "It binds a checkpoint to itself, or two logs to each other.");
            else if (!new ConsistencyProof(from.Size, to.Size, extension.Path).Proves(from.Root, to.Root))
                Wrong("not-an-extension", where, $"The log of {to.Size} events does not extend the one of {from.Size}: history was changed between them, or the proof was.");
            else linked.Add((extension.From, extension.To));
        }

        // Between checkpoints of a log nothing may be taken on trust: each is bound to the next.
        foreach (var log in checkpoints.Select((c, i) => (Checkpoint: c, Place: i)).Where(c => c.Checkpoint is not null).GroupBy(c => c.Checkpoint!.Origin, StringComparer.Ordinal))
        {
            var ordered = log.OrderBy(c => c.Checkpoint!.Size).ToList();
            for (var i = 1; i < ordered.Count; i++)
            {
                if (!linked.Contains((ordered[i - 1].Place, ordered[i].Place)))
                    Wrong("not-bound-together", FormattableString.Invariant($"checkpoints[{ordered[i].Place}]"), $"Nothing shows that the log of {ordered[i].Checkpoint!.Size} events extends the one of {ordered[i - 1].Checkpoint!.Size}.");
            }
        }
    }

    private List<VerifiedLeaf> Own() => [.. leaves.Where(l => l.Stream == bundle.Record).OrderBy(l => l.Version)];

    /// <summary>An event of a type, in any version of its form.</summary>
    private static bool Is(VerifiedLeaf leaf, string type) => leaf.Type == type || (leaf.Type.StartsWith(type + "_v", StringComparison.Ordinal) && leaf.Type.AsSpan(type.Length + 2).IndexOfAnyExceptInRange('0', '9') < 0);

    private static string Log(Checkpoint checkpoint) => $"the checkpoint of {checkpoint.Size} events of {checkpoint.Origin}";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Count(long number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");
}
