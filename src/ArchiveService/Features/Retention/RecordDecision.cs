using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Retention;

/// <summary>
/// Records a gallringsbeslut. Without a gallringsfrist (T-17) or the record types it covers (V-11) it is none; where the policy names who
/// decides (T-16) nobody else does (C5).
/// </summary>
/// <param name="Frist">ISO 8601, such as <c>P2Y</c>.</param>
/// <param name="Kind"><c>disposal</c> when absent; <c>law</c>: a special act that commands gallring; <c>preservation</c>: the documents are preserved, and no frist is given.</param>
/// <param name="Consulted">Samråd with the archive authority: when, with whom, what came of it.</param>
/// <param name="Appraisal">The gallringsutredning (domain §2.12).</param>
/// <param name="AppraisalOf">A general decision with a gallringsutredning that this one rests on.</param>
public sealed record RecordDecision(
    string? Authority, string? Reference, string? DecidingBody, DateOnly? DecidedOn, DateOnly? ValidFrom, DateOnly? ValidUntil,
    IReadOnlyList<string>? RecordTypes, string? Frist, string? Scope, string? Consultation,
    string? Kind = null, string? LegalBasis = null, Consulted? Consulted = null, Appraisal? Appraisal = null, Guid? AppraisalOf = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/retention/decisions", async (RecordDecision command, Caller caller, RecordDecisionHandler handler, CancellationToken ct) =>
        {
            var (id, last, refused) = await handler.Record(command, caller, ct);
            return refused is not null
                ? Problems.Refused(refused)
                : (IResult)TypedResults.Created($"/api/v1/retention/decisions/{id}", new { id, lastSequence = last, remarks = handler.Remarks(command) });
        })
        .WithName("record-disposal-decision");

    /// <summary>Pure: the event, or why not.</summary>
    /// <param name="general">The decision that <see cref="AppraisalOf"/> names, if it is one of the authority's.</param>
    public Decision Decide(Authority authority, DisposalDecision? general = null)
    {
        if (!Words.DecisionKinds.TryGetValue(Kind ?? "disposal", out var kind))
            return Refusal.Input("decision-kind-unknown", $"Beslutets slag kan vara: {string.Join(", ", Words.DecisionKinds.Keys)}.");
        var reference = Reference?.Trim();
        if (reference is not { Length: > 0 and <= 200 }) return Refusal.Input("decision-reference-missing", "Ange beslutets beteckning, som KS § 94/2020-05-25.");
        if (DecidedOn is not { } decided) return Refusal.Input("decision-date-missing", "Ange vilken dag beslutet fattades.");
        if (RecordTypes is not { Count: > 0 } types) return Refusal.Input("decision-without-scope", "Ett gallringsbeslut ska ange vilka handlingstyper det gäller (V-11).");
        if (types.FirstOrDefault(t => !Words.RecordTypes.ContainsKey(t)) is { } stray)
            return Refusal.Input("record-type-unknown", $"Handlingstypen {stray} finns inte. Möjliga: {string.Join(", ", Words.RecordTypes.Keys)}.");
        if (kind == DecisionKind.Preservation && !string.IsNullOrWhiteSpace(Frist)) return Refusal.Input("preserve-without-frist", "Ett beslut att bevara har ingen gallringsfrist. Lämna fristen tom.");
        if (kind != DecisionKind.Preservation && string.IsNullOrWhiteSpace(Frist)) return Refusal.Input("decision-without-frist", "Ett gallringsbeslut ska innehålla en gallringsfrist (T-17). Ange den, som P2Y för två år.");
        if ((kind == DecisionKind.Preservation ? Period.Preserved : Period.Parse(Frist)) is not { } frist) return Refusal.Input("frist-unreadable", $"Gallringsfristen {Frist} går inte att läsa. Skriv den som P2Y, P6M, P1Y6M eller P30D.");
        var from = ValidFrom ?? decided;
        if (from < decided) return Refusal.Input("decision-period", "Beslutet kan inte gälla innan det är fattat.");
        if (ValidUntil < from) return Refusal.Input("decision-period", "Beslutet kan inte sluta gälla innan det börjar gälla.");
        if (Scope?.Length > 4000 || Consultation?.Length > 4000) return Refusal.Input("decision-text", "Tillämpningsområde och samråd är högst 4 000 tecken var.");

        var must = authority.Policy["disposal.decidingBody"];
        var body = string.IsNullOrWhiteSpace(DecidingBody) ? must : DecidingBody.Trim();
        if (kind == DecisionKind.Law && string.IsNullOrWhiteSpace(DecidingBody)) body = "riksdagen";
        if (body.Length > 200) return Refusal.Input("deciding-body", "Beslutsorganet är högst 200 tecken.");
        // An act is nobody's decision here (amendments part B, 8), so C5 has nothing to say of it.
        if (kind != DecisionKind.Law && !MayDecide(body, must))
            return new Refusal("wrong-deciding-body", $"Hos {authority.Name} beslutas gallring av {must}; {body} kan inte fatta det beslutet.");

        var basis = Text(LegalBasis);
        if (basis is { Length: > 300 }) return Refusal.Input("legal-basis", "Lagstödet är högst 300 tecken.");
        if (kind == DecisionKind.Law && basis is null) return Refusal.Input("legal-basis", "Ange lagen som kräver gallring och dess paragraf, som socialtjänstlagen (2025:400) och paragrafen.");
        if (Consulted is { } talk && (talk.On is null || talk.On > decided || talk.With is not { Length: <= 200 } || string.IsNullOrWhiteSpace(talk.With) || talk.Outcome is { Length: > 4000 }))
            return Refusal.Input("consultation", "Ange vilken dag samrådet hölls, senast beslutsdagen, och med vem (högst 200 tecken). Utfallet är högst 4 000 tecken.");
        if (Appraisal?.Refuse() is { } incomplete) return incomplete;
        if (AppraisalOf is not null && general is not { AppraisalMissing: false, Kind: DecisionKind.Disposal })
            return new Refusal("appraisal-unknown", "Det generella beslut som ska ha gallringsutredningen finns inte hos myndigheten, eller saknar själv en.");
        // A special act has been examined by who made it, and what is preserved loses nothing: only a decision of the authority's own to destroy is examined (domain §2.12).
        if (kind == DecisionKind.Disposal && Appraisal is null && AppraisalOf is null && authority.Policy["disposal.appraisal.required"] == "required")
            return new Refusal("appraisal-missing", $"Hos {authority.Name} föregås ett gallringsbeslut av en gallringsutredning ({authority.Policy.Of("disposal.appraisal.required").Requirement}). Ange den, eller det generella beslut som har den.");

        var recorded = new DisposalDecisionRecorded(
            authority.Id, reference, body, decided, from, ValidUntil, [.. types.Distinct().Order(StringComparer.Ordinal)], frist, authority.Policy.Version,
            kind == DecisionKind.Disposal ? null : kind, basis, Consulted?.On, Appraisal is null ? null : true, AppraisalOf);
        var sealedParts = new Parts().With("scope", Text(Scope)).With("consultation", Text(Consultation)).With("consultedWith", Text(Consulted?.With)).With("consultationOutcome", Text(Consulted?.Outcome));
        return new Happened(recorded, KeyClass.Office, Appraisal?.In(sealedParts) ?? sealedParts);
    }

    // Only a policy that names a body binds: "förvaltningen" may always be overruled from above, a plan is decided by whoever adopts it.
    private static bool MayDecide(string body, string must) =>
        !must.Equals("kommunstyrelsen", StringComparison.OrdinalIgnoreCase)
        || body.Equals("kommunstyrelsen", StringComparison.OrdinalIgnoreCase) || body.Equals("kommunfullmäktige", StringComparison.OrdinalIgnoreCase);

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}

