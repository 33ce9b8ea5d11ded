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
/// Bevarandebeslut: says that a record, everything in a case, or everything of a type at an authority is preserved. While it stands nothing it covers can reach a list,
/// unless a special act commands gallring (amendments part B, 8). It waits for a destroying batch and a batch waits for it, as a gallringsstopp does.
/// </summary>
public sealed record DecidePreservation(string? Authority, Guid? Record, Guid? Case, string? RecordType, string? Reference, string? Reason)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/preservations", async (DecidePreservation command, Caller caller, PreservationHandler handler, CancellationToken ct) =>
        {
            var (id, last, refused) = await handler.Decide(command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/preservations/{id}", new { id, lastSequence = last });
        }).WithName("decide-preservation");

        routes.MapPost("/api/v1/preservations/{id:guid}/lift", async (Guid id, LiftPreservation command, Caller caller, PreservationHandler handler, CancellationToken ct) =>
            (await handler.Lift(id, command, caller, ct)).Answer()).WithName("lift-preservation");

        routes.MapGet("/api/v1/preservations", async (Caller caller, PreservationHandler handler, CancellationToken ct) =>
        {
            var seen = caller.AuthoritiesWith(Worklist.Readers);
            if (caller.IsService || seen is []) return Problems.Refused(Refusal.NotAllowed("Bara arkivarie, registrator, chef och granskare ser bevarandebesluten."));
            return (IResult)TypedResults.Ok(new
            {
                items = (await handler.InForce(seen, caller, ct)).Select(p => new { p.Id, p.Authority, kind = p.Kind.Stored(), p.Target, p.RecordType, p.Reference, p.DecidedAt }),
            });
        }).WithName("list-preservations");
    }

    /// <summary>What is to be preserved; null unless exactly one thing is named.</summary>
    public (PreservationKind Kind, Guid? Target)? Target => (Record, Case, string.IsNullOrWhiteSpace(RecordType) ? null : RecordType) switch
    {
        ({ } record, null, null) => (PreservationKind.Record, record),
        (null, { } @case, null) => (PreservationKind.Case, @case),
        (null, null, not null) => (PreservationKind.Type, null),
        _ => null,
    };

    /// <summary>Pure: the event, or why not.</summary>
    public Decision Decide(Guid authority, int policyVersion)
    {
        if (Target is not { } target) return Refusal.Input("preservation-target", "Ange en sak att bevara: record, case eller recordType.");
        if (target.Kind == PreservationKind.Type && !Words.RecordTypes.ContainsKey(RecordType!.Trim()))
            return Refusal.Input("record-type-unknown", $"Handlingstypen {RecordType} finns inte. Möjliga: {string.Join(", ", Words.RecordTypes.Keys)}.");
        if (Reference?.Trim() is not { Length: > 0 and <= 200 } reference) return Refusal.Input("decision-reference-missing", "Ange beslutets beteckning, som KS § 94/2020-05-25.");
        if (Reason?.Trim() is not { Length: > 0 and <= 4000 } reason) return Refusal.Input("reason-missing", "Skriv varför det ska bevaras, högst 4 000 tecken.");
        return new Happened(
            new PreservationDecided(authority, target.Kind, target.Target, target.Kind == PreservationKind.Type ? RecordType!.Trim() : null, reference, policyVersion),
            KeyClass.Office, new Parts().With("reason", reason));
    }
}

/// <summary>Takes a decision to preserve back; the rules then say what they say.</summary>
public sealed record LiftPreservation(string? Reference, string? Reason)
{
    /// <summary>Pure.</summary>
    public Decision Decide(Preservation preservation, int policyVersion)
    {
        if (preservation.LiftedAt is not null) return new Refusal("preservation-lifted", "Bevarandebeslutet är redan upphävt.");
        if (Reference?.Trim() is not { Length: > 0 and <= 200 } reference) return Refusal.Input("decision-reference-missing", "Ange beteckningen på beslutet som upphäver bevarandet.");
        return Reason?.Trim() is not { Length: > 0 and <= 4000 } reason
            ? Refusal.Input("reason-missing", "Skriv varför det inte längre ska bevaras, högst 4 000 tecken.")
            : new Happened(new PreservationLifted(preservation.Authority, reference, policyVersion), KeyClass.Office, new Parts().With("reason", reason));
    }
}

public sealed record Preservation(Guid Id, Guid Authority, PreservationKind Kind, Guid? Target, string? RecordType, string Reference, DateTimeOffset DecidedAt, DateTimeOffset? LiftedAt);

public sealed class PreservationHandler(SealedLog log, Databases databases, AuthorityRegister authorities, Records.Records records, TimeProvider clock)
{
    private const string Rows = "select p.preservation_id, p.authority_id, p.kind, p.target_id, p.record_type, p.reference, p.decided_at, p.lifted_at from archive.preservations p";

    private static readonly Refusal NothingThere = Refusal.Unknown("preservation-target", "Det som skulle bevaras finns inte, eller så får du inte se det.");

