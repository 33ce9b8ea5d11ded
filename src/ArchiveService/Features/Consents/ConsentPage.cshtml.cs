using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Consents;

/// <summary>/samtycken/{id}: one consent, what rests on it, and its withdrawal.</summary>
public sealed class ConsentPageModel(ConsentRegister register, ConsentHandler handler, ChannelList channels, RecordReads reads, SealedLog log, TimeProvider clock) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public long Version { get; set; }

    [BindProperty]
    public DateOnly? WithdrawnOn { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public ConsentRow Consent { get; private set; } = null!;

    public IReadOnlyList<ConsentUse> Uses { get; private set; } = [];

    public IReadOnlyList<ConsentUse> Standing => [.. Uses.Where(u => u.Stands)];

    public string Name { get; private set; } = "";

    public FactList Facts { get; private set; } = new([]);

    public Mark Mark => ConsentsModel.Standing(Consent, Swedish.Day(clock.GetUtcNow()));

    public bool MayWithdraw { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        WithdrawnOn = Swedish.Day(clock.GetUtcNow());
        return await Show(ct);
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (!ModelState.IsValid) return await Show(ct);
        if (await handler.Withdraw(Id, new(WithdrawnOn, Note), new(Version == 0 ? null : Version), HttpContext.Caller(), ct) is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done("Samtycket är återkallat", "Ta ned det som vilar på det och står kvar i kanalen."));
            return LocalRedirect($"/samtycken/{Id:D}");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Status == StatusCodes.Status404NotFound) return NotFound();
        if (why.Status == StatusCodes.Status412PreconditionFailed) ModelState.Remove(nameof(Version));
        ModelState.AddModelError(why.Code switch { "withdrawal-day" => nameof(WithdrawnOn), "note-too-long" => nameof(Note), _ => "" }, why.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await register.Find(Id, caller, ct) is not { } consent) return NotFound();
        await reads.Note(caller, [(Id, RecordStates.Stored(consent.Wall))], ct);
        Consent = consent;
        Uses = await register.Uses(Id, caller, ct);
        Version = RecordState.From(await log.Store.ReadStream(Id, ct: ct)).Version;
        var words = (await register.Words([Id], ct)).GetValueOrDefault(Id, ConsentWords.Gone);
        Name = words.Destroyed ? "någon (gallrat)" : words.Person ?? "";
        var named = (await channels.For(caller, ct)).ToDictionary(c => c.Id, c => $"{RecordViewWords.Platform(c.Platform)} {c.Handle}".Trim());
        Facts = new(
        [
            new("Till vad", words.Destroyed ? "Gallrat" : words.Purpose ?? ""),
            new("Kanaler", string.Join(", ", consent.Channels.Select(c => named.GetValueOrDefault(c, "en kanal")))),
            .. words.Guardian is { } guardian ? [new Fact("Vårdnadshavare", guardian)] : Array.Empty<Fact>(),
            new("Form", consent.Written ? "Skriftligt" : "Muntligt"),
            new("Gäller till och med", consent.ValidUntil is { } until ? Swedish.Date(until) : "tills det återkallas"),
            .. consent.WithdrawnOn is { } withdrawn ? [new Fact("Återkallat", Swedish.Date(withdrawn))] : Array.Empty<Fact>(),
            .. words.Note is { } note ? [new Fact("Anteckning", note)] : Array.Empty<Fact>(),
        ]);
        MayWithdraw = consent is { WithdrawnOn: null, Disposed: false } && caller.May(consent.Authority, GiveConsentHandler.Keepers);
        return Page();
    }
}
