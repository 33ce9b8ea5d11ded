using System.Text.Json;
using ArchiveService.Capture.Json;

namespace ArchiveService.Capture.Ndjson;

/// <summary>One captured act in our own JSON form.</summary>
internal static class ActJson
{
    private static readonly JsonDocumentOptions Options = new() { MaxDepth = CaptureLimits.MaxDepth };

    public static ReadAct Read(byte[] raw, long place, string pointer, DateTimeOffset now)
    {
        try
        {
            using var json = JsonDocument.Parse(raw, Options);
            if (json.RootElement.ValueKind != JsonValueKind.Object)
                return new ReadAct.Rejected(place, RefusalCodes.NotAnObject, "A captured act must be a JSON object.");

            var remarks = new Remarks();
            var act = Read(new ActFields(json.RootElement, "", remarks, now), remarks);
            return remarks.Refusal is { } why
                ? new ReadAct.Rejected(place, why.Code, why.Detail)
                : new ReadAct.Accepted(act with { Flags = remarks.Flags, Raw = raw, RawPointer = pointer }, place);
        }
        catch (JsonException broken)
        {
            return new ReadAct.Rejected(place, RefusalCodes.BrokenJson, $"Not JSON, or nested deeper than {CaptureLimits.MaxDepth}, at byte {broken.BytePositionInLine + 1}.");
        }
    }

    private static CapturedAct Read(ActFields fields, Remarks remarks)
    {
        var actWord = fields.Short("act");
        var kindWord = fields.Short("kind");
        if (string.IsNullOrWhiteSpace(actWord)) remarks.Refuse(RefusalCodes.ActMissing, "act is missing: it says what was done.");
        var act = ActWords.Act(actWord, remarks);
        var kind = ActWords.Kind(kindWord, act, remarks);
        var nativeId = fields.Id("nativeId");
        if (nativeId is null) remarks.Refuse(RefusalCodes.NativeIdMissing, "nativeId is missing: it is the platform's id of the item.");
        var occurredAt = fields.Time("occurredAt");

        return new CapturedAct
        {
            Act = act,
            NativeActName = fields.Short("nativeActName") ?? (act == ActKind.Unknown || kind == ItemKind.Unknown ? actWord : null),
            NativeId = nativeId ?? "",
            IdKind = fields.Id("idKind") ?? "native",
            NativeEventId = fields.Id("nativeEventId"),
            Kind = kind,
            NativeKind = fields.Short("nativeKind") ?? (kind == ItemKind.Unknown ? kindWord : null),
            ParentNativeId = fields.Id("parentNativeId"),
            RootNativeId = fields.Id("rootNativeId"),
            ConversationId = fields.Id("conversationId"),
            Author = fields.Object("author") is { } author ? ReadAuthor(author) : null,
            Audience = ActWords.Audience(fields.Short("audience"), kind, remarks),
            OccurredAt = occurredAt,
            OccurredAtSource = occurredAt is null ? "none" : "platform",
            EditedAt = fields.Time("editedAt"),
            ObservedAt = fields.Time("observedAt"),
            Certainty = ActWords.Certainty(fields.Short("certainty"), remarks),
            ActingParty = ActWords.ActingParty(fields.Short("actingParty"), remarks),
            Text = fields.Text("text"),
            TextFormat = ActWords.TextFormat(fields.Short("textFormat"), remarks),
            ContentWarning = fields.Text("contentWarning"),
            Permalink = fields.Short("permalink"),
            Attachments = [.. fields.Objects("attachments", CaptureLimits.MaxAttachments, RefusalCodes.TooManyAttachments).Select(AttachmentJson.Read)],
            ReactionKind = fields.Short("reactionKind"),
        };
    }

    private static ActAuthor ReadAuthor(ActFields author) => new(
        author.Id("nativeId"),
        author.Short("displayName"),
        author.Short("handle"),
        author.Truth("isOwnChannel"),
        author.Short("operator"));
}
