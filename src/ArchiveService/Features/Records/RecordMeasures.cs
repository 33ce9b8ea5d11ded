using ArchiveService.Access;
using ArchiveService.Features.Authorities;
using ArchiveService.Http;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>What is done about an item beside taking it down: notice to the sender, police report, the lock, a proposal that is not carried out.</summary>
public sealed class RecordMeasures(Records records, AuthorityRegister authorities, TimeProvider clock)
{
    private static readonly Refusal Unknown = Refusal.Unknown("record", "Handlingen finns inte, eller så får du inte se den.");

    public Task<Outcome> Notify(Guid id, NotifySender command, IfMatch expected, Caller caller, CancellationToken ct) => Decide(
        id, expected, caller, MayModerate, "Bara moderator, kommunikatör, registrator eller chef får anteckna ett besked.", (state, policy) => command.Decide(state, policy, clock.GetUtcNow()), null, ct);

    public Task<Outcome> Withdraw(Guid id, WithdrawTakeDown command, IfMatch expected, Caller caller, CancellationToken ct) => Decide(
        id, expected, caller, MayModerate, "Bara moderator, kommunikatör, registrator eller chef får avslå ett förslag.", command.Decide, null, ct);

    public async Task<(Outcome Outcome, Guid Hold)> Report(Guid id, PoliceReport command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var hold = Guid.CreateVersion7(clock.GetUtcNow());
        return (await Decide(
            id, expected, caller, MayReport, "Bara den som arbetar vid myndigheten får anteckna en polisanmälan.",
            (state, policy) => command.Decide(state, policy, clock.GetUtcNow(), hold), (_, state, policy, _) => Task.FromResult(PoliceReport.Hold(id, state, hold, policy.Version)), ct), hold);
    }

    /// <summary>No assignment and no role is asked for: whoever on the staff sees it locks it.</summary>
    public Task<Outcome> Restrict(Guid id, RestrictContent command, IfMatch expected, Caller caller, CancellationToken ct) => Decide(
        id, expected, caller, MayReport, "Bara den som arbetar vid myndigheten får låsa innehåll.", command.Decide, null, ct);

    private static bool MayModerate(Caller caller, Guid authority) => caller.May(authority, Role.Moderator, Role.Kommunikator, Role.Registrator, Role.Chef);

    /// <summary>A granskare reads only (domain §4.3).</summary>
    private static bool MayReport(Caller caller, Guid authority) =>
        !caller.IsService && caller.May(authority, Role.Moderator, Role.Registrator, Role.Arkivarie, Role.Chef, Role.Kommunikator, Role.Admin);

    private async Task<Outcome> Decide(
        Guid id, IfMatch expected, Caller caller, Func<Caller, Guid, bool> may, string no, Func<RecordState, Policy, Decision> decide,
        Func<NpgsqlTransaction, RecordState, Policy, CancellationToken, Task<Beside>>? also, CancellationToken ct)
    {
        if (await records.Find(id, caller, ct) is not { } seen) return Unknown;
        var policy = (await authorities.Find(seen.Authority, ct))!.Policy;
        return await records.Decide(
            id, expected, caller, state => may(caller, state.Authority) ? decide(state, policy) : Refusal.NotAllowed(no),
            also is null ? null : (transaction, state, token) => also(transaction, state, policy, token), ct);
    }
}
