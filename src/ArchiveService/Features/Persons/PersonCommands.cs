using ArchiveService.Access;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Persons;

/// <summary>Gives a role at one authority, or everywhere.</summary>
public sealed record GrantRole(Role Role, Guid? Authority)
{
    /// <param name="person">As it stands.</param>
    /// <param name="by">An administrator.</param>
    /// <param name="duties">What one person may not hold together; null asks nothing.</param>
    public Decision Decide(Person person, Caller by, SeparateDuties? duties = null) => this switch
    {
        _ when PersonRules.Unchangeable(person, by) is { } refused => refused,
        _ when !MayGive(by) => Refusal.NotAllowed("Du kan bara ge roller hos myndigheter där du är administratör."),
        _ when person.Id == by.PersonId => new Refusal("own-role", "Ingen ger sig själv en roll. Be en annan administratör.", StatusCodes.Status403Forbidden),
        _ when person.Service != (Role == Role.Connector) => new Refusal("connector-only", "Rollen connector är bara för tjänstekonton, och tjänstekonton kan inte ha någon annan roll."),
        // Given by hand what the provider has given: it stays when the provider takes its own back.
        _ when person.FromProvider.Contains(new(Role, Authority)) => new Decision([new(new RoleRevoked(Role, Authority, by.PersonId)), new(new RoleGranted(Role, Authority, by.PersonId))]),
        _ when person.Grants.Contains(new(Role, Authority)) => Decision.Nothing,
        _ when duties?.Refuse(person.Grants, new(Role, Authority)) is { } apart => apart,
        _ => new Happened(new RoleGranted(Role, Authority, by.PersonId)),
    };

    private bool MayGive(Caller by) => by.May(Authority ?? Guid.Empty, Role.Admin);
}

public sealed record RevokeRole(Role Role, Guid? Authority)
{
    /// <param name="person">As it stands.</param>
    /// <param name="by">An administrator.</param>
    /// <param name="othersAdministrate">Whether somebody else, not closed, is administrator of everything.</param>
    public Decision Decide(Person person, Caller by, bool othersAdministrate) => this switch
    {
        _ when PersonRules.Unchangeable(person, by) is { } refused => refused,
        _ when !person.Grants.Contains(new(Role, Authority)) => Decision.Nothing,
        { Role: Role.Admin, Authority: null } when !othersAdministrate => PersonRules.LastAdministrator,
        _ => new Happened(new RoleRevoked(Role, Authority, by.PersonId)),
    };
}

/// <summary>Clearance opens what is secret at every authority the person works for, so only an administrator of everything decides on it.</summary>
public sealed record SetClearance(bool Granted)
{
    public Decision Decide(Person person, Caller by) => this switch
    {
        _ when PersonRules.Unchangeable(person, by) is { } refused => refused,
        _ when !by.May(Guid.Empty, Role.Admin) => Refusal.NotAllowed("Behörighet till sekretess ges av en administratör för alla myndigheter."),
        { Granted: true } when person.Id == by.PersonId => new Refusal("own-role", "Ingen ger sig själv behörighet till sekretess. Be en annan administratör.", StatusCodes.Status403Forbidden),
        { Granted: true } when person.Service => new Refusal("connector-only", "Ett tjänstekonto kan inte läsa något."),
        _ when person.Clearance == Granted => Decision.Nothing,
        { Granted: true } => new Happened(new ClearanceGranted(by.PersonId)),
        _ => new Happened(new ClearanceRevoked(by.PersonId)),
    };
}

/// <summary>Clearance at one authority, in one of the roles there or in all: decided by an administrator of that authority.</summary>
public sealed record SetClearanceAt(bool Granted, Role? Role, Guid Authority)
{
    public Decision Decide(Person person, Caller by) => this switch
    {
        _ when PersonRules.Unchangeable(person, by) is { } refused => refused,
        _ when !by.May(Authority, Access.Role.Admin) => Refusal.NotAllowed("Behörighet till sekretess hos en myndighet ges av en administratör där."),
        { Granted: true } when person.Id == by.PersonId => new Refusal("own-role", "Ingen ger sig själv behörighet till sekretess. Be en annan administratör.", StatusCodes.Status403Forbidden),
        { Granted: true } when person.Service => new Refusal("connector-only", "Ett tjänstekonto kan inte läsa något."),
        _ when person.ClearedIn.Contains(new(Role, Authority)) == Granted => Decision.Nothing,
        { Granted: true } => new Happened(new ClearanceGrantedAt(Role, Authority, by.PersonId)),
        _ => new Happened(new ClearanceRevokedAt(Role, Authority, by.PersonId)),
    };

    /// <summary>Where the roles are given: at each of their authorities, or everywhere when one of them is for all.</summary>
    public static IReadOnlyList<Func<Person, Caller, Decision>> WhereGiven(IReadOnlyList<Grant> grants) =>
        grants.Count > 0 && grants.All(g => g.Authority is not null)
            ? [.. grants.Select(g => g.Authority!.Value).Distinct().Select(at => (Func<Person, Caller, Decision>)new SetClearanceAt(true, null, at).Decide)]
            : [new SetClearance(true).Decide];
}

