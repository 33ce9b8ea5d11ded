using ArchiveService.Features.Persons;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Access.Oidc;

/// <summary>What the provider's claims lead to for a person.</summary>
/// <param name="Events">Roles given and taken back, told by the provider.</param>
/// <param name="HasRole">Whether the person has any role afterwards, whoever gave it.</param>
/// <param name="Refused">Why the person may not log in although the claims give roles. What was taken back is taken back all the same.</param>
public sealed record ProviderRoles(IReadOnlyList<Happened> Events, bool HasRole, Refusal? Refused)
{
    /// <summary>Pure: compares what the provider gave before with what it says now.</summary>
    public static ProviderRoles Of(Person person, IReadOnlyList<Grant> claimed, SeparateDuties duties)
    {
        var by = IdentityProvider.Caller.PersonId;
        var lost = person.FromProvider.Except(claimed);
        var kept = person.Grants.Except(lost);
        List<Happened> events = [.. lost.Order(Grants.InOrder).Select(g => new Happened(new RoleRevoked(g.Role, g.Authority, by)))];
        var given = claimed.Where(g => !kept.Contains(g)).Distinct().Order(Grants.InOrder).ToList();
        // Both in the claims, or one of them here already: neither is chosen, somebody has to mend it.
        if (given.Any(g => duties.Refuse(kept.Concat(given), g) is not null)) return new(events, !kept.IsEmpty, SeparateDuties.Conflict);
        events.AddRange(given.Select(g => new Happened(new RoleGranted(g.Role, g.Authority, by))));
        return new(events, kept.Count + given.Count > 0, null);
    }

    /// <summary>Roles with the codes of authorities, null for all. A person is never given a service account's role.</summary>
    public static IEnumerable<(Role Role, string? Authority)> Read(IReadOnlyList<string> values, IReadOnlyList<MappedRole> mapped)
    {
        foreach (var value in values)
        {
            if (mapped.Count > 0)
            {
                foreach (var line in mapped.Where(m => m.Claim == value)) yield return (line.Role, line.Authority);
                continue;
            }

            var colon = value.LastIndexOf(':');
            if (Roles.Find(value[(colon + 1)..]) is not { } role || role == Role.Connector) continue;
            if (colon < 0) yield return (role, null);
            else if (value[..colon].Trim() is { Length: > 0 } code) yield return (role, code);
        }
    }
}

/// <summary>An order for grants, so that the same claims always lead to the same events.</summary>
internal static class Grants
{
    public static IComparer<Grant> InOrder { get; } = Comparer<Grant>.Create((one, other) => (one.Role, one.Authority ?? Guid.Empty).CompareTo((other.Role, other.Authority ?? Guid.Empty)));
}
