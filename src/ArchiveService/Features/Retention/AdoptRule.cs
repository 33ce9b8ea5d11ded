using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Retention;

/// <summary>
/// Applies a decision: which record types, what the frist is counted from, how long, and which class of key goes. A change is a new version.
/// The rule may be narrower and longer than its decision, never wider or shorter (I4).
/// </summary>
/// <param name="Frist">ISO 8601; absent means the decision's.</param>
/// <param name="Classes"><c>content</c>, or <c>content</c> and <c>register</c>.</param>
public sealed record AdoptRule(string? Authority, Guid? Decision, string? Name, IReadOnlyList<string>? RecordTypes, string? CountedFrom, string? Frist, IReadOnlyList<string>? Classes)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/retention/rules", async (AdoptRule command, Caller caller, AdoptRuleHandler handler, CancellationToken ct) =>
        {
            var (rule, last, refused) = await handler.Adopt(null, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/retention/rules/{rule!.Id}", new { rule.Id, rule.Version, lastSequence = last });
        }).WithName("adopt-retention-rule");

        routes.MapPut("/api/v1/retention/rules/{id:guid}", async (Guid id, AdoptRule command, Caller caller, AdoptRuleHandler handler, CancellationToken ct) =>
        {
            var (rule, last, refused) = await handler.Adopt(id, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(new { rule!.Id, rule.Version, lastSequence = last });
        }).WithName("change-retention-rule");

        routes.MapDelete("/api/v1/retention/rules/{id:guid}", async (Guid id, Caller caller, AdoptRuleHandler handler, CancellationToken ct) =>
            (await handler.Repeal(id, caller, ct)).Answer()).WithName("repeal-retention-rule");
    }

    /// <summary>Pure: the next version, or why not.</summary>
    public Decision Decide(Authority authority, DisposalDecision? decision, RetentionRule? current)
    {
        if (decision is null || decision.Authority != authority.Id)
            return new Refusal("no-decision", "Utan gallringsbeslut finns det inget att tillämpa: ange ett beslut som gäller för myndigheten.");
        var name = (Name ?? current?.Name ?? "").Trim();
        if (name.Length is 0 or > 200) return Refusal.Input("rule-name-missing", "Ge regeln ett namn, högst 200 tecken.");
        var types = RecordTypes ?? current?.RecordTypes ?? decision.RecordTypes;
        if (types.Count == 0) return Refusal.Input("rule-without-types", "Ange vilka handlingstyper regeln gäller.");
        if (types.FirstOrDefault(t => !decision.RecordTypes.Contains(t)) is { } outside)
            return new Refusal("outside-decision-scope", $"Beslutet {decision.Reference} omfattar inte handlingstypen {Words.RecordTypes.Said(outside)} (V-11).");
        if (!Words.CountedFrom.TryGetValue(CountedFrom ?? current?.CountedFrom.Stored() ?? "captured", out var from))
            return Refusal.Input("counted-from-unknown", $"Fristen kan räknas från: {string.Join(", ", Words.CountedFrom.Keys)}.");
        var frist = Frist is null ? current?.Frist ?? decision.Frist : Period.Parse(Frist);
        if (frist is null) return Refusal.Input("frist-unreadable", $"Gallringsfristen {Frist} går inte att läsa. Skriv den som P2Y, P6M, P1Y6M eller P30D.");
        if (!frist.IsAtLeast(decision.Frist))
            return new Refusal("rule-shorter-than-decision", $"Beslutet {decision.Reference} har gallringsfristen {decision.Frist.InSwedish()}; regeln kan inte vara kortare.");
        if (types.Contains(Disclosures.DisclosureState.RecordType))
        {
            // A decision may let requests go sooner than the authority wants: its own policy is the floor.
            var floor = authority.Policy.Of("disclosure.retention");
            if (Period.Parse(authority.Policy["disclosure.retention"]) is not { } least)
                return new Refusal("policy-keeps", "Myndighetens policy säger att begäranden om utlämnande bevaras (disclosure.retention). Ändra policyn först.");
            if (!frist.IsAtLeast(least)) return new Refusal("rule-shorter-than-policy", $"Begäranden om utlämnande sparas minst {least.InSwedish()} enligt myndighetens policy ({floor.Requirement}).");
        }

        var classes = (Classes ?? current?.Classes ?? [KeyClass.Content.Stored()]).Distinct().Order(StringComparer.Ordinal).ToList();
        if (!classes.Contains(KeyClass.Content.Stored()) || classes.Any(c => !Words.Classes.ContainsKey(c)))
            return Refusal.Input("rule-classes", "En regel gallrar content (innehållet), eller content och register (även registeruppgifterna).");

        return new Happened(new RetentionRuleAdopted(
            authority.Id, (current?.Version ?? 0) + 1, decision.Id, name, [.. types.Distinct().Order(StringComparer.Ordinal)], from, frist, classes, authority.Policy.Version));
    }
}

