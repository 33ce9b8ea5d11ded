using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Features.Retention;
using ArchiveService.Http;

namespace ArchiveService.Features.Opening;

/// <param name="Version">The version that was read; absent means whatever stands there now.</param>
public sealed record InboxRow(Guid Id, long? Version = null);

/// <summary>What comes of a row: it is settled, or stays for the reason of a refusal.</summary>
/// <param name="State">Null when the reader may not know of the record.</param>
public sealed record SettledRow(Guid Id, RecordState? State, string? Text, Refusal? Refused)
{
    public long? Version => State?.Version;

    /// <summary>What it says, where that may be shown without a reading being noted.</summary>
    public string? Shown => State is { Wall: Wall.Open, Locked: false } ? Text : null;
}

/// <summary>
/// Many rows of the morning list kept ordered or exempted at once, with one reason. Each is decided for itself under its own guards and has its own
/// event; what cannot be done is said of the row, and the others are done all the same. Registration is never done so: every document is looked at.
/// </summary>
/// <param name="How"><c>keepOrdered</c> or <c>exempt</c>.</param>
public sealed record SettleInbox(string? How, IReadOnlyList<InboxRow>? Records, string? Reason = null, Guid? DisposalDecision = null, bool Preview = false)
{
    public const string Keep = "keepOrdered";

    public const string Exempt = "exempt";

    public const int Most = 200;

    /// <summary>Pure: what is wrong with the command whatever its rows are.</summary>
    public Refusal? Check() =>
        How is not (Keep or Exempt) ? Refusal.Input("how-unknown", "Ange hur raderna ska få sitt utfall (how): keepOrdered eller exempt. Övriga utfall ges för en handling i taget.")
        : Records is not { Count: > 0 } ? Refusal.Input("records-missing", "Välj minst en rad.")
        : Records.Count > Most ? Refusal.Input("too-many-records", $"Välj högst {Most} rader åt gången.")
        : Reason is { Length: > 2000 } ? Refusal.Input("reason-missing", "Skälet får vara högst 2000 tecken.")
        : How == Exempt && !Preview && string.IsNullOrWhiteSpace(Reason) ? Refusal.Input("reason-missing", "Ange varför handlingarna är av uppenbart ringa betydelse, högst 2000 tecken.")
        : How == Keep && DisposalDecision is not null ? Refusal.Input("decision-not-asked", "Ett gallringsbeslut anges bara för det som undantas.")
        : null;

    /// <summary>Pure: as for one record, and nothing that somebody has given another outcome meanwhile (R-14, T-15, T-16, V-10).</summary>
    public Decision Decide(RecordState state, Policy policy, DisposalDecision? decision)
    {
        if (state.Direction != Direction.Received || MadeHere.Is(state.RecordType)) return new Refusal("not-incoming", "Handlingen har inte kommit in och står inte i postöppningen.");
        if (state is { MorningOutcome: not null, SettledByRule: null }) return new Refusal("has-outcome", "Handlingen har redan ett utfall.");
        if (How == Keep) return new KeepOrdered().Decide(state, policy);
        if (decision is not null && !decision.RecordTypes.Contains(state.RecordType, StringComparer.Ordinal))
            return new Refusal("decision-not-covering", $"Gallringsbeslutet {decision.Reference} omfattar inte handlingens typ.");

        // What is missing of the reason is asked for once, of all.
        return new ExemptRecord(Preview && string.IsNullOrWhiteSpace(Reason) ? "–" : Reason, DisposalDecision).Decide(state, policy);
    }
}

public sealed class InboxSettling(Records.Records records, RecordBatches batches, RetentionRegister retention)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/authorities/{code}/inbox/settle", async (string code, SettleInbox command, Caller caller, InboxSettling settling, MorningList list, CancellationToken ct) =>
        {
            var (authority, no) = await list.Find(code, caller, ct);
            if (authority is null) return Problems.Refused(no!);
            var (rows, last, refused) = await settling.Settle(authority, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(new
            {
                settled = rows.Count(r => r.Refused is null),
                rows = rows.Select(r => new { id = r.Id, done = r.Refused is null && !command.Preview, allowed = r.Refused is null, version = r.Version, code = r.Refused?.Code, why = r.Refused?.Explanation }),
                lastSequence = last,
            });
        })
        .WithName("settle-inbox");

    public static bool May(Caller caller, Guid authority) => caller.MayAssess(authority);

    /// <summary>What each row would come to, or has come to.</summary>
    public async Task<(IReadOnlyList<SettledRow> Rows, long LastSequence, Refusal? Refused)> Settle(Authority authority, SettleInbox command, Caller caller, CancellationToken ct)
    {
        if (!May(caller, authority.Id)) return ([], 0, Refusal.NotAllowed("Bara moderator eller registrator håller ordnad och undantar."));
        if (command.Check() is { } wrong) return ([], 0, wrong);
        DisposalDecision? decision = null;
        if (command.DisposalDecision is { } named)
        {
            decision = await retention.FindDecision(named, ct);
            if (decision is null || decision.Authority != authority.Id || !decision.IsInForce(await retention.Today(ct)))
                return ([], 0, Refusal.Input("decision-unknown", "Gallringsbeslutet finns inte hos myndigheten eller gäller inte i dag."));
        }

        List<InboxRow> asked = [.. command.Records!.DistinctBy(r => r.Id)];
        var read = (await batches.Read([.. asked.Select(r => r.Id)], ct)).ToDictionary(r => r.Id);
        var rows = new List<SettledRow>();
        var last = 0L;
        foreach (var row in asked)
        {
            // A record of another authority is as unknown here as one that is not.
            if (!read.TryGetValue(row.Id, out var seen) || Records.Records.Invisible(seen.State, caller) || seen.State.Authority != authority.Id)
            {
                rows.Add(new(row.Id, null, null, Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.")));
                continue;
            }

            if (command.Preview)
            {
                rows.Add(new(row.Id, seen.State, seen.Text,
                    row.Version is { } version && version != seen.State.Version ? Refusal.ChangedMeanwhile(seen.State.Version)
                    : seen.State.DisposedAt is not null ? new("record-disposed", "Handlingen är gallrad. Inget mer kan göras med den.")
                    : command.Decide(seen.State, authority.Policy, decision).Refused));
                continue;
            }

            var outcome = await records.Decide(row.Id, new(row.Version), caller, state =>
                state.Authority != authority.Id ? Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.") : command.Decide(state, authority.Policy, decision), ct: ct);
            if (outcome is Outcome.Done done) last = Math.Max(last, done.LastSequence);
            rows.Add(new(row.Id, outcome is Outcome.Done { Version: var after } ? seen.State with { Version = after } : seen.State, seen.Text, (outcome as Outcome.Refused)?.Why));
        }

        return (rows, last, null);
    }
}
