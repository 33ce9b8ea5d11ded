namespace ArchiveService.Access;

/// <summary>Whoever grants and takes back the roles that the identity provider's claims say: what it gave is told by it, and what an administrator gave is left alone.</summary>
public static class IdentityProvider
{
    public static Caller Caller { get; } = new(
        new Guid("00000000-0000-8000-8000-000000000003"), "Inloggningstjänsten", [new(Role.Admin, null)], Clearance: false, IsService: true, []);
}
