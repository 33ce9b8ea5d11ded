using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Sources;

/// <summary>/kallor/{id}: how one channel is fetched, its token, its polls and its gaps.</summary>
public sealed class SourcePageModel(SourceRegister register, SourceHandler handler, YouTube.WebSubLeases leases) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Address { get; set; }

    [BindProperty]
    public string? Account { get; set; }

    [BindProperty]
    public string? Means { get; set; }

    [BindProperty]
    public int? IntervalMinutes { get; set; }

    [BindProperty]
    public string? Enabled { get; set; }

    [BindProperty]
    public string? Token { get; set; }

    public SourceListed Source { get; private set; } = null!;

    public IReadOnlyList<SourcePoll> Polls { get; private set; } = [];

    public IReadOnlyList<SourceGap> Gaps { get; private set; } = [];

    /// <summary>How the subscription at YouTube's hub stands; null for other platforms.</summary>
    public string? Lease { get; private set; }

    public bool MayKeep { get; private set; }

    public string? Refused { get; private set; }

    public static IReadOnlyList<Choice> Ways { get; } = [new("poll", "Frågar med jämna mellanrum"), new("stream", "Lyssnar på strömmen och frågar", "Där plattformen har en ström, som Mastodon. Kräver nyckel.")];

    public static IReadOnlyList<Choice> Running { get; } = [new("ja", "Ja"), new("nej", "Nej")];

    public string ChannelName => ChannelWords.Name(Source.Platform, Source.Handle);

    public FactList Facts => new(
    [
        new("Adress", Source.Address ?? "–", FactLook.Code),
        new("Konto", Source.Account ?? "–", FactLook.Code),
        new("Sätt", Source.Means == "stream" ? "lyssnar på strömmen och frågar" : $"frågar var {Swedish.Number(Source.IntervalMinutes)}:e minut"),
        new("Åtkomstnyckel", Source.CredentialAt is { } since ? $"satt {Swedish.DateAndClock(since)}{(Source.CredentialBy is { } by ? $" av {by}" : "")}" : "ingen"),
        new("Senast hämtat", Source.LastOkAt is { } ok ? Swedish.DateAndClock(ok) : "inte än"),
        new("Nästa fråga", Source is { Enabled: true, Stopped: false, DueAt: { } due } ? Swedish.DateAndClock(due) : "ingen"),
        .. Source.Problem is { } problem ? [new Fact("Senaste hinder", SourceWords.Problem(problem))] : Array.Empty<Fact>(),
        .. Source.HeardAt is { } heard ? [new Fact("Strömmen hördes senast", Swedish.DateAndClock(heard))] : Array.Empty<Fact>(),
    ]);

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPostSetUp(CancellationToken ct)
    {
        if (!ModelState.IsValid) return await Show(ct);
        return await Do(() => handler.SetUp(Id, new(Address, Account, Means, IntervalMinutes, Enabled != "nej"), HttpContext.Caller(), ct), "Källan är sparad", ct);
    }

    public Task<IActionResult> OnPostCredential(CancellationToken ct) => Do(() => handler.SetCredential(Id, new(Token), HttpContext.Caller(), ct), "Nyckeln är satt", ct);

    public Task<IActionResult> OnPostRemoveCredential(CancellationToken ct) => Do(() => handler.RemoveCredential(Id, HttpContext.Caller(), ct), "Nyckeln är borttagen", ct);

    public Task<IActionResult> OnPostPause(CancellationToken ct) => Do(() => handler.Pause(Id, HttpContext.Caller(), ct), "Källan är pausad", ct);

    public Task<IActionResult> OnPostResume(CancellationToken ct) => Do(() => handler.Resume(Id, HttpContext.Caller(), ct), "Källan är igång", ct);

    public Task<IActionResult> OnPostPoll(CancellationToken ct) =>
        Do(async () => await handler.PollNow(Id, HttpContext.Caller(), ct) is { } refused ? refused : new Outcome.Done(0, 0), "Plattformen frågas nu", ct);

    private async Task<IActionResult> Do(Func<Task<Outcome>> act, string done, CancellationToken ct)
    {
        if (await act() is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done(done));
            return LocalRedirect($"/kallor/{Id:D}");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Code == "channel-unknown") return NotFound();
        if (why.Code switch
        {
            "source-address" => nameof(Address),
            "source-account" => nameof(Account),
            "source-means" => nameof(Means),
            "source-interval" => nameof(IntervalMinutes),
            "source-token" => nameof(Token),
            _ => null,
        } is { } field)
            ModelState.AddModelError(field, why.Explanation);
        else
            Refused = why.Explanation;
        return await Show(ct);
    }

    private static string Said(YouTube.WebSubLease lease) => lease switch
    {
        { Until: { } until } when !lease.HasEnded(TimeProvider.System.GetUtcNow()) => $"Prenumerationen hos YouTubes nav gäller till {Swedish.DateAndClock(until)} och förnyas av sig själv dessförinnan.",
        { Until: { } until } => $"Prenumerationen hos YouTubes nav gick ut {Swedish.DateAndClock(until)}. Den frågas efter igen varje timme.",
        { AskedAt: { } asked } => $"Prenumerationen hos YouTubes nav är begärd {Swedish.DateAndClock(asked)}, men navet har inte bekräftat den än.",
        _ => "Ingen prenumeration hos YouTubes nav: den kräver att YouTube__Callback och YouTube__WebSubSecret är inställda.",
    };

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService || await register.Find(Id, caller, ct) is not { } source) return NotFound();
        if (!caller.May(source.Authority, SourceHandler.Readers)) return Forbid();
        Source = source;
        MayKeep = source.ClosedAt is null && caller.May(source.Authority, SourceHandler.Keepers);
        if (source is { IsSetUp: true, Platform: "youtube" }) Lease = Said(await leases.Find(Id, ct));
        if (source.IsSetUp) (Polls, Gaps) = (await register.Polls(Id, ct), await register.Gaps(Id, ct));
        if (Request.Method == HttpMethods.Get)
        {
            (Address, Account, Means, IntervalMinutes) = (source.Address, source.Account, source.Means ?? "poll", source.IsSetUp ? source.IntervalMinutes : 15);
            Enabled = !source.IsSetUp || source.Enabled ? "ja" : "nej";
        }

        // What was typed as a token is never sent back.
        Token = null;
        return Page();
    }
}
