using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Assignments;

/// <summary>/behoriga: the list of those who may publish and answer, channel by channel (H-04).</summary>
public sealed class AuthorisedUsersModel(AssignmentList list, ChannelList channels) : PageModel
{
    public sealed record ChannelUsers(ChannelListed Channel, IReadOnlyList<AssignmentListed> Assignments);

    public IReadOnlyList<ChannelUsers> Channels { get; private set; } = [];

    public IReadOnlyList<AssignmentListed> LapsingSoon { get; private set; } = [];

    public IReadOnlyList<AssignmentListed> Awaiting { get; private set; } = [];

    public DateOnly Today => list.Today;

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return Forbid();
        var all = (await list.For(caller, null, null, null, ct)).Where(a => a.Standing is not (AssignmentStanding.Ended or AssignmentStanding.Lapsed)).ToList();
        Channels =
        [
            .. (await channels.For(caller, ct)).Where(c => c.ClosedAt is null)
                .Select(c => new ChannelUsers(c, [.. all.Where(a => a.Channel == c.Id || (a.Channel is null && a.AuthorityCode == c.AuthorityCode))])),
        ];
        LapsingSoon = [.. all.Where(a => a.LapsesSoon(Today)).OrderBy(a => a.Until)];
        Awaiting = [.. all.Where(a => a.Standing is AssignmentStanding.AwaitsAuthorisation)];
        return Page();
    }
}
