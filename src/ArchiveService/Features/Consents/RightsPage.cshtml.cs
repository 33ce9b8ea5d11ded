using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Microsoft.AspNetCore.Mvc;

namespace ArchiveService.Features.Consents;

public sealed class RightsForm
{
    public string? Attachment { get; set; }

    public string? Basis { get; set; } = "own";

    public string? Holder { get; set; }

    public string? Source { get; set; }

    public string? Licence { get; set; }

    public string? Note { get; set; }
}

public sealed class LinkForm
{
    public Guid? Id { get; set; }
}

/// <summary>/handlingar/{id}/rattigheter: copyright, consents and the review of an own post.</summary>
public sealed class RightsPageModel(
    SealedLog log, RightsHandler handler, ConsentRegister register, ConsentHandler consentHandler, PublicationReviews reviews, AuthorityRegister authorities, TimeProvider clock) : RecordActPage(log)
{
    private readonly SealedLog log = log;

    private Dictionary<Guid, string> names = [];

    [BindProperty]
    public RightsForm Rights { get; set; } = new();

    [BindProperty]
    public LinkForm Consent { get; set; } = new();

    [BindProperty]
    public LinkForm Review { get; set; } = new();

    public IReadOnlyList<RightsStatement> Statements { get; private set; } = [];

    public IReadOnlyList<(ConsentRow Consent, string Name)> Consents { get; private set; } = [];

    /// <summary>Consents that hold and cover the channel, not linked yet.</summary>
    public IReadOnlyList<Choice> Choices { get; private set; } = [];

    public IReadOnlyList<Choice> OpenReviews { get; private set; } = [];

    public IReadOnlyList<Choice> Files { get; private set; } = [];

    public IReadOnlyList<Choice> Bases { get; } = [.. StateRights.Bases.Select(b => new Choice(b.Word, b.Said))];

    public Preconditions Standing { get; private set; } = new([]);

    private DateOnly Today => Swedish.Day(clock.GetUtcNow());

    public string NameOf(Guid file) => names.GetValueOrDefault(file, "En bilaga");

    public Mark Mark(ConsentRow consent) => ConsentsModel.Standing(consent, Today);

    public static FactList Told(RightsStatement s) => new(
    [
        new("Grund", StateRights.Said(s.Basis)),
        .. new[] { ("Upphovsrätten har", s.Holder), ("Källa", s.Source), ("Licens eller tillstånd", s.Licence), ("Anteckning", s.Note) }.Where(f => f.Item2 is not null).Select(f => new Fact(f.Item1, f.Item2!)),
    ]);

    protected override bool MayOpen(Caller caller, Guid authority) => caller.May(authority, Role.Kommunikator, Role.Moderator);

    protected override async Task Prepare(CancellationToken ct)
    {
        var (caller, state) = (HttpContext.Caller(), Glance!.State);
        var policy = (await authorities.Find(state.Authority, ct))!.Policy;
        names = await FileNames(ct);
        Files = [new("", "Hela inlägget"), .. names.Select(n => new Choice(n.Key.ToString("D"), n.Value))];
        Statements = await handler.Of(Id, ct);
        var used = await register.UsedBy(Id, caller, ct);
        var open = (await register.Of(caller, state.Channel, ct)).Where(c => c.Authority == state.Authority && c.HoldsOn(Today) && used.All(u => u.Id != c.Id)).ToList();
        var words = await register.Words([.. used.Concat(open).Select(c => c.Id)], ct);
        string Named(ConsentRow c) => words.GetValueOrDefault(c.Id, ConsentWords.Gone).Person ?? "gallrat";
        Consents = [.. used.Select(c => (c, Named(c)))];
        Choices = [.. open.Select(c => new Choice(c.Id.ToString("D"), $"{Named(c)}, {Swedish.Date(c.GivenOn)}"))];
        var review = await reviews.OfRecord(Id, ct) is [var first, ..] ? first : null;
        OpenReviews = review is not null ? [] : [.. (await reviews.OfChannel(state.Channel, ct)).Where(r => r is { Record: null, Suitable: true }).Select(r => new Choice(r.Id.ToString("D"), $"{Swedish.Date(r.ReviewedAt)}: {Short(r.Purpose)}"))];
        Standing = new(
        [
            Statements.Count > 0
                ? new(PageParts.Standing.Met, "Upphovsrätten är angiven")
                : new(PageParts.Standing.Attention, "Upphovsrätten är inte angiven", "Den ska alltid beaktas för bild och film (H-20) och framgå (R-07)"),
            (policy["consent.mode"], Consents.Count, Consents.Any(c => !c.Consent.HoldsOn(Today))) switch
            {
                (_, _, true) => new(PageParts.Standing.Attention, "Ett samtycke gäller inte längre", "Ta ned inlägget om det fortfarande står i kanalen"),
                (_, > 0, _) => new(PageParts.Standing.Met, "Samtycke finns"),
                ("gdpr" or "written", _, _) => new(PageParts.Standing.Attention, "Inget samtycke är knutet", $"Krävs om någon går att känna igen ({policy.Of("consent.mode").Requirement})"),
                _ => new(PageParts.Standing.Met, "Riktlinjen kräver inget samtycke", "Dataskyddsförordningen gäller ändå"),
            },
            (policy["publishing.suitability"], review) switch
            {
                (_, not null) => new(PageParts.Standing.Met, "Lämpligheten bedömdes före publiceringen", Swedish.DateAndClock(review!.ReviewedAt)),
                ("required", _) => new(PageParts.Standing.Blocks, "Ingen lämplighetsbedömning är knuten", $"Riktlinjen kräver en före all publicering ({policy.Of("publishing.suitability").Requirement})"),
                ("advised", _) => new(PageParts.Standing.Attention, "Ingen lämplighetsbedömning är knuten", $"Bör göras ({policy.Of("publishing.suitability").Requirement})"),
                _ => new(PageParts.Standing.Met, "Riktlinjen kräver ingen lämplighetsbedömning"),
            },
        ]);
    }

    protected override async Task<IActionResult> Send(CancellationToken ct)
    {
        var file = Guid.TryParse(Rights.Attachment, out var named) ? named : (Guid?)null;
        return await After(
            await handler.State(Id, new(file, Rights.Basis, Rights.Holder, Rights.Source, Rights.Licence, Rights.Note), Expected, HttpContext.Caller(), ct), Notice.Done("Upphovsrätten är angiven"),
            code => code switch
            {
                "holder-missing" => "Rights.Holder",
                "source-missing" => "Rights.Source",
                "basis-unknown" => "Rights.Basis",
                "attachment-unknown" => "Rights.Attachment",
                _ => "Rights.Note",
            }, ct, $"/handlingar/{Id:D}/rattigheter");
    }

    public async Task<IActionResult> OnPostConsent(CancellationToken ct)
    {
        if (Consent.Id is not { } consent) return await Ask("Consent.Id", "Välj ett samtycke.", ct);
        return await After(
            await consentHandler.Use(consent, new(Id, null), default, HttpContext.Caller(), ct), Notice.Done("Samtycket är knutet till inlägget"), _ => "Consent.Id", ct, $"/handlingar/{Id:D}/rattigheter");
    }

    public async Task<IActionResult> OnPostReview(CancellationToken ct)
    {
        if (Review.Id is not { } review) return await Ask("Review.Id", "Välj en bedömning.", ct);
        return await After(
            await reviews.Link(review, new(Id), HttpContext.Caller(), ct), Notice.Done("Bedömningen är knuten till inlägget"), _ => "Review.Id", ct, $"/handlingar/{Id:D}/rattigheter");
    }

    private static string Short(string? text) => text is { Length: > 60 } ? text[..60] + "…" : text ?? "";

    private async Task<Dictionary<Guid, string>> FileNames(CancellationToken ct)
    {
        var history = (await log.Store.ReadStream(Id, ct: ct)).Where(h => h.Event is AttachmentStored).ToList();
        var opened = await log.Open(history, ct);
        return history.Select(h => (((AttachmentStored)h.Event).Attachment, Parts: opened.GetValueOrDefault(h.Id)?.Parts)).Where(f => f.Parts is not null)
            .GroupBy(f => f.Attachment).ToDictionary(f => f.Key, f => f.First().Parts![Sealing.Parts.AttachmentFileName(f.Key)] ?? "En bilaga");
    }
}
