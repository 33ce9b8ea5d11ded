using ArchiveService.Access;
using ArchiveService.Features.Allotments;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Http;

namespace ArchiveService.Features.Bulk;

/// <summary>An act that may be carried out on many records at once.</summary>
/// <param name="Code">As the single act's address in the API says it.</param>
/// <param name="Said">On a button: what is done with those that were chosen.</param>
/// <param name="Done">Of those it was done with.</param>
public sealed record BulkKind(string Code, string Said, string Done, string Explained, Role[] Roles);

/// <summary>
/// One act on many records. Each is decided for itself, by the decision of the single act and under the same guards, and has its own event; what cannot be done is said of the
/// record, and the others are done all the same.
/// Registering is no such act: a document is looked at when it is registered (OSL 5:2, H-24). Neither is taking down, hiding, unpublishing or deleting (H-25, N-09, T-08): each
/// removal has its own ground and a motivation of what that very post says, and the guidelines let nothing be taken down unread (BBS 5 §, RF 2:1). Nor is an
/// assessment of secrecy, which is a test of harm document by document (OSL 8 kap., T-14).
/// </summary>
/// <param name="Versions">The version of each that was read; where one is told and has changed, that record is left alone.</param>
/// <param name="DryRun">Tells what would come of each; nothing is written.</param>
public sealed record BulkAct(
    string? Act, IReadOnlyList<Guid>? Ids, IReadOnlyDictionary<Guid, long>? Versions = null, bool DryRun = false, string? Reason = null, Guid? DisposalDecision = null,
    Guid? Officer = null, string? Unit = null, string? Note = null, string? Owner = null, string? Notice = null,
    string? Target = null, string? ReceivingUnit = null, string? Receipt = null, string? Provision = null, string? Ground = null, string? Mandate = null)
{
    public const int Most = 500;

    public const string KeepOrdered = "keep-ordered";
    public const string Exempt = "exempt";
    public const string Allot = "allot";
    public const string Forward = "forward";
    public const string Close = "close-unanswered";
    public const string Route = "route";
    public const string Hold = "hold";

    public static IReadOnlyList<BulkKind> Kinds { get; } =
    [
        new(KeepOrdered, "Håll ordnade", "hålls ordnade", "Handlingarna får inget diarienummer men hålls så att det går att se om de har kommit in (OSL 5 kap. 1 §).", [Role.Moderator, Role.Registrator]),
        new(Exempt, "Undanta som ringa", "är undantagna", "Det som uppenbart är av liten betydelse behöver varken registreras eller hållas ordnat (OSL 5 kap. 1 §).", [Role.Moderator, Role.Registrator]),
        new(Allot, "Fördela", "är fördelade", "Registrerade handlingar får en handläggare eller en enhet, som bekräftar att den tagit emot dem.", [Role.Registrator, Role.Chef]),
        new(Forward, "Vidarebefordra", "är vidarebefordrade", "Frågorna står kvar i arbetslistan tills de är besvarade: den som administrerar kanalen ansvarar för svaret (H-10).", [Role.Moderator, Role.Kommunikator, Role.Registrator]),
        new(Close, "Avsluta utan svar", "är avslutade utan svar", "Där alla ska få svar gäller det bara det som får gallras (N-12, N-16).", [Role.Moderator, Role.Registrator]),
        new(Route, "För till akt", "är förda till akten", "Bara hos den myndighet som själv håller akten (OSF 2 §). Handlingarna sekretessmarkeras.", [Role.Registrator]),
        new(Hold, "Stoppa gallring", "har gallringsstopp", "Så länge stoppet står gallras handlingen inte, vad som än är beslutat.", [Role.Arkivarie, Role.Registrator]),
    ];

    public static BulkKind? KindOf(string? act) => Kinds.FirstOrDefault(k => k.Code == act);

    /// <summary>What the reader may do somewhere; each record decides for itself.</summary>
    public static IReadOnlyList<BulkKind> For(Caller caller) => [.. Kinds.Where(k => caller.MayAnywhere(k.Roles))];

    /// <summary>Pure: what is wrong whatever the records are.</summary>
    public Refusal? Check() =>
        KindOf(Act) is null ? Refusal.Input("act-unknown", $"Ange vad som ska göras (act): {string.Join(", ", Kinds.Select(k => k.Code))}. Nedtagning, registrering och sekretessprövning görs för en handling i taget.")
        : Ids is not { Count: > 0 } ? Refusal.Input("records-missing", "Välj minst en handling.")
        : Ids.Count > Most ? Refusal.Input("too-many-records", $"Välj högst {Most} handlingar åt gången.")
        : null;

    /// <summary>The same with something in the place of what has yet to be written, so that only what the record itself forbids is told beforehand.</summary>
    public BulkAct Filled(Policy policy) => this with
    {
        Reason = Or(Reason),
        Owner = Or(Owner),
        Notice = Or(Notice),
        Unit = Officer is null ? Or(Unit) : Unit,
        Target = Target ?? RouteRecord.Targets.Select(t => t.Target).FirstOrDefault(t => RouteRecord.Holds(policy, t)) ?? RouteRecord.Targets[0].Target,
        ReceivingUnit = Or(ReceivingUnit),
        Receipt = Or(Receipt),
        Provision = Or(Provision),
        DisposalDecision = Act == Close ? DisposalDecision ?? Guid.Empty : DisposalDecision,
    };

    private static string Or(string? said) => string.IsNullOrWhiteSpace(said) ? "–" : said;

    /// <summary>Pure: what the single act decides of one record, for this caller.</summary>
    public Decision Decide(RecordState state, BulkWorld world, Caller caller)
    {
        if (state.DisposedAt is not null) return new Refusal("record-disposed", "Handlingen är gallrad. Inget mer kan göras med den.");
        if (MadeHere.Is(state.RecordType) && Act is not Hold) return new Refusal("made-here", "Handlingen är gjord i arkivet och har inte kommit in.");
        if (KindOf(Act) is not { } kind) return Check()!;
        if (!caller.May(state.Authority, kind.Roles)) return Refusal.NotAllowed("Din roll får inte göra detta hos den myndigheten.");
        var policy = world.Policy;
        return Act switch
        {
            KeepOrdered => new KeepOrdered().Decide(state, policy),
            Exempt => new ExemptRecord(Reason, DisposalDecision).Decide(state, policy),
            Allot => new AllotRecord(Officer, Unit, Note).Decide(state, world.Officer, Guid.Empty, policy),
            Forward => world.Unassigned ?? new ForwardRecord(Owner, Notice).Decide(state, policy),
            Close => new CloseUnanswered(Reason, DisposalDecision).Decide(state, policy, world.DecisionInForce),
            Route => new RouteRecord(Target, ReceivingUnit, Receipt, null, Provision).Decide(state, policy, world.Now),
            _ => new PlaceHold(null, world.Record, null, null, Ground, Reason, null, Mandate).Decide(state.Authority, policy.Version, Guid.Empty),
        };
    }
}

