using System.Security.Cryptography;
using System.Text;
using ArchiveService.Capture;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>What surrounds an act: ids that are keyed before the decision, so that the decision stays pure.</summary>
public sealed record ActContext(
    Guid Authority, string Platform, Guid Channel, long Generation, Guid? Account, bool AuthorIsOwn, Guid? Parent, Guid? Root, Guid? Conversation,
    Guid? Delivery, int PolicyVersion, IReadOnlyList<(Guid Id, ActAttachment Attachment)> Attachments, RecordKey Key,
    DateTimeOffset Now, bool ChannelClosed = false, KnownContent? Known = null)
{
    /// <summary>The act's content under the record's key, computed once for all that ask.</summary>
    internal string Content { get; init; } = "";
}

/// <summary>Decides what a captured act adds to a record: pure, the same act twice adds nothing.</summary>
public static class CaptureDecision
{
    public static IReadOnlyList<Happened> Decide(RecordState state, CapturedAct act, ActContext context)
    {
        context = context with { Content = ContentDigest(act, context.Key) };
        if (TellsHowItStands(act) && StandsSo(state, act, context)) return [];
        var key = TellsHowItStands(act) ? Digest(context.Key, "standing", act.Act.ToString(), Time(state.VisibilityAt)) : ActDigest(act, context);
        if (state.Acts.Contains(key)) return [];
        var occurredAt = act.EditedAt ?? act.OccurredAt;
        // Without a time of its own the act was so when it reached us, and stays so however often the stream is folded.
        var observed = new ObservedAct(key, occurredAt, act.ObservedAt ?? (occurredAt is null ? context.Now : null), act.Certainty, act.ActingParty, Flags(act, context), context.Delivery);

        return act.Act switch
        {
            ActKind.Create or ActKind.Message or ActKind.Share => Created(state, act, context, observed),
            ActKind.Edit => [state is { Exists: true, ContentCaptured: true } ? Edited(act, context, observed) : Captured(act, context, observed, contentCaptured: true)],
            ActKind.Hide => Moved(state, act, context, observed, seen => new ItemHidden(By(act, context), null, seen)),
            ActKind.Delete or ActKind.MessageUnsend => Moved(state, act, context, observed, seen => new ItemDeletedFromChannel(By(act, context), null, seen)),
            ActKind.Unhide or ActKind.Restore => Moved(state, act, context, observed, seen => new ItemRestored(By(act, context), null, seen)),
            ActKind.React or ActKind.Unreact => Counted(state, act, context, observed),
            _ => Moved(state, act, context, observed, seen => new UnknownActObserved(seen)),
        };
    }

    /// <summary>A poll tells whether an item is hidden now; what was done, when and by whom is a conclusion.</summary>
    private static bool TellsHowItStands(CapturedAct act) => act is { Act: ActKind.Hide or ActKind.Unhide, Certainty: Certainty.Inferred, OccurredAt: null, EditedAt: null, NativeEventId: null };

    /// <summary>Nothing is concluded where the archive knows it so, knows something later, or has itself decided that it shall not be seen.</summary>
    private static bool StandsSo(RecordState state, CapturedAct act, ActContext context) =>
        (act.ObservedAt ?? context.Now) <= state.VisibilityAt
        || (act.Act == ActKind.Hide ? state.Visibility != Visibility.Visible : state.Visibility != Visibility.Hidden || state.TakenDownByAuthority);

    private static IReadOnlyList<Happened> Created(RecordState state, CapturedAct act, ActContext context, ObservedAct observed)
    {
        if (!state.Exists || !state.ContentCaptured) return [Captured(act, context, observed, contentCaptured: true)];

        // Told again with another content: the platform shows something else now, so it is a version. The same content says nothing new.
        if (state.Contents.Contains(context.Content)) return [];
        if (context.Known is { } known && known.IsContinuedBy(act)) return Continued(known, act, context, observed);

        // Seen by a poll: it stands so since some time before it was seen; when it was changed is not told.
        if (act is { ObservedAt: { } seen, EditedAt: null } && seen > state.ReceivedAt) return [Edited(act, context, observed with { OccurredAt = null })];

        // An edit came first: what was written in the beginning decides when the item was inkommen or upprättad (T-13, R-12).
        return [observed.OccurredAt < state.ReceivedAt ? Captured(act, context, observed, contentCaptured: true) : Edited(act, context, observed)];
    }

