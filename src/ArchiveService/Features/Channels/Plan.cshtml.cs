using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Channels;

/// <summary>/kanaler/{id}/plan: the activity plan, who is named, signatures, information texts, terms, login custody and the checklist.</summary>
public sealed class PlanModel(ChannelView view, ChannelStreams channels, ChannelAdministrators administrators) : ChannelPage(view, channels)
{
    [BindProperty]
    public PlanForm Plan { get; set; } = new();

    [BindProperty]
    public AdministratorForm Named { get; set; } = new();

    [BindProperty]
    public TermsForm Terms { get; set; } = new();

    [BindProperty]
    public CustodyForm Custody { get; set; } = new();

    [BindProperty]
    public TextForm Text { get; set; } = new();

    public IReadOnlyList<Choice> Staff { get; private set; } = [];

    public IReadOnlyList<Choice> Functions { get; } = [.. NameAdministrator.Functions.Select(f => new Choice(f.Key, Swedish.Sentence(f.Value)))];

    public bool MaySignAsAdministrator => !IsClosed && Channel.Plan is not null && Life.PersonsAs(NameAdministrator.Administrator).Contains(Me) && !Life.HasSigned(Me, SignChannelPlan.AsAdministrator);

    public bool MaySignAsManager => !IsClosed && Channel.Plan is not null && May(Role.Chef) && !Life.HasSigned(Me, SignChannelPlan.AsManager);

    private Guid Me => HttpContext.Caller().PersonId;

    /// <summary>Kinds that the law or the policy asks for, and those written; the others may be written too.</summary>
    public IEnumerable<(string Kind, string Title, string? Why, ChannelTextShown? Written)> Texts =>
        ChannelDemands.ByLaw.Keys.Concat(PolicyKeys.InfoTexts.Keys).Select(kind => (kind, ChannelDemands.TextTitle(kind), Why(kind), Channel.Texts.FirstOrDefault(t => t.Kind == kind)));

    public IEnumerable<(string Kind, string Title, string? Why, ChannelTextShown? Written)> Asked => Texts.Where(t => t.Why is not null || t.Written is not null);

    public IReadOnlyList<Choice> OtherTexts => [.. Texts.Where(t => t.Why is null && t.Written is null).Select(t => new Choice(t.Kind, t.Title))];

    public async Task<IActionResult> OnPostPlan(CancellationToken ct)
    {
        var f = Plan;
        return ModelState.Any(field => field.Key.StartsWith("Plan.", StringComparison.Ordinal) && field.Value!.Errors.Count > 0) ? await Show(ct)
            : await After(
                await Decide(new WriteChannelPlan(f.Unit, f.TargetGroup, f.Goals, f.Contact, f.Watch, f.HoursPerWeek, f.Scope, f.EndsOn, f.ArchivingPlan, f.SensitiveData, f.EvaluateBy, f.Url).Decide, ct),
                "Planen är sparad", "plan", code => code switch { "plan-day-past" => "Plan.EndsOn", "plan-input" => "Plan.Unit", _ => null }, ct);
    }

    public async Task<IActionResult> OnPostName(CancellationToken ct) => await After(
        await administrators.Name(Id, new(Named.Person, Named.Function, Named.Email, Named.Phone), Expected, HttpContext.Caller(), ct), "Personen är namngiven", "personer",
        code => code switch { "channel-person-unknown" => "Named.Person", "channel-function-unknown" => "Named.Function", "channel-person-input" => "Named.Email", _ => null }, ct);

    public async Task<IActionResult> OnPostRelease(Guid person, string? function, CancellationToken ct) =>
        await After(await administrators.Release(Id, person, function ?? "", Expected, HttpContext.Caller(), ct), "Personen har inte längre funktionen", "personer", null, ct);

    public async Task<IActionResult> OnPostSign(string? signAs, CancellationToken ct) => await After(await Decide(new SignChannelPlan(signAs).Decide, ct), "Du har skrivit under planen", "underskrifter", null, ct);

