using ArchiveService.Features.Disclosures;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Authorization;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Public;

/// <summary>
/// /public/request: asks for a document. There is no field for who or why (TF 2:18, R-10), no cookie, and nothing is kept of where it was sent from; the code is
/// all there is to come back with. So the form carries no form token: it acts for nobody, whoever is logged in.
/// </summary>
[AllowAnonymous]
[IgnoreAntiforgeryToken]
public sealed class RequestModel(ReceiveRequestHandler handler, PublicViews views, PublicRequestLimit limit) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "authority")]
    public string? Authority { get; set; }

    /// <summary>The number of the entry, as it stands in the diary.</summary>
    [BindProperty(SupportsGet = true, Name = "number")]
    public string? Number { get; set; }

    /// <summary>On the terminal in the reception.</summary>
    [BindProperty(SupportsGet = true, Name = "terminal")]
    public bool Terminal { get; set; }

    [BindProperty]
    public string? Wanted { get; set; }

    [BindProperty]
    public string? Form { get; set; } = "unstated";

    [BindProperty]
    public string? Address { get; set; }

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public IReadOnlyList<Choice> Forms { get; } =
        [new("unstated", "Det spelar ingen roll"), new("read", "Läsa den hos er"), new("copy", "En kopia"), new("email", "Med e-post")];

    /// <summary>The code, once the request is received.</summary>
    public string? Reference { get; private set; }

    public string Back => Terminal ? "/public/terminal" : "/public/diary";

    public static string Href(PublicDiaryLine line, bool terminal = false) =>
        $"/public/request{QueryString.Create([KeyValuePair.Create<string, string?>("authority", line.Authority), KeyValuePair.Create<string, string?>("number", RecordViewWords.DocumentNumber(line.DiaryNumber, line.DocumentNumber)), .. terminal ? [KeyValuePair.Create<string, string?>("terminal", "true")] : Array.Empty<KeyValuePair<string, string?>>()])}";

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (!limit.Allows(HttpContext.Connection.RemoteIpAddress))
        {
            Response.StatusCode = StatusCodes.Status429TooManyRequests;
            ModelState.AddModelError("", "Det har kommit för många begäranden på en gång. Försök igen om tio minuter, eller skriv, ring eller besök myndigheten.");
            return await Show(ct);
        }

        var number = Number?.Trim();
        if (number is { Length: > SendRequest.LongestNumber })
        {
            ModelState.AddModelError("number", "Diarienumret får vara högst 100 tecken.");
            return await Show(ct);
        }

        var said = SendRequest.Said(number, Wanted);
        var (reference, outcome) = await handler.Receive(new(Authority, said, Form, Form == "email" || !string.IsNullOrWhiteSpace(Address) ? Address : null), ct);
        if (outcome is Outcome.Refused { Why: var why })
        {
            ModelState.AddModelError(why.Code switch { "authority-unknown" => "authority", "request-missing" => nameof(Wanted), "form-unknown" => nameof(Form), "delivery-address-too-long" => nameof(Address), _ => "" }, why.Explanation);
            Response.StatusCode = StatusCodes.Status400BadRequest;
            return await Show(ct);
        }

        Reference = reference;
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        TerminalModel.LeaveNothing(Response, Terminal);
        Authorities = [.. (await views.Authorities(ct)).Select(a => new Choice(a.Code, a.Name))];
        if (string.IsNullOrEmpty(Authority) && Authorities is [var only]) Authority = only.Value;
        return Page();
    }
}
