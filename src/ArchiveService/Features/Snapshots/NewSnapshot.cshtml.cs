using System.Globalization;
using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Snapshots;

public sealed record KindField(string Field, string Word, string Formats, string Accept, bool Wanted);

/// <summary>/kanaler/{id}/ogonblicksbilder/ny: the files stream into the store as they come; what was typed stands after a refusal, the files have to be chosen again.</summary>
[StreamedForm]
[IgnoreAntiforgeryToken]
public sealed class NewSnapshotModel(ChannelRegister channels, ChannelList list, AuthorityRegister authorities, SnapshotRegister register, TakeSnapshotHandler handler, AttachmentLimit limit, TimeProvider clock) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty(SupportsGet = true)]
    public string? Order { get; set; }

    /// <summary>From the closing page: the occasion is chosen.</summary>
    [BindProperty(SupportsGet = true)]
    public string? Occasion { get; set; }

    public DateOnly? From { get; set; }

    public DateOnly? To { get; set; }

    public bool CoversContent { get; set; } = true;

    public bool CoversLayout { get; set; }

    public bool Screened { get; set; }

    public bool ContainsSecret { get; set; }

    public string? Provision { get; set; }

    public string? Note { get; set; }

    public string Title { get; private set; } = "";

    public IReadOnlyList<Choice> Orders { get; private set; } = [];

    public IReadOnlyList<Choice> Occasions { get; } = [.. TakeSnapshot.Occasions.Select(o => new Choice(o.Word, o.Said))];

    public IReadOnlyList<KindField> Kinds { get; private set; } = [];

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        CoversLayout = Occasion == "closing";
        To = Swedish.Day(clock.GetUtcNow());
        return await Show(ct);
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (UploadForm.Of(HttpContext, TakeSnapshotHandler.MostBytes(limit)) is not { } form) return BadRequest();
        var tokenMissing = Refusal.Input("form-token-missing", "Formuläret är för gammalt eller kom inte härifrån. Ladda om sidan och försök igen.");
        var (_, outcome) = await handler.Take(Id, form, async () => await StreamedFormAttribute.HasToken(HttpContext, form) ? null : tokenMissing, HttpContext.Caller(), ct);
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done("Ögonblicksbilden är sparad", "Den är en handling och kan registreras, lämnas ut och gallras som andra."));
            return LocalRedirect($"/kanaler/{Id:D}/ogonblicksbilder");
        }

        if (why.Status is StatusCodes.Status403Forbidden) return Forbid();
        if (why.Code == "channel-unknown") return NotFound();
        // What the address said is not what was typed.
        ModelState.Clear();
        Typed(form);
        if (why.Status is StatusCodes.Status413PayloadTooLarge or StatusCodes.Status503ServiceUnavailable) Response.StatusCode = why.Status;
        ModelState.AddModelError(Field(why.Code), why.Explanation);
        return await Show(ct);
    }

    private static string Field(string code) => code switch
    {
        "period-missing" or "period-wrong" => nameof(From),
        "occasion-unknown" => nameof(Occasion),
        "coverage-missing" => nameof(CoversContent),
        "snapshot-not-screened" => nameof(Screened),
        "provision-missing" => nameof(Provision),
        "order-unknown" => nameof(Order),
        "note-too-long" => nameof(Note),
        _ => "",
    };

    private void Typed(UploadForm form)
    {
        var read = TakeSnapshot.Read(form);
        (From, To, Occasion, CoversContent, CoversLayout) = (read.From, read.To, read.Occasion, read.CoversContent, read.CoversLayout);
        (Screened, ContainsSecret, Provision, Order, Note) = (read.Screened, read.ContainsSecret, read.Provision, form["order"], read.Note);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await channels.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NotFound();
        if (!caller.May(channel.Authority, SnapshotCalendar.Takers)) return Forbid();
        var listed = (await list.For(caller, ct)).First(c => c.Id == Id);
        Title = $"{RecordViewWords.Platform(listed.Platform)} {listed.Handle}".Trim();
        var open = (await register.Channels(null, Id, ct)).SelectMany(c => c.Orders).ToList();
        Orders = [new("", "Ingen"), .. open.Select(o => new Choice(o.Id.ToString("D"), $"{TakeSnapshot.Said(o.Occasion)}, senast {Swedish.Date(o.DueOn)}"))];
        if (Occasion is null && open.FirstOrDefault(o => o.Id.ToString("D") == Order) is { } answered) Occasion = TakeSnapshot.Occasions.First(o => o.Occasion == answered.Occasion).Word;
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        Kinds =
        [
            .. ArtefactFormats.Kinds.Select(k => (k, Allowed: ArtefactFormats.Allowed(k.Kind, policy["snapshot.formats"]))).Where(k => k.Allowed.Count > 0).Select(k => new KindField(
                k.k.Field, k.k.Word, string.Join(", ", k.Allowed.Select(f => ArtefactFormats.Known.First(n => n.Format == f).Word)),
                string.Join(',', k.Allowed.Select(f => f == "jpeg" ? ".jpg,.jpeg" : string.Create(CultureInfo.InvariantCulture, $".{f}"))), k.k.Field == policy["snapshot.kind"])),
        ];
        return Page();
    }
}
