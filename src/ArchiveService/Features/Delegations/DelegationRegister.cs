using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Features.Substitutes;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using NpgsqlTypes;

namespace ArchiveService.Features.Delegations;

public sealed record PointListed(string Number, string Kind, string KindInWords, string? Role, Guid? Person, string? PersonName, string? Text, DateOnly? ValidFrom, DateOnly? ValidUntil);

public sealed record OrderListed(int Version, string? Decision, DateOnly ValidFrom, DateOnly? ValidUntil, DateTimeOffset AdoptedAt, string AdoptedBy, IReadOnlyList<PointListed> Points);

/// <param name="MeetingOn">Null while it waits to be reported.</param>
public sealed record DecisionListed(
    Guid Id, string Kind, string KindInWords, string Number, int OrderVersion, string SubjectKind, Guid Subject, string DecidedBy, DateTimeOffset DecidedAt, DateOnly? MeetingOn, string? Paragraph);

/// <summary>The delegationsordning of an authority, its versions, and what was decided under it.</summary>
public sealed class DelegationRegister(Databases databases, SealedLog log, SubstituteRegister substitutes, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/authorities/{code}/delegation", async (string code, Caller caller, AuthorityRegister authorities, DelegationRegister register, CancellationToken ct) =>
        {
            if (await authorities.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (IResult)Problems.Refused(UnknownAuthority(code));
            var versions = await register.Versions(authority.Id, ct);
            return TypedResults.Ok(new { authority.Code, authority.Name, adopted = versions.Count > 0, inForce = register.InForce(versions)?.Version, versions });
        }).WithName("delegation");
        routes.MapGet("/api/v1/authorities/{code}/delegation/decisions", async (string code, DateOnly? since, Caller caller, AuthorityRegister authorities, DelegationRegister register, CancellationToken ct) =>
            await authorities.Find(code, ct) is { } authority && caller.IsStaffOf(authority.Id)
                ? TypedResults.Ok(new { authority.Code, since, items = await register.Decisions(authority.Id, since, ct) })
                : (IResult)Problems.Refused(UnknownAuthority(code))).WithName("delegated-decisions");
    }

    internal static Refusal UnknownAuthority(string code) => Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}.");

    public DateOnly Today => Swedish.Day(clock.GetUtcNow());

    /// <summary>The stream of the authority's delegationsordning, and its last version; null and 0 before any was adopted.</summary>
    public async Task<(Guid? Order, int Version)> Last(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select order_id, version from archive.delegation_orders where authority_id = $1 order by version desc limit 1");
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetGuid(0), row.GetInt32(1)) : (null, 0);
    }

    /// <summary>The newest first.</summary>
    public async Task<IReadOnlyList<OrderListed>> Versions(Guid authority, CancellationToken ct)
    {
        if (await Last(authority, ct) is not ({ } order, _)) return [];
        var history = await log.Store.ReadStream(order, ct: ct);
        var opened = await log.Open(history, ct);
        var adopted = history.Select(h => (Recorded: h, Event: (DelegationOrderAdopted)h.Event)).ToList();
        var names = await Names([.. adopted.SelectMany(a => a.Event.Points.Select(p => p.Person).OfType<Guid>()).Concat(history.Select(Actor)).Distinct()], ct);
        return
        [
            .. adopted.OrderByDescending(a => a.Event.Version).Select(a =>
            {
                var parts = opened.GetValueOrDefault(a.Recorded.Id)?.Parts;
                return new OrderListed(
                    a.Event.Version, parts?[AdoptDelegation.DecisionPart], a.Event.From, a.Event.Until, a.Recorded.Time, Name(names, Actor(a.Recorded)),
                    [.. a.Event.Points.Select((p, i) => new PointListed(p.Number, p.Kind, DelegationKinds.InSwedish(p.Kind), p.Role?.Stored(), p.Person, p.Person is { } person ? Name(names, person) : null, parts?[AdoptDelegation.TextPart(i + 1)], p.From, p.Until))]);
            }),
        ];
    }

    public OrderListed? InForce(IReadOnlyList<OrderListed> versions)
    {
        var today = Today;
        return versions.Where(v => v.ValidFrom <= today).OrderByDescending(v => v.ValidFrom).ThenByDescending(v => v.Version).FirstOrDefault() is { } latest && (latest.ValidUntil is null || latest.ValidUntil >= today) ? latest : null;
    }

    /// <summary>What waits to be reported, or what was decided from a day on, reported or not.</summary>
    public async Task<IReadOnlyList<DecisionListed>> Decisions(Guid authority, DateOnly? since, CancellationToken ct)
    {
        var rows = new List<(Guid Id, string Kind, int Version, string Number, string SubjectKind, Guid Subject, Guid By, DateTimeOffset At, Guid? Report, DateOnly? Meeting)>();
        await using (var query = databases.Writer.CreateCommand("""
            select d.decision_id, d.kind, d.order_version, d.number, d.subject_kind, d.subject_id, d.decided_by, d.decided_at, d.report_id, r.meeting_on
            from archive.delegated_decisions d left join archive.delegation_reports r using (report_id)
            where d.authority_id = $1 and case when $2::date is null then d.report_id is null else archive.swedish_date(d.decided_at) >= $2 end
            order by d.decided_at, d.decision_id
            """))
        {
            query.Parameters.Add(new() { Value = authority });
            query.Parameters.Add(new() { Value = (object?)since ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct))
            {
                rows.Add((
                    row.GetGuid(0), row.GetString(1), row.GetInt32(2), row.GetString(3), row.GetString(4), row.GetGuid(5), row.GetGuid(6), row.GetFieldValue<DateTimeOffset>(7),
                    row.IsDBNull(8) ? null : row.GetGuid(8), row.IsDBNull(9) ? null : row.GetFieldValue<DateOnly>(9)));
            }
        }

        var names = await Names([.. rows.Select(r => r.By).Distinct()], ct);
        var places = await substitutes.InWhosePlace([.. rows.Select(r => r.Subject).Distinct()], ct);
        string By(Guid person, Guid subject) => Name(names, person) + (places.GetValueOrDefault(subject) is { } absent ? $", {SubstitutionWords.InPlaceOf(absent)}" : "");
        var paragraphs = await Paragraphs([.. rows.Select(r => r.Report).OfType<Guid>().Distinct()], ct);
        return [.. rows.Select(r => new DecisionListed(r.Id, r.Kind, DelegationKinds.InSwedish(r.Kind), r.Number, r.Version, r.SubjectKind, r.Subject, By(r.By, r.Subject), r.At, r.Meeting, r.Report is { } report ? paragraphs.GetValueOrDefault(report) : null))];
    }

    /// <summary>The point, and the version of the delegationsordning, that something was decided under; null when it was none.</summary>
    public async Task<(string Number, int Version)?> PointOf(Guid subject, string kind, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select number, order_version from archive.delegated_decisions where subject_id = $1 and kind = $2 order by decided_at desc limit 1");
        query.Parameters.Add(new() { Value = subject });
        query.Parameters.Add(new() { Value = kind });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetString(0), row.GetInt32(1)) : null;
    }

    /// <summary>The day of the last meeting that decisions were reported at.</summary>
    public async Task<DateOnly?> LastMeeting(Guid authority, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select meeting_on from archive.delegation_reports where authority_id = $1 order by meeting_on desc limit 1");
        query.Parameters.Add(new() { Value = authority });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? row.GetFieldValue<DateOnly>(0) : null;
    }

    private async Task<Dictionary<Guid, string>> Paragraphs(Guid[] reports, CancellationToken ct)
    {
        if (reports.Length == 0) return [];
        var events = (await log.Store.ReadStreams(reports, ct: ct)).ToDictionary(s => s.Key, s => s.Value[0]);
        var opened = await log.Open([.. events.Values], ct);
        return events.Where(e => opened.GetValueOrDefault(e.Value.Id)?.Parts?["paragraph"] is not null).ToDictionary(e => e.Key, e => opened[e.Value.Id].Parts!["paragraph"]!);
    }

    private async Task<Dictionary<Guid, string>> Names(Guid[] persons, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select person_id, name from views.persons where person_id = any ($1)");
        query.Parameters.Add(new() { Value = persons });
        await using var row = await query.ExecuteReaderAsync(ct);
        var names = new Dictionary<Guid, string>();
        while (await row.ReadAsync(ct)) names[row.GetGuid(0)] = row.GetString(1);
        return names;
    }

    private static Guid Actor(Recorded recorded) => Guid.TryParse(recorded.Actor, out var id) ? id : Guid.Empty;

    private static string Name(Dictionary<Guid, string> names, Guid person) =>
        names.GetValueOrDefault(person) ?? (person == CommandLineCaller.Caller.PersonId ? CommandLineCaller.Caller.Name : "okänd person");
}
