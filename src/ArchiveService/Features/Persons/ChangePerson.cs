using ArchiveService.Access;
using ArchiveService.Http;

namespace ArchiveService.Features.Persons;

/// <summary>What an administrator changes about a person, and how tokens end.</summary>
public static class ChangePerson
{
    public sealed record NewPassword(string Password, string? Username = null);

    public sealed record Switch(bool Value);

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
        return (await register.Decide(id, person => new GrantRole(grants[0].Role, grants[0].Authority).Decide(person, by), by, ct)).Answer();
    }

    private static async Task<IResult> Revoke(Guid id, string role, string? authority, HttpContext http, PersonRegister register, RoleWords words, CancellationToken ct)
    {
        var (grants, unknown) = await words.Read([new(role, authority)], ct);
        return unknown is not null
            ? Problems.Refused(unknown)
            : (await register.RevokeRole(id, new(grants[0].Role, grants[0].Authority), http.Caller(), ct)).Answer();
    }

    private static async Task<IResult> Clearance(Guid id, Switch granted, HttpContext http, PersonRegister register, CancellationToken ct)
    {
        var by = http.Caller();
        return (await register.Decide(id, person => new SetClearance(granted.Value).Decide(person, by), by, ct)).Answer();
    }

    private static async Task<IResult> Password(Guid id, NewPassword given, HttpContext http, PersonRegister register, CancellationToken ct) =>
        (await register.SetPassword(id, given.Username, given.Password ?? "", http.Caller(), oldOneGiven: false, ct)).Answer();

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
    }
}
