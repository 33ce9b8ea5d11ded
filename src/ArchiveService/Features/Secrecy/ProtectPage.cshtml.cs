using ArchiveService.Access;
using ArchiveService.Features.Accounts;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Secrecy;

/// <summary>/konton/{id}/skyddad-identitet: the flag is set, examined or lifted.</summary>
public sealed class ProtectPageModel(Protections protections, ProtectedIdentities identities, RecordViewFreshness freshness) : PageModel
{
    public static IReadOnlyList<Choice> Bases { get; } = [.. ProtectIdentity.Bases.Select(b => new Choice(b.Code, b.Said, b.Provision))];

    public static IReadOnlyList<Choice> Provisions { get; } = [.. ProtectIdentity.Provisions.Select(p => new Choice(p, p))];

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public long Version { get; set; }

    [BindProperty]
    public string? Basis { get; set; }

    [BindProperty]
    public string? Provision { get; set; }

    [BindProperty]
    public DateOnly? DecidedOn { get; set; }

    [BindProperty]
    public DateOnly? Until { get; set; }

    [BindProperty]
    public DateOnly? ReviewOn { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public List<Guid> Accounts { get; set; } = [];

    [BindProperty]
    public string? Why { get; set; }

    public AccountState State { get; private set; } = AccountState.None;

    public IReadOnlyList<Choice> Alike { get; private set; } = [];

    public IReadOnlyList<ProtectionTurn> History { get; private set; } = [];

    public bool MaySet => HttpContext.Caller() is { IsService: false } caller && caller.May(State.Authority, Protections.Setters);

    public bool MayLift => HttpContext.Caller() is { IsService: false } caller && caller.May(State.Authority, Protections.Lifters);

    public static FactList Standing(IdentityProtected flag) => new(
    [
        new("Grund", ProtectIdentity.Bases.Single(b => b.Basis == flag.Basis).Said),
        new("Bestämmelse", flag.Provision),
        new("Beslutat", Swedish.Date(flag.DecidedOn)),
        new("Gäller till", flag.Until is { } until ? Swedish.Date(until) : "Tills vidare"),
        new("Omprövas", flag.ReviewOn is { } review ? Swedish.Date(review) : "Ingen dag satt"),
    ]);

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Load(ct) ? Page() : NotFound();

    public async Task<IActionResult> OnPost(CancellationToken ct) => await Done(
        (caller, expected) => protections.Protect(Id, new(Basis, Provision, DecidedOn, Until, ReviewOn, Reason, Accounts), expected, caller, ct),
        flagged => Notice.Done("Kontot är flaggat för skyddad identitet", $"{Swedish.Count(flagged.Records, "handling", "handlingar")} står nu bakom sekretessen, och allt nytt från kontot ställs där."), ct);

    public async Task<IActionResult> OnPostReview(CancellationToken ct) => await Done(
        (caller, expected) => protections.Review(Id, new(Until, ReviewOn, Reason), expected, caller, ct), _ => Notice.Done("Omprövningen är sparad", "Skyddet står kvar."), ct);

    public async Task<IActionResult> OnPostLift(CancellationToken ct) => await Done(
        (caller, expected) => protections.Lift(Id, new(Why), expected, caller, ct),
        flagged => Notice.Done("Skyddet är hävt", $"{Swedish.Count(flagged.Records, "handling", "handlingar")} står nu där de stod utan det. Det som har en egen markering står kvar bakom sekretessen."), ct, nameof(Why));

    private async Task<IActionResult> Done(Func<Caller, IfMatch, Task<Flagged>> act, Func<Flagged, Notice> said, CancellationToken ct, string reason = nameof(Reason))
    {
        if (!await Load(ct)) return NotFound();
        if (ModelState.ErrorCount > 0) return Page();
        var caller = HttpContext.Caller();
        var flagged = await act(caller, new(Version == 0 ? null : Version));
        if (flagged.Outcome is Outcome.Done done)
        {
            TempData.Tell(said(flagged));
            return LocalRedirect(caller.MayReadSecret(State.Authority) ? $"/konton/{Id:D}?after={done.LastSequence}" : $"/konton?after={done.LastSequence}");
        }

        var why = ((Outcome.Refused)flagged.Outcome).Why;
        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Status == StatusCodes.Status404NotFound) return NotFound();
        ModelState.AddModelError(why.Code switch
        {
            "basis-unknown" => nameof(Basis),
            "provision-unknown" => nameof(Provision),
            "decided-in-the-future" => nameof(DecidedOn),
            "until-out-of-range" => nameof(Until),
            "review-out-of-range" => nameof(ReviewOn),
            "reason-missing" => reason,
            _ => "",
        }, why.Explanation);
        if (why.Status == StatusCodes.Status412PreconditionFailed)
        {
            Response.StatusCode = why.Status;
            Version = State.Version;
            ModelState.Remove(nameof(Version));
        }

        return Page();
    }

    private async Task<bool> Load(CancellationToken ct)
    {
        await freshness.Reach(Request, ct);
        var caller = HttpContext.Caller();
        if (await protections.Find(Id, caller, ct) is not { } state) return false;
        State = state;
        if (Version == 0) Version = state.Version;
        Alike = [.. (await identities.Alike(Id, caller, ct)).Select(a => new Choice(a.Id.ToString("D"), RecordViewWords.Sender(a.Name, a.Handle), $"{RecordViewWords.Platform(a.Platform)}, {a.ChannelHandle ?? a.Authority}"))];
        if (caller.MayReadSecret(state.Authority)) History = await identities.History(Id, ct);
        return true;
    }
}
