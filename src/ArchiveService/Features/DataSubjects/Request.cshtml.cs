using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.DataSubjects;

public sealed record LinkShown(Guid Target, string Text, string Href, string? Reason);

/// <summary>/registerutdrag/{id}: one request, its steps a form each. The commands decide.</summary>
public sealed class RequestModel(SubjectRequests requests, SubjectRegister register, SubjectAccounts accounts, RetentionRegister retention, RecordViewFreshness freshness, TimeProvider clock) : PageModel
{
    public sealed class IdentifyForm
    {
        public string? Means { get; set; }

        public string? Message { get; set; }

        public string? Note { get; set; }
    }

    public sealed class AskForm
    {
        public string? How { get; set; }
    }

    public sealed class LinkForm
    {
        public Guid? Account { get; set; }

        public string? Reason { get; set; }
    }

    public sealed class LinkCaseForm
    {
        public string? DiaryNumber { get; set; }

        public string? Reason { get; set; }
    }

    public sealed class CaseForm
    {
        public string? DiaryNumber { get; set; }
    }

    public sealed class SupplementForm
    {
        public string? Record { get; set; }

        public string? Text { get; set; }
    }

    public sealed class HandOutForm
    {
        public string? Means { get; set; }

        public DateOnly? On { get; set; }

        public string? Address { get; set; }
    }

    public sealed class AnswerForm
    {
        public string? Answer { get; set; }

        public List<string> Grounds { get; set; } = [];

        public Guid? Rule { get; set; }

        public string? Reasons { get; set; }

        public DateOnly? ToldOn { get; set; }

        public string? Body { get; set; }
    }

    public sealed class ExtendForm
    {
        public string? Reason { get; set; }

        public DateOnly? ToldOn { get; set; }
    }

    public sealed class WithdrawForm
    {
        public string? Note { get; set; }
    }

    [BindProperty]
    public IdentifyForm Identify { get; set; } = new();

    [BindProperty]
    public AskForm Ask { get; set; } = new();

    [BindProperty]
    public LinkForm Link { get; set; } = new();

    [BindProperty]
    public LinkCaseForm LinkCase { get; set; } = new();

    [BindProperty]
    public CaseForm Case { get; set; } = new();

    [BindProperty]
    public SupplementForm Supplement { get; set; } = new();

    [BindProperty]
    public HandOutForm HandOut { get; set; } = new();

    [BindProperty]
    public AnswerForm Answer { get; set; } = new();

    [BindProperty]
    public ExtendForm Extend { get; set; } = new();

    [BindProperty]
    public WithdrawForm Withdraw { get; set; } = new();

    public static IReadOnlyList<Choice> MeansChoices { get; } = [.. SubjectWords.Means.Select(m => new Choice(m.Word, m.Said))];

    public static IReadOnlyList<Choice> HandOutChoices { get; } = [.. SubjectWords.HandOuts.Select(m => new Choice(m.Word, m.Said))];

    public Guid Id { get; private set; }

    public SubjectState State { get; private set; } = SubjectState.None;

    public SubjectRow Row { get; private set; } = null!;

    public string? Name { get; private set; }

    public string? Contact { get; private set; }

    public string? Wish { get; private set; }

    public string? AnswerText { get; private set; }

    public string Q => Request.Query["q"].ToString();

    public IReadOnlyList<SubjectAccount>? Found { get; private set; }

    public string? SearchWrong { get; private set; }

    /// <summary>Those the reader may know of.</summary>
    public IReadOnlyList<LinkShown> Links { get; private set; } = [];

    public IReadOnlyList<(DateTimeOffset At, string Said, string By)> Done { get; private set; } = [];

    public IReadOnlyList<Choice> Rules { get; private set; } = [];

    private IReadOnlyDictionary<string, string> staff = new Dictionary<string, string>();

    public bool Overdue => Row.Overdue(Swedish.Day(clock.GetUtcNow()));

    public bool MayWork => State is { ClosedAt: null, Answer: null } && HttpContext.Caller().May(State.Authority, SubjectRequests.Handlers);

    public bool MayClose => State is { ClosedAt: null, Answer: not null } && HttpContext.Caller().May(State.Authority, SubjectRequests.Handlers);

    public IReadOnlyList<Choice> FoundChoices => [.. (Found ?? []).Select(a => new Choice(a.Id.ToString("D"), $"{a.Name ?? "namnet är gallrat"}{(a.Handle is { } handle ? $" ({handle})" : "")}, {RecordViewWords.Platform(a.Platform)} {a.ChannelHandle}, sågs senast {Swedish.Date(a.SeenAt)}"))];

