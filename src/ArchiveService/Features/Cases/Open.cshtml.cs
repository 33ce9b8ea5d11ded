using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/nytt: opens a case that has no document yet.</summary>
public sealed class OpenModel(OpenCaseHandler handler, AuthorityRegister authorities) : PageModel
{
    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public string? Title { get; set; }

    [BindProperty]
    public string? PublicTitle { get; set; }

    [BindProperty]
    public string? ClassCode { get; set; }

    [BindProperty]
    public CaseInitiative? Initiative { get; set; } = CaseInitiative.Authority;

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public static IReadOnlyList<Choice> Initiatives { get; } = [new(nameof(CaseInitiative.Authority), "Myndighetens eget initiativ"), new(nameof(CaseInitiative.Application), "En ansökan eller anmälan")];

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        Authorities = [.. (await authorities.All(ct)).Where(a => HttpContext.Caller().May(a.Id, Role.Registrator)).Select(a => new Choice(a.Code, a.Name))];
        return Authorities.Count == 0 ? Forbid() : Page();
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var (outcome, id, number) = await handler.Open(new(Authority, Title, PublicTitle, ClassCode, null, Initiative), HttpContext.Caller(), ct);
        if (outcome is Outcome.Refused { Why: var why })
        {
            if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
            ModelState.AddModelError(why.Code switch { "case-title" => nameof(Title), "public-title" => nameof(PublicTitle), "authority-missing" or "authority-unknown" => nameof(Authority), "class-unknown" or "class-closed" => nameof(ClassCode), _ => "" }, why.Explanation);
            return await OnGet(ct);
        }

        TempData.Tell(Notice.Done($"{number} är öppnat", "Fördela det till en handläggare."));
        return LocalRedirect($"/arenden/{id:D}");
    }
}
