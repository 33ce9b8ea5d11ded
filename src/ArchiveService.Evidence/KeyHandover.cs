namespace ArchiveService.Evidence;

/// <summary>
/// A log's signing key names the one that takes over from it: a note of four lines (the log's name, a fixed line, the old and the new vkey), signed by both. Its
/// second line is no number, so it never passes for a checkpoint.
/// </summary>
/// <param name="From">The key that signed until then.</param>
/// <param name="To">The key that signs from then on; of the same log.</param>
public sealed record KeyHandover(NoteKey From, NoteKey To)
{
    /// <summary>The second line.</summary>
    public const string What = "this log's checkpoints are signed by another key from here on";

    /// <summary>The text that both sign.</summary>
    public string Text() => $"{From.Name}\n{What}\n{From}\n{To}\n";

    /// <summary>The note, signed by both.</summary>
    /// <exception cref="ArgumentException">The signers are of different logs, or the same.</exception>
    public static string Sign(NoteSigner from, NoteSigner to, DateTimeOffset at)
    {
        if (!string.Equals(from.Key.Name, to.Key.Name, StringComparison.Ordinal) || from.Key.Equals(to.Key)) throw new ArgumentException("A key is handed over within one log, to another one.", nameof(to));
        var text = new KeyHandover(from.Key, to.Key).Text();
        return new SignedNote(text, [from.Sign(text, at), to.Sign(text, at)]).ToString();
    }

    /// <summary>Reads such a note; null unless both keys that it names signed it.</summary>
    public static KeyHandover? Open(string note)
    {
        if (!SignedNote.TryParse(note, out var signed)) return null;
        var lines = signed.Text.Split('\n');
        if (lines.Length != 5 || !NoteKey.TryParse(lines[2], out var from) || !NoteKey.TryParse(lines[3], out var to)) return null;
        var handover = new KeyHandover(from, to);
        return string.Equals(handover.Text(), signed.Text, StringComparison.Ordinal) && string.Equals(from.Name, to.Name, StringComparison.Ordinal)
            && signed.SignedBy(from) is not null && signed.SignedBy(to) is not null ? handover : null;
    }
}
