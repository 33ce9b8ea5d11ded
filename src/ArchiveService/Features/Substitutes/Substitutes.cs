using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Substitutes;

public sealed record SubstitutionListed(
    Guid Id, string Authority, string AuthorityName, Guid Person, string Name, Guid Substitute, string SubstituteName, DateOnly From, DateOnly Until, SubstitutionStanding Standing, string NamedBy,
    DateTimeOffset NamedAt, DateTimeOffset? EndedAt, string? Note, string? Reason, IReadOnlyList<SubstituteActListed> Acts);

/// <summary>Something that was done in another's place.</summary>
public sealed record SubstituteActListed(string Kind, string Did, string SubjectKind, Guid Subject, DateTimeOffset At);

/// <summary>Names and ends substitutes, lists them, and notes what is done in another's place.</summary>
public sealed class SubstituteRegister(SealedLog log, Databases databases, AuthorityRegister authorities, SeparateDuties duties, TimeProvider clock)
{
    private static readonly Refusal Unknown = Refusal.Unknown("substitution", "Ersättaren finns inte.");

    public DateOnly Today => Swedish.Day(clock.GetUtcNow());

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/substitutions", async (string? authority, Guid? person, Caller caller, SubstituteRegister register, CancellationToken ct) =>
            caller.IsService
                ? Problems.Refused(Refusal.NotAllowed("Ett tjänstekonto har ingen ersättare."))
                : (IResult)TypedResults.Ok(new { items = await register.For(caller, authority, person, ct) })).WithName("substitutions");
        routes.MapPost("/api/v1/substitutions", async (NameStandIn command, Caller caller, SubstituteRegister register, CancellationToken ct) =>
        {
            var (id, last, refused) = await register.Name(command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/substitutions/{id}", new { id, lastSequence = last });
        }).WithName("name-substitute-at-authority");
        routes.MapPost("/api/v1/substitutions/{id:guid}/end", async (Guid id, EndSubstitution? command, Caller caller, SubstituteRegister register, CancellationToken ct) =>
            (await register.End(id, command ?? new(), caller, ct)).Answer()).WithName("end-substitution");
    }

    public async Task<(Guid Id, long LastSequence, Refusal? Refused)> Name(NameStandIn command, Caller caller, CancellationToken ct)
    {
        if (string.IsNullOrWhiteSpace(command.Authority)) return (default, 0, Refusal.Input("authority-missing", "Ange myndighetens kod."));
        if (await authorities.Find(command.Authority.Trim(), ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (default, 0, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {command.Authority}."));
        var (person, today) = (command.Person ?? caller.PersonId, Today);
        var same = command is { Substitute: { } substitute, Until: { } until } ? await Same(authority.Id, person, substitute, command.From ?? today, until, ct) : null;
        var decision = command.Decide(new(authority, await Party(person, ct), command.Substitute is { } asked ? await Party(asked, ct) : null, today, duties, same is not null), caller);
        if (decision.Refused is not null) return (default, 0, decision.Refused);
        if (decision.Events.Count == 0) return (same!.Value, 0, null);

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var named = (SubstituteNamed)decision.Events[0].Event;
        NpgsqlBatchCommand row = new("""
            insert into archive.substitutions (substitution_id, authority_id, person_id, substitute_id, valid_from, valid_until, named_by, named_at)
            select $1, $2, $3, $4, $5, $6, $7, s.timestamp from archive.mt_streams s where s.id = $1
            """)
        {
            Parameters =
            {
                new() { Value = id }, new() { Value = named.Authority }, new() { Value = named.Person }, new() { Value = named.Substitute }, new() { Value = named.From }, new() { Value = named.Until },
                new() { Value = caller.PersonId },
            },
        };
        return await log.Append([new(id, Substitution.StreamType, ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [row], ct) is Appended.Done done
            ? (id, done.LastSequence, null)
            : (default, 0, Refusal.ChangedMeanwhile(0));
    }

    public async Task<Outcome> End(Guid id, EndSubstitution command, Caller caller, CancellationToken ct)
    {
        if (Substitution.Read(id, await log.Store.ReadStream(id, ct: ct)) is not { } found || !caller.IsStaffOf(found.Authority)) return Unknown;
        var decision = command.Decide(found, (await authorities.Find(found.Authority, ct))!.Policy, Today, caller);
        // Whoever has no part in it does not learn that it exists.
        if (decision.Refused is { } why) return why.Code == "not-allowed" ? Unknown : why;
        if (decision.Events.Count == 0) return new Outcome.Done(0, found.Version);
        NpgsqlBatchCommand row = new("update archive.substitutions u set ended_at = s.timestamp from archive.mt_streams s where s.id = u.substitution_id and u.substitution_id = $1") { Parameters = { new() { Value = id } } };
        return await log.Append([new(id, Substitution.StreamType, ExpectedVersion.Exactly(found.Version), decision.Events)], await log.Keys([id], ct), new(caller.PersonId.ToString("D")), [row], ct) is Appended.Done done
            ? new Outcome.Done(done.LastSequence, done.Versions[id])
            : Refusal.ChangedMeanwhile(found.Version + 1);
    }

    /// <summary>Those the caller has a part in, and all of the authorities where the caller is chef or administers; the latest first.</summary>
    /// <param name="person">Only those where that person is replaced or replaces.</param>
    public async Task<IReadOnlyList<SubstitutionListed>> For(Caller caller, string? authority, Guid? person, CancellationToken ct)
    {
        if (caller.IsService) return [];
        var rows = new List<SubstitutionListed>();
        await using (var query = databases.Writer.CreateCommand("""
            select u.substitution_id, a.code, a.name, u.person_id, coalesce(p.name, '(namnet är gallrat)'), u.substitute_id, coalesce(s.name, '(namnet är gallrat)'), u.valid_from, u.valid_until, coalesce(n.name, 'okänd person'),
                   u.named_at, u.ended_at,
                   (select json_agg(json_build_object('kind', t.kind, 'did', '', 'subjectKind', t.subject_kind, 'subject', t.subject_id, 'at', t.acted_at) order by t.acted_at desc) from
                     (select * from archive.substitute_acts x where x.substitution_id = u.substitution_id order by x.acted_at desc limit 50) t)::text
            from archive.substitutions u join archive.authorities a using (authority_id) left join views.persons p on p.person_id = u.person_id left join views.persons s on s.person_id = u.substitute_id
              left join views.persons n on n.person_id = u.named_by
            where (u.person_id = $1 or u.substitute_id = $1 or $2::uuid[] is null or u.authority_id = any ($2)) and ($3::text is null or a.code = $3) and ($4::uuid is null or $4 in (u.person_id, u.substitute_id))
            order by u.ended_at is not null, u.valid_until desc, u.substitution_id desc limit 200
            """))
        {
            query.Parameters.Add(new() { Value = caller.PersonId });
            query.Parameters.Add(new() { Value = (object?)caller.AuthoritiesWith(Role.Chef, Role.Admin)?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
            query.Parameters.Add(new() { Value = authority is { Length: > 0 } code ? code.Trim().ToUpperInvariant() : DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text });
            query.Parameters.Add(new() { Value = (object?)person ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            var today = Today;
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct))
            {
                var (from, until, ended) = (row.GetFieldValue<DateOnly>(7), row.GetFieldValue<DateOnly>(8), row.IsDBNull(11) ? (DateTimeOffset?)null : row.GetFieldValue<DateTimeOffset>(11));
                var acts = row.IsDBNull(12) ? [] : JsonSerializer.Deserialize<List<SubstituteActListed>>(row.GetString(12), JsonSerializerOptions.Web)!;
                rows.Add(new(
                    row.GetGuid(0), row.GetString(1), row.GetString(2), row.GetGuid(3), row.GetString(4), row.GetGuid(5), row.GetString(6), from, until, SubstitutionWords.On(today, from, until, ended is not null),
                    row.GetString(9), row.GetFieldValue<DateTimeOffset>(10), ended, null, null, [.. acts.Select(a => a with { Did = SubstitutionWords.Did(a.Kind) })]));
            }
        }

        if (rows.Count == 0) return rows;
        var streams = await log.Store.ReadStreams([.. rows.Select(r => r.Id)], ct: ct);
        var opened = await log.Open([.. streams.Values.SelectMany(e => e)], ct);
        string? Part<T>(Guid id, string part) => streams.GetValueOrDefault(id)?.FirstOrDefault(e => e.Event is T) is { } e ? opened.GetValueOrDefault(e.Id)?.Parts?[part] : null;
        return [.. rows.Select(r => r with { Note = Part<SubstituteNamed>(r.Id, "note"), Reason = Part<SubstitutionEnded>(r.Id, "reason") })];
    }

    /// <summary>In whose place things were done, by what they were done to.</summary>
    public async Task<IReadOnlyDictionary<Guid, string>> InWhosePlace(IReadOnlyCollection<Guid> subjects, CancellationToken ct)
    {
        if (subjects.Count == 0) return new Dictionary<Guid, string>();
        await using var query = databases.Writer.CreateCommand("""
            select distinct on (t.subject_id) t.subject_id, coalesce(n.name, 'någon')
            from archive.substitute_acts t join archive.substitutions u using (substitution_id) left join views.persons n on n.person_id = u.person_id
            where t.subject_id = any ($1) and t.kind <> 'disposal-executed' order by t.subject_id, t.acted_at desc
            """);
        query.Parameters.Add(new() { Value = subjects.ToArray() });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new Dictionary<Guid, string>();
        while (await row.ReadAsync(ct)) found[row.GetGuid(0)] = row.GetString(1);
        return found;
    }

    public async Task<string> NameOf(Guid person, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select name from views.persons where person_id = $1");
        query.Parameters.Add(new() { Value = person });
        return await query.ExecuteScalarAsync(ct) as string ?? "någon";
    }

    /// <summary>What <see cref="Noted"/> could not write because the substitution has just ended, so that nothing of the decision is written either.</summary>
    public static bool HasEnded(PostgresException error) => error is { SqlState: PostgresErrorCodes.NotNullViolation, TableName: "substitute_acts" };

    public static Refusal Ended { get; } = new("substitution-ended", "Du är inte längre ersättare: perioden avslutades nyss. Inget är gjort.");

    /// <summary>
    /// What a decision writes in its own transaction when it is taken in another's place. The row of the substitution is held, and is not there when it has been ended: then nothing is
    /// written at all.
    /// </summary>
    public static (Draft Draft, NpgsqlBatchCommand Statement) Noted(StandIn standIn, Caller caller, string kind, string subjectKind, Guid subject, int policyVersion, DateTimeOffset now)
    {
        var id = Guid.CreateVersion7(now);
        SubstituteActed acted = new(standIn.Authority, standIn.Substitution, standIn.Person, caller.PersonId, kind, subjectKind, subject, policyVersion);
        NpgsqlBatchCommand row = new("""
            insert into archive.substitute_acts (act_id, substitution_id, kind, subject_kind, subject_id, acted_at)
            values ($1, (select u.substitution_id from archive.substitutions u where u.substitution_id = $2 and u.ended_at is null for share), $3, $4, $5, (select s.timestamp from archive.mt_streams s where s.id = $1))
            """)
        {
            Parameters = { new() { Value = id }, new() { Value = standIn.Substitution }, new() { Value = kind }, new() { Value = subjectKind }, new() { Value = subject } },
        };
        return (new(id, "substitute_act", ExpectedVersion.NewStream, [new(acted)]), row);
    }

    private async Task<Guid?> Same(Guid authority, Guid person, Guid substitute, DateOnly from, DateOnly until, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand(
            "select substitution_id from archive.substitutions where authority_id = $1 and person_id = $2 and substitute_id = $3 and valid_from = $4 and valid_until = $5 and ended_at is null limit 1");
        foreach (var value in (object[])[authority, person, substitute, from, until]) query.Parameters.Add(new() { Value = value });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }

    private async Task<SubstitutionParty?> Party(Guid person, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select p.is_service, p.closed_at is not null, array(select g.role from archive.grants g where g.person_id = p.person_id order by g.role, g.authority_id),
                   array(select g.authority_id from archive.grants g where g.person_id = p.person_id order by g.role, g.authority_id)
            from archive.persons p where p.person_id = $1
            """);
        query.Parameters.Add(new() { Value = person });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct)
            ? new(row.GetBoolean(0), row.GetBoolean(1), [.. row.GetFieldValue<string[]>(2).Zip(row.GetFieldValue<Guid?[]>(3), (role, authority) => new Grant(Roles.Parse(role), authority))])
            : null;
    }
}
