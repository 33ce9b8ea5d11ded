using System.Text.Json;
using System.Text.Json.Serialization;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Features.Verify;
using ArchiveService.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Operations;

public enum ReconciliationState
{
    Running,
    Finished,

    /// <summary>The service was stopped in the middle; nothing is known.</summary>
    Interrupted,

    /// <summary>Could not be carried through; <see cref="Reconciliation.Problem"/> says why.</summary>
    Failed,
}

/// <summary>What was counted, and what did not agree.</summary>
public sealed record Reconciled(long UpTo, IReadOnlyDictionary<string, long> Counts, IReadOnlyList<Finding> Findings);

/// <summary>One reconcile, by the clock or asked for.</summary>
/// <param name="ByClock">Nobody asked for it.</param>
/// <param name="UpTo">The event up to which views were compared.</param>
public sealed record Reconciliation(
    Guid Id, bool ByClock, string? StartedByName, DateTimeOffset StartedAt, ReconciliationState State, DateTimeOffset? FinishedAt, string? Problem,
    long? UpTo, long? Errors, long? Warnings, Reconciled? Report);

/// <summary>The rows of archive.reconciliations.</summary>
public sealed class Reconciliations(Databases databases, TimeProvider clock)
{
    private const string Interrupted = "interrupted";

    // Whoever runs one holds the lock; a little time is given to whoever is about to take it.
    private static readonly string Abandoned = $"""
        finished_at is null and started_at < clock_timestamp() - interval '1 minute'
        and not exists (select from pg_locks where locktype = 'advisory' and classid = 0 and objid = {ReconcileArchive.LockKey} and objsubid = 1 and granted
                        and database = (select oid from pg_database where datname = current_database()))
        """;

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>Begins one; the one that is running when there is one.</summary>
    /// <param name="by">Null: the clock.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<(Guid Id, bool IsNew)> Begin(Caller? by, CancellationToken ct)
    {
        await Run($"update archive.reconciliations set finished_at = clock_timestamp(), problem = '{Interrupted}' where {Abandoned}", ct);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        while (true)
        {
            var person = new NpgsqlParameter { Value = (object?)by?.PersonId ?? DBNull.Value, NpgsqlDbType = NpgsqlDbType.Uuid };
            if (await Run("insert into archive.reconciliations (reconciliation_id, started_by) values ($1, $2) on conflict do nothing", ct, id, person) == 1) return (id, true);
            await using var running = databases.Writer.CreateCommand("select reconciliation_id from archive.reconciliations where finished_at is null");
            if (await running.ExecuteScalarAsync(ct) is Guid other) return (other, false);
        }
    }

    public async Task<Reconciliation?> Find(Guid id, CancellationToken ct) => (await Read("where reconciliation_id = $1", ct, id)).FirstOrDefault();

    /// <summary>The one begun last.</summary>
    public async Task<Reconciliation?> Latest(CancellationToken ct) => (await Read("order by started_at desc limit 1", ct)).FirstOrDefault();

    public Task<List<Reconciliation>> Recent(int most, CancellationToken ct) => Read("order by started_at desc limit $1", ct, most);

    public Task Finish(Guid id, Reconciled report, CancellationToken ct) => Run("""
        update archive.reconciliations set finished_at = clock_timestamp(), up_to = $2, errors = $3, warnings = $4, report = $5 where reconciliation_id = $1 and finished_at is null
        """, ct, id, report.UpTo, Count(report, Severity.Error), Count(report, Severity.Warning),
        new NpgsqlParameter { Value = JsonSerializer.Serialize(report, Json), NpgsqlDbType = NpgsqlDbType.Jsonb });

    public Task Fail(Guid id, string problem, CancellationToken ct) =>
        Run("update archive.reconciliations set finished_at = clock_timestamp(), problem = $2 where reconciliation_id = $1 and finished_at is null", ct, id, problem);

    public Task GiveUp(Guid id, CancellationToken ct) => Fail(id, Interrupted, ct);

    private static long Count(Reconciled report, Severity severity) => report.Findings.LongCount(f => f.Severity == severity);

    private async Task<int> Run(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = databases.Writer.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<Reconciliation>> Read(string which, CancellationToken ct, params object[] values)
    {
        await using var query = databases.Staff.CreateCommand($"""
            select reconciliation_id, started_by is null, (select name from views.persons where person_id = started_by), started_at, finished_at, problem, up_to, errors, warnings, report, {Abandoned}
            from archive.reconciliations {which}
            """);
        foreach (var value in values) query.Parameters.Add(new() { Value = value });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<Reconciliation>();
        while (await rows.ReadAsync(ct))
        {
            var (finished, problem) = (rows.GetFieldValue<DateTimeOffset?>(4), rows.Text(5));
            var state = rows.GetBoolean(10) || problem == Interrupted ? ReconciliationState.Interrupted
                : finished is null ? ReconciliationState.Running
                : problem is null ? ReconciliationState.Finished : ReconciliationState.Failed;
            found.Add(new(
                rows.GetGuid(0), rows.GetBoolean(1), rows.Text(2), rows.GetFieldValue<DateTimeOffset>(3), state, finished, state == ReconciliationState.Failed ? problem : null,
                rows.GetFieldValue<long?>(6), rows.GetFieldValue<long?>(7), rows.GetFieldValue<long?>(8),
                rows.Text(9) is { } report ? JsonSerializer.Deserialize<Reconciled>(report, Json) : null));
        }

        return found;
    }
}
