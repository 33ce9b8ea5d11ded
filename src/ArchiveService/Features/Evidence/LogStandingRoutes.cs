using ArchiveService.Access;
using ArchiveService.Features.Cases;
using ArchiveService.Http;
using ArchiveService.Sealing;

namespace ArchiveService.Features.Evidence;

/// <summary>What an administrator confirms after a restore that is behind.</summary>
/// <param name="Numbers">The highest diary numbers known outside beside those of the copies, each <c>CODE=NUMBER</c>.</param>
/// <param name="DryRun">Only says what would happen.</param>
public sealed record ResumeLogRequest(IReadOnlyList<string>? Numbers, bool DryRun = false);

/// <summary>How the log stands against what is known outside, going on after a restore, and a change of the signing key.</summary>
public static class LogStandingRoutes
{
    public static void Map(IEndpointRouteBuilder routes)
    {
        routes.MapGet("/api/v1/evidence/standing", async (Caller caller, LogStanding standing, EvidenceLog log, CancellationToken ct) =>
            IndexModel.MaySee(caller)
                ? TypedResults.Ok(new
                {
                    ReadOnly = standing.IsReadOnly,
                    State = standing.Last?.State ?? LogState.Level,
                    standing.BehindLedger,
                    Logs = (await log.All(ct)).Select(head => new { head.Ordinal, head.Origin, head.Size, head.Closed, VKey = head.Key.ToString() }),
                    Lost = (standing.Last?.Lost ?? []).Select(lost => new { lost.Origin, lost.Size, Root = lost.Root.ToString(), lost.SignedAt }),
                    Numbers = standing.Last?.Numbers ?? [],
                })
                : Problems.Refused(Refusal.NotAllowed("Bara granskare, arkivarie, registrator eller administratör får se hur loggen står.")) as IResult).WithTags("Evidence").WithSummary("How the evidence log stands against the copies of its checkpoints outside.");
        routes.MapPost("/api/v1/evidence/resume", async (ResumeLogRequest asked, Caller caller, ResumeLog resume, LogStanding standing, CancellationToken ct) =>
        {
            if (!MayAct(caller)) return Problems.Refused(OnlyAdmin);
            var done = await Resume(asked.Numbers ?? [], asked.DryRun, caller, resume, standing, ct);
            return done.Refused is { } refused
                ? Problems.Refused(refused)
                : (IResult)TypedResults.Ok(new
                {
                    done.Origin,
                    Skipped = done.Resumed.Select(one => new { one.Authority, one.Organ, one.Skipped.Year, one.Skipped.From, one.Skipped.Until }),
                    Unknown = done.Unknown ?? [],
                });
        }).WithTags("Evidence").WithSummary("After a restore that is behind: goes on under the next name, above the numbers known outside.");
        routes.MapPost("/api/v1/evidence/keys/rotate", async (Caller caller, KeyRotation rotation, CancellationToken ct) =>
        {
            if (!MayAct(caller)) return Problems.Refused(OnlyAdmin);
            var (rotated, refused) = await rotation.Run(caller, ct);
            return refused is null ? (IResult)TypedResults.Ok(new { rotated!.Origin, rotated.From, rotated.To, rotated.FromSize }) : Problems.Refused(refused);
        }).WithTags("Evidence").WithSummary("Another key signs checkpoints from here on; the old one names it.");
    }

    /// <summary>The log is of all authorities: so is who acts on it.</summary>
    public static bool MayAct(Caller caller) => caller.May(Guid.Empty, Role.Admin);

    public static Refusal OnlyAdmin => Refusal.NotAllowed("Bara en administratör får göra detta.");

    /// <summary>Goes on, and opens the archive again when nothing stands in the way.</summary>
    public static async Task<Resumption> Resume(IReadOnlyList<string> numbers, bool dryRun, Caller caller, ResumeLog resume, LogStanding standing, CancellationToken ct)
    {
        var known = new List<KnownOutside>();
        foreach (var written in numbers)
        {
            if (KnownOutside.Read(written) is not { } one)
                return new([], Refusal.Input("number-unread", $"\"{written}\" går inte att läsa. Skriv myndighetens kod, likhetstecken och numret: KS=KS 120/2026 956."));
            known.Add(one);
        }

        var done = await resume.Run(known, dryRun, caller, ct);
        if (done.Refused is null && !dryRun) await standing.Look(ct);
        return done;
    }
}

/// <summary>While the archive is read-only, what would change it answers 503 with the reason, before anything is read of it.</summary>
public sealed class ReadOnlyWhileBehind(RequestDelegate next, AppendGate gate)
{
    private static readonly string[] Still = ["/logga-in", "/logga-ut", "/bevis", "/fel", "/api/v1/evidence", "/evidence"];

    public Task InvokeAsync(HttpContext http)
    {
        if (!gate.IsClosed || HttpMethods.IsGet(http.Request.Method) || HttpMethods.IsHead(http.Request.Method) || HttpMethods.IsOptions(http.Request.Method)
            || Still.Any(path => http.Request.Path.StartsWithSegments(path, StringComparison.OrdinalIgnoreCase))) return next(http);
        http.Response.Headers.RetryAfter = "30";
        if (http.Request.Path.StartsWithSegments("/api", StringComparison.OrdinalIgnoreCase) || http.Request.Path.StartsWithSegments("/webhooks", StringComparison.OrdinalIgnoreCase))
            return Problems.Refused(KeyRotation.ReadOnly).ExecuteAsync(http);
        http.Response.StatusCode = StatusCodes.Status503ServiceUnavailable;
        return Task.CompletedTask;
    }
}
