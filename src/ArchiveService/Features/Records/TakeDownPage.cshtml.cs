using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Records;

/// <summary>/handlingar/{id}/ta-ned: hides, unpublishes or deletes, with grounds and motivation.</summary>
public sealed class TakeDownPageModel(SealedLog log, AuthorityRegister authorities, RetentionRegister retention, TakeDownHandler handler, Databases databases, TimeProvider clock) : RecordActPage(log)
{
    [BindProperty]
    public TakeDownAct Act { get; set; } = TakeDownAct.Unpublish;

    [BindProperty]
    public List<string> Grounds { get; set; } = [];

    [BindProperty]
    public string? Motivation { get; set; }

    [BindProperty]
    public string? LegalReference { get; set; }

    [BindProperty]
    public Guid? DisposalDecision { get; set; }

    [BindProperty]
    public bool SenderNotified { get; set; }

    [BindProperty]
    public bool Emergency { get; set; }

    [BindProperty]
    public bool ThresholdMet { get; set; }

    /// <summary>yes or no.</summary>
    [BindProperty]
    public string? Viewpoint { get; set; }

    [BindProperty]
    public string? ViewpointNote { get; set; }

    [BindProperty]
    public string? Circumstances { get; set; }

    [BindProperty]
    public string? Rapporteur { get; set; }

    [BindProperty]
    public string? Participants { get; set; }

    [BindProperty]
    public string? ExternalNumber { get; set; }

    [BindProperty]
    public string? ExternalSystem { get; set; }

    [BindProperty]
    public DateOnly? ExternalDay { get; set; }

    /// <summary>The diary, or one of two, is kept in another system: then its number can be given here.</summary>
    public bool DiaryIsElsewhere { get; private set; }

    public IReadOnlyList<Choice> AllGrounds { get; private set; } = [];

    public string PolicyName { get; private set; } = "";

    public int PolicyVersion { get; private set; }

    /// <summary>What the policy says beside the grounds: notice, a second person.</summary>
    public IReadOnlyList<string> Rules { get; private set; } = [];

    public static IReadOnlyList<Choice> ViewpointAnswers { get; } =
    [
        new("yes", "Ja", "Åsikten spelar ingen roll för bedömningen."),
        new("no", "Nej", "Då får det stå kvar, utom sekretess och sådant som lagen själv pekar ut."),
    ];

    public IReadOnlyList<Choice> Acts { get; } =
    [
        new(nameof(TakeDownAct.Hide), "Dölj", "Står kvar på plattformen men syns inte för alla. Kan ångras."),
        new(nameof(TakeDownAct.Unpublish), "Avpublicera", "Tas bort ur kanalen. Hela innehållet finns kvar här."),
        new(nameof(TakeDownAct.DeleteFromChannel), "Radera", "Inget ska sparas. Det är gallring och kräver gallringsbeslut."),
    ];

    /// <summary>What an act in the usual order would be refused for, when whoever asks has no assignment in force (I11).</summary>
    public string? Unassigned { get; private set; }

    public Preconditions Standing => new(
    [
        .. Unassigned is { } why ? [new Precondition(PageParts.Standing.Attention, "Du har inget gällande uppdrag för kanalen", why)] : Array.Empty<Precondition>(),
        Glance!.State.ContentCaptured ? new(PageParts.Standing.Met, "Innehållet är sparat", $"Fångat {Swedish.DateAndClock(Glance.State.CapturedAt)}") : new(PageParts.Standing.Blocks, "Innehållet är inte sparat (I1, T-08)"),
        Glance.State.SenderCaptured ? new(PageParts.Standing.Met, "Avsändaren är sparad") : new(PageParts.Standing.Blocks, "Avsändaren är inte sparad (I1, T-08)"),
        Glance.State.AttachmentsExpected.Except(Glance.State.AttachmentsStored).Count is > 0 and var missing
            ? new(PageParts.Standing.Attention, $"{Swedish.Count(missing, "bilaga är inte sparad", "bilagor är inte sparade")}")
            : new(PageParts.Standing.Met, "Alla bilagor är sparade"),
        Glance.State.Registration == Registration.Registered
            ? new(PageParts.Standing.Met, $"Registrerad som {Glance.State.DiaryNumber}")
            : new(PageParts.Standing.Attention, "Inte registrerad", "Registreras med motiveringen när riktlinjen kräver det"),
    ]);

