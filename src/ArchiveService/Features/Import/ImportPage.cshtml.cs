using ArchiveService.Access;
using ArchiveService.Capture;
using ArchiveService.Features.Deliveries;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Import;

/// <summary>/import: files stream into the store as they come; what was typed stands after a refusal or a dry run, the files have to be chosen again.</summary>
[StreamedForm]
[IgnoreAntiforgeryToken]
public sealed class ImportPageModel(Imports imports, Hosting.Databases databases) : PageModel
{
    private IReadOnlyList<IntakeChannel> channels = [];

    [BindProperty(SupportsGet = true)]
    public string? Channel { get; set; }

    public string? Form { get; set; }

    public string? Mapping { get; set; }

    public bool DryRun { get; set; } = true;

    public long Most => imports.Limit.Bytes;

    public IReadOnlyList<Choice> Channels { get; private set; } = [];

    public IReadOnlyList<Choice> Forms { get; } = [.. ImportForms.All.Select(form => new Choice(form.Name, FormWord(form.Name)))];

    public IReadOnlyList<ImportRow> Recent { get; private set; } = [];

    public IReadOnlyList<Tried> Tried { get; private set; } = [];

    public string ChannelName(Guid id) => channels.FirstOrDefault(c => c.Id == id) is { } found ? Name(found) : "–";

    public static string FormWord(string form) => form switch
    {
        "ndjson" => "NDJSON eller JSON, tjänstens egen form",
        "csv" => "CSV, en tabell med mappning",
        "mastodon" => "Mastodon, kontots arkiv (zip eller tar.gz)",
        "facebook-export" => "Facebook, nedladdad information",
        "instagram-export" => "Instagram, nedladdad information",
        "x-archive" => "X, kontots arkiv",
        "youtube-takeout" => "YouTube, Google Takeout",
        _ => form,
    };

    public static string Word(CapturedAct act) => $"{Swedish.Sentence(act.Act.ToString().ToLowerInvariant())}, {RecordViewWords.Kind(act.Kind.ToString().ToLowerInvariant()).ToLowerInvariant()}";

    public static string Short(string? text) => text is null ? "–" : text.Length <= 160 ? text : text[..160] + "…";

    public static Mark State(ImportRow row) => row.State switch
    {
        "waiting" when row.Problem is not null => Marks.Attention("Försöker igen"),
        "waiting" => Marks.Waiting("Väntar"),
        "running" => Marks.Waiting("Läses in"),
        "failed" => Marks.Failed("Gick inte"),
        _ => row.Rejected > 0 || row.Partial ? Marks.Attention("Inläst, allt kom inte med") : Marks.Done("Inläst"),
    };

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (UploadForm.Of(HttpContext, Most * 2) is not { } form) return BadRequest();
        var tokenMissing = Refusal.Input("form-token-missing", "Formuläret är för gammalt eller kom inte härifrån. Ladda om sidan och försök igen.");
        var taken = await imports.Take(form, Asked, HttpContext.Caller(), ct);

        async Task<(Guid?, Refusal?)> Asked()
        {
            if (!await StreamedFormAttribute.HasToken(HttpContext, form)) return (null, tokenMissing);
            return Guid.TryParse(form["channel"], out var id) ? (id, null) : (null, null);
        }

        if (taken is { Refused: null, Tried.Count: 0, Imports: [var first, ..] })
        {
            TempData.Tell(Notice.Done(taken.Imports.Count == 1 ? "Filen är mottagen" : $"{taken.Imports.Count} filer är mottagna", "Den är sparad förseglad och läses in nu."));
            return LocalRedirect(taken.Imports.Count == 1 ? $"/import/{first:D}" : "/import");
        }

        if (taken.Refused is { Status: StatusCodes.Status403Forbidden }) return Forbid();
        ModelState.Clear();
        (Channel, Form, Mapping, DryRun) = (form["channel"], form["form"], form["mapping"], form.Ticked("dryRun"));
        Tried = taken.Tried;
        if (taken.Refused is { } why)
        {
            if (why.Status is StatusCodes.Status413PayloadTooLarge or StatusCodes.Status503ServiceUnavailable) Response.StatusCode = why.Status;
            ModelState.AddModelError(why.Code switch { "channel-unknown" => nameof(Channel), "form-unknown" or "form-other-platform" => nameof(Form), "csv-mapping" or "csv-column" => nameof(Mapping), _ => "" }, why.Explanation);
        }

        return await Show(ct);
    }

    private static string Name(IntakeChannel channel) => $"{RecordViewWords.Platform(channel.Platform)} {channel.Handle}".Trim();

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (!caller.MayAnywhere(Imports.Importers)) return Forbid();
        channels = [.. (await IntakeView.Channels(databases, ct)).Where(c => caller.IsStaffOf(c.Authority))];
        Channels = [new("", "Välj en kanal"), .. channels.Where(c => Imports.MayImport(caller, c.Authority)).Select(c => new Choice(c.Id.ToString("D"), Name(c)))];
        Recent = await imports.Recent(caller, 50, ct);
        return Page();
    }
}
