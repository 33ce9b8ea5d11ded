using ArchiveService.Access;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.ByHand;

/// <summary>/kanaler/{id}/registrera-inlagg: what was typed stands after a refusal, the files have to be chosen again.</summary>
[StreamedForm]
[IgnoreAntiforgeryToken]
public sealed class ByHandPageModel(ChannelRegister channels, ChannelList list, CaptureByHandHandler handler) : PageModel
{
    public static IReadOnlyList<Choice> Kinds { get; } = Of(CaptureByHand.Kinds);

    public static IReadOnlyList<Choice> Audiences { get; } = Of(CaptureByHand.Audiences);

    public static IReadOnlyList<Choice> Certainties { get; } = Of(CaptureByHand.Certainties);

    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    public string? Kind { get; set; }

    public bool Own { get; set; }

    public string? AuthorName { get; set; }

    public string? AuthorHandle { get; set; }

    public string? AuthorNativeId { get; set; }

    public string? Text { get; set; }

    public string? Permalink { get; set; }

    public string? NativeId { get; set; }

    public string? Day { get; set; }

    public string? Clock { get; set; }

    public bool TimeUncertain { get; set; }

    public string? Audience { get; set; }

    public string? Certainty { get; set; } = "observed";

    public string? SeenBy { get; set; }

    public string? SeenDay { get; set; }

    public string? Note { get; set; }

    public bool EvenSo { get; set; }

    public string Title { get; private set; } = "";

    public IReadOnlyList<Guid> Same { get; private set; } = [];

    public async Task<IActionResult> OnGet(CancellationToken ct)
    {
        SeenBy = HttpContext.Caller().Name;
        return await Show(ct);
    }

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (UploadForm.Of(HttpContext, CaptureByHand.MostBytes) is not { } form) return BadRequest();
        var tokenMissing = Refusal.Input("form-token-missing", "Formuläret är för gammalt eller kom inte härifrån. Ladda om sidan och försök igen.");
        var done = await handler.Capture(Id, form, async () => await StreamedFormAttribute.HasToken(HttpContext, form) ? null : tokenMissing, HttpContext.Caller(), ct);
        if (done.Refused is not { } why)
        {
            var link = new LinkButton("Handlingen", $"/handlingar/{done.Record:D}");
            TempData.Tell(done.WasKnown ? Notice.Info("Inlägget fanns redan", "Det du förde in sade inget nytt om det.", link) : Notice.Done("Inlägget är sparat", "Det syns i sökningen om en stund.", link));
            return LocalRedirect($"/kanaler/{Id:D}/registrera-inlagg");
        }

        if (why.Status is StatusCodes.Status403Forbidden) return Forbid();
        if (why.Code == "channel-unknown") return NotFound();
        ModelState.Clear();
        Typed(CaptureByHand.Read(form));
        Same = done.Same;
        if (why.Status is StatusCodes.Status413PayloadTooLarge or StatusCodes.Status503ServiceUnavailable) Response.StatusCode = why.Status;
        ModelState.AddModelError(Field(why.Code), why.Explanation);
        return await Show(ct);
    }

    private static string Field(string code) => code switch
    {
        "kind-unknown" => nameof(Kind),
        "content-missing" or "text-too-long" => nameof(Text),
        "seen-by-missing" => nameof(SeenBy),
        "permalink-unreadable" => nameof(Permalink),
        "own-account-unknown" => nameof(AuthorNativeId),
        "time-unreadable" => nameof(Day),
        "seen-day-unreadable" => nameof(SeenDay),
        "note-too-long" => nameof(Note),
        "already-captured" => nameof(EvenSo),
        _ => "",
    };

    private void Typed(CaptureByHand read)
    {
        (Kind, Own, AuthorName, AuthorHandle, AuthorNativeId, Text) = (read.Kind, read.Own, read.AuthorName, read.AuthorHandle, read.AuthorNativeId, read.Text);
        (Permalink, NativeId, Day, Clock, TimeUncertain, Audience) = (read.Permalink, read.NativeId, read.Day, read.Clock, read.TimeUncertain, read.Audience);
        (Certainty, SeenBy, SeenDay, Note, EvenSo) = (read.Certainty, read.SeenBy, read.SeenDay, read.Note, read.EvenSo);
    }

    private static IReadOnlyList<Choice> Of(IReadOnlyDictionary<string, string> words) => [.. words.Select(word => new Choice(word.Key, word.Value))];

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await channels.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NotFound();
        if (!caller.May(channel.Authority, CaptureByHandHandler.Writers)) return Forbid();
        var listed = (await list.For(caller, ct)).First(c => c.Id == Id);
        Title = $"{RecordViewWords.Platform(listed.Platform)} {listed.Handle}".Trim();
        return Page();
    }
}
