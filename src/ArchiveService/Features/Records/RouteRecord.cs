using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Records;

/// <summary>
/// Förs till en personakt eller patientjournal: instead of a registration only at the authority that keeps such akter itself (OSF 2 §). Between two nämnder
/// stands a wall (OSL 8:1): elsewhere it is registered as secret and handed over.
/// </summary>
/// <param name="Target"><c>personakt</c> or <c>patientjournal</c>.</param>
/// <param name="ReceivingUnit">The unit that keeps the akt.</param>
/// <param name="Receipt">Who received it, or under what number.</param>
/// <param name="ReceivedOn">A day of the Swedish calendar; absent means today.</param>
/// <param name="Provision">The provision that makes it belong there. A record that is not marked as secret is marked with it.</param>
public sealed record RouteRecord(string? Target, string? ReceivingUnit, string? Receipt, DateOnly? ReceivedOn, string? Provision)
{
    public static IReadOnlyList<(string Target, string Word)> Targets { get; } = [("personakt", "personakt"), ("patientjournal", "patientjournal")];

    public static string TargetWord(string target) => Targets.FirstOrDefault(t => t.Target == target).Word ?? target;

    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/route", async (Guid id, RouteRecord command, IfMatch expected, Caller caller, RouteRecordHandler handler, CancellationToken ct) =>
            (await handler.Route(id, command, expected, caller, ct)).Answer())
        .WithName("route-record");

    /// <summary>Whether the authority keeps such akter itself.</summary>
    public static bool Holds(Policy policy, string target) => policy["routing.holds"] == "both" || policy["routing.holds"] == target;

    public static bool HoldsAny(Policy policy) => policy["routing.holds"] != "none";

    /// <summary>Pure. <paramref name="clock"/> is now.</summary>
    public Decision Decide(RecordState state, Policy policy, DateTimeOffset clock)
    {
        if (Targets.All(t => t.Target != Target)) return Refusal.Input("route-target", $"Ange vilket slags akt handlingen förs till (target): {string.Join(" eller ", Targets.Select(t => t.Target))}.");

        // OSF 2 §, amendments 0.3: only where the akt is kept.
        if (!Holds(policy, Target!))
        {
            return new Refusal("akt-not-held",
                $"Myndigheten håller inga {(Target == "personakt" ? "personakter" : "patientjournaler")}, så handlingen kan inte föras dit i stället för att registreras (OSF 2 §). Sekretessmarkera den, registrera den här och lämna över den till den nämnd som håller akten.");
        }

        if (MadeHere.Is(state.RecordType)) return new Refusal("made-here", "Handlingen är gjord i arkivet och hör inte till någon akt.");
        if (state.RoutedTo is not null) return new Refusal("already-routed", $"Handlingen är redan förd till {TargetWord(state.RoutedTo)}.");
        if (string.IsNullOrWhiteSpace(ReceivingUnit) || ReceivingUnit.Length > 200) return Refusal.Input("receiving-unit-missing", "Ange enheten som tar emot handlingen, högst 200 tecken.");
        if (string.IsNullOrWhiteSpace(Receipt) || Receipt.Length > 500) return Refusal.Input("receipt-missing", "Ange kvittensen: vem som tog emot, eller aktens beteckning, högst 500 tecken.");
        if (string.IsNullOrWhiteSpace(Provision) || Provision.Length > 200) return Refusal.Input("provision-missing", "Ange tillämplig bestämmelse, till exempel OSL 26 kap. 1 §, högst 200 tecken.");
        var today = Swedish.Day(clock);
        if (ReceivedOn > today || ReceivedOn < Swedish.Day(state.ReceivedAt)) return Refusal.Input("received-on", "Dagen då enheten tog emot handlingen ligger mellan den dag den kom in och i dag.");
        if (state is { Wall: Wall.Open, Assessment: { SecrecySuspected: false } })
            return new Refusal("assessed-open", "Handlingen är bedömd: inget tyder på sekretess. Då hör den inte till en akt utan registreras eller hålls ordnad. Bedöm den på nytt om det är fel.");
        if (policy["routing.registration"] is var too && state.Registration != Registration.Registered && (too == "always-too" || (too == "removed-too" && state.TakenDownByAuthority)))
        {
            return new Refusal("register-first", too == "always-too"
                ? "Myndighetens riktlinje för det som kan omfattas av sekretess till diariet (T-14). Registrera handlingen först och för den sedan till akten."
                : "Det som har tagits ned registreras med motiveringen, också när det hör till en akt (H-25). Registrera handlingen först och för den sedan till akten.");
        }

        var routed = new Happened(
            new RecordRouted(Target!, policy.Version, ReceivedOn ?? today), KeyClass.Register,
            new Parts().With("receiver", ReceivingUnit.Trim()).With("receipt", Receipt.Trim()).With("provision", Provision.Trim()));

        // What belongs in an akt is regulated by secrecy (OSL 3:1): it goes behind the wall in the same moment.
        return state.SecrecyMarked ? routed : new Decision([new(new SecrecyMarked(state.Authority, Provision.Trim(), clock, policy.Version), KeyClass.Register, new Parts()), routed]);
    }
}

public sealed class RouteRecordHandler(Records records, AuthorityRegister authorities, TimeProvider clock)
{
    public async Task<Outcome> Route(Guid id, RouteRecord command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        return await records.Decide(id, expected, caller,
            state => caller.May(state.Authority, Role.Registrator) ? command.Decide(state, policy, clock.GetUtcNow()) : Refusal.NotAllowed("Bara en registrator får föra en handling till en akt."), ct: ct);
    }
}
