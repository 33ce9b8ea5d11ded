using ArchiveService.Access;
using ArchiveService.Features.Answering;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Records;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Registration = ArchiveService.Features.Records.Registration;

namespace ArchiveService.Features.Opening;

/// <summary>
/// What came in is meant for another authority: it is handed over, the sender is told, and it stays here kept in order (FL 6 and 8 §§, EX05).
/// What may hold something secret is registered first; then it can be handed over under its number.
/// </summary>
/// <param name="To">The authority it was handed to.</param>
/// <param name="Told">What the sender was told.</param>
/// <param name="NotTold">Why the sender could not be told, instead.</param>
public sealed record WrongAddressee(string? To, string? Told, string? NotTold = null, string? Note = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/wrong-addressee", async (Guid id, WrongAddressee command, IfMatch expected, Caller caller, WrongAddresseeHandler handler, CancellationToken ct) =>
            (await handler.HandOver(id, command, expected, caller, ct)).Answer())
        .WithName("wrong-addressee");

    public Decision Decide(RecordState state, Policy policy)
    {
        if (AnswerRecord.OnlyWhatCameIn(state) is { } why) return why;
        if (state.MisdirectedAt is not null) return new Refusal("already-handed-over", "Handlingen är redan lämnad vidare till rätt myndighet.");
        if (state.Registration == Registration.Routed) return new Refusal("already-registered", "Handlingen är redan överlämnad. Det går inte att ta tillbaka (I8).");
        if (state.Registration != Registration.Registered && state.Wall != Wall.Open)
            return new Refusal("secrecy-possible", "Handlingen kan omfattas av sekretess eller är inte bedömd. Då ska den registreras (OSL 5 kap. 1 §); registrera den och lämna den sedan vidare.");
        if (AnswerRecord.Clean(To) is not { Length: <= 300 } to) return Refusal.Input("addressee-missing", "Ange vilken myndighet handlingen har lämnats vidare till, högst 300 tecken (FL 8 §).");
        var (told, not) = (AnswerRecord.Clean(Told), AnswerRecord.Clean(NotTold));
        if (told is null && not is null) return Refusal.Input("sender-not-told", "Skriv vad avsändaren har fått veta om vart handlingen skickats (FL 6 §), eller varför det inte går att säga.");
        if (told is not null && not is not null) return Refusal.Input("sender-told-or-not", "Ange antingen vad avsändaren fick veta eller varför det inte gick, inte båda.");
        if (told is { Length: > 2000 } || not is { Length: > 2000 }) return Refusal.Input("notice-too-long", "Meddelandet får vara högst 2000 tecken.");
        if (Note is { Length: > 2000 }) return Refusal.Input("note-too-long", "Anteckningen får vara högst 2000 tecken.");

        List<Happened> events = [new(new RecordMisdirected(told is not null, policy.Version), KeyClass.Register, new Parts().With("to", to).With("told", told).With("notTold", not).With("note", AnswerRecord.Clean(Note)))];
        // It stays an incoming record, whatever the policy says of this authority's own: it is kept so that it can be found (OSL 5:1).
        if (state.Registration != Registration.Registered && state is not { Registration: Registration.KeptOrdered or Registration.Exempt, SettledByRule: null }) events.Add(new(new RecordKeptOrdered(policy.Version)));
        // To be told where to turn is the answer (FL 6 §); nobody waits for another one here.
        if (told is not null && !state.AnswerGiven) events.Add(new(new RecordAnswered(null, policy.Version), KeyClass.Register, new Parts().With(Parts.Text, told)));
        return new(events);
    }
}

public sealed class WrongAddresseeHandler(Records.Records records, AuthorityRegister authorities)
{
    public async Task<Outcome> HandOver(Guid id, WrongAddressee command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        return await records.Decide(id, expected, caller,
            state => caller.MayAssess(state.Authority) ? command.Decide(state, policy) : Refusal.NotAllowed("Bara moderator eller registrator får lämna en handling vidare till rätt myndighet."), ct: ct);
    }
}
