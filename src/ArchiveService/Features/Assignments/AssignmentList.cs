using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Channels;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using NpgsqlTypes;

namespace ArchiveService.Features.Assignments;

public sealed record SubstituteListed(Guid Person, string Name, DateOnly From, DateOnly Until, bool Active);

/// <summary>An assignment as those see it who work at the authority.</summary>
/// <param name="ChannelName">Null when it is for all channels.</param>
/// <param name="Standing">As of the day asked about.</param>
/// <param name="PersonClosed">The holder has left and cannot act, though nobody has ended the assignment.</param>
public sealed record AssignmentListed(
    Guid Id, Guid AuthorityId, string AuthorityCode, string Authority, Guid? Channel, string? ChannelName, Guid Person, string Name, AssignmentFunction Function, DateOnly From, DateOnly? Until,
    AssignmentStanding Standing, string GivenBy, DateTimeOffset GivenAt, string? Decision, string? Note, bool NeedsAuthorisation, string? AuthorisedBy, DateTimeOffset? AuthorisedAt, string? AuthorisationDecision,
    DateOnly? PolicyInformedOn, DateOnly? IntroducedOn, IReadOnlyList<SubstituteListed> Substitutes, string? EndedBy, DateTimeOffset? EndedAt, string? EndReason, bool PersonClosed, long Version)
{
    /// <summary>Lapses within thirty days, so that a new one can be given in time.</summary>
    public bool LapsesSoon(DateOnly today) => Standing is AssignmentStanding.InForce && Until is { } until && until <= today.AddDays(30);
}

