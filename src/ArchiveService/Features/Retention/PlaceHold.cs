using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Retention;

/// <summary>
/// Places a gallringsstopp on a record, a case or an account: while it stands nothing it covers is destroyed, whatever was decided or approved.
/// Placing waits for a destroying batch of the authority and a batch waits for it (archive.hold_gate), so there is nothing in between.
/// </summary>
public sealed record PlaceHold(string? Authority, Guid? Record, Guid? Case, Guid? Account, string? Ground, string? Reason)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/holds", async (PlaceHold command, Caller caller, HoldHandler handler, CancellationToken ct) =>
        {
            var (id, covered, last, refused) = await handler.Place(command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/holds/{id}", new { id, covered, lastSequence = last });
        })
        .WithName("place-hold");

    /// <summary>What is to be held; null unless exactly one thing is named.</summary>
    public (HoldKind Kind, Guid Target)? Target => (Record, Case, Account) switch
    {
        ({ } record, null, null) => (HoldKind.Record, record),
        (null, { } @case, null) => (HoldKind.Case, @case),
        (null, null, { } account) => (HoldKind.Account, account),
        _ => null,
    };

    /// <summary>Pure: the event, or why not.</summary>
    public Decision Decide(Guid authority, int policyVersion)
    {
        if (Target is not { } target) return Refusal.Input("hold-target", "Ange en sak att stoppa gallringen av: record, case eller account.");
        var ground = Ground ?? "other";
        if (!Words.HoldGrounds.ContainsKey(ground)) return Refusal.Input("hold-ground-unknown", $"Grunden kan vara: {string.Join(", ", Words.HoldGrounds.Keys)}.");
        if (Reason?.Trim() is not { Length: > 0 and <= 4000 } reason) return Refusal.Input("reason-missing", "Skriv varför gallringen stoppas, högst 4 000 tecken.");
        return new Happened(new DisposalHeld(authority, target.Kind, target.Target, ground, policyVersion), KeyClass.Office, new Parts().With("reason", reason));
    }
}

public static class LiftHold
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapDelete("/api/v1/holds/{id:guid}", async (Guid id, Caller caller, HoldHandler handler, CancellationToken ct) => (await handler.Lift(id, caller, ct)).Answer())
        .WithName("lift-hold");
}

public sealed class HoldHandler(SealedLog log, Databases databases, AuthorityRegister authorities, RetentionRegister register, TimeProvider clock)
{
    private static readonly Refusal NothingThere = Refusal.Unknown("hold-target", "Det som gallringen skulle stoppas för finns inte, eller så får du inte se det.");

    /// <returns>How many undisposed records the hold covers now, beside its id.</returns>
    public async Task<(Guid Id, long Covered, long LastSequence, Refusal? Refused)> Place(PlaceHold command, Caller caller, CancellationToken ct)
    {
        if (command.Target is not { } target) return (default, 0, 0, command.Decide(default, 0).Refused);
        if (await AuthorityOf(target.Kind, target.Target, ct) is not { } owner || await authorities.Find(owner, ct) is not { } authority || !caller.IsStaffOf(owner))
            return (default, 0, 0, NothingThere);
        if (Refuse(caller, owner) is { } notAllowed) return (default, 0, 0, notAllowed);
        var decision = command.Decide(owner, authority.Policy.Version);
        if (decision.Refused is not null) return (default, 0, 0, decision.Refused);

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var e = (DisposalHeld)decision.Events[0].Event;
        NpgsqlBatchCommand beside = new("insert into archive.holds (hold_id, authority_id, kind, target_id, ground) values ($1, $2, $3, $4, $5)")
        {
            Parameters = { new() { Value = id }, new() { Value = owner }, new() { Value = e.Kind.Stored() }, new() { Value = e.Target }, new() { Value = e.Ground } },
        };
        if (await log.Append([new(id, "hold", ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [beside], ct) is not Appended.Done done)
            return (default, 0, 0, Refusal.ChangedMeanwhile(0));
        return (id, await Covered(target.Kind, target.Target, ct), done.LastSequence, null);
    }

    public async Task<Outcome> Lift(Guid id, Caller caller, CancellationToken ct)
    {
        if (await register.FindHold(id, ct) is not { } hold || !caller.IsStaffOf(hold.Authority)) return Refusal.Unknown("hold", "Det finns inget gallringsstopp med det id:t.");
        if (Refuse(caller, hold.Authority) is { } notAllowed) return notAllowed;
        if (hold.LiftedAt is not null) return new Refusal("hold-lifted", "Gallringsstoppet är redan hävt.");
        var policy = (await authorities.Find(hold.Authority, ct))!.Policy;
        NpgsqlBatchCommand beside = new("update archive.holds h set lifted_at = s.timestamp from archive.mt_streams s where s.id = h.hold_id and h.hold_id = $1")
        {
            Parameters = { new() { Value = id } },
        };
        var lifted = new Happened(new DisposalHoldLifted(policy.Version));
        return await log.Append([new(id, "hold", ExpectedVersion.Exactly(1), [lifted])], log.NewKeySet(), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : new Refusal("hold-lifted", "Gallringsstoppet är redan hävt.");
    }

    private static Refusal? Refuse(Caller caller, Guid authority) =>
        caller is { IsService: false } && caller.May(authority, Role.Arkivarie, Role.Registrator)
            ? null
            : Refusal.NotAllowed("Bara en arkivarie eller registrator vid myndigheten kan stoppa gallring eller häva ett stopp.");

    private async Task<Guid?> AuthorityOf(HoldKind kind, Guid target, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(kind switch
        {
            HoldKind.Record => "select authority_id from archive.record_states where record_id = $1",
            HoldKind.Case => "select authority_id from archive.cases where case_id = $1",
            _ => "select authority_id from archive.record_states where account_id = $1 limit 1",
        });
        query.Parameters.Add(new() { Value = target });
        return (Guid?)await query.ExecuteScalarAsync(ct);
    }

    private async Task<long> Covered(HoldKind kind, Guid target, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(kind switch
        {
            HoldKind.Record => "select count(*) from archive.record_states where disposed_at is null and record_id = $1",
            HoldKind.Case => "select count(*) from archive.record_states where disposed_at is null and case_id = $1",
            _ => "select count(*) from archive.record_states where disposed_at is null and account_id = $1",
        });
        query.Parameters.Add(new() { Value = target });
        return (long)(await query.ExecuteScalarAsync(ct))!;
    }
}
