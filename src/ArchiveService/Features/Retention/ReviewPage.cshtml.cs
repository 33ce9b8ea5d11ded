using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Retention;

/// <summary>/gallring/granskning: what an archivist is to decide one by one, what waits to be handed over, and the decisions to preserve.</summary>
public sealed class ReviewPageModel(
    ReviewHandler reviews, PreservationHandler preservations, RetentionDateHandler dates, RecordRetention kept, AuthorityRegister authorities) : PageModel
{
    private const int Shown = 100;

    [BindProperty]
    public ReviewForm Review { get; set; } = new();

    [BindProperty]
    public PreserveForm Preserve { get; set; } = new();

    [BindProperty]
    public LiftForm Lift { get; set; } = new();

    [BindProperty]
    public DateForm Date { get; set; } = new();

    public IReadOnlyList<WaitingRecord> ToReview { get; private set; } = [];

    public IReadOnlyList<WaitingRecord> ToTransfer { get; private set; } = [];

    public IReadOnlyList<Preservation> Preservations { get; private set; } = [];

    public IReadOnlyDictionary<Guid, string> Reasons { get; private set; } = new Dictionary<Guid, string>();

    public IReadOnlyDictionary<Guid, Authority> Authorities { get; private set; } = new Dictionary<Guid, Authority>();

    public IReadOnlyList<Choice> AuthorityChoices { get; private set; } = [];

    public IReadOnlyList<Choice> TypeChoices { get; } = [new("", "Ingen"), .. Words.RecordTypes.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> OutcomeChoices { get; } = [new("keep", "Bevaras"), new("destroy", "Gallras när körningen godkänts")];

    public bool MayDecide { get; private set; }

    public bool MayNote { get; private set; }

    public string? Refused { get; private set; }

    public bool More => ToReview.Count == Shown || ToTransfer.Count == Shown;

    public string What(Preservation preservation) => preservation.Kind switch
    {
        PreservationKind.Record => "En handling",
        PreservationKind.Case => "Ett ärende",
        _ => $"Alla handlingar av typen {Words.RecordTypes.Said(preservation.RecordType!)}",
    };

    /// <param name="omfattar">record or case, with <paramref name="id"/>: what is to be preserved, or given a day.</param>
    public async Task<IActionResult> OnGet(string? omfattar, Guid? id, CancellationToken ct)
    {
        if (omfattar is "record" or "case")
        {
            (Preserve.Kind, Preserve.Target) = (omfattar, id);
            (Date.Kind, Date.Target) = (omfattar, id);
        }

        return await Show(ct);
    }

    public async Task<IActionResult> OnPostReview(CancellationToken ct) =>
        await After((await reviews.Review(new(Review.Record, Review.Rule, Review.Outcome, Review.Reason), HttpContext.Caller(), ct) as Outcome.Refused)?.Why, "Granskningen är antecknad", "granska", null, ct);

    public async Task<IActionResult> OnPostPreserve(CancellationToken ct)
    {
        Guid? Of(string kind) => Preserve.Kind == kind ? Preserve.Target : null;
        var (_, _, refused) = await preservations.Decide(
            new(Preserve.Authority, Of("record"), Of("case"), Preserve.Target is null ? Preserve.RecordType : null, Preserve.Reference, Preserve.Reason), HttpContext.Caller(), ct);
        return await After(refused, "Bevarandebeslutet gäller nu", "bevarande", refused?.Code switch
        {
            "decision-reference-missing" => "Preserve.Reference",
            "reason-missing" => "Preserve.Reason",
            "preservation-target" or "record-type-unknown" => "Preserve.RecordType",
            "authority-missing" => "Preserve.Authority",
            _ => null,
        }, ct);
    }

    public async Task<IActionResult> OnPostLift(CancellationToken ct) =>
        await After((await preservations.Lift(Lift.Id ?? default, new(Lift.Reference, Lift.Reason), HttpContext.Caller(), ct) as Outcome.Refused)?.Why, "Bevarandebeslutet är upphävt", "bevarande", null, ct);

    public async Task<IActionResult> OnPostDate(CancellationToken ct)
    {
        var kind = Date.Kind == "case" ? HoldKind.Case : HoldKind.Record;
        var refused = (await dates.Give(kind, Date.Target ?? default, Date.Name ?? "", new(Date.On, Date.Note), HttpContext.Caller(), ct) as Outcome.Refused)?.Why;
        if (refused is not null) return await After(refused, "", "dag", refused.Code switch { "date-unlikely" => "Date.On", "note-too-long" => "Date.Note", _ => null }, ct);
        TempData.Tell(Notice.Done("Dagen är antecknad"));
        return LocalRedirect(kind == HoldKind.Case ? $"/arenden/{Date.Target:D}" : $"/handlingar/{Date.Target:D}");
    }

    public IReadOnlyList<Choice> DateNames { get; private set; } = [];

    private async Task<IActionResult> After(Refusal? refused, string done, string part, string? field, CancellationToken ct)
    {
        if (refused is null)
        {
            TempData.Tell(Notice.Done(done));
            return LocalRedirect($"/gallring/granskning#{part}");
        }

        if (field is null) Refused = refused.Explanation;
        else ModelState.AddModelError(field, refused.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var seen = caller.AuthoritiesWith(Worklist.Readers);
        if (caller.IsService || seen is []) return Forbid();
        ToReview = await reviews.Waiting("review", seen, caller, null, Shown, ct);
        ToTransfer = await reviews.Waiting("transfer", seen, caller, null, Shown, ct);
        Preservations = await preservations.InForce(seen, caller, ct);
        Reasons = await kept.Reasons(Preservations.Select(p => p.Id), ct);
        Authorities = (await authorities.All(ct)).ToDictionary(a => a.Id);
        AuthorityChoices = [.. Authorities.Values.Where(a => caller.May(a.Id, Role.Arkivarie)).Select(a => new Choice(a.Code, a.Name))];
        MayDecide = AuthorityChoices.Count > 0;
        MayNote = caller.MayAnywhere(Role.Arkivarie, Role.Registrator);
        if (MayNote && Date.Target is not null)
        {
            foreach (var authority in Authorities.Values.Where(a => caller.May(a.Id, Role.Arkivarie, Role.Registrator)))
                DateNames = [.. DateNames, .. (await dates.Names(authority.Id, ct)).Where(n => DateNames.All(d => d.Value != n)).Select(n => new Choice(n, Swedish.Sentence(n)))];
        }

        return Page();
    }
}

public sealed class ReviewForm
{
    public Guid? Record { get; set; }

    public Guid? Rule { get; set; }

    public string? Outcome { get; set; }

    public string? Reason { get; set; }
}

public sealed class PreserveForm
{
    public string? Kind { get; set; }

    public Guid? Target { get; set; }

    public string? Authority { get; set; }

    public string? RecordType { get; set; }

    public string? Reference { get; set; }

    public string? Reason { get; set; }
}

public sealed class LiftForm
{
    public Guid? Id { get; set; }

    public string? Reference { get; set; }

    public string? Reason { get; set; }
}

public sealed class DateForm
{
    public string? Kind { get; set; }

    public Guid? Target { get; set; }

    public string? Name { get; set; }

    public DateOnly? On { get; set; }

    public string? Note { get; set; }
}
