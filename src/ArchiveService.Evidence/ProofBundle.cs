using System.Text;
using System.Text.Encodings.Web;
using System.Text.Json;

namespace ArchiveService.Evidence;

/// <summary>What a bundle proves.</summary>
public enum BundleKind
{
    /// <summary>What it opens of a record is what was recorded.</summary>
    AuthenticCopy,

    /// <summary>A record stood in the log when a checkpoint was signed.</summary>
    Existed,

    /// <summary>A record was destroyed by a run that a decision, a rule and two people stand behind.</summary>
    LawfulDestruction,

    /// <summary>The log at a later checkpoint extends the log at an earlier one.</summary>
    Extension,
}

/// <summary>Stored words of <see cref="BundleKind"/>.</summary>
public static class BundleKinds
{
    /// <summary>All of them, as bundles and addresses write them.</summary>
    public static IReadOnlyDictionary<string, BundleKind> ByWord { get; } = new Dictionary<string, BundleKind>(StringComparer.Ordinal)
    {
        ["authentic-copy"] = BundleKind.AuthenticCopy,
        ["existed"] = BundleKind.Existed,
        ["lawful-destruction"] = BundleKind.LawfulDestruction,
        ["extension"] = BundleKind.Extension,
    };

    /// <summary>The word of a kind.</summary>
    public static string Word(this BundleKind kind) => ByWord.First(w => w.Value == kind).Key;
}

/// <summary>That one checkpoint of the bundle extends another, by their places in it.</summary>
public sealed record BundledExtension(int From, int To, IReadOnlyList<MerkleHash> Path);

/// <summary>That an event stands in a log as a checkpoint of the bundle vouches for it.</summary>
public sealed record BundledInclusion(int Checkpoint, long Index, IReadOnlyList<MerkleHash> Path);

/// <summary>A part that is shown, with the salt that opens its commitment; a large one stands in a file beside the bundle.</summary>
public sealed record OpenedPart(string Part, ReadOnlyMemory<byte> Salt, ReadOnlyMemory<byte>? Value, string? File);

/// <summary>An event: the exact text of its leaf, where it stands, and what of it is shown.</summary>
public sealed record BundledEvent(string Leaf, IReadOnlyList<BundledInclusion> In, IReadOnlyList<OpenedPart> Opened);

/// <summary>A part that is not shown because a provision forbids it.</summary>
public sealed record WithheldPart(Guid Event, string Part, IReadOnlyList<string> Provisions);

/// <summary>A time-stamp (RFC 3161) over the text of a checkpoint of the bundle.</summary>
public sealed record BundledTimestamp(int Checkpoint, ReadOnlyMemory<byte> Token);

/// <summary>A proof that stands by itself, in one file of JSON: docs/proofs.md. Nothing in it is believed; <see cref="BundleVerification"/> says what it shows.</summary>
/// <param name="Kind">What it proves.</param>
/// <param name="Record">Of which record; absent where it is of none.</param>
/// <param name="Run">By which gallring run.</param>
/// <param name="Checkpoints">Signed notes.</param>
/// <param name="Extensions">How the checkpoints of a log hang together.</param>
/// <param name="Events">The events.</param>
/// <param name="Withheld">What is masked, and by which provision.</param>
/// <param name="Timestamps">When somebody else saw a checkpoint.</param>
public sealed record ProofBundle(
    BundleKind Kind, Guid? Record, Guid? Run, IReadOnlyList<string> Checkpoints, IReadOnlyList<BundledExtension> Extensions, IReadOnlyList<BundledEvent> Events,
    IReadOnlyList<WithheldPart> Withheld, IReadOnlyList<BundledTimestamp> Timestamps)
{
    /// <summary>The form, and its version.</summary>
    public const string Format = "archiveservice/proof/v1";

    /// <summary>A larger file is refused unread.</summary>
    public const long MostBytes = 64 * 1024 * 1024;

    /// <summary>The file.</summary>
    public byte[] Write()
    {
        using var bytes = new MemoryStream();
        using (var json = new Utf8JsonWriter(bytes, new JsonWriterOptions { Indented = true, Encoder = JavaScriptEncoder.UnsafeRelaxedJsonEscaping, NewLine = "\n" }))
        {
            json.WriteStartObject();
            json.WriteString("format", Format);
            json.WriteString("kind", Kind.Word());
            if (Record is { } record) json.WriteString("record", record);
            if (Run is { } run) json.WriteString("run", run);
            Array(json, "checkpoints", Checkpoints, json.WriteStringValue);
            Array(json, "extensions", Extensions, extension =>
            {
                json.WriteStartObject();
                json.WriteNumber("from", extension.From);
                json.WriteNumber("to", extension.To);
                Array(json, "path", extension.Path, hash => json.WriteStringValue(hash.ToString()));
                json.WriteEndObject();
            });
            Array(json, "events", Events, one => WriteEvent(json, one));
            Array(json, "withheld", Withheld, withheld =>
            {
                json.WriteStartObject();
                json.WriteString("event", withheld.Event);
                json.WriteString("part", withheld.Part);
                Array(json, "provisions", withheld.Provisions, json.WriteStringValue);
                json.WriteEndObject();
            });
            Array(json, "timestamps", Timestamps, timestamp =>
            {
                json.WriteStartObject();
                json.WriteNumber("checkpoint", timestamp.Checkpoint);
                json.WriteBase64String("token", timestamp.Token.Span);
                json.WriteEndObject();
            });
            json.WriteEndObject();
        }

        bytes.WriteByte((byte)'\n');
        return bytes.ToArray();
    }

    private static void WriteEvent(Utf8JsonWriter json, BundledEvent one)
    {
        json.WriteStartObject();
        json.WriteString("leaf", one.Leaf);
        Array(json, "in", one.In, inclusion =>
        {
            json.WriteStartObject();
            json.WriteNumber("checkpoint", inclusion.Checkpoint);
            json.WriteNumber("index", inclusion.Index);
            Array(json, "path", inclusion.Path, hash => json.WriteStringValue(hash.ToString()));
            json.WriteEndObject();
        });
        Array(json, "opened", one.Opened, opened =>
        {
            json.WriteStartObject();
            json.WriteString("part", opened.Part);
            json.WriteString("salt", Convert.ToHexStringLower(opened.Salt.Span));
            if (opened.Value is not { } value) json.WriteString("file", opened.File);
            else if (AsText(value.Span) is { } text) json.WriteString("text", text);
            else json.WriteBase64String("base64", value.Span);
            json.WriteEndObject();
        });
        json.WriteEndObject();
    }

    private static void Array<T>(Utf8JsonWriter json, string name, IReadOnlyList<T> items, Action<T> write)
    {
        json.WriteStartArray(name);
        foreach (var item in items) write(item);
        json.WriteEndArray();
    }

    private static readonly UTF8Encoding Strict = new(encoderShouldEmitUTF8Identifier: false, throwOnInvalidBytes: true);

    /// <summary>The text that has exactly these bytes as its UTF-8; null when there is none.</summary>
    public static string? AsText(ReadOnlySpan<byte> bytes)
    {
        try
        {
            return Strict.GetString(bytes);
        }
        catch (DecoderFallbackException)
        {
            return null;
        }
    }
}
