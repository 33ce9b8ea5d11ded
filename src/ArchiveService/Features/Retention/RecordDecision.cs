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
public sealed record RecordDecision(
    string? Authority, string? Reference, string? DecidingBody, DateOnly? DecidedOn, DateOnly? ValidFrom, DateOnly? ValidUntil,
    IReadOnlyList<string>? RecordTypes, string? Frist, string? Scope, string? Consultation)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/retention/decisions", async (RecordDecision command, Caller caller, RecordDecisionHandler handler, CancellationToken ct) =>
        {
            var (id, last, refused) = await handler.Record(command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/retention/decisions/{id}", new { id, lastSequence = last });
        })
        .WithName("record-disposal-decision");

    /// <summary>Pure: the event, or why not.</summary>
    public Decision Decide(Authority authority)
    {
        var reference = Reference?.Trim();
        if (reference is not { Length: > 0 and <= 200 }) return Refusal.Input("decision-reference-missing", "Ange beslutets beteckning, som KS § 94/2020-05-25.");
        if (DecidedOn is not { } decided) return Refusal.Input("decision-date-missing", "Ange vilken dag beslutet fattades.");
        if (RecordTypes is not { Count: > 0 } types) return Refusal.Input("decision-without-scope", "Ett gallringsbeslut ska ange vilka handlingstyper det gäller (V-11).");
        if (types.FirstOrDefault(t => !Words.RecordTypes.ContainsKey(t)) is { } stray)
            return Refusal.Input("record-type-unknown", $"Handlingstypen {stray} finns inte. Möjliga: {string.Join(", ", Words.RecordTypes.Keys)}.");
        if (string.IsNullOrWhiteSpace(Frist)) return Refusal.Input("decision-without-frist", "Ett gallringsbeslut ska innehålla en gallringsfrist (T-17). Ange den, som P2Y för två år.");
        if (Period.Parse(Frist) is not { } frist) return Refusal.Input("frist-unreadable", $"Gallringsfristen {Frist} går inte att läsa. Skriv den som P2Y, P6M, P1Y6M eller P30D.");
        var from = ValidFrom ?? decided;
        if (from < decided) return Refusal.Input("decision-period", "Beslutet kan inte gälla innan det är fattat.");
        if (ValidUntil < from) return Refusal.Input("decision-period", "Beslutet kan inte sluta gälla innan det börjar gälla.");
        if (Scope?.Length > 4000 || Consultation?.Length > 4000) return Refusal.Input("decision-text", "Tillämpningsområde och samråd är högst 4 000 tecken var.");

        var must = authority.Policy["disposal.decidingBody"];
        var body = string.IsNullOrWhiteSpace(DecidingBody) ? must : DecidingBody.Trim();
        if (body.Length > 200) return Refusal.Input("deciding-body", "Beslutsorganet är högst 200 tecken.");
        if (!MayDecide(body, must))
            return new Refusal("wrong-deciding-body", $"Hos {authority.Name} beslutas gallring av {must}; {body} kan inte fatta det beslutet.");

        var recorded = new DisposalDecisionRecorded(authority.Id, reference, body, decided, from, ValidUntil, [.. types.Distinct().Order(StringComparer.Ordinal)], frist, authority.Policy.Version);
        return new Happened(recorded, KeyClass.Office, new Parts().With("scope", Text(Scope)).With("consultation", Text(Consultation)));
    }

    // Only a policy that names a body binds: "förvaltningen" may always be overruled from above, a plan is decided by whoever adopts it.
    private static bool MayDecide(string body, string must) =>
        !must.Equals("kommunstyrelsen", StringComparison.OrdinalIgnoreCase)
        || body.Equals("kommunstyrelsen", StringComparison.OrdinalIgnoreCase) || body.Equals("kommunfullmäktige", StringComparison.OrdinalIgnoreCase);

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}

public sealed class RecordDecisionHandler(SealedLog log, AuthorityRegister authorities, TimeProvider clock)
{
    public async Task<(Guid Id, long LastSequence, Refusal? Refused)> Record(RecordDecision command, Caller caller, CancellationToken ct)
    {
        var (authority, refused) = await authorities.ForArchivist(command.Authority, caller, "föra in ett gallringsbeslut", ct);
        if (authority is null) return (default, 0, refused);
        var decision = command.Decide(authority);
        if (decision.Refused is not null) return (default, 0, decision.Refused);

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var e = (DisposalDecisionRecorded)decision.Events[0].Event;
        NpgsqlBatchCommand beside = new("""
            insert into archive.retention_decisions (decision_id, authority_id, reference, deciding_body, decided_on, valid_from, valid_until, record_types, years, months, days)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11)
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = authority.Id }, new() { Value = e.Reference }, new() { Value = e.DecidingBody }, new() { Value = e.DecidedOn }, new() { Value = e.ValidFrom },
                new() { Value = (object?)e.ValidUntil ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date }, new() { Value = e.RecordTypes.ToArray() },
                new() { Value = e.Frist.Years }, new() { Value = e.Frist.Months }, new() { Value = e.Frist.Days },
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
