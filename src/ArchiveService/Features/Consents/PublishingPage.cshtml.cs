using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using Microsoft.AspNetCore.Mvc;
using Microsoft.AspNetCore.Mvc.RazorPages;

namespace ArchiveService.Features.Consents;

/// <summary>/kanaler/{id}/publicering: lämplighetsbedömning before something is published (V-01).</summary>
public sealed class PublishingPageModel(ChannelRegister channels, ChannelList list, AuthorityRegister authorities, ConsentRegister consents, PublicationReviews reviews, TimeProvider clock) : PageModel
{
    [BindProperty(SupportsGet = true)]
    public Guid Id { get; set; }

    [BindProperty]
    public string? Purpose { get; set; }

    [BindProperty]
    public string? Secrecy { get; set; }

    [BindProperty]
    public string? PersonalData { get; set; }

    [BindProperty]
    public string? Consent { get; set; }

    [BindProperty]
    public string? Copyright { get; set; }

    [BindProperty]
    public string? Politics { get; set; }

    [BindProperty]
    public bool Identifiable { get; set; }

    [BindProperty]
    public List<Guid> Consents { get; set; } = [];

    [BindProperty]
    public string? Result { get; set; }

    [BindProperty]
    public string? Note { get; set; }

    public string Title { get; private set; } = "";

    public string Rule { get; private set; } = "";

    public bool MayReview { get; private set; }

    public IReadOnlyList<ReviewRow> Reviews { get; private set; } = [];

    public IReadOnlyList<Choice> ConsentChoices { get; private set; } = [];

    public IReadOnlyList<Choice> Answers { get; } = [.. ReviewPublication.Answers.Select(a => new Choice(a.Word, a.Said))];

    public static string Question(string word) => ReviewPublication.Questions.First(q => q.Word == word) is var q ? $"{q.Said} ({q.Requirement})" : "";

    private Dictionary<string, string> Checks =>
        new[] { ("secrecy", Secrecy), ("personalData", PersonalData), ("consent", Consent), ("copyright", Copyright), ("politics", Politics) }.Where(c => c.Item2 is not null).ToDictionary(c => c.Item1, c => c.Item2!);

    public IReadOnlyList<Choice> Results { get; } = [new("suitable", "Lämpligt att publicera"), new("unsuitable", "Olämpligt: publicera inte")];

    public async Task<IActionResult> OnGet(CancellationToken ct) => await Show(ct);

    public async Task<IActionResult> OnPost(CancellationToken ct)
    {
        if (Result is not ("suitable" or "unsuitable")) ModelState.AddModelError(nameof(Result), "Välj om det är lämpligt eller inte.");
        if (!ModelState.IsValid) return await Show(ct);
        var (_, outcome) = await reviews.Review(Id, new(Purpose, Checks, Identifiable, Consents, Result == "suitable", Note), HttpContext.Caller(), ct);
        if (outcome is not Outcome.Refused { Why: var why })
        {
            TempData.Tell(Notice.Done("Bedömningen är sparad", "När inlägget är publicerat och fångat knyter du den till det på inläggets sida Rättigheter."));
            return LocalRedirect($"/kanaler/{Id:D}/publicering");
        }

        if (why.Status == StatusCodes.Status403Forbidden) return Forbid();
        if (why.Status == StatusCodes.Status404NotFound) return NotFound();
        ModelState.AddModelError(why.Code switch { "purpose-missing" => nameof(Purpose), "consent-missing" => nameof(Identifiable), "not-suitable" => nameof(Result), "note-too-long" => nameof(Note), _ => "" }, why.Explanation);
        return await Show(ct);
    }

    private async Task<IActionResult> Show(CancellationToken ct)
    {
        var caller = HttpContext.Caller();
        if (await channels.Find(Id, ct) is not { } channel || !caller.IsStaffOf(channel.Authority)) return NotFound();
        var listed = (await list.For(caller, ct)).First(c => c.Id == Id);
        Title = $"{RecordViewWords.Platform(listed.Platform)} {listed.Handle}".Trim();
        var policy = (await authorities.Find(channel.Authority, ct))!.Policy;
        var requirement = policy.Of("publishing.suitability").Requirement;
        Rule = policy["publishing.suitability"] switch
        {
            "required" => $"Riktlinjen kräver att allt bedöms innan det publiceras ({requirement}).",
            "advised" => $"Det bör bedömas innan det publiceras ({requirement}).",
            _ => $"Riktlinjen kräver ingen samlad bedömning ({requirement}), men den får göras.",
        };
        MayReview = channel.ClosedAt is null && caller.May(channel.Authority, PublicationReviews.Reviewers);
        Reviews = await reviews.OfChannel(Id, ct);
        if (MayReview)
        {
            var today = Swedish.Day(clock.GetUtcNow());
            var open = (await consents.Of(caller, Id, ct)).Where(c => c.HoldsOn(today)).ToList();
            var words = await consents.Words([.. open.Select(c => c.Id)], ct);
            ConsentChoices = [.. open.Select(c => new Choice(c.Id.ToString("D"), words.GetValueOrDefault(c.Id, ConsentWords.Gone).Person ?? "gallrat", Swedish.Date(c.GivenOn)))];
        }

        return Page();
    }
}