public sealed class AdoptRuleHandler(SealedLog log, AuthorityRegister authorities, RetentionRegister register, TimeProvider clock)
{
    public async Task<(RetentionRule? Rule, long LastSequence, Refusal? Refused)> Adopt(Guid? id, AdoptRule command, Caller caller, CancellationToken ct)
    {
        var current = id is { } known ? await register.FindRule(known, ct) : null;
        if (id is not null && current is not { EndedAt: null }) return (null, 0, Refusal.Unknown("rule", "Det finns ingen gällande regel med det id:t."));
        var (authority, refused) = await authorities.ForArchivist(current?.Authority.ToString() ?? command.Authority, caller, "besluta om gallringsregler", ct);
        if (authority is null) return (null, 0, refused);
        var decision = (command.Decision ?? current?.Decision) is { } of ? await register.FindDecision(of, ct) : null;
        var decided = command.Decide(authority, decision, current);
        if (decided.Refused is not null) return (null, 0, decided.Refused);

        var e = (RetentionRuleAdopted)decided.Events[0].Event;
        var ruleId = id ?? Guid.CreateVersion7(clock.GetUtcNow());
        NpgsqlBatchCommand[] beside =
        [
            End(ruleId),
            new("""
                insert into archive.retention_rules
                  (rule_id, version, authority_id, decision_id, name, record_types, counted_from, years, months, days, classes, adopted_at)
                select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, s.timestamp from archive.mt_streams s where s.id = $1
                """)
            {
                Parameters =
                {
                    new() { Value = ruleId }, new() { Value = e.Version }, new() { Value = e.Authority }, new() { Value = e.Decision }, new() { Value = e.Name },
                    new() { Value = e.RecordTypes.ToArray() }, new() { Value = e.CountedFrom.Stored() },
                    new() { Value = e.Frist.Years }, new() { Value = e.Frist.Months }, new() { Value = e.Frist.Days }, new() { Value = e.Classes.ToArray() },
                },
            },
        ];

        // A rule's stream has one event a version, so its version is the stream's.
        return await log.Append([new(ruleId, "retention_rule", ExpectedVersion.Exactly(current?.Version ?? 0), decided.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), beside, ct) is Appended.Done done
            ? (await register.FindRule(ruleId, ct), done.LastSequence, null)
            : (null, 0, Refusal.ChangedMeanwhile((current?.Version ?? 0) + 1));
    }

    public async Task<Outcome> Repeal(Guid id, Caller caller, CancellationToken ct)
    {
        if (await register.FindRule(id, ct) is not { EndedAt: null } current) return Refusal.Unknown("rule", "Det finns ingen gällande regel med det id:t.");
        var (authority, refused) = await authorities.ForArchivist(current.Authority.ToString(), caller, "upphäva en gallringsregel", ct);
        if (authority is null) return refused!;
        var repealed = new Happened(new RetentionRuleRepealed(authority.Id, current.Version, authority.Policy.Version));
        return await log.Append([new(id, "retention_rule", ExpectedVersion.Exactly(current.Version), [repealed])], log.NewKeySet(), new(caller.PersonId.ToString("D")), [End(id)], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : Refusal.ChangedMeanwhile(current.Version + 1);
    }

    private static NpgsqlBatchCommand End(Guid rule) => new("""
        update archive.retention_rules r set ended_at = s.timestamp
        from archive.mt_streams s where s.id = r.rule_id and r.rule_id = $1 and r.ended_at is null
        """)
    {
        Parameters = { new() { Value = rule } },
    };
}
