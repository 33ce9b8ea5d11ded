using System.Globalization;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Delegations;

/// <summary>A point as it is asked for: the delegate is a role (its stored word) or a person.</summary>
public sealed record PointAsked(string? Number, string? Kind, string? Role, Guid? Person, string? Text = null, DateOnly? ValidFrom = null, DateOnly? ValidUntil = null);

/// <summary>Adopts a version of the delegationsordning, whole: from its first day the version before holds no more.</summary>
/// <param name="ValidFrom">A day of the Swedish calendar; absent means today.</param>
public sealed record AdoptDelegation(string? Decision, DateOnly? ValidFrom, DateOnly? ValidUntil, IReadOnlyList<PointAsked>? Points)
{
    public const string DecisionPart = "decision";

    public const int MostPoints = 200;

    public static string TextPart(int place) => string.Create(CultureInfo.InvariantCulture, $"point/{place}/text");

    /// <summary>Pure: the event, or why not.</summary>
    public Decision Decide(Authority authority, int lastVersion, DateOnly today)
    {
        if (Decision?.Trim() is not { Length: > 0 and <= 200 } reference) return Refusal.Input("decision-reference-missing", "Ange beslutet om delegationsordningen, som KS § 12/2026, högst 200 tecken.");
        var from = ValidFrom ?? today;
        if (ValidUntil < from) return Refusal.Input("delegation-period", "Delegationsordningen kan inte sluta gälla innan den börjar.");
        if (Points is not { Count: > 0 and <= MostPoints } asked) return Refusal.Input("points-missing", $"Ange delegationsordningens punkter, minst en och högst {MostPoints}.");

        var points = new List<DelegationPoint>(asked.Count);
        var parts = new Parts().With(DecisionPart, reference);
        foreach (var (point, place) in asked.Select((p, i) => (p, i + 1)))
        {
            var number = point.Number?.Trim() ?? "";
            Refusal Wrong(string what) => Refusal.Input("point-unusable", $"Punkt {(number.Length is > 0 and <= 20 ? number : $"nr {place} i listan")}: {what}");
            if (!DelegationKinds.NumberForm.IsMatch(number)) return Wrong("numret är 1–20 tecken, som 2.3.1.");
            if (point.Kind is not { } kind || !DelegationKinds.KindForm.IsMatch(kind)) return Wrong($"slaget är en kod med små bokstäver och bindestreck. Koder som tjänsten frågar efter: {string.Join(", ", DelegationKinds.Words.Keys.Order(StringComparer.Ordinal))}.");
            if (point.Role is null == point.Person is null) return Wrong("delegaten är en roll eller en person, inte båda.");
            var role = point.Role is { } word ? Roles.Find(word) : null;
            if (point.Role is not null && role is null or Role.Connector) return Wrong($"rollen {point.Role} finns inte, eller kan inte besluta.");
            if (point.ValidUntil < (point.ValidFrom ?? from)) return Wrong("den kan inte sluta gälla innan den börjar.");
            if (point.Text is { Length: > 500 }) return Wrong("texten får vara högst 500 tecken.");
            points.Add(new(number, kind, role, point.Person, point.ValidFrom, point.ValidUntil));
            if (!string.IsNullOrWhiteSpace(point.Text)) parts.With(TextPart(place), point.Text.Trim());
        }

        return new Happened(new DelegationOrderAdopted(authority.Id, lastVersion + 1, from, ValidUntil, points, authority.Policy.Version), KeyClass.Office, parts);
    }
}

