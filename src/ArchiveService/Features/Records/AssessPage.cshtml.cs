using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/bedom: lifts a record from unassessed, or puts it back there.</summary>
public sealed class AssessPageModel(SealedLog log, RecordAssessments handler, AuthorityRegister authorities, StaffNames staff) : RecordActPage(log)
{
    public static IReadOnlyList<Choice> Answers { get; } =
    [
        new("no", "Nej, inget tyder på det", "Handlingen syns för alla som arbetar för myndigheten."),
        new("yes", "Ja, det kan de", "Bara den som bedömer ser den. Registrera den och sekretessmarkera den."),
    ];

    public static IReadOnlyList<Choice> Significances { get; } =
    [
        new("minor", "Av uppenbart ringa betydelse", "Behöver varken registreras eller hållas ordnad, om policyn inte säger annat (OSL 5 kap. 1 §, T-16, V-10)."),
        new("ordinary", "Vanlig"),
        new("important", "Viktig", "Registreras och undantas aldrig."),
    ];

    public static IReadOnlyList<Choice> CaseRelations { get; } = [.. AssessmentWords.CaseRelations.Select(r => new Choice(r.Key, Swedish.Sentence(r.Value.Text)))];

    public static IReadOnlyList<Choice> Findings { get; } = [.. AssessmentWords.PersonalData.Select(f => new Choice(f.Key, Swedish.Sentence(f.Value)))];

    /// <summary>yes or no; nobody answers it by leaving it alone.</summary>
    [BindProperty]
    public string? Secrecy { get; set; }

    [BindProperty]
    public string? Significance { get; set; }

    /// <summary>As the form asked before there were three answers.</summary>
    [BindProperty]
    public bool Minor { get; set; }

    [BindProperty]
    public bool IsQuestion { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    [BindProperty]
    public string? Provision { get; set; }

    [BindProperty]
    public string? CaseRelation { get; set; }

    [BindProperty]
    public string? Case { get; set; }

    [BindProperty]
    public List<string> PersonalData { get; set; } = [];

    [BindProperty]
    public string? ChartNode { get; set; }

    /// <summary>Where the response chart led, from its page.</summary>
    [BindProperty(SupportsGet = true, Name = "nod")]
    public string? Node { get; set; }

    private Policy policy = null!;

    private IReadOnlyList<Hint> hints = [];

    public ChartOutcome? Outcome => ResponseChart.Outcome(ChartNode ?? Node);

    public bool Danger => hints.Any(h => h.Kind == HintKind.Danger);

    public FactList? HintsShown => HintFacts.Of(hints, Glance?.Text, policy);

    public HintAdvice PersonalDataAdvice => Hints.PersonalData(policy);

    public bool ChartOffered => policy["triage.chart"] == "offered";

    public bool ChartAtHand => policy["triage.chart"] == "on-request";

    /// <summary>What the guideline says of politics (C19); advice, and never a ground.</summary>
    public string? PoliticsAdvice => policy["politics.mode"] switch
    {
        "refer" => "Partipolitisk debatt hänvisas till andra forum. Ta inte ställning för eller emot partier eller företag (H-23).",
        "care" => "Politiskt laddat innehåll och sådant som ligger före politiska beslut hanteras varsamt. Hänvisa till egna utredningar; fråga kommunikationschefen när du är osäker (V-04).",
        "counteract-propaganda" => "Motverka inom rimliga gränser att kanalen förknippas med andra organisationers propaganda (T-09). Enskilda inlägg med en åsikt står kvar.",
        _ => null,
    };

    protected override bool MayOpen(Caller caller, Guid authority) => caller.MayAssess(authority);

    protected override async Task Prepare(CancellationToken ct)
    {
        policy = (await authorities.Find(Glance!.State.Authority, ct))!.Policy;
        hints = Hints.In(Glance.Text, await staff.All(ct));
        if (Significance is null && Minor) Significance = "minor";
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (Secrecy is not ("yes" or "no")) return await Ask(nameof(Secrecy), "Svara om uppgifterna kan omfattas av sekretess.", ct);
        Guid? inCase = null;
        if (!string.IsNullOrWhiteSpace(Case))
        {
            if (!Guid.TryParse(Case.Trim(), out var id)) return await Ask(nameof(Case), "Ärendets id går inte att läsa. Kopiera det ur ärendets adress.", ct);
            inCase = id;
        }

        static string? Said(string? typed) => string.IsNullOrWhiteSpace(typed) ? null : typed.Trim();
        var command = new AssessRecord(Minor, Secrecy == "yes", IsQuestion, Said(Note), Said(Significance), Said(CaseRelation), inCase, PersonalData, Said(Provision), Said(ChartNode));
        var outcome = await handler.Assess(Id, command, Expected, HttpContext.Caller(), ct);
        return await After(
            outcome, Secrecy == "yes" ? Notice.Done("Bedömd: kan omfattas av sekretess", "Den syns bara för den som bedömer tills den är sekretessmarkerad eller bedömd på nytt.") : Notice.Done("Handlingen är bedömd"),
            code => code switch
            {
                "note-too-long" => nameof(Note),
                "minor-and-secret" or "significance-unknown" or "significance-contradicts" => nameof(Significance),
                "case-relation-unknown" => nameof(CaseRelation),
                "case-without-relation" or "case-unknown" => nameof(Case),
                "provision-too-long" => nameof(Provision),
                "personal-data-unknown" => nameof(PersonalData),
                _ => null,
            }, ct);
    }
}
