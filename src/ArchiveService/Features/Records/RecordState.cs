using System.Collections.Immutable;
using System.Diagnostics;
using ArchiveService.Capture;
using ArchiveService.EventStore;

namespace ArchiveService.Features.Records;

/// <summary>What decisions about a record ask about. Visibility, registration and retention stay three fields (domain §4.1).</summary>
public sealed record RecordState
{
    public static RecordState None { get; } = new();

    public long Version { get; init; }

    public Guid Authority { get; init; }

    public Guid Channel { get; init; }

    public string Platform { get; init; } = "";

    public long Generation { get; init; }

    public Guid? Account { get; init; }

    public ItemKind Kind { get; init; }

    public Direction Direction { get; init; } = Direction.Undetermined;

    public string RecordType { get; init; } = "";

    public bool ContentCaptured { get; init; }

    public bool SenderCaptured { get; init; }

    /// <summary>HMACs of every act known, so that the same act again is a duplicate.</summary>
    public ImmutableHashSet<string> Acts { get; init; } = [];

    /// <summary>HMACs of every content known.</summary>
    public ImmutableHashSet<string> Contents { get; init; } = [];

    /// <summary>By the HMAC of who reacted: whether the reaction stands, since when.</summary>
    public ImmutableDictionary<string, (bool Stands, DateTimeOffset At)> Reactions { get; init; } = ImmutableDictionary<string, (bool, DateTimeOffset)>.Empty;

    public Visibility Visibility { get; init; }

    /// <summary>Platform time of the act that decided the visibility; an older act arriving later changes nothing.</summary>
    public DateTimeOffset VisibilityAt { get; init; } = DateTimeOffset.MinValue;

    public ActedBy? RemovedBy { get; init; }

    public DateTimeOffset? RemovedAt { get; init; }

    public bool EmergencyUnconfirmed { get; init; }

    public bool TakenDownByAuthority { get; init; }

    /// <summary>Who took it down in an emergency, where that was noted.</summary>
    public Guid? EmergencyBy { get; init; }

    /// <summary>The HMAC of the version that was last heard of.</summary>
    public string? Content { get; init; }

    /// <summary>Waits for a second person.</summary>
    public TakeDownProposed? Proposal { get; init; }

    /// <summary>The version of the stream at which <see cref="Proposal"/> was made.</summary>
    public long ProposalVersion { get; init; }

    public bool SenderTold { get; init; }

    public bool PoliceReported { get; init; }

    /// <summary>Nobody is shown what it says, whatever their clearance.</summary>
    public bool Locked { get; init; }

    public Registration Registration { get; init; }

    public Guid? Case { get; init; }

    public string? DiaryNumber { get; init; }

    public int? DocumentNumber { get; init; }

    /// <summary>Registered as a part of a thread: the record that carries the entry.</summary>
    public Guid? RegisteredWith { get; init; }

    /// <summary>Of a record that carries the entry of a thread: how many more are in it.</summary>
    public int ThreadMembers { get; init; }

    /// <summary>The akt it was put in, where it was.</summary>
    public string? RoutedTo { get; init; }

    /// <summary>How many times the registration was put right.</summary>
    public int Corrections { get; init; }

    /// <summary>Whether the public diary shows sender and matter; a secrecy mark takes it back.</summary>
    public bool DiaryReleased { get; init; }

    private ImmutableArray<Guid> Shown { get; init; } = [];

    /// <summary>The attachments that everybody may read while the entry is released, in the order they were named.</summary>
    public ImmutableArray<Guid> PublicAttachments => DiaryReleased ? Shown : [];

    public bool AssessedMinor { get; init; }

    /// <summary>The last assessment of what the item says now; null when nobody has assessed it since it was written or edited.</summary>
    public RecordAssessed? Assessment { get; init; }

    /// <summary>What that assessment said further.</summary>
    public AssessmentDetailed? AssessedFurther { get; init; }

    /// <summary>The rule that gave it its default state, as long as no person has decided.</summary>
    public RecordSettledByRule? SettledByRule { get; init; }

