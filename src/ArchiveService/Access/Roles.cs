namespace ArchiveService.Access;

/// <summary>Roles as they are stored and written in commands: lower case, without å, ä and ö.</summary>
public static class Roles
{
    public static IReadOnlyList<Role> All { get; } = Enum.GetValues<Role>();

    public static string Stored(this Role role) => role switch
    {
        Role.Moderator => "moderator",
        Role.Registrator => "registrator",
        Role.Arkivarie => "arkivarie",
        Role.Revisor => "revisor",
        Role.Chef => "chef",
        Role.Kommunikator => "kommunikator",
        Role.Admin => "admin",
        Role.Connector => "connector",
        _ => throw new ArgumentOutOfRangeException(nameof(role), role, "No stored name."),
    };

    /// <summary>The word shown for revisor is granskare; both are understood.</summary>
    public static Role? Find(string word)
    {
        var folded = word.Trim().ToLowerInvariant();
        if (folded == "granskare") return Role.Revisor;
        foreach (var role in All)
        {
            if (role.Stored() == folded) return role;
        }

        return null;
    }

    public static Role Parse(string stored) => Find(stored) ?? throw new FormatException($"There is no role {stored}.");
}
