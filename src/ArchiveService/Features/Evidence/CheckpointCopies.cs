using System.Text;
using System.Text.Json;

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

    private static void Durable(string path, FileMode mode, string text)
    {
        using var file = new FileStream(path, mode, FileAccess.Write, FileShare.Read);
        file.Write(Encoding.UTF8.GetBytes(text));
        file.Flush(flushToDisk: true);
    }
}
