using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Opening;

/// <summary>/postoppning: what came in since last at one authority, and the signed emptyings.</summary>
public sealed class MorningPageModel(MorningList list, InboxEmptyings emptyings, RecordViewFreshness freshness) : PageModel
{
    [BindProperty]
    public string? Note { get; set; }

    public IReadOnlyList<MorningAuthority> Mine { get; private set; } = [];

    public MorningAuthority? Here { get; private set; }

    public MorningAsked Asked { get; private set; } = new();

    public MorningPage Found { get; private set; } = new([], null);

    public IReadOnlyList<MorningChannel> Channels { get; private set; } = [];

    public IReadOnlyList<MorningPerson> People { get; private set; } = [];

    public IReadOnlyList<EmptyingListed> Earlier { get; private set; } = [];

    public string? Wrong { get; private set; }

    public bool MaySign => Here is { } here && InboxEmptyings.MaySign(HttpContext.Caller(), here.Authority.Id);

    public bool MayAssess => Here is { } here && HttpContext.Caller().MayAssess(here.Authority.Id);

    /// <summary>What may be done with many rows at once: what the guideline lets be done with one.</summary>
    public IReadOnlyList<(string Word, string Said)> Many =>
    [
        .. Here!.Authority.Policy.RegistrationDefault != "register" ? [(SettleInbox.Keep, "Håll ordnade")] : Array.Empty<(string, string)>(),
        .. Here.Authority.Policy["ringa.keepOrdered"] != "true" ? [(SettleInbox.Exempt, "Undanta")] : Array.Empty<(string, string)>(),
    ];

    public bool MaySettle => MayAssess && Many.Count > 0;

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var (authority, no) = await list.Find(Request.Query["authority"].ToString(), caller, ct);
        if (authority is null) return no!.Status == StatusCodes.Status403Forbidden ? Forbid() : NotFound();
        var (emptied, _, refused) = await emptyings.Sign(authority, new(null, Note), caller, ct);
        if (emptied is not null)
        {
            TempData.Tell(Notice.Done("Postöppningen är signerad", $"Allt som kommit in till {Swedish.DateAndClock(emptied.Until)} är genomgånget."));
            return LocalRedirect(Address(authority.Code, null));
        }

        if (refused!.Status == StatusCodes.Status403Forbidden) return Forbid();
        ModelState.AddModelError(refused.Code is "note-missing" or "note-too-long" ? nameof(Note) : "", refused.Explanation);
        return await Show(ct);
    }

    public static string Address(string code, MorningState? state) => $"/postoppning?authority={Uri.EscapeDataString(code)}" + (state is null or MorningState.All ? "" : $"&state={RecordStates.Stored(state.Value)}");

    public Tabs States() => new("Vad som visas",
    [
        Of("Allt", MorningState.All, Here!.Counts.Rows), Of("Inkommet sedan sist", MorningState.New, Here.Counts.New),
        Of("Försenade", MorningState.Overdue, Here.Counts.Overdue), Of("Direktmeddelanden", MorningState.Messages, Here.Counts.Messages),
    ]);

    public string Sender(MorningItem item) => item.Sender is { } sender ? RecordViewWords.Sender(sender.Name, sender.Handle) : "Nyss fångad";

    public static string Name(string platform, string? handle) => $"{ChannelsModel.PlatformName(platform)}{(handle is { Length: > 0 } ? " " + handle : "")}";

    public static string Said(EmptiedCounts counts) => string.Join(", ", new[]
    {
        (counts.Registered, "registrerade"), (counts.KeptOrdered, "hålls ordnade"), (counts.Exempt, "undantagna"), (counts.Routed, "överlämnade"), (counts.Misdirected, "fel adressat"), (counts.ByRule, "av regel"), (counts.Left, "kvar"),
    }.Where(c => c.Item1 > 0).Select(c => $"{Swedish.Number(c.Item1)} {c.Item2}")) is { Length: > 0 } said ? said : "inget hade kommit in";

    /// <summary>The ways out, the nearest first; the commands decide again.</summary>
    public IReadOnlyList<(string Text, string Href)> Acts(MorningItem item)
    {
        var caller = HttpContext.Caller();
        var (authority, policy) = (Here!.Authority.Id, Here.Authority.Policy);
        List<(string, string)> acts = [];
        if (caller.May(authority, Role.Registrator)) acts.Add(("Registrera", "registrera"));
        if (MayAssess && item.Access == "unassessed") acts.Add(("Bedöm", "bedom"));
        if (MayAssess && item.Access == "open")
        {
            if (policy.RegistrationDefault != "register") acts.Add(("Håll ordnad", "hall-ordnad"));
            if (policy["ringa.keepOrdered"] != "true") acts.Add(("Undanta", "undanta"));
            acts.Add(("Fel adressat", "fel-adressat"));
        }

        // Only where the authority keeps such akter itself (OSF 2 §).
        if (caller.May(authority, Role.Registrator) && RouteRecord.HoldsAny(policy)) acts.Add(("För till akt", "for-till-akt"));

        return [.. acts.Select(a => (a.Item1, $"/handlingar/{item.Id:D}/{a.Item2}"))];
    }

    public Pager? Paging() => Found.Items.Count == 0 ? null : new(Asked.After is null ? null : Request.Without("cursor"), Found.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Första sidan",
        NextText = "Nästa",
        Showing = $"Visar {Found.Items.Count}",
        Label = "Fler i postöppningen",
    };

    private Tab Of(string text, MorningState state, long count) => new(text, Address(Here!.Authority.Code, state), count, Current: Asked.State == state);

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!caller.MayAnywhere(MorningList.Readers)) return Forbid();
        await freshness.Reach(Request, ct);
        Mine = await list.Mine(caller, ct);
        var code = Request.Query["authority"].ToString();
        Here = code.Length > 0 ? Mine.FirstOrDefault(a => string.Equals(a.Authority.Code, code, StringComparison.OrdinalIgnoreCase)) : Mine.FirstOrDefault(a => a.Counts.Rows > 0) ?? (Mine.Count > 0 ? Mine[0] : null);
        if (Here is null) return code.Length > 0 ? NotFound() : Page();
        var (asked, refused) = MorningList.Parse(Request.Query);
        Wrong = refused?.Explanation;
        if (asked is not null) Found = await list.Page(Here, Asked = asked, caller, ct);
        Channels = await list.Channels(Here, caller, ct);
        People = await list.People(Here.Authority.Id, ct);
        Earlier = await emptyings.Of(Here.Authority.Id, caller, 20, ct);
        return Page();
    }
}
