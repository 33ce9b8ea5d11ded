using System.Globalization;
using System.Text;
using System.Text.Json;

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
public sealed class BundleVerification
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

    private void Event(string where, BundledEvent one)
    {
        if (Leaf(one.Leaf, where + ".leaf") is not { } leaf) return;
        leaves.Add(leaf);
        if (one.In.Count == 0) Wrong("not-included", where + ".in", "Nothing shows that it stands in the log.");
        var hash = MerkleHash.OfLeaf(Encoding.UTF8.GetBytes(one.Leaf));
        for (var i = 0; i < one.In.Count; i++)
        {
            var inclusion = one.In[i];
            var at = FormattableString.Invariant($"{where}.in[{i}]");
            if (inclusion.Checkpoint >= checkpoints.Count)
            {
                Wrong("malformed", at + ".checkpoint", "It names a checkpoint that is not in the bundle.");
                continue;
            }

            if (checkpoints[inclusion.Checkpoint] is not { } checkpoint) continue;
            if (!new InclusionProof(inclusion.Index, checkpoint.Size, inclusion.Path).Proves(hash, checkpoint.Root))
                Wrong("not-included", at, $"The event {leaf.Id} does not stand at place {inclusion.Index} of the {checkpoint.Size} events that the checkpoint vouches for: the event, its place or the proof was altered.");
            else if (!leaf.Places.TryAdd(inclusion.Checkpoint, inclusion.Index)) Wrong("malformed", at, "The same checkpoint stands twice.");
        }

        for (var i = 0; i < one.Opened.Count; i++) Opened(FormattableString.Invariant($"{where}.opened[{i}]"), leaf, one.Opened[i]);
    }

    /// <summary>The leaf, when it is leaf v1 and nothing else.</summary>
    private VerifiedLeaf? Leaf(string text, string where)
    {
        try
        {
            var bytes = Encoding.UTF8.GetBytes(text);
            if (bytes.Length == 0) throw new FormatException("It is empty.");
            if (!CanonicalJson.Of(bytes).AsSpan().SequenceEqual(bytes)) throw new FormatException("It is not in the one spelling of RFC 8785.");
            using var document = JsonDocument.Parse(bytes);
            var root = document.RootElement;
            if (root.ValueKind != JsonValueKind.Object || !root.EnumerateObject().Select(m => m.Name).SequenceEqual(VerifiedLeaf.Names, StringComparer.Ordinal)) throw new FormatException("Its members are not those of leaf v1.");
            if (root.GetProperty("v").ValueKind != JsonValueKind.Number || root.GetProperty("v").GetInt64() != 1) throw new FormatException("It is not leaf v1.");
            return new(root.Clone());
        }
        catch (Exception error) when (error is FormatException or JsonException or InvalidOperationException or KeyNotFoundException or ArgumentOutOfRangeException)
        {
            Wrong("leaf-malformed", where, $"This is no leaf v1: {(error is FormatException ? error.Message : "it cannot be read.")}");
            return null;
        }
    }

    private void Opened(string where, VerifiedLeaf leaf, OpenedPart opened)
    {
        if (!leaf.Commitments.TryGetValue(opened.Part, out var commitment))
        {
            Wrong("commitment-unknown", where + ".part", $"The event {leaf.Id} knows no part {BundleReader.Cut(opened.Part)}.");
            return;
        }

        if (!leaf.Shown.Add(opened.Part)) Wrong("malformed", where, "The same part is shown twice.");
        string made;
        if (opened.Value is { } value)
        {
            made = PartCommitment.Of(opened.Salt.Span, opened.Part, value.Span);
        }
        else
        {
            // Only a plain name: a bundle says nothing of where on this machine something lies.
            if (opened.File is not { Length: > 0 and <= 64 } name || !name.All(c => char.IsAsciiLetterOrDigit(c) || c is '-' or '.') || name.StartsWith('.') || name.Contains("..", StringComparison.Ordinal))
            {
                Wrong("file-name", where + ".file", "A file beside the bundle has a name of letters, digits, hyphens and one point, and no folder.");
                return;
            }

            using var file = trust.File(name);
            if (file is null)
            {
                Wrong("file-missing", where + ".file", $"The file {name} is not beside the bundle. Fetch it and verify again.");
                return;
            }

            made = PartCommitment.Of(opened.Salt.Span, opened.Part, file);
        }

        if (made != commitment) Wrong("commitment-differs", where, $"What is shown as {BundleReader.Cut(opened.Part)} of the event {leaf.Id} is not what was recorded, or the salt is another's.");
    }

    private void Once()
    {
        foreach (var twice in leaves.GroupBy(l => l.Id).Where(g => g.Count() > 1)) Wrong("event-twice", "events", $"The event {twice.Key} stands twice.");
    }

    /// <summary>What is masked is an event's part that stays closed, for a provision that the log names.</summary>
    private void Withheld()
    {
        var provisions = leaves.Where(l => l.Type.StartsWith("disclosure_masks_set", StringComparison.Ordinal)).SelectMany(l => l.Texts("provisions")).ToHashSet(StringComparer.Ordinal);
        for (var i = 0; i < bundle.Withheld.Count; i++)
        {
            var withheld = bundle.Withheld[i];
            var where = FormattableString.Invariant($"withheld[{i}]");
            if (leaves.FirstOrDefault(l => l.Id == withheld.Event) is not { } leaf || !leaf.Commitments.ContainsKey(withheld.Part)) Wrong("withheld-unknown", where, "No event of the bundle has that part.");
            else if (leaf.Shown.Contains(withheld.Part)) Wrong("withheld-and-shown", where, $"{withheld.Part} is said to be withheld, and is shown.");
            if (withheld.Provisions.Count == 0) Wrong("withheld-without-provision", where, "Nothing is withheld without a provision (TF 2 kap. 20 §).");
            foreach (var provision in withheld.Provisions.Where(p => !provisions.Contains(p))) Wrong("provision-not-in-log", where + ".provisions", $"No masking in the log rests on {BundleReader.Cut(provision)}.");
        }
    }

    private bool OfRecord()
    {
        if (bundle.Record is null || bundle.Run is not null) Wrong("malformed", "record", "This kind is of one record.");
        return findings.Count == 0;
    }

    private void AuthenticCopy()
    {
        if (!OfRecord()) return;
        var own = Own();
        if (own.Count == 0) Wrong("record-missing", "events", "No event of the record is in the bundle.");
        foreach (var foreign in leaves.Where(l => l.Stream != bundle.Record && !(l.Type.StartsWith("disclosure_masks_set", StringComparison.Ordinal) && l.Text("item") == bundle.Record!.Value.ToString("D"))))
            Wrong("event-of-another", "events", $"The event {foreign.Id} is not of the record.");
        if (findings.Count > 0) return;

        var parts = own.Sum(l => l.Shown.Count);
        shown.Add($"What is shown of the record {bundle.Record:D} is what was recorded: {Count(own.Count, "event")}, {Count(parts, "part")} shown.");
        foreach (var leaf in own.Where(l => l.Shown.Count > 0))
            shown.Add($"  {leaf.Type} of {Time(leaf.At)}: {string.Join(", ", leaf.Shown.Order(StringComparer.Ordinal))}");
        foreach (var withheld in bundle.Withheld) shown.Add($"Withheld under {string.Join(", ", withheld.Provisions)}, and unchanged since: {withheld.Part} of the event {withheld.Event}.");
        var closed = own.Sum(l => l.Commitments.Count - l.Shown.Count) - bundle.Withheld.Count;
        if (closed > 0) notShown.Add($"What the {Count(closed, "part")} say that are not opened; their commitments stand in the log.");
        notShown.Add(own.Select(l => l.Version).SequenceEqual(Enumerable.Range(1, own.Count).Select(v => (long)v))
            ? $"What happened to the record after its event {own.Count}, the last in this bundle."
            : "What other events the record has: this is an excerpt.");
    }

    private void Existed()
    {
        if (!OfRecord()) return;
        var own = Own();
        if (own.FirstOrDefault() is not { Version: 1 } first) Wrong("record-missing", "events", "The first event of the record is not in the bundle.");
        else if (leaves.Count != own.Count) Wrong("event-of-another", "events", "An event is not of the record.");
        else
        {
            shown.Add($"The record {bundle.Record:D} stood in the log no later than {Log(checkpoints.Where(c => Reaches(c!, first)).MinBy(c => c!.Size)!)} was signed, with {Count(own.Count, "event")}.");
            shown.Add($"The log itself says that it was recorded {Time(first.At)}, and the last of these events {Time(own[^1].At)}.");
        }
    }

    private void Extension()
    {
        if (bundle.Record is not null || bundle.Run is not null || bundle.Events.Count > 0) Wrong("malformed", "", "This kind is of the log alone.");
        else if (bundle.Checkpoints.Count < 2 || bundle.Extensions.Count == 0) Wrong("nothing-bound", "extensions", "There are no two checkpoints that one could bind to the other.");
        else if (checkpoints.Select(c => c!.Origin).Distinct(StringComparer.Ordinal).Count() > 1) Wrong("nothing-bound", "checkpoints", "The checkpoints are of different logs.");
        if (findings.Count > 0) return;
        var ordered = checkpoints.OrderBy(c => c!.Size).ToList();
        shown.Add($"{Log(ordered[^1]!)} extends {Log(ordered[0]!)}: each of the first {ordered[0]!.Size} events stands unchanged at its place.");
    }

    /// <summary>The record before, the decision, the rule, the two people, the cooling-off, the act, and the protocol after, in that order in one log.</summary>
    private void Destruction()
    {
        if (bundle.Run is not { } run)
        {
            Wrong("malformed", "run", "This kind is of one gallring run.");
            return;
        }

        var steps = leaves.Where(l => l.Stream == run).OrderBy(l => l.Version).ToList();
        if (steps.Count == 0 || !steps.Select(l => l.Version).SequenceEqual(Enumerable.Range(1, steps.Count).Select(v => (long)v)))
        {
            Wrong("run-with-holes", "events", "The events of the run are not all there, from its first.");
            return;
        }

        VerifiedLeaf? Step(string type, bool needed = true)
        {
            var found = steps.FirstOrDefault(l => Is(l, type));
            if (found is null && needed) Wrong("step-missing", "events", $"The run has no {type}.");
            return found;
        }

        if (steps.Any(l => Is(l, "disposal_cancelled"))) Wrong("run-cancelled", "events", "The run was cancelled.");
        var (proposed, approved, started) = (Step("disposal_proposed"), Step("disposal_approved"), Step("disposal_execution_started"));
        if (proposed is null || approved is null || started is null) return;
        if (approved.Text("manifestDigest") != proposed.Text("manifestDigest") || proposed.Text("manifestDigest") is null) Wrong("another-manifest", "events", "What was approved is not the list that was proposed.");
        if (proposed.Actor is null || approved.Actor is null || proposed.Actor == approved.Actor) Wrong("same-person", "events", "It was not approved by another person than proposed it.");

        // Days by the clock of the database; in its time zone one may be an hour shorter.
        var days = approved.Number("coolingOffDays") ?? 0;
        if (started.At < approved.At.AddDays(days) - (days > 0 ? TimeSpan.FromHours(1) : TimeSpan.Zero)) Wrong("cooling-off", "events", $"It was started before {Count(days, "day")} of cooling-off were over.");
        var decision = leaves.FirstOrDefault(l => l.Stream.ToString("D") == proposed.Text("decision") && Is(l, "disposal_decision_recorded"));
        var rule = leaves.FirstOrDefault(l => l.Stream.ToString("D") == proposed.Text("rule") && Is(l, "retention_rule_adopted") && l.Number("version") == proposed.Number("ruleVersion"));
        if (decision is null) Wrong("decision-missing", "events", "The decision that the run rests on is not in the bundle.");
        if (rule is null) Wrong("rule-missing", "events", "The version of the rule that the run rests on is not in the bundle.");
        else if (rule.Text("decision") != proposed.Text("decision")) Wrong("another-decision", "events", "The rule rests on another decision than the run.");
        var order = new List<(string What, VerifiedLeaf? Leaf)> { ("the decision", decision), ("the rule", rule), ("the proposal", proposed), ("the approval", approved), ("the start", started) };
        var others = leaves.Where(l => l.Stream != run && l != decision && l != rule && l.Stream != bundle.Record).ToList();
        foreach (var foreign in others) Wrong("event-of-another", "events", $"The event {foreign.Id} is neither of the run, its decision, its rule nor the record.");
        var disposed = bundle.Record is null ? null : Destroyed(run, proposed, order);
        var done = Step("disposal_destroyed", needed: false);
        order.Add(("the report", done));
        Ordered(order);
        if (findings.Count > 0) return;

        shown.Add($"Gallring run {run:D} of {Count(proposed.Number("items") ?? 0, "record")} was proposed {Time(proposed.At)}, approved by another person {Time(approved.At)} and started {Time(started.At)}, after {Count(days, "day")} of cooling-off.");
        shown.Add($"It rests on the decision {decision!.Text("reference") ?? decision.Stream.ToString("D")} ({decision.Text("decidingBody") ?? "no body named"}, {decision.Text("decidedOn") ?? "no day named"}) and on version {proposed.Number("ruleVersion")} of the rule {rule!.Text("name") ?? rule.Stream.ToString("D")}. The list had the digest {proposed.Text("manifestDigest")}; {Count(proposed.Number("held") ?? 0, "record")} were held and not in it.");
        if (disposed is not null)
        {
            shown.Add($"The record {bundle.Record:D} stood in the log before, and was destroyed {Time(disposed.At)}: the keys of the classes {string.Join(", ", disposed.Texts("classes"))}.");
            notShown.Add("What the record said: nothing in this bundle can tell it.");
        }

        if (done is not null) shown.Add($"The run destroyed {Count(done.Number("keys") ?? 0, "key")} and {Count(done.Number("ciphertexts") ?? 0, "sealed content")} of {Count(done.Number("records") ?? 0, "record")}; {Count(done.Number("skipped") ?? 0, "record")} were skipped.");
        if (steps.FirstOrDefault(l => Is(l, "disposal_verified")) is { } verified) shown.Add($"It was looked for again {Time(verified.At)}: {Count(verified.Number("byReference") ?? 0, "record")} by reference, {Count(verified.Number("byContent") ?? 0, "record")} by content.");
        if (done is null) notShown.Add("That the run was brought to its end: its report is not in the bundle.");
        notShown.Add("That no copy is left outside the archive (the channel, paper, disclosed copies), and none in backups before the epoch key was changed; the certificate says until when.");
    }

    private VerifiedLeaf? Destroyed(Guid run, VerifiedLeaf proposed, List<(string What, VerifiedLeaf? Leaf)> order)
    {
        var own = Own();
        var disposed = own.FirstOrDefault(l => Is(l, "item_disposed") || Is(l, "disclosure_request_disposed"));
        var first = own.FirstOrDefault(l => l.Version == 1);
        if (disposed is null || first is null || disposed == first)
        {
            Wrong("record-missing", "events", "The record's first event and its destruction are not both in the bundle.");
            return null;
        }

        if (own.Any(l => l.Shown.Count > 0)) Wrong("content-shown", "events", "Something of the destroyed record is shown: it is not destroyed.");
        foreach (var member in new[] { "run", "decision", "rule", "ruleVersion" })
        {
            var wanted = member == "run" ? run.ToString("D") : proposed.Said(member);
            if (disposed.Said(member) is { } said ? said != wanted : Is(disposed, "item_disposed")) Wrong("another-run", "events", $"The destruction of the record names another {member} than the run.");
        }

        // Before and after: a checkpoint that vouches for the record and not yet for its end.
        var end = disposed.Places.Values.Max();
        if (!first.Places.Keys.Any(c => checkpoints[c]!.Size <= end || checkpoints[c]!.Origin != checkpoints[disposed.Places.Keys.First()]!.Origin))
            Wrong("not-there-before", "events", "No checkpoint from before the destruction vouches for the record.");
        order.Add(("the destruction", disposed));
        return disposed;
    }

    /// <summary>By their places; each must be shown in a common log to be compared.</summary>
    private void Ordered(List<(string What, VerifiedLeaf? Leaf)> order)
    {
        var there = order.Where(o => o.Leaf is not null).ToList();
        for (var i = 1; i < there.Count; i++)
        {
            var (before, after) = (there[i - 1], there[i]);
            var (one, other) = (Origin(before.Leaf!), Origin(after.Leaf!));
            if (one == other && before.Leaf!.Places.Values.Max() >= after.Leaf!.Places.Values.Max()) Wrong("wrong-order", "events", $"In the log {after.What} stands before {before.What}.");
        }
    }

    private string Origin(VerifiedLeaf leaf) => checkpoints[leaf.Places.Keys.First()]!.Origin;

    /// <summary>Who else saw the checkpoints, and when.</summary>
    private void Vouchers()
    {
        var seen = false;
        for (var i = 0; i < checkpoints.Count; i++)
        {
            if (!SignedNote.TryParse(bundle.Checkpoints[i], out var note)) continue;
            foreach (var witness in trust.Witnesses)
            {
                if (note.SignedBy(witness) is not { } at)
                {
                    if (note.Signatures.Any(s => s.Name == witness.Name && s.KeyId == witness.Id))
                        Wrong("cosignature-does-not-hold", FormattableString.Invariant($"checkpoints[{i}]"), $"The line of the witness {witness.Name} is not its signature of this checkpoint.");
                    continue;
                }

                seen = true;
                shown.Add($"The witness {witness.Name} saw {Log(checkpoints[i]!)} {Time(at)}{Within(checkpoints[i]!)}.");
            }
        }

        for (var i = 0; i < bundle.Timestamps.Count; i++)
        {
            var where = FormattableString.Invariant($"timestamps[{i}]");
            var stamp = bundle.Timestamps[i];
            if (stamp.Checkpoint >= checkpoints.Count || !SignedNote.TryParse(bundle.Checkpoints[stamp.Checkpoint], out var note))
            {
                Wrong("malformed", where + ".checkpoint", "It names a checkpoint that is not in the bundle.");
                continue;
            }

            if (trust.Stamp is not { } read)
            {
                notShown.Add("What the time-stamps say: this verifier reads none.");
                continue;
            }

            // Witnesses may have signed beneath it later: the authority saw the log's own lines.
            var told = read((note with { Signatures = [.. note.Signatures.Where(s => s.Name == checkpoints[stamp.Checkpoint]!.Origin)] }).ToString(), stamp.Token);
            if (told.Problem is { } problem)
            {
                Wrong("timestamp-does-not-hold", where, problem);
                continue;
            }

            seen |= told.Trusted;
            shown.Add($"The time-stamping authority {told.By} saw {Log(checkpoints[stamp.Checkpoint]!)} {Time(told.At)}{Within(checkpoints[stamp.Checkpoint]!)}{(told.Trusted ? "" : "; its certificate was not checked")}.");
        }

        if (trust.Outside.Count > 0 && findings.Count == 0) shown.Add("No checkpoint kept outside says otherwise.");
        if (!seen) notShown.Add("That the times are right: they are the log's own. A time-stamp or a witness would show the latest time.");
        if (trust.Outside.Count == 0) notShown.Add("That the log tells everybody the same: hold a checkpoint that you keep yourself against it (--checkpoint).");
    }

    /// <summary>How much of the bundle stood in the log then. The checkpoints of a log are bound together: a place below the size of one of them is in it.</summary>
    private string Within(Checkpoint checkpoint)
    {
        if (leaves.Count == 0) return "";
        var there = leaves.Count(leaf => Reaches(checkpoint, leaf));
        return there == leaves.Count ? ", and all events of this bundle in it"
            : there == 0 ? ", and no event of this bundle in it yet"
            : string.Create(CultureInfo.InvariantCulture, $", and {there} of the {leaves.Count} events of this bundle in it");
    }

    private bool Reaches(Checkpoint checkpoint, VerifiedLeaf leaf) => leaf.Places.Any(p => checkpoints[p.Key]!.Origin == checkpoint.Origin && p.Value < checkpoint.Size);

    private List<VerifiedLeaf> Own() => [.. leaves.Where(l => l.Stream == bundle.Record).OrderBy(l => l.Version)];

    /// <summary>An event of a type, in any version of its form.</summary>
    private static bool Is(VerifiedLeaf leaf, string type) => leaf.Type == type || (leaf.Type.StartsWith(type + "_v", StringComparison.Ordinal) && leaf.Type.AsSpan(type.Length + 2).IndexOfAnyExceptInRange('0', '9') < 0);

    private static string Log(Checkpoint checkpoint) => $"the checkpoint of {checkpoint.Size} events of {checkpoint.Origin}";

    private static string Time(DateTimeOffset at) => at.UtcDateTime.ToString("yyyy-MM-dd HH:mm:ss 'UTC'", CultureInfo.InvariantCulture);

    private static string Count(long number, string what) => string.Create(CultureInfo.InvariantCulture, $"{number} {what}{(number == 1 ? "" : "s")}");

    /// <summary>A leaf that is in the one form, with where it stands.</summary>
    private sealed class VerifiedLeaf
    {
        public static readonly string[] Names = ["actor", "at", "causation", "correlation", "data", "headers", "id", "seq", "stream", "type", "v", "version"];

        private readonly JsonElement data;

        /// <exception cref="FormatException">A member is not what leaf v1 has there.</exception>
        public VerifiedLeaf(JsonElement leaf)
        {
            Id = Uuid(leaf, "id");
            Stream = Uuid(leaf, "stream");
            Version = Digits(leaf, "version");
            _ = Digits(leaf, "seq");
            Type = leaf.GetProperty("type").GetString() ?? throw new FormatException("It has no type.");
            At = new DateTimeOffset(DateTimeOffset.UnixEpoch.Ticks + checked(Math.Clamp(Digits(leaf, "at"), 0, 253_402_300_799_000_000) * TimeSpan.TicksPerMicrosecond), TimeSpan.Zero);
            Actor = leaf.GetProperty("actor").GetString();
            data = leaf.GetProperty("data");
            if (data.ValueKind != JsonValueKind.Object) throw new FormatException("Its data is no object.");
            if (!data.TryGetProperty("sealed", out var seal) || seal.ValueKind != JsonValueKind.Object || !seal.TryGetProperty("cm", out var cm) || cm.ValueKind != JsonValueKind.Object) return;
            foreach (var one in cm.EnumerateObject())
            {
                if (one.Value.ValueKind == JsonValueKind.String) Commitments[one.Name] = one.Value.GetString()!;
            }
        }

        public Guid Id { get; }

        public Guid Stream { get; }

        public long Version { get; }

        public string Type { get; }

        public DateTimeOffset At { get; }

        public string? Actor { get; }

        public Dictionary<string, string> Commitments { get; } = new(StringComparer.Ordinal);

        public HashSet<string> Shown { get; } = new(StringComparer.Ordinal);

        /// <summary>Its place in each checkpoint of the bundle that vouches for it.</summary>
        public Dictionary<int, long> Places { get; } = [];

        public string? Text(string member) => data.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.String ? value.GetString() : null;

        public long? Number(string member) => data.TryGetProperty(member, out var value) && value.ValueKind == JsonValueKind.Number && value.TryGetInt64(out var number) ? number : null;

        public string? Said(string member) => Text(member) ?? Number(member)?.ToString(CultureInfo.InvariantCulture);

        public IReadOnlyList<string> Texts(string member) =>
            data.TryGetProperty(member, out var list) && list.ValueKind == JsonValueKind.Array ? [.. list.EnumerateArray().Where(i => i.ValueKind == JsonValueKind.String).Select(i => i.GetString()!)] : [];

        private static Guid Uuid(JsonElement leaf, string member) =>
            Guid.TryParseExact(leaf.GetProperty(member).GetString(), "D", out var id) ? id : throw new FormatException($"Its {member} is no uuid.");

        private static long Digits(JsonElement leaf, string member) =>
            long.TryParse(leaf.GetProperty(member).GetString(), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out var number) ? number : throw new FormatException($"Its {member} is no number.");
    }
}