    public async Task<(Guid Id, long LastSequence, Refusal? Refused)> Decide(DecidePreservation command, Caller caller, CancellationToken ct)
    {
        if (command.Target is not { } target) return (default, 0, command.Decide(default, 0).Refused);
        var (authority, refused) = target.Kind == PreservationKind.Type
            ? await authorities.ForArchivist(command.Authority, caller, "besluta om bevarande", ct)
            : await Owner(target.Kind, target.Target!.Value, caller, ct);
        if (authority is null) return (default, 0, refused);
        var decision = command.Decide(authority.Id, authority.Policy.Version);
        if (decision.Refused is not null) return (default, 0, decision.Refused);
        var e = (PreservationDecided)decision.Events[0].Event;
        if ((await InForce([authority.Id], null, ct)).Any(p => p.Kind == e.Kind && p.Target == e.Target && p.RecordType == e.RecordType))
            return (default, 0, new Refusal("already-preserved", "Ett bevarandebeslut gäller redan för det."));

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        NpgsqlBatchCommand beside = new("""
            insert into archive.preservations (preservation_id, authority_id, kind, target_id, record_type, reference, decided_at)
            select $1, $2, $3, $4, $5, $6, s.timestamp from archive.mt_streams s where s.id = $1
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = authority.Id }, new() { Value = e.Kind.Stored() }, new() { Value = (object?)e.Target ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                new() { Value = (object?)e.RecordType ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = e.Reference },
            },
        };
        return await log.Append([new(id, "preservation", ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
            ? (id, done.LastSequence, null)
            : (default, 0, Refusal.ChangedMeanwhile(0));
    }

    public async Task<Outcome> Lift(Guid id, LiftPreservation command, Caller caller, CancellationToken ct)
    {
        if ((await Read($"{Rows} where p.preservation_id = $1", ct, new NpgsqlParameter { Value = id })).SingleOrDefault() is not { } preservation || !caller.IsStaffOf(preservation.Authority)
            || (preservation.Kind == PreservationKind.Record && await records.Find(preservation.Target!.Value, caller, ct) is null))
            return Refusal.Unknown("preservation", "Det finns inget bevarandebeslut med det id:t.");
        if (Archivists.Refuse(caller, preservation.Authority, "upphäva ett bevarandebeslut") is { } notAllowed) return notAllowed;
        var decision = command.Decide(preservation, (await authorities.Find(preservation.Authority, ct))!.Policy.Version);
        if (decision.Refused is not null) return decision.Refused;
        NpgsqlBatchCommand beside = new("update archive.preservations p set lifted_at = s.timestamp from archive.mt_streams s where s.id = p.preservation_id and p.preservation_id = $1")
        {
            Parameters = { new() { Value = id } },
        };
        return await log.Append([new(id, "preservation", ExpectedVersion.Exactly(1), decision.Events)], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [beside], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : new Refusal("preservation-lifted", "Bevarandebeslutet är redan upphävt.");
    }

    /// <summary>Those in force that the caller may know of: that something secret is preserved tells that it is there. Null: all of them, for the decisions.</summary>
    public Task<List<Preservation>> InForce(IReadOnlyList<Guid>? seen, Caller? caller, CancellationToken ct) => Read($"""
        {Rows} where p.lifted_at is null and ($1::uuid[] is null or p.authority_id = any ($1)) and ($2 or p.kind <> 'record' or exists (
          select from archive.record_states s where s.record_id = p.target_id
            and (s.wall = 'open' or (s.wall = 'secret' and ($3::uuid[] is null or s.authority_id = any ($3))) or (s.wall = 'unassessed' and ($4::uuid[] is null or s.authority_id = any ($4))))))
        order by p.decided_at desc, p.preservation_id
        """, ct, RetentionRegister.Authorities(seen), new() { Value = caller is null }, RetentionRegister.Authorities(caller?.ReadsSecretsOf ?? (caller is null ? [] : null)),
        RetentionRegister.Authorities(caller is null || caller.IsService ? [] : caller.AuthoritiesWith(Role.Moderator, Role.Registrator)));

    /// <summary>Those that cover a record, with its case and its type.</summary>
    public Task<List<Preservation>> Of(Guid record, Guid authority, Guid? caseId, string recordType, CancellationToken ct) => Read($"""
        {Rows} where p.lifted_at is null and p.authority_id = $1 and (p.target_id in ($2, $3) or p.record_type = $4) order by p.decided_at
        """, ct, new() { Value = authority }, new() { Value = record }, new() { Value = (object?)caseId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = recordType });

    private async Task<(Authority? Authority, Refusal? Refused)> Owner(PreservationKind kind, Guid target, Caller caller, CancellationToken ct)
    {
        var owner = kind == PreservationKind.Record ? (await records.Find(target, caller, ct))?.Authority : await RetentionDateHandler.CaseOwner(databases, target, ct);
        if (owner is not { } id || !caller.IsStaffOf(id)) return (null, NothingThere);
        return Archivists.Refuse(caller, id, "besluta om bevarande") is { } notAllowed ? (null, notAllowed) : (await authorities.Find(id, ct), null);
    }

    private async Task<List<Preservation>> Read(string sql, CancellationToken ct, params NpgsqlParameter[] parameters)
    {
        await using var query = databases.Writer.CreateCommand(sql);
        query.Parameters.AddRange(parameters);
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Preservation>();
        while (await rows.ReadAsync(ct))
        {
            found.Add(new(
                rows.GetGuid(0), rows.GetGuid(1), Enum.Parse<PreservationKind>(rows.GetString(2), ignoreCase: true), rows.IsDBNull(3) ? null : rows.GetGuid(3), rows.IsDBNull(4) ? null : rows.GetString(4),
                rows.GetString(5), rows.GetFieldValue<DateTimeOffset>(6), rows.IsDBNull(7) ? null : rows.GetFieldValue<DateTimeOffset>(7)));
        }

        return found;
    }
}