    /// <summary>Where it stands: behind the innermost wall as long as whoever wrote it has a protected identity.</summary>
    public Wall Wall
    {
        get => Protection is null ? WallByItself : Wall.Secret;
        init => WallByItself = value;
    }

    /// <summary>Where it would stand by what it says and how it was assessed.</summary>
    private Wall WallByItself { get; init; }

    /// <summary>The flag on its author's account, while it stands.</summary>
    public Guid? Protection { get; init; }

    /// <summary>The account whose flag that is: its author, or for a picture of a channel one that wrote there.</summary>
    public Guid? ProtectionAccount { get; init; }

    /// <summary>Flags it no longer stands behind the wall for: lifted, or a picture that somebody has looked at.</summary>
    public ImmutableHashSet<Guid> ProtectionsLifted { get; init; } = [];

    /// <summary>A mark of its own, or the flag on whoever wrote it.</summary>
    public bool IsMarkedSecret => SecrecyMarked || Protection is not null;

    public bool SecrecyMarked { get; init; }

    public ImmutableHashSet<Guid> AttachmentsExpected { get; init; } = [];

    public ImmutableHashSet<Guid> AttachmentsStored { get; init; } = [];

    public DateTimeOffset CapturedAt { get; init; }

    /// <summary>Date inkommen or upprättad: when it could be read in the channel (T-13, R-12), otherwise when it was seen or recorded.</summary>
    public DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The day from which it is inaktuell.</summary>
    public DateOnly? CurrentUntil { get; init; }

    /// <summary>Copies on paper that somebody noted (C8).</summary>
    public int PaperCopies { get; init; }

    /// <summary>Of a consent: the own records that rest on it.</summary>
    public ImmutableHashSet<Guid> ConsentUses { get; init; } = [];

    /// <summary>Records of the same item under other ids.</summary>
    public ImmutableHashSet<Guid> Linked { get; init; } = [];

    /// <summary>Of a consent: the day from which it no longer holds.</summary>
    public DateOnly? ConsentWithdrawnOn { get; init; }

    public DateTimeOffset? DisposedAt { get; init; }

    /// <summary>When a person first did something with it: until then nobody has looked.</summary>
    public DateTimeOffset? ReviewedAt { get; init; }

    public bool IsQuestion { get; init; }

    public DateTimeOffset? AnsweredAt { get; init; }

    public ImmutableHashSet<Guid> Replies { get; init; } = [];

    public DateTimeOffset? ForwardedAt { get; init; }

    public DateTimeOffset? ClosedUnansweredAt { get; init; }

    /// <summary>Since when secrecy is suspected or marked; null when it is not.</summary>
    public DateTimeOffset? SecrecySince { get; init; }

    /// <summary>Since when an emergency act waits for somebody to examine it.</summary>
    public DateTimeOffset? EmergencySince { get; init; }

    /// <summary>When it left the morning list; null while it has no outcome.</summary>
    public DateTimeOffset? OutcomeAt { get; init; }

    /// <summary>When it was handed to the authority it was meant for.</summary>
    public DateTimeOffset? MisdirectedAt { get; init; }

    /// <summary>When its last registration was written, whatever day the number bears: fördelning is counted from it.</summary>
    public DateTimeOffset? EnteredAt { get; init; }

    public Allotments.Allotment? Allotment { get; init; }

    /// <summary>When somebody last declined to receive it, while nobody else has been given it.</summary>
    public DateTimeOffset? AllotmentDeclinedAt { get; init; }

    /// <summary>By what it left the morning list: one of <see cref="Opening.Outcomes"/>; null while it stands there.</summary>
    public string? MorningOutcome => Registration switch
    {
        Registration.Captured => null,
        Registration.KeptOrdered when MisdirectedAt is not null => Opening.Outcomes.Misdirected,
        _ => RecordStates.Stored(Registration),
    };

    /// <summary>Answered, or closed without an answer.</summary>
    public bool AnswerGiven => AnsweredAt is not null || ClosedUnansweredAt is not null;

    public bool Exists => Version > 0;

