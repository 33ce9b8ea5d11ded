using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.DefaultStates;

/// <summary>/standardlagen: the rules that give a default state, looked at before they are adopted.</summary>
public sealed class DefaultStatesModel(DefaultRuleHandler handler, DefaultRuleRuns runs, AuthorityRegister register) : PageModel
{
    public sealed record RuleForm
    {
        public string? Authority { get; set; }

        public string? Name { get; set; }

        public string? Content { get; set; } = "thumbsUp";

        public string? AtMostCharacters { get; set; }

        public List<string> RecordTypes { get; set; } = ["comment"];

        public string? To { get; set; } = "keptOrdered";

        public string? DisposalDecision { get; set; }

        public string? DecisionReference { get; set; }
    }

    public static IReadOnlyList<Choice> Contents { get; } = [.. DefaultRuleWords.Contents.Select(c => new Choice(c.Key, Swedish.Sentence(c.Value.Text)))];

    public static IReadOnlyList<Choice> States { get; } = [.. DefaultRuleWords.States.Select(s => new Choice(s.Key, Swedish.Sentence(s.Value.Text)))];

    public static IReadOnlyList<Choice> Types { get; } = [.. DefaultRuleWords.RecordTypes.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    [BindProperty]
    public RuleForm Form { get; set; } = new();

    public IReadOnlyList<(DefaultRule Rule, Authority Authority)> Rules { get; private set; } = [];

    public IReadOnlyList<Choice> AuthorityChoices { get; private set; } = [];

    public RulePreview? Preview { get; private set; }

    public string? Refused { get; private set; }

    public bool MayAdopt(Guid authority) => DefaultRuleHandler.MayAdopt(HttpContext.Caller(), authority);

    public static string Said(DefaultRule rule)
    {
        var what = DefaultRuleWords.Contents.Values.Single(c => c.Content == rule.Content).Text;
        var most = rule.AtMostCharacters is { } n ? $", högst {Swedish.Count(n, "tecken", "tecken")}" : "";
        return $"{Swedish.Sentence(string.Join(" och ", rule.RecordTypes.Select(t => DefaultRuleWords.RecordTypes[t])))}: {what}{most}";
    }

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPostPreview(CancellationToken ct)
    {
        if (Command() is not { } command) return await Show(ct);
        var (rule, refused) = await handler.Preview(command, HttpContext.Caller(), ct);
        if (refused is not null) return await No(refused, ct);
        Preview = await runs.Preview(rule!, HttpContext.Caller(), ct);
        return await Show(ct);
    }

    public async Task<IActionResult> OnPostAdopt(CancellationToken ct)
    {
        if (Command() is not { } command) return await Show(ct);
        var (rule, _, refused) = await handler.Adopt(null, command, HttpContext.Caller(), ct);
        if (refused is not null) return await No(refused, ct);
        TempData.Tell(Notice.Done("Regeln är antagen", $"{rule!.Name} gäller det som fångas från och med nu. Använd den på det som väntar om du vill."));
        return LocalRedirect("/standardlagen");
    }

    public async Task<IActionResult> OnPostApply(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var (rule, policy, refused) = await handler.ForApplying(id, caller, ct);
        if (refused is not null) return await No(refused, ct);
        var run = await runs.Apply(rule!, policy!, null, caller, ct);
        TempData.Tell(Notice.Done("Regeln är använd", $"{Swedish.Count((int)run.Settled, "handling har", "handlingar har")} fått läget, av {Swedish.Number(run.Looked)} som väntade.{(run.Next is null ? "" : " Fler väntar: använd regeln igen.")}"));
        return LocalRedirect("/standardlagen");
    }

    public async Task<IActionResult> OnPostRepeal(Guid id, CancellationToken ct)
    {
        if (await handler.Repeal(id, HttpContext.Caller(), ct) is Outcome.Refused { Why: { } why }) return await No(why, ct);
        TempData.Tell(Notice.Done("Regeln är upphävd", "Det den har gett ett läge står kvar."));
        return LocalRedirect("/standardlagen");
    }

    private AdoptDefaultRule? Command()
    {
        int? most = null;
        if (!string.IsNullOrWhiteSpace(Form.AtMostCharacters))
        {
            if (int.TryParse(Form.AtMostCharacters, System.Globalization.NumberStyles.None, System.Globalization.CultureInfo.InvariantCulture, out var n)) most = n;
            else ModelState.AddModelError("Form.AtMostCharacters", "Ange ett antal tecken.");
        }

        Guid? decision = null;
        if (!string.IsNullOrWhiteSpace(Form.DisposalDecision))
        {
            if (Guid.TryParse(Form.DisposalDecision.Trim(), out var id)) decision = id;
            else ModelState.AddModelError("Form.DisposalDecision", "Gallringsbeslutets id går inte att läsa.");
        }

        return ModelState.IsValid ? new(Form.Authority, Form.Name, Form.RecordTypes, Form.Content, most, Form.To, decision, Form.DecisionReference) : null;
    }

    private async Task<IActionResult> No(Refusal why, CancellationToken ct)
    {
        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Status == StatusCodes.Status404NotFound) return NotFound();
        var field = why.Code switch
        {
            "rule-name-missing" => "Form.Name",
            "rule-record-type" => "Form.RecordTypes",
            "rule-content" => "Form.Content",
            "rule-length" => "Form.AtMostCharacters",
            "rule-state" or "policy-registers-all" or "policy-keeps-minor-ordered" => "Form.To",
            "no-decision" => "Form.DisposalDecision",
            "decision-reference" => "Form.DecisionReference",
            _ => null,
        };
        if (field is null) Refused = why.Explanation;
        else ModelState.AddModelError(field, why.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var all = await register.All(ct);
        if (!all.Any(a => caller.IsStaffOf(a.Id))) return Forbid();
        Rules = [.. (await handler.Visible(null, caller, ct)).Select(r => (r, all.Single(a => a.Id == r.Authority)))];
        AuthorityChoices = [.. all.Where(a => MayAdopt(a.Id)).Select(a => new Choice(a.Code, a.Name))];
        return Page();
    }
}
