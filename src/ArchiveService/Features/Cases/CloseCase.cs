using ArchiveService.Access;
using ArchiveService.Features.Classification;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Cases;

/// <summary>
/// Avslutar ett ärende. A rule whose frist is counted from the end of the case gives a day from now on; a new document needs another case.
/// The checklist is gone through: what is not met is refused, or accepted with a reason each. Whoever sends neither is told by the policy: <c>case.closing</c> = <c>checklist</c> refuses,
/// <c>noted</c> writes down what was not met. An appeal that waits for the authority is never closed away (FL 46 §).
/// </summary>
/// <param name="Exceptions">By the name of the point: why the case is closed although it is not met.</param>
/// <param name="PaperMatched">Somebody compared the akt on paper with the case.</param>
/// <param name="Checklist">Hold me to the checklist whatever the policy says.</param>
/// <param name="DraftsWeeded">Whoever closes has weeded drafts and memory notes (arkivförordningen 3 §), those on paper and in other systems too. What is left here is archived with the case.</param>
public sealed record CloseCase(string? Reason, IReadOnlyDictionary<string, string>? Exceptions = null, bool? PaperMatched = null, bool? Checklist = null, bool? DraftsWeeded = null)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/cases/{id:guid}/close", async (Guid id, CloseCase command, IfMatch expected, Caller caller, CloseCaseHandler handler, CancellationToken ct) =>
            (await handler.Close(id, command, expected, caller, ct)).Answer()).WithName("close-case");
        routes.MapGet("/api/v1/cases/{id:guid}/closing", async (Guid id, Caller caller, CloseCaseHandler handler, CancellationToken ct) =>
            await handler.Checklist(id, caller, ct) is { } items ? TypedResults.Ok(new { items }) : (IResult)Problems.Refused(CaseActs.Unknown)).WithName("case-closing");
    }

    internal static string ReasonPart(ClosingItem item) => $"reason/{Name(item)}";

    internal static string Name(ClosingItem item) => Records.RecordStates.Stored(item);

    /// <summary>Pure. <paramref name="checklist"/> as it stands now.</summary>
    public Decision Decide(CaseMoment at, IReadOnlyList<ClosingCheck> checklist)
    {
        if (!at.IsRegistrator) return Refusal.NotAllowed("Bara en registrator får avsluta ett ärende.");
        if (at.State.ClosedAt is not null) return new Refusal("case-closed", "Ärendet är redan avslutat.");
        if (Reason is { Length: > 2000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 2000 tecken.");
        if (at.State.Appeals.Values.FirstOrDefault(a => a.IsWaiting) is { } waiting)
            return new Refusal("appeal-open", $"Överklagandet i handling {waiting.DocumentNumber} är inte rättidsprövat och överlämnat till domstolen. Ärendet kan inte avslutas förrän det är det (FL 45–46 §§).");
        var given = new Dictionary<ClosingItem, string>();
        foreach (var (name, why) in Exceptions ?? new Dictionary<string, string>())
        {
            if (Enum.GetValues<ClosingItem>().FirstOrDefault(i => string.Equals(Name(i), name, StringComparison.OrdinalIgnoreCase), (ClosingItem)(-1)) is var item && !Enum.IsDefined(item))
                return Refusal.Input("closing-item", $"{name} är ingen punkt i checklistan.");
            if (CaseInput.AtMost(why, 2000, "note-too-long", "Skälet") is { } wrong) return wrong;
            if (!string.IsNullOrWhiteSpace(why)) given[item] = why.Trim();
        }

        ClosingItem[] stated = [.. checklist.Where(c => !c.Met && (c.Item switch { ClosingItem.PaperMatched => PaperMatched, ClosingItem.DraftsWeeded => DraftsWeeded, _ => null }) == true).Select(c => c.Item)];
        ClosingItem[] missing = [.. checklist.Where(c => !c.Met && !stated.Contains(c.Item)).Select(c => c.Item)];
        var held = Checklist == true || at.Authority.Policy["case.closing"] == "checklist";
        if (held && missing.FirstOrDefault(m => !given.ContainsKey(m), (ClosingItem)(-1)) is var first && Enum.IsDefined(first))
        {
            return new Refusal(
                "closing-incomplete", $"Checklistan är inte klar: {string.Join("; ", missing.Where(m => !given.ContainsKey(m)).Select(CaseWords.Of))}. Åtgärda det, eller ange ett skäl för varje punkt.",
                StatusCodes.Status409Conflict, new Dictionary<string, object?>(StringComparer.Ordinal) { ["missing"] = missing.Where(m => !given.ContainsKey(m)).Select(Name).ToArray() });
        }

        var parts = new Parts().With("reason", CaseInput.Trimmed(Reason));
        foreach (var item in missing.Where(given.ContainsKey)) parts.With(ReasonPart(item), given[item]);
        return new Happened(new CaseClosed(at.Now, at.PolicyVersion, missing.Length == 0 ? null : missing, stated.Length == 0 ? null : stated), KeyClass.Case, parts);
    }
}

/// <summary>A point of the checklist, whether it is met, and what it is seen by.</summary>
public sealed record ClosingCheck(ClosingItem Item, bool Met, string Proof)
{
    public string Text => PageParts.Swedish.Sentence(CaseWords.Of(Item));
}

public sealed class CloseCaseHandler(CaseActs acts, Databases databases, ClassificationPlans plans)
{
    public async Task<Outcome> Close(Guid id, CloseCase command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(id, caller, ct) is not { State: var seen }) return CaseActs.Unknown;

        // The plan is asked for before, the documents of the case while nobody can register another one.
        var plan = await plans.Of(seen.Authority, ct);
        return await acts.DecideLocked(id, expected, caller, async (at, transaction) =>
        {
            await using var query = new NpgsqlCommand { Connection = transaction.Connection, Transaction = transaction };
            return command.Decide(at, Checklist(at.State, plan, await Facts(query, id, ct)));
        }, ct);
    }

    /// <summary>Null when the caller may not know of the case.</summary>
    public async Task<IReadOnlyList<ClosingCheck>?> Checklist(Guid id, Caller caller, CancellationToken ct)
    {
        if (await acts.Find(id, caller, ct) is not { State: var state }) return null;
        await using var query = databases.Writer.CreateCommand();
        return Checklist(state, await plans.Of(state.Authority, ct), await Facts(query, id, ct));
    }

    private static IReadOnlyList<ClosingCheck> Checklist(CaseState state, ClassificationPlan? plan, (int Unassessed, int Awaiting, int OnPaper, int Unruled, int Drafts) facts)
    {
        var known = plan is null || plan.Classes.Any(c => c.Code == state.ClassCode);
        int[] unsent = [.. state.Decisions.Values.Where(d => !d.Dispatched).Select(d => d.DocumentNumber)];
        var atCourt = state.Appeals.Values.Where(a => a is { IsOpen: true, IsWaiting: false }).ToList();
        return
        [
            new(ClosingItem.DocumentsFinal, facts is { Unassessed: 0, Awaiting: 0 }, facts is { Unassessed: 0, Awaiting: 0 }
                ? "Inget väntar på bedömning eller på bilagor"
                : PageParts.Swedish.Sentence(string.Join("; ", new[]
                {
                    facts.Unassessed == 0 ? null : $"{PageParts.Swedish.Count(facts.Unassessed, "handling väntar", "handlingar väntar")} på bedömning",
                    facts.Awaiting == 0 ? null : $"{PageParts.Swedish.Count(facts.Awaiting, "handling saknar", "handlingar saknar")} en bilaga som inte är hämtad",
                }.OfType<string>()))),
            new(ClosingItem.DraftsWeeded, false, facts.Drafts > 0
                ? $"{PageParts.Swedish.Count(facts.Drafts, "utkast eller minnesanteckning ligger", "utkast och minnesanteckningar ligger")} kvar under Arbetsmaterial: rensa, annars arkiveras det med ärendet (arkivförordningen 3 §)"
                : "Intygas av den som avslutar: inget arbetsmaterial ligger kvar här, men kan finnas på papper eller i andra system (arkivförordningen 3 §)"),
            new(ClosingItem.PaperMatched, facts.OnPaper + state.Appeals.Values.Count(a => !state.Records.ContainsKey(a.DocumentNumber)) == 0,
                facts.OnPaper == 0 ? "Inget i ärendet finns antecknat på papper" : $"{PageParts.Swedish.Count(facts.OnPaper, "handling finns", "handlingar finns")} på papper och ska jämföras"),
            new(ClosingItem.ClassSet, (state.ClassCode.Length > 0 || state.ExternalSystem is not null) && known, state.ClassCode.Length == 0 ? "Ingen klass" : known ? $"Klass {state.ClassCode}" : $"Klass {state.ClassCode} finns inte i planen"),
            new(ClosingItem.RetentionSet, facts.Unruled == 0, facts.Unruled == 0 ? "Varje handling har en regel eller bevaras" : $"{PageParts.Swedish.Count(facts.Unruled, "handling saknar", "handlingar saknar")} gallringsregel och beslut om bevarande"),
            new(ClosingItem.DecisionsDispatched, unsent.Length == 0, unsent.Length == 0 ? state.Decisions.Count == 0 ? "Inget beslut finns i ärendet" : "Alla beslut har skickats" : $"Inte expedierat: handling {string.Join(", ", unsent)}"),
            new(ClosingItem.NoOpenAppeal, state.OpenAppeals == 0, state.OpenAppeals == 0 ? "Inget öppet överklagande" : atCourt.Count > 0 ? "Ett överklagande prövas av domstolen" : "Ett överklagande väntar på rättidsprövning"),
            new(ClosingItem.OfficerAssigned, state.Officer is not null, state.Officer is not null ? "Handläggare finns" : "Ärendet har aldrig fördelats"),
        ];
    }

    private static async Task<(int Unassessed, int Awaiting, int OnPaper, int Unruled, int Drafts)> Facts(NpgsqlCommand query, Guid id, CancellationToken ct)
    {
        query.CommandText = """
            select count(*) filter (where s.wall = 'unassessed')::int,
                   count(*) filter (where exists (
                     select from archive.mt_events e cross join lateral jsonb_array_elements(e.data->'attachments') a
                     where e.stream_id = s.record_id and e.type in ('item_captured', 'item_edited') and not exists (select from archive.attachments t where t.attachment_id = (a->>'id')::uuid)))::int,
                   count(*) filter (where exists (select from archive.paper_copies p where p.record_id = s.record_id))::int,
                   count(*) filter (where not exists (select from archive.rules_of_records r where r.record_id = s.record_id))::int,
                   (select count(*) from archive.working_notes n where n.case_id = $1 and n.archived_at is null and n.cleansed_at is null)::int
            from archive.record_states s where s.case_id = $1 and s.disposed_at is null
            """;
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        return (row.GetInt32(0), row.GetInt32(1), row.GetInt32(2), row.GetInt32(3), row.GetInt32(4));
    }
}