    public static RecordState From(IEnumerable<Recorded> history) =>
        history.Aggregate(None, (state, recorded) => recorded.Event is RecordEvent happened
            ? state.After(happened, recorded.Time)
            : throw new UnreachableException($"{recorded.Name} in the record stream {recorded.StreamId}."));

    public RecordState After(RecordEvent happened, DateTimeOffset recordedAt)
    {
        var next = happened switch
        {
            ItemCaptured e => Captured(e, recordedAt),
            ItemEdited e => Known(e.Observed) with
            {
                Contents = Contents.Add(e.Content),
                Content = e.Content,
                AttachmentsExpected = AttachmentsExpected.Union(e.Attachments.Select(a => a.Id)),

                // Nobody has assessed what the item says now.
                Wall = WallByItself == Wall.Open && e.Observed.Flags.Contains(SecrecyHints.Flag) ? Wall.Unassessed : WallByItself,
                SecrecySince = e.Observed.Flags.Contains(SecrecyHints.Flag) ? SecrecySince ?? recordedAt : SecrecySince,
                Assessment = null,
                AssessedFurther = null,
            },
            ItemHidden e => Moved(Visibility.Hidden, e.By, e.Decision, e.Observed, recordedAt),
            ItemUnpublished e => Moved(Visibility.Unpublished, e.By, e.Decision, e.Observed, recordedAt),
            ItemDeletedFromChannel e => Moved(Visibility.Deleted, e.By, e.Decision, e.Observed, recordedAt),
            ItemRestored e => Moved(Visibility.Visible, e.By, null, e.Observed, recordedAt),
            EmergencyConfirmed => this with { EmergencyUnconfirmed = false, EmergencySince = null },
            TakeDownProposed e => this with { Proposal = e, ProposalVersion = Version + 1 },
            TakeDownProposalWithdrawn => this with { Proposal = null },
            NoticeSent => this with { SenderTold = true },
            PoliceReportMade => this with { PoliceReported = true },

            // What stands behind no wall stays there, so that whoever saw it can report it; only nobody sees what it says.
            ContentLocked => this with { Locked = true, DiaryReleased = false },
            UnknownActObserved e => Known(e.Observed),
            ReactionCounted e => Counted(e, recordedAt),
            AttachmentStored e => this with { AttachmentsStored = AttachmentsStored.Add(e.Attachment) },
            Media.AttachmentFetchEnded => this,
            RecordAssessed e => this with
            {
                AssessedMinor = e.Minor,
                IsQuestion = e.IsQuestion,
                Wall = SecrecyMarked ? Wall.Secret : e.SecrecySuspected ? Wall.Unassessed : Wall.Open,
                SecrecySince = IsMarkedSecret || e.SecrecySuspected ? SecrecySince ?? recordedAt : null,
                Assessment = e,
                AssessedFurther = null,
            },
            AssessmentDetailed e => this with { AssessedFurther = e },
            DangerEscalated => this,
            RecordRegistered e => this with { Registration = Registration.Registered, Case = e.Case, DiaryNumber = e.DiaryNumber, DocumentNumber = e.DocumentNumber, EnteredAt = recordedAt, SettledByRule = null },
            RegistrationCorrected e => this with
            {
                Corrections = e.Correction,
                RecordType = e.Changed.Contains(RegistrationCorrected.OfType) ? e.RecordType : RecordType,
                ReceivedAt = e.Changed.Contains(RegistrationCorrected.Received) ? e.ReceivedAt : ReceivedAt,
                DiaryReleased = DiaryReleased && !e.ChangesFacts,
            },

            // It belongs to the diary it stands in now. What the public diary shows of the new entry is examined anew.
            RecordTransferred e when e.ToAuthority != Authority => this with { Authority = e.ToAuthority, DiaryReleased = false, Allotment = null, AllotmentDeclinedAt = null },
            RecordTransferred => this with { DiaryReleased = false },
            RecordKeptOrdered => this with { Registration = Registration.KeptOrdered, SettledByRule = null },
            RecordExempted => this with { Registration = Registration.Exempt, AssessedMinor = true, SettledByRule = null },

            // What the diary knows is never lowered (I8): what is registered may stand in an akt as well.
            RecordRouted e => this with { Registration = Registration == Registration.Registered ? Registration : Registration.Routed, RoutedTo = e.Target, SettledByRule = null },
            RecordJoinedRegistration e => this with
            {
                Registration = Registration.Registered,
                Case = e.Case,
                DiaryNumber = e.DiaryNumber,
                DocumentNumber = e.DocumentNumber,
                RegisteredWith = e.Lead,
                SettledByRule = null,
            },
            ThreadRegistered e => this with { ThreadMembers = e.Members },

            // A rule never says what N-16 asks a person for: AssessedMinor stays as it is.
            RecordSettledByRule e => Registration == Registration.Captured ? this with { Registration = e.To, SettledByRule = e } : this,
            RuleSettlementWithdrawn => SettledByRule is null ? this : this with { Registration = Registration.Captured, SettledByRule = null },
            Features.Records.SecrecyMarked => this with { SecrecyMarked = true, Wall = Wall.Secret, DiaryReleased = false, SecrecySince = SecrecySince ?? recordedAt },
            Diary.DiaryEntryReleased e => this with { DiaryReleased = true, Shown = [.. e.Attachments ?? []] },
            Diary.DiaryEntryWithheld => this with { DiaryReleased = false },
            SecrecyLifted => this with { SecrecyMarked = false, Wall = Wall.Open, SecrecySince = Protection is null ? null : SecrecySince },
            RecordProtected e => this with { Protection = e.Protection, ProtectionAccount = e.Account, DiaryReleased = false, SecrecySince = SecrecySince ?? recordedAt },
            RecordProtectionLifted e => this with { Protection = null, ProtectionAccount = null, ProtectionsLifted = ProtectionsLifted.Add(e.Protection), SecrecySince = WallByItself == Wall.Open ? null : SecrecySince },
            SecrecyReviewed => this,
            RecordNoLongerCurrent e => this with { CurrentUntil = e.From },
            RecordsLinked e => this with { Linked = Linked.Add(e.Other) },
            RecordsUnlinked e => this with { Linked = Linked.Remove(e.Other) },
            PaperCopyProduced => this with { PaperCopies = PaperCopies + 1 },
            Consents.ConsentUsed e => this with { ConsentUses = ConsentUses.Add(e.Record) },
            Consents.ConsentWithdrawn e => this with { ConsentWithdrawnOn = e.WithdrawnOn },
            Snapshots.SnapshotTaken or Consents.ConsentGiven or Consents.RightsStated => this,
            RecordAnswered e => this with { AnsweredAt = recordedAt, Replies = e.Reply is { } reply ? Replies.Add(reply) : Replies },
            RecordForwarded => this with { ForwardedAt = recordedAt },
            RecordClosedUnanswered => this with { ClosedUnansweredAt = recordedAt },
            Opening.RecordMisdirected => this with { MisdirectedAt = recordedAt },
            Allotments.RecordAllotted e => this with { Allotment = new(e.Allotment, e.Officer, recordedAt, null), AllotmentDeclinedAt = null },
            Allotments.AllotmentReceived e => Allotment?.Id == e.Allotment ? this with { Allotment = Allotment with { Officer = e.By, ReceivedAt = recordedAt } } : this,
            Allotments.AllotmentDeclined e => Allotment?.Id == e.Allotment ? this with { Allotment = null, AllotmentDeclinedAt = recordedAt } : this,
            ItemDisposed e => this with { DisposedAt = e.DisposedAt },
            _ => throw new UnreachableException($"{happened.GetType().Name} is not handled by {nameof(RecordState)}."),
        };
        return next with
        {
            Version = Version + 1,
            ReviewedAt = ReviewedAt ?? (ByAPerson(happened) ? recordedAt : null),
            OutcomeAt = next.Registration == Registration.Captured ? null : OutcomeAt ?? recordedAt,
        };
    }

