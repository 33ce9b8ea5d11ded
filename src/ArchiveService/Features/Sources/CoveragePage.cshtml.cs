using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Sources;

/// <summary>/kanaler/{id}/tackning: how sure it is that everything has come in, day by day.</summary>
public sealed class CoveragePageModel(CoverageLedger ledger, SourceRegister register) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public string ChannelName { get; private set; } = "";

    public ChannelCoverage Coverage { get; private set; } = null!;

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await ledger.Find(Id, caller, ct) is not { } channel || await register.Find(Id, caller, ct) is not { } source) return NotFound();
        if (!caller.May(channel.Authority, SourceHandler.Readers)) return Forbid();
        ChannelName = ChannelWords.Name(source.Platform, source.Handle);
        Coverage = await ledger.Of(Id, CoverageLedger.Ordinary, ct);
        return Page();
    }

    public static Mark State(CoverageDay day) => day.Kind switch
    {
        CoverageKind.Observed => Marks.Done("Sett"),
        CoverageKind.Inferred => new(Icon.TimeRuns, "Efterfrågat"),
        CoverageKind.Gap => Marks.Attention("Lucka"),
        _ => new(Icon.NotSeen, "Inte frågad", Tone.Gone),
    };

    public static string Why(string reason) => reason switch
    {
        "unanswered" => "Inget helt svar den dagen",
        "not-asked" => "Ingen fråga ställdes",
        _ => Swedish.Sentence(SourceWords.Gap(reason)),
    };
}
