using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.Features.DefaultStates;

/// <summary>
/// Adopts a rule that gives a default state, or a new version of one: ten thousand thumbs up need no person each (H-24, T-16, V-10). Looked at with
/// <c>preview</c> before it is adopted; applied to what is captured from then on, and to what waits by <c>apply</c>.
/// </summary>
public sealed record AdoptDefaultRule(
    string? Authority, string? Name, IReadOnlyList<string>? RecordTypes, string? Content, int? AtMostCharacters, string? To, Guid? DisposalDecision, string? DecisionReference)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/default-rules", async (string? authority, Caller caller, DefaultRuleHandler handler, CancellationToken ct) =>
            TypedResults.Ok(new { items = (await handler.Visible(authority, caller, ct)).Select(Told) })).WithName("default-rules");
        routes.MapPost("/api/v1/default-rules", async (AdoptDefaultRule command, Caller caller, DefaultRuleHandler handler, CancellationToken ct) =>
        {
            var (rule, last, refused) = await handler.Adopt(null, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/default-rules/{rule!.Id}", new { rule.Id, rule.Version, lastSequence = last });
        }).WithName("adopt-default-rule");
        routes.MapPut("/api/v1/default-rules/{id:guid}", async (Guid id, AdoptDefaultRule command, Caller caller, DefaultRuleHandler handler, CancellationToken ct) =>
        {
            var (rule, last, refused) = await handler.Adopt(id, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(new { rule!.Id, rule.Version, lastSequence = last });
        }).WithName("change-default-rule");
        routes.MapDelete("/api/v1/default-rules/{id:guid}", async (Guid id, Caller caller, DefaultRuleHandler handler, CancellationToken ct) => (await handler.Repeal(id, caller, ct)).Answer()).WithName("repeal-default-rule");
        routes.MapPost("/api/v1/default-rules/preview", async (AdoptDefaultRule command, Caller caller, DefaultRuleHandler handler, DefaultRuleRuns runs, CancellationToken ct) =>
        {
            var (rule, refused) = await handler.Preview(command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(await runs.Preview(rule!, caller, ct));
        }).WithName("preview-default-rule");
        routes.MapPost("/api/v1/default-rules/{id:guid}/apply", async (Guid id, Guid? after, Caller caller, DefaultRuleHandler handler, DefaultRuleRuns runs, CancellationToken ct) =>
        {
            var (rule, policy, refused) = await handler.ForApplying(id, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(await runs.Apply(rule!, policy!, after, caller, ct));
        }).WithName("apply-default-rule");
    }

    private static object Told(DefaultRule r) => new
    {
        r.Id,
        r.Version,
        r.Authority,
        r.Name,
        r.RecordTypes,
        content = RecordStates.Stored(r.Content),
        r.AtMostCharacters,
        to = RecordStates.Stored(r.To),
        r.DisposalDecision,
        r.DecisionReference,
    };

    /// <summary>Pure: the next version, or why not. <paramref name="decisionInForce"/>: the gallringsbeslut named is in force and covers the types.</summary>
    public Decision Decide(Authority authority, DefaultRule? current, bool decisionInForce)
    {
        if (Name?.Trim() is not { Length: > 0 and <= 200 } name) return Refusal.Input("rule-name-missing", "Ge regeln ett namn, högst 200 tecken.");
        var types = RecordTypes is { Count: > 0 } ? RecordTypes : ["comment"];
        if (types.FirstOrDefault(t => !DefaultRuleWords.RecordTypes.ContainsKey(t)) is { } outside)
            return Refusal.Input("rule-record-type", outside == "direct-message" ? "Ett direktmeddelande bedöms alltid av en människa: H-24 gäller bara det som allmänheten kan läsa." : $"En regel kan gälla: {string.Join(", ", DefaultRuleWords.RecordTypes.Keys)}.");
        if (Content is null || !DefaultRuleWords.Contents.TryGetValue(Content, out var content)) return Refusal.Input("rule-content", $"Innehållet kan vara: {string.Join(", ", DefaultRuleWords.Contents.Keys)}.");
        if (content.Content == RuleContent.Short && AtMostCharacters is not (>= 0 and <= DefaultRule.MostCharacters))
            return Refusal.Input("rule-length", $"Ange högst hur många tecken texten får ha, 0–{DefaultRule.MostCharacters}.");
        if (To is null || !DefaultRuleWords.States.TryGetValue(To, out var to))
            return DefaultRule.Unlawful(Registration.Registered, authority.Policy)!;
        if (DefaultRule.Unlawful(to.To, authority.Policy) is { } unlawful) return unlawful;
        if (DisposalDecision is not null && !decisionInForce) return new Refusal("no-decision", "Gallringsbeslutet är inte i kraft, gäller inte myndigheten eller omfattar inte handlingstyperna (T-16).");
        if (DecisionReference is { Length: > 200 }) return Refusal.Input("decision-reference", "Beslutets beteckning får vara högst 200 tecken.");
        return new Happened(new DefaultRuleAdopted(
            authority.Id, (current?.Version ?? 0) + 1, name, [.. types.Distinct().Order(StringComparer.Ordinal)], content.Content, content.Content == RuleContent.Short ? AtMostCharacters : null,
            to.To, DisposalDecision, string.IsNullOrWhiteSpace(DecisionReference) ? null : DecisionReference.Trim(), authority.Policy.Version));
    }
}

/// <summary>The rules as they stand in the inline table.</summary>
public sealed class DefaultRules(Hosting.Databases databases)
{
    private const string Columns = "select rule_id, version, authority_id, name, record_types, content, at_most_characters, state, decision_id, decision_reference from archive.default_rules where ended_at is null";

    public Task<List<DefaultRule>> InForce(Guid authority, CancellationToken ct) => Read($"{Columns} and authority_id = $1 order by rule_id", authority, ct);

    public async Task<DefaultRule?> Find(Guid id, CancellationToken ct) => (await Read($"{Columns} and rule_id = $1", id, ct)).SingleOrDefault();

    private async Task<List<DefaultRule>> Read(string sql, Guid value, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.Parameters.Add(new() { Value = value });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<DefaultRule>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetGuid(0), rows.GetInt32(1), rows.GetGuid(2), rows.GetString(3), rows.GetFieldValue<string[]>(4), DefaultRuleWords.Contents[rows.GetString(5)].Content, rows.GetFieldValue<int?>(6),
                DefaultRuleWords.States[rows.GetString(7)].To, rows.GetFieldValue<Guid?>(8), rows.IsDBNull(9) ? null : rows.GetString(9)));
        }

        return found;
    }
}

