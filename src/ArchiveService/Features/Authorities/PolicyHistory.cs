using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;

namespace ArchiveService.Features.Authorities;

/// <summary>A version of a policy, with who decided it, when, on what ground and from which day.</summary>
public sealed record PolicyVersion(Policy Policy, string? DecisionReference, DateOnly EffectiveFrom, DateTimeOffset DecidedAt, Guid? DecidedBy, string? DecidedByName, int? CarriedFrom)
{
    public int Number => Policy.Version;

    /// <summary>On its own day it is in force from when it was decided, not from midnight: decisions taken before carry the version before.</summary>
    public DateTimeOffset Since => Swedish.StartOf(EffectiveFrom) is var midnight && midnight > DecidedAt ? midnight : DecidedAt;
}

/// <summary>A value that a version changed. <paramref name="From"/> is null where the version before had no such key, <paramref name="To"/> where the new one has none.</summary>
public sealed record PolicyChange(string Key, string? From, string? To, string Requirement);

public enum PolicyStanding
{
    Past,
    InForce,
    Coming,

    /// <summary>Another version for the same day was decided before the day came.</summary>
    Replaced,
}

/// <summary>All versions of an authority's policy, as known at <paramref name="Now"/> by the database's clock, which is the one that decisions are recorded by.</summary>
public sealed record PolicyHistory(IReadOnlyList<PolicyVersion> Versions, DateTimeOffset Now)
{
    public DateOnly Today => Swedish.Day(Now);

    public int LastNumber => Versions.Select(v => v.Number).DefaultIfEmpty().Max();

    private IEnumerable<PolicyVersion> InOrder => Versions.OrderBy(v => v.EffectiveFrom).ThenBy(v => v.Number);

    /// <summary>Null before the authority had a policy.</summary>
    public PolicyVersion? InForce(DateTimeOffset at) => InOrder.LastOrDefault(v => v.Since <= at);

    /// <summary>The version that is to be in force on the day, as far as is decided now.</summary>
    public PolicyVersion? PlannedOn(DateOnly day) => InOrder.LastOrDefault(v => v.EffectiveFrom <= day);

    /// <summary>What is decided to come into force after the day, in order.</summary>
    public IReadOnlyList<PolicyVersion> ComingAfter(DateOnly day) => [.. InOrder.Where(v => v.EffectiveFrom > day && !IsReplaced(v))];

    public PolicyStanding Standing(PolicyVersion version) =>
        IsReplaced(version) ? PolicyStanding.Replaced
        : version.Since > Now ? PolicyStanding.Coming
        : version == InForce(Now) ? PolicyStanding.InForce
        : PolicyStanding.Past;

    /// <summary>Against the version that it takes over from.</summary>
    public IReadOnlyList<PolicyChange> Changes(PolicyVersion version) =>
        InOrder.TakeWhile(v => v != version).LastOrDefault(v => !IsReplaced(v)) is { } before ? Compare(before.Policy, version.Policy) : [];

    public static IReadOnlyList<PolicyChange> Compare(Policy before, Policy after)
    {
        var (was, becomes) = (before.Whole(), after.Whole());
        return
        [
            .. was.Keys.Union(becomes.Keys).Order(StringComparer.Ordinal).Where(key => was.GetValueOrDefault(key) != becomes.GetValueOrDefault(key))
                .Select(key => new PolicyChange(key, was.GetValueOrDefault(key), becomes.GetValueOrDefault(key), becomes.ContainsKey(key) ? after.Of(key).Requirement : before.Of(key).Requirement)),
        ];
    }

    private bool IsReplaced(PolicyVersion version) =>
        Versions.Any(v => v.Number > version.Number && v.EffectiveFrom == version.EffectiveFrom && v.DecidedAt < Swedish.StartOf(version.EffectiveFrom));
}

/// <summary>Reads the versions of a policy.</summary>
public sealed class PolicyVersions(Databases databases)
{
    /// <summary>An authority that does not exist has none.</summary>
    public async Task<PolicyHistory> Of(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select t, v.version, v.preset, v.policy, v.decision_reference, v.effective_from, v.decided_at, v.decided_by, n.name, v.carried_from
            from (select clock_timestamp() as t) now
            left join archive.policy_versions v on v.authority_id = $1
            left join views.persons n on n.person_id = v.decided_by
            order by v.version
            """);
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        var now = DateTimeOffset.MinValue;
        var versions = new List<PolicyVersion>();
        while (await row.ReadAsync(ct))
        {
            now = row.GetFieldValue<DateTimeOffset>(0);
            if (row.IsDBNull(1)) continue;
            var by = row.IsDBNull(7) ? (Guid?)null : row.GetGuid(7);
            versions.Add(new(
                new(row.GetInt32(1), row.GetString(2), JsonSerializer.Deserialize<Dictionary<string, string>>(row.GetString(3))!),
                row.IsDBNull(4) ? null : row.GetString(4), row.GetFieldValue<DateOnly>(5), row.GetFieldValue<DateTimeOffset>(6), by,
                row.IsDBNull(8) ? by == CommandLineCaller.Caller.PersonId ? CommandLineCaller.Caller.Name : null : row.GetString(8),
                row.IsDBNull(9) ? null : row.GetInt32(9)));
        }

        return new(versions, now);
    }
}
