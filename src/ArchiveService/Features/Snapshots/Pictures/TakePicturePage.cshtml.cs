using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Snapshots.Pictures;

/// <summary>/kanaler/{id}/ogonblicksbilder/ta: the service takes the picture, where the platform's terms allow it.</summary>
public sealed class TakePicturePageModel(ChannelRegister channels, ChannelList list, TakePictureHandler handler) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Address { get; set; }

    [BindProperty]
    public DateOnly? From { get; set; }

    [BindProperty]
    public DateOnly? To { get; set; }

    [BindProperty]
    public string? Occasion { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public string Title { get; private set; } = "";

    public PlatformTerm Term { get; private set; } = null!;

    public IReadOnlyList<Choice> Occasions { get; } = [.. TakeSnapshot.Occasions.Select(o => new Choice(o.Word, o.Said))];

    public Task<IActionResult> OnGet(CancellationToken ct) => Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (!ModelState.IsValid) return await Show(ct);
        var (_, outcome) = await handler.Take(Id, new(Address, From, To, Occasion, null, Note), HttpContext.Caller(), ct);
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done("Ögonblicksbilden är tagen", "Den syns för dem som bedömer handlingar. När någon av dem har bedömt den syns den för andra."));
            return LocalRedirect($"/kanaler/{Id:D}/ogonblicksbilder");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Code == "channel-unknown") return NotFound();
        ModelState.AddModelError(why.Code switch { "period-missing" or "period-wrong" => nameof(From), "occasion-unknown" => nameof(Occasion), "note-too-long" => nameof(Note), "address-missing" or "platform-terms" or "page-unreachable" => nameof(Address), _ => "" }, why.Explanation);
        if (why.Status == StatusCodes.Status503ServiceUnavailable) Response.StatusCode = why.Status;
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await channels.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NotFound();
        if (!caller.May(channel.Authority, SnapshotCalendar.Takers)) return Forbid();
        var listed = (await list.For(caller, ct)).First(c => c.Id == Id);
        Title = $"{RecordViewWords.Platform(listed.Platform)} {listed.Handle}".Trim();
        Term = PlatformTerms.Of(channel.Platform);
        return Page();
    }
}
