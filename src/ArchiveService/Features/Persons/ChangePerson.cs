using ArchiveService.Access;
using ArchiveService.Access.Oidc;
using ArchiveService.Http;

namespace ArchiveService.Features.Persons;

/// <summary>What an administrator changes about a person, and how tokens end.</summary>
public static class ChangePerson
{
    public sealed record NewPassword(string Password, string? Username = null);

    public sealed record Switch(bool Value);

    /// <param name="Value">Given, or taken away.</param>
    /// <param name="Authority">Code; without one, everywhere.</param>
    /// <param name="Role">The role at that authority it is for; without one, every role there.</param>
    public sealed record Cleared(bool Value, string? Authority = null, string? Role = null);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/persons/{id:guid}/roles", Grant).WithName("grant-role");
        routes.MapDelete("/api/v1/persons/{id:guid}/roles/{role}", Revoke).WithName("revoke-role");
        routes.MapPut("/api/v1/persons/{id:guid}/clearance", Clearance).WithName("set-clearance");
        routes.MapPut("/api/v1/persons/{id:guid}/password", Password).WithName("set-password");
        routes.MapPut("/api/v1/persons/{id:guid}/closed", Close).WithName("close-person");
        routes.MapDelete("/api/v1/tokens/{id:guid}", RevokeToken).WithName("revoke-token");
    }

    private static async Task<IResult> Grant(Guid id, RoleAt role, HttpContext http, PersonRegister register, RoleWords words, CancellationToken ct)
    {
        var (grants, unknown) = await words.Read([role], ct);
        if (unknown is not null) return Problems.Refused(unknown);
        var by = http.Caller();
        return (await register.Grant(id, grants[0], by, ct)).Answer();
    }

    private static async Task<IResult> Revoke(Guid id, string role, string? authority, HttpContext http, PersonRegister register, RoleWords words, CancellationToken ct)
    {
        var (grants, unknown) = await words.Read([new(role, authority)], ct);
        return unknown is not null
            ? Problems.Refused(unknown)
            : (await register.RevokeRole(id, new(grants[0].Role, grants[0].Authority), http.Caller(), ct)).Answer();
    }

    private static async Task<IResult> Clearance(Guid id, Cleared given, HttpContext http, PersonRegister register, RoleWords words, CancellationToken ct) =>
        (await Clear(id, given, http.Caller(), register, words, ct)).Answer();

    internal static async Task<Outcome> Clear(Guid id, Cleared given, Caller by, PersonRegister register, RoleWords words, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(given.Authority))
        {
            return string.IsNullOrWhiteSpace(given.Role)
                ? await register.Decide(id, person => new SetClearance(given.Value).Decide(person, by), by, ct)
                : Refusal.Input("authority-missing", "Ange vid vilken myndighet behörigheten gäller.");
        }

        if (await words.Authority(given.Authority, ct) is not { } authority) return Refusal.Input("authority-unknown", $"Det finns ingen myndighet med koden ”{given.Authority}”.");
        Role? role = null;
        if (!string.IsNullOrWhiteSpace(given.Role) && (role = Roles.Find(given.Role)) is null) return Refusal.Input("role-unknown", $"Rollen ”{given.Role}” finns inte.");
        return await register.Decide(id, person => new SetClearanceAt(given.Value, role, authority).Decide(person, by), by, ct);
    }

    private static async Task<IResult> Password(Guid id, NewPassword given, HttpContext http, PersonRegister register, CancellationToken ct) =>
        register.AccountsClosed is { } closed ? Problems.Refused(closed) : (await register.SetPassword(id, given.Username, given.Password ?? "", http.Caller(), oldOneGiven: false, ct)).Answer();

    private static async Task<IResult> Close(Guid id, Switch closed, HttpContext http, PersonRegister register, CancellationToken ct) =>
        (await register.Close(id, new(closed.Value), http.Caller(), ct)).Answer();

    private static async Task<IResult> RevokeToken(Guid id, HttpContext http, PersonRegister register, CancellationToken ct) =>
        (await register.RevokeToken(id, http.Caller(), ct)).Answer();
}

public static class PersonRoutes
{
    public static void MapPersons(this IEndpointRouteBuilder routes)
    {
        RegisterPerson.Map(routes);
        PersonList.Map(routes);
        ChangePerson.Map(routes);
        routes.MapOidc();
    }
}
