using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Consents;

/// <summary>States whose an own post's text or picture is, and why it may be used (H-20, R-07: copyright clearly stated, external sources too).</summary>
/// <param name="Attachment">One of its files; the whole post when absent.</param>
public sealed record StateRights(Guid? Attachment, string? Basis, string? Holder, string? Source, string? Licence, string? Note)
{
    public static IReadOnlyList<(string Word, RightsBasis Basis, string Said)> Bases { get; } =
    [
        ("own", RightsBasis.Own, "Myndighetens egen"), ("licensed", RightsBasis.Licensed, "Med tillstånd eller licens"), ("creative-commons", RightsBasis.CreativeCommons, "Creative Commons eller liknande"),
        ("quotation", RightsBasis.Quotation, "Citat (upphovsrättslagen 22 §)"), ("public-domain", RightsBasis.PublicDomain, "Skyddas inte av upphovsrätt"),
    ];

    public static string Said(RightsBasis basis) => Bases.First(b => b.Basis == basis).Said;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/records/{id:guid}/rights", async (Guid id, StateRights command, IfMatch expected, Caller caller, RightsHandler handler, CancellationToken ct) =>
            (await handler.State(id, command, expected, caller, ct)).Answer()).WithName("state-rights");
        routes.MapGet("/api/v1/records/{id:guid}/rights", async (Guid id, Caller caller, Records.Records records, RightsHandler handler, ConsentRegister consents, PublicationReviews reviews, RecordReads reads, CancellationToken ct) =>
        {
            if (await records.Find(id, caller, ct) is not { } state) return Problems.Refused(Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den."));
            await reads.Note(caller, [(id, RecordStates.Stored(state.Wall))], ct);
            return (IResult)TypedResults.Ok(new
            {
                statements = await handler.Of(id, ct),
                consents = (await consents.UsedBy(id, caller, ct)).Select(c => new { c.Id, c.Age, c.Written, c.GivenOn, c.ValidUntil, c.WithdrawnOn }),
                reviews = await reviews.OfRecord(id, ct),
            });
        }).WithName("rights-of-record");
    }

    /// <summary>Pure.</summary>
    public Decision Decide(RecordState state, Policy policy)
    {
        if (state.Direction != Direction.DrawnUp || MadeHere.Is(state.RecordType)) return new Refusal("not-own-record", "Upphovsrätten anges för det myndigheten själv har publicerat.");
        if (Attachment is { } file && !state.AttachmentsExpected.Union(state.AttachmentsStored).Contains(file)) return Refusal.Input("attachment-unknown", "Bilagan hör inte till inlägget.");
        if (Bases.FirstOrDefault(b => b.Word == Basis) is not { Word: not null } basis) return Refusal.Input("basis-unknown", $"Grunden kan vara: {string.Join(", ", Bases.Select(b => b.Word))}.");
        if (new[] { Holder, Source, Licence }.Any(t => t is { Length: > 500 })) return Refusal.Input("rights-text", "Upphovsperson, källa och licens får vara högst 500 tecken var.");
        if (basis.Basis != RightsBasis.PublicDomain && string.IsNullOrWhiteSpace(Holder)) return Refusal.Input("holder-missing", "Ange vem som har upphovsrätten (R-07).");
        // R-07: what comes from an external source says so.
        if (basis.Basis != RightsBasis.Own && string.IsNullOrWhiteSpace(Source)) return Refusal.Input("source-missing", "Ange varifrån materialet kommer: används en extern källa ska det framgå (R-07).");
        if (Note is { Length: > 5000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 5000 tecken.");
        return new Happened(new RightsStated(Attachment, basis.Basis, policy.Version), KeyClass.Content,
            new Parts().With("holder", Text(Holder)).With("source", Text(Source)).With("licence", Text(Licence)).With("note", Text(Note)));
    }

    private static string? Text(string? value) => string.IsNullOrWhiteSpace(value) ? null : value.Trim();
}

public sealed record RightsStatement(Guid? Attachment, RightsBasis Basis, string? Holder, string? Source, string? Licence, string? Note, DateTimeOffset StatedAt);

public sealed class RightsHandler(Records.Records records, SealedLog log, AuthorityRegister authorities)
{
    public async Task<Outcome> State(Guid id, StateRights command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        return await records.Decide(id, expected, caller, state => caller.May(state.Authority, Role.Kommunikator, Role.Moderator)
            ? command.Decide(state, policy)
            : Refusal.NotAllowed("Bara kommunikatör eller moderator anger upphovsrätten."), ct: ct);
    }

    /// <summary>The last statement about the post and about each of its files. The caller's sight of the record is decided before.</summary>
    public async Task<IReadOnlyList<RightsStatement>> Of(Guid id, CancellationToken ct)
    {
        var stated = (await log.Store.ReadStream(id, ct: ct)).Where(h => h.Event is RightsStated).ToList();
        var opened = await log.Open(stated, ct);
        return [.. stated.Select(h => Read(h, opened.GetValueOrDefault(h.Id)?.Parts)).GroupBy(s => s.Attachment).Select(g => g.Last())];
    }

    private static RightsStatement Read(Recorded recorded, Parts? parts)
    {
        var stated = (RightsStated)recorded.Event;
        return new(stated.Attachment, stated.Basis, parts?["holder"], parts?["source"], parts?["licence"], parts?["note"], recorded.Time);
    }
}