    public IReadOnlyList<Choice> AnswerChoices => [.. SubjectWords.Answers.Where(a => Fits(a.Answer)).Select(a => new Choice(a.Word, a.Said))];

    public IReadOnlyList<Choice> GroundChoices => [.. SubjectWords.Grounds.Where(g => g.Right == State.Right).Select(g => new Choice(g.Code, g.Said))];

    private bool Fits(SubjectAnswer answer) => answer switch
    {
        SubjectAnswer.HandedOut or SubjectAnswer.Withdrawn => false,
        SubjectAnswer.Granted or SubjectAnswer.GrantedInPart => State.Right != SubjectRight.Access && State.IsIdentified,
        SubjectAnswer.NotIdentified => !State.IsIdentified,
        SubjectAnswer.Unfounded => true,
        _ => State.IsIdentified,
    };

    public string By(string? actor) => actor is null ? "" : staff.GetValueOrDefault(actor, "(namnet är gallrat)");

    public async Task<IActionResult> OnGet(Guid id, CancellationToken ct)
    {
        await freshness.Reach(Request, ct);
        return await Load(id, ct) ? Page() : NotFound();
    }

    public Task<IActionResult> OnPostIdentify(Guid id, CancellationToken ct) => Act(id, nameof(Identify), "Identiteten är antecknad", who =>
        requests.Identify(id, new(Identify.Means, RecordIn(Identify.Message), Identify.Note), default, who, ct), ct);

    public Task<IActionResult> OnPostAsk(Guid id, CancellationToken ct) => Act(id, nameof(Ask), "Frågan är antecknad", who => requests.Ask(id, new(Ask.How), default, who, ct), ct);

    public Task<IActionResult> OnPostLink(Guid id, CancellationToken ct) => Act(id, nameof(Link), "Kontot är knutet till begäran", who => requests.Link(id, new(Link.Account, Reason: Link.Reason), default, who, ct), ct);

    public Task<IActionResult> OnPostLinkCase(Guid id, CancellationToken ct) => Act(id, nameof(LinkCase), "Ärendet är knutet till begäran", who =>
        requests.Link(id, new(DiaryNumber: LinkCase.DiaryNumber ?? "", Reason: LinkCase.Reason), default, who, ct), ct);

    public Task<IActionResult> OnPostUnlink(Guid id, Guid target, string? why, CancellationToken ct) => Act(id, "Unlink", "Löst från begäran", who => requests.Unlink(id, target, new(why), default, who, ct), ct);

    public Task<IActionResult> OnPostCase(Guid id, CancellationToken ct) => Act(id, nameof(Case), "Ärendet är öppet", async who =>
        (await requests.Open(id, new(DiaryNumber: string.IsNullOrWhiteSpace(Case.DiaryNumber) ? null : Case.DiaryNumber), default, who, ct)).Outcome, ct);

    public Task<IActionResult> OnPostSupplement(Guid id, CancellationToken ct) => Act(id, nameof(Supplement), "Anteckningen står vid sidan av handlingen", who =>
        requests.Supplement(id, RecordIn(Supplement.Record) ?? Guid.Empty, new(Supplement.Text), default, who, ct), ct);

    public Task<IActionResult> OnPostHandOut(Guid id, CancellationToken ct) => Act(id, nameof(HandOut), "Utdraget är lämnat", who => requests.HandOut(id, new(HandOut.Means, HandOut.On, HandOut.Address), default, who, ct), ct);

    public Task<IActionResult> OnPostAnswer(Guid id, CancellationToken ct) => Act(id, nameof(Answer), "Begäran är besvarad", who =>
        requests.Answer(id, new(Answer.Answer, Answer.Reasons, Answer.Grounds, Answer.Rule, Answer.ToldOn, Answer.Body), default, who, ct), ct);

    public Task<IActionResult> OnPostExtend(Guid id, CancellationToken ct) => Act(id, nameof(Extend), "Tiden är förlängd", who => requests.Extend(id, new(Extend.Reason, Extend.ToldOn), default, who, ct), ct);

    public Task<IActionResult> OnPostWithdraw(Guid id, CancellationToken ct) => Act(id, nameof(Withdraw), "Begäran är återkallad", who => requests.Withdraw(id, new(Withdraw.Note), default, who, ct), ct);

    public Task<IActionResult> OnPostClose(Guid id, CancellationToken ct) => Act(id, "Close", "Begäran är avslutad", who => requests.Close(id, default, who, ct), ct);

