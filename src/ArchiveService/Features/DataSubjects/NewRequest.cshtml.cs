using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Disclosures;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.DataSubjects;

/// <summary>/registerutdrag/ny: anybody on the staff takes it in.</summary>
public sealed class NewRequestModel(ReceiveSubjectRequestHandler handler, AuthorityRegister authorities, TimeProvider clock) : PageModel
{
    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public string? Right { get; set; } = "access";

    [BindProperty]
    public string? Name { get; set; }

    [BindProperty]
    public string? Contact { get; set; }

    [BindProperty]
    public bool ProtectedIdentity { get; set; }

    [BindProperty]
    public string? Wish { get; set; }

    [BindProperty]
    public string? Channel { get; set; } = "email";

    [BindProperty]
    public DateOnly? ReceivedOn { get; set; }

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public IReadOnlyList<Choice> Rights { get; } = [.. SubjectWords.Rights.Select(r => new Choice(r.Word, $"{r.Said} ({r.Article})"))];

    public IReadOnlyList<Choice> Channels { get; } = [.. ReceiveRequest.Channels.Select(c => new Choice(c.Word, c.Said))];

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        DateTimeOffset? received = ReceivedOn is { } day && day != Swedish.Day(clock.GetUtcNow()) ? Swedish.StartOf(day).AddHours(8) : null;
        var (id, number, outcome) = await handler.Receive(new(Authority, Right, Name, Contact, Wish, Channel, received, ProtectedIdentity), caller, ct);
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done("Begäran är mottagen", $"Den har nummer {number} och ska besvaras inom en månad."));
            return LocalRedirect(await authorities.Find(Authority!, ct) is { } at && caller.May(at.Id, SubjectRequests.Readers) ? $"/registerutdrag/{id:D}" : "/registerutdrag/ny");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(why.Code switch
        {
            "authority-unknown" => nameof(Authority),
            "right-unknown" => nameof(Right),
            "subject-name-missing" => nameof(Name),
            "subject-contact-too-long" => nameof(Contact),
            "subject-wish-too-long" => nameof(Wish),
            "request-channel-unknown" => nameof(Channel),
            "received-in-the-future" or "received-too-early" => nameof(ReceivedOn),
            _ => "",
        }, why.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id)).Select(a => new Choice(a.Code, a.Name))];
        if (Authorities.Count == 0) return Forbid();
        return Page();
    }
}
