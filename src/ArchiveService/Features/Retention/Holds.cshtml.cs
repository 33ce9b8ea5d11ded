using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Retention;

/// <summary>/gallring/stopp: every gallringsstopp with what it covers, what holds by itself, and a form for a stop on a search.</summary>
public sealed class HoldsModel(HoldList list, HoldHandler holds, AuthorityRegister authorities, ChannelList channels) : PageModel
{
    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public List<string> RecordTypes { get; set; } = [];

    [BindProperty]
    public List<Guid> Channels { get; set; } = [];

    [BindProperty]
    public List<string> Visibilities { get; set; } = [];

    [BindProperty]
    public List<string> Registrations { get; set; } = [];

    [BindProperty]
    public Guid? Account { get; set; }

    [BindProperty]
    public DateOnly? From { get; set; }

    [BindProperty]
    public DateOnly? To { get; set; }

    [BindProperty]
    public string? Ground { get; set; } = "other";

    [BindProperty]
    public string? Mandate { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public IReadOnlyList<HoldListed> Standing { get; private set; } = [];

    public IReadOnlyList<HoldListed> Lifted { get; private set; } = [];

    public IReadOnlyList<AutomaticHolds> Automatic { get; private set; } = [];

    public IReadOnlyDictionary<Guid, Authority> Authorities { get; private set; } = new Dictionary<Guid, Authority>();

    public IReadOnlyList<Choice> AuthorityChoices { get; private set; } = [];

    public IReadOnlyList<Choice> ChannelChoices { get; private set; } = [];

    public IReadOnlyList<Choice> TypeChoices { get; } = Choices(Words.RecordTypes, without: Disclosures.DisclosureState.RecordType);

    public IReadOnlyList<Choice> VisibilityChoices { get; } = Choices(Words.Visibilities);

    public IReadOnlyList<Choice> RegistrationChoices { get; } = Choices(Words.Registrations);

    public IReadOnlyList<Choice> GroundChoices { get; } = Choices(Words.HoldGrounds);

    public string? Refused { get; private set; }

    private Dictionary<Guid, string> called = [];

    public bool MayHoldIn(Guid authority) => HttpContext.Caller().May(authority, Role.Arkivarie, Role.Registrator);

    public string Said(HoldListed hold) => hold switch
    {
        { Search: { } filter } => HoldList.Said(filter, called),
        { Kind: HoldKind.Record } => "En handling",
        { Kind: HoldKind.Case } => "Ett ärende",
        _ => "Ett konto",
    };

    public string? HrefOf(HoldListed hold) => hold.Kind switch
    {
        HoldKind.Record => $"/handlingar/{hold.Target:D}",
        HoldKind.Case => $"/arenden/{hold.Target:D}",
        HoldKind.Account => $"/konton/{hold.Target:D}",
        _ => null,
    };

    public static string WhereOf(string ground) => ground switch
    {
        "open-case" => "/arenden",
        "disclosure-request" => "/utlamnanden",
        _ => "/registerutdrag",
    };

    public Task<IActionResult> OnGet(CancellationToken ct) => Show(ct);

    public async Task<IActionResult> OnPostSearch(CancellationToken ct)
    {
        if (!ModelState.IsValid) return await Show(ct);
        HoldFilter filter = new(Channels, RecordTypes, null, Visibilities, Registrations, Account is { } account ? [account] : null, From, To);
        var (_, covered, _, refused) = await holds.Place(new(Authority, null, null, null, Ground, Reason, filter, Mandate), HttpContext.Caller(), ct);
        if (refused is null)
        {
            TempData.Tell(Notice.Done($"Gallringsstoppet gäller nu och omfattar {Swedish.Count(covered, "handling", "handlingar")}", "Det som kommer till senare och passar omfattas också."));
            return LocalRedirect("/gallring/stopp");
        }

        if (refused.Code switch
        {
            "authority-missing" or "authority-unknown" => nameof(Authority),
            "hold-search-empty" or "hold-search-unknown" => nameof(RecordTypes),
            "hold-search-period" => nameof(To),
            "hold-target-unknown" => nameof(Account),
            "mandate-too-long" => nameof(Mandate),
            "reason-missing" => nameof(Reason),
            _ => null,
        } is { } field) ModelState.AddModelError(field, refused.Explanation);
        else Refused = refused.Explanation;
        return await Show(ct);
    }

    public async Task<IActionResult> OnPostLift(Guid id, CancellationToken ct)
    {
        if (await holds.Lift(id, HttpContext.Caller(), ct) is Outcome.Refused { Why: var why })
        {
            Refused = why.Explanation;
            ModelState.Clear();
            return await Show(ct);
        }

        TempData.Tell(Notice.Done("Gallringsstoppet är hävt"));
        return LocalRedirect("/gallring/stopp");
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var seen = caller.AuthoritiesWith(Worklist.Readers);
        if (caller.IsService || seen is []) return Forbid();
        Standing = await list.Of(seen, lifted: false, caller, ct);
        Lifted = await list.Of(seen, lifted: true, caller, ct);
        Automatic = await list.Automatic(seen, caller, ct);
        Authorities = (await authorities.All(ct)).ToDictionary(a => a.Id);
        AuthorityChoices = [.. Authorities.Values.Where(a => MayHoldIn(a.Id)).Select(a => new Choice(a.Code, a.Name))];
        var known = await channels.For(caller, ct);
        called = known.ToDictionary(c => c.Id, c => ChannelWords.Name(c.Platform, c.Handle));
        ChannelChoices = [.. known.Where(c => AuthorityChoices.Any(a => a.Value == c.AuthorityCode)).Select(c => new Choice(c.Id.ToString("D"), called[c.Id], c.Authority))];
        return Page();
    }

    private static IReadOnlyList<Choice> Choices(IReadOnlyDictionary<string, string> words, string? without = null) =>
        [.. words.Where(w => w.Key != without).Select(w => new Choice(w.Key, Swedish.Sentence(w.Value)))];
}
