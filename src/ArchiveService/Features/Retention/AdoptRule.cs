using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Retention;

/// <summary>
/// Applies a decision: which records, what the frist is counted from, how long, what is to happen then, and which class of key goes. A change is a new version.
/// The rule may be narrower and longer than its decision, never wider or shorter (I4).
/// </summary>
/// <param name="Frist">ISO 8601; absent means the decision's.</param>
/// <param name="Classes"><c>content</c>, or <c>content</c> and <c>register</c>.</param>
/// <param name="Action"><c>destroy</c> when absent.</param>
/// <param name="ClassCodes">With the classes below them. These four lists narrow the rule; an empty list takes the limit away.</param>
/// <param name="DateName">With <c>event-date</c>: the name of the noted day.</param>
public sealed record AdoptRule(
    string? Authority, Guid? Decision, string? Name, IReadOnlyList<string>? RecordTypes, string? CountedFrom, string? Frist, IReadOnlyList<string>? Classes,
    string? Action = null, string? DateName = null, string? LegalBasis = null, DateOnly? ValidFrom = null, DateOnly? ValidUntil = null,
    IReadOnlyList<string>? ClassCodes = null, IReadOnlyList<Guid>? Channels = null, IReadOnlyList<string>? Platforms = null, IReadOnlyList<string>? Directions = null)
{
    private const int MostInScope = 200;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/retention/rules", async (AdoptRule command, bool? preview, Caller caller, AdoptRuleHandler handler, CancellationToken ct) =>
        {
            if (preview == true) return Previewed(await handler.Preview(null, command, caller, ct));
            var (rule, last, refused) = await handler.Adopt(null, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/retention/rules/{rule!.Id}", new { rule.Id, rule.Version, lastSequence = last });
        }).WithName("adopt-retention-rule");

        routes.MapPut("/api/v1/retention/rules/{id:guid}", async (Guid id, AdoptRule command, bool? preview, Caller caller, AdoptRuleHandler handler, CancellationToken ct) =>
        {
            if (preview == true) return Previewed(await handler.Preview(id, command, caller, ct));
            var (rule, last, refused) = await handler.Adopt(id, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(new { rule!.Id, rule.Version, lastSequence = last });
        }).WithName("change-retention-rule");

        routes.MapDelete("/api/v1/retention/rules/{id:guid}", async (Guid id, bool? preview, Caller caller, AdoptRuleHandler handler, CancellationToken ct) =>
            preview == true ? Previewed(await handler.PreviewRepeal(id, caller, ct)) : (await handler.Repeal(id, caller, ct)).Answer()).WithName("repeal-retention-rule");

        routes.MapPost("/api/v1/retention/rules/preview", async (AdoptRule command, Guid? rule, Caller caller, AdoptRuleHandler handler, CancellationToken ct) =>
            Previewed(await handler.Preview(rule, command, caller, ct))).WithName("preview-retention-rule");

        routes.MapGet("/api/v1/retention/rules", async (string? authority, Caller caller, RetentionRegister register, AuthorityRegister authorities, CancellationToken ct) =>
        {
            var seen = caller.AuthoritiesWith(Worklist.Readers);
            if (caller.IsService || seen is []) return Problems.Refused(Refusal.NotAllowed("Bara arkivarie, registrator, chef och granskare ser gallringsreglerna."));
            if (authority is not null)
            {
                if (await authorities.Find(authority, ct) is not { } one || (seen is not null && !seen.Contains(one.Id)))
                    return Problems.Refused(Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {authority}."));
                seen = [one.Id];
            }

            return (IResult)TypedResults.Ok(new { items = (await register.RulesInForce(seen, ct)).Select(Shown) });
        }).WithName("list-retention-rules");
    }

    public static object Shown(RetentionRule rule) => new
    {
        rule.Id,
        rule.Version,
        rule.Authority,
        rule.Decision,
        rule.Name,
        rule.RecordTypes,
        action = rule.Action.Stored(),
        countedFrom = rule.CountedFrom.Stored(),
        rule.DateName,
        frist = rule.Action == RuleAction.Preserve ? null : rule.Frist.ToIso(),
        inWords = rule.InSwedish,
        rule.Classes,
        rule.LegalBasis,
        rule.Scope.ClassCodes,
        rule.Scope.Channels,
        rule.Scope.Platforms,
        rule.Scope.Directions,
        rule.ValidFrom,
        rule.ValidUntil,
        rule.AdoptedAt,
    };

    private static IResult Previewed((RuleImpact? Impact, Refusal? Refused) preview) =>
        preview.Refused is not null ? Problems.Refused(preview.Refused) : TypedResults.Ok(preview.Impact);

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
        if (!Words.Actions.TryGetValue(Action ?? (current?.Action ?? (decision.Kind == DecisionKind.Preservation ? RuleAction.Preserve : RuleAction.Destroy)).Stored(), out var action))
            return Refusal.Input("action-unknown", $"Det som ska hända kan vara: {string.Join(", ", Words.Actions.Keys)}.");
        if (decision.Kind == DecisionKind.Preservation && action is (RuleAction.Destroy or RuleAction.Compulsory))
            return new Refusal("decision-preserves", $"Beslutet {decision.Reference} säger att handlingarna bevaras: ingen regel kan gallra med stöd av det (arkivlagen 10 §).");
        if (!Words.CountedFrom.TryGetValue(CountedFrom ?? current?.CountedFrom.Stored() ?? "captured", out var from))
            return Refusal.Input("counted-from-unknown", $"Fristen kan räknas från: {string.Join(", ", Words.CountedFrom.Keys)}.");
        var dateName = from == Retention.CountedFrom.EventDate ? Named(DateName ?? current?.DateName) : null;
        if (from == Retention.CountedFrom.EventDate && dateName is null)
            return Refusal.Input("date-name-missing", "Ge dagen som fristen räknas från ett namn, som avtalet upphör: små bokstäver, siffror, mellanslag och bindestreck, högst 60 tecken.");

        var (frist, wrong) = FristOf(action, decision, current);
        if (frist is null) return wrong!;
        if (types.Contains(Disclosures.DisclosureState.RecordType) && action is (RuleAction.Destroy or RuleAction.Review))
        {
            // A decision may let requests go sooner than the authority wants: its own policy is the floor.
            var floor = authority.Policy.Of("disclosure.retention");
            if (Period.Parse(authority.Policy["disclosure.retention"]) is not { } least)
                return new Refusal("policy-keeps", "Myndighetens policy säger att begäranden om utlämnande bevaras (disclosure.retention). Ändra policyn först.");
            if (!frist.IsAtLeast(least)) return new Refusal("rule-shorter-than-policy", $"Begäranden om utlämnande sparas minst {least.InSwedish()} enligt myndighetens policy ({floor.Requirement}).");
        }

        if (action == RuleAction.Review && types.Contains(Disclosures.DisclosureState.RecordType))
            return Refusal.Input("review-of-requests", "Begäranden om utlämnande granskas inte en och en: låt regeln gallra eller bevara dem.");

        var classes = (Classes ?? current?.Classes ?? [KeyClass.Content.Stored()]).Distinct().Order(StringComparer.Ordinal).ToList();
        if (!classes.Contains(KeyClass.Content.Stored()) || classes.Any(c => !Words.Classes.ContainsKey(c)))
            return Refusal.Input("rule-classes", "En regel gallrar content (innehållet), eller content och register (även registeruppgifterna).");
        var basis = Text(LegalBasis) ?? current?.LegalBasis ?? decision.LegalBasis;
        if (basis is { Length: > 300 }) return Refusal.Input("legal-basis", "Lagstödet är högst 300 tecken.");
        if (action == RuleAction.Compulsory && (decision.Kind != DecisionKind.Law || basis is null))
            return new Refusal("compulsory-without-law", "Bara en särskild lag kan kräva gallring. För in lagrummet som ett beslut av slaget law, med lagstöd, och tillämpa det.");
        var (scope, tooMuch) = ScopeOf(current);
        if (scope is null) return tooMuch!;
        var (validFrom, validUntil) = (ValidFrom ?? current?.ValidFrom, ValidUntil ?? current?.ValidUntil);
        if (validUntil < validFrom) return Refusal.Input("rule-period", "Regeln kan inte sluta gälla innan den börjar gälla.");
        if (validFrom < decision.ValidFrom) return new Refusal("rule-before-decision", $"Regeln kan inte gälla innan beslutet {decision.Reference} gör det, {Swedish.Date(decision.ValidFrom)}.");

        return new Happened(new RetentionRuleAdopted(
            authority.Id, (current?.Version ?? 0) + 1, decision.Id, name, [.. types.Distinct().Order(StringComparer.Ordinal)], from, frist, classes, authority.Policy.Version,
            action, scope.IsEmpty() ? null : scope, dateName, basis, validFrom, validUntil));
    }

    private (Period? Frist, Refusal? Refused) FristOf(RuleAction action, DisposalDecision decision, RetentionRule? current)
    {
        if (action == RuleAction.Preserve) return Frist is null ? (Period.Preserved, null) : (null, Refusal.Input("preserve-without-frist", "Det som bevaras har ingen gallringsfrist. Lämna fristen tom."));
        var before = current?.Frist is { } last && last != Period.Preserved ? last : null;
        var frist = Frist is null ? before ?? decision.Frist : Period.Parse(Frist);
        if (frist is null) return (null, Refusal.Input("frist-unreadable", $"Gallringsfristen {Frist} går inte att läsa. Skriv den som P2Y, P6M, P1Y6M eller P30D."));
        if (frist == Period.Preserved) return (null, Refusal.Input("frist-missing", "Ange efter hur lång tid det ska ske: P5Y för fem år."));
        if (action == RuleAction.Transfer || decision.Kind == DecisionKind.Preservation) return (frist, null);
        if (!frist.IsAtLeast(decision.Frist))
            return (null, new Refusal("rule-shorter-than-decision", $"Beslutet {decision.Reference} har gallringsfristen {decision.Frist.InSwedish()}; regeln kan inte vara kortare."));
        // An act that commands gallring sets the day both ways.
        return action == RuleAction.Compulsory && !decision.Frist.IsAtLeast(frist)
            ? (null, new Refusal("rule-longer-than-law", $"{decision.Reference} kräver gallring efter {decision.Frist.InSwedish()}; regeln kan inte vara längre."))
            : (frist, null);
    }

    private (RuleScope? Scope, Refusal? Refused) ScopeOf(RetentionRule? current)
    {
        static IReadOnlyList<T>? Limit<T>(IReadOnlyList<T>? said, IReadOnlyList<T>? before) => said is null ? before : said.Count == 0 ? null : [.. said.Distinct().Order()];
        var scope = new RuleScope(
            Limit(ClassCodes?.Select(c => c.Trim()).ToList(), current?.Scope.ClassCodes), Limit(Channels, current?.Scope.Channels), Limit(Platforms, current?.Scope.Platforms), Limit(Directions, current?.Scope.Directions));
        if (scope.ClassCodes?.Any(c => c.Length is 0 or > 20) == true || scope.ClassCodes?.Count > MostInScope || scope.Channels?.Count > MostInScope)
            return (null, Refusal.Input("rule-scope", $"En klass har 1–20 tecken, och en regel avgränsas med högst {MostInScope} klasser eller kanaler."));
        if (scope.Platforms?.FirstOrDefault(p => !Features.Channels.Platforms.All.Contains(p)) is { } platform)
            return (null, Refusal.Input("rule-scope", $"Plattformen {platform} finns inte. Möjliga: {string.Join(", ", Features.Channels.Platforms.All)}."));
        return scope.Directions?.FirstOrDefault(d => !Words.Directions.ContainsKey(d)) is { } direction
            ? (null, Refusal.Input("rule-scope", $"Riktningen {direction} finns inte. Möjliga: {string.Join(", ", Words.Directions.Keys)}."))
            : (scope, null);
    }

    /// <summary>A name of a day as it is stored: a word of the rule's, so nothing about anybody fits in it.</summary>
    public static string? Named(string? name) =>
        name?.Trim().ToLowerInvariant() is { Length: > 0 and <= 60 } said && said.All(c => char.IsLetterOrDigit(c) || c is ' ' or '-') ? said : null;

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}

