using System.Globalization;

namespace ArchiveService.Evidence;

// Who else saw the checkpoints, and when.
public sealed partial class BundleVerification
{
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
}
