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
        asked || (form == "Rule" && Impact is not null) || ModelState.Any(field => field.Key.StartsWith(form + ".", StringComparison.Ordinal) && field.Value?.Errors.Count > 0);

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
        new("Gallringsbeslut", "#beslut", Decisions.Count), new("Regler", "#regler", RulesInForce.Count), new("Planen", "/gallring/plan"), new("Granskning och bevarande", "/gallring/granskning"), new("Kanaler", "#kanaler", Channels.Count),
    ]);

    public IReadOnlyList<Choice> AuthorityChoices { get; private set; } = [];

    public IReadOnlyList<Choice> DecisionChoices => [.. Decisions.Select(d => new Choice(d.Id.ToString("D"), d.Reference, $"{Types(d.RecordTypes)}, {d.Frist.InSwedish()}"))];

    public IReadOnlyList<Choice> TypeChoices { get; } = [.. Words.RecordTypes.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> FromChoices { get; } = [.. Words.CountedFromInSwedish.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> ActionChoices { get; } = [new("", "Som beslutet säger"), .. Words.ActionsInSwedish.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> DecisionKindChoices { get; } = [.. Words.DecisionKindsInSwedish.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> GeneralChoices =>
        [new("", "Inget"), .. Decisions.Where(d => d is { Kind: DecisionKind.Disposal, AppraisalMissing: false }).Select(d => new Choice(d.Id.ToString("D"), d.Reference))];

    public IReadOnlyList<Choice> ChannelChoices => [new("", "Alla"), .. Channels.Select(c => new Choice(c.Id.ToString("D"), ChannelWords.Name(c.Platform, c.Handle)))];

    public IReadOnlyList<Choice> PlatformChoices { get; } = [new("", "Alla"), .. Platforms.All.Select(p => new Choice(p, ChannelsModel.PlatformName(p)))];

    public IReadOnlyList<Choice> DirectionChoices { get; } = [new("", "Båda"), .. Words.Directions.Select(d => new Choice(d.Key, Swedish.Sentence(d.Value)))];

    /// <summary>Where a rule is narrower than its types, and when it is in force.</summary>
    public string Limits(RetentionRule rule)
    {
        string[] said =
        [
            .. rule.Scope.ClassCodes is { } classes ? [$"klass {string.Join(", ", classes)}"] : Array.Empty<string>(),
            .. rule.Scope.Platforms is { } platforms ? [string.Join(", ", platforms.Select(ChannelsModel.PlatformName))] : Array.Empty<string>(),
            .. rule.Scope.Channels is { } some ? [string.Join(", ", some.Select(c => Channels.FirstOrDefault(x => x.Id == c) is { } known ? ChannelWords.Name(known.Platform, known.Handle) : "en kanal"))] : Array.Empty<string>(),
            .. rule.Scope.Directions is { } directions ? [string.Join(", ", directions.Select(Words.Directions.Said))] : Array.Empty<string>(),
            .. rule.ValidFrom is { } from ? [$"från {Swedish.Date(from)}"] : Array.Empty<string>(),
            .. rule.ValidUntil is { } until ? [$"till {Swedish.Date(until)}"] : Array.Empty<string>(),
        ];
        return said.Length == 0 ? "" : $"Bara {string.Join("; ", said)}";
    }

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
        var consulted = f.ConsultedOn is null && string.IsNullOrWhiteSpace(f.ConsultedWith) ? null : new Consulted(f.ConsultedOn, f.ConsultedWith, f.ConsultationOutcome);
        var (_, _, refused) = await decide.Record(
            new(f.Authority, f.Reference, f.DecidingBody, f.DecidedOn, f.ValidFrom, f.ValidUntil, f.RecordTypes, string.IsNullOrWhiteSpace(f.Frist) ? null : Iso(f.Frist), f.Scope, f.Consultation,
                f.Kind, f.LegalBasis, consulted, Appraisal.Given(f.Insight, f.Justice, f.Activity, f.Research, f.Heritage), f.AppraisalOf), HttpContext.Caller(), ct);
        return await After(refused, "Gallringsbeslutet är infört", "beslut", "Decision", refused?.Code switch
        {
            "decision-reference-missing" => nameof(f.Reference),
            "decision-date-missing" => nameof(f.DecidedOn),
            "decision-without-scope" or "record-type-unknown" => nameof(f.RecordTypes),
            "decision-without-frist" or "frist-unreadable" or "preserve-without-frist" => nameof(f.Frist),
            "decision-kind-unknown" => nameof(f.Kind),
            "legal-basis" => nameof(f.LegalBasis),
            "consultation" => nameof(f.ConsultedOn),
            "appraisal-incomplete" or "appraisal-missing" => nameof(f.Insight),
            "appraisal-unknown" => nameof(f.AppraisalOf),
            "wrong-deciding-body" or "deciding-body" => nameof(f.DecidingBody),
            "decision-period" => nameof(f.ValidFrom),
            _ => null,
        }, ct);
    }

    /// <summary>What the rule in the form would change; nothing is adopted.</summary>
    public RuleImpact? Impact { get; private set; }

    public async Task<IActionResult> OnPostPreview(CancellationToken ct)
    {
        var (impact, refused) = await adopt.Preview(null, await Typed(ct), HttpContext.Caller(), ct);
        Impact = impact;
        if (refused is null) return await Show(ct);
        return await After(refused, "", "att-gallra", "Rule", FieldOf(refused), ct);
    }

    public async Task<IActionResult> OnPostRule(CancellationToken ct)
    {
        var (_, _, refused) = await adopt.Adopt(null, await Typed(ct), HttpContext.Caller(), ct);
        return await After(refused, "Regeln gäller nu", "regler", "Rule", refused is null ? null : FieldOf(refused), ct);
    }

    private async Task<AdoptRule> Typed(CancellationToken ct)
    {
        var f = Rule;
        var decision = f.Decision is { } id ? await register.FindDecision(id, ct) : null;
        static IReadOnlyList<string>? Split(string? typed) => string.IsNullOrWhiteSpace(typed) ? null : typed.Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        return new(
            decision?.Authority.ToString("D"), f.Decision, f.Name, f.RecordTypes is { Count: > 0 } ? f.RecordTypes : null, f.CountedFrom, string.IsNullOrWhiteSpace(f.Frist) ? null : Iso(f.Frist),
            f.WithRegister ? ["content", "register"] : ["content"], string.IsNullOrWhiteSpace(f.Action) ? null : f.Action, f.DateName, f.LegalBasis, f.ValidFrom, f.ValidUntil,
            Split(f.ClassCodes), f.Channel is { } channel ? [channel] : null, string.IsNullOrWhiteSpace(f.Platform) ? null : [f.Platform], string.IsNullOrWhiteSpace(f.Direction) ? null : [f.Direction]);
    }

    public static Notice Told(RuleImpact impact) => impact.KeptToDue + impact.DueToKept + impact.Sooner + impact.Later == 0
        ? Notice.Info("Ingen handling påverkas", $"Av {Swedish.Count(impact.Records, "handling", "handlingar")} byter ingen öde. Inget är infört.")
        : Notice.Attention(
            $"{Swedish.Count(impact.KeptToDue + impact.DueToKept + impact.Sooner + impact.Later, "handling", "handlingar")} av {Swedish.Number(impact.Records)} byter öde",
            $"{Swedish.Number(impact.KeptToDue)} som bevaras får en frist, {Swedish.Number(impact.DueToKept)} bevaras i stället, {Swedish.Number(impact.Sooner)} gallras tidigare och {Swedish.Number(impact.Later)} senare. {Swedish.Number(impact.DueAtOnce)} har redan passerat fristen. Inget är infört.");

    internal static string? FieldOf(Refusal refused) => refused.Code switch
    {
        "no-decision" or "authority-missing" => nameof(RuleForm.Decision),
        "rule-name-missing" => nameof(RuleForm.Name),
        "outside-decision-scope" or "review-of-requests" => nameof(RuleForm.RecordTypes),
        "frist-unreadable" or "frist-missing" or "rule-shorter-than-decision" or "rule-longer-than-law" or "preserve-without-frist" => nameof(RuleForm.Frist),
        "action-unknown" or "decision-preserves" or "compulsory-without-law" => nameof(RuleForm.Action),
        "date-name-missing" => nameof(RuleForm.DateName),
        "rule-period" or "rule-before-decision" => nameof(RuleForm.ValidFrom),
        "rule-scope" => nameof(RuleForm.ClassCodes),
        "legal-basis" => nameof(RuleForm.LegalBasis),
        _ => null,
    };

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

    public string? Kind { get; set; } = "disposal";

    public string? LegalBasis { get; set; }

    public DateOnly? ConsultedOn { get; set; }

    public string? ConsultedWith { get; set; }

    public string? ConsultationOutcome { get; set; }

    public string? Insight { get; set; }

    public string? Justice { get; set; }

    public string? Activity { get; set; }

    public string? Research { get; set; }

    public string? Heritage { get; set; }

    public Guid? AppraisalOf { get; set; }
}

public sealed class RuleForm
{
    public Guid? Decision { get; set; }

    public string? Name { get; set; }

    public List<string> RecordTypes { get; set; } = [];

    public string? CountedFrom { get; set; }

    public string? Frist { get; set; }

    public bool WithRegister { get; set; }

    public string? Action { get; set; }

    public string? DateName { get; set; }

    public string? LegalBasis { get; set; }

    public DateOnly? ValidFrom { get; set; }

    public DateOnly? ValidUntil { get; set; }

    public string? ClassCodes { get; set; }

    public Guid? Channel { get; set; }

    public string? Platform { get; set; }

    public string? Direction { get; set; }
}

public sealed class HoldForm
{
    public string? Kind { get; set; }

    public Guid? Target { get; set; }

    public string? Ground { get; set; }

    public string? Reason { get; set; }
}
