using System.Globalization;
using System.Text;
using System.Text.Json;
using ArchiveService.Capture.Archives;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Exports;

/// <summary>Where a step through a file came to.</summary>
internal enum WalkStep
{
    Leaf,
    End,
    Broken,
    Truncated,
    OverLimit,
}

/// <summary>
/// Walks a JSON file of any size and hands out its values one by one: what <c>descend</c> names is walked into, the rest is read whole.
/// A shape names where a value stands: <c>/messages/*</c> is any element of the root's member messages. With <c>script</c> the file sets a
/// variable, and everything up to the first = is passed by.
/// </summary>
internal sealed class JsonWalk(Stream input, Func<string, bool> descend, bool script = false)
{
    private readonly JsonPieces pieces = new(input);
    private readonly Stack<Frame> frames = new();
    private bool begun;

    /// <summary>The shape of the value last handed out.</summary>
    public string Shape { get; private set; } = "";

    /// <summary>The JSON pointer of the value last handed out.</summary>
    public string Pointer { get; private set; } = "";

    public Piece Value { get; private set; }

    public async Task<WalkStep> Next(CancellationToken ct)
    {
        try
        {
            return await Step(ct);
        }
        catch (ArchiveLimitException)
        {
            return WalkStep.OverLimit;
        }
        catch (Exception damage) when (ArchiveFiles.IsDamage(damage))
        {
            return WalkStep.Truncated;
        }
    }

    private async Task<WalkStep> Step(CancellationToken ct)
    {
        if (!begun)
        {
            begun = true;
            if (script && !await PassAssignment(ct)) return WalkStep.Broken;
            var first = await pieces.Peek(ct);
            if (first < 0) return WalkStep.Truncated;
            if (first is not ('{' or '[')) return WalkStep.Broken;
            if (await Take("", "", ct) is { } whole) return whole;
        }

        while (frames.TryPeek(out var frame))
        {
            var next = await pieces.Peek(ct);
            if (next < 0) return WalkStep.Truncated;
            if (next == (frame.IsArray ? ']' : '}'))
            {
                pieces.Skip();
                frames.Pop();
                continue;
            }

            if (frame.Count > 0)
            {
                if (next != ',') return WalkStep.Broken;
                pieces.Skip();
                next = await pieces.Peek(ct);
                if (next == (frame.IsArray ? ']' : '}')) continue;
            }

            var name = "*";
            var step = frame.Count.ToString(CultureInfo.InvariantCulture);
            frame.Count++;
            if (!frame.IsArray)
            {
                if (next != '"') return next < 0 ? WalkStep.Truncated : WalkStep.Broken;
                var written = await pieces.ReadValue(CaptureLimits.MaxLineBytes, ct);
                next = await pieces.Peek(ct);
                if (next < 0 || written.End == PieceEnd.Truncated) return WalkStep.Truncated;
                if (next != ':' || written.Bytes is not [(byte)'"', .., (byte)'"']) return WalkStep.Broken;
                pieces.Skip();
                name = JsonText.Decode(written.Bytes.AsSpan()[1..^1], out _);
                step = name.Replace("~", "~0", StringComparison.Ordinal).Replace("/", "~1", StringComparison.Ordinal);
            }

            if (await Take($"{frame.Shape}/{name}", $"{frame.Pointer}/{step}", ct) is { } taken) return taken;
        }

        return WalkStep.End;
    }

    private async Task<WalkStep?> Take(string shape, string pointer, CancellationToken ct)
    {
        var next = await pieces.Peek(ct);
        if (next is '{' or '[' && descend(shape))
        {
            pieces.Skip();
            frames.Push(new Frame(next == '[', shape, pointer));
            return null;
        }

        (Shape, Pointer) = (shape, pointer);
        Value = await pieces.ReadValue(CaptureLimits.MaxLineBytes, ct);
        if (Value.End == PieceEnd.Truncated) return WalkStep.Truncated;
        return Value.End == PieceEnd.Whole && Value.Bytes.Length == 0 ? WalkStep.Broken : WalkStep.Leaf;
    }

    private async Task<bool> PassAssignment(CancellationToken ct)
    {
        // "window.YTD.tweets.part0 = [": no value can stand before the equals sign.
        for (var passed = 0; passed < 1024; passed++)
        {
            var next = await pieces.Peek(ct);
            if (next < 0) return false;
            if (next is '[' or '{') return true;
            pieces.Skip();
            if (next == '=') return true;
        }

        return false;
    }

    private sealed class Frame(bool isArray, string shape, string pointer)
    {
        public bool IsArray => isArray;

        public string Shape => shape;

        public string Pointer => pointer;

        public long Count { get; set; }
    }
}