    public IReadOnlyList<Choice> Decisions { get; private set; } = [];

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Moderator, Role.Kommunikator);

    protected override async Task Prepare(CancellationToken ct)
    {
        var authority = (await authorities.Find(Glance!.State.Authority, ct))!;
        PolicyName = Preset.All[authority.Policy.PresetName].Title;
        PolicyVersion = authority.Policy.Version;
        Unassigned = (await new AssignmentDemand(authority.Policy, AssignmentUse.Moderate).Missing(databases, authority.Id, Glance.State.Channel, HttpContext.Caller(), Swedish.Day(clock.GetUtcNow()), ct))?.Explanation;
        DiaryIsElsewhere = authority.Policy["diary.mode"] != "own";
        AllGrounds = [.. authority.Policy.Grounds.Select(g => new Choice(g.Ground, Swedish.Sentence(PolicyKeys.Grounds.GetValueOrDefault(g.Ground, g.Ground)), Advice(g.Ground, authority.Policy)))];
        Rules =
        [
            .. authority.Policy.Notice switch { "required" => ["Avsändaren ska få besked (N-12)."], "recommended" => ["Avsändaren bör få besked."], _ => Array.Empty<string>() },
            .. authority.Policy.SecondPerson switch { "all" => ["En andra person ska bekräfta innan det tas ned."], "delete" => ["En andra person ska bekräfta innan något raderas."], _ => Array.Empty<string>() },
        ];
        Decisions = await ExemptPageModel.DecisionChoices(retention, Glance.State, ct);
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        if (await Missing(ct) is { } again) return again;
        var command = new TakeDown(
            Grounds, Motivation, LegalReference, SenderNotified, Emergency, DisposalDecision, ExternalForm.Number(ExternalSystem, ExternalNumber, ExternalDay),
            ThresholdMet ? true : null, Viewpoint switch { "yes" => true, "no" => false, _ => null }, ViewpointNote, Circumstances, Rapporteur, Participants);
        var (outcome, registered, proposed) = await handler.TakeDown(Id, Act, command, Expected, HttpContext.Caller(), ct);
        return await After(
            outcome, proposed ? Notice.Attention("Förslaget väntar på en andra person", "Inget är nedtaget ännu.") : Notice.Done(registered is null ? "Åtgärden är antecknad" : $"Åtgärden är antecknad och registrerad som {registered.DiaryNumber}-{registered.DocumentNumber}"),
            code => code switch
            {
                "ground-missing" or "ground-not-in-policy" => nameof(Grounds),
                "motivation-missing" => nameof(Motivation),
                "viewpoint-not-neutral" => nameof(Viewpoint),
                "threshold-not-met" => nameof(ThresholdMet),
                "decision-data-too-long" => nameof(Circumstances),
                "legal-reference" => nameof(LegalReference),
                "disposal-decision-missing" => nameof(DisposalDecision),
                "external-number" or "external-number-taken" or "diary-mode" => nameof(ExternalNumber),
                _ => null,
            }, ct);
    }

    /// <summary>What the page asks for and the command does not demand: everything that is missing is said at once.</summary>
    private async Task<IActionResult?> Missing(CancellationToken ct)
    {
        if (!await Load(ct)) return NotFound();
        if (!MayOpen(HttpContext.Caller(), Glance!.State.Authority)) return Forbid();
        if (Expected.Version is { } read && read != Glance.State.Version) return null;
        var policy = (await authorities.Find(Glance.State.Authority, ct))!.Policy;
        var before = ModelState.ErrorCount;
        if (string.IsNullOrWhiteSpace(Motivation)) ModelState.AddModelError(nameof(Motivation), "Motivera åtgärden, högst 5000 tecken (H-25).");
        if (Grounds.Count == 0) ModelState.AddModelError(nameof(Grounds), "Ange minst en grund för åtgärden.");

        // What cannot wait is examined afterwards.
        if (!Emergency && Viewpoint is not ("yes" or "no")) ModelState.AddModelError(nameof(Viewpoint), "Svara på frågan om motsatt åsikt (RF 2 kap. 1 §).");
        if (Viewpoint == "no" && string.IsNullOrWhiteSpace(ViewpointNote)) ModelState.AddModelError(nameof(ViewpointNote), "Skriv varför innehållet skulle få stå kvar om det uttryckte motsatt åsikt.");
        if (!Emergency && !ThresholdMet && TakeDownAdvice.AsksThreshold(Grounds.Where(policy.KnowsGround), policy) is { } asks)
            ModelState.AddModelError(nameof(ThresholdMet), $"{Swedish.Sentence(PolicyKeys.Grounds[asks])} är grund bara när det är {TakeDownAdvice.ThresholdWord(policy.ThresholdOf(asks))}. Kryssa i att du har prövat det (C9).");
        return ModelState.ErrorCount == before ? null : Page();
    }

    /// <summary>"Bara grova fall. Ska tas ned (H-16a)."</summary>
    private static string Advice(string ground, Policy policy)
    {
        var duty = Swedish.Sentence(TakeDownAdvice.DutyWord(TakeDownAdvice.Of(ground, policy).Duty));
        var from = $"{duty} ({policy.Of($"duty.{ground}").Requirement}).";
        return Threshold(policy.ThresholdOf(ground)) is { } threshold ? $"{Swedish.Sentence(threshold)}. {from}" : from;
    }

    private static string? Threshold(string threshold) => threshold switch
    {
        "gross" => "bara grova fall",
        "unlawful" => "bara det olagliga",
        "soft" => "motverkas inom rimliga gränser",
        "human-choice" => "en människa väljer från fall till fall",
        _ => null,
    };
}
