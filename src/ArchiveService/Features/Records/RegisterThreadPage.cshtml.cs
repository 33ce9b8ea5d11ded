using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/trad/registrera: a storm of comments as one document of the diary (amendments c 15).</summary>
[RequestFormLimits(ValueCountLimit = 4096)]
public sealed class RegisterThreadPageModel(
    ThreadRegistrations handler, Records records, AuthorityRegister authorities, RegistrationForms forms) : PageModel
{
    public const int MostShown = ThreadPageModel.MostShown;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public long Version { get; set; }

    [BindProperty]
    public string? Shown { get; set; }

    [BindProperty]
    public List<string> Keep { get; set; } = [];

    [BindProperty]
    public RegistrationForm Entry { get; set; } = new();

    public IReadOnlyList<ThreadPart> Plan { get; private set; } = [];

    public IReadOnlyList<ThreadPart> Included => [.. Plan.Where(p => p.Why is null)];

    public IReadOnlyList<ThreadPart> Listed => [.. Included.Take(MostShown)];

    public IReadOnlyList<ThreadPart> Exceptions => [.. Plan.Where(p => p.Why is not null)];

    public int Senders => RegisterThread.Senders(Plan);

    public bool IsKept(ThreadPart part) => Shown is null || Keep.Contains(part.Id.ToString("N"));

    /// <summary>What stands behind a wall is opened on its own page, where the reading is noted.</summary>
    public static string Excerpt(ThreadPart part) => part.State.Wall != Wall.Open || part.State.Locked ? "Öppna handlingen för att läsa den"
        : part.Text is { Length: > 0 } text ? ThreadPageModel.Short(text.ReplaceLineEndings(" ")) : "Utan text";

    public static string Why(string code) => code switch
    {
        "already-registered" => "Redan registrerad",
        "routed" => "Förd till en akt",
        "removed" => "Inte kvar i kanalen: registreras för sig, med motivering (H-25)",
        "other-authority" => "Hör till en annan myndighet",
        "taken-out" => "Undantagen av den som registrerar",
        _ => ThreadPageModel.Why(code),
    };

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (await records.Find(Id, HttpContext.Caller(), ct) is not { } state) return NotFound();
        if (!HttpContext.Caller().May(state.Authority, Role.Registrator)) return Forbid();
        Version = state.Version;
        return await Show(state, ct);
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await records.Find(Id, caller, ct) is not { } state) return NotFound();
        if (!caller.May(state.Authority, Role.Registrator)) return Forbid();
        if (!ModelState.IsValid) return await Show(state, ct);
        var (caseId, unknown) = await forms.CaseOf(Entry, (await authorities.Find(state.Authority, ct))!, ct);
        if (unknown)
        {
            ModelState.AddModelError(nameof(RegistrationForm.CaseNumber), RegistrationForms.CaseUnknown);
            return await Show(state, ct);
        }

        List<Guid> except = [.. (Shown ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Except(Keep).Select(id => Guid.TryParse(id, out var known) ? known : Guid.Empty)];
        var command = new RegisterThread(false, except, caseId, Entry.Fresh, Entry.External, Entry.Subject, Entry.PublicSubject, null, Entry.AcceptWarnings);
        var (document, refused) = await handler.Register(Id, command, new(Version == 0 ? null : Version), caller, ct, ask: true);
        if (document is not null)
        {
            TempData.Tell(Notice.Done(
                $"Tråden är registrerad som {RecordViewWords.DocumentNumber(document.Registered.DiaryNumber, document.Registered.DocumentNumber)}", $"{Swedish.Count(document.Records, "handling", "handlingar")} har det numret."));
            return LocalRedirect($"/handlingar/{document.Lead:D}?after={document.Done.LastSequence}");
        }

        if (refused!.Status == StatusCodes.Status403Forbidden) return Forbid();
        Entry.Asked = refused.Code == "subject-not-neutral";
        if (refused.Status == StatusCodes.Status412PreconditionFailed)
        {
            Response.StatusCode = refused.Status;
            Version = state.Version;
            ModelState.Remove(nameof(Version));
        }

        ModelState.AddModelError(Entry.FieldOf(refused.Code) ?? "", refused.Explanation);
        return await Show(state, ct);
    }

    private async Task<IActionResult> Show(RecordState state, CancellationToken ct)
    {
        await forms.Prepare(Entry, (await authorities.Find(state.Authority, ct))!, ct);
        Plan = (await handler.Plan(Id, new(true, null, null, null, null, null), HttpContext.Caller(), ct)).Plan ?? [];
        return Page();
    }
}
