using ArchiveService.Access;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Onboarding;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Start;

/// <summary>A role's section with what is drawn beside its numbers.</summary>
public sealed record ShownSection(StartSection Section, IReadOnlyList<Chart> Charts, FactList? Log)
{
    public KeyFigures Figures => new([.. Section.Waiting.Select(f => new KeyFigure(f.Name, Swedish.Number(f.Count), f.Note, f.Late, f.Href))], Section.Title);
}

/// <summary>What waits for this reader, role by role; everything is read at the same time.</summary>
public sealed class StartModel(StartSections sections, StartCharts charts, LogState log, Queue queue, Beginning beginning, RecordViewFreshness freshness) : PageModel
{
    public string Greeting { get; private set; } = "";

    public string Line => Sections.Count == 0 ? "" : Sections.All(s => s.Section.IsEmpty) ? "Inget väntar på dig just nu." : "Det här väntar nu.";

    public IReadOnlyList<ShownSection> Sections { get; private set; } = [];

    /// <summary>The day's reminders; null for those whose work it is not.</summary>
    public QueueDigest? Digest { get; private set; }

    /// <summary>How far the beginning has come; null when it is done, or somebody else's.</summary>
    public string? Begun { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return Forbid();
        var begun = await beginning.For(caller, ct);
        // An empty archive has nothing that waits: who has just logged in the first time is led on.
        if (begun is { IsUntouched: true } && !HttpContext.Request.Query.ContainsKey("stanna")) return LocalRedirect("/kom-igang");
        Begun = begun is { IsDone: false } ? begun.Progress : null;
        await freshness.Reach(Request, ct);
        Greeting = $"Hej {caller.Name.Split(' ')[0]}";
        var digest = caller.MayAnywhere(Queue.Readers) ? queue.Digest(caller, ct) : null;
        var state = caller.MayAnywhere(Role.Revisor) ? log.Read(ct) : null;
        Role[] order = [Role.Moderator, Role.Registrator, Role.Kommunikator, Role.Chef, Role.Arkivarie, Role.Admin];
        var drawn = order.Where(r => caller.MayAnywhere(r)).ToDictionary(r => r, r => charts.Of(r, caller, ct));
        var found = await sections.Of(caller, digest, ct);
        var shown = new List<ShownSection>();
        var keys = new HashSet<string>(StringComparer.Ordinal);
        foreach (var section in found)
        {
            var own = drawn.TryGetValue(section.Role, out var reading) ? await reading : [];
            // One figure of a kind is enough: what two roles would both see stands with the first.
            shown.Add(new(section, [.. own.Where(c => keys.Add(c.Key))], section.Role == Role.Revisor && state is not null ? await state : null));
        }

        Sections = shown;
        Digest = digest is null ? null : await digest;
        return Page();
    }
}
