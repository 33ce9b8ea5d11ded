using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Channels;

public sealed class ChannelsModel(ChannelList list, AuthorityRegister authorities, RegisterChannelHandler register, CloseChannelHandler close) : PageModel
{
    [BindProperty]
    public string? Authority { get; set; }

    [BindProperty]
    public string? Platform { get; set; }

    [BindProperty]
    public string? NativeAccountId { get; set; }

    [BindProperty]
    public string? Handle { get; set; }

    [BindProperty]
    public string? Address { get; set; }

    [BindProperty]
    public string? Purpose { get; set; }

    [BindProperty]
    public string? TargetGroup { get; set; }

    /// <summary>Absent where nobody has said.</summary>
    [BindProperty]
    public bool? PrivateAccount { get; set; }

    public IReadOnlyList<Choice> Owners { get; } = [new("false", "Myndighetens"), new("true", "Någons privata")];

    public IReadOnlyList<ChannelListed> Items { get; private set; } = [];

    public IReadOnlyList<Choice> Authorities { get; private set; } = [];

    public IReadOnlyList<Choice> AllPlatforms { get; } = [.. Platforms.All.Select(p => new Choice(p, PlatformName(p)))];

    /// <summary>foreslagna, pa-vag (not in use yet), or all.</summary>
    public string? Only { get; private set; }

    public bool MayChange { get; private set; }

    public string? Refused { get; private set; }

    public static string PlatformName(string platform) => platform switch
    {
        "facebook" => "Facebook",
        "instagram" => "Instagram",
        "linkedin" => "LinkedIn",
        "mastodon" => "Mastodon",
        "messenger" => "Messenger",
        "threads" => "Threads",
        "tiktok" => "TikTok",
        "x" => "X",
        "youtube" => "YouTube",
        _ => "Annan",
    };

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPostRegister(CancellationToken ct)
    {
        var (_, _, refused) = await register.Register(new(Authority, Platform, NativeAccountId, Handle, Address, Purpose, TargetGroup, PrivateAccount), HttpContext.Caller(), ct);
        if (refused is null)
        {
            TempData.Tell(Notice.Done("Kanalen är införd i förteckningen"));
            return LocalRedirect("/kanaler");
        }

        var command = new RegisterChannel(Authority, Platform, NativeAccountId, Handle, Address, Purpose, TargetGroup);
        foreach (var error in (await new RegisterChannel.Validator().ValidateAsync(command, ct)).Errors)
            ModelState.AddModelError(error.PropertyName == nameof(RegisterChannel.Url) ? nameof(Address) : error.PropertyName, error.ErrorMessage);
        if (ModelState.IsValid) ModelState.AddModelError(refused.Code == "private-account-forbidden" ? nameof(PrivateAccount) : "", refused.Explanation);
        return await Show(ct);
    }

    public async Task<IActionResult> OnPostClose(Guid id, string? reason, CancellationToken ct)
    {
        if (await close.Close(id, new(reason), HttpContext.Caller(), ct) is Outcome.Refused { Why: var why })
        {
            Refused = why.Explanation;
            return await Show(ct);
        }

        TempData.Tell(Notice.Done("Kanalen är avslutad", "Det som är fångat finns kvar."));
        return LocalRedirect("/kanaler");
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService) return Forbid();
        Only = Request.Query["lage"].ToString() is "foreslagna" or "pa-vag" ? Request.Query["lage"].ToString() : null;
        Items = [.. (await list.For(caller, ct)).Where(c => Only is null || c.State is ChannelState.Proposed || (Only == "pa-vag" && c.State is ChannelState.Approved))];
        MayChange = caller.MayAnywhere(Role.Kommunikator, Role.Admin);
        Authorities = [.. (await authorities.All(ct)).Where(a => caller.May(a.Id, Role.Kommunikator, Role.Admin)).Select(a => new Choice(a.Code, a.Name))];
        return Page();
    }
}
