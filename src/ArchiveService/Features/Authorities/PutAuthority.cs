using System.Text.Json;
using System.Text.RegularExpressions;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Authorities;

public sealed record DiaryChoice(string? Template, string? Series, string? Mode);

/// <summary>What becomes of the name and of the policy: nothing, one version, or one with those coming said again on top of it.</summary>
public sealed record PolicyOutcome(string Name, IReadOnlyList<PolicyDecided> Versions, Refusal? Refused = null);

/// <summary>Creates or changes an authority (a nämnd) from a preset. A change is a new policy version, in force from a day; decisions keep the version they were made under (I10).</summary>
/// <param name="EffectiveFrom">A day of the Swedish calendar; absent means today.</param>
public sealed partial record PutAuthority(string? Name, string? Preset, DiaryChoice? Diary, IReadOnlyDictionary<string, string>? Policy, string? DecisionReference, DateOnly? EffectiveFrom = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPut("/api/v1/authorities/{code}", async (string code, PutAuthority command, Caller caller, PutAuthorityHandler handler, CancellationToken ct) =>
        {
            var (authority, created, decided, refused) = await handler.Put(code, command, caller, ct);
            if (refused is not null) return Problems.Refused(refused);
            var answer = new { authority!.Id, authority.Code, authority.Name, preset = authority.Policy.PresetName, policyVersion = authority.Policy.Version, decidedVersion = decided?.Version, effectiveFrom = decided?.EffectiveFrom };
            return created ? TypedResults.Created($"/api/v1/authorities/{authority.Code}", answer) : (IResult)TypedResults.Ok(answer);
        })
        .WithName("put-authority");

    // JAMFOR is the page that compares the presets.
    [GeneratedRegex(@"^(?!JAMFOR$)[A-ZÅÄÖ][A-ZÅÄÖ0-9-]{0,15}$")]
    private static partial Regex CodeForm { get; }

    /// <summary>Pure: the versions that result, or why not.</summary>
    public PolicyOutcome Decide(string code, string? currentName, PolicyHistory history)
    {
        static PolicyOutcome No(Refusal why) => new("", [], why);

        if (!CodeForm.IsMatch(code)) return No(Refusal.Input("authority-code", "Myndighetens kod är 1–16 tecken: versaler, siffror och bindestreck, som KS eller RA-KS."));
        var name = (Name ?? currentName ?? "").Trim();
        if (name.Length is 0 or > 200) return No(Refusal.Input("authority-name", "Ange myndighetens namn, högst 200 tecken."));
        var day = EffectiveFrom ?? history.Today;
        if (day < history.Today)
        {
            return No(Refusal.Input("effective-from-past",
                $"En ändring kan gälla tidigast i dag, {Swedish.Date(history.Today)}. Beslut som redan är fattade har sparat vilken version av policyn de fattades under, och det ändras inte i efterhand (I10)."));
        }

        var before = history.PlannedOn(day)?.Policy;
        if (day > history.Today && before is null) return No(Refusal.Input("effective-from-first", "Myndighetens första policy gäller från i dag. Lägg upp myndigheten först och besluta sedan om det som ska gälla senare."));
        if (day > history.Today && name != currentName) return No(Refusal.Input("effective-from-name", "Ett nytt namn gäller direkt. Ändra namnet för sig, utan dag, och policyn sedan."));
        var preset = Preset ?? before?.PresetName;
        if (preset is null || !Authorities.Preset.All.TryGetValue(preset, out var from))
            return No(Refusal.Input("preset-unknown", $"Välj en förlaga: {string.Join(", ", Authorities.Preset.All.Keys.Order(StringComparer.Ordinal))}."));
        if (DecisionReference is { Length: > 200 }) return No(Refusal.Input("decision-reference-missing", "Hänvisningen till beslutet får vara högst 200 tecken."));

        var (values, refused) = Wanted(from, preset == before?.PresetName ? before.Whole() : new(from.Whole, StringComparer.Ordinal));
        if (refused is not null) return No(refused);
        var after = new Policy(history.LastNumber + 1, preset, values);
        var changed = before is null || Differ(before, after);
        if (changed && before is not null && string.IsNullOrWhiteSpace(DecisionReference))
            return No(Refusal.Input("decision-reference-missing", "Ange beslutet som ändringen vilar på, med diarienummer eller paragraf, som KS § 9/2026."));
        if (!changed && name == currentName) return new(name, []);

        return new(name, [Version(after, name, DecisionReference?.Trim() is { Length: > 0 } reference ? reference : null, day, null), .. Carried(history, after, name, day)]);
    }

    private (Dictionary<string, string> Values, Refusal? Refused) Wanted(Preset preset, Dictionary<string, string> values)
    {
        var wanted = (Policy ?? new Dictionary<string, string>()).ToDictionary(StringComparer.Ordinal);
        if (Diary?.Template is { } template) wanted["diary.template"] = template;
        if (Diary?.Mode is { } mode) wanted["diary.mode"] = mode;

        // A reading first: what is asked for by name goes above what comes with it.
        foreach (var (key, value) in wanted.OrderByDescending(w => w.Key.StartsWith(PolicyKeys.ReadingPrefix, StringComparison.Ordinal)))
        {
            if (key.StartsWith(PolicyKeys.ReadingPrefix, StringComparison.Ordinal))
            {
                if (preset.Contradiction(key) is not { } contradiction)
                    return (values, Refusal.Input("policy-key-unknown", $"Förlagan {preset.Title} har ingen motsägelse {key}. Möjliga: {string.Join(", ", preset.Contradictions.Select(c => c.Key).DefaultIfEmpty("inga"))}."));
                if (contradiction.Find(value) is not { } reading)
                    return (values, Refusal.Input("policy-value-unknown", $"{key} kan inte vara {value}. Möjliga: {string.Join(", ", contradiction.Readings.Select(r => r.Value))}."));
                if (values.GetValueOrDefault(key) == value) continue;
                values[key] = value;
                foreach (var set in contradiction.Readings.SelectMany(r => r.Sets?.Keys ?? []).Distinct()) values[set] = reading.Sets?.GetValueOrDefault(set) ?? preset.Values[set].Value;
                continue;
            }

            if (PolicyKeys.Check(key, value) is { } refused) return (values, refused);
            if (LegalFloor.Find(key) is null) values[key] = value;
        }

        return (values, null);
    }

    /// <summary>What is already decided to come keeps its day: its own change is said again on top of the new values, so that neither decision undoes the other.</summary>
    private static IEnumerable<PolicyDecided> Carried(PolicyHistory history, Policy after, string name, DateOnly day)
    {
        var was = history.PlannedOn(day);
        var number = after.Version;
        foreach (var coming in history.ComingAfter(day))
        {
            var carried = Carry(was!.Policy, coming.Policy, after, number + 1);
            was = coming;
            if (!Differ(carried, coming.Policy))
            {
                after = coming.Policy;
                continue;
            }

            number++;
            after = carried;
            yield return Version(carried, name, coming.DecisionReference, coming.EffectiveFrom, coming.Number);
        }
    }

    private static Policy Carry(Policy before, Policy coming, Policy onto, int number)
    {
        // Another preset is a new start: nothing of what stood before goes along.
        if (coming.PresetName != before.PresetName) return coming with { Version = number };
        var values = onto.Whole();
        foreach (var change in PolicyHistory.Compare(before, coming))
        {
            if (change.To is { } value) values[change.Key] = value;
            else values.Remove(change.Key);
        }

        return new(number, onto.PresetName, values);
    }

    private static bool Differ(Policy one, Policy other) => one.PresetName != other.PresetName || PolicyHistory.Compare(one, other).Count > 0;

    private static PolicyDecided Version(Policy policy, string name, string? reference, DateOnly day, int? carriedFrom) =>
        new(policy.Version, name, policy.PresetName, policy.Whole(), reference, day, carriedFrom);
}

