using ArchiveService.Http;

namespace ArchiveService.Access;

/// <summary>
/// Whoever administers users and sources must not also destroy records: outside the trial mode nobody holds admin and arkivarie in the same authority. A role for all
/// authorities counts as one in each.
/// </summary>
/// <param name="Apart">Off in the trial mode, where one person tries everything.</param>
public sealed record SeparateDuties(bool Apart)
{
    public static Refusal Conflict { get; } = new(
        "duties-apart", "Samma person kan inte vara både administratör och arkivarie hos samma myndighet: den som styr över behörigheter ska inte också kunna gallra. Ta bort den ena rollen först.");

    /// <summary>Whether the two roles may not meet in one person.</summary>
    public static bool Clash(Grant one, Grant other) =>
        (one.Role, other.Role) is (Role.Admin, Role.Arkivarie) or (Role.Arkivarie, Role.Admin) && (one.Authority is null || other.Authority is null || one.Authority == other.Authority);

    public static bool Clash(IEnumerable<Grant> held, Grant given) => held.Any(grant => Clash(grant, given));

    /// <summary>Null when what is given may stand beside what is held.</summary>
    public Refusal? Refuse(IEnumerable<Grant> held, Grant given) => Apart && Clash(held, given) ? Conflict : null;
}
