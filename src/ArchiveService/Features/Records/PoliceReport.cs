using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Features.Retention;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Records;

/// <summary>
/// A police report: what crime is suspected, when it was made and by whom, and its number. It places a gallringsstopp in the same transaction, so
/// that the evidence stands until a person lifts it.
/// </summary>
public sealed record PoliceReport(string? Crime, string? ReportNumber, DateTimeOffset? ReportedAt, string? ReportedBy, string? Note)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/records/{id:guid}/police-report", async (Guid id, PoliceReport command, IfMatch expected, Caller caller, RecordMeasures handler, CancellationToken ct) =>
        {
            var (outcome, hold) = await handler.Report(id, command, expected, caller, ct);
            return outcome is Outcome.Done done ? TypedResults.Ok(new { hold, done.LastSequence, done.Version }) : outcome.Answer();
        }).WithName("police-report");

    /// <summary>Pure. The hold has been given its id beforehand, for both streams name it.</summary>
    public Decision Decide(RecordState state, Policy policy, DateTimeOffset now, Guid hold)
    {
        if (Crime?.Trim() is not { Length: > 0 and <= 500 } crime) return Refusal.Input("crime-missing", "Ange vilket brott som misstänks, högst 500 tecken.");
        if (ReportNumber is { Length: > 100 } || ReportedBy is { Length: > 200 } || Note is { Length: > 5000 })
            return Refusal.Input("police-report-too-long", "Ärendenumret får vara högst 100 tecken, namnet 200 och anteckningen 5000.");
        if (ReportedAt > now.AddMinutes(5)) return Refusal.Input("reported-in-the-future", "Anmälan kan inte ha gjorts i framtiden.");
        var parts = new Parts().With("crime", crime);
        foreach (var (part, text) in new[] { ("reportNumber", ReportNumber), ("reportedBy", ReportedBy), ("note", Note) })
        {
            if (text?.Trim() is { Length: > 0 } said) parts.With(part, said);
        }

        return new Happened(new PoliceReportMade(ReportedAt ?? now, hold, policy.Version), KeyClass.Register, parts);
    }

    /// <summary>The gallringsstopp beside it. Its reason says no more than that there is a report: the rest stands with the record.</summary>
    public static Beside Hold(Guid record, RecordState state, Guid hold, int policyVersion) => new(
        [],
        [new(hold, "hold", ExpectedVersion.NewStream, [new(new DisposalHeld(state.Authority, HoldKind.Record, record, "police", policyVersion), KeyClass.Office, new Parts().With("reason", "Polisanmälan gjord"))])],
        [
            new NpgsqlBatchCommand("insert into archive.holds (hold_id, authority_id, kind, target_id, ground) values ($1, $2, 'record', $3, 'police')")
            {
                Parameters = { new() { Value = hold }, new() { Value = state.Authority }, new() { Value = record } },
            },
        ]);
}
