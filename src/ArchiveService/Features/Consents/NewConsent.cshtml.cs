using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Consents;

/// <summary>/samtycken/nytt: the form with the scanned consent after its fields, read as it streams.</summary>
[StreamedForm]
[IgnoreAntiforgeryToken]
public sealed class NewConsentModel(ChannelList list, GiveConsentHandler handler, AttachmentLimit limit, TimeProvider clock) : PageModel
{
    public string? Person { get; set; }

    public string? Age { get; set; } = "adult";

    public string? Guardian { get; set; }

    public bool Written { get; set; }

    public List<string> Channels { get; set; } = [];

    public string? Purpose { get; set; }

    public DateOnly? GivenOn { get; set; }

    public DateOnly? ValidUntil { get; set; }

    public string? Note { get; set; }

    public IReadOnlyList<Choice> Ages { get; } = [.. GiveConsent.Ages.Select(a => new Choice(a.Word, a.Said))];

    public IReadOnlyList<Choice> AllChannels { get; private set; } = [];

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        GivenOn = Swedish.Day(clock.GetUtcNow());
        return await Show(ct);
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (UploadForm.Of(HttpContext, limit.Bytes + (1024 * 1024)) is not { } form) return BadRequest();
        var tokenMissing = Refusal.Input("form-token-missing", "Formuläret är för gammalt eller kom inte härifrån. Ladda om sidan och försök igen.");
        var (id, outcome, read) = await handler.Give(form, async () => await StreamedFormAttribute.HasToken(HttpContext, form) ? null : tokenMissing, HttpContext.Caller(), ct);
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done("Samtycket är infört"));
            return LocalRedirect($"/samtycken/{id:D}");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (read is not null)
        {
            (Person, Age, Guardian, Written, Purpose, GivenOn, ValidUntil, Note) = (read.Person, read.Age, read.Guardian, read.Written, read.Purpose, read.GivenOn, read.ValidUntil, read.Note);
            Channels = [.. (read.Channels ?? []).Select(c => c.ToString("D"))];
        }

        if (why.Status is StatusCodes.Status413PayloadTooLarge or StatusCodes.Status503ServiceUnavailable) Response.StatusCode = why.Status;
        ModelState.AddModelError(why.Code switch
        {
            "person-missing" => nameof(Person),
            "age-unknown" => nameof(Age),
            "guardian-missing" => nameof(Guardian),
            "written-consent-missing" => nameof(Written),
            "scope-missing" => nameof(Channels),
            "purpose-missing" => nameof(Purpose),
            "consent-day" => nameof(GivenOn),
            "note-too-long" => nameof(Note),
            _ => "",
        }, why.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService || !caller.MayAnywhere(GiveConsentHandler.Keepers)) return Forbid();
        AllChannels = [.. (await list.For(caller, ct)).Where(c => c.ClosedAt is null).Select(c => new Choice(c.Id.ToString("D"), $"{RecordViewWords.Platform(c.Platform)} {c.Handle}".Trim(), c.Authority))];
        return Page();
    }
}
