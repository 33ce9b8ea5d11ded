using ArchiveService.Capture;
using ArchiveService.EventStore;
using ArchiveService.Sealing;
using KnownAs = ArchiveService.Features.Records.Registration;
using Seen = ArchiveService.Features.Records.Visibility;
using Way = ArchiveService.Features.Records.Direction;

namespace ArchiveService.Features.Records;

/// <summary>
/// A record as people look at it. The fold is pure, and what depends on time depends on valid time (when it was so on the platform), never on the
/// order of arrival: the same acts in any order give the same row.
/// </summary>
public sealed record RecordViewRow
{
    public required Guid RecordId { get; init; }

    public required Guid AuthorityId { get; init; }

    public required Guid ChannelId { get; init; }

    public required string Platform { get; init; }

    public required string Kind { get; init; }

    public required string Direction { get; init; }

    public required string Audience { get; init; }

    public required string RecordType { get; init; }

    public Guid? AuthorId { get; init; }

    public Guid? ParentId { get; init; }

    public Guid? RootId { get; init; }

    public Guid? ConversationId { get; init; }

    public required long Generation { get; init; }

    public required DateTimeOffset OccurredAt { get; init; }

    public required DateTimeOffset CapturedAt { get; init; }

    public required bool ContentCaptured { get; init; }

    public required bool SenderCaptured { get; init; }

    public required string[] Flags { get; init; }

    public required string Content { get; init; }

    public DateTimeOffset? TextAt { get; init; }

    public string? Text { get; init; }

    public bool Edited { get; init; }

    public DateTimeOffset? SenderAt { get; init; }

    public string? SenderName { get; init; }

    public string? SenderHandle { get; init; }

    public string? Permalink { get; init; }

    public string? FileNames { get; init; }

    public Guid[] AttachmentIds { get; init; } = [];

    public long Reactions { get; init; }

    public string Visibility { get; init; } = RecordStates.Stored(Seen.Visible);

    public string? VisibilityBy { get; init; }

    public DateTimeOffset? VisibilityAt { get; init; }

    public string[] Grounds { get; init; } = [];

    public string Registration { get; init; } = RecordStates.Stored(KnownAs.Captured);

    public DateTimeOffset? RegisteredAt { get; init; }

    public Guid? CaseId { get; init; }

    public string? DiaryNumber { get; init; }

    public int? DocumentNumber { get; init; }

    public string? Subject { get; init; }

    public string? SecrecyProvision { get; init; }

    public DateTimeOffset? SecrecyAt { get; init; }

    /// <summary>Nobody is shown what it says (BrB 16:10 a).</summary>
    public bool Locked { get; init; }

    public bool Destroyed { get; init; }

    public DateTimeOffset? DisposedAt { get; init; }

    public required long Version { get; init; }

    public required long Seq { get; init; }

    /// <param name="row">Null before the capture.</param>
    /// <param name="recorded">The next event of the record's stream.</param>
    /// <param name="opened">Its sealed content; null when it has none.</param>
    public static RecordViewRow After(RecordViewRow? row, Recorded recorded, Opened? opened)
    {
        row = recorded.Event is ItemCaptured captured
            ? Captured(row, recorded, captured, opened)
            : (row ?? throw new InvalidOperationException($"Stream {recorded.StreamId} has {recorded.Name} before its capture (sequence {recorded.Sequence}).")).Then(recorded, opened);
        return (row.Locked ? row with { Text = null, Permalink = null, FileNames = null } : row) with { Version = recorded.Version, Seq = recorded.Sequence };
    }

    /// <summary>A record known only by an act on it is captured once more when its content comes.</summary>
    private static RecordViewRow Captured(RecordViewRow? before, Recorded recorded, ItemCaptured captured, Opened? opened)
    {
        var valid = ValidTime.Of(recorded);
        var occurred = captured.Observed.OccurredAt is { } at && at < valid ? at : valid;
        var row = (before ?? New(recorded, captured, occurred)) with
        {
            Kind = captured.Kind == ItemKind.Unknown && before is not null ? before.Kind : RecordStates.Stored(captured.Kind),
            Direction = captured.Direction == Way.Undetermined && before is not null ? before.Direction : RecordStates.Stored(captured.Direction),
            Audience = RecordStates.Stored(captured.Audience),
            RecordType = before is { DiaryNumber: not null } ? before.RecordType : captured.RecordType,
            AuthorId = captured.Author ?? before?.AuthorId,
            ParentId = captured.Parent ?? before?.ParentId,
            RootId = captured.Root ?? before?.RootId,
            ConversationId = captured.Conversation ?? before?.ConversationId,
            ContentCaptured = captured.ContentCaptured || before is { ContentCaptured: true },
            SenderCaptured = captured.SenderCaptured || before is { SenderCaptured: true },
            Edited = before is { Edited: true } || (captured.ContentCaptured && before is { TextAt: not null } && captured.Content != before.Content),
        };
        if (before is { ContentCaptured: false } && captured.ContentCaptured) row = row with { OccurredAt = occurred };
        row = row.Flagged(captured.Observed);
        return captured.ContentCaptured
            ? row.WithContent(valid, captured.Content, captured.TextFormat, captured.Attachments, opened)
            : row.WithSender(Unsure, opened) with { Destroyed = row.Destroyed || opened is { IsDestroyed: true } };
    }