    /// <summary>One more part of the same item: a version with the text that is known and all its attachments.</summary>
    private static IReadOnlyList<Happened> Continued(KnownContent known, CapturedAct act, ActContext context, ObservedAct observed)
    {
        var added = context.Attachments.Where(a => !known.Has(a.Attachment)).ToList();
        if (added.Count == 0 && (known.HasText || string.IsNullOrEmpty(act.Text))) return [];

        var parts = ContentParts(act, context with { Attachments = added });
        known.Complete(parts);
        var both = observed with { OccurredAt = observed.OccurredAt > known.At ? observed.OccurredAt : known.At, Flags = [.. observed.Flags, "told-in-parts"] };
        var attachments = known.Attachments.Concat(added.Select(a => a.Id)).Select(id => new ExpectedAttachment(id)).ToArray();
        return [new(new ItemEdited(context.Content, known.HasText ? known.TextFormat : act.TextFormat, attachments, both), KeyClass.Content, parts)];
    }

    private static IReadOnlyList<string> Flags(CapturedAct act, ActContext context)
    {
        var flags = act.Flags.ToList();
        if (context.ChannelClosed) flags.Add("channel-closed");
        if (!TellsContent(act)) return flags;
        var isProtected = Said(act).Any(Hints.TellsOfProtectedIdentity);
        if (isProtected || Said(act).Any(SecrecyHints.Any)) flags.Add(SecrecyHints.Flag);
        if (isProtected) flags.Add(Hints.ProtectedIdentityFlag);
        if (Said(act).Any(Hints.TellsOfDanger)) flags.Add(Hints.DangerFlag);
        return flags;
    }

    private static bool TellsContent(CapturedAct act) => act.Act is ActKind.Create or ActKind.Message or ActKind.Share or ActKind.Edit;

    /// <summary>What was heard when the flags were set is not listened for again.</summary>
    private static bool Hinted(CapturedAct act, ObservedAct observed) => observed.Flags.Contains(SecrecyHints.Flag) || (!TellsContent(act) && Said(act).Any(SecrecyHints.KeepBehindWall));

    private static IEnumerable<string?> Said(CapturedAct act) => [act.Text, act.ContentWarning, .. act.Attachments.SelectMany(a => new[] { a.AltText, a.FileName })];

    private static IReadOnlyList<Happened> Moved(RecordState state, CapturedAct act, ActContext context, ObservedAct observed, Func<ObservedAct, RecordEvent> happened)
    {
        var parts = new Parts().With(Parts.Raw, act.Raw.Span).With("nativeEventId", act.NativeEventId).With("nativeActName", act.NativeActName);
        var moved = new Happened(happened(observed), KeyClass.Content, parts);
        if (state.Exists) return [moved];

        // The platform tells of an item never seen: a record whose content was never captured, unless the act itself carries it.
        var birth = observed with { Act = Digest(context.Key, "birth", act.NativeId), OccurredAt = act.OccurredAt };
        return [Captured(act, context, birth, contentCaptured: act.Text is { Length: > 0 }), moved];
    }

    /// <summary>A reaction changed by the same person counts once, and each person's latest act decides, in whatever order they are told.</summary>
    private static IReadOnlyList<Happened> Counted(RecordState state, CapturedAct act, ActContext context, ObservedAct observed)
    {
        var reactor = Digest(context.Key, "reactor", act.Author?.NativeId ?? act.Author?.DisplayName ?? act.NativeId);
        var before = state.Reactions.GetValueOrDefault(reactor, (Stands: false, At: DateTimeOffset.MinValue));
        var sets = act.Act == ActKind.React;
        var stands = (observed.OccurredAt ?? observed.ObservedAt) >= before.At ? sets : before.Stands;
        var delta = (stands ? 1 : 0) - (before.Stands ? 1 : 0);
        if (!sets) observed = observed with { Flags = [.. observed.Flags, ReactionCounted.TakenBack] };
        var counted = new Happened(new ReactionCounted(delta, reactor, observed));
        return state.Exists ? [counted] : [Captured(act, context, observed with { Act = Digest(context.Key, "birth", act.NativeId) }, contentCaptured: false), counted];
    }

    private static Happened Captured(CapturedAct act, ActContext context, ObservedAct observed, bool contentCaptured)
    {
        var reaction = act.Act is ActKind.React or ActKind.Unreact;
        // An item first heard of by its edit was inkommen or upprättad when it was written (T-13, R-12); when it was edited stands beside it.
        if (act.OccurredAt < observed.OccurredAt) observed = observed with { OccurredAt = act.OccurredAt };
        var kind = reaction ? ItemKind.Unknown : act.Kind;
        var direct = kind == ItemKind.Dm || act.Audience == Audience.Direct;
        var direction = reaction || (context.Account is null && !contentCaptured) ? Direction.Undetermined : context.AuthorIsOwn ? Direction.DrawnUp : Direction.Received;
        var captured = new ItemCaptured(
            context.Authority, context.Channel, context.Platform, context.Generation, direct ? ItemKind.Dm : kind, direction, act.Audience,
            reaction ? null : context.Account, context.Parent, context.Root, context.Conversation, RecordType(direct ? ItemKind.Dm : kind),
            direct || Hinted(act, observed) ? Wall.Unassessed : Wall.Open,
            contentCaptured, SenderCaptured: !reaction && act.Author is { } author && (author.NativeId ?? author.Handle ?? author.DisplayName) is not null,
            context.Content, act.TextFormat, [.. context.Attachments.Select(a => new ExpectedAttachment(a.Id))],
            act.EditedAt, observed, context.PolicyVersion);
        return new(captured, KeyClass.Content, reaction ? new Parts().With(Parts.NativeId, act.ParentNativeId ?? act.NativeId) : ContentParts(act, context));
    }

