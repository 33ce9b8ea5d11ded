using System.Text.Json;
using System.Text.Json.Nodes;
using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>An observation of content.</summary>
public sealed record RecordVersionRow(
    Guid RecordId, Guid EventId, long Seq, DateTimeOffset ValidAt, DateTimeOffset RecordedAt, string Certainty, string Content, string? Text,
    Guid[] AttachmentIds, string[]? AttachmentNames, bool Destroyed)
{
    public static RecordVersionRow? Of(Recorded recorded, Opened? opened) => recorded.Event switch
    {
        ItemCaptured { ContentCaptured: true } captured => Of(recorded, opened, captured.Observed, captured.Content, captured.TextFormat, captured.Attachments),
        ItemEdited edited => Of(recorded, opened, edited.Observed, edited.Content, edited.TextFormat, edited.Attachments),
        _ => null,
    };

    private static RecordVersionRow Of(
        Recorded recorded, Opened? opened, ObservedAct observed, string content, Capture.TextFormat format, IReadOnlyList<ExpectedAttachment> attachments) => new(
        recorded.StreamId, recorded.Id, recorded.Sequence, ValidTime.Of(recorded), recorded.Time, RecordStates.Stored(observed.Certainty), content,
        RecordViewRow.ContentOf(opened?.Parts, format), [.. attachments.Select(a => a.Id)], RecordViewRow.FileNamesOf(opened?.Parts, attachments),
        opened is { IsDestroyed: true });

    /// <summary>Which observations are versions: in valid time, one that says the same as the one before it is none.</summary>
    public static IReadOnlyList<RecordVersionRow> Versions(IEnumerable<RecordVersionRow> observations)
    {
        var versions = new List<RecordVersionRow>();
        foreach (var row in observations.OrderBy(o => o.ValidAt).ThenBy(o => o.Content, StringComparer.Ordinal))
        {
            if (versions.Count == 0 || versions[^1].Content != row.Content) versions.Add(row);
        }

        return versions;
    }
}