/// <summary>One value of an export, while it is read; with <c>repair</c> the file's strings are UTF-8 that was taken for Latin-1.</summary>
internal sealed class ExportItem(byte[] raw, long place, string pointer, DateTimeOffset? now, bool repair = false)
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = CaptureLimits.MaxDepth };

    private readonly Remarks remarks = new();

    public byte[] Raw => raw;

    public long Place => place;

    public string Pointer => pointer;

    public void Flag(string flag) => remarks.Flag(flag);

    /// <summary>Reads it with <paramref name="read"/>; what is not JSON, or not an object, is refused alone.</summary>
    public static IReadOnlyList<ReadAct> Read(Piece piece, long place, string pointer, DateTimeOffset? now, bool repair, Func<ExportItem, JsonFields, IReadOnlyList<ReadAct>> read)
    {
        if (piece.End != PieceEnd.Whole) return [new ReadAct.Rejected(place, RefusalCodes.LineTooLong, $"Longer than {CaptureLimits.MaxLineBytes} bytes.")];
        try
        {
            using var json = JsonDocument.Parse(piece.Bytes, Options);
            if (json.RootElement.ValueKind != JsonValueKind.Object) return [new ReadAct.Rejected(place, RefusalCodes.NotAnObject, "Must be a JSON object.")];
            var item = new ExportItem(piece.Bytes, place, pointer, now, repair);
            return read(item, item.Fields(json.RootElement));
        }
        catch (JsonException)
        {
            return [new ReadAct.Rejected(place, RefusalCodes.BrokenJson, $"Not JSON, or nested deeper than {CaptureLimits.MaxDepth}.")];
        }
    }

    public JsonFields Fields(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.Object) return JsonFields.None;
        var fields = JsonFields.Of(json);
        if (fields.HasDuplicates) remarks.Flag(ActFlags.DuplicateKeys);
        return fields;
    }

    public JsonFields Object(JsonFields fields, string name) => fields.Find(name) is { } json ? Fields(json) : JsonFields.None;

    public IEnumerable<JsonFields> Objects(JsonFields fields, string name) => fields.Many(name).Where(json => json.ValueKind == JsonValueKind.Object).Select(Fields);

    public string? Text(JsonFields fields, string name) => fields.Find(name) is { } json ? Text(json) : null;

    /// <summary>The display form; an overlong text is cut here and stays whole in the slice.</summary>
    public string? Text(JsonElement json)
    {
        if (json.ValueKind != JsonValueKind.String) return null;
        var text = JsonText.Of(json, out var faults);
        remarks.Flag(faults);
        return text.Length == 0 ? null : remarks.Cut(Repaired(text));
    }

    /// <summary>As it should have been written, with a remark when that is something else.</summary>
    public string Repaired(string text)
    {
        if (!repair) return text;
        var repaired = Mojibake.Repair(text);
        if (!ReferenceEquals(repaired, text)) remarks.Flag(ExportFlags.EncodingRepaired);
        return repaired;
    }

    public DateTimeOffset? Time(JsonFields fields, string name) => PlatformTime.Read(fields.Find(name), now, remarks);

    public DateTimeOffset? Suspicious(DateTimeOffset? time)
    {
        if (time is { } told && now is { } at && !PlatformTime.IsPossible(told, at)) remarks.Flag(ActFlags.SuspiciousTime);
        return time;
    }

    public string NewId(params ReadOnlySpan<string?> where)
    {
        remarks.Flag(ActFlags.SyntheticId);
        return SyntheticId.For(raw, where);
    }

    public ReadAct Accepted(CapturedAct act) => new ReadAct.Accepted(act with { Raw = raw, RawPointer = pointer, Flags = [.. act.Flags.Union(remarks.Flags)] }, place);

    /// <summary>Kept for the day it is understood.</summary>
    public ReadAct Unknown(string nativeActName, string nativeId, Audience audience, string? text = null, string? conversation = null, ActAuthor? author = null, DateTimeOffset? at = null)
    {
        remarks.Flag(ActFlags.UnknownAct);
        remarks.Flag(ActFlags.UnknownKind);
        return Accepted(new CapturedAct
        {
            Act = ActKind.Unknown,
            NativeActName = nativeActName,
            NativeId = nativeId,
            Kind = ItemKind.Unknown,
            NativeKind = nativeActName,
            ConversationId = conversation,
            Author = author,
            Audience = audience,
            OccurredAt = at,
            OccurredAtSource = at is null ? "none" : "platform",
            Text = text,
        });
    }

    public ReadAct NotARecord(string nativeActName) => new ReadAct.NotARecord(place, nativeActName);
}

/// <summary>Remarks on what comes from exports; stable, they are stored.</summary>
public static class ExportFlags
{
    /// <summary>The export had written the text's UTF-8 as Latin-1; it was put right, and stands as it was in the verbatim slice.</summary>
    public const string EncodingRepaired = "encoding-repaired";

    /// <summary>The file's strings are not all UTF-8 written as Latin-1, so none of them was put right.</summary>
    public const string EncodingLeft = "encoding-left";

    /// <summary>Several equal entries of the export were united, with the files of them all.</summary>
    public const string EntriesMerged = "entries-merged";

    /// <summary>The full text stood in another file of the export and was joined.</summary>
    public const string TextJoined = "text-joined";

    /// <summary>The platform cut the text; the rest is not in the export.</summary>
    public const string TextCutByPlatform = "text-cut-by-platform";

    /// <summary>The platform held the item back until somebody looks at it.</summary>
    public const string HeldForReview = "held-for-review";
}
