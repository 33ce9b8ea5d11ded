using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Retention;

/// <summary>
/// Places a gallringsstopp on a record, a case, an account or a search: while it stands nothing it covers is destroyed, whatever was decided or approved.
/// Placing waits for a destroying batch of the authority and a batch waits for it (archive.hold_gate), so there is nothing in between.
/// </summary>
/// <param name="Authority">Needed for a search; for the others it is the target's.</param>
/// <param name="Search">What a record must be for the hold to cover it, now or later.</param>
/// <param name="Mandate">What the stop rests on: a provision, a decision, a case number elsewhere.</param>
public sealed record PlaceHold(string? Authority, Guid? Record, Guid? Case, Guid? Account, string? Ground, string? Reason, HoldFilter? Search = null, string? Mandate = null)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/holds", async (PlaceHold command, Caller caller, HoldHandler handler, CancellationToken ct) =>
        {
            var (id, covered, last, refused) = await handler.Place(command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/holds/{id}", new { id, covered, lastSequence = last });
        })
        .WithName("place-hold");

    /// <summary>What is to be held; null unless exactly one thing is named. A search is its own target, so it has none yet.</summary>
    public (HoldKind Kind, Guid Target)? Target => (Record, Case, Account, Search) switch
    {
        ({ } record, null, null, null) => (HoldKind.Record, record),
        (null, { } @case, null, null) => (HoldKind.Case, @case),
        (null, null, { } account, null) => (HoldKind.Account, account),
        (null, null, null, not null) => (HoldKind.Search, Guid.Empty),
        _ => null,
    };

    /// <summary>Pure: the event, or why not.</summary>
    /// <param name="hold">The hold's own id, which a search has as its target.</param>
    public Decision Decide(Guid authority, int policyVersion, Guid hold = default)
    {
        if (Target is not { } target) return Refusal.Input("hold-target", "Ange en sak att stoppa gallringen av: record, case, account eller search.");
        var ground = Ground ?? "other";
        if (!Words.HoldGrounds.ContainsKey(ground)) return Refusal.Input("hold-ground-unknown", $"Grunden kan vara: {string.Join(", ", Words.HoldGrounds.Keys)}.");
        if (Reason?.Trim() is not { Length: > 0 and <= 4000 } reason) return Refusal.Input("reason-missing", "Skriv varför gallringen stoppas, högst 4 000 tecken.");
        if (Mandate?.Trim() is { Length: > 500 }) return Refusal.Input("mandate-too-long", "Stödet (lagrum, beslut eller ärende) får vara högst 500 tecken.");
        var filter = Search?.Tidy();
        if (filter is not null && Unusable(filter) is { } wrong) return wrong;
        var parts = new Parts().With("reason", reason);
        if (Mandate?.Trim() is { Length: > 0 } mandate) parts.With("mandate", mandate);
        return new Happened(new DisposalHeld(authority, target.Kind, filter is null ? target.Target : hold, ground, policyVersion, filter), KeyClass.Office, parts);
    }

    private static Refusal? Unusable(HoldFilter filter) =>
        filter.AsksNothing() ? Refusal.Input("hold-search-empty", "Ange vad urvalet gäller: kanal, handlingstyp, period, konto eller läge. Ett stopp utan urval skulle stoppa all gallring.")
        : filter.To < filter.From ? Refusal.Input("hold-search-period", "Urvalets sista dag kan inte ligga före den första.")
        : Outside(filter.RecordTypes, Words.RecordTypes, "Handlingstypen", without: Disclosures.DisclosureState.RecordType)
            ?? Outside(filter.Directions, Words.Directions, "Riktningen") ?? Outside(filter.Visibilities, Words.Visibilities, "Läget i kanalen") ?? Outside(filter.Registrations, Words.Registrations, "Registreringen");

    private static Refusal? Outside(IReadOnlyList<string>? asked, IReadOnlyDictionary<string, string> known, string what, string? without = null) =>
        asked?.FirstOrDefault(a => a == without || !known.ContainsKey(a)) is { } unknown
            ? Refusal.Input("hold-search-unknown", $"{what} {unknown} kan inte stå i ett urval. Den kan vara: {string.Join(", ", known.Keys.Where(k => k != without))}.")
            : null;

    /// <summary>The inline row, in the transaction of the event.</summary>
    internal static NpgsqlBatchCommand Row(Guid hold, DisposalHeld e)
    {
        static NpgsqlParameter Ids(IReadOnlyList<Guid>? ids) => new() { Value = (object?)ids?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid };
        static NpgsqlParameter Codes(IReadOnlyList<string>? codes) => new() { Value = (object?)codes?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
        static NpgsqlParameter Day(DateOnly? day) => new() { Value = (object?)day ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date };
        var f = e.Filter;
        return new("""
            insert into archive.holds (hold_id, authority_id, kind, target_id, ground, channels, record_types, directions, visibilities, registrations, accounts, received_from, received_to)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
            """)
        {
            Parameters =
            {
                new() { Value = hold }, new() { Value = e.Authority }, new() { Value = e.Kind.Stored() }, new() { Value = e.Target }, new() { Value = e.Ground },
                Ids(f?.Channels), Codes(f?.RecordTypes), Codes(f?.Directions), Codes(f?.Visibilities), Codes(f?.Registrations), Ids(f?.Accounts), Day(f?.From), Day(f?.To),
            },
        };
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
        var (authority, unknown) = target.Kind is HoldKind.Search ? await Named(command, caller, ct) : await Owner(target, caller, ct);
        if (authority is null) return (default, 0, 0, unknown);
        if (Refuse(caller, authority.Id) is { } notAllowed) return (default, 0, 0, notAllowed);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var decision = command.Decide(authority.Id, authority.Policy.Version, id);
        if (decision.Refused is not null) return (default, 0, 0, decision.Refused);
        if (command.Search is { } search && await NotTheirs(search.Tidy(), authority.Id, ct) is { } another) return (default, 0, 0, another);

        var e = (DisposalHeld)decision.Events[0].Event;
        if (await log.Append([new(id, "hold", ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [PlaceHold.Row(id, e)], ct) is not Appended.Done done)
            return (default, 0, 0, Refusal.ChangedMeanwhile(0));
        return (id, await Covered(id, ct), done.LastSequence, null);
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

    private async Task<(Authority? Authority, Refusal? Refused)> Owner((HoldKind Kind, Guid Target) target, Caller caller, CancellationToken ct) =>
        await AuthorityOf(target.Kind, target.Target, ct) is { } owner && await authorities.Find(owner, ct) is { } found && caller.IsStaffOf(owner) ? (found, null) : (null, NothingThere);

    private async Task<(Authority? Authority, Refusal? Refused)> Named(PlaceHold command, Caller caller, CancellationToken ct)
    {
        if (command.Authority?.Trim() is not { Length: > 0 } code) return (null, Refusal.Input("authority-missing", "Ange myndighetens kod: ett urval gäller en myndighet."));
        return (Guid.TryParse(code, out var id) ? await authorities.Find(id, ct) : await authorities.Find(code, ct)) is { } found && caller.IsStaffOf(found.Id)
            ? (found, null)
            : (null, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."));
    }

    /// <summary>A channel of somebody else, or an account nobody has seen here, would make a hold that never covers anything.</summary>
    private async Task<Refusal?> NotTheirs(HoldFilter search, Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select (select count(*) from archive.channels c where c.authority_id = $1 and c.channel_id = any ($2)) < cardinality($2)
                or (select count(distinct s.account_id) from archive.record_states s where s.authority_id = $1 and s.account_id = any ($3)) < cardinality($3)
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = search.Channels?.ToArray() ?? [] });
        query.Parameters.Add(new() { Value = search.Accounts?.ToArray() ?? [] });
        return (bool)(await query.ExecuteScalarAsync(ct))! ? NothingThere : null;
    }

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

    private async Task<long> Covered(Guid hold, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand($"select ({HoldList.CoveredBy("true")}) from archive.holds h where h.hold_id = $1");
        query.Parameters.Add(new() { Value = hold });
        return (long)(await query.ExecuteScalarAsync(ct))!;
    }
}
