using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>
/// Sekretessmarkering of a note, a decision or an appeal on paper after it was written (OSL 5:5). What it says goes behind the wall in the same transaction, and what the public
/// diary told of it is taken back. A case that is closed can still be marked.
/// </summary>
public sealed record MarkCaseDocument(string? Provision, string? Note)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        const string One = "/api/v1/cases/{id:guid}/documents/{number:int}";
        routes.MapPost($"{One}/secrecy", async (Guid id, int number, MarkCaseDocument command, IfMatch expected, Caller caller, CaseDocumentHandler handler, CancellationToken ct) =>
            (await handler.Mark(id, number, command, expected, caller, ct)).Answer()).WithName("mark-case-document");
        routes.MapPost($"{One}/secrecy/review", async (Guid id, int number, ReviewCaseDocument command, IfMatch expected, Caller caller, CaseDocumentHandler handler, CancellationToken ct) =>
            (await handler.Review(id, number, command, expected, caller, ct)).Answer()).WithName("review-case-document");
        routes.MapPost($"{One}/secrecy/lift", async (Guid id, int number, LiftCaseDocument command, IfMatch expected, Caller caller, CaseDocumentHandler handler, CancellationToken ct) =>
            (await handler.Lift(id, number, command, expected, caller, ct)).Answer()).WithName("lift-case-document");
        routes.MapPost($"{One}/release", async (Guid id, int number, IfMatch expected, Caller caller, CaseDocumentHandler handler, CancellationToken ct) =>
            (await handler.Release(id, number, new(true), expected, caller, ct)).Answer()).WithName("release-case-document");
        routes.MapPost($"{One}/withhold", async (Guid id, int number, IfMatch expected, Caller caller, CaseDocumentHandler handler, CancellationToken ct) =>
            (await handler.Release(id, number, new(false), expected, caller, ct)).Answer()).WithName("withhold-case-document");
    }

    internal static Refusal Unknown(int number) => Refusal.Unknown("document", $"Handling {number} är ingen anteckning, inget beslut och inget överklagande på papper i ärendet, eller så får du inte se den.");

    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, int number)
    {
        if (!at.MayHandle && !at.By.May(at.State.Authority, Role.Arkivarie)) return Refusal.NotAllowed("Bara ärendets handläggare, en registrator eller en arkivarie får sekretessmarkera.");
        if (!at.State.Own.TryGetValue(number, out var document)) return Unknown(number);
        if (string.IsNullOrWhiteSpace(Provision) || Provision.Length > 200) return Refusal.Input("provision-missing", "Ange tillämplig bestämmelse, till exempel OSL 25 kap. 1 § (OSL 5 kap. 5 §).");
        if (CaseInput.AtMost(Note, 5000, "note-too-long", "Anteckningen") is { } wrong) return wrong;
        return document.Provision == Provision.Trim()
            ? Decision.Nothing
            : new Happened(new CaseDocumentMarked(number, Provision.Trim(), at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("note", CaseInput.Trimmed(Note)));
    }
}

public sealed record LiftCaseDocument(string? Reason)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, int number)
    {
        if (Refuse(at, number) is { } no) return no;
        return Reason?.Trim() is { Length: > 0 and <= 5000 } reason
            ? new Happened(new CaseDocumentMarkLifted(number, at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("reason", reason))
            : Refusal.Input("reason-missing", "Ange varför markeringen tas bort, högst 5000 tecken.");
    }

    /// <summary>Who may not read what is secret has no mark to examine: that there is one may itself be told to nobody else.</summary>
    internal static Refusal? Refuse(CaseMoment at, int number)
    {
        if (!at.By.May(at.State.Authority, Role.Registrator, Role.Arkivarie)) return Refusal.NotAllowed("Bara registrator eller arkivarie får pröva en sekretessmarkering på nytt eller ta bort den.");
        if (!at.State.Own.TryGetValue(number, out var document) || (document.Provision is not null && !at.By.MayReadSecret(at.State.Authority))) return MarkCaseDocument.Unknown(number);
        return document.Provision is null ? new Refusal("not-marked", $"Handling {number} har ingen sekretessmarkering.") : null;
    }
}

