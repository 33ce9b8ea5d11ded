using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Assignments;

/// <summary>Gives, authorises, substitutes and ends assignments; the inline rows are written in the transaction of the event.</summary>
public sealed class AssignmentCommands(SealedLog log, Databases databases, AuthorityRegister authorities, ChannelRegister channels, TimeProvider clock)
{
    private static readonly Refusal Unknown = Refusal.Unknown("assignment", "Uppdraget finns inte.");

    private static readonly Refusal NotChef = Refusal.NotAllowed("Bara en chef eller administratör hos myndigheten ger och avslutar uppdrag (H-06–H-08).");

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPost("/api/v1/assignments", async (GiveAssignment command, Caller caller, AssignmentCommands handler, CancellationToken ct) =>
        {
            var (id, last, awaits, refused) = await handler.Give(command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/assignments/{id}", new { id, awaitsAuthorisation = awaits, lastSequence = last });
        }).WithName("give-assignment");
        routes.MapPost("/api/v1/assignments/{id:guid}/authorise", async (Guid id, AuthoriseAssignment command, IfMatch expected, Caller caller, AssignmentCommands handler, CancellationToken ct) =>
            (await handler.Authorise(id, command, expected, caller, ct)).Answer()).WithName("authorise-assignment");
        routes.MapPost("/api/v1/assignments/{id:guid}/substitutes", async (Guid id, NameSubstitute command, IfMatch expected, Caller caller, AssignmentCommands handler, CancellationToken ct) =>
            (await handler.Substitute(id, command, expected, caller, ct)).Answer()).WithName("name-substitute");
        routes.MapPost("/api/v1/assignments/{id:guid}/end", async (Guid id, EndAssignment command, IfMatch expected, Caller caller, AssignmentCommands handler, CancellationToken ct) =>
            (await handler.End(id, command, expected, caller, ct)).Answer()).WithName("end-assignment");
    }

