using System.Runtime.InteropServices;
using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Meta;

/// <summary>One change or message with what surrounds it in the delivery.</summary>
internal sealed class MetaItem(string objectKind, string? entryId, JsonElement? entryTime, JsonElement json, string pointer, long place, DateTimeOffset? now, byte[]? raw = null)
{
    private readonly Remarks remarks = new();

    public JsonElement Json => json;

    public string? EntryId => entryId;

    public void Flag(string flag) => remarks.Flag(flag);

    public JsonFields Fields(JsonElement of)
    {
        var fields = JsonFields.Of(of);
        if (fields.HasDuplicates) remarks.Flag(ActFlags.DuplicateKeys);
        return fields;
    }

    public ReadAct NotARecord(string nativeActName) => new ReadAct.NotARecord(place, nativeActName);

    public ReadAct Accepted(CapturedAct act) => new ReadAct.Accepted(act with { Raw = Raw(), RawPointer = pointer, Flags = [.. act.Flags, .. remarks.Flags] }, place);

    /// <summary>Kept for the day it is understood: Meta adds fields and verbs without notice.</summary>
    public ReadAct Unknown(string nativeActName, JsonFields value, Audience audience, (DateTimeOffset? At, string Source)? when = null, ActAuthor? author = null)
    {
        remarks.Flag(ActFlags.UnknownAct);
        remarks.Flag(ActFlags.UnknownKind);
        var (at, source) = when ?? EntryTime();
        return Accepted(new CapturedAct
        {
            Act = ActKind.Unknown,
            NativeActName = string.IsNullOrWhiteSpace(nativeActName) ? "?" : nativeActName,
            NativeId = NewId(),
            Kind = ItemKind.Unknown,
            NativeKind = value.Id("item"),
            ParentNativeId = value.Id("comment_id") ?? value.Id("post_id"),
            Author = author ?? Author(value),
            Audience = audience,
            OccurredAt = at,
            OccurredAtSource = source,
            Text = Text(value, "message"),
        });
    }

    /// <summary>The entry's time is part of it: two identical notices on different days are two notices, a redelivery is one.</summary>
    public string NewId()
    {
        remarks.Flag(ActFlags.SyntheticId);
        return SyntheticId.For(Raw(), objectKind, entryId, entryTime is { } time ? JsonFields.IdOf(time) : null);
    }

    public (DateTimeOffset? At, string Source) EntryTime() => Time(entryTime, "entry");

    /// <summary>The platform's time under a name, or the entry's where it is missing.</summary>
    public (DateTimeOffset? At, string Source) TimeOr(JsonFields value, string name) =>
        value.Has(name) ? Time(value.Find(name), "platform") : EntryTime();

    /// <summary>An id from what stays the same of an object that the platform gave no id: counters beside it change from day to day.</summary>
    public string NewId(params ReadOnlySpan<string?> what)
    {
        remarks.Flag(ActFlags.SyntheticId);
        return SyntheticId.For([], what);
    }

    /// <summary>The display form; an overlong text is cut here and stays whole in the slice.</summary>
    public string? Text(JsonFields value, string name)
    {
        if (value.Find(name) is not { ValueKind: JsonValueKind.String } written) return null;
        var text = JsonText.Of(written, out var faults);
        remarks.Flag(faults);
        return remarks.Cut(text);
    }

    /// <summary>The author of the content: on a removal this is not evidence of who removed it.</summary>
    public ActAuthor? Author(JsonFields value)
    {
        var from = value.Object("from");
        var id = from.Id("id") ?? value.Id("sender_id") ?? value.Id("user_id");
        var name = Text(from, "name") ?? Text(value, "sender_name");
        var handle = Text(from, "username");
        return id is null && name is null && handle is null ? null : new ActAuthor(id, name, handle, IsOwn(id), Operator: null);
    }

    public bool IsOwn(string? accountId) => accountId is not null && accountId == entryId;

    private (DateTimeOffset? At, string Source) Time(JsonElement? written, string source)
    {
        var time = PlatformTime.Read(written, now, remarks);
        return (time, time is null ? "none" : source);
    }

    public byte[] Raw() => raw ?? JsonMarshal.GetRawUtf8Value(json).ToArray();
}
