using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Sources;

/// <summary>/kallor: every channel that can be asked, and how that goes.</summary>
public sealed class SourceListModel(SourceRegister register) : PageModel
{
    public IReadOnlyList<SourceListed> Sources { get; private set; } = [];

    public IReadOnlyList<SourceListed> Alarms => [.. Sources.Where(s => s.Alarm is not null)];

    public string Line => Sources.Count(s => s.IsSetUp) is var set && set == 0 ? "Ingen kanal hämtas automatiskt än." : $"{Swedish.Sentence(Swedish.Count(set, "kanal hämtas", "kanaler hämtas"))} automatiskt.";

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService || !caller.MayAnywhere(SourceHandler.Readers)) return Forbid();
        Sources = await register.All(caller, ct);
        return Page();
    }

    public static Mark State(SourceListed source) => SourceWords.State(source) switch
    {
        "not-set-up" => Marks.Waiting("Inte inställd"),
        "stopped" => Marks.Failed("Stoppad"),
        "paused" => new(Icon.Stop, "Pausad", Tone.Gone),
        "alarm" => Marks.Attention("Svarar inte som den ska"),
        "new" => Marks.Waiting("Väntar på första svaret"),
        _ => Marks.Done(source.Means == "stream" ? "Lyssnar och frågar" : "Frågar"),
    };
}