public sealed class DefaultRuleHandler(SealedLog log, AuthorityRegister authorities, DefaultRules rules, DisposalDecisions decisions, TimeProvider clock)
{
    private static readonly Refusal NoRule = Refusal.Unknown("rule", "Det finns ingen gällande regel med det id:t, eller så får du inte se den.");

    public static bool MayAdopt(Caller caller, Guid authority) => caller is { IsService: false } && caller.May(authority, Role.Registrator, Role.Chef, Role.Arkivarie);

    public async Task<IReadOnlyList<DefaultRule>> Visible(string? code, Caller caller, CancellationToken ct)
    {
        var found = new List<DefaultRule>();
        foreach (var authority in await authorities.All(ct))
        {
            if (caller.IsStaffOf(authority.Id) && (code is null || string.Equals(code, authority.Code, StringComparison.OrdinalIgnoreCase))) found.AddRange(await rules.InForce(authority.Id, ct));
        }

        return found;
    }

    /// <summary>The rule that the command would adopt.</summary>
    public async Task<(DefaultRule? Rule, Refusal? Refused)> Preview(AdoptDefaultRule command, Caller caller, CancellationToken ct)
    {
        var (_, _, decision) = await Decide(null, command, caller, ct);
        return decision.Refused is { } why ? (null, why) : (Of(Guid.Empty, (DefaultRuleAdopted)decision.Events[0].Event), null);
    }

