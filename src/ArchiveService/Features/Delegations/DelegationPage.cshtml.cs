using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Persons;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Delegations;

/// <summary>/delegation: the delegationsordning, its versions, and the decisions to report at the next meeting.</summary>
public sealed class DelegationPageModel(DelegationCommands commands, DelegationRegister register, AuthorityRegister authorities, PersonRegister persons) : PageModel
{
    [BindProperty(SupportsGet = true, Name = "myndighet")]
    public string? Code { get; set; }

    [BindProperty]
    public string? Decision { get; set; }

    [BindProperty]
    public DateOnly? ValidFrom { get; set; }

    [BindProperty]
    public DateOnly? ValidUntil { get; set; }

    /// <summary>A point a line: number; kind; role or name; words; first day; last day.</summary>
    [BindProperty]
    public string? Points { get; set; }

    [BindProperty]
    public DateOnly? MeetingOn { get; set; }

    [BindProperty]
    public string? Paragraph { get; set; }

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public Authority? Authority { get; private set; }

    public IReadOnlyList<OrderListed> Versions { get; private set; } = [];

    public OrderListed? InForce { get; private set; }

    public IReadOnlyList<DecisionListed> Waiting { get; private set; } = [];

    public IReadOnlyList<DecisionListed> Reported { get; private set; } = [];

    public DateOnly? LastMeeting { get; private set; }

    public bool MayAdopt { get; private set; }

    public bool MayReport { get; private set; }

    public DateOnly Today => register.Today;

    public static string Delegate(PointListed point) => point.PersonName ?? Swedish.Sentence(Swedish.Role(point.Role ?? ""));

    public static string? Address(DecisionListed decision) => decision.SubjectKind switch
    {
        "disposal_run" => $"/gallring/{decision.Subject:D}",
        "record" => $"/handlingar/{decision.Subject:D}",
        "account" => $"/konton/{decision.Subject:D}",
        _ => null,
    };

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (!await Show(ct)) return NotFound();
        if (MayAdopt && InForce is { } now) Points = string.Join('\n', now.Points.Select(Line));
        return Page();
    }

    public async Task<IActionResult> OnPostAdopt(CancellationToken ct)
    {
        if (!await Show(ct) || Authority is null) return NotFound();
        if (!ModelState.IsValid) return Page();
        var (points, unknown) = await Read(ct);
        var (version, _, refused) = unknown is not null ? (0, 0, unknown) : await commands.Adopt(Authority.Code, new(Decision, ValidFrom, ValidUntil, points), HttpContext.Caller(), ct);
        if (refused is null) return Tell(Notice.Done($"Version {version} av delegationsordningen är införd"));
        if (refused.Code == "not-allowed") return Forbid();
        ModelState.AddModelError(refused.Code switch { "decision-reference-missing" => nameof(Decision), "delegation-period" => nameof(ValidUntil), "points-missing" or "point-unusable" => nameof(Points), _ => "" }, refused.Explanation);
        return Page();
    }

    public async Task<IActionResult> OnPostReport(CancellationToken ct)
    {
        if (!await Show(ct) || Authority is null) return NotFound();
        if (!ModelState.IsValid) return Page();
        var (_, reported, _, refused) = await commands.Report(Authority.Code, new(MeetingOn, Paragraph), HttpContext.Caller(), ct);
        if (refused is null) return Tell(Notice.Done($"{Swedish.Sentence(Swedish.Count(reported, "beslut är antecknat", "beslut är antecknade"))} som anmält"));
        if (refused.Code == "not-allowed") return Forbid();
        ModelState.AddModelError(refused.Code switch { "meeting-missing" or "meeting-coming" => nameof(MeetingOn), "paragraph-missing" => nameof(Paragraph), _ => "" }, refused.Explanation);
        return Page();
    }

    private LocalRedirectResult Tell(Notice notice)
    {
        TempData.Tell(notice);
        return LocalRedirect($"/delegation?myndighet={Uri.EscapeDataString(Authority!.Code)}");
    }

    private static string Line(PointListed point) =>
        string.Join("; ", new[] { point.Number, point.Kind, point.PersonName ?? Swedish.Role(point.Role ?? ""), point.Text, Day(point.ValidFrom), Day(point.ValidUntil) }).TrimEnd(';', ' ');

    private static string? Day(DateOnly? day) => day is { } at ? Swedish.Date(at) : null;

    private async Task<(List<PointAsked> Points, Refusal? Unknown)> Read(CancellationToken ct)
    {
        var points = new List<PointAsked>();
        foreach (var line in (Points ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries))
        {
            var fields = line.Split(';', StringSplitOptions.TrimEntries);
            if (fields.Length is < 3 or > 6) return ([], Refusal.Input("point-unusable", $"Raden ”{line}” ska ha punkt; slag; delegat, åtskilda med semikolon."));
            var role = RoleCalled(fields[2]);
            var person = role is null ? await persons.Find(fields[2], service: false, ct) : null;
            if (role is null && person is null) return ([], Refusal.Input("point-unusable", $"Delegaten ”{fields[2]}” är varken en roll eller en person här."));
            var days = fields.Skip(4).Select(d => (Said: d, Read: DateOnly.TryParseExact(d, "yyyy-MM-dd", out var day) ? day : (DateOnly?)null)).ToList();
            if (days.FirstOrDefault(d => d.Said.Length > 0 && d.Read is null).Said is { } unreadable) return ([], Refusal.Input("point-unusable", $"Dagen ”{unreadable}” går inte att läsa. Skriv den som 2026-12-31."));
            points.Add(new(fields[0], fields[1], role, person, fields.ElementAtOrDefault(3), days.ElementAtOrDefault(0).Read, days.ElementAtOrDefault(1).Read));
        }

        return (points, null);
    }

    private static string? RoleCalled(string word) =>
        Roles.All.Where(r => r is not Role.Connector).Select(r => r.Stored()).FirstOrDefault(r => string.Equals(r, word, StringComparison.OrdinalIgnoreCase) || string.Equals(Swedish.Role(r), word, StringComparison.OrdinalIgnoreCase));

    private async Task<bool> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return false;
        var mine = (await authorities.All(ct)).Where(a => caller.IsStaffOf(a.Id)).ToList();
        Authorities = [.. mine.Select(a => new Choice(a.Code, a.Name))];
        Authority = Code is null ? mine.FirstOrDefault() : mine.FirstOrDefault(a => string.Equals(a.Code, Code.Trim(), StringComparison.OrdinalIgnoreCase));
        if (Authority is null) return Code is null;
        Code = Authority.Code;
        Versions = await register.Versions(Authority.Id, ct);
        InForce = register.InForce(Versions);
        Waiting = await register.Decisions(Authority.Id, null, ct);
        LastMeeting = await register.LastMeeting(Authority.Id, ct);
        Reported = [.. (await register.Decisions(Authority.Id, Today.AddYears(-1), ct)).Where(d => d.MeetingOn is not null).OrderByDescending(d => d.MeetingOn).ThenBy(d => d.DecidedAt)];
        MayAdopt = caller.May(Authority.Id, Role.Admin, Role.Chef);
        MayReport = caller.May(Authority.Id, Role.Registrator, Role.Chef, Role.Admin);
        return true;
    }
}
