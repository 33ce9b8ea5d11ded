using ArchiveService.Access;
using ArchiveService.Features.Backups;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Verify;

/// <summary>/kontroll: whether the archive still is what was put into it.</summary>
public sealed class IndexModel(Verifications runs, VerificationWorker worker, FinalStep final) : PageModel
{
    public VerificationRun? Latest { get; private set; }

    public IReadOnlyList<VerificationRun> Earlier { get; private set; } = [];

    /// <summary>Gallringar that wait for the epoch key to be exchanged.</summary>
    public FinalStanding? Final { get; private set; }

    public async Task<IActionResult> OnGet(Guid? id, CancellationToken ct)
    {
        if (!Verifications.MaySee(HttpContext.Caller())) return Forbid();
        Latest = id is { } one ? await runs.Find(one, ct) : await runs.Latest(ct);
        if (id is not null && Latest is null) return NotFound();
        Earlier = await runs.Recent(20, ct);
        Final = await final.Now(ct);
        return Page();
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!Verifications.MaySee(caller)) return Forbid();
        await worker.Start(caller, ct);
        return LocalRedirect("/kontroll");
    }

    public static Mark StateOf(VerificationRun run) => run.State switch
    {
        VerificationState.Running => Marks.Waiting("Pågår"),
        VerificationState.Interrupted => new(Icon.Stop, "Avbruten", Tone.Gone),
        VerificationState.Failed => Marks.Failed("Gick inte att genomföra"),
        _ when run.Sound == true => run.Warnings > 0 ? Marks.Attention("Inga fel, men varningar") : Marks.Done("Inga fel"),
        _ => Marks.Failed(Swedish.Count(run.Errors ?? 0, "fel", "fel")),
    };

    public static Mark SeverityOf(Finding finding) => finding.Severity switch
    {
        Severity.Error => Marks.Failed("Fel"),
        Severity.Warning => Marks.Attention("Varning"),
        _ => new(Icon.Info, "Upplysning", Tone.Plain),
    };

    public static long Read(VerificationRun run, string count) => run.Report?.Counts.GetValueOrDefault(count) ?? 0;

    /// <summary>What a code means to somebody who keeps an archive; the technical sentence stands beside it.</summary>
    public static string Meaning(string code) => code switch
    {
        "event-unreadable" or "event-type-unknown" => "En händelse i loggen går inte att läsa",
        "epoch-key-missing" or "key-does-not-unwrap" or "key-missing" or "key-without-stream" => "En nyckel saknas, är utbytt eller hör inte hit",
        "ciphertext-altered" or "sealed-content-does-not-open" or "sealed-content-missing" or "sealed-without-event" or "commitment-differs" => "Förseglat innehåll är ändrat, utbytt eller borta",
        "object-missing" or "object-does-not-open" or "object-differs" or "object-length-differs" => "En bilaga är borta, ändrad eller utbytt",
        "media-never-fetched" => "Bilagor som plattformen visade kunde inte hämtas",
        "media-differs" => "En bilaga sägs vara hämtad men är inte sparad",
        "object-unknown" => "En fil i bilagelagret hör inte till något",
        "object-store-unavailable" => "Bilagelagret gick inte att nå",
        "stream-with-holes" or "event-id-twice" or "sequence-behind" => "Händelser har tagits bort eller lagts till vid sidan av tjänsten",
        "late-comer" or "event-unseen" => "En händelse har kommit in bakom det som vyerna redan har läst",
        "events-gone" or "events-exchanged" => "Händelser som en gång räknats är borta eller utbytta",
        "projection-stopped" => "Vyerna har stannat på en händelse",
        "open-behind-wall" => "Något skyddat går att se utanför sin vägg",
        "wall-differs" => "Något står bakom fel vägg",
        "not-destroyed" or "object-not-destroyed" or "disposed-without-mark" or "mark-without-event" => "En gallring är inte fullständig",
        "held-and-destroyed" => "Något gallrades trots gallringsstopp",
        "destroyed-key-returned" => "En förstörd nyckel har kommit tillbaka, troligen ur en säkerhetskopia",
        "ledger-not-replayed" => "Databasen är återläst, och det som gallrats sedan dess kan ha kommit tillbaka",
        "rotation-unfinished" => "Ett byte av epoknyckel är påbörjat men inte klart",
        "final-step-overdue" => "En gallring har inte slutförts i tid: äldre säkerhetskopior går fortfarande att läsa",
        "log-behind-ledger" => "Databasen är återläst från en äldre kopia",
        "ledger-broken" or "ledger-entry-missing" => "Förteckningen över det förstörda stämmer inte",
        "batch-outside-ledger" or "object-to-be-destroyed" => "Tjänsten har arbete kvar att göra",
        "view-text-differs" => "En rad i en vy säger något annat än loggen",
        "views-not-compared" => "Vyernas texter gick inte att jämföra med loggen den här gången",
        "projection-behind" => "Vyerna har inte hunnit ikapp loggen",
        "delivery-forgotten" => "En leverans har tagits emot men aldrig lästs in",
        _ => "En tabell säger något annat än loggen",
    };
}
