using System.Text;
using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.PageParts;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Classification;

/// <summary>Takes in a plan from a file (KLASSA or the authority's own diarieplan), or says what it would change.</summary>
public sealed record AdoptPlan(string? Csv, string? DecisionReference, bool DryRun)
{
    private const int LargestFile = 4 * 1024 * 1024;

    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapPut("/api/v1/authorities/{code}/classes", async (string code, bool? dryRun, string? decisionReference, HttpRequest request, Caller caller, AdoptPlanHandler handler, CancellationToken ct) =>
        {
            if (request.ContentLength > LargestFile) return (IResult)Problems.Refused(TooLarge);
            using var reader = new StreamReader(request.Body, new UTF8Encoding(false, throwOnInvalidBytes: true));
            string csv;
            try
            {
                csv = await reader.ReadToEndAsync(ct);
            }
            catch (DecoderFallbackException)
            {
                return Problems.Refused(Refusal.Input("plan-encoding", "Filen är inte UTF-8. Spara den som CSV UTF-8 och försök igen."));
            }

            var (adopted, refused) = await handler.Adopt(code, new(csv, decisionReference, dryRun ?? false), caller, ct);
            return refused is not null ? Problems.Refused(refused) : TypedResults.Ok(adopted);
        })
        .Accepts<string>("text/csv")
        .WithName("adopt-classification-plan");

        routes.MapGet("/api/v1/authorities/{code}/classes", async (string code, DateOnly? on, string? q, Caller caller, AuthorityRegister authorities, ClassificationPlans plans, CancellationToken ct) =>
        {
            if (await authorities.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (IResult)Problems.Refused(Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."));
            var plan = await plans.Of(authority.Id, ct);
            return TypedResults.Ok(new
            {
                version = plan?.Version,
                plan?.DecisionReference,
                plan?.AdoptedAt,
                items = (plan?.Classes ?? []).Where(c => (on is not { } day || c.IsValidOn(day)) && Matches(c, q)),
            });
        })
        .WithName("classes");
    }

    internal static bool Matches(RecordClass c, string? q) => string.IsNullOrWhiteSpace(q)
        || c.Code.StartsWith(q.Trim(), StringComparison.OrdinalIgnoreCase) || c.Title.Contains(q.Trim(), StringComparison.CurrentCultureIgnoreCase) || c.Replaces.Contains(q.Trim());

    private static Refusal TooLarge => Refusal.Input("plan-too-large", "En plan får vara högst 4 MiB.");

    /// <summary>Pure: the plan the file makes, or all that is wrong with it.</summary>
    public (IReadOnlyList<RecordClass> Classes, Refusal? Refused) Decide(ClassificationPlan? before, DateOnly today)
    {
        if (Csv is null || Csv.Length == 0) return ([], Refusal.Input("plan-missing", "Skicka planen som CSV: kod;titel;giltig från;giltig till;ersätter."));
        if (Csv.Length > LargestFile) return ([], TooLarge);
        if (DecisionReference is { Length: > 200 }) return ([], Refusal.Input("decision-reference", "Beslutet får anges med högst 200 tecken."));
        var file = PlanFile.Read(Csv);
        if (file.Faults.Count > 0)
        {
            return ([], new("plan-faulty", $"Planen är inte införd. {string.Join(" ", file.Faults.Take(5).Select(f => f.Line > 0 ? $"Rad {f.Line}: {f.What}" : f.What))}{(file.Faults.Count > 5 ? $" Och {file.Faults.Count - 5} fel till." : "")}",
                StatusCodes.Status400BadRequest, new Dictionary<string, object?>(StringComparer.Ordinal) { ["faults"] = file.Faults }));
        }

        return (ClassificationPlan.Next(before, file.Classes, today), null);
    }
}

/// <param name="Version">Of the plan adopted; on a dry run of the one it would be.</param>
public sealed record PlanAdopted(int Version, bool DryRun, int Classes, IReadOnlyList<ClassDifference> Differences, long? LastSequence);

public sealed class AdoptPlanHandler(SealedLog log, AuthorityRegister authorities, ClassificationPlans plans, TimeProvider clock)
{
    public async Task<(PlanAdopted? Adopted, Refusal? Refused)> Adopt(string code, AdoptPlan command, Caller caller, CancellationToken ct)
    {
        if (await authorities.Find(code, ct) is not { } authority || !caller.IsStaffOf(authority.Id)) return (null, Refusal.Unknown("authority", $"Det finns ingen myndighet med koden {code}."));
        if (!caller.May(authority.Id, Role.Arkivarie, Role.Registrator, Role.Admin)) return (null, Refusal.NotAllowed("Bara arkivarie, registrator eller administratör kan föra in en klassificeringsplan."));
        var today = Swedish.Day(clock.GetUtcNow());
        var before = await plans.Of(authority.Id, ct);
        var (classes, refused) = command.Decide(before, today);
        if (refused is not null) return (null, refused);

        var differences = ClassificationPlan.Compare(before, classes, await plans.OpenCases(authority.Id, ct), today);
        var version = (before?.Version ?? 0) + 1;
        if (command.DryRun) return (new(version, true, classes.Count, differences, null), null);
        if (differences.Count == 0) return (new(version - 1, false, classes.Count, [], null), null);

        var stream = before?.Stream ?? Guid.CreateVersion7(clock.GetUtcNow());
        var reference = command.DecisionReference?.Trim() is { Length: > 0 } given ? given : null;
        NpgsqlBatchCommand[] beside =
        [
            new("""
                insert into archive.classification_plans (authority_id, version, stream_id, decision_reference, adopted_at)
                select $1, $2, $3, $4, s.timestamp from archive.mt_streams s where s.id = $3
                """)
            {
                Parameters = { new() { Value = authority.Id }, new() { Value = version }, new() { Value = stream }, new() { Value = (object?)reference ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Text } },
            },
            new("""
                insert into archive.record_classes (authority_id, version, code, title, valid_from, valid_until, replaces)
                select $1, $2, code, title, valid_from, valid_until, string_to_array(replaces, '|') from unnest($3, $4, $5, $6, $7) c(code, title, valid_from, valid_until, replaces)
                """)
            {
                Parameters =
                {
                    new() { Value = authority.Id }, new() { Value = version }, new() { Value = classes.Select(c => c.Code).ToArray() }, new() { Value = classes.Select(c => c.Title).ToArray() },
                    new() { Value = classes.Select(c => c.ValidFrom).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date },
                    new() { Value = classes.Select(c => c.ValidUntil).ToArray(), NpgsqlDbType = NpgsqlDbType.Array | NpgsqlDbType.Date },
                    new() { Value = classes.Select(c => string.Join('|', c.Replaces)).ToArray() },
                },
            },
        ];
        var happened = new Happened(new ClassificationPlanAdopted(authority.Id, version, classes, reference, authority.Policy.Version));
        try
        {
            return await log.Append([new(stream, "classification_plan", ExpectedVersion.Exactly(version - 1), [happened])], log.NewKeySet(), new(caller.PersonId.ToString("D")), beside, ct) is Appended.Done done
                ? (new(version, false, classes.Count, differences, done.LastSequence), null)
                : (null, Refusal.ChangedMeanwhile(version));
        }
        catch (PostgresException error) when (error is { SqlState: PostgresErrorCodes.UniqueViolation, ConstraintName: "classification_plans_pkey" })
        {
            // Two first plans at once have streams of their own: the table settles which is the first.
            return (null, Refusal.ChangedMeanwhile(version));
        }
    }
}
