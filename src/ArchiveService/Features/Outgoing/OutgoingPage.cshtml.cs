using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Outgoing;

/// <summary>/diarium/utgaende: what the external diaries have not taken, and the button to send it again.</summary>
public sealed class OutgoingPageModel(AuthorityRegister authorities, OutgoingEntries entries) : PageModel
{
    public sealed record Shown(Authority Authority, OutgoingQueue Standing, IReadOnlyList<OutgoingEntry> Latest, bool MayRetry);

    public IReadOnlyList<Shown> Queues { get; private set; } = [];

    [BindProperty]
    public string? Code { get; set; }

    [BindProperty]
    public Guid? Entry { get; set; }

    public string Line(Shown queue) => queue.Standing.Configured
        ? $"{Swedish.Number(queue.Standing.Sent)} sända, {Swedish.Number(queue.Standing.Waiting)} väntar, {Swedish.Number(queue.Standing.Dead)} gav upp"
        : "Inget mottagande system är inställt. Andra system kan hämta postlistan.";

    public static string What(string type) => type switch
    {
        "record_registered" => "Registrering",
        "registration_corrected" => "Rättelse",
        "case_decision_made" => "Beslut",
        "case_appeal_received" => "Överklagande på papper",
        "case_note_written" => "Tjänsteanteckning",
        _ => "Överföring",
    };

    public static string Problem(string? code) => code switch
    {
        null => "–",
        "timeout" => "Mottagaren svarade inte i tid",
        "connection" => "Mottagaren gick inte att nå",
        "tls" => "Mottagarens certifikat godtas inte",
        "address-refused" => "Adressen leder till ett nät dit inget får sändas",
        "event-missing" => "Anteckningen finns inte i loggen",
        _ when code.StartsWith("http-", StringComparison.Ordinal) => $"Mottagaren svarade {code["http-".Length..]}",
        _ => code,
    };

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!caller.MayAnywhere(OutgoingRoutes.Readers)) return Forbid();
        var queues = new List<Shown>();
        foreach (var authority in await authorities.All(ct))
        {
            if (authority.Policy["diary.mode"] == "own" || !caller.May(authority.Id, OutgoingRoutes.Readers)) continue;
            queues.Add(new(authority, await entries.Standing(authority, ct), await entries.Latest(authority, 20, ct), caller.May(authority.Id, OutgoingRoutes.Keepers)));
        }

        Queues = queues;
        return Page();
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (await authorities.Find(Code ?? "", ct) is not { } authority || !HttpContext.Caller().IsStaffOf(authority.Id)) return NotFound();
        if (!HttpContext.Caller().May(authority.Id, OutgoingRoutes.Keepers)) return Forbid();
        TempData.Tell(await entries.Retry(authority, Entry, ct)
            ? Notice.Done("Det sänds igen", "Ladda om sidan om en stund för att se hur det gick.")
            : Notice.Info("Inget att sända", "Det har redan gått fram."));
        return LocalRedirect("/diarium/utgaende");
    }
}
