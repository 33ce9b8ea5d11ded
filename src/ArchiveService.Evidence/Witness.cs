using System.Globalization;
using System.Text;

namespace ArchiveService.Evidence;

/// <summary>What a log asks of a witness: its checkpoint, and the proof that it extends the one the witness saw last (C2SP tlog-witness, add-checkpoint).</summary>
/// <param name="OldSize">Leaves in the checkpoint that the log believes the witness saw last; 0 for none.</param>
/// <param name="Path">The consistency proof from there.</param>
/// <param name="Note">The signed checkpoint.</param>
public sealed record WitnessRequest(long OldSize, IReadOnlyList<MerkleHash> Path, string Note)
{
    /// <summary>No proof is longer.</summary>
    public const int MostHashes = 63;

    /// <summary>The body of the request.</summary>
    public override string ToString()
    {
        var body = new StringBuilder().Append(CultureInfo.InvariantCulture, $"old {OldSize}\n");
        foreach (var hash in Path) body.Append(hash).Append('\n');
        return body.Append('\n').Append(Note).ToString();
    }

    /// <summary>Reads such a body.</summary>
    public static bool TryParse(string body, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out WitnessRequest? request)
    {
        request = null;
        var split = body.IndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0) return false;
        var lines = body[..split].Split('\n');
        if (!lines[0].StartsWith("old ", StringComparison.Ordinal) || lines.Length > 1 + MostHashes) return false;
        var digits = lines[0][4..];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var old) || digits.Length > 1 && digits[0] == '0') return false;
        var path = new List<MerkleHash>();
        foreach (var line in lines.Skip(1))
        {
            if (!MerkleHash.TryParse(line, out var hash)) return false;
            path.Add(hash);
        }

        request = new(old, path, body[(split + 2)..]);
        return true;
    }
}

/// <summary>What a witness answers. The numbers are the HTTP statuses of C2SP tlog-witness.</summary>
public abstract record WitnessAnswer(int Status)
{
    /// <summary>It cosigned; the checkpoint must be durable as the last seen before this is sent.</summary>
    public sealed record Cosigned(NoteSignature Signature, Checkpoint Seen) : WitnessAnswer(200);

    /// <summary>The request is malformed, or asks for a smaller tree than it says to start from.</summary>
    public sealed record Malformed(string Why) : WitnessAnswer(400);

    /// <summary>The checkpoint is not signed by the key this witness knows for its origin.</summary>
    public sealed record NotSigned() : WitnessAnswer(403);

    /// <summary>This witness does not know the log.</summary>
    public sealed record UnknownLog() : WitnessAnswer(404);

    /// <summary>The witness saw another checkpoint last; the log starts again from there.</summary>
    public sealed record SeenOther(long Size) : WitnessAnswer(409);

    /// <summary>The log shows the same size with another root: it has told two stories. No cosignature, ever.</summary>
    public sealed record TwoStories(long Size) : WitnessAnswer(409);

    /// <summary>The log is not an extension of what the witness saw: history was changed. No cosignature, ever.</summary>
    public sealed record NotAnExtension() : WitnessAnswer(422);
}

/// <summary>A second signer, run by somebody else, who refuses a log that is not an extension of what it saw before. A pure decision: who calls it keeps what was seen.</summary>
public static class Witness
{
    /// <summary>Decides on a request. Deciding and keeping <see cref="WitnessAnswer.Cosigned.Seen"/> must be one step against every other request of the same log.</summary>
    /// <param name="request">What the log sent.</param>
    /// <param name="keyOf">The key this witness trusts for an origin; null for a log it does not know.</param>
    /// <param name="lastSeen">The checkpoint of that origin cosigned last; null before the first.</param>
    /// <param name="signer">The witness's own key.</param>
    /// <param name="at">The time it vouches for.</param>
    public static WitnessAnswer Decide(WitnessRequest request, Func<string, NoteKey?> keyOf, Func<string, Checkpoint?> lastSeen, NoteSigner signer, DateTimeOffset at)
    {
        if (!SignedNote.TryParse(request.Note, out var note) || !Checkpoint.TryParse(note.Text, out var offered)) return new WitnessAnswer.Malformed("not-a-checkpoint");
        if (keyOf(offered.Origin) is not { } key) return new WitnessAnswer.UnknownLog();
        if (note.SignedBy(key) is null) return new WitnessAnswer.NotSigned();
        if (request.OldSize > offered.Size) return new WitnessAnswer.Malformed("old-size-above-size");
        var seen = lastSeen(offered.Origin) ?? new Checkpoint(offered.Origin, 0, MerkleHash.OfNothing, []);
        if (request.OldSize != seen.Size) return new WitnessAnswer.SeenOther(seen.Size);
        if (seen.Size == offered.Size && seen.Root != offered.Root) return new WitnessAnswer.TwoStories(seen.Size);
        if (!new ConsistencyProof(seen.Size, offered.Size, request.Path).Proves(seen.Root, offered.Root)) return new WitnessAnswer.NotAnExtension();
        return new WitnessAnswer.Cosigned(signer.Sign(note.Text, at), offered);
    }
}