/// <summary>Samråd with the archive authority before the decision.</summary>
public sealed record Consulted(DateOnly? On, string? With, string? Outcome);

/// <summary>Gallringsutredning: what is lost, weighed by each of the criteria (domain §2.12). The texts stand sealed.</summary>
/// <param name="Insight">Allmän insyn.</param>
/// <param name="Justice">Rättskipning och rättssäkerhet.</param>
/// <param name="Activity">Verksamhetens behov.</param>
/// <param name="Research">Forskning.</param>
/// <param name="Heritage">Kulturarvet.</param>
public sealed record Appraisal(string? Insight, string? Justice, string? Activity, string? Research, string? Heritage)
{
    private const int Longest = 4000;

    private IEnumerable<(string Part, string? Text, string Said)> All =>
        [("insight", Insight, "allmän insyn"), ("justice", Justice, "rättskipning"), ("activity", Activity, "verksamhetens behov"), ("research", Research, "forskning"), ("heritage", Heritage, "kulturarv")];

    public static Appraisal? Given(string? insight, string? justice, string? activity, string? research, string? heritage) =>
        new[] { insight, justice, activity, research, heritage }.All(string.IsNullOrWhiteSpace) ? null : new(insight, justice, activity, research, heritage);

    public Refusal? Refuse() =>
        All.Where(c => string.IsNullOrWhiteSpace(c.Text)).Select(c => c.Said).ToList() is { Count: > 0 } missing
            ? Refusal.Input("appraisal-incomplete", $"Gallringsutredningen ska ta ställning till varje kriterium. Det saknas: {string.Join(", ", missing)}.")
            : All.Any(c => c.Text!.Length > Longest) ? Refusal.Input("appraisal-incomplete", "Varje del av gallringsutredningen är högst 4 000 tecken.") : null;

