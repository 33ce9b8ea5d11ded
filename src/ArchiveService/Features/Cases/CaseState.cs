using System.Collections.Immutable;
using System.Diagnostics;
using ArchiveService.EventStore;

namespace ArchiveService.Features.Cases;

/// <summary>A decision as other decisions ask for it.</summary>
public sealed record DecisionState(int DocumentNumber, DateOnly DecidedOn, CaseOutcome Outcome, bool Dispatched);

/// <summary>An appeal as decisions ask for it: it is open until it has been dismissed as late, or is over.</summary>
public sealed record AppealState(Guid Id, int DocumentNumber, int? Decision, DateOnly ReceivedOn)
{
    public Timeliness? Time { get; init; }

    public DateOnly? ForwardedOn { get; init; }

    public int? DismissedBy { get; init; }

    public AppealEnd? End { get; init; }

    public bool IsOpen => DismissedBy is null && End is null;

    /// <summary>Still to be tried or handed over by the authority.</summary>
    public bool IsWaiting => IsOpen && ForwardedOn is null;
}

/// <summary>A document that the case has of its own: a note, a decision, or an appeal on paper.</summary>
/// <param name="Provision">Of the secrecy mark that stands; null: none.</param>
/// <param name="Released">What it concerns may stand in the public diary.</param>
public sealed record OwnDocument(int Number, CaseDocumentKind Kind, string? Provision, bool Released = false);

/// <summary>A case as decisions ask for it, folded from its stream.</summary>
public sealed record CaseState
{
    public static CaseState None { get; } = new();

    public Guid Id { get; init; }

    public long Version { get; init; }

    public Guid Authority { get; init; }

    public string DiaryNumber { get; init; } = "";

    public string ClassCode { get; init; } = "";

    public string? ExternalSystem { get; init; }

    public DateTimeOffset OpenedAt { get; init; }

    public DateTimeOffset? ClosedAt { get; init; }

    public DateOnly? ArchivedOn { get; init; }

    public bool Voided { get; init; }

    public int LastDocument { get; init; }

    /// <summary>By document number, those that stand here and are not transferred.</summary>
    public ImmutableSortedDictionary<int, Guid> Records { get; init; } = ImmutableSortedDictionary<int, Guid>.Empty;

    public ImmutableSortedSet<int> Notes { get; init; } = [];

    public ImmutableSortedDictionary<int, DecisionState> Decisions { get; init; } = ImmutableSortedDictionary<int, DecisionState>.Empty;

    public ImmutableDictionary<Guid, AppealState> Appeals { get; init; } = ImmutableDictionary<Guid, AppealState>.Empty;

    public ImmutableSortedDictionary<int, OwnDocument> Own { get; init; } = ImmutableSortedDictionary<int, OwnDocument>.Empty;

    /// <summary>Whether each still is one.</summary>
    public ImmutableDictionary<Guid, bool> Parties { get; init; } = ImmutableDictionary<Guid, bool>.Empty;

    public ImmutableHashSet<(Guid Other, CaseLink Link)> Links { get; init; } = [];

    public Guid? Officer { get; init; }

    public DateOnly? OfficerSince { get; init; }

    public int Renamed { get; init; }

    /// <summary>Of the secrecy mark of the case itself; null: none stands.</summary>
    public string? Provision { get; init; }

    public bool Exists => Version > 0;

    public int OpenAppeals => Appeals.Values.Count(a => a.IsOpen);

    public static CaseState From(Guid id, IEnumerable<Recorded> history) => history.Aggregate(None with { Id = id }, (state, recorded) => state.After((CaseEvent)recorded.Event));

