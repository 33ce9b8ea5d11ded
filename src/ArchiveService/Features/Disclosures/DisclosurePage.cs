using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Disclosures;

/// <summary>A page of one request. What is sent carries the version that was read; after a refusal the page comes back with what is true now and with what was typed.</summary>
public abstract class DisclosurePage(Requests requests, DisclosureRegister register) : PageModel
{
    /// <summary>The commands; they decide, whatever the page shows.</summary>
    protected Requests Commands => requests;

    protected DisclosureRegister Register => register;

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public long Version { get; set; }

    public DisclosureState State { get; private set; } = DisclosureState.None;

    public RequestRow Row { get; private set; } = null!;

    public IReadOnlyList<Recorded> History { get; private set; } = [];

    /// <summary>The words of the request's events, by event.</summary>
    public IReadOnlyDictionary<Guid, Opened> Told { get; private set; } = new Dictionary<Guid, Opened>();

    public string Address => $"/utlamnanden/{Id:D}";

    public string? Asked => Word(History[0].Id, "request");

    public bool IsHandler => HttpContext.Caller().May(State.Authority, Requests.Handlers);

    public bool MayHandle => State.ClosedAt is null && IsHandler;

    /// <summary>Pages on which a request is handled are for those who handle it.</summary>
    protected virtual bool ForHandlers => true;

    protected IfMatch Expected => ModelState.TryGetValue(nameof(Version), out var sent) && sent.Errors.Count > 0 ? new(-1) : new(Version == 0 ? null : Version);

    public string? Word(Guid? eventId, string part) => eventId is { } id ? Told.GetValueOrDefault(id)?.Parts?[part] : null;

    /// <summary>The parts of the request that are pages, for this reader.</summary>
    public Tabs Tabs(string here)
    {
        Tab To(string text, string page, long? count = null) => new(text, page.Length == 0 ? Address : $"{Address}/{page}", count, page == here);
        return new("Delar av begäran",
        [
            To("Översikt", ""),
            .. MayHandle ? [To("Hitta", "hitta"), To("Lämna ut", "lamna-ut"), To("Säga nej", "neka")] : Array.Empty<Tab>(),
            .. History.Any(h => h.Event is DisclosureRefused) ? [To("Beslut", "beslut")] : Array.Empty<Tab>(),
            .. History.Any(h => h.Event is DisclosureDelivered) ? [To("Kvitto", "kvitto")] : Array.Empty<Tab>(),
        ]);
    }

    public virtual async Task<IActionResult> OnGet(CancellationToken ct) => await Load(ct) ?? Page();

    /// <summary>What else the page shows; false when the page is not there for the reader.</summary>
    protected virtual Task<bool> Prepare(CancellationToken ct) => Task.FromResult(true);

    /// <summary>The answer when the page cannot be shown; null when it can.</summary>
    protected async Task<IActionResult?> Load(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await requests.Find(Id, caller, ct) is not { } state || await register.Find(Id, caller, ct) is not { } row) return NotFound();
        (State, Row) = (state, row);
        if (ForHandlers && !IsHandler) return Forbid();
        (History, Told) = await register.Told(Id, ct);
        return await Prepare(ct) ? null : NotFound();
    }

    /// <summary>The page again, with what is missing in a field of a form.</summary>
    protected IActionResult Ask(string field, string explanation)
    {
        ModelState.AddModelError(field, explanation);
        return Page();
    }

    /// <param name="field">The field of the form that a refusal is about, by its code; null for none.</param>
    protected async Task<IActionResult> After(Outcome outcome, string form, Func<string, string?> field, Notice done, string to, CancellationToken ct)
    {
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(done);
            return LocalRedirect(to);
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (await Load(ct) is { } no) return no;
        if (why.Status == StatusCodes.Status412PreconditionFailed)
        {
            Response.StatusCode = why.Status;
            return Ask($"{form}.", "Någon annan har gjort något i begäran sedan du öppnade formuläret. Läs hur den står nu: det du skrivit står kvar, och skickar du igen gäller det som visas nu.");
        }

        return Ask($"{form}.{field(why.Code)}", why.Explanation);
    }

    /// <summary>A day typed without a time: now when it is today, and never before the request came in that day.</summary>
    protected DateTimeOffset? OnDay(DateOnly? typed, DateTimeOffset now) => typed is not { } day || day == Swedish.Day(now) ? null
        : day == Swedish.Day(State.ReceivedAt) ? State.ReceivedAt : Swedish.StartOf(day).AddHours(12);

    /// <summary>Whether nothing that the form sent is unreadable.</summary>
    protected bool Readable(string form) => ModelState.All(f => !f.Key.StartsWith(form + ".", StringComparison.Ordinal) || f.Value!.Errors.Count == 0);
}

/// <summary>A page of one record in a request, with the original open. That it is opened is noted, with the request as the reason.</summary>
public abstract class DisclosureItemPage(Requests requests, DisclosureRegister register, RecordReads reads, OriginalDocuments documents) : DisclosurePage(requests, register)
{
    [BindProperty(SupportsGet = true)]
    public int Place { get; set; }

    public FoundItem Item { get; private set; } = null!;

    public RecordState Record { get; private set; } = null!;

    /// <summary>Null when there is nothing to open: never captured, gallrad, or locked for everybody.</summary>
    public OriginalDocument? Original { get; private set; }

    public MaskMap Map => MaskMap.Read(Word(Item.MaskMap, MaskMap.Part));

    /// <summary>Where the original has its own page.</summary>
    public string Href => new SeenItem(Item, Record, "", null).Href;

    public string ItemAddress => $"{Address}/handlingar/{Place}";

    public string Title => DisclosureItems.Title(Record);

    /// <summary>What the step of the provision named; the usual provision of a mask.</summary>
    public string? Provision => Item.Of(ExaminationStep.Provision)?.Provision;

    protected override async Task<bool> Prepare(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (State.Records.FirstOrDefault(i => i.Place == Place) is not { } item || await documents.Find(item.Target, caller, ct) is not { } record) return false;
        (Item, Record) = (item, record);
        await reads.Note(caller, [(item.Target, RecordStates.Stored(record.Wall))], ct, $"Begäran om utlämnande {State.Reference}");
        Original = await documents.Open(item.Target, ct);
        return true;
    }
}
