using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Retention;

/// <summary>/gallring/prova: what a rule, or a draft of one, would have destroyed.</summary>
public sealed class DryRunModel(RetentionDryRun dry, RetentionRegister register, AuthorityRegister authorities) : PageModel
{
    /// <summary>A rule with its version, as <c>id:version</c>.</summary>
    [BindProperty]
    public string? Tried { get; set; }

    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public List<string> RecordTypes { get; set; } = [];

    [BindProperty]
    public string? CountedFrom { get; set; }

    [BindProperty]
    public string? Frist { get; set; }

    [BindProperty]
    public DateOnly? Until { get; set; }

    public DryRunResult? Result { get; private set; }

    public IReadOnlyList<Choice> RuleChoices { get; private set; } = [];

    public IReadOnlyList<Choice> AuthorityChoices { get; private set; } = [];

    public IReadOnlyList<Choice> TypeChoices { get; } = [.. Words.RecordTypes.Where(t => t.Key != Disclosures.DisclosureState.RecordType).Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public IReadOnlyList<Choice> FromChoices { get; } = [new("", "Som i regeln"), .. Words.CountedFromInSwedish.Select(t => new Choice(t.Key, Swedish.Sentence(t.Value)))];

    public Task<IActionResult> OnGet(CancellationToken ct) => Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (!ModelState.IsValid) return await Show(ct);
        var tried = Tried?.Split(':') is [var id, var version] && Guid.TryParse(id, out var rule) && int.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var number) ? (rule, number) : default((Guid Rule, int Version)?);
        var (result, _, refused) = await dry.Ask(
            new(Authority, tried?.Rule, tried?.Version, RecordTypes, string.IsNullOrEmpty(CountedFrom) ? null : CountedFrom, string.IsNullOrWhiteSpace(Frist) ? null : Period.Typed(Frist)?.ToIso() ?? Frist, Until), HttpContext.Caller(), ct);
        Result = result;
        if (refused is { Status: StatusCodes.Status403Forbidden }) return Forbid();
        if (refused is not null)
        {
            ModelState.AddModelError(refused.Code switch
            {
                "rule-without-types" or "record-type-unknown" => nameof(RecordTypes),
                "counted-from-unknown" => nameof(CountedFrom),
                "frist-unreadable" => nameof(Frist),
                "dry-run-future" => nameof(Until),
                _ => nameof(Authority),
            }, refused.Explanation);
        }

        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var seen = caller.AuthoritiesWith(Worklist.Readers);
        if (caller.IsService || seen is []) return Forbid();
        AuthorityChoices = [.. (await authorities.All(ct)).Where(a => caller.May(a.Id, Worklist.Readers)).Select(a => new Choice(a.Code, a.Name))];
        var choices = new List<Choice> { new("", "Ingen regel: ett eget utkast") };
        foreach (var rule in await register.RulesInForce(seen, ct))
        {
            for (var version = rule.Version; version > 0; version--) choices.Add(new($"{rule.Id:D}:{version}", $"{rule.Name}, version {version}"));
        }

        RuleChoices = choices;
        return Page();
    }
}
