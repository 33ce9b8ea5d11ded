using System.Collections.Immutable;
using System.Diagnostics;
using ArchiveService.EventStore;
using ArchiveService.Features.Disclosures;

namespace ArchiveService.Features.DataSubjects;

public sealed record SubjectLink(SubjectLinkKind Kind, Guid Target, int Place, Guid EventId);

public sealed record SubjectExamination(bool Released, string? Provision);

/// <summary>A request as its decisions see it.</summary>
public sealed record SubjectState
{
    public const string StreamType = "data_subject_request";

    public static SubjectState None { get; } = new();

    public long Version { get; init; }

    public Guid Authority { get; init; }

    public string Number { get; init; } = "";

    public SubjectRight Right { get; init; }

    public RequestChannel Channel { get; init; }

    public DateTimeOffset ReceivedAt { get; init; }

    public DateOnly DueOn { get; init; }

    public bool ProtectedIdentity { get; init; }

    public bool Extended { get; init; }

    public DateOnly? IdentityAskedOn { get; init; }

    public IdentityMeans? Identity { get; init; }

    public DateTimeOffset? IdentifiedAt { get; init; }

    public string? IdentifiedBy { get; init; }

    /// <summary>What is the person's and was not taken out again, in the order it was found.</summary>
    public ImmutableList<SubjectLink> Links { get; init; } = [];

    public int LastPlace { get; init; }

    /// <summary>Records behind a wall that somebody cleared has examined.</summary>
    public ImmutableDictionary<Guid, SubjectExamination> Examined { get; init; } = ImmutableDictionary<Guid, SubjectExamination>.Empty;

    /// <summary>Runs of what the person wrote that are masked or stand, the last said holds.</summary>
    public ImmutableDictionary<(Guid Version, SubjectPassage Passage), bool> Passages { get; init; } = ImmutableDictionary<(Guid Version, SubjectPassage Passage), bool>.Empty;

    public Guid? Case { get; init; }

    public string? DiaryNumber { get; init; }

    public int Produced { get; init; }

    /// <summary>What was made last is of what is linked and examined now.</summary>
    public bool ProducedIsCurrent { get; init; }

    /// <summary>Records that got a supplement, once for each.</summary>
    public ImmutableList<Guid> Supplemented { get; init; } = [];

    public SubjectAnswer? Answer { get; init; }

    public DateOnly? AnsweredOn { get; init; }

    public DateOnly? AppealBy { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public bool Exists => Version > 0;

    public bool IsIdentified => Identity is not null;

    public IReadOnlyList<Guid> Accounts => [.. Links.Where(l => l.Kind == SubjectLinkKind.Account).Select(l => l.Target)];

    public IReadOnlyList<Guid> Cases => [.. Links.Where(l => l.Kind == SubjectLinkKind.Case).Select(l => l.Target)];

    public SubjectLink? Find(Guid target) => Links.FirstOrDefault(l => l.Target == target);

    public static SubjectState From(IReadOnlyList<Recorded> history) =>
        history.Aggregate(None, (state, r) => state.After((DataSubjectRequestEvent)r.Event, r.Id, r.Time, r.Actor) with { Version = r.Version });

    public SubjectState After(DataSubjectRequestEvent happened, Guid eventId, DateTimeOffset at, string? by) => happened switch
    {
        DataSubjectRequested e => this with
        {
            Authority = e.Authority,
            Number = e.Number,
            Right = e.Right,
            Channel = e.Channel,
            ReceivedAt = e.ReceivedAt,
            DueOn = e.DueOn,
            ProtectedIdentity = e.ProtectedIdentity,
        },
        DataSubjectIdentityAsked e => this with { IdentityAskedOn = IdentityAskedOn ?? e.AskedOn },
        DataSubjectIdentified e => this with { Identity = e.Means, IdentifiedAt = at, IdentifiedBy = by },
        DataSubjectLinked e => this with { Links = Links.Add(new(e.Kind, e.Target, LastPlace + 1, eventId)), LastPlace = LastPlace + 1, ProducedIsCurrent = false },
        DataSubjectUnlinked e => this with { Links = Links.RemoveAll(l => l.Target == e.Target), ProducedIsCurrent = false },
        DataSubjectTimeExtended e => this with { DueOn = e.DueOn, Extended = true },
        DataSubjectCaseOpened e => this with { Case = e.Case, DiaryNumber = e.DiaryNumber },
        DataSubjectRecordExamined e => this with { Examined = Examined.SetItem(e.Record, new(e.Released, e.Provision)), ProducedIsCurrent = false },
        DataSubjectPassagesExamined e => this with
        {
            Passages = Passages.SetItems(e.Masked.Select(p => KeyValuePair.Create((e.Version, p), true)).Concat(e.Standing.Select(p => KeyValuePair.Create((e.Version, p), false)))),
            ProducedIsCurrent = false,
        },
        DataSubjectExtractProduced => this with { Produced = Produced + 1, ProducedIsCurrent = true },
        DataSubjectSupplementNoted e => this with { Supplemented = Supplemented.Add(e.Record) },
        DataSubjectExtractHandedOut e => this with { Answer = SubjectAnswer.HandedOut, AnsweredOn = e.HandedOutOn },
        DataSubjectAnswered e => this with { Answer = e.Answer, AnsweredOn = e.ToldOn, AppealBy = e.AppealBy },
        DataSubjectRequestWithdrawn e => this with { Answer = SubjectAnswer.Withdrawn, AnsweredOn = e.WithdrawnOn },
        DataSubjectRequestClosed => this with { ClosedAt = at },
        _ => throw new UnreachableException($"{happened.GetType().Name} is not handled by {nameof(SubjectState)}."),
    };
}
