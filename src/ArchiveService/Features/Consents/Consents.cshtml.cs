using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Consents;

/// <summary>/samtycken: who has consented to be seen, and what rests on it.</summary>
public sealed class ConsentsModel(ConsentRegister register, RecordReads reads, TimeProvider clock) : PageModel
{
    public IReadOnlyList<(ConsentRow Consent, ConsentWords Words)> Items { get; private set; } = [];

    public bool MayKeep { get; private set; }

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (caller.IsService || !caller.MayAnywhere(ConsentRegister.Readers)) return Forbid();
        var consents = await register.Of(caller, null, ct);
        var words = await register.Words([.. consents.Select(c => c.Id)], ct);
        await reads.Note(caller, consents.Select(c => (c.Id, RecordStates.Stored(c.Wall))), ct);
        Items = [.. consents.Select(c => (c, words.GetValueOrDefault(c.Id, ConsentWords.Gone)))];
        MayKeep = caller.MayAnywhere(GiveConsentHandler.Keepers);
        return Page();
    }

    public Mark Standing(ConsentRow consent) => Standing(consent, Swedish.Day(clock.GetUtcNow()));

    public static Mark Standing(ConsentRow consent, DateOnly today) => consent switch
    {
        { Disposed: true } => Marks.Destroyed,
        { WithdrawnOn: not null, StandingUses: > 0 } => Marks.Failed("Återkallat, inte nedtaget"),
        { WithdrawnOn: not null } => new(Icon.Struck, "Återkallat", Tone.Gone),
        _ => consent.HoldsOn(today) ? Marks.Done("Gäller") : new(Icon.TimePassed, "Gäller inte längre", Tone.Gone),
    };
}
