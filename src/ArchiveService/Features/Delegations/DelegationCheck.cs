using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Substitutes;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Delegations;

/// <summary>
/// Under which point of the delegationsordning somebody decides, or why they may not. An authority that has adopted none decides as its roles say,
/// and there is no point to note.
/// </summary>
public sealed record Delegated(Guid Authority, string Kind, int? Version, string? Number, Refusal? Refused)
{
    /// <summary>Whose point it is, when the one who decides is that person's substitute; null when the point is the decider's own.</summary>
    public StandIn? InPlaceOf { get; init; }

    /// <summary>What the decision writes in its own transaction so that it stands on the list for the next meeting; nothing when no delegationsordning is adopted.</summary>
    /// <param name="subjectKind">Kind of the stream decided on, such as disposal_run.</param>
    public (IReadOnlyList<Draft> Drafts, IReadOnlyList<NpgsqlBatchCommand> Statements) Noted(string subjectKind, Guid subject, Caller caller, int policyVersion, DateTimeOffset now)
    {
        if (Version is not { } version || Number is not { } number) return ([], []);
        var id = Guid.CreateVersion7(now);
        NpgsqlBatchCommand row = new("""
            insert into archive.delegated_decisions (decision_id, authority_id, kind, order_version, number, subject_kind, subject_id, decided_by, decided_at)
            select $1, $2, $3, $4, $5, $6, $7, $8, s.timestamp from archive.mt_streams s where s.id = $1
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = Authority }, new() { Value = Kind }, new() { Value = version }, new() { Value = number },
                new() { Value = subjectKind }, new() { Value = subject }, new() { Value = caller.PersonId },
            },
        };
        var taken = new DelegatedDecisionTaken(Authority, Kind, number, version, subjectKind, subject, caller.PersonId, policyVersion);
        Draft draft = new(id, "delegated_decision", ExpectedVersion.NewStream, [new(taken)]);
        if (InPlaceOf is not { } standIn) return ([draft], [row]);
        var (noted, note) = SubstituteRegister.Noted(standIn, caller, Kind, subjectKind, subject, policyVersion, now);
        return ([draft, noted], [row, note]);
    }
}

/// <summary>Asks by the code of the kind of decision (<see cref="DelegationKinds"/>): no point, no decision, once an ordning is adopted (KL 6 kap. 37 §, 7 kap. 5 §).</summary>
public sealed class DelegationCheck(Databases databases, TimeProvider clock)
{
    public async Task<Delegated> Under(Guid authority, string kind, Caller caller, CancellationToken ct)
    {
        // The version in force, whether any was ever adopted, and the first point of it that is the caller's.
        await using var query = databases.Writer.CreateCommand("""
            select exists (select from archive.delegation_orders o where o.authority_id = $1), v.version, p.number, p.own, p.person_id, p.role
            from (values (1)) one
            left join lateral (
              select o.version, o.valid_until from archive.delegation_orders o
              where o.authority_id = $1 and o.valid_from <= $5 order by o.valid_from desc, o.version desc limit 1) v on coalesce(v.valid_until >= $5, true)
            left join lateral (
              select p.number, (p.person_id = $3 or p.role = any ($4)) is true as own, p.person_id, p.role from archive.delegation_points p
              where p.authority_id = $1 and p.version = v.version and p.kind = $2 and (p.person_id = $3 or p.role = any ($4) or p.person_id = any ($6) or p.role = any ($7))
                and $5 between coalesce(p.valid_from, '-infinity') and coalesce(p.valid_until, 'infinity')
              -- One's own before another's.
              order by (p.person_id = $3 or p.role = any ($4)) is true desc, p.place limit 1) p on true
            """);
        query.Parameters.Add(new() { Value = authority });
        query.Parameters.Add(new() { Value = kind });
        query.Parameters.Add(new() { Value = caller.PersonId });
        query.Parameters.Add(new() { Value = Roles.All.Where(r => caller.May(authority, r)).Select(r => r.Stored()).ToArray() });
        query.Parameters.Add(new() { Value = Swedish.Day(clock.GetUtcNow()) });
        var standIns = caller.StandIns.Where(s => s.Authority == authority).ToList();
        query.Parameters.Add(new() { Value = standIns.Select(s => s.Person).ToArray() });
        query.Parameters.Add(new() { Value = standIns.SelectMany(s => s.Roles).Distinct().Select(r => r.Stored()).ToArray() });
        await using var row = await query.ExecuteReaderAsync(ct);
        await row.ReadAsync(ct);
        if (!row.GetBoolean(0)) return new(authority, kind, null, null, null);
        if (!row.IsDBNull(2))
        {
            var (own, person, role) = (row.GetBoolean(3), row.GetFieldValue<Guid?>(4), row.IsDBNull(5) ? (Role?)null : Roles.Parse(row.GetString(5)));
            return new(authority, kind, row.GetInt32(1), row.GetString(2), null) { InPlaceOf = own ? null : standIns.First(s => s.Person == person || (role is { } held && s.Roles.Contains(held))) };
        }

        var what = DelegationKinds.InSwedish(kind);
        return new(authority, kind, null, null, new("delegation-missing",
            row.IsDBNull(1)
                ? $"Ingen version av delegationsordningen gäller i dag, så ingen kan {what} på delegation (KL 6 kap. 37 §). För in den gällande, eller låt nämnden besluta."
                : $"Du har ingen punkt i delegationsordningen, version {row.GetInt32(1)}, för att {what}. Låt den som har punkten besluta, eller nämnden själv (KL 6 kap. 37 §).",
            StatusCodes.Status409Conflict, new Dictionary<string, object?>(StringComparer.Ordinal) { ["kind"] = kind }));
    }
}
