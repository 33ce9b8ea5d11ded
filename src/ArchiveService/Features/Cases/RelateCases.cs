using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>References between two cases, one in each; between authorities only by who is registrator at both (OSL 8 kap. 1 §).</summary>
/// <param name="Link"><c>related</c>, <c>continuedBy</c> or <c>continues</c>; absent means related.</param>
public sealed record RelateCases(Guid? Other, CaseLink? Link, string? Reason)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/cases/{id:guid}/relations", async (Guid id, RelateCases command, IfMatch expected, Caller caller, RelateCasesHandler handler, CancellationToken ct) =>
            (await handler.Relate(id, command, expected, caller, ct)).Answer())
        .WithName("relate-cases");

    /// <summary>Pure. <paramref name="other"/> is null when the caller may not know of it.</summary>
    public Decision Decide(CaseMoment at, CaseMoment? other)
    {
        if (!at.IsRegistrator) return Refusal.NotAllowed("Bara en registrator får göra hänvisningar mellan ärenden.");
        if (other is null) return Refusal.Unknown("other-case", "Det andra ärendet finns inte, eller så får du inte se det.");
        if (!other.IsRegistrator) return Refusal.NotAllowed("Du behöver vara registrator hos båda myndigheterna. Mellan dem går en sekretessgräns (OSL 8 kap. 1 §).");
        var link = Link ?? CaseLink.Related;
        if (link is not (CaseLink.Related or CaseLink.Continues or CaseLink.ContinuedBy)) return Refusal.Input("case-link", "Ange related, continues eller continuedBy.");
        if (at.State.Id == other.State.Id) return new Refusal("same-case", "Ett ärende kan inte hänvisa till sig självt.");
        if (CaseInput.AtMost(Reason, 2000, "note-too-long", "Anteckningen") is { } wrong) return wrong;
        if (at.State.Voided) return at.NotOpen()!;
        if (other.State.Voided) return other.NotOpen()!;
        return at.State.Links.Contains((other.State.Id, link)) ? Decision.Nothing : Of(at, other.State, link, Reason);
    }

    internal static CaseLink Back(CaseLink link) => link switch
    {
        CaseLink.Continues => CaseLink.ContinuedBy,
        CaseLink.ContinuedBy => CaseLink.Continues,
        CaseLink.SplitInto => CaseLink.SplitFrom,
        CaseLink.SplitFrom => CaseLink.SplitInto,
        _ => CaseLink.Related,
    };

    internal static Happened Of(CaseMoment at, CaseState to, CaseLink link, string? reason) =>
        new(new CaseRelated(to.Id, to.DiaryNumber, link, at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("reason", CaseInput.Trimmed(reason)));
}

public sealed class RelateCasesHandler(CaseActs acts)
{
    public async Task<Outcome> Relate(Guid id, RelateCases command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(id, caller, ct) is null) return CaseActs.Unknown;
        for (var attempt = 1; ; attempt++)
        {
            var other = command.Other is { } wanted ? await acts.Find(wanted, caller, ct) : null;
            var outcome = await acts.Decide(id, expected, caller, at => command.Decide(at, other), ct, (_, at, decision) =>
            {
                var related = (CaseRelated)decision.Events[0].Event;
                return Task.FromResult(new CaseBeside([new(other!.State.Id, "case", ExpectedVersion.Exactly(other.State.Version), [RelateCases.Of(other, at.State, RelateCases.Back(related.Link), command.Reason)])], []));
            }, along: other is null ? null : [other.State.Id]);

            // It may have been the other case that somebody changed.
            if (outcome is Outcome.Refused { Why.Code: "changed-meanwhile" } && expected.Version is null && attempt < 5) continue;
            return outcome;
        }
    }
}
