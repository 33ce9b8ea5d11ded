using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/trad/bedom: a storm of comments assessed at once, with the exceptions apart and a list to take others out of.</summary>
[RequestFormLimits(ValueCountLimit = 4096)]
public sealed class ThreadPageModel(ThreadAssessments handler, ThreadAssessmentWorker worker, Records records, RecordReads reads, AuthorityRegister authorities) : PageModel
{
    /// <summary>As many stand as a list that can be read; the rest has nothing to look at and is counted.</summary>
    public const int MostShown = 500;

    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(3);

    public static IReadOnlyList<Choice> Significances { get; } = [.. AssessmentWords.Significances.Select(s => new Choice(s.Key, Swedish.Sentence(s.Value.Text)))];

    public static IReadOnlyList<Choice> Relations { get; } = [.. AssessmentWords.CaseRelations.Where(r => r.Value.Relation != ArchiveService.Features.Records.CaseRelation.BelongsToCase).Select(r => new Choice(r.Key, Swedish.Sentence(r.Value.Text)))];

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true, Name = "korning")]
    public Guid? RunId { get; set; }

    [BindProperty]
    public string? Shown { get; set; }

    [BindProperty]
    public List<string> Keep { get; set; } = [];

    [BindProperty]
    public string? Significance { get; set; } = "ordinary";

    [BindProperty]
    public string? CaseRelation { get; set; }

    [BindProperty]
    public bool IsQuestion { get; set; }

    [BindProperty]
    public string? Then { get; set; } = "";

    [BindProperty]
    public string? Motivation { get; set; }

    public ThreadAssessmentRun? Run { get; private set; }

    public IReadOnlyList<ThreadMember> Plan { get; private set; } = [];

    public IReadOnlyList<ThreadMember> Included => [.. Plan.Where(i => i.Fate != ThreadFate.Excepted)];

    public IReadOnlyList<ThreadMember> Listed => [.. Included.Take(MostShown)];

    public IReadOnlyList<ThreadMember> Exceptions => [.. Plan.Where(i => i.Fate == ThreadFate.Excepted)];

    public IReadOnlyList<Choice> Thens { get; private set; } = [];

    private Policy policy = null!;

    public string RunAddress(Guid run) => $"/handlingar/{Id:D}/trad/bedom?korning={run:D}";

    public bool IsKept(ThreadMember item) => Shown is null || Keep.Contains(item.Record.Id.ToString("N"));

    public static string Excerpt(ThreadMember item) => item.Record.Text is { Length: > 0 } text ? Short(text.ReplaceLineEndings(" ")) : "Utan text";

    public string Why(ThreadMember item) => item.Hints.Count > 0 && item.Why == "hint"
        ? string.Join(". ", item.Hints.Distinct().Select(h => Hints.Advice(h, policy).Title))
        : Why(item.Why!);

    public static string Why(string code) => code switch
    {
        "behind-wall" => "Kan omfattas av sekretess eller är ett direktmeddelande",
        "hint" => "Har något att titta på",
        "taken-out" => "Undantagen av den som bedömde",
        "disposed" => "Gallrad",
        "content-missing" => "Innehållet hann aldrig fångas",
        "already-registered" => "Redan registrerad",
        "belongs-to-case" => "Hör till ett ärende och ska registreras",
        _ => "Kan inte bedömas tillsammans med de andra",
    };

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await records.Find(Id, caller, ct) is not { } state) return NotFound();
        if (!caller.MayAssess(state.Authority)) return Forbid();
        if (RunId is { } run)
        {
            Run = await handler.Find(run, ct);
            return Run is null || Run.Authority != state.Authority ? NotFound() : Page();
        }

        return await Show(state, ct);
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await records.Find(Id, caller, ct) is not { } state) return NotFound();
        if (!caller.MayAssess(state.Authority)) return Forbid();
        var except = (Shown ?? "").Split(',', StringSplitOptions.RemoveEmptyEntries).Except(Keep).Select(id => Guid.TryParse(id, out var known) ? known : Guid.Empty).ToList();
        var (run, refused) = await handler.Start(Id, Command(except, Motivation), caller, ct);
        if (refused is not null)
        {
            ModelState.AddModelError(refused.Code switch
            {
                "motivation-missing" or "motivation-too-long" => nameof(Motivation),
                "exempt-not-minor" or "significance-unknown" => nameof(Significance),
                "then-unknown" or "policy-registers-all" or "policy-keeps-minor-ordered" => nameof(Then),
                _ => "",
            }, refused.Explanation);
            return await Show(state, ct);
        }

        if (run is null)
        {
            TempData.Tell(Notice.Info("Inget att göra", "Alla handlingar i tråden är redan bedömda så, eller bedöms var för sig."));
            return LocalRedirect($"/handlingar/{Id:D}");
        }

        worker.Ring();
        await worker.WaitFor(run.Id, Patience, ct);
        return LocalRedirect(RunAddress(run.Id));
    }

    private AssessThread Command(IReadOnlyList<Guid> except, string? motivation, bool preview = false) =>
        new(preview, except, string.IsNullOrEmpty(Significance) ? null : Significance, IsQuestion, string.IsNullOrEmpty(CaseRelation) ? null : CaseRelation, null, string.IsNullOrEmpty(Then) ? null : Then, motivation);

    private async Task<IActionResult> Show(RecordState state, CancellationToken ct)
    {
        policy = (await authorities.Find(state.Authority, ct))!.Policy;
        Thens =
        [
            new("", "Låt dem vänta på registrering eller annat beslut"),
            .. new[] { ("keepOrdered", "Håll dem ordnade", Registration.KeptOrdered), ("exempt", "Undanta dem", Registration.Exempt) }
                .Select(t => new Choice(t.Item1, t.Item2, DefaultStates.DefaultRule.Unlawful(t.Item3, policy)?.Explanation, DefaultStates.DefaultRule.Unlawful(t.Item3, policy) is not null)),
        ];
        var (plan, _) = await handler.Plan(Id, new(true, null, null, false, null, null, null, null), HttpContext.Caller(), ct);
        Plan = plan ?? [];
        // What is read here is read as on the record's own page.
        await reads.Note(HttpContext.Caller(), [.. Plan.Where(i => i.Record.State.Wall != Wall.Open).Select(i => (i.Record.Id, RecordStates.Stored(i.Record.State.Wall)))], ct);
        return Page();
    }

    internal static string Short(string text)
    {
        var elements = new System.Globalization.StringInfo(text);
        return elements.LengthInTextElements <= 90 ? text : elements.SubstringByTextElements(0, 90) + "…";
    }
}