public sealed class AdoptRuleHandler(SealedLog log, AuthorityRegister authorities, RetentionRegister register, RuleImpacts impacts, TimeProvider clock)
{
    public async Task<(RetentionRule? Rule, long LastSequence, Refusal? Refused)> Adopt(Guid? id, AdoptRule command, Caller caller, CancellationToken ct)
    {
        var (current, decided, refused) = await Decide(id, command, caller, ct);
        if (decided is null) return (null, 0, refused);
        var ruleId = id ?? Guid.CreateVersion7(clock.GetUtcNow());
        var e = decided with { Impact = await impacts.Of(decided.Authority, ruleId, decided, null, ct) };
        NpgsqlBatchCommand[] beside = [Gate(e.Authority), End(ruleId), Row(ruleId, e)];

        // A rule's stream has one event a version, so its version is the stream's.
        return await log.Append([new(ruleId, "retention_rule", ExpectedVersion.Exactly(current?.Version ?? 0), [new Happened(e)])], log.NewKeySet(), new(caller.PersonId.ToString("D")), beside, ct) is Appended.Done done
            ? (await register.FindRule(ruleId, ct), done.LastSequence, null)
            : (null, 0, Refusal.ChangedMeanwhile((current?.Version ?? 0) + 1));
    }

    /// <summary>What the change would mean for the records that the caller may know of; nothing is changed.</summary>
    public async Task<(RuleImpact? Impact, Refusal? Refused)> Preview(Guid? id, AdoptRule command, Caller caller, CancellationToken ct)
    {
        var (_, decided, refused) = await Decide(id, command, caller, ct);
        return decided is null ? (null, refused) : (await impacts.Of(decided.Authority, id ?? Guid.CreateVersion7(clock.GetUtcNow()), decided, caller, ct), null);
    }

