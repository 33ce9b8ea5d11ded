using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Search;

/// <summary>/sok: the same search as the API, in words.</summary>
public sealed class IndexModel(SearchRecords records, SearchLog log, SavedSearches savedSearches, RecordViewFreshness freshness, AuthorityRegister authorities, ChannelList channels, Cases.CaseDocumentSearch caseDocuments) : PageModel
{
    private const int Rows = 25;

    public FoundRecords? Found { get; private set; }

    public RecordSearch Search { get; private set; } = new();

    public string? Wrong { get; private set; }

    public IReadOnlyList<Authority> Authorities { get; private set; } = [];

    public IReadOnlyList<ChannelListed> Channels { get; private set; } = [];

    public bool Asked => Request.Query.Any(q => q.Key is not ("after" or "sort") && q.Value.ToString().Length > 0);

    public bool Asks(string name) => Value(name).Length > 0;

    public static string Name(ChannelListed channel) => $"{RecordViewWords.Platform(channel.Platform)} {channel.Handle ?? channel.NativeAccountId}".TrimEnd();

    public string Value(string name) => Request.Query[name].ToString();

    public bool Chosen(string name, string word) => Request.Query[name].SelectMany(v => (v ?? "").Split(',')).Contains(word, StringComparer.Ordinal);

    public async Task OnGetAsync(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        ViewData["OwesReason"] = caller.OwesReason && Request.Query.Count > 0;
        caller = caller.Reasoned();
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id))];
        Channels = await channels.For(caller, ct);
        Saved = await savedSearches.Of(caller, ct);
        var (search, refused) = RecordSearch.Parse(Request.Query.Where(q => q.Key != "limit"));
        refused ??= await freshness.Reach(Request, ct);
        if (refused is not null)
        {
            Wrong = refused.Explanation;
            Response.StatusCode = refused.Status;
            return;
        }

        Search = search! with { Limit = Rows };
        Found = await records.Find(Search, caller, ct);
        await log.Note(caller, Search, Found.Total.Value, ct);
        if (Search.After is null && (Search.Dnr ?? Search.Q) is { } words) (CaseDocuments, MoreCaseDocuments) = await caseDocuments.Find(words, Search.Authority, null, caller, ct);
    }

    /// <summary>Notes, decisions and appeals on paper: they are no records of a channel, so no filter but the authority asks about them.</summary>
    public IReadOnlyList<Cases.FoundCaseDocument> CaseDocuments { get; private set; } = [];

    public bool MoreCaseDocuments { get; private set; }

    public IReadOnlyList<SavedSearch> Saved { get; private set; } = [];

    /// <summary>The word that makes the search one to be careful with.</summary>
    public string? Sensitive => SensitiveWords.In(Search.Terms);

    /// <summary>The question as it would be saved: without the place in the pages.</summary>
    public string Question => QueryString.Create(Request.Query.Where(q => q.Key is not ("cursor" or "after" or "limit") && q.Value.ToString().Length > 0)).Value?.TrimStart('?') ?? "";

    public string ExportAs(string format) => $"/api/v1/records/export?{Question}{(Question.Length > 0 ? "&" : "")}format={format}";

    public async Task<IActionResult> OnPostSaveAsync(string? name, string? question, CancellationToken ct)
    {
        var (_, refused) = await savedSearches.Save(new(name, question), HttpContext.Caller(), ct);
        if (refused is null)
        {
            TempData.Tell(Notice.Done("Sökningen är sparad", "Den finns bland dina sparade sökningar."));
            // What was sent may hold what no address can, a line end among it.
            return Redirect("/sok?" + string.Concat((question ?? "").EnumerateRunes().Select(r => r.Value is > ' ' and < 0x7f ? r.ToString() : Uri.EscapeDataString(r.ToString()))));
        }

        (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
        Saved = await savedSearches.Of(HttpContext.Caller(), ct);
        return Page();
    }

    public async Task<IActionResult> OnPostRemoveAsync(Guid id, CancellationToken ct)
    {
        await savedSearches.Remove(id, HttpContext.Caller(), ct);
        return Redirect("/sok");
    }

    /// <summary>"128 träffar på ”halka”"; over a thousand "Minst 1 000 träffar".</summary>
    public string Heading
    {
        get
        {
            if (Found is not { } found) return "Sök handlingar";
            var count = found.Total switch
            {
                { Relation: "atLeast", Value: var least } => $"Minst {Swedish.Number(least)} träffar",
                { Value: 0 } => "Inga träffar",
                { Value: var n } => Swedish.Count(n, "träff", "träffar"),
            };
            return Search.Q is { } q ? $"{count} på ”{q}”" : Asked ? count : "Sök handlingar";
        }
    }

    public static SearchHit Hit(FoundRecord found) => new(
        $"/handlingar/{found.Id}", RecordViewWords.Sender(found.Sender.Name, found.Sender.Handle, found.State == "disposed"), found.OccurredAt,
        RecordViewWords.Place(found.Kind, found.Channel.Platform, found.Channel.Handle), RecordText.WithHits(found.Marked))
    {
        IsSecret = found.Access == "secret",
        Absence = found.State == "disposed" ? $"Innehållet är gallrat{(found.DisposedAt is { } at ? " " + Swedish.Date(at) : "")}. Uppgifterna om handlingen finns kvar."
            : found.Access != "open" ? "Öppna handlingen för att läsa den. Läsningen antecknas."
            : string.IsNullOrEmpty(found.Snippet) ? "Handlingen har ingen text." : null,
        Marks =
        [
            RecordViewWords.Direction(found.Direction),
            found.State == "disposed" ? Marks.Destroyed : Marks.Visibility(found.State, found.Edited, found.StateBy),
            Marks.Registration(found.Registration, found.DiaryNumber is { } number ? RecordViewWords.DocumentNumber(number, found.DocumentNumber) : null),
            .. found.Access == "unassessed" ? [new Mark(Icon.Warning, "Obedömd sekretess", Tone.Attention)] : Array.Empty<Mark>(),
        ],
        Why = Why(found),
    };

    private static List<Fact> Why(FoundRecord found)
    {
        var why = new List<Fact>();
        if (found.Matched.Count > 0) why.Add(new("Träff på", string.Join("; ", found.Matched.Select(SearchWords.Said))));
        if (found.Attachments > 0) why.Add(new("Bilagor", Swedish.Number(found.Attachments)));
        return why;
    }

    public FilterChips Chips()
    {
        var chips = new List<Chip>();
        void Add(string name, string label, string value) => chips.Add(new(label, value, Request.Without(name, "cursor")));
        if (Search.Sender is { } sender) Add("sender", "Avsändare", sender);
        if (Value("from") is { Length: > 0 } from) Add("from", "Från", from);
        if (Value("to") is { Length: > 0 } to) Add("to", "Till", to);
        if (Search.Direction is { } direction) Add("direction", "Riktning", RecordViewWords.Direction(direction).Word);
        if (Search.Dnr is { } dnr) Add("dnr", "Diarienummer", dnr);
        if (Search.Authority is { } authority) Add("authority", "Myndighet", authority);
        if (Search.Author is not null) Add("account", "Konto", "valt konto");
        if (Search.Channels.Count > 0) Add("channel", "Kanal", string.Join(", ", Channels.Where(c => Search.Channels.Contains(c.Id)).Select(Name)));
        if (Search.Platforms.Count > 0) Add("platform", "Plattform", string.Join(", ", Search.Platforms.Select(RecordViewWords.Platform)));
        if (Search.Kinds.Count > 0) Add("kind", "Slag", string.Join(", ", Search.Kinds.Select(RecordViewWords.Kind)));
        if (Search.States.Count > 0) Add("state", "I kanalen", string.Join(", ", RecordViewWords.States.Where(s => Search.States.Contains(s.Word)).Select(s => s.Text)));
        if (Search.Registrations.Count > 0) Add("registration", "Registrering", string.Join(", ", RecordViewWords.Registrations.Where(s => Search.Registrations.Contains(s.Word)).Select(s => s.Text)));
        if (Search.Grounds.Count > 0) Add("ground", "Grund", string.Join(", ", Search.Grounds.Select(RecordViewWords.Ground)));
        if (Search.HasAttachment is { } has) Add("hasAttachment", "Bilaga", has ? "finns" : "saknas");
        if (Search.Case is not null) Add("case", "Ärende", "valt ärende");
        if (Search.Class is { } code) Add("class", "Klass", code);
        if (Search.RecordTypes.Count > 0) Add("recordType", "Handlingstyp", string.Join(", ", Search.RecordTypes));
        if (Search.Retention is { } retention) Add("retention", "Gallring", Retentions.First(r => r.Word == retention).Text);
        if (Search.PolicyVersion is { } version) Add("policyVersion", "Policyversion", Swedish.Number(version));
        if (Search.Edited is { } edited) Add("edited", "Ändrad", edited ? "ja" : "nej");
        if (Value("editedSince") is { Length: > 0 } changed) Add("editedSince", "Ändrad sedan", changed);
        if (Value("removedSince") is { Length: > 0 } removed) Add("removedSince", "Nedtagen sedan", removed);
        if (Search.Audiences.Count > 0) Add("audience", "Kunde ses av", string.Join(", ", RecordViewWords.Audiences.Where(a => Search.Audiences.Contains(a.Word)).Select(a => a.Text)));
        if (Search.Wall is { } wall) Add("secrecy", "Åtkomst", wall switch { "secret" => "sekretess", "unassessed" => "obedömd", _ => "öppen" });
        return new(chips, "/sok" + (Search.Q is { } q ? "?q=" + Uri.EscapeDataString(q) : ""));
    }

    public bool Narrowed => Search.Q is not null && Chips().Chips.Count > 0;

    public string WithoutFilters => "/sok?q=" + Uri.EscapeDataString(Search.Q ?? "");

    public static IReadOnlyList<(string Word, string Text)> Retentions { get; } =
        [("held", "Gallringsstopp"), ("due", "Fristen har gått ut"), ("dated", "Har en frist"), ("none", "Ingen regel, bevaras")];

    public bool MaySearchSecret => HttpContext.Caller() is { Clearance: true, IsService: false };

    public Tabs Orders() => new("Ordning",
    [
        new("Nyast först", Request.Without("sort", "cursor"), Current: Search.Order == SearchOrder.Newest),
        new("Äldst först", Request.With("sort", "oldest", "cursor"), Current: Search.Order == SearchOrder.Oldest),
        .. Search.Q is null ? Array.Empty<Tab>() : [new Tab("Bästa träff", Request.With("sort", "relevance", "cursor"), Current: Search.Order == SearchOrder.Relevance)],
        new("Avsändare A–Ö", Request.With("sort", "sender", "cursor"), Current: Search.Order == SearchOrder.Sender),
    ]);

    public Pager? Paging() => Found is not { Items.Count: > 0 } found ? null : new(
        Search.After is null ? null : Request.Without("cursor"), found.Next is { } next ? (found.Meant is { } meant ? Request.With("q", meant.Query, "cursor") + "&cursor=" + Uri.EscapeDataString(next) : Request.With("cursor", next)) : null)
    {
        PreviousText = "Första sidan",
        NextText = $"Nästa {Rows} träffar",
        Showing = $"Visar {found.Items.Count} av {(found.Total.Relation == "atLeast" ? "minst " : "")}{Swedish.Number(found.Total.Value)}",
        Label = "Fler träffar",
    };
}
