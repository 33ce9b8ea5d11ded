namespace ArchiveService.Evidence;

// What each kind of bundle asks for.
public sealed partial class BundleVerification
{
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
}
