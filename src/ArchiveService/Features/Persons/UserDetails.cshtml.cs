using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Substitutes;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Persons;

public sealed class UserDetailsModel(PersonList list, PersonRegister register, RoleWords words, AssignmentList assignments, SubstituteRegister substitutes, LocalAccounts local) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Role { get; set; }

    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public string? Username { get; set; }

    [BindProperty]
    public string? NewPassword { get; set; }

    public PersonListed Person { get; private set; } = null!;

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    /// <summary>The person's own, and those where the person stands in for somebody.</summary>
    public IReadOnlyList<AssignmentListed> Assignments { get; private set; } = [];

    /// <summary>Where the person is replaced, or replaces.</summary>
    public IReadOnlyList<SubstitutionListed> Substitutions { get; private set; } = [];

    public bool LocalAccounts => local.Open;

    public DateOnly Today => assignments.Today;

    public string? Refused { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPostGrant(CancellationToken ct)
    {
        var (grants, unknown) = await words.Read([new(Role ?? "", Authority)], ct);
        var by = HttpContext.Caller();
        return await Answer(
            unknown is not null ? unknown : await register.Grant(Id, grants[0], by, ct), "Rollen är given", ct);
    }

    public async Task<IActionResult> OnPostRevoke(CancellationToken ct)
    {
        var (grants, unknown) = await words.Read([new(Role ?? "", Authority)], ct);
        return await Answer(
            unknown is not null ? unknown : await register.RevokeRole(Id, new(grants[0].Role, grants[0].Authority), HttpContext.Caller(), ct), "Rollen är borttagen", ct);
    }

    public async Task<IActionResult> OnPostClearance(bool granted, CancellationToken ct)
    {
        var by = HttpContext.Caller();
        return await Answer(await register.Decide(Id, person => new SetClearance(granted).Decide(person, by), by, ct), granted ? "Behörigheten är given" : "Behörigheten är borttagen", ct);
    }

    public async Task<IActionResult> OnPostClearanceAt(bool granted, string? at, string? inRole, CancellationToken ct) =>
        await Answer(
            string.IsNullOrWhiteSpace(at) ? Refusal.Input("authority-missing", "Välj en myndighet.") : await ChangePerson.Clear(Id, new(granted, at, inRole), HttpContext.Caller(), register, words, ct),
            granted ? "Behörigheten är given" : "Behörigheten är borttagen", ct);

    public async Task<IActionResult> OnPostPassword(CancellationToken ct)
    {
        if (register.AccountsClosed is { } closed) return await Answer(closed, "", ct);
        var outcome = await register.SetPassword(Id, string.IsNullOrWhiteSpace(Username) ? null : Username, NewPassword ?? "", HttpContext.Caller(), oldOneGiven: false, ct);
        if (outcome is not Outcome.Refused { Why: { Code: "password-unusable" or "username-unusable" or "username-taken" or "username-missing" } why })
            return await Answer(outcome, "Lösenordet är ändrat", ct);
        ModelState.AddModelError(why.Code == "password-unusable" ? nameof(NewPassword) : nameof(Username), why.Explanation);
        return await Show(ct);
    }

    public async Task<IActionResult> OnPostToken(Guid token, CancellationToken ct) =>
        await Answer(await register.RevokeToken(token, HttpContext.Caller(), ct), "Nyckeln är återkallad", ct);

    public async Task<IActionResult> OnPostClose(bool closed, CancellationToken ct) =>
        await Answer(await register.Close(Id, new(closed), HttpContext.Caller(), ct), closed ? "Personen är avslutad" : "Personen är öppen igen", ct);

    private async Task<IActionResult> Answer(Outcome outcome, string done, CancellationToken ct)
    {
        if (outcome is Outcome.Refused refused)
        {
            Refused = refused.Why.Explanation;
            return await Show(ct);
        }

        TempData.Tell(Notice.Done(done));
        return LocalRedirect($"/anvandare/{Id:D}");
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        if (!HttpContext.Caller().MayAnywhere(Access.Role.Admin)) return Forbid();
        if (await list.Read(Id, ct) is not [var person]) return NotFound();
        Person = person;
        Authorities = await words.Choices(ct);
        Assignments = await assignments.For(HttpContext.Caller(), null, Id, null, ct);
        Substitutions = await substitutes.For(HttpContext.Caller(), null, Id, ct);
        return Page();
    }
}
