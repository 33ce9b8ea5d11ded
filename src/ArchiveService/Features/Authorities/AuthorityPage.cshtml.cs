using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Authorities;

/// <summary>An authority's policy: in force, coming and past, with what the guideline leaves open and what the law does not; and the form for one value.</summary>
public sealed class AuthorityPageModel(AuthorityRegister register, PolicyVersions versions, PutAuthorityHandler put, SeriesHandler series) : PageModel
{
    /// <summary>The key to change, from the link beside its value.</summary>
    [BindProperty(SupportsGet = true, Name = "andra")]
    public string? Key { get; set; }

    [BindProperty]
    public string? Value { get; set; }

    [BindProperty]
    public string? DecisionReference { get; set; }

    [BindProperty]
    public DateOnly? EffectiveFrom { get; set; }

    [BindProperty]
    public string? Organ { get; set; }

    [BindProperty]
    public string? Template { get; set; }

    [BindProperty]
    public DateOnly? SeriesFrom { get; set; }

    [BindProperty]
    public DateOnly? SeriesUntil { get; set; }

    [BindProperty]
    public bool SeriesDefault { get; set; }

    /// <summary>The series to change, from the link beside it; empty for a new one.</summary>
    [BindProperty(SupportsGet = true, Name = "serie")]
    public string? SeriesAsked { get; set; }

    public IReadOnlyList<DiarySeries> Series { get; private set; } = [];

    public bool IsSettingSeries { get; private set; }

    public DiarySeries? SeriesChanging => Series.FirstOrDefault(s => s.Organ == SeriesAsked);

    public Authority Authority { get; private set; } = null!;

    public PolicyHistory History { get; private set; } = null!;

    public Preset Preset { get; private set; } = null!;

    public bool MayChange { get; private set; }

    public bool MayInspect => Inspections.InspectionPacks.May(HttpContext.Caller(), Authority);

    public PolicyVersion InForce => History.InForce(History.Now)!;

    public IReadOnlyList<PolicyVersion> Coming => [.. History.Versions.Where(v => History.Standing(v) == PolicyStanding.Coming).OrderBy(v => v.EffectiveFrom)];

    /// <summary>The key being changed; null when none is, or when nobody may.</summary>
    public string? Changing { get; private set; }

    public Contradiction? ChangingReading => Changing is { } key ? Preset.Contradiction(key) : null;

    /// <summary>What may be chosen; none where text or a number is written.</summary>
    public IReadOnlyList<Choice> Choices =>
        ChangingReading is { } contradiction ? [.. contradiction.Readings.Select(r => new Choice(r.Value, $"{r.Value}: {r.Says}", $"{r.LeadsTo}{(r.Value == contradiction.Chosen ? " Förlagans val." : "")}"))]
        : PolicyKeys.Find(Changing!) is { Words: { } words, Open: false } ? [.. words.Select(w => new Choice(w.Key, Swedish.Sentence(w.Value), w.Key == Preset.Whole[Changing!] ? $"Förlagans värde, {Preset.Values[Changing!].Requirement}" : null))]
        : [];

    public string ValueHint => PolicyKeys.IsDays(Changing!) ? $"Antal dagar, 0–36500. Förlagan: {Preset.Whole[Changing!]}."
        : PolicyKeys.Find(Changing!) is { Words: { } words } ? $"Förlagans riktlinjer säger {string.Join(", ", words.Select(w => $"{w.Key} ({w.Value})"))}; eget värde går också."
        : Preset.Whole[Changing!] is { Length: > 0 } given ? $"Förlagan: {given}" : "Förlagan säger inget.";

    /// <summary>Groups in the order of the keys, each with its values in force.</summary>
    public IEnumerable<(string Group, IEnumerable<(PolicyKey Key, PolicyValue Value)> Values)> Groups =>
        PolicyKeys.All.GroupBy(k => k.Group).Select(g => (g.Key, g.Select(k => (k, InForce.Policy.Of(k.Key)))));

    public string Word(string? key, string? value) => value is null ? "–" : Preset.Contradiction(key!) is not null ? value : Swedish.Sentence(PolicyKeys.Word(key!, value));

    public async Task<IActionResult> OnGetAsync(string code, CancellationToken ct)
    {
        if (await Show(code, ct) is { } other) return other;
        if (SeriesChanging is { } changing) (Organ, Template, SeriesFrom, SeriesUntil, SeriesDefault) = (changing.Organ, changing.Template, changing.From, changing.Until, changing.Default);
        if (Changing is { } key) Value = (History.PlannedOn(History.Today) ?? InForce).Policy[key];
        return Page();
    }

    public async Task<IActionResult> OnPostAsync(string code, CancellationToken ct)
    {
        if (await Show(code, ct) is { } other) return other;
        if (!ModelState.IsValid) return Page();
        var wanted = new Dictionary<string, string>(StringComparer.Ordinal) { [Key ?? ""] = Value ?? "" };
        var (_, _, decided, refused) = await put.Put(code, new(null, null, null, wanted, DecisionReference, EffectiveFrom), HttpContext.Caller(), ct);
        if (refused is null)
        {
            TempData.Tell(decided is null ? Notice.Info("Ingenting ändrades", "Värdet var redan det du angav.")
                : decided.EffectiveFrom > History.Today ? Notice.Done($"Version {decided.Version} är beslutad", $"Den gäller från {Swedish.LongDate(decided.EffectiveFrom)}.")
                : Notice.Done($"Version {decided.Version} gäller nu"));
            return LocalRedirect($"/myndigheter/{Uri.EscapeDataString(Authority.Code)}");
        }

        ModelState.AddModelError(refused.Code switch
        {
            "decision-reference-missing" => nameof(DecisionReference),
            "effective-from-past" => nameof(EffectiveFrom),
            "policy-value-unknown" or "diary-template" => nameof(Value),
            _ => "",
        }, refused.Explanation);
        return Page();
    }

    public async Task<IActionResult> OnPostSeriesAsync(string code, CancellationToken ct)
    {
        if (await Show(code, ct) is { } other) return other;
        IsSettingSeries = MayChange;
        if (!ModelState.IsValid) return Page();
        var (set, created, refused) = await series.Set(code, SeriesChanging?.Organ ?? Organ ?? "", new(Template, SeriesFrom, SeriesUntil, SeriesDefault), HttpContext.Caller(), ct);
        if (refused is null)
        {
            TempData.Tell(Notice.Done(created ? $"Serien {set!.Organ} är upplagd" : $"Serien {set!.Organ} är ändrad"));
            return LocalRedirect($"/myndigheter/{Uri.EscapeDataString(Authority.Code)}#h-serier");
        }

        if (refused.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(refused.Code switch { "diary-series" => nameof(Organ), "diary-template" => nameof(Template), "series-days" => nameof(SeriesUntil), "series-default" => nameof(SeriesDefault), _ => "" }, refused.Explanation);
        return Page();
    }

    private async Task<IActionResult?> Show(string code, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return Forbid();
        if (await register.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return NotFound();
        Authority = authority;
        History = await versions.Of(authority.Id, ct);
        Preset = Preset.All[InForce.Policy.PresetName];
        MayChange = caller.MayAnywhere(Role.Admin);
        Series = await series.Of(authority, ct);
        IsSettingSeries = MayChange && SeriesAsked is not null;
        Changing = MayChange && Key is { } key && (PolicyKeys.Find(key) is not null || Preset.Contradiction(key) is not null) ? Key : null;
        return null;
    }
}
