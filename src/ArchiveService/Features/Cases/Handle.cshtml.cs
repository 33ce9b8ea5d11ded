using ArchiveService.Access;
using ArchiveService.Features.Assignments;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Cases;

/// <summary>/arenden/{id}/handlagg: what may be done in a case, a form each. The commands decide.</summary>
public sealed class HandleModel(
    CaseFiles files, CaseActs acts, AssignOfficerHandler officers, MakeDecisionHandler decisions, AppealHandler appeals, RelateCasesHandler relations, SplitCaseHandler splits, AssignmentList people,
    AuthorityRegister authorities, CaseNumbers numbers) : PageModel
{
    public sealed class NoteForm
    {
        public NoteMeans? Means { get; set; }

        public DateOnly? Day { get; set; }

        public string? Time { get; set; }

        public string? With { get; set; }

        public string? Text { get; set; }

        public int? Corrects { get; set; }

        public string? Provision { get; set; }
    }

    public sealed class DecisionForm
    {
        public DateOnly? Day { get; set; }

        public CaseOutcome? Outcome { get; set; }

        public string? Body { get; set; }

        public string? Subject { get; set; }

        public string? Text { get; set; }

        public string? Reasons { get; set; }

        public string? HowToAppeal { get; set; }

        public string? PublicSubject { get; set; }

        public string? Provision { get; set; }
    }

    public sealed class DispatchForm
    {
        public int? Number { get; set; }

        public DateOnly? Day { get; set; }

        public DispatchMeans? Means { get; set; }

        public string? Recipient { get; set; }
    }

    public sealed class OfficerForm
    {
        public Guid? Person { get; set; }

        public DateOnly? From { get; set; }

        public string? Note { get; set; }
    }

    public sealed class PartyForm
    {
        public PartyRole? Role { get; set; }

        public string? Name { get; set; }

        public string? Contact { get; set; }

        public bool ProtectedIdentity { get; set; }
    }

    public sealed class AppealForm
    {
        public int? DocumentNumber { get; set; }

        public int? Decision { get; set; }

        public DateOnly? ReceivedOn { get; set; }

        public string? Appellant { get; set; }
    }

    public sealed class TimeForm
    {
        public Guid? Id { get; set; }

        public DateOnly? NotifiedOn { get; set; }

        public Timeliness? Excuse { get; set; }

        public string? Note { get; set; }
    }

    public sealed class ForwardForm
    {
        public Guid? Id { get; set; }

        public string? Court { get; set; }

        public DateOnly? Day { get; set; }
    }

    public sealed class EndForm
    {
        public Guid? Id { get; set; }

        public AppealEnd? End { get; set; }

        public int? DismissedBy { get; set; }

        public string? Note { get; set; }
    }

    public sealed class RelationForm
    {
        public string? Number { get; set; }

        public CaseLink? Link { get; set; }

        public string? Reason { get; set; }
    }

    public sealed class SplitForm
    {
        public List<int> Documents { get; set; } = [];

        public List<int> References { get; set; } = [];

        public List<Guid> Parties { get; set; } = [];

        public string? Title { get; set; }

        public string? Reason { get; set; }
    }

    public sealed class RenameForm
    {
        public string? Title { get; set; }

        public string? PublicTitle { get; set; }

        public string? Reason { get; set; }
    }

    [BindProperty]
    public NoteForm Note { get; set; } = new();

    [BindProperty]
    public DecisionForm Decision { get; set; } = new();

    [BindProperty]
    public DispatchForm Sent { get; set; } = new();

    [BindProperty]
    public OfficerForm Officer { get; set; } = new();

    [BindProperty]
    public PartyForm Party { get; set; } = new();

    [BindProperty]
    public AppealForm Appeal { get; set; } = new();

    [BindProperty]
    public TimeForm Timely { get; set; } = new();

    [BindProperty]
    public ForwardForm Forward { get; set; } = new();

    [BindProperty]
    public EndForm Ending { get; set; } = new();

    [BindProperty]
    public RelationForm Relation { get; set; } = new();

    [BindProperty]
    public SplitForm Split { get; set; } = new();

    [BindProperty]
    public RenameForm Rename { get; set; } = new();

    public CaseFile? Akt { get; private set; }

    public CaseCover Cover => Akt!.Cover;

    public bool IsRegistrator => HttpContext.Caller().May(Cover.AuthorityId, Role.Registrator);

    public bool IsOpen => Cover is { ClosedAt: null, VoidedAt: null };

    public IReadOnlyList<Choice> People { get; private set; } = [];

    public static IReadOnlyList<Choice> Means { get; } = Of(CaseWords.Means);

    public static IReadOnlyList<Choice> Outcomes { get; } = Of(CaseWords.Outcomes);

    public static IReadOnlyList<Choice> Dispatches { get; } = Of(CaseWords.Dispatches);

    public static IReadOnlyList<Choice> Roles { get; } = Of(CaseWords.Roles);

    public static IReadOnlyList<Choice> EndChoices { get; } = [new("", "Avvisat som för sent"), .. Of(CaseWords.Ends)];

    public static IReadOnlyList<Choice> Excuses { get; } =
        [new("", "Inget skäl"), new(nameof(Timeliness.LateWrongInstructions), "Myndighetens underrättelse om hur man överklagar var felaktig"), new(nameof(Timeliness.LateAtCourtInTime), "Domstolen fick det i tid")];

    public static IReadOnlyList<Choice> Links { get; } = [new(nameof(CaseLink.Related), "Hör samman med"), new(nameof(CaseLink.Continues), "Det här ärendet fortsätter det andra"), new(nameof(CaseLink.ContinuedBy), "Det andra ärendet fortsätter det här")];

    public IReadOnlyList<Choice> Notes => [new("", "Ingen"), .. Documents(d => d.Kind == CaseDocumentKind.Note)];

    public IReadOnlyList<Choice> Decisions => [new("", "Inget beslut i ärendet"), .. Documents(d => d.Kind == CaseDocumentKind.Decision)];

    public IReadOnlyList<Choice> Received => [new("", "Det kom på papper"), .. Records];

    public IReadOnlyList<Choice> Records => Documents(d => d.Kind == CaseDocumentKind.Record && d.Record is not null && d.TransferredTo is null);

    public IReadOnlyList<Choice> Own => Documents(d => d.Kind != CaseDocumentKind.Record);

    public IReadOnlyList<Choice> Parties => [.. Akt!.Parties.Where(p => p.EndedOn is null).Select(p => new Choice(p.Id.ToString("D"), $"{Swedish.Sentence(CaseWords.Of(p.Role))}: {p.Name ?? "uppgift utelämnad"}"))];

    public IReadOnlyList<Choice> Waiting => Appeals(a => a.IsOpen && a.ForwardedOn is null);

    public IReadOnlyList<Choice> Open => Appeals(a => a.IsOpen);

    private IReadOnlyList<Choice> Documents(Func<CaseFileDocument, bool> which) =>
        [.. Akt!.Documents.Where(d => d.Visible && which(d)).Select(d => new Choice(d.Number.ToString(System.Globalization.CultureInfo.InvariantCulture), $"{RecordViewWords.DocumentNumber(Cover.DiaryNumber, d.Number)} {d.Subject}"))];

    private IReadOnlyList<Choice> Appeals(Func<CaseAppeal, bool> which) =>
        [.. Akt!.Appeals.Where(which).Select(a => new Choice(a.Id.ToString("D"), $"{RecordViewWords.DocumentNumber(Cover.DiaryNumber, a.DocumentNumber)}, kom in {Swedish.Date(a.ReceivedOn)}"))];

    private static IReadOnlyList<Choice> Of<T>(IReadOnlyDictionary<T, string> words)
        where T : struct, Enum => [.. Enum.GetValues<T>().Select(v => new Choice(v.ToString(), Swedish.Sentence(words[v])))];

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        if (await Load(id, ct) is { } no) return no;
        return Page();
    }

    public Task<IActionResult> OnPostNote(Guid id, CancellationToken ct) => Act(id, nameof(Note), "Anteckningen är skriven", "Den är en handling i ärendet och kan inte ändras.", () =>
        acts.Decide(id, default, HttpContext.Caller(), new WriteNote(Note.Means, Occurred(), Note.With, Note.Text, Note.Corrects, Note.Provision).Decide, ct), ct);

    private DateTimeOffset? Occurred()
    {
        if (Note.Day is not { } day) return null;
        var start = Swedish.StartOf(day);
        return TimeOnly.TryParseExact(Note.Time?.Trim().Replace('.', ':'), ["H:mm", "HH:mm"], System.Globalization.CultureInfo.InvariantCulture, System.Globalization.DateTimeStyles.None, out var time) ? start.Add(time.ToTimeSpan()) : start;
    }

    public Task<IActionResult> OnPostDecision(Guid id, CancellationToken ct) => Act(id, nameof(Decision), "Beslutet är infört", "Expediera det till den som är part.", async () =>
        (await decisions.Make(id, new(Decision.Day, Decision.Outcome, Decision.Body, Decision.Subject, Decision.Text, Decision.Reasons, Decision.HowToAppeal, Decision.Provision, Decision.PublicSubject), default, HttpContext.Caller(), ct)).Outcome, ct);

    public Task<IActionResult> OnPostSent(Guid id, CancellationToken ct) => Act(id, nameof(Sent), "Expedieringen är antecknad", "", () =>
        acts.Decide(id, default, HttpContext.Caller(), at => new DispatchDecision(Sent.Day, Sent.Means, Sent.Recipient, null).Decide(at, Sent.Number ?? 0), ct), ct);

    public Task<IActionResult> OnPostOfficer(Guid id, CancellationToken ct) => Act(id, nameof(Officer), "Handläggaren är ändrad", "", () =>
        officers.Assign(id, new(Officer.Person, Officer.From, Officer.Note), default, HttpContext.Caller(), ct), ct);

    public Task<IActionResult> OnPostParty(Guid id, CancellationToken ct) => Act(id, nameof(Party), "Parten är tillagd", "", () =>
        acts.Decide(id, default, HttpContext.Caller(), new AddParty(Party.Role, Party.Name, Party.Contact, null, Party.ProtectedIdentity, null).Decide, ct), ct);

    public Task<IActionResult> OnPostAppeal(Guid id, CancellationToken ct) => Act(id, nameof(Appeal), "Överklagandet är registrerat", "Pröva om det kom i rätt tid.", async () =>
        (await appeals.Receive(id, new(Appeal.DocumentNumber, Appeal.Decision, Appeal.ReceivedOn, Appeal.Appellant, null, null), default, HttpContext.Caller(), ct)).Outcome, ct);

    public Task<IActionResult> OnPostTimely(Guid id, CancellationToken ct) => Act(id, nameof(Timely), "Rättidsprövningen är gjord", "", () =>
        acts.Decide(id, default, HttpContext.Caller(), at => new CheckAppealTime(Timely.NotifiedOn, Timely.Excuse, Timely.Note).Decide(at, Timely.Id ?? Guid.Empty), ct), ct);

    public Task<IActionResult> OnPostForward(Guid id, CancellationToken ct) => Act(id, nameof(Forward), "Överklagandet är överlämnat", "Ärendet hålls öppet tills domstolen har avgjort det.", () =>
        acts.Decide(id, default, HttpContext.Caller(), at => new ForwardAppeal(Forward.Court, Forward.Day, null, null).Decide(at, Forward.Id ?? Guid.Empty), ct), ct);

    public Task<IActionResult> OnPostEnding(Guid id, CancellationToken ct) => Act(id, nameof(Ending), "Överklagandet är avslutat", "", () =>
        acts.Decide(id, default, HttpContext.Caller(), at => Ending.End is null
            ? new DismissAppeal(Ending.DismissedBy).Decide(at, Ending.Id ?? Guid.Empty)
            : new ConcludeAppeal(Ending.End, null, Ending.Note).Decide(at, Ending.Id ?? Guid.Empty), ct), ct);

    public Task<IActionResult> OnPostRelation(Guid id, CancellationToken ct) => Act(id, nameof(Relation), "Hänvisningen står i båda ärendena", "", async () =>
    {
        var authority = await authorities.Find(Cover.AuthorityId, ct);
        return await relations.Relate(id, new(await numbers.Find(authority!, Relation.Number ?? "", ct), Relation.Link, Relation.Reason), default, HttpContext.Caller(), ct);
    }, ct);

    public Task<IActionResult> OnPostSplit(Guid id, CancellationToken ct) => Act(id, nameof(Split), "Ärendet är delat", "De gamla numren står kvar som överförda.", async () =>
        (await splits.Split(id, new(Split.Documents, new(Split.Title, null), Split.Reason, Split.References, Split.Parties), default, HttpContext.Caller(), ct)).Outcome, ct);

    public Task<IActionResult> OnPostRename(Guid id, CancellationToken ct) => Act(id, nameof(Rename), "Ärendemeningen är rättad", "Den tidigare står kvar i ärendets historik.", () =>
        acts.Decide(id, default, HttpContext.Caller(), new RenameCase(Rename.Title, Rename.PublicTitle, Rename.Reason).Decide, ct), ct);

    private async Task<IActionResult?> Load(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await files.Read(id, caller, ct) is not { } file) return NotFound();
        Akt = file;
        if (!caller.May(Cover.AuthorityId, Role.Registrator, Role.Chef) && !caller.IsOrStandsInFor(Cover.AuthorityId, Cover.OfficerId)) return Forbid();
        People = [new("", "Ingen"), .. await people.People(Cover.AuthorityId, ct)];
        return null;
    }

    private async Task<IActionResult> Act(Guid id, string form, string done, string then, Func<Task<Outcome>> act, CancellationToken ct)
    {
        if (await Load(id, ct) is { } no) return no;

        // Only what the form sent may be wrong in it.
        if (ModelState.Any(field => field.Key.StartsWith(form + ".", StringComparison.Ordinal) && field.Value!.Errors.Count > 0)) return Page();
        var outcome = await act();
        if (outcome is Outcome.Refused { Why: var why })
        {
            if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
            ModelState.AddModelError($"{form}.{Field(why.Code)}", why.Explanation);
            return Page();
        }

        TempData.Tell(Notice.Done(done, then));
        return LocalRedirect($"/arenden/{id:D}");
    }

    /// <summary>The field of its form that a refusal is about.</summary>
    private static string Field(string code) => code switch
    {
        "note-means" or "dispatch-means" => "Means",
        "note-text" or "decision-text" => "Text",
        "note-time" or "decision-day" or "dispatch-day" or "forwarded-day" => "Day",
        "note-unknown" => "Corrects",
        "decision-outcome" => "Outcome",
        "delegation-missing" => "Body",
        "dispatch-recipient" => "Recipient",
        "officer-unknown" => "Person",
        "party-role" => "Role",
        "party-name" => "Name",
        "appellant" => "Appellant",
        "received-day" => "ReceivedOn",
        "notified-day" => "NotifiedOn",
        "late-excuse" => "Excuse",
        "court" => "Court",
        "appeal-note" => "Note",
        "other-case-unknown" or "same-case" => "Number",
        "documents-missing" or "document-not-movable" => "Documents",
        "case-title" => "Title",
        "public-title" => "PublicTitle",
        "public-subject" => "PublicSubject",
        "reference-unknown" => "References",
        "party-unknown" => "Parties",
        "reason-missing" => "Reason",
        _ => "",
    };
}
