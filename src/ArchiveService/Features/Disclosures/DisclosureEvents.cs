using ArchiveService.EventStore;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Disclosures;

/// <summary>The way a request came in.</summary>
public enum RequestChannel
{
    Web,
    Email,
    Letter,
    Phone,
    Visit,
    SocialMedia,
}

/// <summary>How the asker wants it (TF 2:15–16); nobody has to say.</summary>
public enum WantedForm
{
    Unstated,
    Read,
    Copy,
    Email,
}

public enum FoundKind
{
    Record,
    Case,
}

/// <summary>The steps of an examination, in their order (c 12).</summary>
public enum ExaminationStep
{
    /// <summary>Which provision can apply; none for what is plainly open.</summary>
    Provision,

    /// <summary>Whom or what it protects.</summary>
    Protects,

    /// <summary>What harm giving it out does.</summary>
    Harm,

    /// <summary>Whether the protected one has waived it (OSL 12:2).</summary>
    Waiver,

    /// <summary>Who asks and why: only where the harm turns on it (TF 2:18).</summary>
    Asker,
}

public enum ItemOutcome
{
    Disclose,
    Mask,

    /// <summary>Utlämnande med förbehåll (OSL 10:14).</summary>
    Reservation,
    Refuse,
}

public enum GivenAs
{
    /// <summary>Read on the spot (TF 2:15).</summary>
    Read,
    Copy,
    Email,
}

public enum RequestAnswer
{
    Given,
    GivenInPart,
    NothingFound,

    /// <summary>The official's no, with word of the right to the authority's own decision (OSL 6:3).</summary>
    Declined,

    /// <summary>The authority's written decision.</summary>
    Refused,
    Withdrawn,
}

public abstract record DisclosureRequestEvent : SealableEvent;

/// <summary>Somebody asked to see or to have documents (TF 2:15–16). Who they are and why stands nowhere, for nobody asked. What was asked for, and where to send it, stand sealed.</summary>
[EventName("disclosure_requested")]
public sealed record DisclosureRequested(Guid Authority, string Reference, RequestChannel Channel, WantedForm Form, DateTimeOffset ReceivedAt, int PolicyVersion) : DisclosureRequestEvent;
