using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Operations;

/// <summary>/drift: whether what people see keeps up with the log, and agrees with it.</summary>
public sealed class IndexModel(ProjectionStandings standings, ResumeProjectionHandler resume, Reconciliations runs, Reconcile reconcile, Hosting.Databases databases, TimeProvider clock) : PageModel
{
    public IReadOnlyList<ProjectionStanding> Projections { get; private set; } = [];

    public Reconciliation? Latest { get; private set; }

    public IReadOnlyList<Reconciliation> Earlier { get; private set; } = [];

    public bool MayAct { get; private set; }

    /// <summary>How many events the log took each day of the last four weeks, by its checkpoints.</summary>
    public Chart? Growth { get; private set; }

    public Features.Media.MediaCounts Media { get; private set; } = new(new Dictionary<string, long>(), null);

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!Operations.MaySee(caller)) return Forbid();
        MayAct = Operations.MayAct(caller);
        Projections = await standings.All(ct);
        Earlier = await runs.Recent(10, ct);
        Latest = Earlier.Count > 0 ? Earlier[0] : null;
        Media = await Features.Media.MediaQueue.Counts(databases.Staff, ct);
        Growth = await LogGrowth.Read(databases, clock, ct);
        return Page();
    }

    public async Task<IActionResult> OnPostResume(string name, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!Operations.MayAct(caller)) return Forbid();
        TempData.Tell(await resume.Resume(name, caller, ct) is { } refused
            ? Notice.Refused("Det gick inte", refused.Explanation)
            : Notice.Info("Vyn försöker igen", "Stannar den på samma händelse står felet kvar."));
        return LocalRedirect("/drift");
    }

    public async Task<IActionResult> OnPostReconcile(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!Operations.MayAct(caller)) return Forbid();
        await reconcile.Start(caller, ct);
        return LocalRedirect("/drift");
    }

    public static Mark StateOf(ProjectionStanding projection) => projection.State switch
    {
        ProjectionState.Leading => Marks.Done("Igång"),
        ProjectionState.StandingBy => Marks.Done("Körs av en annan nod"),
        ProjectionState.Retrying => Marks.Attention("Försöker igen"),
        ProjectionState.Stopped => Marks.Failed("Stannad"),
        _ => new(Icon.Clock, "Inte igång", Tone.Gone),
    };

    /// <summary>What the view holds, in a word; an unknown one goes by its name.</summary>
    public static string Title(string projection) => projection == Records.RecordViewProjection.ProjectionName ? "Handlingar, diarium, ärenden och konton" : projection;

    public static string Lag(ProjectionStanding projection) => projection.LagEvents == 0
        ? "Ingen"
        : $"{Swedish.Count(projection.LagEvents, "händelse", "händelser")}, {Swedish.Number((long)Math.Ceiling(projection.LagSeconds))} s";

    public static string LedBy(ProjectionStanding projection) =>
        projection.LedHere ? "den här noden" : projection.State is ProjectionState.StandingBy or ProjectionState.Stopped ? "en annan nod" : "ingen just nu";

    public static Mark StateOf(Reconciliation run) => run.State switch
    {
        ReconciliationState.Running => Marks.Waiting("Pågår"),
        ReconciliationState.Interrupted => new(Icon.Stop, "Avbruten", Tone.Gone),
        ReconciliationState.Failed => Marks.Failed("Gick inte att genomföra"),
        _ when run.Errors > 0 => Marks.Failed(Swedish.Count(run.Errors!.Value, "skillnad", "skillnader")),
        _ => run.Warnings > 0 ? Marks.Attention("Inga skillnader, men varningar") : Marks.Done("Stämmer"),
    };

    public static string AskedBy(Reconciliation run) => run.ByClock ? "Varje natt" : run.StartedByName ?? "någon som inte längre finns i förteckningen";
}