    /// <summary>The same list stands in the migration that first filled <c>archive.open_items</c>, and in verify.</summary>
    private static bool ByAPerson(RecordEvent happened) => happened is RecordAssessed or RecordRegistered or RecordKeptOrdered or RecordExempted or RecordRouted or RecordJoinedRegistration
        or Features.Records.SecrecyMarked or SecrecyLifted or SecrecyReviewed or EmergencyConfirmed or RecordAnswered or RecordForwarded or RecordClosedUnanswered
        or Opening.RecordMisdirected or TakeDownProposed or TakeDownProposalWithdrawn or NoticeSent or PoliceReportMade or ContentLocked or DangerEscalated

        // A rule that settles ten thousand thumbs up takes them off the list of what nobody has looked at: that is what it is for.
        or RecordSettledByRule
        or ItemHidden { Decision: not null } or ItemUnpublished { Decision: not null } or ItemDeletedFromChannel { Decision: not null };

    private RecordState Captured(ItemCaptured e, DateTimeOffset recordedAt) => Known(e.Observed) with
    {
        Authority = Exists ? Authority : e.Authority,
        Channel = e.Channel,
        Platform = e.Platform,
        Generation = e.Generation,
        Account = e.Author ?? Account,
        Kind = e.Kind == ItemKind.Unknown && Exists ? Kind : e.Kind,
        Direction = e.Direction == Direction.Undetermined ? Direction : e.Direction,
        RecordType = Corrections > 0 ? RecordType : e.RecordType,
        ContentCaptured = ContentCaptured || e.ContentCaptured,
        SenderCaptured = SenderCaptured || e.SenderCaptured,
        Contents = e.ContentCaptured ? Contents.Add(e.Content) : Contents,
        Content = e.ContentCaptured ? e.Content : Content,
        AttachmentsExpected = AttachmentsExpected.Union(e.Attachments.Select(a => a.Id)),
        Wall = Exists && WallByItself != Wall.Open ? WallByItself : e.Wall,
        SecrecySince = e.Observed.Flags.Contains(SecrecyHints.Flag) ? SecrecySince ?? recordedAt : SecrecySince,
        CapturedAt = Exists ? CapturedAt : recordedAt,
        ReceivedAt = Corrections > 0 ? ReceivedAt : e.Observed.OccurredAt ?? (Exists ? ReceivedAt : e.Observed.ObservedAt ?? recordedAt),
    };

