using System.Security.Claims;

namespace ArchiveService.Access;

public enum Role
{
    Moderator,
    Registrator,
    Arkivarie,

    /// <summary>Shown as granskare.</summary>
    Revisor,
    Chef,
    Kommunikator,
    Admin,

    /// <summary>A service account that may only capture to the channels named.</summary>
    Connector,
}

/// <summary>A role at one authority, or at all when <paramref name="Authority"/> is null.</summary>
public sealed record Grant(Role Role, Guid? Authority);

/// <summary>May read what is secret at one authority, in one role or, without one, in every role held there.</summary>
public sealed record ClearedAt(Role? Role, Guid Authority);

/// <summary>Whose place somebody has taken for a period at an authority, and in which of the roles held there. Never with the other's clearance, and never as administrator.</summary>
public sealed record StandIn(Guid Substitution, Guid Authority, Guid Person, IReadOnlyList<Role> Roles);

/// <summary>Who asks: a person with roles per authority, or a service account.</summary>
public sealed record Caller(Guid PersonId, string Name, IReadOnlyList<Grant> Grants, bool Clearance, bool IsService, IReadOnlyList<Guid> Channels)
{
    private static readonly Role[] Staff = [Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef, Role.Kommunikator, Role.Admin];

    /// <summary>What the person is cleared for at single authorities; <see cref="Clearance"/> alone is for all.</summary>
    public IReadOnlyList<ClearedAt> ClearedIn { get; init; } = [];

    /// <summary>May read what is secret at that authority: cleared, and still in the role it was given for (OSL 8:1: a nämnd's secrets are closed to other nämnder).</summary>
    public bool MayReadSecret(Guid authority) =>
        IsStaffOf(authority) && (Clearance || ClearedIn.Any(c => c.Authority == authority && (c.Role is not { } role || May(authority, role))));

    /// <summary>The authorities where the caller may read what is secret; null means all.</summary>
    public IReadOnlyList<Guid>? ReadsSecretsOf => IsService ? [] : Clearance ? AuthoritiesWith(Staff) : [.. ClearedIn.Select(c => c.Authority).Distinct().Where(MayReadSecret)];

    /// <summary>Those whose substitute the caller is today (ersättare). Their queues and approvals are the caller's too; what they may read is not.</summary>
    public IReadOnlyList<StandIn> StandIns { get; init; } = [];

    /// <summary>The substitution under which the caller has that person's place at the authority; null when there is none.</summary>
    public StandIn? StandsInFor(Guid authority, Guid? person) => person is { } absent ? StandIns.FirstOrDefault(s => s.Authority == authority && s.Person == absent) : null;

    /// <summary>The substitution that lends the caller one of the roles there; null when there is none, or none is needed.</summary>
    public StandIn? StandsInAs(Guid authority, params ReadOnlySpan<Role> any)
    {
        if (May(authority, any)) return null;
        foreach (var one in StandIns)
        {
            foreach (var role in any)
            {
                if (one.Authority == authority && one.Roles.Contains(role)) return one;
            }
        }

        return null;
    }

    /// <summary>The caller, and those whose queues are the caller's at that authority.</summary>
    public bool IsOrStandsInFor(Guid authority, Guid? person) => person == PersonId || StandsInFor(authority, person) is not null;

    /// <summary>Why the caller reads what is secret, where they have said so; it goes with every reading that is noted.</summary>
    public string? ReadReason { get; init; }

    /// <summary>May read something secret somewhere.</summary>
    public bool ReadsSecrets => ReadsSecretsOf is null or { Count: > 0 };

    /// <summary>Would be shown what is secret, had they said why.</summary>
    public bool OwesReason => ReadReason is null && ReadsSecrets;

    /// <summary>For lists and pages where what is secret stands among the rest: who has not said why reads it as one without clearance.</summary>
    public Caller Reasoned() => OwesReason ? this with { Clearance = false, ClearedIn = [] } : this;

    /// <summary>The service itself, for what it does on its own: projections, inbox, schedules. Holds no role and can approve nothing.</summary>
    public static Caller System { get; } = new(new Guid("00000000-0000-8000-8000-000000000001"), "ArchiveService", [], Clearance: false, IsService: true, []);

    public bool May(Guid authority, params ReadOnlySpan<Role> any)
    {
        foreach (var grant in Grants)
        {
            if (grant.Authority is { } one && one != authority) continue;
            if (any.Contains(grant.Role)) return true;
        }

        return false;
    }

    public bool MayAnywhere(params ReadOnlySpan<Role> any)
    {
        foreach (var grant in Grants)
        {
            if (any.Contains(grant.Role)) return true;
        }

        return false;
    }

