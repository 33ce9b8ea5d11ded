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

    public Registration Registration { get; init; }

    public Guid? Case { get; init; }

    public string? DiaryNumber { get; init; }

    public int? DocumentNumber { get; init; }

    /// <summary>How many times the registration was put right.</summary>
    public int Corrections { get; init; }

    /// <summary>Whether the public diary shows sender and matter; a secrecy mark takes it back.</summary>
    public bool DiaryReleased { get; init; }

    public bool AssessedMinor { get; init; }

    public Wall Wall { get; init; }

    public bool SecrecyMarked { get; init; }

    public ImmutableHashSet<Guid> AttachmentsExpected { get; init; } = [];

    public ImmutableHashSet<Guid> AttachmentsStored { get; init; } = [];

    public DateTimeOffset CapturedAt { get; init; }

    /// <summary>Date inkommen or upprättad: when it could be read in the channel (T-13, R-12), otherwise when it was seen or recorded.</summary>
    public DateTimeOffset ReceivedAt { get; init; }

    /// <summary>The day from which it is inaktuell.</summary>
    public DateOnly? CurrentUntil { get; init; }

    public DateTimeOffset? DisposedAt { get; init; }

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
                AttachmentsExpected = AttachmentsExpected.Union(e.Attachments.Select(a => a.Id)),

                // Nobody has assessed what the item says now.
                Wall = Wall == Wall.Open && e.Observed.Flags.Contains(SecrecyHints.Flag) ? Wall.Unassessed : Wall,
            },
            ItemHidden e => Moved(Visibility.Hidden, e.By, e.Decision, e.Observed, recordedAt),
            ItemUnpublished e => Moved(Visibility.Unpublished, e.By, e.Decision, e.Observed, recordedAt),
            ItemDeletedFromChannel e => Moved(Visibility.Deleted, e.By, e.Decision, e.Observed, recordedAt),
            ItemRestored e => Moved(Visibility.Visible, e.By, null, e.Observed, recordedAt),
            EmergencyConfirmed => this with { EmergencyUnconfirmed = false },
            UnknownActObserved e => Known(e.Observed),
            ReactionCounted e => Counted(e, recordedAt),
            AttachmentStored e => this with { AttachmentsStored = AttachmentsStored.Add(e.Attachment) },
            RecordAssessed e => this with { AssessedMinor = e.Minor, Wall = SecrecyMarked ? Wall.Secret : e.SecrecySuspected ? Wall.Unassessed : Wall.Open },
            RecordRegistered e => this with { Registration = Registration.Registered, Case = e.Case, DiaryNumber = e.DiaryNumber, DocumentNumber = e.DocumentNumber },
            RegistrationCorrected e => this with
            {
                Corrections = e.Correction,
                RecordType = e.Changed.Contains(RegistrationCorrected.OfType) ? e.RecordType : RecordType,
                ReceivedAt = e.Changed.Contains(RegistrationCorrected.Received) ? e.ReceivedAt : ReceivedAt,
                DiaryReleased = DiaryReleased && !e.ChangesFacts,
            },

            // It belongs to the diary it stands in now. What the public diary shows of the new entry is examined anew.
            RecordTransferred e => this with { Authority = e.ToAuthority, DiaryReleased = false },
            RecordKeptOrdered => this with { Registration = Registration.KeptOrdered },
            RecordExempted => this with { Registration = Registration.Exempt, AssessedMinor = true },
            RecordRouted => this with { Registration = Registration.Routed },
            Features.Records.SecrecyMarked => this with { SecrecyMarked = true, Wall = Wall.Secret, DiaryReleased = false },
            Diary.DiaryEntryReleased => this with { DiaryReleased = true },
            Diary.DiaryEntryWithheld => this with { DiaryReleased = false },
            SecrecyLifted => this with { SecrecyMarked = false, Wall = Wall.Open },
            RecordNoLongerCurrent e => this with { CurrentUntil = e.From },
            ItemDisposed e => this with { DisposedAt = e.DisposedAt },
            _ => throw new UnreachableException($"{happened.GetType().Name} is not handled by {nameof(RecordState)}."),
        };
        return next with { Version = Version + 1 };
    }

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
        AttachmentsExpected = AttachmentsExpected.Union(e.Attachments.Select(a => a.Id)),
        Wall = Exists && Wall != Wall.Open ? Wall : e.Wall,
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
        };
    }
}
