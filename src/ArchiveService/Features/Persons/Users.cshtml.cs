using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Persons;

public sealed class UsersModel(PersonList list, PersonRegister register, RoleWords words) : PageModel
{
    public static IReadOnlyList<Choice> RoleChoices { get; } =
    [
        .. Roles.All.Where(role => role != Role.Connector).Select(role => new Choice(role.Stored(), Swedish.Sentence(Swedish.Role(role.Stored())))),
    ];

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Username { get; set; }

    [BindProperty]
    public string? NewPassword { get; set; }

    [BindProperty]
    public List<string> NewRoles { get; set; } = [];

    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public bool Clearance { get; set; }

    public IReadOnlyList<PersonListed> Persons { get; private set; } = [];

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var username = string.IsNullOrWhiteSpace(Username) ? null : Username;
        var command = new RegisterPerson(
            Name ?? "", username, string.IsNullOrEmpty(NewPassword) ? null : NewPassword, [.. NewRoles.Select(role => new RoleAt(role, Authority))], Clearance);
        foreach (var error in (await new RegisterPerson.Validator().ValidateAsync(command, ct)).Errors)
            ModelState.AddModelError(error.PropertyName == nameof(RegisterPerson.Password) ? nameof(NewPassword) : error.PropertyName, error.ErrorMessage);
        if (!ModelState.IsValid) return await Show(ct);

        switch (await RegisterPerson.Run(command, register, words, HttpContext.Caller(), ct))
        {
            case Registered.Done done:
                TempData.Tell(Notice.Done("Personen är tillagd"));
                return LocalRedirect($"/anvandare/{done.Id:D}");
            case Registered.Refused { Why: var why }:
                ModelState.AddModelError(FieldOf(why), why.Explanation);
                break;
        }

        return await Show(ct);
    }

    /// <summary>"Registrator (KS), arkivarie (alla)".</summary>
    public static string InWords(IReadOnlyList<RoleListed> roles) => roles.Count == 0
        ? "–"
        : Swedish.Sentence(string.Join(", ", roles.Select(role => $"{Swedish.Role(role.Role)} ({role.Authority ?? "alla"})")));

    private static string FieldOf(Refusal why) => why.Code switch
    {
        "person-exists" or "name-unusable" => nameof(Name),
        "username-taken" or "username-unusable" => nameof(Username),
        "password-unusable" => nameof(NewPassword),
        _ => "",
    };

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        if (!HttpContext.Caller().MayAnywhere(Role.Admin)) return Forbid();
        Persons = await list.Read(null, ct);
        Authorities = await words.Choices(ct);
        return Page();
    }
}
