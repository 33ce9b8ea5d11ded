using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Assignments;

/// <summary>/kanaler/{id}/uppdrag: who may act in the channel, who has had it, who stands in; and the forms of the chef.</summary>
public sealed class AssignmentsPageModel(AssignmentCommands commands, AssignmentList list, ChannelRegister register, ChannelList channels, AuthorityRegister authorities, Databases databases) : PageModel
{
    public const string Below = "/uppdrag";

    public const string AllChannels = "all";

    public static IReadOnlyList<Choice> Functions { get; } = [.. Enum.GetValues<AssignmentFunction>().Select(f => new Choice(f.Stored(), Swedish.Sentence(f.InSwedish())))];

    public static IReadOnlyList<Choice> Scopes { get; } = [new("channel", "Den här kanalen"), new(AllChannels, "Alla myndighetens kanaler")];

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public Guid? Person { get; set; }

    [BindProperty]
    public string? Function { get; set; }

    [BindProperty]
    public string? Scope { get; set; }

    [BindProperty]
    public DateOnly? From { get; set; }

    [BindProperty]
    public DateOnly? Until { get; set; }

    [BindProperty]
    public string? Decision { get; set; }

    [BindProperty]
    public DateOnly? PolicyInformedOn { get; set; }

    [BindProperty]
    public DateOnly? IntroducedOn { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public string Called { get; private set; } = "";

    public Authority Authority { get; private set; } = null!;

    public IReadOnlyList<AssignmentListed> Current { get; private set; } = [];

    public IReadOnlyList<AssignmentListed> Past { get; private set; } = [];

    public IReadOnlyList<Choice> People { get; private set; } = [];

    public bool MayGive { get; private set; }

    public bool InUse { get; private set; }

    public bool Closed { get; private set; }

    public string? Refused { get; private set; }

    public DateOnly Today => list.Today;

    public bool TwoDecisions => Authority.Policy["assignment.decisions"] == "two";

    public bool PolicyInformationNeeded => Authority.Policy["assignment.policyInformation"] == "true";

    /// <summary>When a command asks for an assignment, and why.</summary>
    public Notice Demand
    {
        get
        {
            var required = Authority.Policy.Of("assignment.required");
            return required.Value == "always" ? Notice.Info("Uppdrag krävs", $"Myndighetens policy kräver uppdrag från första åtgärden i kanalen ({required.Requirement}). Nödåtgärd går alltid, och prövas efteråt.")
                : InUse ? Notice.Info("Uppdrag krävs", $"Kanalen är tagen i bruk: den som tar ned, återställer eller svarar ska ha ett gällande uppdrag ({required.Requirement}). Nödåtgärd går alltid, och prövas efteråt.")
                : Notice.Attention("Uppdrag krävs inte ännu", $"Inget uppdrag har getts. När det första ges är kanalen tagen i bruk, och därefter kan bara den som har ett uppdrag agera i den ({required.Requirement}).");
        }
    }

    public static Mark StateOf(AssignmentListed assignment, DateOnly today) => assignment.Standing switch
    {
        not (AssignmentStanding.Ended or AssignmentStanding.Lapsed) when assignment.PersonClosed => Marks.Attention("Personen har slutat"),
        AssignmentStanding.AwaitsAuthorisation => Marks.Waiting("Väntar på förvaltningschefens beslut"),
        AssignmentStanding.Coming => Marks.Waiting($"Gäller från {Swedish.Date(assignment.From)}"),
        AssignmentStanding.InForce => assignment.LapsesSoon(today) ? Marks.Attention($"Går ut {Swedish.Date(assignment.Until!.Value)}") : Marks.Done("Gäller"),
        AssignmentStanding.Lapsed => new(Icon.Clock, "Har gått ut", Tone.Gone),
        _ => new(Icon.Stop, "Upphört", Tone.Gone),
    };

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct) ? Page() : NotFound();

    public async Task<IActionResult> OnPostGive(CancellationToken ct)
    {
        if (!await Show(ct)) return NotFound();
        if (!ModelState.IsValid) return Page();
        var all = Scope == AllChannels;
        AssignmentFunction? function = Enum.TryParse<AssignmentFunction>(Function, ignoreCase: true, out var chosen) ? chosen : null;
        var command = new GiveAssignment(Authority.Code, all ? null : Id, Person, function, From, Until, Decision, null, PolicyInformedOn, IntroducedOn, AsEmployee: true, Note);
        var (_, _, awaits, refused) = await commands.Give(command, HttpContext.Caller(), ct);
        if (refused is null) return Tell(awaits ? Notice.Attention("Uppdraget är antecknat", "Det gäller när förvaltningschefens beslut också är antecknat.") : Notice.Done("Uppdraget är givet"));
        if (refused.Status == StatusCodes.Status403Forbidden && refused.Code == "not-allowed") return Forbid();
        ModelState.AddModelError(refused.Code switch
        {
            "person-missing" or "person-unknown" or "person-closed" or "service-account" or "own-assignment" => nameof(Person),
            "function-missing" => nameof(Function),
            "decision-reference-missing" => nameof(Decision),
            "assignment-period" => nameof(Until),
            "policy-information-missing" => nameof(PolicyInformedOn),
            "note-too-long" => nameof(Note),
            _ => "",
        }, refused.Explanation);
        return Page();
    }

    public async Task<IActionResult> OnPostAuthorise(Guid assignment, string? reference, CancellationToken ct) =>
        await Answer(await commands.Authorise(assignment, new(reference), default, HttpContext.Caller(), ct), "Förvaltningschefens beslut är antecknat", ct);

    public async Task<IActionResult> OnPostSubstitute(Guid assignment, Guid? substitute, DateOnly? first, DateOnly? last, CancellationToken ct) =>
        await Answer(await commands.Substitute(assignment, new(substitute, first, last), default, HttpContext.Caller(), ct), "Ersättaren är utsedd", ct);

    public async Task<IActionResult> OnPostEnd(Guid assignment, string? reason, CancellationToken ct) =>
        await Answer(await commands.End(assignment, new(reason), default, HttpContext.Caller(), ct), "Uppdraget har upphört", ct);

    private async Task<IActionResult> Answer(Outcome outcome, string done, CancellationToken ct)
    {
        if (outcome is not Outcome.Refused { Why: var why }) return Tell(Notice.Done(done));
        if (why.Code == "not-allowed") return Forbid();
        if (!await Show(ct)) return NotFound();
        ModelState.Clear();
        Refused = why.Explanation;
        return Page();
    }

    private LocalRedirectResult Tell(Notice notice)
    {
        TempData.Tell(notice);
        return LocalRedirect($"/kanaler/{Id:D}/uppdrag");
    }

    private async Task<bool> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService || await register.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return false;
        Authority = (await authorities.Find(channel.Authority, ct))!;
        Called = (await channels.For(caller, ct)).Where(c => c.Id == Id).Select(AssignmentList.Called).FirstOrDefault() ?? "Kanalen";
        Closed = channel.ClosedAt is not null;
        var all = await list.For(caller, Id, null, null, ct);
        Current = [.. all.Where(a => a.Standing is not (AssignmentStanding.Lapsed or AssignmentStanding.Ended))];
        Past = [.. all.Except(Current).OrderByDescending(a => a.GivenAt)];
        MayGive = caller.May(channel.Authority, Role.Chef, Role.Admin);
        if (MayGive) People = await list.People(channel.Authority, ct);
        InUse = await AssignmentDemand.IsAskedFor(databases, Authority.Policy, channel.Authority, Id, ct);
        return true;
    }
}
