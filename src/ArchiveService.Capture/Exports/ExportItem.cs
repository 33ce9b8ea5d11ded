using System.Runtime.InteropServices;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Exports;

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

    /// <summary>A value of a body that is read as a whole.</summary>
    public static ExportItem Of(JsonElement json, long place, string pointer, DateTimeOffset? now) => new(JsonMarshal.GetRawUtf8Value(json).ToArray(), place, pointer, now);

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
