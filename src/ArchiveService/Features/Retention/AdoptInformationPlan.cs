using System.Text;
using System.Text.Json;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Classification;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Retention;

/// <summary>A row as it is sent: words as they are stored, the frist in ISO 8601.</summary>
public sealed record PlanRowSent(
    string? RecordType, string? Title, string? ClassCode, string? Handling, string? Action, string? CountedFrom, string? DateName, string? Frist, string? LegalBasis)
{
    public static PlanRowSent From(PlanRow row) => new(
        row.RecordType, row.Title, row.ClassCode, row.Handling, row.Action.Stored(), row.CountedFrom?.Stored(), row.DateName, row.Frist?.ToIso(), row.LegalBasis);
}

/// <summary>Takes in an informationshanteringsplan, whole, as a new version; or says what it would change.</summary>
public sealed record AdoptInformationPlan(IReadOnlyList<PlanRow> Rows, IReadOnlyList<PlanFault> Unread, string? DecisionReference, bool DryRun)
{
    public const int LargestFile = 4 * 1024 * 1024;

    private sealed record Body(IReadOnlyList<PlanRowSent>? Rows, string? DecisionReference);

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/api/v1/authorities/{code}/information-plan", async (string code, bool? dryRun, string? decisionReference, HttpRequest request, Caller caller, AdoptInformationPlanHandler handler, CancellationToken ct) =>
        {
            if (request.ContentLength > LargestFile) return (IResult)Problems.Refused(TooLarge);
            string text;
            try
            {
                using var reader = new StreamReader(request.Body, new UTF8Encoding(false, throwOnInvalidBytes: true));
                text = await reader.ReadToEndAsync(ct);
            }
            catch (DecoderFallbackException)
            {
                return Problems.Refused(Refusal.Input("plan-encoding", "Filen är inte UTF-8. Spara den som CSV UTF-8 och försök igen."));
            }

            if (text.Length > LargestFile) return Problems.Refused(TooLarge);
            AdoptInformationPlan? command;
            try
            {
                command = request.ContentType?.Contains("json", StringComparison.OrdinalIgnoreCase) == true ? FromJson(text, decisionReference, dryRun ?? false) : FromCsv(text, decisionReference, dryRun ?? false);
            }
            catch (JsonException)
            {
                return Problems.Refused(Refusal.Input("plan-unreadable", "Planen går inte att läsa: skicka JSON med rows, eller CSV."));
            }

            var (adopted, refused) = await handler.Adopt(code, command, caller, ct);
            return refused is not null ? Problems.Refused(refused) : TypedResults.Ok(adopted);
        })
        .Accepts<string>("text/csv", "application/json")
        .WithName("adopt-information-plan");

        routes.MapGet("/api/v1/authorities/{code}/information-plan", async (
            string code, int? version, Caller caller, AuthorityRegister authorities, InformationPlans plans, RetentionRegister register, CancellationToken ct) =>
        {
            if (await authorities.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (IResult)Problems.Refused(Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."));
            var plan = await plans.Of(authority.Id, version, ct);
            if (plan is null && version is not null) return Problems.Refused(Refusal.Unknown("plan", $"Det finns ingen version {version} av planen."));
            return TypedResults.Ok(new
            {
                authority = authority.Code,
                version = plan?.Version,
                decisionReference = plan?.DecisionReference,
                adoptedAt = plan?.AdoptedAt,
                rows = plan?.Rows.Select(PlanRowSent.From) ?? [],
                versions = (await plans.Versions(authority.Id, ct)).Select(v => new { v.Version, v.DecisionReference, v.AdoptedAt }),
                differences = plan?.Against(await register.RulesInForce([authority.Id], ct), await register.Today(ct)) ?? [],
            });
        }).WithName("show-information-plan");
    }

    public static AdoptInformationPlan FromCsv(string csv, string? reference, bool dryRun)
    {
        var (rows, faults) = InformationPlanFile.Read(csv);
        return new(rows, faults, reference, dryRun);
    }

    private static AdoptInformationPlan FromJson(string json, string? reference, bool dryRun)
    {
        var body = JsonSerializer.Deserialize<Body>(json, JsonSerializerOptions.Web);
        var faults = new List<PlanFault>();
        var rows = new List<PlanRow>();
        foreach (var (sent, line) in (body?.Rows ?? []).Select((r, i) => (r, i + 1)))
        {
            if (!Words.Actions.TryGetValue(sent.Action ?? "", out var action)) faults.Add(new(line, $"action kan vara: {string.Join(", ", Words.Actions.Keys)}."));
            CountedFrom? from = sent.CountedFrom is null ? null : Words.CountedFrom.TryGetValue(sent.CountedFrom, out var known) ? known : null;
            if (sent.CountedFrom is not null && from is null) faults.Add(new(line, $"countedFrom kan vara: {string.Join(", ", Words.CountedFrom.Keys)}."));
            var frist = Period.Parse(sent.Frist);
            if (sent.Frist is not null && frist is null) faults.Add(new(line, $"Fristen {sent.Frist} går inte att läsa. Skriv den som P2Y, P6M, P1Y6M eller P30D."));
            rows.Add(new(
                sent.RecordType ?? "", Trimmed(sent.Title) ?? Words.RecordTypes.Said(sent.RecordType ?? ""), Trimmed(sent.ClassCode), Trimmed(sent.Handling) ?? "", action, from, AdoptRule.Named(sent.DateName), frist,
                Trimmed(sent.LegalBasis)));
        }

        return new(rows, faults, body?.DecisionReference ?? reference, dryRun);
    }

    public static Refusal TooLarge => new("plan-too-large", "Filen är för stor. En plan får vara högst 4 MiB.", StatusCodes.Status413PayloadTooLarge);

    /// <summary>Pure: all that is wrong, or nothing.</summary>
    public Refusal? Refuse()
    {
        if (DecisionReference is { Length: > 200 }) return Refusal.Input("decision-reference", "Beslutet får anges med högst 200 tecken.");
        IReadOnlyList<PlanFault> faults = Unread.Count > 0 ? Unread : InformationPlan.Faults(Rows);
        return faults.Count == 0 ? null : new(
            "plan-faulty", $"Planen är inte införd. {string.Join(" ", faults.Take(5).Select(f => f.Line > 0 ? $"Rad {f.Line}: {f.What}" : f.What))}{(faults.Count > 5 ? $" Och {faults.Count - 5} fel till." : "")}",
            StatusCodes.Status400BadRequest, new Dictionary<string, object?>(StringComparer.Ordinal) { ["faults"] = faults });
    }

    private static string? Trimmed(string? text) => string.IsNullOrWhiteSpace(text) ? null : text.Trim();
}