/// <summary>Something that was done to a record, by whom, when it was so and when it was known.</summary>
public sealed record RecordActRow(
    Guid RecordId, Guid EventId, long Seq, string Name, DateTimeOffset ValidAt, DateTimeOffset RecordedAt, Guid? ActorId, string? ActedBy, string? Certainty,
    string[] Grounds, bool? Emergency, string Facts, string? KeyClass, string? Motivation, string? LegalReference, string? Note)
{
    /// <summary>The channel and, as far as was known then, the author; set by the projection.</summary>
    public Guid? ChannelId { get; init; }

    public Guid? AuthorId { get; init; }

    /// <summary>Where this act put the record in time; null when it left it where it was.</summary>
    public RecordPlace? Placed { get; init; }

    /// <summary>The later event that put it elsewhere.</summary>
    public long? PlacedUntil { get; init; }

    public static RecordActRow Of(Recorded recorded, Opened? opened)
    {
        var (by, decision, observed) = recorded.Event switch
        {
            ItemCaptured e => (Word(e.Observed.ActingParty), null, e.Observed),
            ItemEdited e => (Word(e.Observed.ActingParty), null, e.Observed),
            UnknownActObserved e => (Word(e.Observed.ActingParty), null, e.Observed),
            ItemHidden e => (RecordStates.Stored(e.By), e.Decision, e.Observed),
            ItemUnpublished e => (RecordStates.Stored(e.By), e.Decision, e.Observed),
            ItemDeletedFromChannel e => (RecordStates.Stored(e.By), e.Decision, e.Observed),
            ItemRestored e => (RecordStates.Stored(e.By), null, e.Observed),
            TakeDownProposed e => (null, e.Decision, null),
            _ => ((string?)null, (TakenDown?)null, (ObservedAct?)null),
        };
        return new(
            recorded.StreamId, recorded.Id, recorded.Sequence, recorded.Name, ValidTime.Of(recorded), recorded.Time,
            Guid.TryParse(recorded.Actor, out var actor) ? actor : null, by, observed is null ? null : RecordStates.Stored(observed.Certainty),
            decision is null ? [] : [.. decision.Grounds], decision?.Emergency, FactsOf(recorded.Event), opened?.Key?.Class.Stored(),
            RecordViewText.Clean(opened?.Parts?[recorded.Event is RecordForwarded ? "notice" : Parts.Motivation]), RecordViewText.Clean(opened?.Parts?["legalReference"]),
            RecordViewText.Clean(NoteOf(recorded.Event, opened?.Parts)));
    }

    /// <summary>What stands sealed beside the act and is neither motivation nor legal reference, as one text.</summary>
    private static string? NoteOf(object happened, Parts? parts)
    {
        (string Part, string Word)[] said = happened switch
        {
            AttachmentStored stored => [(Parts.AttachmentFileName(stored.Attachment), "")],

            // Not the address: of a record that is locked it would lead to what nobody is to see.
            Media.AttachmentFetchEnded ended =>
                [(Media.AttachmentFetchEnded.DeclaredTypePart(ended.Attachment), "Servern kallade filen: "), (Media.AttachmentFetchEnded.HashPart(ended.Attachment), "SHA-256: ")],
            ItemHidden or ItemUnpublished or ItemDeletedFromChannel or TakeDownProposed =>
                [("circumstances", "Avgörande omständigheter: "), ("rapporteur", "Föredragande: "), ("participants", "Deltog utan att besluta: "), ("viewpointNote", "Om motsatt åsikt: ")],
            PoliceReportMade => [("crime", "Misstänkt brott: "), ("reportNumber", "Polisens ärendenummer: "), ("reportedBy", "Anmält av: "), ("note", "")],
            DangerEscalated => [("contact", ""), ("note", "")],
            AssessmentDetailed => [("provision", "")],
            RecordForwarded => [("owner", "")],
            RecordRouted => [("receiver", "Mottagande enhet: "), ("receipt", "Kvittens: "), ("provision", "Bestämmelse: ")],
            Opening.RecordMisdirected => [("to", "Till: "), ("told", "Avsändaren fick veta: "), ("notTold", "Avsändaren fick inget besked: "), ("note", "")],
            Allotments.RecordAllotted => [("unit", "Till: "), ("note", "")],
            RecordAnswered => [("where", ""), (Parts.Text, "")],
            NoticeSent => [("note", ""), ("means", "Lämnat genom: ")],
            _ => [("note", "")],
        };
        return string.Join('\n', said.Select(s => parts?[s.Part] is { Length: > 0 } text ? s.Word + text : null).OfType<string>()) is { Length: > 0 } all ? all : null;
    }

    private static string? Word(Capture.ActingParty party) => party switch
    {
        Capture.ActingParty.Author => "author",
        Capture.ActingParty.Platform => "platform",
        _ => "unknown",
    };

    /// <summary>What the event says in the clear. Observations are left out: the row has what matters of them.</summary>
    private static string FactsOf(object happened)
    {
        if (happened is ItemCaptured or ItemEdited or UnknownActObserved) return "{}";
        var facts = JsonSerializer.SerializeToNode(happened, happened.GetType(), EventTypes.Json)!.AsObject();
        foreach (var known in (string[])["sealed", "observed", "by"]) facts.Remove(known);
        if (facts["decision"] is JsonObject decision) decision.Remove("grounds");
        return facts.ToJsonString();
    }
}

/// <summary>What a replay finds a record by: when it occurred and what it is, as far as was known at a point of the log.</summary>
public sealed record RecordPlace(DateTimeOffset OccurredAt, string Kind, string Direction, Guid? Author)
{
    public static RecordPlace Of(RecordViewRow row) => new(row.OccurredAt, row.Kind, row.Direction, row.AuthorId);
}
