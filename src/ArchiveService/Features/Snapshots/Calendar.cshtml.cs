using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Snapshots;

/// <summary>/ogonblicksbilder: the calendar over the caller's channels.</summary>
public sealed class CalendarModel(SnapshotCalendar calendar) : PageModel
{
    public IReadOnlyList<DueSnapshot> Items { get; private set; } = [];

    public int Overdue => Items.Count(d => d.Overdue);

    public bool OverdueOnly { get; private set; }

    public async Task<IActionResult> OnGet(string? lage, CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return Forbid();
        OverdueOnly = lage == "forsenade";
        Items = [.. (await calendar.Of(caller, ct)).Where(d => d.Overdue || !OverdueOnly)];
        return Page();
    }

    public Mark Standing(DueSnapshot due) => Standing(due, calendar.Today);

    public static Mark Standing(DueSnapshot due, DateOnly today) => due switch
    {
        { Closed: not null } => new(Icon.Struck, "Avslutad", Tone.Gone),
        { Overdue: true } => Marks.Attention("Försenad"),
        { DueOn: { } on } when on <= today.AddDays(14) => Marks.Waiting("Snart"),
        { DueOn: not null } => Marks.Done("I tid"),
        _ => new(Icon.Info, "Inget intervall"),
    };

    /// <summary>What the policy says of the channel, with its requirement.</summary>
    public static string Rule(DueSnapshot due)
    {
        var interval = due.Interval == "none" ? "Riktlinjen säger inget" : Swedish.Sentence(PolicyKeys.Word("snapshot.interval", due.Interval));
        var extra = due.Triggers == "none" ? "" : $", och {PolicyKeys.Word("snapshot.triggers", due.Triggers)}";
        var kind = due.Kind == "any" ? "" : $". {Swedish.Sentence(PolicyKeys.Word("snapshot.kind", due.Kind))}";
        return $"{interval}{extra}{kind} ({due.Requirement})";
    }
}
