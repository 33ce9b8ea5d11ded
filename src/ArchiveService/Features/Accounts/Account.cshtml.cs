using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Accounts;

/// <summary>/konton/{id}: an account as it was at an instant, and as that was known at another.</summary>
public sealed class AccountModel(AccountViews accounts, Search.SearchLog log, Secrecy.Protections protections, RecordViewFreshness freshness) : PageModel
{
    public AccountReplay? Replay { get; private set; }

    public string? Wrong { get; private set; }

    public Guid Id { get; private set; }

    public async Task<IActionResult> OnGetAsync(Guid id, CancellationToken ct)
    {
        Id = id;
        await freshness.Reach(Request, ct);
        var (asked, refused) = ReplayInstant.Parse(Request.Query["at"], Request.Query["knownAt"], Request.Query["cursor"], accounts.Now);
        if (refused is not null)
        {
            (Wrong, Response.StatusCode) = (refused.Explanation, refused.Status);
            return Page();
        }

        var (replay, why) = await accounts.Replay(id, asked!, HttpContext.Caller(), ct);
        if (why is not null)
        {
            if (why.Status == StatusCodes.Status404NotFound) return NotFound();
            (Wrong, Response.StatusCode) = (why.Explanation, why.Status);
            return Page();
        }

        Replay = replay;
        State = await protections.Find(id, HttpContext.Caller(), ct);
        await log.Note(HttpContext.Caller(), Search.SearchLog.Account, "kontohistorik: " + id.ToString("D"), null, ct);
        return Page();
    }

    /// <summary>What the flag of protected identity is asked of; nobody uncleared is shown an account that has one.</summary>
    public AccountState? State { get; private set; }

    public bool MayProtect => State is { Own: false } state && HttpContext.Caller() is { IsService: false } caller && (state.Protection is not null || caller.May(state.Authority, Secrecy.Protections.Setters));

    public bool MayBlock => !Replay!.Account.Own && HttpContext.Caller().MayAnywhere(Role.Moderator, Role.Kommunikator, Role.Chef);

    public bool MayHold => HttpContext.Caller().MayAnywhere(Role.Registrator, Role.Arkivarie);

    public string Name => RecordViewWords.Sender(Replay!.Name?.Name ?? Replay.Account.Name, Replay.Name?.Handle ?? Replay.Account.Handle, Replay.Account.Destroyed);

    /// <summary>As a date field takes it, in Swedish time.</summary>
    public static string Field(DateTimeOffset at) => Swedish.Local(at).ToString("yyyy-MM-dd'T'HH:mm:ss", CultureInfo.InvariantCulture);

    public string? Step(DateTimeOffset? to) => to is { } at ? Request.With("at", at.UtcDateTime.ToString("yyyy-MM-dd'T'HH:mm:ss.ffffff'Z'", CultureInfo.InvariantCulture), "cursor") : null;

    public KeyFigures Figures => new(
    [
        new("Synliga", Count(Replay!.Counts.Visible)), new("Dolda", Count(Replay.Counts.Hidden)),
        new("Avpublicerade", Count(Replay.Counts.Unpublished)), new("Raderade", Count(Replay.Counts.Deleted)),
    ]);

    private string Count(int of) => (Replay!.Counts.Relation == "atLeast" ? "minst " : "") + Swedish.Number(of);

    public Pager Paging() => new(Request.Query.ContainsKey("cursor") ? Request.Without("cursor") : null, Replay!.Next is { } next ? Request.With("cursor", next) : null)
    {
        PreviousText = "Nyaste",
        NextText = "Äldre",
        Label = "Bläddra bland handlingarna",
    };
}
