using ArchiveService.Features.PageParts;
using ArchiveService.Features.Public;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Accessibility;

/// <summary>
/// /public/accessibility, /tillganglighet: the accessibility statement in the form that Digg asks for (MDFFS 2019:2), and the form to say what was hard.
/// As the request for a document it acts for nobody, sets no cookie and keeps nothing of the visitor.
/// </summary>
[AllowAnonymous]
[IgnoreAntiforgeryToken]
public sealed class IndexModel(GiveFeedbackHandler handler, PublicViews views, PublicRequestLimit limit) : PageModel
{
    /// <summary>When somebody last went through the pages, and how.</summary>
    public static DateOnly ReviewedOn { get; } = new(2026, 11, 27);

    /// <summary>What is known not to be accessible, and why.</summary>
    public static IReadOnlyList<(string What, string Why)> Gaps { get; } =
    [
        ("Bilder, filmer och ljud som andra har lagt ut", "De visas så som de kom. Beskrivning, undertext eller teckentolkning finns bara om den som lade ut dem skrev en (WCAG 1.1.1, 1.2). Myndigheten får inte ändra dem: de är bevis."),
        ("Dokument som någon har bifogat", "De lämnas ut som de kom, också när de inte går att läsa med hjälpmedel (EN 301 549, 10). Be myndigheten om hjälp, eller om en annan form."),
        ("Fångad text på andra språk", "Språket är inte utmärkt, för plattformarna berättar det inte (WCAG 3.1.2)."),
        ("PDF-filer som skrivs ut här", "De är taggade men inte granskade som PDF/UA. Samma uppgifter finns alltid på en sida och oftast som CSV eller JSON."),
    ];

    [BindProperty(SupportsGet = true, Name = "authority")]
    public string? Authority { get; set; }

    [BindProperty]
    public string? What { get; set; }

    [BindProperty]
    public string? Where { get; set; }

    [BindProperty]
    public string? Contact { get; set; }

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public bool Received { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var refused = limit.Allows(HttpContext.Connection.RemoteIpAddress) ? await handler.Receive(new(Authority, What, Where, Contact), ct) : GiveFeedbackHandler.TooMany;
        Received = refused is null;
        if (refused is { } why)
        {
            Response.StatusCode = why.Status == StatusCodes.Status429TooManyRequests ? why.Status : StatusCodes.Status400BadRequest;
            ModelState.AddModelError(why.Code switch { "authority-unknown" => "authority", "feedback-missing" => nameof(What), "feedback-place-too-long" => nameof(Where), "feedback-contact-too-long" => nameof(Contact), _ => "" }, why.Explanation);
        }

        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        if (HttpMethods.IsPost(Request.Method)) Response.Headers.CacheControl = "no-store";
        Authorities = [.. (await views.Authorities(ct)).Select(a => new Choice(a.Code, a.Name))];
        if (string.IsNullOrEmpty(Authority) && Authorities is [var only]) Authority = only.Value;
        return Page();
    }
}