    public async Task<(RuleImpact? Impact, Refusal? Refused)> PreviewRepeal(Guid id, Caller caller, CancellationToken ct)
    {
        if (await register.FindRule(id, ct) is not { EndedAt: null } current || !caller.IsStaffOf(current.Authority)) return (null, NoRule);
        var (authority, refused) = await authorities.ForArchivist(current.Authority.ToString(), caller, "upphäva en gallringsregel", ct);
        return authority is null ? (null, refused) : (await impacts.Of(authority.Id, id, null, caller, ct), null);
    }

    public async Task<Outcome> Repeal(Guid id, Caller caller, CancellationToken ct)
    {
        if (await register.FindRule(id, ct) is not { EndedAt: null } current || !caller.IsStaffOf(current.Authority)) return NoRule;
        var (authority, refused) = await authorities.ForArchivist(current.Authority.ToString(), caller, "upphäva en gallringsregel", ct);
        if (authority is null) return refused!;
        var repealed = new Happened(new RetentionRuleRepealed(authority.Id, current.Version, authority.Policy.Version, await impacts.Of(authority.Id, id, null, null, ct)));
        return await log.Append([new(id, "retention_rule", ExpectedVersion.Exactly(current.Version), [repealed])], log.NewKeySet(), new(caller.PersonId.ToString("D")), [Gate(authority.Id), End(id)], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : Refusal.ChangedMeanwhile(current.Version + 1);
    }

    private static Refusal NoRule => Refusal.Unknown("rule", "Det finns ingen gällande regel med det id:t.");

    private async Task<(RetentionRule? Current, RetentionRuleAdopted? Decided, Refusal? Refused)> Decide(Guid? id, AdoptRule command, Caller caller, CancellationToken ct)
    {
        var current = id is { } known ? await register.FindRule(known, ct) : null;
        if (id is not null && (current is not { EndedAt: null } || !caller.IsStaffOf(current.Authority))) return (null, null, NoRule);
        var (authority, refused) = await authorities.ForArchivist(current?.Authority.ToString() ?? command.Authority, caller, "besluta om gallringsregler", ct);
        if (authority is null) return (null, null, refused);
        var decision = (command.Decision ?? current?.Decision) is { } of ? await register.FindDecision(of, ct) : null;
        var decided = command.Decide(authority, decision, current);
        return decided.Refused is not null ? (current, null, decided.Refused) : (current, (RetentionRuleAdopted)decided.Events[0].Event, null);
    }

    private static NpgsqlBatchCommand Row(Guid ruleId, RetentionRuleAdopted e) => new("""
        insert into archive.retention_rules
          (rule_id, version, authority_id, decision_id, name, record_types, counted_from, years, months, days, classes, adopted_at,
           action, date_name, legal_basis, class_codes, class_likes, channels, platforms, directions, valid_from, valid_until)
        select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, s.timestamp, $12, $13, $14, $15, $16, $17, $18, $19, $20, $21 from archive.mt_streams s where s.id = $1
        """)
    {
        Parameters =
        {
            new() { Value = ruleId }, new() { Value = e.Version }, new() { Value = e.Authority }, new() { Value = e.Decision }, new() { Value = e.Name },
            new() { Value = e.RecordTypes.ToArray() }, new() { Value = e.CountedFrom.Stored() },
            new() { Value = e.Frist.Years }, new() { Value = e.Frist.Months }, new() { Value = e.Frist.Days }, new() { Value = e.Classes.ToArray() },
            new() { Value = (e.Action ?? RuleAction.Destroy).Stored() }, Or(e.DateName, NpgsqlDbType.Text), Or(e.LegalBasis, NpgsqlDbType.Text),
            Or(e.Scope?.ClassCodes?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text), Or(RuleImpacts.Likes(e.Scope), NpgsqlDbType.Array | NpgsqlDbType.Text),
            Or(e.Scope?.Channels?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Uuid), Or(e.Scope?.Platforms?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text),
            Or(e.Scope?.Directions?.ToArray(), NpgsqlDbType.Array | NpgsqlDbType.Text), Or(e.ValidFrom, NpgsqlDbType.Date), Or(e.ValidUntil, NpgsqlDbType.Date),
        },
    };

    private static NpgsqlParameter Or(object? value, NpgsqlDbType type) => new() { Value = value ?? DBNull.Value, NpgsqlDbType = type };

    /// <summary>The gate before the rule's row, as a batch takes them: whoever took the row first would wait for a batch that waits for the row.</summary>
    private static NpgsqlBatchCommand Gate(Guid authority) => new("select pg_advisory_xact_lock(archive.hold_gate($1))") { Parameters = { new() { Value = authority } } };

    private static NpgsqlBatchCommand End(Guid rule) => new("""
        update archive.retention_rules r set ended_at = s.timestamp
        from archive.mt_streams s where s.id = r.rule_id and r.rule_id = $1 and r.ended_at is null
        """)
    {
        Parameters = { new() { Value = rule } },
    };
}