    private static RecordViewRow New(Recorded recorded, ItemCaptured captured, DateTimeOffset occurred) => new()
    {
        RecordId = recorded.StreamId,
        AuthorityId = captured.Authority,
        ChannelId = captured.Channel,
        Platform = captured.Platform,
        Kind = RecordStates.Stored(captured.Kind),
        Direction = RecordStates.Stored(captured.Direction),
        Audience = RecordStates.Stored(captured.Audience),
        RecordType = captured.RecordType,
        Generation = captured.Generation,
        OccurredAt = occurred,
        CapturedAt = recorded.Time,
        ContentCaptured = captured.ContentCaptured,
        SenderCaptured = captured.SenderCaptured,
        Flags = [],
        Content = captured.Content,
        Version = recorded.Version,
        Seq = recorded.Sequence,
    };

    private RecordViewRow Then(Recorded recorded, Opened? opened) => recorded.Event switch
    {
        ItemEdited edited => (this with { ContentCaptured = true, Edited = Edited || (TextAt is not null && edited.Content != Content) })
            .WithContent(ValidTime.Of(recorded), edited.Content, edited.TextFormat, edited.Attachments, opened).Flagged(edited.Observed),
        ItemHidden hidden => Moved(Seen.Hidden, hidden.By, recorded, hidden.Decision, hidden.Observed),
        ItemUnpublished unpublished => Moved(Seen.Unpublished, unpublished.By, recorded, unpublished.Decision, unpublished.Observed),
        ItemDeletedFromChannel deleted => Moved(Seen.Deleted, deleted.By, recorded, deleted.Decision, deleted.Observed),
        ItemRestored restored => Moved(Seen.Visible, restored.By, recorded, null, restored.Observed),
        UnknownActObserved unknown => Flagged(unknown.Observed),
        AttachmentStored stored => (this with { Destroyed = Destroyed || opened is { IsDestroyed: true } })
            .WithFiles([stored.Attachment], FileNamesOf(opened?.Parts, [new(stored.Attachment)])),
        ReactionCounted counted => this with { Reactions = Reactions + counted.Delta },
        RecordRegistered registered => this with
        {
            Registration = RecordStates.Stored(KnownAs.Registered),
            RegisteredAt = registered.RegisteredAt,
            CaseId = registered.Case,
            DiaryNumber = registered.DiaryNumber,
            DocumentNumber = registered.DocumentNumber,
            RecordType = registered.RecordType,
            Subject = RecordViewText.Clean(opened?.Parts?[Parts.Subject]),
        },
        RecordJoinedRegistration joined => this with
        {
            Registration = RecordStates.Stored(KnownAs.Registered),
            RegisteredAt = joined.RegisteredAt,
            CaseId = joined.Case,
            DiaryNumber = joined.DiaryNumber,
            DocumentNumber = joined.DocumentNumber,
        },
        RegistrationCorrected corrected => this with
        {
            RecordType = corrected.RecordType,
            Subject = corrected.Changed.Contains(RegistrationCorrected.Subject) ? RecordViewText.Clean(opened?.Parts?[Parts.Subject]) : Subject,
        },
        RecordTransferred transferred => this with { AuthorityId = transferred.ToAuthority },
        RecordKeptOrdered => Known(KnownAs.KeptOrdered),
        RecordExempted => Known(KnownAs.Exempt),
        RecordRouted => Known(KnownAs.Routed),
        RecordSettledByRule settled => Known(settled.To),
        RuleSettlementWithdrawn => Known(KnownAs.Captured),
        SecrecyMarked marked => this with { SecrecyProvision = marked.Provision, SecrecyAt = marked.MarkedAt },
        SecrecyLifted => this with { SecrecyProvision = null, SecrecyAt = null },
        ContentLocked => this with { Locked = true },
        ItemDisposed disposed => this with { DisposedAt = disposed.DisposedAt },
        _ => this,
    };

    // I8: what the diary knows is never lowered.
    private RecordViewRow Known(KnownAs registration) =>
        Registration == RecordStates.Stored(KnownAs.Registered) ? this : this with { Registration = RecordStates.Stored(registration) };

    private RecordViewRow Flagged(ObservedAct observed) =>
        observed.Flags.Count == 0 ? this : this with { Flags = [.. Flags.Union(observed.Flags, StringComparer.Ordinal).Order(StringComparer.Ordinal)] };

