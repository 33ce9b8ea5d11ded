using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Evidence;

/// <summary>/bevis: what vouches for the log, and how somebody else can check it.</summary>
public sealed class IndexModel(EvidenceLog log, CheckpointCopies copies, LogStanding standing, ResumeLog resume, EvidenceOptions options, TimestampOptions stamping, WitnessDesk desk, Databases databases) : PageModel
{
    public EvidenceHead? Head { get; private set; }

    public SignedCheckpoint? Latest { get; private set; }

    /// <summary>Events that no checkpoint vouches for yet.</summary>
    public long Waiting { get; private set; }

    public bool CopiesKept => copies.Kept;

    public LogStanding Standing => standing;

    public IReadOnlyList<EvidenceHead> Logs { get; private set; } = [];

    /// <summary>Of each witness the last checkpoint that it cosigned.</summary>
    public IReadOnlyList<(string Witness, long Size, DateTimeOffset At)> Cosignatures { get; private set; } = [];

    public (long Size, DateTimeOffset At, string Authority)? Stamped { get; private set; }

    public bool MayResume { get; private set; }

    [BindProperty]
    public string? Numbers { get; set; }

    public static bool MaySee(Caller caller) => Verifications.MaySee(caller) || (!caller.IsService && caller.MayAnywhere(Role.Registrator));

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        if (!MaySee(HttpContext.Caller())) return Forbid();
        await Read(ct);
        return Page();
    }

    public async Task<IActionResult> OnPostResume(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!LogStandingRoutes.MayAct(caller)) return Forbid();
        var lines = (Numbers ?? "").Split('\n', StringSplitOptions.RemoveEmptyEntries | StringSplitOptions.TrimEntries);
        var done = await LogStandingRoutes.Resume(lines, dryRun: false, caller, resume, standing, ct);
        if (done.Refused is { } refused)
        {
            ModelState.AddModelError(nameof(Numbers), refused.Explanation);
            Response.StatusCode = refused.Status;
            await Read(ct);
            return Page();
        }

        TempData.Tell(done.Origin is { } origin
            ? Notice.Done("Loggen fortsätter", $"Den heter nu {origin}. {(done.Resumed.Count == 0 ? "Inga diarienummer hoppades över." : $"{Swedish.Sentence(Swedish.Count(done.Resumed.Sum(one => one.Numbers.Count), "diarienummer", "diarienummer"))} står som utgår (återläsning).")}")
            : Notice.Info("Det fanns inget att göra", "Loggen står redan där den ska."));
        return LocalRedirect("/bevis");
    }

    private async Task Read(CancellationToken ct)
    {
        MayResume = (standing.IsReadOnly || standing.BehindLedger) && LogStandingRoutes.MayAct(HttpContext.Caller());
        Head = await log.Head(ct);
        Logs = await log.All(ct);
        Latest = await log.Latest(ct);
        await using var query = databases.Staff.CreateCommand("select count(*) from archive.mt_events where seq_id > $1");
        query.Parameters.Add(new() { Value = Latest?.LastSequence ?? 0 });
        Waiting = (long)(await query.ExecuteScalarAsync(ct))!;
        var cosignatures = new List<(string, long, DateTimeOffset)>();
        await using (var signed = databases.Staff.CreateCommand("select distinct on (witness) witness, size, signed_at from archive.evidence_cosignatures where origin = $1 order by witness, size desc"))
        {
            signed.Parameters.Add(new() { Value = Head?.Origin ?? "" });
            await using var rows = await signed.ExecuteReaderAsync(ct);
            while (await rows.ReadAsync(ct)) cosignatures.Add((rows.GetString(0).Split('+')[0], rows.GetInt64(1), rows.GetFieldValue<DateTimeOffset>(2)));
        }

        Cosignatures = cosignatures;
        await using var stamped = databases.Staff.CreateCommand("select size, stamped_at, authority from archive.evidence_timestamps order by stamped_at desc limit 1");
        await using var stamp = await stamped.ExecuteReaderAsync(ct);
        if (await stamp.ReadAsync(ct)) Stamped = (stamp.GetInt64(0), stamp.GetFieldValue<DateTimeOffset>(1), stamp.GetString(2));
    }

    public IReadOnlyList<Fact> Others() =>
    [
        new("Senaste tidsstämpel", Stamped is { } stamp ? $"{Swedish.DateAndClock(stamp.At)} av {stamp.Authority}, {Swedish.Count(stamp.Size, "händelse", "händelser")}"
            : stamping.Address is null ? "begärs inte: inställningen Evidence__TsaUrl saknas" : "ingen än"),
        .. Cosignatures.Select(one => new Fact("Vittnet " + one.Witness, $"{Swedish.DateAndClock(one.At)}, {Swedish.Count(one.Size, "händelse", "händelser")}")),
        .. options.Witnesses.Where(witness => !Cosignatures.Any(one => string.Equals(one.Witness, witness.Key.Name, StringComparison.Ordinal))).Select(witness => new Fact("Vittnet " + witness.Key.Name, "har inte undertecknat än")),
        .. options.Witnesses.Count == 0 && Cosignatures.Count == 0 ? [new Fact("Vittnen", "tillfrågas inte: inställningen Evidence__Witnesses__0 saknas")] : Array.Empty<Fact>(),
        new("Vittnar själv för", desk.Key is null ? "ingen annan" : options.Witnessed.Count == 0 ? "ingen annan än" : string.Join(", ", options.Witnessed.Select(key => key.Name))),
    ];

    public IReadOnlyList<Fact> Facts() =>
    [
        new("Loggens namn", Head!.Origin),
        new("Händelser i loggen", Swedish.Number(Head.Size)),
        new("Senaste kontrollpunkt", Latest is { } signed ? $"{Swedish.DateAndClock(signed.SignedAt)}, {Swedish.Count(signed.Size, "händelse", "händelser")}" : "ingen än"),
        new("Väntar på kontrollpunkt", Waiting == 0 ? "ingen händelse" : Swedish.Count(Waiting, "händelse", "händelser")),
        new("Kopior utanför databasen", CopiesKept ? "skrivs vid varje kontrollpunkt" : "skrivs inte: inställningen Evidence__CheckpointCopy saknas"),
        new("Nyckel", Head.Key.ToString()),
    ];
}
