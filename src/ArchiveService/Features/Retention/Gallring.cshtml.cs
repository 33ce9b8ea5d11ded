using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.Disposals;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Retention;

/// <summary>/gallring: what is due, the runs, the holds, the decisions and the rules that apply them.</summary>
public sealed class GallringModel(
    Worklist worklist, RetentionRegister register, DisposalRuns runs, AuthorityRegister authorities,
    RecordRetention kept, ProposeDisposalHandler propose, RecordDecisionHandler decide, AdoptRuleHandler adopt, HoldHandler hold, ChannelList channels, Disclosures.DisclosureRegister disclosures) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public DateOnly? Due { get; set; }

    [BindProperty]
    public DecisionForm Decision { get; set; } = new();

    [BindProperty]
    public RuleForm Rule { get; set; } = new();

    [BindProperty]
    public HoldForm Hold { get; set; } = new();

    /// <summary>From the page of a record, a case or an account: what is to be held.</summary>
    public LinkButton? HoldTarget => (Hold.Kind, Hold.Target) switch
    {
        ("record", { } id) => new("handlingen", $"/handlingar/{id:D}"),
        ("case", { } id) => new("hela ärendet", $"/arenden/{id:D}"),
        ("account", { } id) => new("allt av kontot", $"/konton/{id:D}"),
        _ => null,
    };

    /// <summary>Why each hold was placed.</summary>
    public IReadOnlyDictionary<Guid, string> Reasons { get; private set; } = new Dictionary<Guid, string>();

    /// <summary>A form stays open while it has something to say.</summary>
    public bool IsOpen(string form, bool asked = false) =>
        asked || ModelState.Any(field => field.Key.StartsWith(form + ".", StringComparison.Ordinal) && field.Value?.Errors.Count > 0);

    public IReadOnlyList<DueByRule> Rules { get; private set; } = [];

    public IReadOnlyDictionary<Guid, RetentionRule> RulesInForce { get; private set; } = new Dictionary<Guid, RetentionRule>();

    public IReadOnlyList<DisposalRun> Runs { get; private set; } = [];

    public IReadOnlyList<Hold> Holds { get; private set; } = [];

    /// <summary>Open requests for documents: what was found for them is not gallrat (c 12).</summary>
    public IReadOnlyList<Disclosures.RequestRow> Requests { get; private set; } = [];

    public IReadOnlyList<DisposalDecision> Decisions { get; private set; } = [];

    public IReadOnlyDictionary<Guid, Authority> Authorities { get; private set; } = new Dictionary<Guid, Authority>();

    /// <summary>The channels of the same authorities: where the records that the decisions are about come from (T-18).</summary>
    public IReadOnlyList<ChannelListed> Channels { get; private set; } = [];

    public bool MayDecide { get; private set; }

    public bool MayHold { get; private set; }

    public DateOnly Today { get; private set; }

    public DateOnly By => Due ?? Today;

    public string? Refused { get; private set; }

    public Tabs Tabs => new("Gallring",
    [
        new("Att gallra", "#att-gallra", Rules.Count(r => r.Due > 0), Current: true), new("Körningar", "#korningar", Runs.Count), new("Gallringsstopp", "#stopp", Holds.Count),
        new("Gallringsbeslut", "#beslut", Decisions.Count), new("Kanaler", "#kanaler", Channels.Count),
    ]);

    public IReadOnlyList<Choice> AuthorityChoices { get; private set; } = [];

    public IReadOnlyList<Choice> DecisionChoices => [.. Decisions.Select(d => new Choice(d.Id.ToString("D"), d.Reference, $"{Types(d.RecordTypes)}, {d.Frist.InSwedish()}"))];

    public IReadOnlyList<Choice> TypeChoices { get; } = [.. Words.RecordTypes.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> FromChoices { get; } = [.. Words.CountedFromInSwedish.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> KindChoices { get; } = [.. Words.HoldKindsInSwedish.Where(t => t.Key != "search").Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> GroundChoices { get; } = [.. Words.HoldGrounds.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public int DecisionsOf(string authority) => Decisions.Count(d => Authorities[d.Authority].Code == authority);

    public static string Types(IEnumerable<string> types) => string.Join(", ", types.Select(t => Words.RecordTypes.Said(t)));

    public static Mark StateOf(DisposalRun run) => StateOf(run.State, run.Problem);

    public static Mark StateOf(RunState state, string? problem) => state switch
    {
        RunState.Proposed => Marks.Waiting("Väntar på godkännande"),
        RunState.Approved => Marks.DisposalApproved,
        RunState.Executing => problem is null ? Marks.Waiting("Verkställs") : Marks.Attention("Väntar"),
        RunState.Completed => Marks.Done("Slutförd"),
        _ => new(Icon.Struck, "Avbruten", Tone.Gone),
    };

    /// <param name="omfattar">record, case or account, with <paramref name="id"/>: what a hold is to be placed on.</param>
    public async Task<IActionResult> OnGet(string? omfattar, Guid? id, CancellationToken ct)
    {
        if (omfattar is "record" or "case" or "account") (Hold.Kind, Hold.Target) = (omfattar, id);
        return await Show(ct);
    }

    public async Task<IActionResult> OnPostPropose(Guid rule, DateOnly? dueBefore, CancellationToken ct)
    {
        var (run, _, refused) = await propose.Propose(new(rule, dueBefore), HttpContext.Caller(), ct);
        if (refused is not null)
        {
            Refused = refused.Explanation;
            return await Show(ct);
        }

        TempData.Tell(Notice.Done("Gallringen är föreslagen", "En annan arkivarie ska godkänna den."));
        return LocalRedirect($"/gallring/{run!.Id:D}");
    }

    /// <summary>What cannot be read goes on as it was typed, so that the refusal is the command's.</summary>
    private static string? Iso(string? typed) => Period.Typed(typed)?.ToIso() ?? typed;

    public async Task<IActionResult> OnPostDecision(CancellationToken ct)
    {
        var f = Decision;
        var (_, _, refused) = await decide.Record(
            new(f.Authority, f.Reference, f.DecidingBody, f.DecidedOn, f.ValidFrom, f.ValidUntil, f.RecordTypes, Iso(f.Frist), f.Scope, f.Consultation), HttpContext.Caller(), ct);
        return await After(refused, "Gallringsbeslutet är infört", "beslut", "Decision", refused?.Code switch
        {
            "decision-reference-missing" => nameof(f.Reference),
            "decision-date-missing" => nameof(f.DecidedOn),
            "decision-without-scope" or "record-type-unknown" => nameof(f.RecordTypes),
            "decision-without-frist" or "frist-unreadable" => nameof(f.Frist),
            "wrong-deciding-body" or "deciding-body" => nameof(f.DecidingBody),
            "decision-period" => nameof(f.ValidFrom),
            _ => null,
        }, ct);
    }

    public async Task<IActionResult> OnPostRule(CancellationToken ct)
    {
        var f = Rule;
        var decision = f.Decision is { } id ? await register.FindDecision(id, ct) : null;
        var (_, _, refused) = await adopt.Adopt(
            null, new(decision?.Authority.ToString("D"), f.Decision, f.Name, f.RecordTypes is { Count: > 0 } ? f.RecordTypes : null, f.CountedFrom, string.IsNullOrWhiteSpace(f.Frist) ? null : Iso(f.Frist),
                f.WithRegister ? ["content", "register"] : ["content"]), HttpContext.Caller(), ct);
        return await After(refused, "Gallringsregeln gäller nu", "att-gallra", "Rule", refused?.Code switch
        {
            "no-decision" or "authority-missing" => nameof(f.Decision),
            "rule-name-missing" => nameof(f.Name),
            "outside-decision-scope" => nameof(f.RecordTypes),
            "frist-unreadable" or "rule-shorter-than-decision" => nameof(f.Frist),
            _ => null,
        }, ct);
    }

    public async Task<IActionResult> OnPostHold(CancellationToken ct)
    {
        var f = Hold;
        Guid? Of(string kind) => f.Kind == kind ? f.Target : null;
        var (_, covered, _, refused) = await hold.Place(new(null, Of("record"), Of("case"), Of("account"), f.Ground, f.Reason), HttpContext.Caller(), ct);
        return await After(refused, $"Gallringsstoppet gäller nu och omfattar {Swedish.Count(covered, "handling", "handlingar")}", "stopp", "Hold", refused?.Code switch
        {
            "hold-target" or "hold-target-unknown" => nameof(f.Target),
            "reason-missing" => nameof(f.Reason),
            _ => null,
        }, ct);
    }

    public async Task<IActionResult> OnPostLift(Guid id, CancellationToken ct) =>
        await After((await hold.Lift(id, HttpContext.Caller(), ct) as Outcome.Refused)?.Why, "Gallringsstoppet är hävt", "stopp", "", null, ct);

    public async Task<IActionResult> OnPostRepeal(Guid id, CancellationToken ct) =>
        await After((await adopt.Repeal(id, HttpContext.Caller(), ct) as Outcome.Refused)?.Why, "Gallringsregeln är upphävd", "att-gallra", "", null, ct);

    private async Task<IActionResult> After(Refusal? refused, string done, string part, string form, string? field, CancellationToken ct)
    {
        if (refused is null)
        {
            TempData.Tell(Notice.Done(done));
            return LocalRedirect($"/gallring#{part}");
        }

        if (field is null) Refused = refused.Explanation;
        else ModelState.AddModelError($"{form}.{field}", refused.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var seen = caller.AuthoritiesWith(Worklist.Readers);
        if (caller.IsService || seen is []) return Forbid();
        Today = await register.Today(ct);
        Rules = await worklist.ByRule(seen, caller, By, ct);
        RulesInForce = (await register.RulesInForce(seen, ct)).ToDictionary(r => r.Id);
        Runs = await runs.Of(seen, 50, ct);
        Holds = await register.HoldsInForce(seen, caller, ct);
        Reasons = await kept.Reasons(Holds.Select(h => h.Id), ct);
        Requests = [.. (await disclosures.Of(caller, openOnly: true, ct)).Where(r => r.Items > 0 && (seen is null || seen.Contains(r.Authority)))];
        Decisions = await register.DecisionsOf(seen, ct);
        Authorities = (await authorities.All(ct)).ToDictionary(a => a.Id);
        Channels = [.. (await channels.For(caller, ct)).Where(c => c.ClosedAt is null && (seen is null || Authorities.Values.Any(a => a.Code == c.AuthorityCode && seen.Contains(a.Id))))];
        AuthorityChoices = [.. Authorities.Values.Where(a => caller.May(a.Id, Role.Arkivarie)).Select(a => new Choice(a.Code, a.Name))];
        MayDecide = AuthorityChoices.Count > 0;
        MayHold = caller.MayAnywhere(Role.Arkivarie, Role.Registrator);
        return Page();
    }
}

public sealed class DecisionForm
{
    public string? Authority { get; set; }

    public string? Reference { get; set; }

    public string? DecidingBody { get; set; }

    public DateOnly? DecidedOn { get; set; }

    public DateOnly? ValidFrom { get; set; }

    public DateOnly? ValidUntil { get; set; }

    public List<string> RecordTypes { get; set; } = [];

    public string? Frist { get; set; }

    public string? Scope { get; set; }

    public string? Consultation { get; set; }
}

public sealed class RuleForm
{
    public Guid? Decision { get; set; }

    public string? Name { get; set; }

    public List<string> RecordTypes { get; set; } = [];

    public string? CountedFrom { get; set; }

    public string? Frist { get; set; }

    public bool WithRegister { get; set; }
}

public sealed class HoldForm
{
    public string? Kind { get; set; }

    public Guid? Target { get; set; }

    public string? Ground { get; set; }

    public string? Reason { get; set; }
}