    private RecordViewRow Moved(Seen visibility, ActedBy by, Recorded recorded, TakenDown? decision, ObservedAct? observed)
    {
        var row = decision is null ? this : this with { Grounds = [.. Grounds.Union(decision.Grounds, StringComparer.Ordinal).Order(StringComparer.Ordinal)] };
        if (observed is not null) row = row.Flagged(observed);
        var valid = ValidTime.Of(recorded);

        // At one and the same instant the stronger act holds, whichever was heard of first.
        return VisibilityAt is { } at && (at > valid || (at == valid && StoredWord.Find<Seen>(Visibility) > visibility))
            ? row
            : row with { Visibility = RecordStates.Stored(visibility), VisibilityBy = RecordStates.Stored(by), VisibilityAt = valid };
    }

    private RecordViewRow WithContent(DateTimeOffset valid, string content, TextFormat format, IReadOnlyList<ExpectedAttachment> attachments, Opened? opened)
    {
        var row = WithSender(valid, opened);
        if (valid < row.OccurredAt) row = row with { OccurredAt = valid };
        if (opened is { IsDestroyed: true }) row = row with { Destroyed = true };
        row = row.WithFiles(attachments.Select(a => a.Id), FileNamesOf(opened?.Parts, attachments));
        if (TextAt is { } at && (at > valid || (at == valid && string.CompareOrdinal(Content, content) > 0))) return row;
        return row with
        {
            Content = content,
            TextAt = valid,
            Text = ContentOf(opened?.Parts, format),
            Permalink = RecordViewText.Clean(opened?.Parts?[Parts.Permalink]) ?? row.Permalink,
        };
    }

    /// <summary>Every file the record ever had, whichever version brought it.</summary>
    private RecordViewRow WithFiles(IEnumerable<Guid> ids, string[]? names) => this with
    {
        AttachmentIds = [.. AttachmentIds.Union(ids).Order()],
        FileNames = (FileNames?.Split('\n') ?? []).Union(names ?? []).Where(n => n.Length > 0).Order(StringComparer.Ordinal).ToArray() is { Length: > 0 } all ? string.Join('\n', all) : null,
    };

    /// <summary>Who is named where nothing of the content was captured gives way to whoever stands beside content.</summary>
    private static DateTimeOffset Unsure => DateTimeOffset.UnixEpoch;

    private RecordViewRow WithSender(DateTimeOffset valid, Opened? opened)
    {
        if (opened?.Parts is not { } parts) return this;
        var (name, handle) = (RecordViewText.Clean(parts[Parts.AuthorDisplayName]), RecordViewText.Clean(parts[Parts.AuthorHandle]));
        if (name is null && handle is null) return this;
        return SenderAt > valid
            ? this with { SenderCaptured = true }
            : this with { SenderCaptured = true, SenderAt = valid, SenderName = name, SenderHandle = handle };
    }

    /// <summary>The text, after the warning its author put before it.</summary>
    public static string? ContentOf(Parts? parts, TextFormat format)
    {
        var text = parts?[Parts.Text] is { } written ? format == TextFormat.Html ? RecordViewText.FromHtml(written) : written : null;
        var warning = parts?["contentWarning"];
        return RecordViewText.Clean(string.IsNullOrEmpty(warning) ? text : $"{warning}\n\n{text}");
    }

    /// <summary>One name an attachment, empty where none came; null once destroyed.</summary>
    public static string[]? FileNamesOf(Parts? parts, IReadOnlyList<ExpectedAttachment> attachments) =>
        parts is null ? null : [.. attachments.Select(a => RecordViewText.Clean(parts[Parts.AttachmentFileName(a.Id)])?.ReplaceLineEndings(" ") ?? "")];
}

/// <summary>When something was so on the platform, as well as is known.</summary>
public static class ValidTime
{
    public static DateTimeOffset Of(Recorded recorded) => recorded.Event switch
    {
        ItemCaptured captured => captured.EditedAt ?? Of(captured.Observed, recorded.Time),
        ItemEdited edited => Of(edited.Observed, recorded.Time),
        ItemHidden hidden => Of(hidden.Observed, recorded.Time),
        ItemUnpublished unpublished => Of(unpublished.Observed, recorded.Time),
        ItemDeletedFromChannel deleted => Of(deleted.Observed, recorded.Time),
        ItemRestored restored => Of(restored.Observed, recorded.Time),
        UnknownActObserved unknown => Of(unknown.Observed, recorded.Time),
        ReactionCounted counted => Of(counted.Observed, recorded.Time),
        _ => recorded.Time,
    };

    private static DateTimeOffset Of(ObservedAct? observed, DateTimeOffset recorded) => observed?.OccurredAt ?? observed?.ObservedAt ?? recorded;
}

/// <summary>Stored words back to what they mean.</summary>
public static class StoredWord
{
    public static T? Find<T>(string word) where T : struct, Enum
    {
        foreach (var value in Enum.GetValues<T>())
        {
            if (RecordStates.Stored(value) == word) return value;
        }

        return null;
    }
}