    public CaseState After(CaseEvent happened) => (happened switch
    {
        CaseOpened e => this with { Authority = e.Authority, DiaryNumber = e.DiaryNumber, ClassCode = e.ClassCode, ExternalSystem = e.ExternalSystem, OpenedAt = e.OpenedAt },
        CaseDocumentAdded e => this with { LastDocument = e.DocumentNumber, Records = Records.SetItem(e.DocumentNumber, e.Record) },
        CaseDocumentTransferred e => this with { Records = Records.Remove(e.DocumentNumber) },
        CaseTitleMarked e => this with { Provision = e.Provision },
        CaseTitleMarkLifted => this with { Provision = null },
        CaseTitleMarkReviewed or CaseAlternateAdded or CaseFilePrinted or CaseDocumentReferred or CaseDocumentMarkReviewed => this,
        CaseDocumentMarked e => Owning(e.DocumentNumber, d => d with { Provision = e.Provision, Released = false }),
        CaseDocumentMarkLifted e => Owning(e.DocumentNumber, d => d with { Provision = null }),
        CaseDocumentReleased e => Owning(e.DocumentNumber, d => d with { Released = true }),
        CaseDocumentWithheld e => Owning(e.DocumentNumber, d => d with { Released = false }),
        CaseClassCorrected e => this with { ClassCode = e.To },
        DiaryNumberVoided => this with { Voided = true },
        CaseClosed e => this with { ClosedAt = e.ClosedAt },
        CaseReopened => this with { ClosedAt = null, ArchivedOn = null },
        CaseArchived e => this with { ArchivedOn = e.ArchivedOn },
        CaseOfficerAssigned e => this with { Officer = e.Officer, OfficerSince = e.Officer is null ? null : e.AssignedOn },
        CasePartyAdded e => this with { Parties = Parties.SetItem(e.Party, true) },
        CasePartyEnded e => this with { Parties = Parties.SetItem(e.Party, false) },
        CaseNoteWritten e => this with { LastDocument = e.DocumentNumber, Notes = Notes.Add(e.DocumentNumber), Own = Own.SetItem(e.DocumentNumber, new(e.DocumentNumber, CaseDocumentKind.Note, e.Provision)) },
        CaseDecisionMade e => this with
        {
            LastDocument = e.DocumentNumber,
            Decisions = Decisions.SetItem(e.DocumentNumber, new(e.DocumentNumber, e.DecidedOn, e.Outcome, false)),
            Own = Own.SetItem(e.DocumentNumber, new(e.DocumentNumber, CaseDocumentKind.Decision, e.Provision)),
        },
        CaseProtocolRegistered e => this with { LastDocument = e.DocumentNumber, Own = Own.SetItem(e.DocumentNumber, new(e.DocumentNumber, CaseDocumentKind.Protocol, null)) },
        CaseDecisionDispatched e => this with { Decisions = Decisions.SetItem(e.DocumentNumber, Decisions[e.DocumentNumber] with { Dispatched = true }) },
        CaseRenamed e => this with { Renamed = e.Correction },
        CaseRelated e => this with { Links = Links.Add((e.Other, e.Link)) },
        CaseAppealReceived e => this with
        {
            LastDocument = Math.Max(LastDocument, e.DocumentNumber),
            Appeals = Appeals.SetItem(e.Appeal, new(e.Appeal, e.DocumentNumber, e.Decision, e.ReceivedOn)),
            Own = e.Record is null ? Own.SetItem(e.DocumentNumber, new(e.DocumentNumber, CaseDocumentKind.Appeal, e.Provision)) : Own,
        },
        CaseAppealTimeChecked e => With(e.Appeal, a => a with { Time = e.Result }),
        CaseAppealForwarded e => With(e.Appeal, a => a with { ForwardedOn = e.ForwardedOn }),
        CaseAppealDismissed e => With(e.Appeal, a => a with { DismissedBy = e.Decision }),
        CaseAppealConcluded e => With(e.Appeal, a => a with { End = e.End }),
        _ => throw new UnreachableException($"{happened.GetType().Name} is not handled by {nameof(CaseState)}."),
    }) with
    { Version = Version + 1 };

    private CaseState Owning(int number, Func<OwnDocument, OwnDocument> change) => this with { Own = Own.SetItem(number, change(Own[number])) };

    private CaseState With(Guid appeal, Func<AppealState, AppealState> change) => this with { Appeals = Appeals.SetItem(appeal, change(Appeals[appeal])) };
}