    public async Task<IActionResult> OnPostText(CancellationToken ct)
    {
        var kind = Text.Kind;
        return await After(await Decide((life, world) => new WriteChannelText(Text.Text).Decide(kind, life, world), ct), "Texten är sparad", ChannelDemands.IsTextKind(kind) ? $"text-{kind}" : "texter", null, ct);
    }

    public async Task<IActionResult> OnPostTerms(CancellationToken ct) => await After(
        await Decide(new ReviewTerms(Terms.ReviewedOn, Terms.Terms, Terms.ReviewedBy).Decide, ct), "Genomgången är antecknad", "villkor",
        code => code switch { "terms-day" => "Terms.ReviewedOn", "terms-missing" => "Terms.Terms", _ => null }, ct);

    public async Task<IActionResult> OnPostCustody(CancellationToken ct) => await After(
        await Decide(new StateLoginCustody(Custody.Holder, Custody.Place).Decide, ct), "Förvaringen är antecknad", "inloggning",
        code => code switch { "custody-holder" => "Custody.Holder", "custody-place" or "custody-holds-secret" => "Custody.Place", _ => null }, ct);

    public async Task<IActionResult> OnPostCheck(string? item, bool? done, string? note, CancellationToken ct) =>
        await After(await Decide((life, world) => new AnswerCheck(done, note).Decide(item, life, world), ct), "Svaret är sparat", "checklista", null, ct);

    protected override async Task Prepare(CancellationToken ct)
    {
        Staff = [new Choice("", "Välj person"), .. (await administrators.Staff(Life.Authority, ct)).Select(p => new Choice(p.Id.ToString("D"), p.Name))];
        if (HttpMethods.IsPost(Request.Method)) return;
        if (Channel.Plan is { } plan)
        {
            Plan = new()
            {
                Unit = plan.Unit,
                Url = plan.Url,
                TargetGroup = plan.TargetGroup,
                Goals = plan.Goals,
                Contact = plan.Contact,
                Watch = plan.Watch,
                HoursPerWeek = plan.HoursPerWeek,
                Scope = plan.Scope,
                EndsOn = plan.EndsOn,
                ArchivingPlan = plan.ArchivingPlan,
                SensitiveData = plan.SensitiveData,
                EvaluateBy = plan.EvaluateBy,
            };
        }

        (Custody.Holder, Custody.Place) = (Channel.Custody?.Holder, Channel.Custody?.Place);
    }

    private string? Why(string kind) =>
        ChannelDemands.ByLaw.ContainsKey(kind) ? ChannelDemands.Law
        : Authority.Policy.InfoText(kind) switch { "required" => Requirement($"infoText.{kind}"), "advised" => $"{Requirement($"infoText.{kind}")}, bör", _ => null };
}

public sealed class PlanForm
{
    public string? Unit { get; set; }

    public string? Url { get; set; }

    public string? TargetGroup { get; set; }

    public string? Goals { get; set; }

    public string? Contact { get; set; }

    public string? Watch { get; set; }

    public int? HoursPerWeek { get; set; }

    public string? Scope { get; set; }

    public DateOnly? EndsOn { get; set; }

    public string? ArchivingPlan { get; set; }

    public string? SensitiveData { get; set; }

    public DateOnly? EvaluateBy { get; set; }
}

public sealed class AdministratorForm
{
    public Guid? Person { get; set; }

    public string? Function { get; set; }

    public string? Email { get; set; }

    public string? Phone { get; set; }
}

public sealed class TermsForm
{
    public DateOnly? ReviewedOn { get; set; }

    public string? Terms { get; set; }

    public string? ReviewedBy { get; set; }
}

public sealed class CustodyForm
{
    public string? Holder { get; set; }

    public string? Place { get; set; }
}

public sealed class TextForm
{
    public string? Kind { get; set; }

    public string? Text { get; set; }
}
