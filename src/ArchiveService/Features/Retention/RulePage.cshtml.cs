using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Retention;

/// <summary>/gallring/regler/{id}: a rule as it stands, and the forms that change it and end it, each with a look at what it would do first.</summary>
public sealed class RulePageModel(RetentionRegister register, AuthorityRegister authorities, AdoptRuleHandler adopt, ChannelList channels) : PageModel
{
    [BindProperty]
    public RuleChangeForm Change { get; set; } = new();

    public RetentionRule Rule { get; private set; } = null!;

    public DisposalDecision? Decision { get; private set; }

    public Authority Authority { get; private set; } = null!;

    public bool MayDecide { get; private set; }

    public string? Refused { get; private set; }

    /// <summary>What the change in the form would mean; nothing is changed.</summary>
    public RuleImpact? Impact { get; private set; }

    /// <summary>What ending the rule would mean.</summary>
    public RuleImpact? WithoutRule { get; private set; }

    public IReadOnlyList<Choice> DecisionChoices { get; private set; } = [];

    public IReadOnlyList<Choice> ChannelChoices { get; private set; } = [];

    public IReadOnlyList<Choice> TypeChoices => [.. Words.RecordTypes.Where(t => Decision is null || Decision.RecordTypes.Contains(t.Key) || Rule.RecordTypes.Contains(t.Key)).Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> FromChoices { get; } = [.. Words.CountedFromInSwedish.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> ActionChoices { get; } = [.. Words.ActionsInSwedish.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> PlatformChoices { get; } = [.. Platforms.All.Select(p => new Choice(p, ChannelsModel.PlatformName(p)))];

    public IReadOnlyList<Choice> DirectionChoices { get; } = [.. Words.Directions.Select(d => new Choice(d.Key, Swedish.Sentence(d.Value)))];

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        if (!await Find(id, ct)) return NotFound();
        Change = RuleChangeForm.Of(Rule);
        return Page();
    }

    public async Task<IActionResult> OnPostPreview(Guid id, CancellationToken ct)
    {
        if (!await Find(id, ct)) return NotFound();
        var (impact, refused) = await adopt.Preview(id, Change.Command(), HttpContext.Caller(), ct);
        Impact = impact;
        return Say(refused);
    }

    public async Task<IActionResult> OnPostChange(Guid id, CancellationToken ct)
    {
        if (!await Find(id, ct)) return NotFound();
        var (rule, _, refused) = await adopt.Adopt(id, Change.Command(), HttpContext.Caller(), ct);
        if (refused is not null) return Say(refused);
        TempData.Tell(Notice.Done($"Regeln gäller nu i version {rule!.Version}"));
        return LocalRedirect($"/gallring/regler/{id:D}");
    }

    public async Task<IActionResult> OnPostPreviewRepeal(Guid id, CancellationToken ct)
    {
        if (!await Find(id, ct)) return NotFound();
        Change = RuleChangeForm.Of(Rule);
        ModelState.Clear();
        (WithoutRule, var refused) = await adopt.PreviewRepeal(id, HttpContext.Caller(), ct);
        Refused = refused?.Explanation;
        return Page();
    }

    public async Task<IActionResult> OnPostRepeal(Guid id, CancellationToken ct)
    {
        if (!await Find(id, ct)) return NotFound();
        if (await adopt.Repeal(id, HttpContext.Caller(), ct) is Outcome.Refused { Why: var why })
        {
            Refused = why.Explanation;
            return Page();
        }

        TempData.Tell(Notice.Done("Gallringsregeln är upphävd"));
        return LocalRedirect("/gallring#regler");
    }

    private PageResult Say(Refusal? refused)
    {
        if (refused is null) return Page();
        if (GallringModel.FieldOf(refused) is { } field) ModelState.AddModelError($"{nameof(Change)}.{field}", refused.Explanation);
        else Refused = refused.Explanation;
        return Page();
    }

    private async Task<bool> Find(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await register.FindRule(id, ct) is not { EndedAt: null } rule || caller.IsService || !caller.May(rule.Authority, Worklist.Readers)) return false;
        Rule = rule;
        Authority = (await authorities.Find(rule.Authority, ct))!;
        Decision = await register.FindDecision(rule.Decision, ct);
        MayDecide = caller.May(rule.Authority, Role.Arkivarie);
        DecisionChoices = [.. (await register.DecisionsOf([rule.Authority], ct)).Select(d => new Choice(d.Id.ToString("D"), d.Reference, $"{GallringModel.Types(d.RecordTypes)}, {d.Frist.InSwedish()}"))];
        ChannelChoices = [.. (await channels.For(caller, ct)).Where(c => c.AuthorityCode == Authority.Code).Select(c => new Choice(c.Id.ToString("D"), ChannelWords.Name(c.Platform, c.Handle)))];
        return true;
    }
}

/// <summary>The whole rule as it is to be: what is left empty is taken away.</summary>
public sealed class RuleChangeForm
{
    public Guid? Decision { get; set; }

    public string? Name { get; set; }

    public List<string> RecordTypes { get; set; } = [];

    public string? Action { get; set; }

    public string? CountedFrom { get; set; }

    public string? DateName { get; set; }

    public string? Frist { get; set; }

    public bool WithRegister { get; set; }

    public string? LegalBasis { get; set; }

    public DateOnly? ValidFrom { get; set; }

    public DateOnly? ValidUntil { get; set; }

    public string? ClassCodes { get; set; }

    public List<string> Channels { get; set; } = [];

    public List<string> Platforms { get; set; } = [];

    public List<string> Directions { get; set; } = [];

    public static RuleChangeForm Of(RetentionRule rule) => new()
    {
        Decision = rule.Decision,
        Name = rule.Name,
        RecordTypes = [.. rule.RecordTypes],
        Action = rule.Action.Stored(),
        CountedFrom = rule.CountedFrom.Stored(),
        DateName = rule.DateName,
        Frist = rule.Action == RuleAction.Preserve ? null : Period.Typed(rule.Frist.InSwedish()) == rule.Frist ? rule.Frist.InSwedish() : rule.Frist.ToIso(),
        WithRegister = rule.Classes.Contains("register"),
        LegalBasis = rule.LegalBasis,
        ValidFrom = rule.ValidFrom,
        ValidUntil = rule.ValidUntil,
        ClassCodes = rule.Scope.ClassCodes is { } classes ? string.Join(' ', classes) : null,
        Channels = [.. rule.Scope.Channels?.Select(c => c.ToString("D")) ?? []],
        Platforms = [.. rule.Scope.Platforms ?? []],
        Directions = [.. rule.Scope.Directions ?? []],
    };

    public AdoptRule Command() => new(
        null, Decision, Name, RecordTypes is { Count: > 0 } ? RecordTypes : null, CountedFrom, string.IsNullOrWhiteSpace(Frist) ? null : Period.Typed(Frist)?.ToIso() ?? Frist,
        WithRegister ? ["content", "register"] : ["content"], string.IsNullOrWhiteSpace(Action) ? null : Action, DateName, LegalBasis, ValidFrom, ValidUntil,
        (ClassCodes ?? "").Split([',', ';', ' '], StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries), [.. Channels.Select(c => Guid.TryParse(c, out var id) ? id : Guid.Empty)], Platforms, Directions);
}