    private static Happened Edited(CapturedAct act, ActContext context, ObservedAct observed) => new(
        new ItemEdited(context.Content, act.TextFormat, [.. context.Attachments.Select(a => new ExpectedAttachment(a.Id))], observed),
        KeyClass.Content, ContentParts(act, context));

    private static Parts ContentParts(CapturedAct act, ActContext context)
    {
        var parts = new Parts()
            .With(Parts.Raw, act.Raw.Span).With(Parts.Text, act.Text).With(Parts.NativeId, act.NativeId).With(Parts.Permalink, act.Permalink)
            .With(Parts.AuthorDisplayName, act.Author?.DisplayName).With(Parts.AuthorHandle, act.Author?.Handle).With(Parts.AuthorNativeId, act.Author?.NativeId)
            .With("author.operator", act.Author?.Operator).With("contentWarning", act.ContentWarning).With("parentNativeId", act.ParentNativeId)
            .With("rootNativeId", act.RootNativeId).With("conversationId", act.ConversationId).With("nativeEventId", act.NativeEventId)
            .With("nativeActName", act.NativeActName).With("nativeKind", act.NativeKind).With("rawPointer", act.RawPointer);
        foreach (var (id, attachment) in context.Attachments)
        {
            parts.With(Parts.AttachmentFileName(id), attachment.FileName).With($"attachment/{id:D}/url", attachment.Url)
                .With(Parts.AttachmentAltText(id), attachment.AltText).With($"attachment/{id:D}/mediaType", attachment.MediaType)
                .With($"attachment/{id:D}/nativeId", attachment.NativeId).With($"attachment/{id:D}/archivePath", attachment.ArchivePath);
        }

        return parts;
    }

    /// <summary>Who acted on the platform is a hint at most: only an author's own registered account is evidence.</summary>
    private static ActedBy By(CapturedAct act, ActContext context) => act.ActingParty switch
    {
        ActingParty.Platform => ActedBy.Platform,
        ActingParty.Author when !context.AuthorIsOwn => ActedBy.Author,
        _ => ActedBy.Unknown,
    };

    public static string RecordType(ItemKind kind) => kind switch
    {
        ItemKind.Dm => "direct-message",
        ItemKind.Comment or ItemKind.Reply or ItemKind.Review or ItemKind.Mention => "comment",
        ItemKind.Unknown => "unknown",
        _ => "post",
    };

    /// <summary>The same act again has the same digest, however often and by whatever way it is told; when it was seen does not count.</summary>
    private static string ActDigest(CapturedAct act, ActContext context) => act.NativeEventId is { } nativeEvent
        ? Digest(context.Key, "event", act.Act.ToString(), nativeEvent)
        : Digest(context.Key, "act", act.Act.ToString(), act.NativeActName, Time(act.EditedAt ?? act.OccurredAt), act.ReactionKind, act.Author?.NativeId, context.Content);

    public static string ContentDigest(CapturedAct act, RecordKey key)
    {
        var fields = new List<string?> { "content", act.Text, act.ContentWarning, act.TextFormat.ToString() };
        foreach (var attachment in act.Attachments)
        {
            fields.Add(attachment.NativeId ?? attachment.ArchivePath ?? KnownContent.WithoutQuery(attachment.Url));
            fields.Add(attachment.FileName);
            if (attachment.Content is { } bytes) fields.Add(Convert.ToHexStringLower(SHA256.HashData(bytes.Span)));
        }

        return Digest(key, [.. fields]);
    }

    private static string? Time(DateTimeOffset? at) => at?.UtcTicks.ToString(System.Globalization.CultureInfo.InvariantCulture);

    private static string Digest(RecordKey key, params ReadOnlySpan<string?> fields)
    {
        var form = new ByteForm();
        foreach (var field in fields)
        {
            form.Bytes(field is null ? [] : Encoding.UTF8.GetBytes(field));
            form.Integer(field is null ? 0 : 1);
        }

        return Convert.ToHexStringLower(key.Digest(form.Written));
    }
}