public sealed class DelegationCommands(SealedLog log, Databases databases, AuthorityRegister authorities, DelegationRegister register, TimeProvider clock)
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/api/v1/authorities/{code}/delegation", async (string code, AdoptDelegation command, Caller caller, DelegationCommands handler, CancellationToken ct) =>
        {
            var (version, last, refused) = await handler.Adopt(code, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Ok(new { version, lastSequence = last });
        }).WithName("adopt-delegation");
        routes.MapPost("/api/v1/authorities/{code}/delegation/reports", async (string code, ReportDecisions command, Caller caller, DelegationCommands handler, CancellationToken ct) =>
        {
            var (id, reported, last, refused) = await handler.Report(code, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : (IResult)TypedResults.Created($"/api/v1/authorities/{code}/delegation/decisions", new { id, reported, lastSequence = last });
        }).WithName("report-delegated-decisions");
    }

    public async Task<(int Version, long LastSequence, Refusal? Refused)> Adopt(string code, AdoptDelegation command, Caller caller, CancellationToken ct)
    {
        if (await authorities.Find(code.Trim(), ct) is not { } authority || !caller.IsStaffOf(authority.Id) && !caller.May(authority.Id, Role.Admin)) return (0, 0, DelegationRegister.UnknownAuthority(code));
        if (!caller.May(authority.Id, Role.Admin, Role.Chef)) return (0, 0, Refusal.NotAllowed("Bara en chef eller administratör hos myndigheten för in delegationsordningen."));
        if (command.Points?.Select(p => p.Person).OfType<Guid>().ToArray() is { Length: > 0 } persons && await UnknownPerson(persons, ct) is { } stranger)
            return (0, 0, Refusal.Unknown("person", $"Personen {stranger} finns inte, eller kan inte vara delegat."));

        var (order, last) = await register.Last(authority.Id, ct);
        var decision = command.Decide(authority, last, Swedish.Day(clock.GetUtcNow()));
        if (decision.Refused is not null) return (0, 0, decision.Refused);
        var adopted = (DelegationOrderAdopted)decision.Events[0].Event;
        var id = order ?? Guid.CreateVersion7(clock.GetUtcNow());
        try
        {
            var keys = await log.Keys([id], ct);
            return await log.Append([new(id, "delegation_order", ExpectedVersion.Exactly(last), decision.Events)], keys, new(caller.PersonId.ToString("D")), Rows(id, adopted, caller), ct) is Appended.Done done
                ? (adopted.Version, done.LastSequence, null)
                : (0, 0, Refusal.ChangedMeanwhile(adopted.Version));
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "delegation_orders_pkey" })
        {
            return (0, 0, Refusal.ChangedMeanwhile(adopted.Version));
        }
    }

    /// <summary>The rows are held while they are named, so that no decision is reported at two meetings.</summary>
    public async Task<(Guid Id, int Reported, long LastSequence, Refusal? Refused)> Report(string code, ReportDecisions command, Caller caller, CancellationToken ct)
    {
        if (await authorities.Find(code.Trim(), ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (default, 0, 0, DelegationRegister.UnknownAuthority(code));
        if (!caller.May(authority.Id, Role.Registrator, Role.Chef, Role.Admin)) return (default, 0, 0, Refusal.NotAllowed("Bara registrator, chef eller administratör antecknar att delegationsbeslut är anmälda."));
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        var waiting = new List<Guid>();
        await using (var query = new NpgsqlCommand("""
            select decision_id from archive.delegated_decisions
            where authority_id = $1 and report_id is null and archive.swedish_date(decided_at) <= $2 and ($3::uuid[] is null or decision_id = any ($3))
            order by decided_at, decision_id for update
            """, connection, transaction))
        {
            query.Parameters.Add(new() { Value = authority.Id });
            query.Parameters.Add(new() { Value = command.MeetingOn ?? DateOnly.MinValue });
            query.Parameters.Add(new() { Value = (object?)command.Decisions?.ToArray() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Uuid });
            await using var row = await query.ExecuteReaderAsync(ct);
            while (await row.ReadAsync(ct)) waiting.Add(row.GetGuid(0));
        }

        var decision = command.Decide(authority, waiting, Swedish.Day(clock.GetUtcNow()));
        if (decision.Refused is not null) return (default, 0, 0, decision.Refused);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        NpgsqlBatchCommand[] beside =
        [
            new("""
                insert into archive.delegation_reports (report_id, authority_id, meeting_on, decisions, reported_by, reported_at)
                select $1, $2, $3, $4, $5, s.timestamp from archive.mt_streams s where s.id = $1
                """)
            {
                Parameters = { new() { Value = id }, new() { Value = authority.Id }, new() { Value = command.MeetingOn!.Value }, new() { Value = waiting.Count }, new() { Value = caller.PersonId } },
            },
            new("update archive.delegated_decisions set report_id = $1 where decision_id = any ($2)") { Parameters = { new() { Value = id }, new() { Value = waiting.ToArray() } } },
        ];
        if (await log.Append(transaction, [new(id, "delegation_report", ExpectedVersion.NewStream, decision.Events)], log.NewKeySet(), new(caller.PersonId.ToString("D")), beside, ct) is not Appended.Done done)
            return (default, 0, 0, Refusal.ChangedMeanwhile(0));
        await transaction.CommitAsync(ct);
        return (id, waiting.Count, done.LastSequence, null);
    }

    private async Task<Guid?> UnknownPerson(Guid[] persons, CancellationToken ct)
    {
        await using var query = databases.Writer.CreateCommand("select p from unnest($1) p where not exists (select from archive.persons k where k.person_id = p and not k.is_service) limit 1");
        query.Parameters.Add(new() { Value = persons });
        return await query.ExecuteScalarAsync(ct) as Guid?;
    }

    private static List<NpgsqlBatchCommand> Rows(Guid order, DelegationOrderAdopted e, Caller caller)
    {
        static NpgsqlParameter Day(DateOnly? day) => new() { Value = (object?)day ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Date };
        List<NpgsqlBatchCommand> rows =
        [
            new("""
                insert into archive.delegation_orders (authority_id, version, order_id, valid_from, valid_until, adopted_by, adopted_at)
                select $1, $2, $3, $4, $5, $6, s.timestamp from archive.mt_streams s where s.id = $3
                """)
            {
                Parameters = { new() { Value = e.Authority }, new() { Value = e.Version }, new() { Value = order }, new() { Value = e.From }, Day(e.Until), new() { Value = caller.PersonId } },
            },
        ];
        rows.AddRange(e.Points.Select((point, i) => new NpgsqlBatchCommand("""
            insert into archive.delegation_points (authority_id, version, place, number, kind, role, person_id, valid_from, valid_until)
            values ($1, $2, $3, $4, $5, $6, $7, $8, $9)
            """)
        {
            Parameters =
            {
                new() { Value = e.Authority }, new() { Value = e.Version }, new() { Value = i + 1 }, new() { Value = point.Number }, new() { Value = point.Kind },
                new() { Value = (object?)point.Role?.Stored() ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text }, new() { Value = (object?)point.Person ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid },
                Day(point.From), Day(point.Until),
            },
        }));
        return rows;
    }
}

/// <summary>Notes that decisions taken on delegation were reported at a meeting (KL 6 kap. 40 §, 7 kap. 8 §): all that were taken by that day and are not reported, or those named.</summary>
public sealed record ReportDecisions(DateOnly? MeetingOn, string? Paragraph, IReadOnlyList<Guid>? Decisions = null)
{
    /// <param name="waiting">Not reported yet, taken by the day of the meeting.</param>
    public Decision Decide(Authority authority, IReadOnlyList<Guid> waiting, DateOnly today) =>
        MeetingOn is not { } day ? Refusal.Input("meeting-missing", "Ange vilken dag sammanträdet var.")
        : day > today ? Refusal.Input("meeting-coming", "Anmälan antecknas när sammanträdet har varit. Skriv ut listan till dess.")
        : Paragraph?.Trim() is not { Length: > 0 and <= 200 } paragraph ? Refusal.Input("paragraph-missing", "Ange paragrafen i protokollet, som KS § 45, högst 200 tecken.")
        : Decisions is { } named && named.Distinct().Count() != waiting.Count ? new Refusal("decision-not-waiting", "Något av besluten är redan anmält, är fattat efter sammanträdet eller finns inte.")
        : waiting.Count == 0 ? new Refusal("nothing-to-report", "Inga delegationsbeslut fattade till och med den dagen väntar på anmälan.")
        : new Happened(new DelegationReported(authority.Id, day, waiting, authority.Policy.Version), KeyClass.Office, new Parts().With("paragraph", paragraph));
}
