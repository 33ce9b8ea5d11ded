using System.Text;
using System.Text.Json;
using ArchiveService.Evidence;

namespace ArchiveService.Features.Evidence;

/// <summary>A line of a copy: the signed checkpoint and, for the time after a restore, the highest diary numbers given until then.</summary>
public sealed record CheckpointCopy(DateTimeOffset SignedAt, string Note, IReadOnlyList<NumberGiven> Numbers);

/// <summary>
/// Checkpoints outside the database: <c>checkpoint</c> is the latest, <c>checkpoints-YYYY-MM-DD.jsonl</c> holds all of a day. Only what lies where those who run
/// the database cannot write is worth anything against them.
/// </summary>
public sealed class CheckpointCopies(EvidenceOptions options)
{
    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Encoder = System.Text.Encodings.Web.JavaScriptEncoder.UnsafeRelaxedJsonEscaping };

    public bool Kept => options.CopyFolder is not null;

    /// <exception cref="IOException">The folder cannot be written; the checkpoint stands in the database all the same.</exception>
    public void Write(SignedCheckpoint checkpoint, IReadOnlyList<NumberGiven> numbers)
    {
        if (options.CopyFolder is not { } folder) return;
        Directory.CreateDirectory(folder);
        var line = JsonSerializer.Serialize(new CheckpointCopy(checkpoint.SignedAt, checkpoint.Note, numbers), Json) + "\n";
        Durable(Path.Combine(folder, FormattableString.Invariant($"checkpoints-{checkpoint.SignedAt:yyyy-MM-dd}.jsonl")), FileMode.Append, line);
        var latest = Path.Combine(folder, "checkpoint");
        Durable(latest + ".new", FileMode.Create, checkpoint.Note);
        File.Move(latest + ".new", latest, overwrite: true);
    }

    /// <summary>The notes in a file: one signed note, or lines as <see cref="Write"/> makes them. A line that is cut off, as by a crash, is passed over.</summary>
    public static IReadOnlyList<string> Read(string file)
    {
        var text = File.ReadAllText(file);
        if (!text.StartsWith('{')) return [text];
        var notes = new List<string>();
        foreach (var line in text.Split('\n', StringSplitOptions.RemoveEmptyEntries))
        {
            try
            {
                if (JsonSerializer.Deserialize<CheckpointCopy>(line, Json) is { Note: { } note }) notes.Add(note);
            }
            catch (JsonException)
            {
            }
        }

        return notes;
    }

    /// <summary>
    /// Of each of an archive's logs the newest checkpoint in the folder, newest first, back to a log that the database knows: what came before that one is told
    /// by the database itself. What is not signed by a key of this archive counts for nothing.
    /// </summary>
    public IReadOnlyList<KnownCheckpoint> Newest(string first, int highestHere, IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        var found = new List<KnownCheckpoint>();
        if (options.CopyFolder is not { } folder || !Directory.Exists(folder)) return found;
        foreach (var file in Directory.GetFiles(folder, "checkpoints-*.jsonl").OrderDescending(StringComparer.Ordinal))
        {
            foreach (var line in Backwards(file))
            {
                if (Known(line, first, keys) is not { } known || found.Exists(one => one.Ordinal == known.Ordinal)) continue;
                found.Add(known);
                if (known.Ordinal <= Math.Max(1, highestHere)) return found;
            }
        }

        return found;
    }

    private static KnownCheckpoint? Known(string line, string first, IReadOnlyList<ReadOnlyMemory<byte>> keys)
    {
        try
        {
            if (JsonSerializer.Deserialize<CheckpointCopy>(line, Json) is not { Note: { } note } copy || !SignedNote.TryParse(note, out var signed)
                || !Checkpoint.TryParse(signed.Text, out var checkpoint) || EvidenceLog.OrdinalOf(first, checkpoint.Origin) is not { } ordinal) return null;
            return keys.Any(key => signed.SignedBy(new(checkpoint.Origin, NoteKeyType.Log, key.Span)) is not null)
                ? new(checkpoint.Origin, ordinal, checkpoint.Size, checkpoint.Root, copy.SignedAt, copy.Numbers ?? [])
                : null;
        }
        catch (JsonException)
        {
            return null;
        }
    }

    /// <summary>The lines of a file from its end: a day may hold many, and the last are wanted.</summary>
    private static IEnumerable<string> Backwards(string path)
    {
        const int Tail = 1 << 20;
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        var from = Math.Max(0, file.Length - Tail);
        file.Seek(from, SeekOrigin.Begin);
        var tail = new byte[file.Length - from];
        file.ReadExactly(tail);
        var start = from == 0 ? 0 : Array.IndexOf(tail, (byte)'\n') + 1;
        foreach (var line in Encoding.UTF8.GetString(tail.AsSpan(start)).Split('\n', StringSplitOptions.RemoveEmptyEntries).Reverse()) yield return line;
        if (from == 0) yield break;
        file.Seek(0, SeekOrigin.Begin);
        var head = new byte[from + start];
        file.ReadExactly(head);
        foreach (var line in Encoding.UTF8.GetString(head).Split('\n', StringSplitOptions.RemoveEmptyEntries).Reverse()) yield return line;
    }

    private static void Durable(string path, FileMode mode, string text)
    {
        // A line that a crash cut off is ended first, or it would spoil the next one.
        var broken = mode == FileMode.Append && File.Exists(path) && LastByte(path) is not (null or (byte)'\n');
        using var file = new FileStream(path, mode, FileAccess.Write, FileShare.Read);
        file.Write(Encoding.UTF8.GetBytes(broken ? "\n" + text : text));
        file.Flush(flushToDisk: true);
    }

    private static byte? LastByte(string path)
    {
        using var file = new FileStream(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite);
        if (file.Length == 0) return null;
        file.Seek(-1, SeekOrigin.End);
        return (byte)file.ReadByte();
    }
}
