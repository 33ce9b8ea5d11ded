using System.Buffers.Binary;
using System.Globalization;
using System.Text;

namespace ArchiveService.Evidence;

/// <summary>A text with the signatures under it (C2SP signed-note). What it says counts for nothing until <see cref="SignedBy"/> has named a key one trusts.</summary>
/// <param name="Text">What is signed, with the newline at its end.</param>
/// <param name="Signatures">The lines under it, those of unknown keys too.</param>
public sealed record SignedNote(string Text, IReadOnlyList<NoteSignature> Signatures)
{
    /// <summary>A longer note is refused unread.</summary>
    public const int MostCharacters = 1 << 20;

    /// <summary>More signatures than this are refused; sixteen must be taken.</summary>
    public const int MostSignatures = 100;

    /// <summary>The note as it is kept and sent.</summary>
    public override string ToString() => $"{Text}\n{string.Concat(Signatures)}";

    /// <summary>Reads a note. Only its form is checked, no signature.</summary>
    /// <returns>False when it is not a note: no final newline, no blank line before the signatures, a line that is no signature, a control character.</returns>
    public static bool TryParse(string note, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out SignedNote? parsed)
    {
        parsed = null;
        if (note.Length > MostCharacters || !note.EndsWith('\n') || note.Any(c => c < ' ' && c != '\n') || note.Contains('\uFFFD', StringComparison.Ordinal)) return false;
        var split = note.LastIndexOf("\n\n", StringComparison.Ordinal);
        if (split < 0) return false;
        var signatures = new List<NoteSignature>();
        foreach (var line in note[(split + 2)..^1].Split('\n'))
        {
            if (signatures.Count == MostSignatures || !NoteSignature.TryParse(line, out var signature)) return false;
            signatures.Add(signature);
        }

        parsed = new(note[..(split + 1)], signatures);
        return true;
    }

    /// <summary>When the key's owner signed; for a log's own key, which says no time, the beginning of time. Null when it did not sign, or the signature is false.</summary>
    /// <remarks>A line that carries the key's name and id but does not verify spoils the note for this key, whatever other lines say.</remarks>
    public DateTimeOffset? SignedBy(NoteKey key)
    {
        DateTimeOffset? when = null;
        foreach (var signature in Signatures)
        {
            if (!string.Equals(signature.Name, key.Name, StringComparison.Ordinal) || !string.Equals(signature.KeyId, key.Id, StringComparison.Ordinal)) continue;
            var bytes = signature.Bytes.Span;
            long seconds = 0;
            if (key.Type == NoteKeyType.Witness)
            {
                if (bytes.Length != 8 + Ed25519.SignatureSize) return null;
                seconds = BinaryPrimitives.ReadInt64BigEndian(bytes);
                if (seconds < 0 || seconds > DateTimeOffset.MaxValue.ToUnixTimeSeconds()) return null;
                bytes = bytes[8..];
            }

            if (!Ed25519.Verifies(key.PublicKey.Span, Message(key.Type, Text, seconds), bytes)) return null;
            when = DateTimeOffset.FromUnixTimeSeconds(seconds);
        }

        return when;
    }

    /// <summary>The note with one more signature under it.</summary>
    public SignedNote With(NoteSignature signature) => this with { Signatures = [.. Signatures, signature] };

    /// <summary>What a key of a type signs for a text.</summary>
    internal static byte[] Message(NoteKeyType type, string text, long seconds) => type == NoteKeyType.Log
        ? Encoding.UTF8.GetBytes(text)
        : Encoding.UTF8.GetBytes(string.Create(CultureInfo.InvariantCulture, $"cosignature/v1\ntime {seconds}\n{text}"));
}