    public async Task<(DefaultRule? Rule, long LastSequence, Refusal? Refused)> Adopt(Guid? id, AdoptDefaultRule command, Caller caller, CancellationToken ct)
    {
        var (current, _, decision) = await Decide(id, command, caller, ct);
        if (decision.Refused is { } why) return (null, 0, why);

        var e = (DefaultRuleAdopted)decision.Events[0].Event;
        var rule = Of(id ?? Guid.CreateVersion7(clock.GetUtcNow()), e);
        NpgsqlBatchCommand[] beside =
        [
            End(rule.Id),
            new("""
                insert into archive.default_rules (rule_id, version, authority_id, name, record_types, content, at_most_characters, state, decision_id, decision_reference, adopted_at)
                select $1, $2, $3, $4, $5, $6, $7, $8, $9, $10, s.timestamp from archive.mt_streams s where s.id = $1
                """)
            {
                Parameters =
                {
                    new() { Value = rule.Id }, new() { Value = e.Version }, new() { Value = e.Authority }, new() { Value = e.Name }, new() { Value = e.RecordTypes.ToArray() },
                    new() { Value = RecordStates.Stored(e.Content) }, new() { Value = (object?)e.AtMostCharacters ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer },
                    new() { Value = RecordStates.Stored(e.To) }, new() { Value = (object?)e.DisposalDecision ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                    new() { Value = (object?)e.DecisionReference ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text },
                },
            },
        ];
        var expected = current is null ? ExpectedVersion.NewStream : ExpectedVersion.Exactly(current.Version);
        return await log.Append([new(rule.Id, "default_rule", expected, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), beside, ct) is Appended.Done done
            ? (rule, done.LastSequence, null)
            : (null, 0, Refusal.ChangedMeanwhile(rule.Version));
    }

    public async Task<Outcome> Repeal(Guid id, Caller caller, CancellationToken ct)
    {
        var (rule, policy, refused) = await ForApplying(id, caller, ct, lawfulNow: false);
        if (rule is null) return refused!;
        var repealed = new Happened(new DefaultRuleRepealed(rule.Authority, rule.Version, policy!.Version));
        return await log.Append([new(id, "default_rule", ExpectedVersion.Exactly(rule.Version), [repealed])], log.NewKeySet(), new(caller.PersonId.ToString("D")), [End(id)], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : Refusal.ChangedMeanwhile(rule.Version + 1);
    }

    public async Task<(DefaultRule? Rule, Policy? Policy, Refusal? Refused)> ForApplying(Guid id, Caller caller, CancellationToken ct, bool lawfulNow = true)
    {
        if (await rules.Find(id, ct) is not { } rule || !caller.IsStaffOf(rule.Authority)) return (null, null, NoRule);
        if (!MayAdopt(caller, rule.Authority)) return (null, null, Refusal.NotAllowed("Bara registrator, arkivarie eller chef kan använda reglerna för standardlägen."));
        var policy = (await authorities.Find(rule.Authority, ct))!.Policy;
        return lawfulNow && DefaultRule.Unlawful(rule.To, policy) is { } unlawful ? (null, null, unlawful) : (rule, policy, null);
    }

    private async Task<(DefaultRule? Current, Authority? Authority, Decision Decision)> Decide(Guid? id, AdoptDefaultRule command, Caller caller, CancellationToken ct)
    {
        var current = id is { } known ? await rules.Find(known, ct) : null;
        if (id is not null && (current is null || !caller.IsStaffOf(current.Authority))) return (null, null, NoRule);
        var authority = current is not null ? await authorities.Find(current.Authority, ct) : await authorities.Find(command.Authority ?? "", ct);
        if (authority is null || !caller.IsStaffOf(authority.Id)) return (null, null, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {command.Authority}, eller så får du inte se den."));
        if (!MayAdopt(caller, authority.Id)) return (null, null, Refusal.NotAllowed("Bara registrator, arkivarie eller chef kan anta en regel för standardlägen."));
        var inForce = true;
        if (command.DisposalDecision is { } decision)
        {
            foreach (var type in command.RecordTypes is { Count: > 0 } types ? types : ["comment"]) inForce &= await decisions.IsInForce(decision, authority.Id, type, ct);
        }

        return (current, authority, command.Decide(authority, current, inForce));
    }

    private static DefaultRule Of(Guid id, DefaultRuleAdopted e) => new(id, e.Version, e.Authority, e.Name, e.RecordTypes, e.Content, e.AtMostCharacters, e.To, e.DisposalDecision, e.DecisionReference);

    private static NpgsqlBatchCommand End(Guid rule) => new("""
        update archive.default_rules r set ended_at = s.timestamp
        from archive.mt_streams s where s.id = r.rule_id and r.rule_id = $1 and r.ended_at is null
        """)
    {
        Parameters = { new() { Value = rule } },
    };
}