/// <summary>Opens a local account, or sets a new password for the one there is.</summary>
/// <param name="Username">Used when there is no account yet.</param>
/// <param name="OldOneGiven">The person has just shown that he or she knows the present password.</param>
public sealed record SetPassword(string Username, bool OldOneGiven = false)
{
    public Decision Decide(Person person, Caller by) => this switch
    {
        _ when !by.MayAnywhere(Role.Admin) && person.Id != by.PersonId => PersonRules.OnlyAdministrators,
        _ when !person.Known => PersonRules.Unknown,
        _ when person.Closed => PersonRules.IsClosed,
        _ when person.Service => new Refusal("service-account", "Ett tjänstekonto kan inte logga in på sidorna."),
        _ when person.HasAccount && person.Id == by.PersonId && OldOneGiven => new Happened(new PasswordSet(by.PersonId)),
        _ when !person.MayBeAdministeredBy(by) => PersonRules.NotYours,
        { } when person.HasAccount => new Happened(new PasswordSet(by.PersonId)),
        _ => new Decision(
        [
            new(new LocalAccountOpened(by.PersonId), KeyClass.Person, new Parts().With(PersonName.UsernamePart, Username)),
            new(new PasswordSet(by.PersonId)),
        ]),
    };
}

/// <summary>Closes a person who has left, or opens one who is back.</summary>
public sealed record ClosePerson(bool Closed)
{
    public Decision Decide(Person person, Caller by, bool othersAdministrate) => this switch
    {
        _ when !by.MayAnywhere(Role.Admin) => PersonRules.OnlyAdministrators,
        _ when !person.Known => PersonRules.Unknown,
        _ when !person.MayBeAdministeredBy(by) => PersonRules.NotYours,
        _ when person.Closed == Closed => Decision.Nothing,
        { Closed: true } when person.Grants.Contains(new(Role.Admin, null)) && !othersAdministrate => PersonRules.LastAdministrator,
        { Closed: true } => new Happened(new PersonClosed(by.PersonId)),
        _ => new Happened(new PersonReopened(by.PersonId)),
    };
}

/// <summary>Issues an API token with some of the person's roles.</summary>
public sealed record IssueToken(Guid Token, IReadOnlyList<Grant> Grants, bool Clearance, IReadOnlyList<Guid> Channels, DateTimeOffset Now, DateTimeOffset ExpiresAt)
{
    public static readonly TimeSpan Longest = TimeSpan.FromDays(366);

    public Decision Decide(Person person, Caller by) => this switch
    {
        _ when PersonRules.Unchangeable(person, by) is { } refused => refused,
        { Grants: [] } => Refusal.Input("role-missing", "Ange minst en roll."),
        _ when !Grants.All(person.Grants.Contains) || (Clearance && !person.Clearance && person.ClearedIn.IsEmpty) => new Refusal("role-not-held", "En nyckel kan inte få mer än personen själv har."),
        { Channels: [] } when person.Service => Refusal.Input("channel-missing", "Ett tjänstekonto ska ha minst en kanal att samla in till (--channel)."),
        { Channels: [_, ..] } when !person.Service => Refusal.Input("channel-for-connector", "Kanaler anges bara för rollen connector."),
        _ when ExpiresAt <= Now || ExpiresAt > Now + Longest => Refusal.Input("expiry-unusable", "En nyckel gäller minst en minut och högst ett år."),
        _ => new Happened(new TokenIssued(Token, Grants, Clearance, Channels, Now, ExpiresAt, by.PersonId)),
    };
}

public sealed record RevokeToken(Guid Token, DateTimeOffset Now)
{
    public Decision Decide(Person person, Caller by) => this switch
    {
        // Somebody else's key is to whoever may not end it as one that does not exist.
        _ when !person.Known || (person.Id != by.PersonId && !person.MayBeAdministeredBy(by)) => Refusal.Unknown("token", "Nyckeln finns inte."),
        _ when !person.Tokens.Contains(Token) => Decision.Nothing,
        _ => new Happened(new TokenRevoked(Token, Now, by.PersonId)),
    };
}

internal static class PersonRules
{
    public static Refusal Unknown { get; } = Refusal.Unknown("person", "Personen finns inte.");

    public static Refusal IsClosed { get; } = new("person-closed", "Personen är avslutad. Öppna den först.");

    public static Refusal OnlyAdministrators { get; } = Refusal.NotAllowed("Det här gör en administratör.");

    public static Refusal NotYours { get; } = Refusal.NotAllowed("Du är inte administratör för alla myndigheter som personen har roller hos.");

    public static Refusal LastAdministrator { get; } = new("last-administrator", "Det måste finnas någon som är administratör för allt. Ge någon annan rollen först.");

    public static Refusal? Unchangeable(Person person, Caller by) =>
        !by.MayAnywhere(Role.Admin) ? OnlyAdministrators
        : !person.Known ? Unknown
        : person.Closed ? IsClosed
        : !person.MayBeAdministeredBy(by) ? NotYours
        : null;
}