/// <summary>The assignments of the caller's authorities (H-04: a list of those who may publish and answer), read from the log itself: they are few.</summary>
public sealed class AssignmentList(Databases databases, SealedLog log, ChannelList channels, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapGet("/api/v1/assignments", async (Guid? channel, Guid? person, DateOnly? at, Caller caller, AssignmentList list, CancellationToken ct) =>
            caller.IsService
                ? Problems.Refused(Refusal.NotAllowed("Ett tjänstekonto läser inte uppdragen."))
                : (IResult)TypedResults.Ok(new { items = (await list.For(caller, channel, person, at, ct)).Where(a => at is null || a.Standing is AssignmentStanding.InForce) }))
        .WithName("assignments");

    public DateOnly Today => Swedish.Day(clock.GetUtcNow());

    /// <param name="channel">Those that hold for the channel: its own, and those for all channels of its authority.</param>
    /// <param name="on">The day their standing is told for; today when absent.</param>
    public async Task<IReadOnlyList<AssignmentListed>> For(Caller caller, Guid? channel, Guid? person, DateOnly? on, CancellationToken ct)
    {
        var rows = new List<(Guid Id, string Code, string Name)>();
        await using (var query = databases.Writer.CreateCommand("""
            select a.assignment_id, o.code, o.name
            from archive.assignments a join archive.authorities o using (authority_id)
            where ($1::uuid is null or a.channel_id = $1 or (a.channel_id is null and a.authority_id = (select c.authority_id from archive.channels c where c.channel_id = $1)))
              and ($2::uuid is null or a.person_id = $2 or exists (select from archive.assignment_substitutes s where s.assignment_id = a.assignment_id and s.person_id = $2))
              and ($3::uuid[] is null or a.authority_id = any ($3))
            order by o.name collate "sv-x-icu", a.given_at, a.assignment_id
            """))
        {
            query.Parameters.Add(new() { Value = (object?)channel ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            query.Parameters.Add(new() { Value = (object?)person ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid });
            query.Parameters.Add(new() { Value = (object?)caller.AuthoritiesWith(Staff)?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) rows.Add((row.GetGuid(0), row.GetString(1), row.GetString(2)));
        }

        if (rows.Count == 0) return [];
        var streams = await log.Store.ReadStreams([.. rows.Select(r => r.Id)], ct: ct);
        var opened = await log.Open([.. streams.Values.SelectMany(events => events)], ct);
        var folded = rows.Select(r => (r.Code, r.Name, State: Assignment.Read(r.Id, streams[r.Id]), Events: streams[r.Id])).ToList();
        var (names, closed) = await Names([.. folded.SelectMany(f => f.State.Substitutes.Select(s => s.Person).Append(f.State.Person).Append(f.State.GivenBy).Concat(f.Events.Select(Actor))).Distinct()], ct);
        var called = (await channels.For(caller, ct)).ToDictionary(c => c.Id, Called);
        var day = on ?? Today;
        return [.. folded.Select(f => Listed(f.Code, f.Name, f.State, f.Events, opened, names, closed.Contains(f.State.Person), called, day))];
    }

    /// <summary>Those who may be given one: people with a role at the authority who have not left.</summary>
    public async Task<IReadOnlyList<Choice>> People(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("""
            select p.person_id, n.name from archive.persons p join views.persons n using (person_id)
            where not p.is_service and p.closed_at is null and exists (select from archive.grants g where g.person_id = p.person_id and (g.authority_id is null or g.authority_id = $1))
            order by n.name collate "sv-x-icu", p.person_id
            """);
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        var found = new List<Choice>();
        while (await row.ReadAsync(ct)) found.Add(new(row.GetGuid(0).ToString("D"), row.GetString(1)));
        return found;
    }

    public static string Called(ChannelListed channel) => $"{ChannelsModel.PlatformName(channel.Platform)} {channel.Handle ?? channel.Url ?? channel.NativeAccountId}";

    private static readonly Role[] Staff = [.. Roles.All.Where(r => r is not Role.Connector)];

    private static Guid Actor(Recorded recorded) => Guid.TryParse(recorded.Actor, out var id) ? id : Guid.Empty;

    private static AssignmentListed Listed(
        string code, string authority, Assignment state, IReadOnlyList<Recorded> events, IReadOnlyDictionary<Guid, Opened> opened, IReadOnlyDictionary<Guid, string> names,
        bool personClosed, IReadOnlyDictionary<Guid, string> called, DateOnly day)
    {
        string Name(Guid person) => names.GetValueOrDefault(person) ?? (person == CommandLineCaller.Caller.PersonId ? CommandLineCaller.Caller.Name : "okänd person");
        Recorded? Of<T>() => events.FirstOrDefault(e => e.Event is T);
        string? Part(Recorded? e, string part) => e is null ? null : opened.GetValueOrDefault(e.Id)?.Parts?[part];
        var (given, authorised, ended) = (Of<AssignmentGiven>(), Of<AssignmentAuthorised>(), Of<AssignmentEnded>());
        return new(
            state.Id, state.Authority, code, authority, state.Channel, state.Channel is { } channel ? called.GetValueOrDefault(channel) ?? "okänd kanal" : null, state.Person, Name(state.Person), state.Function, state.From, state.Until,
            state.On(day), Name(state.GivenBy), state.GivenAt, Part(given, AssignmentRules.DecisionPart), Part(given, "note"),
            state.NeedsAuthorisation, authorised is null ? null : Name(Actor(authorised)), authorised?.Time, Part(authorised, AssignmentRules.DecisionPart),
            state.PolicyInformedOn, state.IntroducedOn, [.. state.Substitutes.Select(s => new SubstituteListed(s.Person, Name(s.Person), s.From, s.Until, s.IsActive(day) && state.On(day) is AssignmentStanding.InForce))],
            ended is null ? null : Name(Actor(ended)), ended?.Time, Part(ended, "reason"), personClosed, state.Version);
    }

    private async Task<(Dictionary<Guid, string> Names, HashSet<Guid> Closed)> Names(Guid[] persons, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select p.person_id, n.name, p.closed_at is not null from archive.persons p left join views.persons n using (person_id) where p.person_id = any ($1)");
        query.Parameters.Add(new() { Value = persons });
        await using var row = await query.ExecuteReaderAsync(ct);
        var names = new Dictionary<Guid, string>();
        var closed = new HashSet<Guid>();
        while (await row.ReadAsync(ct))
        {
            names[row.GetGuid(0)] = row.Text(1) ?? "(namnet är gallrat)";
            if (row.GetBoolean(2)) closed.Add(row.GetGuid(0));
        }

        return (names, closed);
    }
}
