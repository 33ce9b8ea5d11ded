using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Delegations;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Hosting;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Disposals;

/// <summary>/gallring/{id}: one run, its steps and its certificate.</summary>
public sealed class RunModel(
    DisposalRuns runs, RunCommands commands, DisposalWorker worker, RetentionRegister register, AuthorityRegister authorities, Certificates certificates, DelegationRegister delegation, WhoActed who,
    SignProtocolHandler signing, ProtocolPaperHandler papers, Substitutes.SubstituteRegister substitutes, Databases databases, TimeProvider clock) : PageModel
{
    private static readonly TimeSpan WaitForRun = TimeSpan.FromSeconds(3);

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public DisposalRun Run { get; private set; } = null!;

    public RunProgress Progress { get; private set; } = null!;

    public Authority Authority { get; private set; } = null!;

    public DisposalDecision Decision { get; private set; } = null!;

    public RetentionRule Rule { get; private set; } = null!;

    public Certificate? Certificate { get; private set; }

    public IReadOnlyDictionary<Guid, string> Names { get; private set; } = new Dictionary<Guid, string>();

    public bool MayDecide { get; private set; }

    /// <summary>Also somebody's substitute, but not the proposer's.</summary>
    public bool MayApprove { get; private set; }

    /// <summary>In whose place the run was approved; null when it was in nobody's.</summary>
    public string? ApprovedInPlaceOf { get; private set; }

    public bool IsProposer { get; private set; }

    public bool MaySign { get; private set; }

    [BindProperty]
    public string? Part { get; set; }

    [BindProperty]
    public string? Form { get; set; }

    [BindProperty]
    public string? SignerName { get; set; }

    [BindProperty]
    public string? SignerTitle { get; set; }

    [BindProperty]
    public DateOnly? SignedOn { get; set; }

    [BindProperty]
    public string? KeptAt { get; set; }

    [BindProperty]
    public string? ScanPart { get; set; }

    [BindProperty]
    public IFormFile? ScanFile { get; set; }

    [BindProperty]
    public string? ExternalSystem { get; set; }

    [BindProperty]
    public string? ExternalNumber { get; set; }

    public static IReadOnlyList<Choice> Parts => [new("controller", "den som kontrollerade gallringen"), new("archivist", "arkivansvarig")];

    public static IReadOnlyList<Choice> Forms => [new("electronic", "elektroniskt, av mig"), new("paper", "på papper")];

    public bool CoolingOff => Run.State is RunState.Approved && Run.CoolingOffUntil > clock.GetUtcNow();

    /// <summary>The point of the delegationsordning that the approval was decided under, with the version.</summary>
    public (string Number, int Version)? Point { get; private set; }

    public string? Refused { get; private set; }

    /// <summary>The role by which each acted and who gave it.</summary>
    public RunActors Actors { get; private set; } = new(null, null, null);

    public IReadOnlyList<DoneBatch> Batches { get; private set; } = [];

    public bool MayReview => HttpContext.Caller() is { IsService: false } caller && caller.May(Run.Authority, RunCommands.Reviewers);

    /// <summary>A word about the item, or that it is kept; what is destroyed or skipped is only spoken of before the run is carried out.</summary>
    public bool Reviewable(ListedItem item) => MayReview && MayOpen(item) && item.State == "pending" && Run.State is RunState.Proposed or RunState.Approved or RunState.Executing;

    private static string Given(Acted? acted) => acted switch
    {
        null => "",
        { Given: { } given } => $"som arkivarie, rollen gavs av {given.Name ?? "okänd person"} {Swedish.Date(given.At)}",
        _ => "som arkivarie; vem som gav rollen står inte i loggen",
    };

    public RunSteps Steps => new(
    [
        new("Förslag", $"{Swedish.Date(Run.ProposedAt)}, {Name(Run.ProposedBy)}", StepState.Done),
        new("Godkännande", Run.ApprovedBy is { } approver ? $"{Swedish.Date(Run.ApprovedAt!.Value)}, {Name(approver)}" : "av en annan arkivarie", Step(Run.ApprovedBy is not null, Run.State is RunState.Proposed)),
        new("Betänketid", Run.CoolingOffUntil is { } until ? $"till {Swedish.DateAndClock(until)}" : null, Step(Run.StartedAt is not null || (Run.ApprovedBy is not null && !CoolingOff), CoolingOff)),
        new("Verkställs", Run.StartedBy is { } starter ? $"{Swedish.Date(Run.StartedAt!.Value)}, {Name(starter)}" : null, Step(Run.DestroyedAt is not null, Run.State is RunState.Executing && Run.DestroyedAt is null)),
        new("Kontroll", "att inget finns kvar", Step(Run.VerifiedAt is not null, Run is { State: RunState.Executing, DestroyedAt: not null })),
        new("Gallringsbevis", Run.FinalOn is { } final && Run.CompletedAt is not null ? $"slutförs senast {Swedish.Date(final)}" : null, Step(Run.CompletedAt is not null, false)),
    ]);

    public FactList Facts => new(
    [
        new("Föreslagen av", $"{Name(Run.ProposedBy)}, arkivarie", Note: Given(Actors.Proposed)),
        new("Godkänd av", Run.ApprovedBy is { } approver ? $"{Name(approver)}, arkivarie{(ApprovedInPlaceOf is { } absent ? $", {Substitutes.SubstitutionWords.InPlaceOf(absent)}" : "")}" : "väntar", Note: Run.ApprovedBy is null ? null : $"annan person än den som föreslog, {Given(Actors.Approved)}"),
        .. Run.StartedBy is { } starter ? [new Fact("Verkställd av", $"{Name(starter)}, arkivarie", Note: Given(Actors.Executed))] : Array.Empty<Fact>(),
        .. Point is { } point ? [new Fact("Delegation", $"Punkt {point.Number}", Note: $"delegationsordningen, version {point.Version}")] : Array.Empty<Fact>(),
        new("Regel", $"{Rule.Name}, version {Run.RuleVersion}"),
        new("Beslut", Decision.Reference, Note: $"{Decision.DecidingBody}, {Swedish.Date(Decision.DecidedOn)}"),
        new("Frist", $"{Rule.Frist.InSwedish()} {Words.CountedFromInSwedish.Said(Rule.CountedFrom.Stored())}"),
        new("Gallrar", Swedish.Sentence(string.Join(" och ", Rule.Classes.Select(c => Words.Classes.Said(c))))),
        new("Period", Run.Oldest == Run.Newest ? Swedish.Date(Run.Oldest) : $"{Swedish.Date(Run.Oldest)} – {Swedish.Date(Run.Newest)}"),
        new("Omfattning", Swedish.Count(Run.Items, "handling", "handlingar"), FactLook.Number),
        .. Run.Size is { } size
            ? [new Fact("Storlek", $"{Swedish.Bytes(size.ContentBytes)} text", Note: size.Attachments == 0 ? "inga bilagor" : $"{Swedish.Count(size.Attachments, "bilaga", "bilagor")}, {Swedish.Bytes(size.AttachmentBytes)}")]
            : Array.Empty<Fact>(),
        new("Lista, SHA-256", Run.ManifestDigest, FactLook.Checksum),
    ]);

    public static string Reason(string reason) => reason switch
    {
        "held" => "Gallringsstopp, ärende eller begäran håller den kvar",
        "kept" => "Ska behållas enligt granskningen",
        "not-due" => "Fristen har inte gått ut",
        "longer-rule" => "En annan regel har längre frist",
        "rule-does-not-apply" => "Regeln gäller inte längre handlingen",
        "rule-changed" => "Regeln ändrades eller upphävdes",
        "decision-not-in-force" => "Gallringsbeslutet gäller inte längre",
        "already-disposed" => "Redan gallrad",
        _ => reason,
    };

    public string? Waiting => Run.Problem switch
    {
        null => null,
        "projections-behind" => "Vyerna har inte hunnit ikapp händelserna. Kontrollen fortsätter när de har det.",
        "deliveries-in-work" => "En mottagen leverans som innehåller handlingarna bearbetas fortfarande. Den förstörs när den är klar, eller avskriven under Insamling.",
        "ledger" => "Gallringsloggen utanför databasen kan inte skrivas. Se till att dess disk har plats.",
        var objects when objects.StartsWith("objects-left", StringComparison.Ordinal) => "Bilagelagret svarar inte. Försöket görs om tills alla bilagor är borta.",
        "diary-behind" => "Protokollet kan inte få något diarienummer förrän driften har sagt var serierna ska fortsätta efter en återläsning (./run resume-log).",
        "protocol-not-registered" => "Protokollet kunde inte diarieföras just nu. Försöket görs om.",
        var still when still.StartsWith(DisposalExecutor.StillThere, StringComparison.Ordinal) => $"Kontrollen fann rester av det gallrade: {still[DisposalExecutor.StillThere.Length..]}. Körningen slutförs inte så länge de finns. Ta bort dem och försök igen; ./run verify säger mer.",
        _ => "Något av innehållet finns kvar. Kör ./run verify och se vad; försöket görs om.",
    };

    private const int PerPage = 50;

    /// <summary>The place in the list that the page shown comes after.</summary>
    [BindProperty(SupportsGet = true)]
    public int Beyond { get; set; }

    public IReadOnlyList<ListedItem> Items { get; private set; } = [];

    /// <summary>Who wrote the open ones of the page, and how they begin: so that whoever approves sees what goes.</summary>
    public IReadOnlyDictionary<Guid, (string Sender, string? Text)> Beginnings { get; private set; } = new Dictionary<Guid, (string, string?)>();

    public Pager Paging => new(Beyond > 0 ? $"/gallring/{Id:D}?beyond={Math.Max(0, Beyond - PerPage)}#lista" : null, Items.Count == PerPage && Items[^1].Place < LastPlace ? $"/gallring/{Id:D}?beyond={Items[^1].Place}#lista" : null)
    {
        Label = "Bläddra i listan",
    };

    private int LastPlace => Run.Items;

    public static Mark StateOf(ListedItem item) => item switch
    {
        { State: "destroyed" } => Marks.Destroyed,
        { State: "skipped" } => Marks.Attention(Reason(item.Reason ?? "")),
        { Held: true } => Marks.Held,
        _ => Marks.Waiting("Väntar"),
    };

    /// <summary>What the reader may open; the rest stands in the list by its type and date.</summary>
    public bool MayOpen(ListedItem item) => RunCommands.MayKnow(HttpContext.Caller(), Run.Authority, item);

    /// <summary>Whoever may read a request for documents that holds something gets a link to it; the others that there is one.</summary>
    public bool MayReadRequests => HttpContext.Caller().IsStaffOf(Run.Authority);

    public string Name(Guid person) => Names.GetValueOrDefault(person, "okänd person");

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPostApprove(CancellationToken ct) =>
        await After(await commands.Approve(Id, HttpContext.Caller(), ct), "Gallringen är godkänd", ct);

    public async Task<IActionResult> OnPostCancel(CancellationToken ct) =>
        await After(await commands.Cancel(Id, HttpContext.Caller(), ct), "Gallringen är avbruten", ct);

    public async Task<IActionResult> OnPostExecute(CancellationToken ct)
    {
        var outcome = await commands.Start(Id, HttpContext.Caller(), ct);
        if (outcome.Refused is null)
        {
            worker.Ring(Id);
            await worker.WaitFor(Id, WaitForRun, ct);
        }

        return await After(outcome, "Gallringen verkställs", ct);
    }

    public async Task<IActionResult> OnPostReview(Guid record, bool keep, string? remark, CancellationToken ct) =>
        await After(await commands.Review(Id, record, new(keep, remark), HttpContext.Caller(), ct), keep ? "Handlingen behålls" : "Anmärkningen är antecknad", ct);

    public async Task<IActionResult> OnPostSign(CancellationToken ct)
    {
        var (_, refused) = await signing.Sign(Id, new(Part, Form, SignerName, SignerTitle, SignedOn, KeptAt), HttpContext.Caller(), ct);
        if (refused is null)
        {
            TempData.Tell(Notice.Done("Protokollet är undertecknat"));
            return LocalRedirect($"/gallring/{Id:D}");
        }

        if (refused.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(refused.Code switch
        {
            "signing-part" => nameof(Part),
            "signing-form" => nameof(Form),
            "signer-title" => nameof(SignerTitle),
            "signer-name" => nameof(SignerName),
            "signed-on" => nameof(SignedOn),
            "signed-paper-kept" => nameof(KeptAt),
            _ => "",
        }, refused.Explanation);
        return await Show(ct);
    }

    public async Task<IActionResult> OnPostScan(CancellationToken ct)
    {
        var (_, refused) = await papers.Keep(Id, new(ScanPart), ScanFile, HttpContext.Caller(), ct);
        return await Told(refused, "Papperet är inläst", refused?.Code is "signing-part" or "not-signed-on-paper" ? nameof(ScanPart) : "", "papper", ct);
    }

    public async Task<IActionResult> OnPostNumber(CancellationToken ct)
    {
        var (_, refused) = await papers.Number(Id, new(ExternalSystem, ExternalNumber), HttpContext.Caller(), ct);
        return await Told(refused, "Numret är antecknat", refused?.Code switch { "external-system" => nameof(ExternalSystem), "external-number" or "already-numbered" => nameof(ExternalNumber), _ => "" }, "nummer", ct);
    }

    private async Task<IActionResult> Told(Refusal? refused, string done, string field, string part, CancellationToken ct)
    {
        if (refused is null)
        {
            TempData.Tell(Notice.Done(done));
            return LocalRedirect($"/gallring/{Id:D}#{part}");
        }

        if (refused.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(field, refused.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> After((DisposalRun? Run, long LastSequence, Refusal? Refused) outcome, string done, CancellationToken ct)
    {
        if (outcome.Refused is { } why)
        {
            Refused = why.Explanation;
            return await Show(ct);
        }

        TempData.Tell(Notice.Done(done));
        return LocalRedirect($"/gallring/{Id:D}");
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await DisposalRoutes.Visible(Id, caller, runs, ct) is not { } run) return NotFound();
        Run = run;
        Progress = await runs.Progress(Id, ct);
        Items = await runs.WithRemarks(Id, await runs.Items(Id, Math.Max(0, Beyond), PerPage, ct), ct);
        Batches = await runs.Batches(Id, ct);
        Actors = await who.Of(run, ct);
        Beginnings = await BeginningsOf([.. Items.Where(i => i is { Wall: "open", State: not "destroyed" }).Select(i => i.Record)], ct);
        Authority = (await authorities.Find(run.Authority, ct))!;
        Decision = (await register.FindDecision(run.Decision, ct))!;
        Rule = (await register.FindRule(run.Rule, run.RuleVersion, ct))!;
        Certificate = await certificates.Of(run, caller.MayReadSecret(run.Authority), ct);
        MaySign = Certificate is not null && !caller.IsService && caller.May(run.Authority, Worklist.Readers);
        Names = await NamesOf([run.ProposedBy, run.ApprovedBy ?? run.ProposedBy, run.StartedBy ?? run.ProposedBy], ct);
        MayDecide = caller.May(run.Authority, Role.Arkivarie);
        MayApprove = MayDecide || caller.StandsInAs(run.Authority, Role.Arkivarie) is { } standIn && standIn.Person != run.ProposedBy;
        ApprovedInPlaceOf = (await substitutes.InWhosePlace([Id], ct)).GetValueOrDefault(Id);
        Point = await delegation.PointOf(Id, DelegationKinds.Dispose, ct);
        IsProposer = caller.PersonId == run.ProposedBy;
        return Page();
    }

    private async Task<Dictionary<Guid, (string Sender, string? Text)>> BeginningsOf(Guid[] records, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select record_id, sender_name, sender_handle, left(text, 120) from views.record_view where record_id = any ($1)");
        query.Parameters.Add(new() { Value = records });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new Dictionary<Guid, (string, string?)>();
        while (await rows.ReadAsync(ct)) found[rows.GetGuid(0)] = (RecordViewWords.Sender(rows.Text(1), rows.Text(2)), rows.Text(3));
        return found;
    }

    private async Task<Dictionary<Guid, string>> NamesOf(Guid[] persons, CancellationToken ct)
    {
        await using var query = databases.Staff.CreateCommand("select person_id, name from views.persons where person_id = any ($1)");
        query.Parameters.Add(new() { Value = persons });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var names = new Dictionary<Guid, string>();
        while (await rows.ReadAsync(ct)) names[rows.GetGuid(0)] = rows.GetString(1);
        return names;
    }

    private static StepState Step(bool done, bool now) => done ? StepState.Done : now ? StepState.Now : StepState.Coming;
}
