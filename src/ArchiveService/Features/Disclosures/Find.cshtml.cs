using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Search;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.Extensions.Primitives;

namespace ArchiveService.Features.Disclosures;

/// <summary>/utlamnanden/{id}/hitta: searches the authority's records, adds what is ticked, and answers when there is nothing.</summary>
public sealed class FindModel(
    Requests requests, DisclosureRegister register, SearchRecords search, SearchLog searches, RecordViewFreshness freshness, ChannelList channels, Coverage coverage, TimeProvider clock) : DisclosurePage(requests, register)
{
    private const int Rows = 25;

    public sealed class AddForm
    {
        public List<Guid> Records { get; set; } = [];
    }

    public sealed class CaseForm
    {
        public string? Number { get; set; }
    }

    public sealed class NothingForm
    {
        public DateOnly? From { get; set; }

        public DateOnly? To { get; set; }

        public Guid? Channel { get; set; }

        public string? Note { get; set; }
    }

    [BindProperty(SupportsGet = true)]
    public string? Q { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Sender { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Channel { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? From { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? To { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Dnr { get; set; }

    [BindProperty]
    public AddForm Add { get; set; } = new();

    [BindProperty]
    public CaseForm Case { get; set; } = new();

    [BindProperty]
    public NothingForm Nothing { get; set; } = new();

    public FoundRecords? Found { get; private set; }

    /// <summary>What the archive says of the period that was searched.</summary>
    public CoverageAnswer? Known { get; private set; }

    public IReadOnlyList<Choice> Channels { get; private set; } = [];

    public bool Searched => new[] { Q, Sender, Channel, From, To, Dnr }.Any(v => !string.IsNullOrWhiteSpace(v));

    public bool NothingOpen => State.Items.Count == 0 && (Found is { Items.Count: 0 } || ModelState.Any(f => f.Key.StartsWith("Nothing.", StringComparison.Ordinal) && f.Value!.Errors.Count > 0));

    public bool IsIn(Guid record) => State.Find(record) is not null;

    public static string? Absence(FoundRecord found) => found.State == "disposed" ? "gallrad"
        : found.Access != "open" ? "innehållet visas när handlingen prövas"
        : string.IsNullOrEmpty(found.Snippet) ? "utan text" : null;

    public static string Title(FoundRecord found) => string.Join(", ", new[]
    {
        RecordViewWords.Place(found.Kind, found.Channel.Platform, found.Channel.Handle), Swedish.DateAndClock(found.OccurredAt),
        found.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, found.DocumentNumber) : null,
    }.OfType<string>());

    public Pager? Paging() => Found is not { Items.Count: > 0 } found ? null : new(Request.Query.ContainsKey("cursor") ? Request.Without("cursor", "handler") : null, found.Next is { } next ? Request.With("cursor", next, "handler") : null)
    {
        PreviousText = "Första sidan",
        NextText = $"Nästa {Rows}",
        Showing = $"Visar {found.Items.Count} av {(found.Total.Relation == "atLeast" ? "minst " : "")}{Swedish.Number(found.Total.Value)}",
        Label = "Fler träffar",
    };

    protected override async Task<bool> Prepare(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        Channels = [new("", "Alla"), .. (await channels.For(caller, ct)).Where(c => c.AuthorityCode == Row.AuthorityCode).Select(c => new Choice(c.Id.ToString("D"), Features.Search.IndexModel.Name(c)))];
        if (!Searched) return true;
        var asked = new Dictionary<string, StringValues>(StringComparer.Ordinal)
        {
            ["q"] = Q,
            ["sender"] = Sender,
            ["channel"] = Channel,
            ["from"] = From,
            ["to"] = To,
            ["dnr"] = Dnr,
            ["authority"] = Row.AuthorityCode,
            ["cursor"] = Request.Query["cursor"],
        };
        foreach (var (name, value) in asked)
        {
            if (RecordSearch.Parse([KeyValuePair.Create(name, value)]) is not { Refused: { } why }) continue;
            ModelState.AddModelError(name, Said(name, why));
        }

        if (ModelState.ErrorCount > 0 && asked.Keys.Any(k => ModelState[k]?.Errors.Count > 0)) return true;
        var (parsed, _) = RecordSearch.Parse(asked);
        await freshness.Reach(Request, ct);
        var one = parsed! with { Limit = Rows };
        Found = await search.Find(one, caller with { ReadReason = caller.ReadReason ?? $"Begäran om utlämnande {State.Reference}" }, ct);
        await searches.Note(caller, one, Found.Total.Value, ct);
        if (Found.Items.Count > 0 || State.Items.Count > 0) return true;
        var today = Swedish.Day(clock.GetUtcNow());
        Nothing.From ??= DateOnly.TryParse(From, System.Globalization.CultureInfo.InvariantCulture, out var from) ? from : null;
        Nothing.To ??= DateOnly.TryParse(To, System.Globalization.CultureInfo.InvariantCulture, out var to) ? to : today;
        Nothing.Channel ??= Guid.TryParse(Channel, out var channel) ? channel : null;
        if (new AnswerNothingFound(Nothing.From, Nothing.To, Nothing.Channel).Check(today) is null) Known = await coverage.Of(State.Authority, Nothing.From!.Value, Nothing.To!.Value, Nothing.Channel, HttpContext.Caller(), ct);
        return true;
    }

    private static string Said(string name, Refusal why) => name switch
    {
        "from" or "to" => "Skriv en dag, som 2026-03-01.",
        "dnr" => "Skriv ett diarienummer, som KS 2026/17.",
        "cursor" => "Markören går inte att läsa. Sök igen.",
        _ => why.Explanation,
    };

    public async Task<IActionResult> OnPostAdd(CancellationToken ct)
    {
        if (Add.Records.Count == 0) return await Load(ct) ?? Ask("Add.Records", "Kryssa för minst en handling.");
        return await After(await Commands.Add(Id, new(Add.Records), default, HttpContext.Caller(), ct), nameof(Add), _ => "Records",
            Notice.Done($"{Swedish.Count(Add.Records.Count, "handling är tillagd", "handlingar är tillagda")}", "De gallras inte medan begäran är öppen."), Address, ct);
    }

    public async Task<IActionResult> OnPostCase(CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(Case.Number)) return await Load(ct) ?? Ask("Case.Number", "Skriv ärendets diarienummer, som KS 2026/17.");
        return await After(await Commands.Add(Id, new(null, DiaryNumber: Case.Number.Trim()), default, HttpContext.Caller(), ct), nameof(Case), _ => "Number",
            Notice.Done("Ärendet är tillagt, med de handlingar i det som du får se"), Address, ct);
    }

    /// <summary>What the archive knows of the period, before it is answered.</summary>
    public async Task<IActionResult> OnPostCoverage(CancellationToken ct)
    {
        if (await Load(ct) is { } no) return no;
        if (new AnswerNothingFound(Nothing.From, Nothing.To, Nothing.Channel).Check(Swedish.Day(clock.GetUtcNow())) is { } wrong) return Ask("Nothing.From", wrong.Explanation);
        Known = await coverage.Of(State.Authority, Nothing.From!.Value, Nothing.To!.Value, Nothing.Channel, HttpContext.Caller(), ct);
        return Page();
    }

    public async Task<IActionResult> OnPostNothing(CancellationToken ct) =>
        await After((await Commands.NothingFound(Id, new(Nothing.From, Nothing.To, Nothing.Channel, Nothing.Note), default, HttpContext.Caller(), ct)).Outcome, nameof(Nothing),
            code => code switch { "period-missing" => "From", "note-too-long" => "Note", _ => null }, Notice.Done("Begäran är besvarad", "Svaret står på sidan, att ge till frågaren."), Address, ct);
}