    public async Task<(Guid Id, long LastSequence, bool AwaitsAuthorisation, Refusal? Refused)> Give(GiveAssignment command, Caller caller, CancellationToken ct)
    {
        var (authority, channel, refused) = await Scope(command, caller, ct);
        if (authority is null) return (default, 0, false, refused);
        if (!caller.May(authority.Id, Role.Chef, Role.Admin)) return (default, 0, false, NotChef);
        var person = command.Person is { } asked ? await Person(asked, ct) : null;
        var decision = command.Decide(new(authority, person, channel?.ClosedAt is not null, command.GivenBy is { } giver && await IsChef(giver, authority.Id, ct), Today), caller);
        if (decision.Refused is not null) return (default, 0, false, decision.Refused);

        var id = Guid.CreateVersion7(clock.GetUtcNow());
        var given = (AssignmentGiven)decision.Events[0].Event;
        return await log.Append([new(id, Assignment.StreamType, ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), [Row(id, given)], ct) is Appended.Done done
            ? (id, done.LastSequence, given.NeedsAuthorisation, null)
            : (default, 0, false, Refusal.ChangedMeanwhile(0));
    }

    public Task<Outcome> Authorise(Guid id, AuthoriseAssignment command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Change(id, expected, caller, (assignment, policy) => command.Decide(assignment, policy, caller), ct);

    public async Task<Outcome> Substitute(Guid id, NameSubstitute command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        var person = command.Person is { } asked ? await Person(asked, ct) : null;
        return await Change(id, expected, caller, (assignment, policy) => command.Decide(assignment, person, Today, policy, caller), ct);
    }

    public Task<Outcome> End(Guid id, EndAssignment command, IfMatch expected, Caller caller, CancellationToken ct) =>
        Change(id, expected, caller, command.Decide, ct);

    private DateOnly Today => Swedish.Day(clock.GetUtcNow());

    private async Task<Outcome> Change(Guid id, IfMatch expected, Caller caller, Func<Assignment, Policy, Decision> decide, CancellationToken ct)
    {
        var assignment = Assignment.Read(id, await log.Store.ReadStream(id, ct: ct));
        if (!assignment.Exists || !caller.IsStaffOf(assignment.Authority)) return Unknown;
        if (!caller.May(assignment.Authority, Role.Chef, Role.Admin)) return NotChef;
        if (expected.Version is { } version && version != assignment.Version) return Refusal.ChangedMeanwhile(assignment.Version);
        var decision = decide(assignment, (await authorities.Find(assignment.Authority, ct))!.Policy);
        if (decision.Refused is { } why) return why;
        if (decision.Events is not [var happened]) return new Outcome.Done(0, assignment.Version);

        var keys = await log.Keys([id], ct);
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);

        // The row first: a command that acts under the assignment has hold of it, and stands before this in the log; one that comes after sees this.
        await using (var hold = new NpgsqlCommand("select from archive.assignments where assignment_id = $1 for update", connection, transaction) { Parameters = { new() { Value = id } } })
            await hold.ExecuteNonQueryAsync(ct);
        if (await log.Append(transaction, [new(id, Assignment.StreamType, ExpectedVersion.Exactly(assignment.Version), [happened])], keys, new(caller.PersonId.ToString("D")), [Row(assignment, happened.Event)], ct) is not Appended.Done done)
            return Refusal.ChangedMeanwhile(assignment.Version + 1);
        await transaction.CommitAsync(ct);
        return new Outcome.Done(done.LastSequence, done.Versions[id]);
    }

    private async Task<(Authority? Authority, Channel? Channel, Refusal? Refused)> Scope(GiveAssignment command, Caller caller, CancellationToken ct)
    {
        if (command.Channel is { } asked)
        {
            var channel = await channels.Find(asked, ct);
            var owner = channel is null ? null : await authorities.Find(channel.Authority, ct);
            if (owner is null || !caller.IsStaffOf(owner.Id)) return (null, null, Refusal.Unknown("channel", "Kanalen finns inte i förteckningen."));
            return command.Authority is { } named && !string.Equals(named.Trim(), owner.Code, StringComparison.OrdinalIgnoreCase)
                ? (null, null, Refusal.Input("channel-of-another", "Kanalen hör till en annan myndighet."))
                : (owner, channel, null);
        }

        if (string.IsNullOrWhiteSpace(command.Authority)) return (null, null, Refusal.Input("authority-missing", "Ange kanalen, eller myndighetens kod när uppdraget gäller alla dess kanaler."));
        return await authorities.Find(command.Authority.Trim(), ct) is { } authority && caller.IsStaffOf(authority.Id)
            ? (authority, null, null)
            : (null, null, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {command.Authority}."));
    }

    private async Task<PersonAsked?> Person(Guid id, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select is_service, closed_at is not null from archive.persons where person_id = $1");
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? new(row.GetBoolean(0), row.GetBoolean(1)) : null;
    }

    private async Task<bool> IsChef(Guid person, Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select exists (select from archive.grants where person_id = $1 and role = 'chef' and (authority_id is null or authority_id = $2))");
        query.Parameters.Add(new() { Value = person });
        query.Parameters.Add(new() { Value = authority });
        return (bool)(await query.ExecuteScalarAsync(ct))!;
    }

    private static NpgsqlBatchCommand Row(Guid id, AssignmentGiven e) => new("""
        insert into archive.assignments (assignment_id, authority_id, channel_id, person_id, function, valid_from, valid_until, given_by, given_at, needs_authorisation, policy_informed_on, introduced_on)
        select $1, $2, $3, $4, $5, $6, $7, $8, s.timestamp, $9, $10, $11 from archive.mt_streams s where s.id = $1
        """)
    {
        Parameters =
        {
            new() { Value = id }, new() { Value = e.Authority }, new() { Value = (object?)e.Channel ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid }, new() { Value = e.Person },
            new() { Value = e.Function.Stored() }, new() { Value = e.From }, Day(e.Until), new() { Value = e.GivenBy }, new() { Value = e.NeedsAuthorisation }, Day(e.PolicyInformedOn), Day(e.IntroducedOn),
        },
    };

    private static NpgsqlBatchCommand Row(Assignment assignment, SealableEvent happened) => happened switch
    {
        AssignmentAuthorised => Moment("authorised_at", assignment.Id),
        AssignmentEnded => Moment("ended_at", assignment.Id),
        AssignmentSubstituteNamed e => new("insert into archive.assignment_substitutes (assignment_id, place, person_id, valid_from, valid_until) values ($1, $2, $3, $4, $5)")
        {
            Parameters = { new() { Value = assignment.Id }, new() { Value = assignment.Substitutes.Count + 1 }, new() { Value = e.Person }, new() { Value = e.From }, new() { Value = e.Until } },
        },
        _ => throw new System.Diagnostics.UnreachableException($"{happened.GetType().Name} has no row."),
    };

    private static NpgsqlBatchCommand Moment(string column, Guid id) => new($"update archive.assignments a set {column} = s.timestamp from archive.mt_streams s where s.id = a.assignment_id and a.assignment_id = $1")
    {
        Parameters = { new() { Value = id } },
    };

    private static NpgsqlParameter Day(DateOnly? day) => new() { Value = (object?)day ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date };
}
