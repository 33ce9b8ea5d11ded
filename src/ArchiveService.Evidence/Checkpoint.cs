using System.Globalization;

namespace ArchiveService.Evidence;

/// <summary>What a log vouches for: so many leaves, and their root (C2SP tlog-checkpoint).</summary>
/// <param name="Origin">Which log.</param>
/// <param name="Size">Leaves.</param>
/// <param name="Root">Their root.</param>
/// <param name="Extensions">Lines of the log's own behind the three; none of them empty. Witnesses vouch for none of what they say.</param>
public sealed record Checkpoint(string Origin, long Size, MerkleHash Root, IReadOnlyList<string> Extensions)
{
    /// <summary>The text that is signed.</summary>
    /// <exception cref="InvalidOperationException">A line is empty or holds a newline: it would read back as another checkpoint.</exception>
    public string Text()
    {
        foreach (var line in Extensions.Prepend(Origin))
        {
            if (line.Length == 0 || line.Any(char.IsControl)) throw new InvalidOperationException("A line of a checkpoint is neither empty nor does it hold control characters.");
        }

        return string.Create(CultureInfo.InvariantCulture, $"{Origin}\n{Size}\n{Root}\n{string.Concat(Extensions.Select(line => line + "\n"))}");
    }

    /// <summary>Reads the text of a note. The caller has checked its signature.</summary>
    public static bool TryParse(string text, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out Checkpoint? checkpoint)
    {
        checkpoint = null;
        if (!text.EndsWith('\n')) return false;
        var lines = text[..^1].Split('\n');
        if (lines.Length < 3 || lines.Any(line => line.Length == 0)) return false;
        if (!long.TryParse(lines[1], NumberStyles.None, CultureInfo.InvariantCulture, out var size) || lines[1].Length > 1 && lines[1][0] == '0') return false;
        if (!MerkleHash.TryParse(lines[2], out var root) || size == 0 && root != MerkleHash.OfNothing) return false;
        checkpoint = new(lines[0], size, root, lines[3..]);
        return true;
    }

    /// <summary>Reads a note, checks that the log's key signed it and that it is that log's checkpoint.</summary>
    /// <returns>Null with the reason when it is not.</returns>
    public static Checkpoint? Open(string note, NoteKey log, out string? problem)
    {
        problem = !SignedNote.TryParse(note, out var signed) ? "not-a-note"
            : signed.SignedBy(log) is null ? "not-signed-by-key"
            : null;
        if (problem is not null) return null;
        if (!TryParse(signed!.Text, out var checkpoint))
            problem = "not-a-checkpoint";
        else if (!string.Equals(checkpoint.Origin, log.Name, StringComparison.Ordinal))
            problem = "another-origin";
        return problem is null ? checkpoint : null;
    }
}