public sealed class PutAuthorityHandler(SealedLog log, AuthorityRegister register, PolicyVersions versions, TimeProvider clock)
{
    /// <returns>The authority with the policy in force now, and the version decided, if any: that one may be for a later day.</returns>
    public async Task<(Authority? Authority, bool Created, PolicyDecided? Decided, Refusal? Refused)> Put(string code, PutAuthority command, Caller caller, CancellationToken ct)
    {
        code = code.Trim().ToUpperInvariant();
        var current = await register.Find(code, ct);

        // One of another authority is refused alike whether it is there or not.
        if (!caller.May(current?.Id ?? Guid.Empty, Role.Admin)) return (null, false, null, Refusal.NotAllowed("Bara en administratör för alla myndigheter kan lägga upp en myndighet, och bara en hos myndigheten kan ändra den."));
        var id = current?.Id ?? Guid.CreateVersion7(clock.GetUtcNow());
        var history = await versions.Of(id, ct);
        var (name, decided, refused) = command.Decide(code, current?.Name, history);
        if (refused is not null) return (null, false, null, refused);

        var organ = (command.Diary?.Series ?? current?.Organ ?? code).Trim();
        if (organ.Length is 0 or > 16) return (null, false, null, Refusal.Input("diary-series", "Diariets organbeteckning är 1–16 tecken, som KS eller VA."));
        if (current is not null && organ != current.Organ) return (null, false, null, Refusal.Input("diary-series", "Ett diaries organbeteckning ändras inte i efterhand. Öppna en ny serie i stället."));
        if (decided is not [var first, ..]) return (current, false, null, null);

        var events = decided.Select(d => new Happened(d)).ToList();
        var beside = new List<NpgsqlBatchCommand> { Named(id, code, name) };
        beside.AddRange(decided.Select(d => Row(id, d, caller)));
        if (current is null)
        {
            events.Insert(0, new(new AuthorityEstablished(code, name, first.Preset)));
            beside.Add(new("insert into archive.diary_series (series_id, authority_id, organ, mode, is_default) values ($1, $2, $3, $4, true)")
            {
                Parameters = { new() { Value = Guid.CreateVersion7(clock.GetUtcNow()) }, new() { Value = id }, new() { Value = organ }, new() { Value = first.Values["diary.mode"] } },
            });
        }

        // Expected: as many events as policy versions and the founding event; a racing change makes this a conflict.
        var expected = current is null ? ExpectedVersion.NewStream : ExpectedVersion.Exactly(history.LastNumber + 1);
        try
        {
            if (await log.Append([new(id, "authority", expected, events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), beside, ct) is Appended.Conflict)
                return (null, false, null, Refusal.ChangedMeanwhile(first.Version));
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "authorities_code_key" })
        {
            return (null, false, null, Refusal.ChangedMeanwhile(1));
        }

        return (await register.Find(id, ct), current is null, first, null);
    }

    private static NpgsqlBatchCommand Named(Guid id, string code, string name) => new("""
        insert into archive.authorities (authority_id, code, name) values ($1, $2, $3)
        on conflict (authority_id) do update set name = excluded.name
        """)
    {
        Parameters = { new() { Value = id }, new() { Value = code }, new() { Value = name } },
    };

    private static NpgsqlBatchCommand Row(Guid id, PolicyDecided decided, Caller caller) => new("""
        insert into archive.policy_versions (authority_id, version, preset, policy, decision_reference, effective_from, decided_at, decided_by, carried_from)
        select $1, $2, $3, $4, $5, $6, s.timestamp, $7, $8 from archive.mt_streams s where s.id = $1
        """)
    {
        Parameters =
        {
            new() { Value = id }, new() { Value = decided.Version }, new() { Value = decided.Preset },
            new() { Value = JsonSerializer.Serialize(decided.Values), NpgsqlDbType = NpgsqlDbType.Jsonb },
            new() { Value = (object?)decided.DecisionReference ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = decided.EffectiveFrom },
            new() { Value = caller.PersonId }, new() { Value = (object?)decided.CarriedFrom ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Integer },
        },
    };
}