/// <summary>A mark examined anew (OSL 5:5): it stands, stands under another provision, or goes.</summary>
public sealed record ReviewCaseDocument(string? Outcome, string? Reason, string? Provision = null)
{
    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at, int number)
    {
        if (LiftCaseDocument.Refuse(at, number) is { } no) return no;
        if (ReviewSecrecy.Outcomes.FirstOrDefault(o => o.Word == Outcome) is not { Word: not null } chosen) return Refusal.Input("outcome-unknown", "Ange utfallet: stands (står kvar), changed (annan bestämmelse) eller lifted (tas bort).");
        if (Reason?.Trim() is not { Length: > 0 and <= 5000 } reason) return Refusal.Input("reason-missing", "Ange skälen för bedömningen, högst 5000 tecken.");
        if (chosen.Outcome != SecrecyOutcome.Changed && !string.IsNullOrWhiteSpace(Provision)) return Refusal.Input("provision-unexpected", "En bestämmelse anges bara när markeringen ska stå kvar med en annan.");
        var reviewed = new Happened(new CaseDocumentMarkReviewed(number, chosen.Outcome, at.Now, at.PolicyVersion), KeyClass.Case, new Parts().With("reason", reason));
        var then = chosen.Outcome switch
        {
            SecrecyOutcome.Changed => new MarkCaseDocument(Provision, null).Decide(at, number),
            SecrecyOutcome.Lifted => new LiftCaseDocument(reason).Decide(at, number),
            _ => Decision.Nothing,
        };
        return then.Refused is not null ? then : new Decision([reviewed, .. then.Events]);
    }
}

/// <summary>What everybody may read of a document of the case: date, number and kind; whom and what it concerns when a registrator has examined it.</summary>
public sealed record ReleaseCaseDocument(bool Release)
{
    /// <summary>Pure. <paramref name="behind"/>: something of the case is behind a wall, which this may tell of. <paramref name="personalNumber"/>: the entry holds one.</summary>
    public Decision Decide(CaseMoment at, int number, bool behind, bool personalNumber)
    {
        if (!at.IsRegistrator) return Refusal.NotAllowed("Bara en registrator får bestämma vad det publika diariet visar.");
        if (!at.State.Own.TryGetValue(number, out var document)) return MarkCaseDocument.Unknown(number);
        if (document.Released == Release) return Decision.Nothing;
        if (!Release) return new Happened(new CaseDocumentWithheld(number, at.PolicyVersion));
        if (document.Provision is not null || behind) return new Refusal("secrecy-possible", "Handlingen är sekretessmarkerad, eller så är något annat i ärendet det eller inte bedömt. Vem och vad den rör får inte visas (OSL 5 kap. 2 §).");
        if (document.Kind == CaseDocumentKind.Note && at.State.ClosedAt is null) return new Refusal("working-material", "En tjänsteanteckning står inte i det publika diariet förrän ärendet är avslutat (TF 2 kap. 9 och 12 §§).");
        return personalNumber
            ? new Refusal("personal-number", "Avsändaren eller saken innehåller ett personnummer. Det får inte stå i det publika diariet.")
            : new Happened(new CaseDocumentReleased(number, at.PolicyVersion));
    }
}

public sealed class CaseDocumentHandler(CaseActs acts, SealedLog log)
{
    public Task<Outcome> Mark(Guid id, int number, MarkCaseDocument command, IfMatch expected, Caller caller, CancellationToken ct) =>
        acts.Decide(id, expected, caller, at => command.Decide(at, number), ct);

    public Task<Outcome> Review(Guid id, int number, ReviewCaseDocument command, IfMatch expected, Caller caller, CancellationToken ct) =>
        acts.Decide(id, expected, caller, at => command.Decide(at, number), ct);

    public Task<Outcome> Lift(Guid id, int number, LiftCaseDocument command, IfMatch expected, Caller caller, CancellationToken ct) =>
        acts.Decide(id, expected, caller, at => command.Decide(at, number), ct);

    public async Task<Outcome> Release(Guid id, int number, ReleaseCaseDocument command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var personal = command.Release && await HoldsPersonalNumber(id, number, ct);
        return await acts.DecideLocked(id, expected, caller, async (at, transaction) =>
        {
            await using var query = new Npgsql.NpgsqlCommand(
                "select exists (select from archive.diary_entries e join archive.record_states s using (record_id) where e.case_id = $1 and s.wall <> 'open')", transaction.Connection, transaction);
            query.Parameters.Add(new() { Value = id });
            return command.Decide(at, number, (bool)(await query.ExecuteScalarAsync(ct))!, personal);
        }, ct);
    }

    private async Task<bool> HoldsPersonalNumber(Guid id, int number, CancellationToken ct)
    {
        var written = (await log.Store.ReadStream(id, ct: ct)).Where(e => e.Event switch
        {
            CaseNoteWritten n => n.DocumentNumber == number,
            CaseDecisionMade d => d.DocumentNumber == number,
            CaseProtocolRegistered p => p.DocumentNumber == number,
            CaseAppealReceived { Record: null } a => a.DocumentNumber == number,
            _ => false,
        }).ToList();
        var opened = await log.Open(written, ct);
        return written.Any(e => opened.GetValueOrDefault(e.Id)?.Parts is { } parts
            && (SecrecyHints.Any(parts["with"]) || SecrecyHints.Any(parts["appellant"]) || SecrecyHints.Any(parts[CaseDocumentTables.PublicPart] ?? parts[Parts.Subject])));
    }
}
