using ArchiveService.Access;
using ArchiveService.EventStore;
using ArchiveService.Features.Authorities;
using ArchiveService.Hosting;
using ArchiveService.Http;
using ArchiveService.Sealing;
using Npgsql;

namespace ArchiveService.Features.Cases;

/// <summary>Avslutar ett ärende. A rule whose frist is counted from the end of the case gives a day from now on; a new document needs another case.</summary>
public sealed record CloseCase(string? Reason)
{
    public static void Map(IEndpointRouteBuilder routes) => routes
        .MapPost("/api/v1/cases/{id:guid}/close", async (Guid id, CloseCase command, IfMatch expected, Caller caller, CloseCaseHandler handler, CancellationToken ct) =>
            (await handler.Close(id, command, expected, caller, ct)).Answer())
        .WithName("close-case");

    /// <summary>Pure.</summary>
    public Decision Decide(bool closed, DateTimeOffset now, int policyVersion) =>
        closed ? new Refusal("case-closed", "Ärendet är redan avslutat.")
        : Reason is { Length: > 2000 } ? Refusal.Input("note-too-long", "Anteckningen får vara högst 2000 tecken.")
        : new Happened(new CaseClosed(now, policyVersion), KeyClass.Case, new Parts().With("reason", string.IsNullOrWhiteSpace(Reason) ? null : Reason.Trim()));
}

public sealed class CloseCaseHandler(SealedLog log, Databases databases, AuthorityRegister authorities, TimeProvider clock)
{
    public async Task<Outcome> Close(Guid id, CloseCase command, IfMatch expected, Caller caller, CancellationToken ct)
    {
        await using var connection = await databases.Writer.OpenConnectionAsync(ct);
        await using var transaction = await connection.BeginTransactionAsync(ct);
        if (await Lock(transaction, id, ct) is not { } found || !caller.IsStaffOf(found.Authority)) return Refusal.Unknown("case", "Ärendet finns inte, eller så får du inte se det.");
        if (!caller.May(found.Authority, Role.Registrator)) return Refusal.NotAllowed("Bara en registrator får avsluta ett ärende.");
        if (expected.Version is { } version && version != found.Version) return Refusal.ChangedMeanwhile(found.Version);
        var policy = (await authorities.Find(found.Authority, ct))!.Policy;
        var decision = command.Decide(found.Closed, clock.GetUtcNow(), policy.Version);
        if (decision.Refused is not null) return decision.Refused;

        var closed = (CaseClosed)decision.Events[0].Event;
        NpgsqlBatchCommand row = new("update archive.cases set closed_at = $2 where case_id = $1") { Parameters = { new() { Value = id }, new() { Value = closed.ClosedAt.ToUniversalTime() } } };
        var keys = await log.Keys([id], ct);
        if (await log.Append(transaction, [new(id, "case", ExpectedVersion.Exactly(found.Version), decision.Events)], keys, new(caller.PersonId.ToString("D")), [row], ct) is not Appended.Done done)
            return Refusal.ChangedMeanwhile(found.Version + 1);
        await transaction.CommitAsync(ct);
        return new Outcome.Done(done.LastSequence, done.Versions[id]);
    }

    /// <summary>The stream before the row, as a registration into the case takes them: so it is either before the end or refused.</summary>
    private static async Task<(Guid Authority, bool Closed, long Version)?> Lock(NpgsqlTransaction transaction, Guid id, CancellationToken ct)
    {
        await using var query = new NpgsqlCommand("""
            select c.authority_id, c.closed_at is not null, s.version
            from archive.cases c join archive.mt_streams s on s.id = c.case_id where c.case_id = $1 for update of s, c
            """, transaction.Connection, transaction);
        query.Parameters.Add(new() { Value = id });
        await using var row = await query.ExecuteReaderAsync(ct);
        return await row.ReadAsync(ct) ? (row.GetGuid(0), row.GetBoolean(1), row.GetInt64(2)) : null;
    }
}
