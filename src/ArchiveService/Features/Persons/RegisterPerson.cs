using ArchiveService.Access;
using ArchiveService.Http;
using FluentValidation;

namespace ArchiveService.Features.Persons;

/// <summary>A role by its stored name, at the authority with that code or, without one, everywhere.</summary>
public sealed record RoleAt(string Role, string? Authority = null);

/// <summary><c>POST /api/v1/persons</c></summary>
public sealed record RegisterPerson(string Name, string? Username = null, string? Password = null, IReadOnlyList<RoleAt>? Roles = null, bool Clearance = false)
{
    public sealed class Validator : AbstractValidator<RegisterPerson>
    {
        public Validator()
        {
            RuleFor(x => x.Name).Must(name => PersonName.Clean(name) is not null).WithMessage(PersonName.NotAName.Explanation);
            RuleFor(x => x.Password).NotEmpty().When(x => x.Username is not null).WithMessage("Ange också ett lösenord.");
            RuleFor(x => x.Username).NotEmpty().When(x => x.Password is not null).WithMessage("Ange också ett användarnamn.");
            RuleFor(x => x.Roles).Must(roles => roles is null or { Count: <= 50 }).WithMessage("Högst 50 roller.");
        }
    }

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/persons", Handle)
        .WithName("register-person");

    private static async Task<IResult> Handle(RegisterPerson command, HttpContext http, PersonRegister register, RoleWords words, CancellationToken ct)
    {
        var wrong = await new Validator().ValidateAsync(command, ct);
        if (!wrong.IsValid) return Problems.Refused(Refusal.Input("input-incomplete", wrong.Errors[0].ErrorMessage));
        return await Run(command, register, words, http.Caller(), ct) switch
        {
            Registered.Done done => TypedResults.Created($"/api/v1/persons/{done.Id:D}", new { done.Id }),
            Registered.Refused refused => Problems.Refused(refused.Why),
            var other => throw new System.Diagnostics.UnreachableException($"{other}"),
        };
    }

    /// <summary>Two colleagues of the same name have to be told apart by it: what one may do must never come to the other.</summary>
    public static async Task<Registered> Run(RegisterPerson command, PersonRegister register, RoleWords words, Caller by, CancellationToken ct)
    {
        if (!by.MayAnywhere(Role.Admin)) return new Registered.Refused(PersonRules.OnlyAdministrators);
        if (command.Username is not null && register.AccountsClosed is { } closed) return new Registered.Refused(closed);
        var (grants, unknown) = await words.Read(command.Roles ?? [], ct);
        if (unknown is not null) return new Registered.Refused(unknown);
        if (await register.Find(command.Name, service: false, ct) is not null)
            return new Registered.Refused(new("person-exists", "Det finns redan en person med det namnet. Lägg till något som skiljer dem åt, till exempel förvaltningen."));
        return await register.Ensure(command.Name, command.Username, command.Password, grants, command.Clearance, by, ct);
    }
}