/// <summary>What the decision goes by beside the record.</summary>
public sealed record BulkWorld(Guid Record, Policy Policy, DateTimeOffset Now, OfficerAsked? Officer = null, bool DecisionInForce = false, Refusal? Unassigned = null);

public enum BulkOutcome
{
    Waiting,

    /// <summary>It is done; in a preview: it can be.</summary>
    Done,

    /// <summary>It stands so already.</summary>
    Nothing,
    Refused,

    /// <summary>Somebody else wrote to it after it was looked at.</summary>
    Changed,

    /// <summary>There is no such record, as far as the caller may know.</summary>
    Unknown,
}

/// <param name="State">Null when the reader may not know of it.</param>
public sealed record BulkItem(Guid Id, long? Version, BulkOutcome Outcome, string? Code, string? Said, RecordState? State = null, string? Text = null)
{
    /// <summary>What it says, where that may be shown without a reading being noted.</summary>
    public string? Shown => State is { Wall: Wall.Open, Locked: false } ? Text : null;

    public string Stored => RecordStates.Stored(Outcome);
}

public sealed record BulkRun(Guid Id, Guid Person, string Act, DateTimeOffset ChosenAt, DateTimeOffset? StartedAt, DateTimeOffset? FinishedAt, bool Silent, IReadOnlyList<BulkItem> Items)
{
    public BulkKind Kind => BulkAct.KindOf(Act)!;

    public int Waiting => Items.Count(i => i.Outcome == BulkOutcome.Waiting);

    /// <summary>Begun, not carried through, and nobody works on it: the service was stopped in the middle.</summary>
    public bool Interrupted => StartedAt is not null && FinishedAt is null && Silent;

    public bool Over => FinishedAt is not null || Interrupted;
}
