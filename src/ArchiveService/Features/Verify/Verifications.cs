using System.Text.Json;
using System.Text.Json.Serialization;
using ArchiveService.Access;
using ArchiveService.Features.Records;
using ArchiveService.Hosting;
using Npgsql;
using NpgsqlTypes;

namespace ArchiveService.Features.Verify;

public enum VerificationState
{
    Running,
    Finished,

    /// <summary>The service was stopped in the middle; nothing is known.</summary>
    Interrupted,

    /// <summary>Could not be carried through; <see cref="VerificationRun.Problem"/> says why.</summary>
    Failed,
}

/// <summary>One verification that somebody asked for.</summary>
public sealed record VerificationRun(
    Guid Id, Guid StartedBy, string? StartedByName, DateTimeOffset StartedAt, VerificationState State, long Done, long Of,
    DateTimeOffset? FinishedAt, string? Problem, bool? Sound, long? Errors, long? Warnings, Verification? Report);

/// <summary>The rows of archive.verifications.</summary>
public sealed class Verifications(Databases databases, TimeProvider clock)
{
    /// <summary>The findings kept of a run; the rest are counted only.</summary>
    public const int MostFindings = 1000;

    private const string Interrupted = "interrupted";

    // Longer than any pause between two signs of life.
    private const string Silent = "finished_at is null and seen_at < clock_timestamp() - interval '2 minutes'";

    private static readonly JsonSerializerOptions Json = new(JsonSerializerDefaults.Web) { Converters = { new JsonStringEnumConverter(JsonNamingPolicy.CamelCase) } };

    /// <summary>The whole archive is looked at, of every authority; nothing of what people wrote is shown.</summary>
    public static bool MaySee(Caller caller) => !caller.IsService && caller.MayAnywhere(Role.Revisor, Role.Arkivarie, Role.Admin);

    /// <summary>Begins one; the one that is running when there is one.</summary>
    public async Task<(VerificationRun Run, bool IsNew)> Begin(Caller by, CancellationToken ct)
    {
        await Run($"update archive.verifications set finished_at = seen_at, problem = '{Interrupted}' where {Silent}", ct);
        var id = Guid.CreateVersion7(clock.GetUtcNow());
        while (true)
        {
            var isNew = await Run("insert into archive.verifications (verification_id, started_by) values ($1, $2) on conflict do nothing", ct, id, by.PersonId) == 1;
            var running = isNew ? await Find(id, ct) : (await Recent(1, ct)).FirstOrDefault(r => r.State == VerificationState.Running);
            if (running is not null) return (running, isNew);
        }
    }

    public async Task<VerificationRun?> Find(Guid id, CancellationToken ct) => (await Read("where verification_id = $1", true, ct, id)).FirstOrDefault();

    /// <summary>The one begun last, whole.</summary>
    public async Task<VerificationRun?> Latest(CancellationToken ct) => (await Read("order by started_at desc limit 1", true, ct)).FirstOrDefault();

    /// <summary>The newest first, without what they found.</summary>
    public Task<List<VerificationRun>> Recent(int most, CancellationToken ct) => Read("order by started_at desc limit $1", false, ct, most);

    public Task Alive(Guid id, long done, long of, CancellationToken ct) =>
        Run("update archive.verifications set seen_at = clock_timestamp(), done = $2, total = $3 where verification_id = $1 and finished_at is null", ct, id, done, of);

    public Task Finish(Guid id, Verification report, CancellationToken ct) => Run("""
        update archive.verifications set seen_at = clock_timestamp(), finished_at = clock_timestamp(), done = total, sound = $2, errors = $3, warnings = $4, report = $5
        where verification_id = $1 and finished_at is null
        """, ct, id, report.IsSound, Count(report, Severity.Error), Count(report, Severity.Warning),
        new NpgsqlParameter { Value = JsonSerializer.Serialize(report with { Findings = [.. report.Findings.Take(MostFindings)] }, Json), NpgsqlDbType = NpgsqlDbType.Jsonb });

    public Task Fail(Guid id, string problem, CancellationToken ct) =>
        Run("update archive.verifications set finished_at = clock_timestamp(), problem = $2 where verification_id = $1 and finished_at is null", ct, id, problem);

    public Task GiveUp(Guid id, CancellationToken ct) => Fail(id, Interrupted, ct);

    private static long Count(Verification report, Severity severity) => report.Findings.LongCount(f => f.Severity == severity);

    private async Task<int> Run(string sql, CancellationToken ct, params object[] values)
    {
        await using var command = databases.Writer.CreateCommand(sql);
        foreach (var value in values) command.Parameters.Add(value as NpgsqlParameter ?? new NpgsqlParameter { Value = value });
        return await command.ExecuteNonQueryAsync(ct);
    }

    private async Task<List<VerificationRun>> Read(string which, bool whole, CancellationToken ct, params object[] values)
    {
        await using var query = databases.Staff.CreateCommand($"""
            select verification_id, started_by, (select name from views.persons where person_id = started_by), started_at, done, total, finished_at, problem, sound, errors, warnings,
                   {(whole ? "report" : "null::jsonb")}, {Silent}
            from archive.verifications {which}
            """);
        foreach (var value in values) query.Parameters.Add(new() { Value = value });
        await using var rows = await query.ExecuteReaderAsync(ct);
        var found = new List<VerificationRun>();
        while (await rows.ReadAsync(ct))
        {
            var (finished, problem, silent) = (rows.GetFieldValue<DateTimeOffset?>(6), rows.Text(7), rows.GetBoolean(12));
            var state = silent || problem == Interrupted ? VerificationState.Interrupted
                : finished is null ? VerificationState.Running
                : problem is null ? VerificationState.Finished : VerificationState.Failed;
            found.Add(new(
                rows.GetGuid(0), rows.GetGuid(1), rows.Text(2), rows.GetFieldValue<DateTimeOffset>(3), state, rows.GetInt64(4), rows.GetInt64(5), finished,
                state == VerificationState.Failed ? problem : null, rows.GetFieldValue<bool?>(8), rows.GetFieldValue<long?>(9), rows.GetFieldValue<long?>(10),
                rows.IsDBNull(11) ? null : JsonSerializer.Deserialize<Verification>(rows.GetString(11), Json)));
        }

        return found;
    }
}
