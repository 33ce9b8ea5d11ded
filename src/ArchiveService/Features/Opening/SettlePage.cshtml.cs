using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Opening;

/// <summary>/postoppning/flera: the rows that were ticked, what each would come to, and then what came of them.</summary>
public sealed class SettlePageModel(MorningList list, InboxSettling settling, RetentionRegister retention) : PageModel
{
    [BindProperty]
    public string? How { get; set; }

    /// <summary>The id, and the version that was read when there is one: <c>id.version</c>.</summary>
    [BindProperty]
    public List<string> Row { get; set; } = [];

    [BindProperty]
    public string? Reason { get; set; }

    [BindProperty]
    public Guid? DisposalDecision { get; set; }

    public string Authority { get; private set; } = "";

    public IReadOnlyList<SettledRow> Rows { get; private set; } = [];

    public IReadOnlyList<SettledRow> Able => [.. Rows.Where(r => r.Refused is null)];

    public IReadOnlyList<Choice> Decisions { get; private set; } = [];

    public string? Refused { get; private set; }

    public bool IsDone { get; private set; }

    public string Back => MorningPageModel.Address(Authority, null);

    public string Title => How == SettleInbox.Exempt ? "Undanta flera" : "Håll flera ordnade";

    public string Explained => How == SettleInbox.Exempt
        ? "Det som uppenbart är av liten betydelse för verksamheten behöver varken registreras eller hållas ordnat (OSL 5 kap. 1 §). Var och en får sin egen anteckning och kan registreras senare."
        : "Handlingarna får inget diarienummer men hålls så att det går att se om de har kommit in (OSL 5 kap. 1 §). Var och en får sin egen anteckning och kan registreras senare.";

    public string Button => How == SettleInbox.Exempt ? $"Undanta {Many}" : $"Håll {Many} {(Able.Count == 1 ? "ordnad" : "ordnade")}";

    public string DoneSaid => $"{Many} {(How, Able.Count) switch { (SettleInbox.Exempt, 1) => "är undantagen", (SettleInbox.Exempt, _) => "är undantagna", (_, 1) => "hålls ordnad", _ => "hålls ordnade" }}";

    private string Many => Swedish.Count(Able.Count, "handling", "handlingar");

    /// <summary>Nothing is asked without rows, and they are sent.</summary>
    public IActionResult OnGet() => LocalRedirect("/postoppning");

    public Task<IActionResult> OnPost(string? authority, CancellationToken ct) => Show(authority, done: false, ct);

    public Task<IActionResult> OnPostDo(string? authority, CancellationToken ct) => Show(authority, done: true, ct);

    public IEnumerable<(string Heading, IReadOnlyList<SettledRow> Rows, bool Able)> Groups()
    {
        List<SettledRow> left = [.. Rows.Where(r => r.Refused is not null)];
        if (Able.Count > 0) yield return (IsDone ? "Har fått sitt utfall" : "Får sitt utfall", Able, true);
        if (left.Count > 0) yield return ("Står kvar", left, false);
    }

    /// <summary>What stands behind a wall is opened on its own page, where the reading is noted.</summary>
    public static string Excerpt(SettledRow row) =>
        row.State is not { Wall: Wall.Open, Locked: false } ? "Öppna handlingen för att läsa den" : row.Shown is { Length: > 0 } text ? ThreadPageModel.Short(text.ReplaceLineEndings(" ")) : "Utan text";

    private async Task<IActionResult> Show(string? code, bool done, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        var (authority, no) = await list.Find(code ?? "", caller, ct);
        if (authority is null) return no!.Status == StatusCodes.Status403Forbidden ? Forbid() : NotFound();
        if (!InboxSettling.May(caller, authority.Id)) return Forbid();
        (Authority, How) = (authority.Code, How == SettleInbox.Exempt ? SettleInbox.Exempt : SettleInbox.Keep);
        if (How == SettleInbox.Exempt) Decisions = await ExemptPageModel.DecisionChoices(retention, authority.Id, null, ct);
        List<InboxRow> rows = [.. Row.Select(Read).OfType<InboxRow>()];
        var (found, _, refused) = await settling.Settle(authority, new(How, rows, Reason, DisposalDecision, Preview: !done), caller, ct);
        if (refused is not null && done && rows.Count > 0)
        {
            // The form again, with what is missing and what would come of the rows now.
            ModelState.AddModelError(refused.Code switch { "reason-missing" => nameof(Reason), "decision-unknown" => nameof(DisposalDecision), _ => "" }, refused.Explanation);
            (found, _, _) = await settling.Settle(authority, new(How, rows, null, null, Preview: true), caller, ct);
            Rows = found;
            return Page();
        }

        Refused = refused?.Explanation;
        Rows = found;
        IsDone = done && refused is null;
        return Page();
    }

    private static InboxRow? Read(string sent) => sent.Split('.') switch
    {
        [var id] when Guid.TryParse(id, out var known) => new(known),
        [var id, var version] when Guid.TryParse(id, out var known) && long.TryParse(version, NumberStyles.None, CultureInfo.InvariantCulture, out var at) => new(known, at),
        _ => null,
    };
}