    public Parts In(Parts parts) => All.Aggregate(parts, (filled, criterion) => filled.With($"appraisal.{criterion.Part}", criterion.Text?.Trim()));
}

public sealed class RecordDecisionHandler(SealedLog log, AuthorityRegister authorities, RetentionRegister register, TimeProvider clock)
{
    public const string AppraisalMissing = "gallringsutredning saknas";

    /// <summary>What was taken in but ought to be mended; for a machine that reads no page.</summary>
    public IReadOnlyList<string> Remarks(RecordDecision command) =>
        command is { Kind: null or "disposal", Appraisal: null, AppraisalOf: null } ? [AppraisalMissing] : [];

    public async Task<(Guid Id, long LastSequence, Refusal? Refused)> Record(RecordDecision command, Caller caller, CancellationToken ct)
    {
        var (authority, refused) = await authorities.ForArchivist(command.Authority, caller, "föra in ett gallringsbeslut", ct);
        if (authority is null) return (default, 0, refused);
        var general = command.AppraisalOf is { } of && await register.FindDecision(of, ct) is { } found && found.Authority == authority.Id ? found : null;
        var decision = command.Decide(authority, general);
        if (decision.Refused is not null) return (default, 0, decision.Refused);

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var e = (DisposalDecisionRecorded)decision.Events[0].Event;
        NpgsqlBatchCommand beside = new("""
            insert into archive.retention_decisions (decision_id, authority_id, reference, deciding_body, decided_on, valid_from, valid_until, record_types, years, months, days, kind, legal_basis, consulted_on, appraised, appraisal_of)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13, $14, $15, $16)
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = authority.Id }, new() { Value = e.Reference }, new() { Value = e.DecidingBody }, new() { Value = e.DecidedOn }, new() { Value = e.ValidFrom },
                new() { Value = (object?)e.ValidUntil ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date }, new() { Value = e.RecordTypes.ToArray() },
                new() { Value = e.Frist.Years }, new() { Value = e.Frist.Months }, new() { Value = e.Frist.Days },
                new() { Value = (e.Kind ?? DecisionKind.Disposal).Stored() }, new() { Value = (object?)e.LegalBasis ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                new() { Value = (object?)e.ConsultedOn ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date }, new() { Value = e.Appraised ?? false },
                new() { Value = (object?)e.AppraisalOf ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
            },
        };
        return await log.Append([new(id, "decision", ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
            ? (id, done.LastSequence, null)
            : (default, 0, Refusal.ChangedMeanwhile(0));
    }
}

/// <summary>Finds the authority of a command that only its arkivarie may give.</summary>
internal static class Archivists
{
    public static async Task<(Authority? Authority, Refusal? Refused)> ForArchivist(this AuthorityRegister register, string? code, Caller caller, string what, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(code)) return (null, Refusal.Input("authority-missing", "Ange myndighetens kod."));
        var authority = Guid.TryParse(code, out var id) ? await register.Find(id, ct) : await register.Find(code.Trim(), ct);
        return authority is null ? (null, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."))
            : Refuse(caller, authority.Id, what) is { } refused ? (null, refused) : (authority, null);
    }

    /// <summary>Arkivarie at that authority, and a person: a service account decides nothing about gallring.</summary>
    public static Refusal? Refuse(Caller caller, Guid authority, string what) =>
        RefuseService(caller, what)
        ?? (caller.May(authority, Role.Arkivarie) ? null : Refusal.NotAllowed($"Bara en arkivarie vid myndigheten kan {what}."));

    public static Refusal? RefuseService(Caller caller, string what) =>
        caller.IsService ? new Refusal("service-account", $"Ett tjänstekonto kan inte {what}. Det gör en person med rollen arkivarie.", StatusCodes.Status403Forbidden) : null;
}
