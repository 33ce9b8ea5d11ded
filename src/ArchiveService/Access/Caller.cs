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

/// <summary>Who asks: a person with roles per authority, or a service account.</summary>
public sealed record Caller(Guid PersonId, string Name, IReadOnlyList<Grant> Grants, bool Clearance, bool IsService, IReadOnlyList<Guid> Channels)
{
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

    public const string PersonClaim = "archive:person";
    public const string NameClaim = "archive:name";

    /// <summary>One claim a grant: <c>role@authority</c>, or <c>role@*</c>.</summary>
    public const string GrantClaim = "archive:grant";
    public const string ClearanceClaim = "archive:clearance";
    public const string ServiceClaim = "archive:service";
    public const string ChannelClaim = "archive:channel";

    public IEnumerable<Claim> ToClaims()
    {
        yield return new(PersonClaim, PersonId.ToString("D"));
        yield return new(NameClaim, Name);
        foreach (var grant in Grants) yield return new(GrantClaim, $"{grant.Role}@{(grant.Authority is { } one ? one.ToString("D") : "*")}");
        if (Clearance) yield return new(ClearanceClaim, "true");
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
            [.. principal.FindAll(ChannelClaim).Select(c => Guid.Parse(c.Value))]);
    }

    /// <summary>Endpoints that bind a caller require authorization, so there always is one.</summary>
    public static ValueTask<Caller?> BindAsync(HttpContext context) => ValueTask.FromResult(From(context.User));
}