    /// <summary>A record by its id, or by its address in this service.</summary>
    private static Guid? RecordIn(string? typed) =>
        typed?.Trim().TrimEnd('/').Split('/', '?', '#') is { } parts ? parts.Select(p => Guid.TryParse(p, out var id) ? id : (Guid?)null).LastOrDefault(id => id is not null) : null;

    private async Task<bool> Load(Guid id, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await requests.Find(id, caller, ct) is not { } state || await register.Find(id, caller, ct) is not { } row) return false;
        (Id, State, Row) = (id, state, row);
        var (history, words) = await register.Told(id, ct);
        staff = await register.Staff(history.Select(h => h.Actor), ct);
        var asked = words.GetValueOrDefault(history[0].Id)?.Parts;
        if (!state.ProtectedIdentity || caller.MayReadSecret(state.Authority)) (Name, Contact, Wish) = (asked?["name"], asked?["contact"], asked?["wish"]);
        AnswerText = history.Where(h => h.Event is DataSubjectAnswered).Select(h => words.GetValueOrDefault(h.Id)?.Parts?["answer"]).FirstOrDefault();
        // That something was examined tells that there is something behind a wall.
        var whole = SubjectRequests.MayProduce(state.Authority, caller);
        Done = [.. history.Where(h => whole || h.Event is not (DataSubjectRecordExamined or DataSubjectPassagesExamined)).Select(h => (h.Time, SubjectWords.Said((DataSubjectRequestEvent)h.Event), By(h.Actor)))];
        var known = await accounts.Of(state.Authority, state.Accounts, caller, ct);
        string? Why(Guid target) => words.GetValueOrDefault(state.Find(target)!.EventId)?.Parts?["reason"];
        Links =
        [
            .. known.Select(a => new LinkShown(a.Id, $"{a.Name ?? a.Handle ?? "Konto"}, {RecordViewWords.Platform(a.Platform)} {a.ChannelHandle}".TrimEnd(), $"/konton/{a.Id:D}", Why(a.Id))),
            .. state.Cases.Select((c, i) => new LinkShown(c, $"Ärende {i + 1}", $"/arenden/{c:D}", Why(c))),
        ];
        if (state.Right == SubjectRight.Erasure)
            Rules = [new("", "Ingen"), .. (await retention.RulesInForce([state.Authority], ct)).Select(r => new Choice(r.Id.ToString("D"), r.Name))];
        if (MayWork && state.IsIdentified && Q.Length > 0)
        {
            var (found, refused) = await requests.Search(id, Q, caller, ct);
            if (refused is null) Found = found;
            else SearchWrong = refused.Explanation;
        }

        return true;
    }

    private async Task<IActionResult> Act(Guid id, string form, string done, Func<Caller, Task<Outcome>> act, CancellationToken ct)
    {
        if (!await Load(id, ct)) return NotFound();
        if (ModelState.Any(field => field.Key.StartsWith(form + ".", StringComparison.Ordinal) && field.Value!.Errors.Count > 0)) return Page();
        var outcome = await act(HttpContext.Caller());
        if (outcome is Outcome.Refused { Why: var why })
        {
            if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
            if (why.Status == StatusCodes.Status404NotFound && form is not ("LinkCase" or "Supplement" or "Case")) return NotFound();
            if (form == "Unlink") TempData.Tell(Notice.Refused("Det gick inte att lösa", why.Explanation));
            if (form == "Unlink") return LocalRedirect($"/registerutdrag/{id:D}");
            ModelState.AddModelError($"{form}.{Field(form, why.Code)}", why.Explanation);
            return Page();
        }

        TempData.Tell(Notice.Done(done, ""));
        return LocalRedirect($"/registerutdrag/{id:D}");
    }

    private static string Field(string form, string code) => code switch
    {
        "means-unknown" or "hand-out-means-unknown" => "Means",
        "message-missing" => "Message",
        "how-missing" => "How",
        "link-missing" => "Account",
        "reason-missing" => "Reason",
        "case-unknown" or "case-opened" or "case-closed" => "DiaryNumber",
        "record-unknown" => "Record",
        "supplement-text-missing" => "Text",
        "reasons-missing" => "Reasons",
        "ground-missing" or "ground-unknown" => "Grounds",
        "gallring-rule-missing" => "Rule",
        "delegation-missing" => "Body",
        "note-missing" or "note-too-long" => form == "HandOut" ? "Address" : "Note",
        "day-in-the-future" or "day-before-request" or "extension-too-late" => form == "HandOut" ? "On" : "ToldOn",
        _ when form == "Answer" => "Answer",
        _ => "",
    };
}
