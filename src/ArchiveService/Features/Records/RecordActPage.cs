using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

/// <summary>
/// A page on which one decision about one record is taken. The record as it stands is beside the form; what is sent carries the version that was read,
/// and when somebody else was first the page comes back with what is true now and with what was typed.
/// </summary>
public abstract class RecordActPage(SealedLog log) : PageModel
{
    protected SealedLog Log => log;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public long Version { get; set; }

    public RecordGlance? Glance { get; private set; }

    /// <summary>The version the form was filled in on. One that cannot be read is no version, which is not the same as none.</summary>
    protected IfMatch Expected => ModelState.TryGetValue(nameof(Version), out var sent) && sent.Errors.Count > 0 ? new(-1) : new(Version == 0 ? null : Version);

    /// <summary>Who may open the page; the command decides again.</summary>
    protected abstract bool MayOpen(Caller caller, Guid authority);

    /// <summary>What else the page shows.</summary>
    protected virtual Task Prepare(CancellationToken ct) => Task.CompletedTask;

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        if (!MayOpen(HttpContext.Caller(), Glance!.State.Authority)) return Forbid();
        Version = Glance.State.Version;
        return Page();
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (ModelState.All(field => field.Key == nameof(Version) || field.Value!.Errors.Count == 0)) return await Send(ct);
        return await Load(ct) ? Page() : NotFound();
    }

    /// <summary>Takes the decision.</summary>
    protected abstract Task<IActionResult> Send(CancellationToken ct);

    /// <summary>The page again, with what is missing.</summary>
    protected async Task<IActionResult> Ask(string field, string explanation, CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        ModelState.AddModelError(field, explanation);
        return Page();
    }

    protected async Task<bool> Load(CancellationToken ct)
    {
        Glance = await RecordGlance.Read(Id, HttpContext.Caller(), log, ct);
        if (Glance is null) return false;
        await new RecordReads(log).Note(HttpContext.Caller(), [(Id, RecordStates.Stored(Glance.State.Wall))], ct);
        await Prepare(ct);
        return true;
    }

    /// <param name="field">The field a refusal is about, by its code; null for none.</param>
    protected async Task<IActionResult> After(Outcome outcome, Notice done, Func<string, string?> field, CancellationToken ct, string? to = null)
    {
        if (outcome is Outcome.Done written)
        {
            TempData.Tell(done);
            return LocalRedirect(to ?? $"/handlingar/{Id:D}?after={written.LastSequence}");
        }

        var why = ((Outcome.Refused)outcome).Why;
        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Status == StatusCodes.Status404NotFound || !await Load(ct)) return NotFound();
        if (why.Status == StatusCodes.Status412PreconditionFailed)
        {
            Response.StatusCode = why.Status;
            Version = Glance!.State.Version;
            ModelState.Remove(nameof(Version));
            ModelState.AddModelError("", "Handlingen har ändrats sedan du öppnade formuläret. Läs hur den står nu: det du skrivit står kvar, och skickar du igen gäller det som visas nu.");
            return Page();
        }

        ModelState.AddModelError(field(why.Code) ?? "", why.Explanation);
        return Page();
    }
}
