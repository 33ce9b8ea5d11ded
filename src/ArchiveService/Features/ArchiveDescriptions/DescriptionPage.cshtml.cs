using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.ArchiveDescriptions;

/// <summary>/myndigheter/{code}/arkivbeskrivning: the description, and the form for the texts that only people know.</summary>
public sealed class DescriptionPageModel(ArchiveDescriptions descriptions, DescribeArchiveHandler handler) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "andra")]
    public bool Edit { get; set; }

    [BindProperty]
    public long Version { get; set; }

    [BindProperty]
    public string? Purpose { get; set; }

    [BindProperty]
    public string? Organisation { get; set; }

    [BindProperty]
    public string? Contact { get; set; }

    [BindProperty]
    public string? SearchAids { get; set; }

    [BindProperty]
    public string? Terminals { get; set; }

    [BindProperty]
    public string? Secrecy { get; set; }

    [BindProperty]
    public string? Exchange { get; set; }

    [BindProperty]
    public string? Sale { get; set; }

    [BindProperty]
    public string? Volumes { get; set; }

    public ArchiveDescription Description { get; private set; } = null!;

    public bool MayWrite { get; private set; }

    public bool Editing => MayWrite && (Edit || !ModelState.IsValid);

    public async Task<IActionResult> OnGet(string code, CancellationToken ct)
    {
        if (await Show(code, ct) is { } other) return other;
        string? Text(string key) => Description.Text(key) is { Written: true, Text: var text } ? text : null;
        (Version, Purpose, Organisation, Contact) = (Description.Version, Text("purpose"), Text("organisation"), Text("contact"));
        (SearchAids, Terminals, Secrecy, Exchange, Sale, Volumes) = (Text("searchAids"), Text("terminals"), Text("secrecy"), Text("exchange"), Text("sale"), Text("volumes"));
        return Page();
    }

    public async Task<IActionResult> OnPost(string code, CancellationToken ct)
    {
        if (await Show(code, ct) is { } other) return other;
        var (version, _, refused) = await handler.Describe(code, new(Purpose, Organisation, Contact, SearchAids, Terminals, Secrecy, Exchange, Sale, Volumes), Version, HttpContext.Caller(), ct);
        if (refused is null)
        {
            TempData.Tell(Notice.Done($"Version {version} av texterna gäller nu"));
            return LocalRedirect($"/myndigheter/{Uri.EscapeDataString(Description.Code)}/arkivbeskrivning");
        }

        if (refused.Code == "not-allowed") return Forbid();
        ModelState.AddModelError(refused.Code == "volume-unreadable" ? nameof(Volumes) : "", refused.Explanation);
        return Page();
    }

    private async Task<IActionResult?> Show(string code, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await descriptions.ForStaff(code, caller, ct) is not { } found) return NotFound();
        Description = found;
        MayWrite = await handler.MayWrite(code, caller, ct);
        return null;
    }
}