    private RecordState Counted(ReactionCounted e, DateTimeOffset recordedAt)
    {
        var at = e.Observed.OccurredAt ?? e.Observed.ObservedAt ?? recordedAt;
        return Known(e.Observed) with
        {
            Reactions = Reactions.TryGetValue(e.Reactor, out var before) && before.At > at
                ? Reactions
                : Reactions.SetItem(e.Reactor, (e.Delta >= 0 && !e.Observed.Flags.Contains(ReactionCounted.TakenBack), at)),
        };
    }

    private RecordState Known(ObservedAct observed) => this with { Acts = Acts.Add(observed.Act) };

    private RecordState Moved(Visibility to, ActedBy by, TakenDown? decision, ObservedAct? observed, DateTimeOffset recordedAt)
    {
        var at = observed?.OccurredAt ?? observed?.ObservedAt ?? recordedAt;
        var known = observed is null ? this : Known(observed);
        if (decision is not null) known = known with { Proposal = null, SenderTold = SenderTold || decision.SenderNotified == true };
        // Deleted is final on the platform unless it is restored later; what arrives late but happened earlier moves nothing.
        if (at < VisibilityAt || (Visibility == Visibility.Deleted && to is Visibility.Hidden or Visibility.Unpublished)) return known;
        return known with
        {
            Visibility = to,
            VisibilityAt = at,
            RemovedBy = to == Visibility.Visible ? null : by,
            RemovedAt = to == Visibility.Visible ? null : at,
            TakenDownByAuthority = decision is not null || (to != Visibility.Visible && TakenDownByAuthority),
            EmergencyUnconfirmed = decision?.Emergency ?? EmergencyUnconfirmed,
            EmergencyBy = decision is null ? EmergencyBy : decision.Emergency ? decision.Basis?.DecidedBy : null,
            EmergencySince = decision is null ? EmergencySince : decision.Emergency ? EmergencySince ?? recordedAt : null,
        };
    }
}
