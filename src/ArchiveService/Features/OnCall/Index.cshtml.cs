using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.OnCall;

/// <summary>/jour: who is called in acute danger, per authority.</summary>
public sealed class OnCallModel(OnCallList list, OnCallHandler handler, AuthorityRegister register) : PageModel
{
    public sealed record ContactForm
    {
        public Guid? Id { get; set; }

        public long Version { get; set; }

        public string? Authority { get; set; }

        public string? Name { get; set; }

        public string? Function { get; set; }

        public string? Phone { get; set; }

        public string? Hours { get; set; }
    }

    [BindProperty]
    public ContactForm Form { get; set; } = new();

    public IReadOnlyList<(Authority Authority, IReadOnlyList<OnCallContact> Contacts)> Authorities { get; private set; } = [];

    public IReadOnlyList<Choice> AuthorityChoices => [.. Authorities.Where(a => MayChange(a.Authority.Id)).Select(a => new Choice(a.Authority.Code, a.Authority.Name))];

    public bool MayChange(Guid authority) => OnCallHandler.MayChange(HttpContext.Caller(), authority);

    public static string Tel(string phone) => "tel:" + new string([.. phone.Where(c => char.IsAsciiDigit(c) || c == '+')]);

    public async Task<IActionResult> OnGet(Guid? andra, CancellationToken ct)
    {
        await Show(ct);
        if (andra is { } id && Authorities.SelectMany(a => a.Contacts.Select(c => (a.Authority, Contact: c))).FirstOrDefault(c => c.Contact.Id == id) is { Contact: { } contact } found)
            Form = new() { Id = id, Version = contact.Version, Authority = found.Authority.Code, Name = contact.Name, Function = contact.Function, Phone = contact.Phone, Hours = contact.Hours };
        return Page();
    }

    public async Task<IActionResult> OnPostList(CancellationToken ct)
    {
        var (_, outcome) = await handler.List(Form.Authority ?? "", Form.Id, new(Form.Name, Form.Function, Form.Phone, Form.Hours), new(Form.Id is null ? null : Form.Version), HttpContext.Caller(), ct);
        return await After(outcome, "Kontakten är sparad", ct);
    }

    public async Task<IActionResult> OnPostRemove(string? code, Guid id, long version, CancellationToken ct) =>
        await After(await handler.Remove(code ?? "", id, new(version), HttpContext.Caller(), ct), "Kontakten är borttagen", ct);

    private async Task<IActionResult> After(Outcome outcome, string done, CancellationToken ct)
    {
        if (outcome is Outcome.Done)
        {
            TempData.Tell(Notice.Done(done));
            return LocalRedirect("/jour");
        }

        var why = ((Outcome.Refused)outcome).Why;
        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Status == StatusCodes.Status404NotFound) return NotFound();
        ModelState.AddModelError(why.Code switch
        {
            "contact-name-missing" => "Form.Name",
            "contact-function-missing" => "Form.Function",
            "contact-phone" => "Form.Phone",
            "contact-hours-too-long" => "Form.Hours",
            _ => "Form.",
        }, why.Explanation);
        await Show(ct);
        return Page();
    }

    private async Task Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var shown = new List<(Authority, IReadOnlyList<OnCallContact>)>();
        foreach (var authority in await register.All(ct))
        {
            if (caller.IsStaffOf(authority.Id)) shown.Add((authority, await list.Of(authority.Id, ct)));
        }

        Authorities = shown;
    }
}
