using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Warc;

/// <summary>/kanaler/{id}/webbarkiv: the channel's records as a file.</summary>
public sealed class ChannelWarcPageModel(ChannelRegister channels, ChannelList list, ChannelWarc warc) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public DateOnly? From { get; set; }

    [BindProperty]
    public DateOnly? To { get; set; }

    [BindProperty]
    public string? Form { get; set; }

    [BindProperty]
    public bool Walled { get; set; }

    [BindProperty]
    public string? Reason { get; set; }

    public string Title { get; private set; } = "";

    public bool MayTakeOut { get; private set; }

    public IReadOnlyList<Choice> Forms { get; } = [new("warc", "WARC"), new("wacz", "WACZ")];

    public Task<IActionResult> OnGet(CancellationToken ct) => Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (!ModelState.IsValid) return await Show(ct);
        var caller = HttpContext.Caller();
        if (await channels.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NotFound();
        var command = new TakeOutChannel(From, To, Form, Walled, Reason);
        if (command.Refuse(channel.Authority, caller) is { } why)
        {
            if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
            ModelState.AddModelError(why.Code switch { "period-wrong" => nameof(To), "reason-missing" => nameof(Reason), "form-unknown" => nameof(Form), _ => "" }, why.Explanation);
            return await Show(ct);
        }

        await ChannelWarcRoutes.Send(Id, command, HttpContext, caller, channels, warc, ct);
        return new EmptyResult();
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await channels.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NotFound();
        var listed = (await list.For(caller, ct)).First(c => c.Id == Id);
        Title = $"{RecordViewWords.Platform(listed.Platform)} {listed.Handle}".Trim();
        MayTakeOut = new TakeOutChannel(null, null, null, null, null).Refuse(channel.Authority, caller) is null;
        return Page();
    }
}
