using System.Globalization;
using System.Text;

namespace ArchiveService.Evidence;

/// <summary>That a leaf stands in a log, whole in one text: its place, its path, and the checkpoint with its signatures (C2SP tlog-proof v1).</summary>
/// <param name="Index">The leaf's place, from 0.</param>
/// <param name="Path">The inclusion proof.</param>
/// <param name="Note">The signed checkpoint.</param>
public sealed record LogProof(long Index, IReadOnlyList<MerkleHash> Path, string Note)
{
    private const string Heading = "c2sp.org/tlog-proof@v1";

    /// <summary>The text of the proof.</summary>
    public override string ToString()
    {
        var text = new StringBuilder().Append(CultureInfo.InvariantCulture, $"{Heading}\nindex {Index}\n");
        foreach (var hash in Path) text.Append(hash).Append('\n');
        return text.Append('\n').Append(Note).ToString();
    }

    /// <summary>Reads such a text. An <c>extra</c> line, which nothing vouches for, is passed over.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out LogProof? proof)
    {
        proof = null;
        var split = text.IndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0) return false;
        var lines = text[..split].Split('\n').ToList();
        if (!string.Equals(lines[0], Heading, StringComparison.Ordinal)) return false;
        lines.RemoveAt(0);
        if (lines.Count > 0 && lines[0].StartsWith("extra ", StringComparison.Ordinal)) lines.RemoveAt(0);
        if (lines.Count is 0 or > 1 + WitnessRequest.MostHashes || !lines[0].StartsWith("index ", StringComparison.Ordinal)) return false;
        var digits = lines[0][6..];
        if (!long.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out var index) || digits.Length > 1 && digits[0] == '0') return false;
        var path = new List<MerkleHash>();
        foreach (var line in lines.Skip(1))
        {
            if (!MerkleHash.TryParse(line, out var hash)) return false;
            path.Add(hash);
        }

        proof = new(index, path, text[(split + 2)..]);
        return true;
    }

    /// <summary>The checkpoint in which the leaf stands; null with the reason when the proof does not hold.</summary>
    /// <param name="leaf">The leaf's hash.</param>
    /// <param name="log">The key trusted for the log.</param>
    /// <param name="problem"><c>not-a-note</c>, <c>not-signed-by-key</c>, <c>not-a-checkpoint</c>, <c>another-origin</c> or <c>not-included</c>.</param>
    public Checkpoint? Proves(MerkleHash leaf, NoteKey log, out string? problem)
    {
        if (Checkpoint.Open(Note, log, out problem) is not { } checkpoint) return null;
        if (new InclusionProof(Index, checkpoint.Size, Path).Proves(leaf, checkpoint.Root)) return checkpoint;
        problem = "not-included";
        return null;
    }
}
