using ArchiveService.Access;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Cases;

/// <summary>
/// Tjänsteanteckning (FL 27 §): what the authority got to know otherwise than by a document, when and by whom. It becomes document n of the case and can never be edited: what is
/// wrong is put right by a new note that names the old one.
/// </summary>
/// <param name="OccurredAt">Absent means now.</param>
/// <param name="With">Who called, came or met.</param>
/// <param name="Provision">What it says may be secret: the provision. Only the cleared read it then.</param>
public sealed record WriteNote(NoteMeans? Means, DateTimeOffset? OccurredAt, string? With, string? Text, int? Corrects, string? Provision)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/cases/{id:guid}/notes", async (Guid id, WriteNote command, IfMatch expected, Caller caller, CaseActs acts, CancellationToken ct) =>
            await Numbered.Answer(acts, id, expected, caller, command.Decide, ct))
        .WithName("write-case-note");

    /// <summary>Pure.</summary>
    public Decision Decide(CaseMoment at)
    {
        if ((at.NotHandled("skriva tjänsteanteckningar") ?? at.NotOpen()) is { } no) return no;
        if (Means is not { } means || !Enum.IsDefined(means)) return Refusal.Input("note-means", "Ange hur uppgiften kom fram: telefon, besök, möte, brev, egen iakttagelse eller annat sätt (FL 27 §).");
        if ((CaseInput.Required(Text, 20_000, "note-text", "Skriv vad som framkom (FL 27 §)") ?? CaseInput.AtMost(With, 300, "note-with", "Vem samtalet var med") ?? CaseInput.Provision(Provision)) is { } wrong) return wrong;
        if (OccurredAt is { } occurred && (occurred > at.Now.AddMinutes(5) || occurred.Year < 1900)) return Refusal.Input("note-time", "Tidpunkten kan inte ligga i framtiden, eller före 1900.");
        if (Corrects is { } wrongOne && !at.State.Notes.Contains(wrongOne)) return Refusal.Input("note-unknown", $"Handling {wrongOne} är ingen tjänsteanteckning i ärendet.");
        return new Happened(
            new CaseNoteWritten(at.NextDocument, means, OccurredAt ?? at.Now, at.Now, Corrects, CaseInput.Trimmed(Provision), at.PolicyVersion), KeyClass.Case,
            new Parts().With(Parts.Text, Text!.Trim()).With("with", CaseInput.Trimmed(With)));
    }
}

/// <summary>The answer of a command that made a document of the case.</summary>
internal static class Numbered
{
    public static async Task<IResult> Answer(
        CaseActs acts, Guid id, IfMatch expected, Caller caller, Func<CaseMoment, Decision> decide, CancellationToken ct,
        Func<Npgsql.NpgsqlTransaction, CaseMoment, Decision, Task<CaseBeside>>? also = null)
    {
        var (outcome, document, appeal) = await Make(acts, id, expected, caller, decide, ct, also);
        return outcome is Outcome.Done done
            ? TypedResults.Ok(new { documentNumber = document, appeal, done.LastSequence, done.Version })
            : outcome.Answer();
    }

    public static async Task<(Outcome Outcome, int Document, Guid? Appeal)> Make(
        CaseActs acts, Guid id, IfMatch expected, Caller caller, Func<CaseMoment, Decision> decide, CancellationToken ct,
        Func<Npgsql.NpgsqlTransaction, CaseMoment, Decision, Task<CaseBeside>>? also = null)
    {
        var (document, appeal) = (0, default(Guid?));
        var outcome = await acts.Decide(id, expected, caller, at =>
        {
            var decision = decide(at);
            (document, appeal) = (decision.Events is [var first, ..] ? first.Event : null) switch
            {
                CaseNoteWritten e => (e.DocumentNumber, default(Guid?)),
                CaseDecisionMade e => (e.DocumentNumber, null),
                CaseAppealReceived e => (e.DocumentNumber, e.Appeal),
                _ => (0, null),
            };
            return decision;
        }, ct, also);
        return (outcome, document, appeal);
    }
}