/// <param name="Version">Of the plan adopted; on a dry run of the one it would be.</param>
public sealed record InformationPlanTaken(int Version, bool DryRun, int Rows, IReadOnlyList<PlanChange> Changes, IReadOnlyList<PlanGap> Differences, long? LastSequence);

public sealed class AdoptInformationPlanHandler(SealedLog log, AuthorityRegister authorities, InformationPlans plans, RetentionRegister register, TimeProvider clock)
{
    public async Task<(InformationPlanTaken? Adopted, Refusal? Refused)> Adopt(string code, AdoptInformationPlan command, Caller caller, CancellationToken ct)
    {
        if (await authorities.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (null, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."));
        if (Archivists.Refuse(caller, authority.Id, "föra in en informationshanteringsplan") is { } notAllowed) return (null, notAllowed);
        if (command.Refuse() is { } refused) return (null, refused);
        var before = await plans.Of(authority.Id, ct);
        var changes = InformationPlan.Compare(before, command.Rows);
        var version = (before?.Version ?? 0) + 1;
        var reference = string.IsNullOrWhiteSpace(command.DecisionReference) ? null : command.DecisionReference.Trim();
        var stream = before?.Stream ?? Guid.CreateVersion7(clock.GetUtcNow());
        var gaps = new InformationPlan(stream, version, command.Rows, reference, default).Against(await register.RulesInForce([authority.Id], ct), await register.Today(ct));
        if (command.DryRun) return (new(version, true, command.Rows.Count, changes, gaps, null), null);
        if (changes.Count == 0 && reference == before?.DecisionReference) return (new(version - 1, false, command.Rows.Count, [], gaps, null), null);

        var happened = new Happened(new InformationPlanAdopted(authority.Id, version, command.Rows, reference, authority.Policy.Version));
        try
        {
            return await log.Append([new(stream, "information_plan", ExpectedVersion.Exactly(version - 1), [happened])], log.NewKeySet(), new(caller.PersonId.ToString("D")), Beside(authority.Id, version, stream, reference, command.Rows), ct) is Appended.Done done
                ? (new(version, false, command.Rows.Count, changes, gaps, done.LastSequence), null)
                : (null, Refusal.ChangedMeanwhile(version));
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "information_plans_pkey" })
        {
            // Two first plans at once have streams of their own: the table settles which is the first.
            return (null, Refusal.ChangedMeanwhile(version));
        }
    }

    private static NpgsqlBatchCommand[] Beside(Guid authority, int version, Guid stream, string? reference, IReadOnlyList<PlanRow> rows)
    {
        static NpgsqlParameter Texts(IEnumerable<string?> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Text };
        static NpgsqlParameter Numbers(IEnumerable<int?> values) => new() { Value = values.ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Integer };
        return
        [
            new("insert into archive.information_plans (authority_id, version, stream_id, decision_reference, adopted_at) select $1, $2, $3, $4, s.timestamp from archive.mt_streams s where s.id = $3")
            {
                Parameters = { new() { Value = authority }, new() { Value = version }, new() { Value = stream }, new() { Value = (object?)reference ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } },
            },
            new("""
                insert into archive.information_plan_rows
                  (authority_id, version, place, record_type, title, class_code, handling, action, counted_from, date_name, years, months, days, legal_basis)
                select $1, $2, w.place, w.record_type, w.title, w.class_code, w.handling, w.action, w.counted_from, w.date_name, w.years, w.months, w.days, w.legal_basis
                from unnest($3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)
                  with ordinality w(record_type, title, class_code, handling, action, counted_from, date_name, years, months, days, legal_basis, place)
                """)
            {
                Parameters =
                {
                    new() { Value = authority }, new() { Value = version }, Texts(rows.Select(r => r.RecordType)), Texts(rows.Select(r => r.Title)), Texts(rows.Select(r => r.ClassCode)), Texts(rows.Select(r => r.Handling)),
                    Texts(rows.Select(r => r.Action.Stored())), Texts(rows.Select(r => r.CountedFrom?.Stored())), Texts(rows.Select(r => r.DateName)),
                    Numbers(rows.Select(r => r.Frist?.Years)), Numbers(rows.Select(r => r.Frist?.Months)), Numbers(rows.Select(r => r.Frist?.Days)), Texts(rows.Select(r => r.LegalBasis)),
                },
            },
        ];
    }
}
