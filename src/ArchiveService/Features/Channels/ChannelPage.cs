using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Channels;

/// <summary>A page about one channel, with the forms that change it. What is sent carries the version that was read.</summary>
public abstract class ChannelPage(ChannelView view, ChannelStreams channels) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public long Version { get; set; }

    public ChannelDetails Channel { get; private set; } = null!;

    public ChannelLife Life { get; private set; } = null!;

    public Authority Authority { get; private set; } = null!;

    /// <summary>Why what was asked for was not done, where no field is to blame.</summary>
    public string? Refused { get; protected set; }

    public string Title => ChannelWords.Name(Channel.Platform, Channel.Handle);

    public bool IsClosed => Channel.State == ChannelState.Closed;

    public bool MayPrepare => !IsClosed && May(Role.Kommunikator, Role.Chef, Role.Admin);

    protected IfMatch Expected => ModelState.TryGetValue(nameof(Version), out var sent) && sent.Errors.Count > 0 ? new(-1) : new(Version == 0 ? null : Version);

    public bool May(params ReadOnlySpan<Role> any) => HttpContext.Caller().May(Life.Authority, any);

    public string Requirement(string key) => Authority.Policy.Of(key).Requirement;

    /// <summary>A form stays open while it has something to say.</summary>
    public bool IsOpen(string form) => ModelState.Any(field => field.Key.StartsWith(form + ".", StringComparison.Ordinal) && field.Value?.Errors.Count > 0);

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    protected async Task<IActionResult> Show(CancellationToken ct)
    {
        if (HttpContext.Caller().IsService) return Forbid();
        if (await view.Read(Id, HttpContext.Caller(), ct) is not { } read) return NotFound();
        (Channel, Life, Authority) = read;
        Version = Channel.Version;
        ModelState.Remove(nameof(Version));
        await Prepare(ct);
        return Page();
    }

    protected virtual Task Prepare(CancellationToken ct) => Task.CompletedTask;

    protected Task<Outcome> Decide(Func<ChannelLife, ChannelWorld, Decision> decide, CancellationToken ct) => channels.Decide(Id, Expected, HttpContext.Caller(), decide, ct: ct);

    /// <param name="field">The field that a refusal is about, by its code; null for none.</param>
    protected async Task<IActionResult> After(Outcome outcome, string done, string part, Func<string, string?>? field, CancellationToken ct)
    {
        if (outcome is Outcome.Refused { Why: var why })
        {
            if (why.Status == StatusCodes.Status404NotFound && why.Code == ChannelStreams.Unknown.Code) return NotFound();
            if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
            if (why.Status == StatusCodes.Status412PreconditionFailed) Refused = "Kanalen har ändrats sedan du öppnade sidan. Läs hur den står nu. Det du skrivit står kvar, och skickar du igen gäller det.";
            else if (field?.Invoke(why.Code) is { } about) ModelState.AddModelError(about, why.Explanation);
            else Refused = why.Explanation;
            return await Show(ct);
        }

        TempData.Tell(Notice.Done(done));
        return LocalRedirect($"{Request.Path}#{part}");
    }
}
