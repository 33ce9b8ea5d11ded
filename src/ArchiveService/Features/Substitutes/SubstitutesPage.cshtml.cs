using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Substitutes;

/// <summary>/ersattare: who stands in for the reader and for whom the reader stands in; for a chef and an administrator also the others'.</summary>
public sealed class SubstitutesPageModel(SubstituteRegister register, AuthorityRegister authorities, AssignmentList people) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "myndighet")]
    public string? Code { get; set; }

    [BindProperty]
    public Guid? Person { get; set; }

    [BindProperty]
    public Guid? Substitute { get; set; }

    [BindProperty]
    public DateOnly? From { get; set; }

    [BindProperty]
    public DateOnly? Until { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public Authority? Authority { get; private set; }

    public IReadOnlyList<Choice> People { get; private set; } = [];

    public IReadOnlyList<SubstitutionListed> Items { get; private set; } = [];

    /// <summary>May name a substitute for others than oneself there.</summary>
    public bool ForOthers { get; private set; }

    public bool MayName { get; private set; }

    public Guid Reader => HttpContext.Caller().PersonId;

    public string? Refused { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct) ? Page() : Forbid();

    public async Task<IActionResult> OnPostName(CancellationToken ct)
    {
        if (!await Show(ct)) return Forbid();
        if (Authority is null) return NotFound();
        if (!ModelState.IsValid) return Page();
        var (_, _, refused) = await register.Name(new(Authority.Code, Person, Substitute, From, Until, Note), HttpContext.Caller(), ct);
        if (refused is null) return Tell("Ersättaren är utsedd");
        ModelState.AddModelError(refused.Code switch
        {
            "substitute-missing" or "substitute-self" or "substitute-unknown" or "substitute-without-role" or "own-substitution" or "duties-apart" => nameof(Substitute),
            "substitute-period" => nameof(Until),
            "note-too-long" => nameof(Note),
            _ => nameof(Person),
        }, refused.Explanation);
        return Page();
    }

    public async Task<IActionResult> OnPostEnd(Guid substitution, CancellationToken ct)
    {
        switch (await register.End(substitution, new(), HttpContext.Caller(), ct))
        {
            case Outcome.Refused { Why.Status: StatusCodes.Status404NotFound }:
                return NotFound();
            case Outcome.Refused { Why: var why }:
                if (!await Show(ct)) return Forbid();
                Refused = why.Explanation;
                return Page();
            default:
                return Tell("Ersättaren gäller inte längre");
        }
    }

    private LocalRedirectResult Tell(string done)
    {
        TempData.Tell(Notice.Done(done));
        return LocalRedirect(Authority is { } authority ? $"/ersattare?myndighet={authority.Code}" : "/ersattare");
    }

    private async Task<bool> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return false;
        var own = (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id)).OrderBy(a => a.Name, StringComparer.Create(new("sv-SE"), ignoreCase: true)).ToList();
        if (own.Count == 0) return false;
        Authorities = [.. own.Select(a => new Choice(a.Code, a.Name))];
        Authority = Code is { Length: > 0 } code ? own.FirstOrDefault(a => string.Equals(a.Code, code, StringComparison.OrdinalIgnoreCase)) : own[0];
        Items = await register.For(caller, null, null, ct);
        if (Authority is null) return true;
        ForOthers = caller.May(Authority.Id, Role.Chef, Role.Admin);
        MayName = ForOthers || caller.May(Authority.Id, NameStandIn.Replaceable);
        People = await people.People(Authority.Id, ct);
        return true;
    }
}