    /// <summary>The authorities the caller has any of the roles at; null means all.</summary>
    public IReadOnlyList<Guid>? AuthoritiesWith(params ReadOnlySpan<Role> any)
    {
        var found = new List<Guid>();
        foreach (var grant in Grants)
        {
            if (!any.Contains(grant.Role)) continue;
            if (grant.Authority is null) return null;
            found.Add(grant.Authority.Value);
        }

        return found;
    }

    /// <summary>Staff of the authority in any role but connector.</summary>
    public bool IsStaffOf(Guid authority) =>
        !IsService && May(authority, Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Revisor, Role.Chef, Role.Kommunikator, Role.Admin);

    /// <summary>May know of what nobody has assessed yet (direct messages, secrecy hints): the moderators and registrators of the authority.</summary>
    public bool MayAssess(Guid authority) => May(authority, Role.Moderator, Role.Registrator);

    /// <summary>The same person as a reader without clearance who may not assess: knows of nothing that stands behind a wall.</summary>
    public Caller Unassessing() => this with
    {
        Clearance = false,
        ClearedIn = [],
        Grants = [.. Grants.Select(g => g.Role is Role.Moderator or Role.Registrator ? g with { Role = Role.Revisor } : g).Distinct()],
    };

    public const string PersonClaim = "archive:person";
    public const string NameClaim = "archive:name";

    /// <summary>One claim a grant: <c>role@authority</c>, or <c>role@*</c>.</summary>
    public const string GrantClaim = "archive:grant";
    public const string ClearanceClaim = "archive:clearance";

    /// <summary>One claim a clearance at one authority: <c>role@authority</c>, or <c>*@authority</c>.</summary>
    public const string ClearedAtClaim = "archive:cleared-at";
    /// <summary>One claim a person stood in for: <c>substitution@authority@person@role,role</c>.</summary>
    public const string StandInClaim = "archive:stands-in";
    public const string ServiceClaim = "archive:service";
    public const string ChannelClaim = "archive:channel";

    public IEnumerable<Claim> ToClaims()
    {
        yield return new(PersonClaim, PersonId.ToString("D"));
        yield return new(NameClaim, Name);
        foreach (var grant in Grants) yield return new(GrantClaim, $"{grant.Role}@{(grant.Authority is { } one ? one.ToString("D") : "*")}");
        if (Clearance) yield return new(ClearanceClaim, "true");
        foreach (var cleared in ClearedIn) yield return new(ClearedAtClaim, $"{cleared.Role?.ToString() ?? "*"}@{cleared.Authority:D}");
        foreach (var one in StandIns) yield return new(StandInClaim, $"{one.Substitution:D}@{one.Authority:D}@{one.Person:D}@{string.Join(',', one.Roles)}");
        if (IsService) yield return new(ServiceClaim, "true");
        foreach (var channel in Channels) yield return new(ChannelClaim, channel.ToString("D"));
    }

    public static Caller? From(ClaimsPrincipal principal)
    {
        if (principal.FindFirst(PersonClaim) is not { } person || !Guid.TryParse(person.Value, out var id)) return null;
        var grants = new List<Grant>();
        foreach (var claim in principal.FindAll(GrantClaim))
        {
            var at = claim.Value.IndexOf('@', StringComparison.Ordinal);
            if (at < 0 || !Enum.TryParse<Role>(claim.Value[..at], out var role)) continue;
            grants.Add(new(role, claim.Value[(at + 1)..] == "*" ? null : Guid.Parse(claim.Value[(at + 1)..])));
        }

        return new(
            id, principal.FindFirst(NameClaim)?.Value ?? "", grants, principal.HasClaim(ClearanceClaim, "true"), principal.HasClaim(ServiceClaim, "true"),
            [.. principal.FindAll(ChannelClaim).Select(c => Guid.Parse(c.Value))])
        {
            ClearedIn = [.. principal.FindAll(ClearedAtClaim).Select(c => c.Value.Split('@')).Select(c => new ClearedAt(c[0] == "*" ? null : Enum.Parse<Role>(c[0]), Guid.Parse(c[1])))],
            StandIns = principal.FindAll(StandInClaim).Select(c => c.Value.Split('@'))
                .Select(c => new StandIn(Guid.Parse(c[0]), Guid.Parse(c[1]), Guid.Parse(c[2]), [.. c[3].Split(',', StringSplitOptions.RemoveEmptyEntries).Select(Enum.Parse<Role>)])).ToArray(),
        };
    }

    /// <summary>Endpoints that bind a caller require authorization, so there always is one.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(context.CallerOrNull());
}
